// Rows that the bank shows no more: taken back, or out of sight because access ended, or moved.

#include "SyncFixture.h"

#include "base/Limits.h"
#include "store/NoticeRepository.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>

namespace bankfeed
{

using testing::BankRow;
using testing::SyncWorld;

template <store::Engine engine>
class RemovalsTest final : public testing::TwoAccountsFixture
{
    CPPUNIT_TEST_SUITE(RemovalsTest);
    CPPUNIT_TEST(anAccountThatIsNotSharedAnyMoreKeepsItsRowsInTheBooks);
    CPPUNIT_TEST(soItDoesInALoopOfManyPages);
    CPPUNIT_TEST(withoutTheAccountsNothingLeavesTheBooks);
    CPPUNIT_TEST(rowsShownAgainUnderTheirIdsFollowTheBankAgain);
    CPPUNIT_TEST(rowsShownAgainUnderNewIdsTakeOverTheOldOnes);
    CPPUNIT_TEST(aNewRowThatMayBeBookedAlreadyIsHeld);
    CPPUNIT_TEST(aBookedRowFollowsTheBankBesideRowsThatAreKept);
    CPPUNIT_TEST(mostOfAnAccountAtOnceWaitsForAPerson);
    CPPUNIT_TEST(anOpeningBalanceDoesNotMakeUpForWhatIsKept);
    CPPUNIT_TEST(soItDoesInAResync);
    CPPUNIT_TEST(rowsThatAllGetNewIdsAreReplaced);
    CPPUNIT_TEST(aResyncKnowsEachAccountsOwnWindow);
    CPPUNIT_TEST(aResyncOfHalfAHistoryTakesNothingBack);
    CPPUNIT_TEST(aBookedRowUnderAnotherAccountStaysWhereItIs);
    CPPUNIT_TEST(aRemovedRowUnderAnotherAccountIsAnotherRow);
    CPPUNIT_TEST(aRemovalOfARowThatABackupHasForgottenReachesTheBooks);
    CPPUNIT_TEST_SUITE_END();

public:
    RemovalsTest() : TwoAccountsFixture(engine) {}

    void setUp() override
    {
        TwoAccountsFixture::setUp();
        world_->link(world_->discover("checking"), "Assets:Checking");
        world_->link(world_->discover("savings"), "Assets:Savings");
        world_->run();
    }

private:
    static std::string day(int i) { return "2026-01-" + std::to_string(10 + i % 20); }
    void putRows(int count, const std::string& account, const std::string& prefix)
    {
        for (int i = 0; i < count; ++i)
            world_->bank.put({prefix + std::to_string(i), account, 100 + i, day(i)});
    }
    void removeRows(int count, const std::string& prefix)
    {
        for (int i = 0; i < count; ++i)
            world_->bank.remove(prefix + std::to_string(i));
    }
    void untickSavings()
    {
        world_->bank.unticked = {"savings"};
        removeRows(3, "s");
        syncAndDeliver();
    }
    /// Three rows in each account, in the books; then savings is not shared any more.
    void bookAndUntickSavings()
    {
        putRows(3, "checking", "c");
        putRows(3, "savings", "s");
        syncAndDeliver();
        untickSavings();
    }
    void resync()
    {
        world_->clock.advanceMs(60'000);
        world_->bank.failures.push_back(testing::ScriptedBank::badCursor());
        syncAndDeliver();
    }
    bool isOpen(std::string_view kind)
    {
        return world_->look(
            [&](store::Unit& unit) {
                return store::NoticeRepository(unit, world_->tenant)
                    .isOpen(kind, world_->connectionId);
            });
    }

    void anAccountThatIsNotSharedAnyMoreKeepsItsRowsInTheBooks()
    {
        putRows(3, "checking", "c");
        putRows(3, "savings", "s");
        syncAndDeliver();
        world_->bank.remove("c1");
        untickSavings();
        assertStands("s0", "booked", "access_lost");
        assertStands("c1", "voided", "");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{303}, world_->ledger.sum("Assets:Savings"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{202}, world_->ledger.sum("Assets:Checking"));
        CPPUNIT_ASSERT(isOpen(store::notice::accessLostRows));
        // The accounts room looks for itself.
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->refreshed.size());
        world_->checkMirror();
    }

