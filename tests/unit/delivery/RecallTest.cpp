// A plugin that was restored from a backup learns from the books what it has forgotten, and from
// the bank what became of it.
#include "EventsFixture.h"
#include "support/PluginBackup.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed
{

using testing::BankRow;
using testing::PluginBackup;

template <store::Engine engine>
class RecallTest final : public testing::EventsFixture
{
    CPPUNIT_TEST_SUITE(RecallTest);
    CPPUNIT_TEST(aRowUnderAnotherIdKeepsItsEntryAndOneThatIsGoneIsVoided);
    CPPUNIT_TEST(itDoesNotMatterWhetherTheBankOrTheBooksAreAskedFirst);
    CPPUNIT_TEST(whatTheBankStillShowsIsRecognisedAndNotAmended);
    CPPUNIT_TEST(whatTheBankChangedMeanwhileIsAmended);
    CPPUNIT_TEST(aLoopOfManyPagesRecognisesThemToo);
    CPPUNIT_TEST(peopleAreToldUntilEachIsFound);
    CPPUNIT_TEST(peopleAreToldToCompareBooksThatDoNotListWhatTheyHold);
    CPPUNIT_TEST(entriesOfAnAccountThatIsNotSharedAnyMoreStay);
    CPPUNIT_TEST(soManyAtOnceWaitForAPerson);
    CPPUNIT_TEST(anEntryThatAPersonRemovedDoesNotComeBackUnderAnotherId);
    CPPUNIT_TEST(aReconciledEntryStaysAndItsRowIsNotBookedBesideIt);
    CPPUNIT_TEST(aRowThatSaysTheSameBeforeTheOldOneIsShownAgainIsAnother);
    CPPUNIT_TEST(booksThatDoNotAnswerAreAskedAgain);
    CPPUNIT_TEST(booksThatLoseTheEntryMeanwhileAreNotToldOfIt);
    CPPUNIT_TEST(aRowThatWasTakenBackWhileNothingWasLinkedIsVoided);
    CPPUNIT_TEST(rowsThatAnEarlierStartDateBroughtStayBookedAndFollowTheBank);
    CPPUNIT_TEST_SUITE_END();

public:
    RecallTest() : EventsFixture(engine) {}

private:
    /// Everything up to here is in the backup.
    void backUp()
    {
        putRows(3, "a");
        settle();
        backup_.emplace(world_->plain);
    }
    void restore()
    {
        backup_->restore();
        world_->restart();
    }
    /// As a bank does that gives a row another id.
    BankRow churn(BankRow row)
    {
        world_->bank.remove(row.id);
        BankRow again = std::move(row);
        again.id += "-churned";
        world_->bank.put(again);
        return again;
    }
    std::int64_t forgotten()
    {
        return world_->count(
            "SELECT COUNT(*) FROM bank_transaction WHERE lane_reason = 'forgotten'");
    }
    bool isTold() { return noticeIsOpen(store::notice::entriesForgotten, world_->connectionId); }

    void aRowUnderAnotherIdKeepsItsEntryAndOneThatIsGoneIsVoided()
    {
        backUp();
        const BankRow gone = booked("gone", "checking", 100);
        const BankRow kept = booked("kept", "checking", 200);
        const auto posts = world_->ledger.posts;
        world_->bank.remove(gone.id);
        const BankRow again = churn(kept);
        restore();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, forgotten());
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.amends);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.voids);
        CPPUNIT_ASSERT_EQUAL(world_->rootKey(kept), world_->row(again.id)->rootKey);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, forgotten());
    }

    void itDoesNotMatterWhetherTheBankOrTheBooksAreAskedFirst()
    {
        backUp();
        const BankRow gone = booked("gone", "checking", 100);
        const BankRow kept = booked("kept", "checking", 200);
        const auto posts = world_->ledger.posts;
        world_->bank.remove(gone.id);
        const BankRow again = churn(kept);
        restore();
        world_->sync();
        world_->bank.put({"new", "checking", 7});
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(posts + 1, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.voids);
        CPPUNIT_ASSERT_EQUAL(world_->rootKey(kept), world_->row(again.id)->rootKey);
        // The bank speaks of it again, and the entry follows.
        BankRow dearer = again;
        dearer.units = 250;
        world_->bank.put(dearer);
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.amends);
    }

    void whatTheBankStillShowsIsRecognisedAndNotAmended()
    {
        backUp();
        for (int i = 0; i < 9; ++i)
            (void)booked("b" + std::to_string(i), "checking", 500 + i);
        const auto applied = world_->ledger.applied;
        restore();
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(applied, world_->ledger.applied);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, forgotten());
        CPPUNIT_ASSERT(!isTold());
    }

    void whatTheBankChangedMeanwhileIsAmended()
    {
        backUp();
        BankRow row = booked("b", "checking", 500);
        row.units = 620;
        world_->bank.put(row);
        restore();
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.amends);
    }

    void aLoopOfManyPagesRecognisesThemToo()
    {
        backUp();
        for (int i = 0; i < 9; ++i)
            (void)booked("b" + std::to_string(i), "checking", 500 + i);
        world_->bank.remove("b3");
        (void)churn(world_->bank.truth().at("b5"));
        const auto posts = world_->ledger.posts;
        world_->bank.pageSize = 2;
        restore();
        settle();
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.voids);
    }

    void peopleAreToldUntilEachIsFound()
    {
        backUp();
        (void)booked("b", "checking", 500);
        restore();
        world_->pump();
        CPPUNIT_ASSERT(isTold());
        settle();
        CPPUNIT_ASSERT(!isTold());
        check();
    }

    void peopleAreToldToCompareBooksThatDoNotListWhatTheyHold()
    {
        world_->ledger.listsEntries = false;
        backUp();
        const BankRow gone = booked("gone", "checking", 100);
        world_->bank.remove(gone.id);
        restore();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, forgotten());
        const auto account = world_->look(
            [&](store::Unit& unit) {
                return store::BankAccountRepository(unit, "main")
                    .findByFeed(world_->feedId("checking"))
                    ->id;
            });
        CPPUNIT_ASSERT(noticeIsOpen(store::notice::pluginRestored, account));
        // Books that went back in time are another matter.
        const auto other = world_->look(
            [&](store::Unit& unit) {
                return store::BankAccountRepository(unit, "main")
                    .findByFeed(world_->feedId("savings"))
                    ->id;
            });
        putRows(2, "s", "savings");
        settle();
        world_->ledger.books.watermarks.erase(world_->feedId("savings"));
        world_->restart();
        settle();
        CPPUNIT_ASSERT(!noticeIsOpen(store::notice::pluginRestored, other));
    }

    void entriesOfAnAccountThatIsNotSharedAnyMoreStay()
    {
        backUp();
        const BankRow row = booked("b", "checking", 500);
        world_->bank.unticked.insert("checking");
        world_->bank.remove(row.id);
        restore();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{500}, entry(row).units);
        CPPUNIT_ASSERT(noticeIsOpen(store::notice::accessLostRows, world_->connectionId));
        CPPUNIT_ASSERT(!isTold());
    }

    void soManyAtOnceWaitForAPerson()
    {
        backUp();
        for (int i = 0; i < 30; ++i)
            world_->bank.put({"b" + std::to_string(i), "checking", 500 + i});
        settle();
        for (int i = 0; i < 30; ++i)
            world_->bank.remove("b" + std::to_string(i));
        restore();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.voids);
        CPPUNIT_ASSERT(noticeIsOpen(store::notice::removalsHeld, world_->connectionId));
        CPPUNIT_ASSERT(!isTold());
    }

    void anEntryThatAPersonRemovedDoesNotComeBackUnderAnotherId()
    {
        backUp();
        const BankRow row = booked("b", "checking", 500);
        tellEntry(row, State::Removed);
        (void)churn(row);
        restore();
        settle();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{303}, world_->ledger.sum("Assets:checking"));
    }

    void aReconciledEntryStaysAndItsRowIsNotBookedBesideIt()
    {
        backUp();
        const BankRow row = booked("b", "checking", 500);
        const BankRow gone = booked("c", "checking", 70);
        tellEntry(row, State::Reconciled);
        tellEntry(gone, State::Reconciled);
        world_->bank.remove(gone.id);
        (void)churn(row);
        restore();
        settle();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{873}, world_->ledger.sum("Assets:checking"));
        tellEntry(gone, State::Plain);
        settle();
        settle();
        check();
    }

    void aRowThatSaysTheSameBeforeTheOldOneIsShownAgainIsAnother()
    {
        backUp();
        const BankRow row = booked("b", "checking", 500);
        BankRow twin = row;
        twin.id = "twin";
        world_->bank.remove(row.id);
        world_->bank.put(twin);
        restore();
        world_->pump();
        world_->sync(); // The twin takes the entry.
        CPPUNIT_ASSERT_EQUAL(world_->rootKey(row), world_->row("twin")->rootKey);
        world_->bank.put(row);
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(world_->rootKey(twin), world_->row(row.id)->rootKey);
        world_->bank.remove(row.id);
        settle();
        check();
    }

    void booksThatDoNotAnswerAreAskedAgain()
    {
        backUp();
        for (int i = 0; i < 9; ++i)
            (void)booked("b" + std::to_string(i), "checking", 500 + i);
        world_->bank.remove("b3");
        restore();
        world_->ledger.entriesFail = true;
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("rebuilding"), feed().state);
        world_->ledger.entriesFail = false;
        world_->restart();
        settle();
        check();
    }

    void booksThatLoseTheEntryMeanwhileAreNotToldOfIt()
    {
        backUp();
        const auto books = world_->ledger.books;
        (void)booked("b", "checking", 500);
        world_->bank.remove("b");
        restore();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, forgotten());
        world_->ledger.books = books;
        world_->restart();
        settle();
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, forgotten());
    }

    void aRowThatWasTakenBackWhileNothingWasLinkedIsVoided()
    {
        world_->bank.addAccount({"late", "USD", 0});
        const auto account = world_->discover("late");
        const BankRow row{"l", "late", 400};
        world_->bank.put(row);
        settle();
        backup_.emplace(world_->plain);
        (void)world_->link(account, "Assets:late");
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{400}, world_->ledger.sum("Assets:late"));
        restore();
        world_->bank.remove(row.id);
        settle();
        (void)world_->link(account, "Assets:late");
        settle();
        world_->clock.advanceMs(16LL * 60 * 1000);
        settle();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum("Assets:late"));
    }

    /// The backup is from before the start date was moved.
    void rowsThatAnEarlierStartDateBroughtStayBookedAndFollowTheBank()
    {
        for (const bool syncFirst : {true, false})
        {
            EventsFixture::tearDown();
            EventsFixture::setUp();
            world_->clock.advanceMs(std::int64_t{60} * 24 * 3'600'000);
            world_->bank.addAccount({"fresh", "USD", 50'000});
            const auto account = world_->discover("fresh");
            const BankRow old{"old", "fresh", 700, "2026-01-05"};
            const BankRow other{"other", "fresh", 90, "2026-01-06"};
            world_->bank.put(old);
            world_->bank.put(other);
            world_->bank.put({"young", "fresh", 11, "2026-02-05"});
            settle();
            const auto link = world_->link(account, freshBooks, "2026-02-01", true);
            settle();
            CPPUNIT_ASSERT_EQUAL(world_->bank.balance("fresh"), world_->ledger.sum(freshBooks));
            PluginBackup backup(world_->plain);
            moveStart(link, "2026-01-01", "2026-02-01");
            settle();
            CPPUNIT_ASSERT(inBooks(old));
            CPPUNIT_ASSERT_EQUAL(world_->bank.balance("fresh"), world_->ledger.sum(freshBooks));
            backup.restore();
            world_->restart();
            BankRow dearer = old;
            dearer.units = 7'000;
            world_->bank.put(dearer);
            if (syncFirst) world_->sync();
            settle();
            settle();
            CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("old")->lane);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{7'000}, entry(old).units);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{90}, entry(other).units);
            CPPUNIT_ASSERT_EQUAL(world_->bank.balance("fresh"), world_->ledger.sum(freshBooks));
            world_->bank.remove("other");
            settle();
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(other).units);
            CPPUNIT_ASSERT_EQUAL(world_->bank.balance("fresh"), world_->ledger.sum(freshBooks));
        }
    }

    void moveStart(const std::string& link, const std::string& to, const std::string& from)
    {
        const auto moved = [&](store::Unit& unit) -> Result<void>
        {
            store::AccountLinkRepository links(unit, "main");
            CPPUNIT_ASSERT(links.setStartDate(link, to, "u", from));
            (void)links.setOpeningDueAgain(link);
            return success();
        };
        CPPUNIT_ASSERT(world_->plain.write(moved).ok());
        world_->ask(store::job::release, link);
    }

    std::optional<PluginBackup> backup_;
};

using RecallOnSqliteTest = RecallTest<store::Engine::Sqlite>;
using RecallOnPostgresqlTest = RecallTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RecallOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RecallOnPostgresqlTest);

} // namespace bankfeed
