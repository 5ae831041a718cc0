// Books that are restored from a backup, and what people had removed or wanted back since.
#include "EventsFixture.h"

#include "support/PluginBackup.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class RestoredBooksTest final : public testing::EventsFixture
{
    CPPUNIT_TEST_SUITE(RestoredBooksTest);
    CPPUNIT_TEST(removedEntriesThatAreBackFollowTheBank);
    CPPUNIT_TEST(theNoticeGoesWhenTheEntriesAreRemovedOnceMore);
    CPPUNIT_TEST(whatTheBooksDoNotHaveStaysOutOfThem);
    CPPUNIT_TEST(aRemovalThatIsToldAgainStays);
    CPPUNIT_TEST(nothingIsAskedWhileTheBooksTellAnew);
    CPPUNIT_TEST(booksThatDoNotAnswerAreAskedAgain);
    CPPUNIT_TEST(whatAPersonWantedBackComesOnceMore);
    CPPUNIT_TEST(whatAPersonWantedBackComesAlsoByARebuild);
    CPPUNIT_TEST(whatAPersonWantedBackFindsItselfInTheBooks);
    CPPUNIT_TEST(aRestoredPluginReadsThatAnEntryWasWantedBack);
    CPPUNIT_TEST(whatIsWantedBackOutlivesAClosedPeriodAndWhatTheBankSays);
    CPPUNIT_TEST(booksOfAnEarlierLifeGetWhatTheBankSays);
    CPPUNIT_TEST(aMergeThatTheBooksForgotIsToldOfUntilItIsMadeAgain);
    CPPUNIT_TEST(aMergeThatIsToldAgainOrNotListedIsNoNews);
    CPPUNIT_TEST_SUITE_END();

public:
    RestoredBooksTest() : EventsFixture(engine) {}

private:
    static constexpr const char* checkingId = "acc_main_checking";

    void restore(const testing::FakeLedger::Books& backup)
    {
        world_->ledger.books = backup;
        world_->restart();
    }
    /// All that is the case, which is `events` and nothing else.
    void tellAnew(const std::vector<Event>& events = {}) { tell(events, true, true); }
    void bankSays(BankRow row, std::int64_t units)
    {
        row.units = units;
        world_->bank.put(row);
        settle();
    }
    bool noticeIsOpen()
    {
        return EventsFixture::noticeIsOpen(store::notice::removalsBack, checkingId);
    }
    /// What the feed does not say of itself any more, so that it is written anew.
    void breakTheChain()
    {
        for (auto& [id, mark] : world_->ledger.books.watermarks)
            mark.chainDigest[0] = static_cast<std::uint8_t>(mark.chainDigest[0] ^ 1U);
        world_->restart();
    }

    void removedEntriesThatAreBackFollowTheBank()
    {
        const BankRow a = booked("a");
        const BankRow b = booked("b");
        const BankRow c = booked("c");
        const auto backup = world_->ledger.books;
        for (const auto& row : {a, b, c})
            tellEntry(row, State::Removed);
        restore(backup);
        tellAnew();
        settle();
        CPPUNIT_ASSERT(noticeIsOpen());
        for (const auto& row : {a, b, c})
        {
            CPPUNIT_ASSERT_EQUAL(std::string(), world_->row(row.id)->entryMark);
            CPPUNIT_ASSERT_EQUAL(std::string(), world_->row(row.id)->laneReason);
        }
        bankSays(a, 130);
        world_->bank.remove(b.id);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(a).units);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(b).units);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(c).units);
        check();
        CPPUNIT_ASSERT(noticeIsOpen());
    }

    void theNoticeGoesWhenTheEntriesAreRemovedOnceMore()
    {
        const BankRow a = booked("a");
        const BankRow b = booked("b");
        const auto backup = world_->ledger.books;
        tellEntry(a, State::Removed);
        tellEntry(b, State::Removed);
        restore(backup);
        tellAnew();
        settle();
        tellEntry(a, State::Removed);
        CPPUNIT_ASSERT(noticeIsOpen());
        tellEntry(b, State::Removed);
        CPPUNIT_ASSERT(!noticeIsOpen());
        bankSays(a, 130);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(a).units);
    }

    void whatTheBooksDoNotHaveStaysOutOfThem()
    {
        booked("first");
        const auto backup = world_->ledger.books;
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        restore(backup);
        tellAnew();
        settle();
        CPPUNIT_ASSERT(!inBooks(row));
        CPPUNIT_ASSERT(!noticeIsOpen());
        bankSays(row, 130);
        CPPUNIT_ASSERT(!inBooks(row));
        importAgain(row);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
        check();
    }

    void aRemovalThatIsToldAgainStays()
    {
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        tellAnew({entryEvent(row, State::Removed)});
        settle();
        CPPUNIT_ASSERT(!noticeIsOpen());
        bankSays(row, 130);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row("a")->entryMark);
    }

    void nothingIsAskedWhileTheBooksTellAnew()
    {
        const BankRow a = booked("a");
        const BankRow b = booked("b");
        tellEntry(a, State::Removed);
        tellEntry(b, State::Removed);
        tell({entryEvent(a, State::Removed)}, true, false);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row("b")->entryMark);
        tell({entryEvent(b, State::Removed)}, false, true);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row("b")->entryMark);
        CPPUNIT_ASSERT(!noticeIsOpen());
    }

    void booksThatDoNotAnswerAreAskedAgain()
    {
        const BankRow row = booked("a");
        const auto backup = world_->ledger.books;
        tellEntry(row, State::Removed);
        restore(backup);
        tellAnew();
        world_->ledger.headsFail = true;
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row("a")->entryMark);
        world_->ledger.headsFail = false;
        settle();
        CPPUNIT_ASSERT(noticeIsOpen());
        bankSays(row, 130);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
    }

    void whatAPersonWantedBackComesOnceMore()
    {
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        const auto backup = world_->ledger.books;
        importAgain(row);
        settle();
        restore(backup);
        tellAnew({entryEvent(row, State::Removed)});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        check();
    }

    void whatAPersonWantedBackComesAlsoByARebuild()
    {
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        const auto backup = world_->ledger.books;
        importAgain(row);
        settle();
        restore(backup);
        breakTheChain();
        tellAnew({entryEvent(row, State::Removed)});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        check();
        bankSays(row, 130);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
    }

    void whatAPersonWantedBackFindsItselfInTheBooks()
    {
        const BankRow row = booked("a");
        const auto backup = world_->ledger.books;
        tellEntry(row, State::Removed);
        importAgain(row);
        settle();
        restore(backup);
        tellAnew();
        const auto posts = world_->ledger.posts;
        settle();
        world_->clock.advanceMs(61'000);
        settle();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        check();
        bankSays(row, 130);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
        check();
    }

    void aRestoredPluginReadsThatAnEntryWasWantedBack()
    {
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        testing::PluginBackup backup(**database_);
        importAgain(row);
        settle();
        backup.restore();
        world_->restart();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row("a")->entryMark);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        bankSays(row, 130);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
        check();
    }

    void whatIsWantedBackOutlivesAClosedPeriodAndWhatTheBankSays()
    {
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        importAgain(row);
        close("2026-12-31"); // Before the post was on its way.
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::string("wanted"), world_->row("a")->entryMark);
        CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), world_->row("a")->laneReason);
        BankRow told = row;
        told.merchant += "!"; // Nothing that the books would hear of.
        world_->bank.put(told);
        settle();
        world_->bank.remove(row.id);
        settle();
        world_->bank.put(told);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("wanted"), world_->row("a")->entryMark);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
        close("");
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row("a")->entryMark);
        check();
    }

    void booksOfAnEarlierLifeGetWhatTheBankSays()
    {
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        auto other = world_->ledger.books;
        // As another life of the plugin had told it.
        auto& held = other.entries.at(world_->rootKey(row));
        held.removed = false;
        held.units = 90;
        held.last.units = 90;
        held.last.contentDigest = held.head.contentDigest = contentDigest(held.last);
        restore(other);
        tellAnew();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        check();
    }

    Event mergeOfChecking()
    {
        Event merge{Event::Kind::AccountMerged, nextId(), "Assets:checking"};
        merge.into = "Assets:all";
        return merge;
    }
    void list(bool open)
    {
        LedgerAccount checking;
        checking.id = "Assets:checking";
        checking.name = "Checking of the books";
        checking.currency = "USD";
        checking.open = open;
        const auto put = [&](store::Unit& unit) -> Result<void>
        {
            store::LedgerAccountRepository(unit, "main").put({checking}, world_->clock.now());
            return success();
        };
        CPPUNIT_ASSERT(world_->plain.write(put).ok());
    }
    bool mergeIsForgotten()
    {
        return EventsFixture::noticeIsOpen(store::notice::mergeForgotten, checkingId);
    }

    void aMergeThatTheBooksForgotIsToldOfUntilItIsMadeAgain()
    {
        booked("a");
        tell({mergeOfChecking()});
        list(false);
        settle();
        CPPUNIT_ASSERT(!mergeIsForgotten());
        tellAnew();
        settle();
        CPPUNIT_ASSERT(!mergeIsForgotten()); // Not listed yet.
        list(true);
        world_->restart();
        settle();
        CPPUNIT_ASSERT(mergeIsForgotten());
        tell({mergeOfChecking()});
        CPPUNIT_ASSERT(!mergeIsForgotten());
        world_->restart();
        settle();
        CPPUNIT_ASSERT(!mergeIsForgotten());
    }

    void aMergeThatIsToldAgainOrNotListedIsNoNews()
    {
        tell({mergeOfChecking()});
        list(true); // A host that lists it all the same.
        tellAnew({mergeOfChecking()});
        world_->restart();
        settle();
        CPPUNIT_ASSERT(!mergeIsForgotten());
    }
};

using RestoredBooksOnSqliteTest = RestoredBooksTest<store::Engine::Sqlite>;
using RestoredBooksOnPostgresqlTest = RestoredBooksTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RestoredBooksOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RestoredBooksOnPostgresqlTest);

} // namespace bankfeed