    void soItDoesInALoopOfManyPages()
    {
        world_->bank.pageSize = 2;
        putRows(3, "checking", "c");
        putRows(3, "savings", "s");
        syncAndDeliver();
        const auto looks = world_->bank.looks;
        world_->bank.remove("c1");
        untickSavings();
        assertStands("s2", "booked", "access_lost");
        assertStands("c1", "voided", "");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{303}, world_->ledger.sum("Assets:Savings"));
        CPPUNIT_ASSERT_EQUAL(looks + 1, world_->bank.looks);
    }

    void withoutTheAccountsNothingLeavesTheBooks()
    {
        putRows(3, "savings", "s");
        syncAndDeliver();
        const auto cursor = world_->connection().cursor;
        world_->bank.accountsFail = Error::retry("plaid.error", "The bank is down.");
        untickSavings();
        assertStands("s0", "booked", "");
        CPPUNIT_ASSERT_EQUAL(cursor, world_->connection().cursor);
        CPPUNIT_ASSERT(world_->lastError.has_value());
        world_->bank.accountsFail.reset();
        syncAndDeliver();
        assertStands("s0", "booked", "access_lost");
    }

    void rowsShownAgainUnderTheirIdsFollowTheBankAgain()
    {
        bookAndUntickSavings();
        const auto told = world_->outbox("savings").size();
        world_->bank.unticked.clear();
        putRows(3, "savings", "s");
        // What came meanwhile is new beyond doubt, since everything that was kept is back.
        world_->bank.put({"meanwhile", "savings", 9, day(0)});
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(told + 1, world_->outbox("savings").size());
        assertStands("s0", "booked", "");
        CPPUNIT_ASSERT(!isOpen(store::notice::accessLostRows));
        world_->bank.remove("s0");
        syncAndDeliver();
        world_->checkMirror();
        world_->checkBooks("savings", "Assets:Savings");
    }

