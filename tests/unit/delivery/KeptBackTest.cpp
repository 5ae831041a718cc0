// What is kept back of changes that the books do not take, and what a feed that is written anew
// tells and does not tell.
#include "EventsFixture.h"

#include "base/Limits.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class KeptBackTest final : public testing::EventsFixture
{
    CPPUNIT_TEST_SUITE(KeptBackTest);
    CPPUNIT_TEST(booksWhoseAccountIsClosedAreNotEvenAsked);
    CPPUNIT_TEST(aRowThatComesBackOnAnOpenDayIsBookedThoughItsOldDayIsClosed);
    CPPUNIT_TEST(whatFollowsARefusedChangeOfItsRowWaitsWithIt);
    CPPUNIT_TEST(aRowThatTheBankTookBackIsNoUndoneOne);
    CPPUNIT_TEST(aReconciledEntryStaysSoWhenItsPeriodIsOpenAgain);
    CPPUNIT_TEST(whatWasToldHoldsUntilTheBooksHaveToldEverythingAnew);
    CPPUNIT_TEST(moreRowsThanAUnitWritesAreKeptBackTogether);
    CPPUNIT_TEST(aRebuildWritesNothingOfAnEntryThatAPersonRemoved);
    CPPUNIT_TEST(norOfOneThatTheBooksForgotWithEverythingElse);
    CPPUNIT_TEST(whatARebuildTellsAndTheBooksRefuseComesWhenTheyTakeIt);
    CPPUNIT_TEST_SUITE_END();

public:
    KeptBackTest() : EventsFixture(engine) {}

private:
    static constexpr const char* books = "Assets:checking";

    void mirrorAccount(bool open)
    {
        LedgerAccount ledger;
        ledger.id = books;
        ledger.name = books;
        ledger.currency = "USD";
        ledger.open = open;
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   store::LedgerAccountRepository(unit, "main")
                                       .put({ledger}, world_->clock.now());
                                   return success();
                               })
                           .ok());
    }
    void stands(const BankRow& row, const std::string& lane, const std::string& reason)
    {
        CPPUNIT_ASSERT_EQUAL(lane, world_->row(row.id)->lane);
        CPPUNIT_ASSERT_EQUAL(reason, world_->row(row.id)->laneReason);
    }
    void rebuild()
    {
        write(
            "UPDATE feed SET epoch = epoch + 2, base = '' WHERE feed_id = '" + feed().feedId + "'");
        world_->restart();
        world_->pump();
    }

    void booksWhoseAccountIsClosedAreNotEvenAsked()
    {
        const BankRow old = booked("old");
        mirrorAccount(false); // The host's list says so, and nothing else does.
        const auto applied = world_->ledger.applied;
        const BankRow fresh{"new", "checking", 7};
        world_->bank.put(fresh);
        world_->bank.put({"old", "checking", 170});
        settle();
        CPPUNIT_ASSERT_EQUAL(applied, world_->ledger.applied);
        stands(fresh, "held", "account_closed");
        stands(old, "booked", "account_closed");
        mirrorAccount(true);
        world_->ask(store::job::freed, world_->connectionId);
        world_->run();
        settle();
        check();
    }

    void aRowThatComesBackOnAnOpenDayIsBookedThoughItsOldDayIsClosed()
    {
        BankRow row{"a", "checking", 100, "2026-01-10"};
        world_->bank.put(row);
        settle();
        world_->bank.remove("a");
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(books));
        close("2026-01-31");
        row.date = "2026-02-10";
        world_->bank.put(row);
        settle();
        stands(row, "booked", "");
        check();
    }

    void whatFollowsARefusedChangeOfItsRowWaitsWithIt()
    {
        BankRow row{"a", "checking", 100, "2026-01-10"};
        world_->bank.put(row);
        world_->sync();
        world_->bank.remove("a");
        world_->sync();
        row.date = "2026-02-10"; // Behind the void, nothing is left of the closed day.
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, world_->outbox("checking").size());
        close("2026-01-31");
        const auto epoch = feed().epoch;
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.applied);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->ledger.batches); // Of no-ops, and taken.
        CPPUNIT_ASSERT_EQUAL(epoch, feed().epoch);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->row("a")->revision);
        world_->ask(store::job::freed, world_->connectionId);
        world_->run();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.posts);
        check();
    }

    void aRowThatTheBankTookBackIsNoUndoneOne()
    {
        BankRow row{"a", "checking", 100, "2026-01-10"};
        world_->bank.put(row);
        settle();
        world_->ledger.closedThrough = "2026-01-31"; // Without a word.
        world_->bank.remove("a");
        settle();
        stands(row, "booked", "period_closed");
        CPPUNIT_ASSERT(!world_->row("a")->undoAsked);
        close("");
        settle();
        stands(row, "voided", "");
        world_->bank.put(row); // It comes back, for nobody has taken it out.
        settle();
        stands(row, "booked", "");
        check();
    }

    void aReconciledEntryStaysSoWhenItsPeriodIsOpenAgain()
    {
        BankRow row = booked("a");
        close("2026-12-31");
        row.units = 130;
        world_->bank.put(row);
        settle();
        stands(row, "booked", "period_closed");
        tellEntry(row, State::Reconciled);
        const auto batches = world_->ledger.batches;
        close("");
        settle();
        stands(row, "booked", "reconciled");
        CPPUNIT_ASSERT_EQUAL(std::string("reconciled"), world_->row("a")->entryMark);
        CPPUNIT_ASSERT_EQUAL(batches, world_->ledger.batches); // The books are not even asked.
        tellEntry(row, State::Plain);
        settle();
        stands(row, "booked", "");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
    }

    void whatWasToldHoldsUntilTheBooksHaveToldEverythingAnew()
    {
        close("2026-01-31");
        const BankRow row{"a", "checking", 100, "2026-01-10"};
        tell({}, true, false);
        (void)events_->position("main"); // The host asks where to go on, as often as it likes.
        world_->bank.put(row);
        world_->sync();
        stands(row, "held", "period_closed");
        tell({}, false, true);
        world_->ledger.closedThrough.clear(); // It was not told again.
        world_->ask(store::job::freed, world_->connectionId);
        world_->run();
        settle();
        stands(row, "booked", "");
    }

    void moreRowsThanAUnitWritesAreKeptBackTogether()
    {
        const int count = static_cast<int>(limits::rowsPerUnit) + 1;
        world_->bank.pageSize = 400;
        putRows(count, "r");
        world_->ledger.refuses[books] = RefusalReason::AccountClosed;
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{count},
            world_->count("SELECT COUNT(*) FROM bank_transaction WHERE lane = 'held' AND "
                          "lane_reason = 'account_closed' AND revision = 0"));
        world_->ledger.refuses.clear();
        tell({{Event::Kind::Account, nextId(), books}});
        for (int i = 0; i < 3; ++i)
            settle();
        check();
    }

    void aRebuildWritesNothingOfAnEntryThatAPersonRemoved()
    {
        BankRow row = booked("a");
        booked("b");
        const auto before = world_->ledger.books.entries;
        row.units = 130;
        world_->bank.put(row);
        settle();
        tellEntry(row, State::Removed);
        world_->ledger.books.entries = before; // The books forgot that, and the amend before it.
        rebuild();
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
    }

    void norOfOneThatTheBooksForgotWithEverythingElse()
    {
        const BankRow row = booked("a");
        booked("b");
        tellEntry(row, State::Removed);
        world_->ledger.books.entries.clear();
        rebuild();
        CPPUNIT_ASSERT(!inBooks(row));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->outbox("checking").size()); // That of b.
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->row("a")->revision);
        CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("a"));
    }

    void whatARebuildTellsAndTheBooksRefuseComesWhenTheyTakeIt()
    {
        BankRow row = booked("a");
        const auto before = world_->ledger.books.entries;
        row.units = 130;
        world_->bank.put(row);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
        world_->ledger.books.entries = before; // They go back to before the amend,
        close("2026-12-31");                   // and take nothing now.
        rebuild();
        settle();
        stands(row, "booked", "period_closed");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        close("");
        settle();
        stands(row, "booked", "");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
    }

    std::string lane(const std::string& id) { return world_->row(id)->lane; }
};

using KeptBackOnSqliteTest = KeptBackTest<store::Engine::Sqlite>;
using KeptBackOnPostgresqlTest = KeptBackTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(KeptBackOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(KeptBackOnPostgresqlTest);

} // namespace bankfeed