    void rowsShownAgainUnderNewIdsTakeOverTheOldOnes()
    {
        putRows(1, "savings", "twin");
        world_->bank.put({"twin", "savings", 100, day(0)});
        bookAndUntickSavings();
        world_->bank.remove("twin");
        world_->bank.remove("twin0");
        syncAndDeliver();
        const auto told = world_->outbox("savings").size();
        world_->bank.unticked.clear();
        putRows(3, "savings", "n");
        world_->bank.put({"n3", "savings", 100, day(0)});
        world_->bank.put({"n4", "savings", 100, day(0)});
        world_->bank.put({"young", "savings", 7, "2026-02-01"});
        syncAndDeliver();
        for (const char* id : {"n0", "n1", "n2", "n3", "n4", "young"})
            assertStands(id, "booked", "");
        CPPUNIT_ASSERT_EQUAL(told + 1, world_->outbox("savings").size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{303 + 200 + 7}, world_->ledger.sum("Assets:Savings"));
        CPPUNIT_ASSERT(!isOpen(store::notice::accessLostRows));
        assertStands("s0", "gone", "");
        world_->checkMirror();
        // From now on it follows the bank under its new id.
        world_->bank.put({"n0", "savings", 900, day(0)});
        world_->bank.remove("n1");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{900 + 102 + 200 + 7}, world_->ledger.sum("Assets:Savings"));
        // The bank may use an old id again: for another row.
        putRows(2, "savings", "s");
        syncAndDeliver();
        world_->checkMirror();
    }

    void aNewRowThatMayBeBookedAlreadyIsHeld()
    {
        bookAndUntickSavings();
        world_->bank.unticked.clear();
        world_->bank.put({"other", "savings", 55, day(1)});
        syncAndDeliver();
        assertStands("other", "held", "overlap");
        world_->bank.put({"other", "savings", 56, day(1)});
        syncAndDeliver();
        assertStands("other", "held", "overlap");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{303}, world_->ledger.sum("Assets:Savings"));
    }

    void aBookedRowFollowsTheBankBesideRowsThatAreKept()
    {
        world_->bank.put({"stays", "savings", 50, day(0)});
        bookAndUntickSavings();
        world_->bank.unticked.clear();
        world_->bank.put({"stays", "savings", 70, day(0)});
        syncAndDeliver();
        assertStands("stays", "booked", "");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{303 + 70}, world_->ledger.sum("Assets:Savings"));
    }

    void mostOfAnAccountAtOnceWaitsForAPerson()
    {
        for (const std::size_t pageSize : {std::size_t{500}, std::size_t{10}})
        {
            world_->bank.pageSize = pageSize;
            const std::string prefix = "p" + std::to_string(pageSize) + "-";
            putRows(40, "checking", prefix);
            putRows(1, "savings", prefix + "s");
            syncAndDeliver();
            const auto sum = world_->ledger.sum("Assets:Checking");
            removeRows(40, prefix);
            world_->bank.remove(prefix + "s0");
            syncAndDeliver();
            CPPUNIT_ASSERT_EQUAL(sum, world_->ledger.sum("Assets:Checking"));
            assertStands(prefix + "0", "booked", "many_removed");
            assertStands(prefix + "s0", "voided", "");
            CPPUNIT_ASSERT(isOpen(store::notice::removalsHeld));
            // They come back, and all is as before.
            putRows(40, "checking", prefix);
            syncAndDeliver();
            CPPUNIT_ASSERT(!isOpen(store::notice::removalsHeld));
            world_->checkBooks("checking", "Assets:Checking");
            removeRows(20, prefix);
            syncAndDeliver();
            world_->checkBooks("checking", "Assets:Checking");
            for (int i = 20; i < 40; ++i)
                world_->bank.remove(prefix + std::to_string(i));
            syncAndDeliver();
            world_->checkBooks("checking", "Assets:Checking");
        }
    }

    void anOpeningBalanceDoesNotMakeUpForWhatIsKept()
    {
        world_->bank.addAccount({"current", "USD", 5'000});
        world_->link(world_->discover("current"), "Assets:Current", "", true);
        putRows(40, "current", "k");
        syncAndDeliver();
        const auto sum = [&] { return world_->ledger.sum("Assets:Current"); };
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("current"), sum());
        const auto before = sum();
        removeRows(30, "k");
        syncAndDeliver();
        CPPUNIT_ASSERT(isOpen(store::notice::removalsHeld));
        world_->bank.put({"today", "current", 100, "2026-02-02"});
        syncAndDeliver();
        world_->clock.advanceMs(7 * 3600 * 1000);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(before + 100, sum());
        putRows(30, "current", "k");
        syncAndDeliver();
        world_->clock.advanceMs(7 * 3600 * 1000);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("current"), sum());
    }

    void soItDoesInAResync()
    {
        world_->bank.put({"old", "checking", 1, "2025-12-01"});
        world_->bank.put({"olds", "savings", 1, "2025-12-01"});
        putRows(40, "checking", "c");
        putRows(3, "savings", "s");
        syncAndDeliver();
        const auto sum = world_->ledger.sum("Assets:Checking");
        removeRows(30, "c");
        removeRows(1, "s");
        resync();
        CPPUNIT_ASSERT_EQUAL(sum, world_->ledger.sum("Assets:Checking"));
        assertStands("c0", "booked", "many_removed");
        assertStands("s0", "voided", "");
        world_->checkMirror();
    }

    void rowsThatAllGetNewIdsAreReplaced()
    {
        for (const std::size_t pageSize : {std::size_t{500}, std::size_t{10}})
        {
            world_->bank.pageSize = pageSize;
            const std::string prefix = "p" + std::to_string(pageSize) + "-";
            putRows(40, "checking", prefix);
            syncAndDeliver();
            removeRows(40, prefix);
            putRows(40, "checking", prefix + "n");
            syncAndDeliver();
            world_->checkMirror();
            world_->checkBooks("checking", "Assets:Checking");
        }
        // And when a resync finds them.
        removeRows(40, "p500-n");
        putRows(40, "checking", "r");
        resync();
        world_->checkMirror();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aResyncKnowsEachAccountsOwnWindow()
    {
        world_->bank.put({"c-old", "checking", 1, "2025-11-01"});
        world_->bank.put({"s-old", "savings", 5, "2025-12-01"});
        putRows(3, "checking", "c");
        putRows(3, "savings", "s");
        syncAndDeliver();
        // The bank's window on savings has become short.
        world_->bank.remove("s-old");
        world_->bank.remove("s1");
        resync();
        assertStands("s-old", "booked", "");
        assertStands("s1", "voided", "");
        assertStands("c-old", "booked", "");
    }

    void aResyncOfHalfAHistoryTakesNothingBack()
    {
        putRows(3, "checking", "c");
        syncAndDeliver();
        world_->bank.remove("c1");
        world_->bank.history = HistoryState::RecentReady;
        resync();
        assertStands("c1", "booked", "");
    }

    void aBookedRowUnderAnotherAccountStaysWhereItIs()
    {
        putRows(2, "checking", "c");
        syncAndDeliver();
        world_->bank.put({"c0", "savings", 900, day(0)});
        syncAndDeliver();
        assertStands("c0", "booked", "moved");
        CPPUNIT_ASSERT(isOpen(store::notice::rowsMoved));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{201}, world_->ledger.sum("Assets:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum("Assets:Savings"));
        world_->bank.put({"c0", "checking", 100, day(0)});
        syncAndDeliver();
        assertStands("c0", "booked", "");
        CPPUNIT_ASSERT(!isOpen(store::notice::rowsMoved));
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aRemovedRowUnderAnotherAccountIsAnotherRow()
    {
        putRows(1, "checking", "c");
        syncAndDeliver();
        for (int i = 0; i < 2; ++i)
        {
            for (const char* account : {"savings", "checking"})
            {
                world_->bank.remove("c0");
                syncAndDeliver();
                world_->bank.put({"c0", account, 500 + i, day(0)});
                syncAndDeliver();
                world_->checkMirror();
                world_->checkBooks("checking", "Assets:Checking");
                world_->checkBooks("savings", "Assets:Savings");
            }
        }
        // Both are in the mirror, so that books which are restored get both right.
        world_->ledger.books = {};
        world_->restart();
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
        world_->checkBooks("savings", "Assets:Savings");
    }

    void aRemovalOfARowThatABackupHasForgottenReachesTheBooks()
    {
        putRows(3, "checking", "c");
        syncAndDeliver();
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute("DELETE FROM bank_transaction WHERE "
                                                "provider_transaction_id = 'c1'");
                                   return success();
                               })
                           .ok());
        world_->bank.remove("c1");
        // Nobody ever booked this one.
        world_->bank.collapse = false;
        world_->bank.put({"ghost", "checking", 7});
        world_->bank.remove("ghost");
        syncAndDeliver();
        world_->restart();
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
        assertStands("c1", "voided", "");
        assertStands("ghost", "gone", "");
        // And again, should the bank think better of it.
        world_->bank.put({"c1", "checking", 500});
        syncAndDeliver();
        world_->checkBooks("checking", "Assets:Checking");
    }
};

using RemovalsOnSqliteTest = RemovalsTest<store::Engine::Sqlite>;
using RemovalsOnPostgresqlTest = RemovalsTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RemovalsOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RemovalsOnPostgresqlTest);

} // namespace bankfeed
