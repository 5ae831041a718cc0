// A whole story, cut off at every statement and at every commit in turn: mirror and books must end
// as if nothing had happened.
#include "support/FaultyDatabase.h"
#include "support/MemoryDatabase.h"
#include "support/SyncWorld.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>
#include <iostream>
#include <memory>

namespace bankfeed
{

using testing::BankRow;
using testing::FaultyDatabase;
using testing::SyncWorld;

namespace
{

/// Two accounts, one linked from the start with an opening balance, one later; pages, changes,
/// removals, pending rows; delivery in between.
void story(SyncWorld& world)
{
    world.bank.pageSize = 7;
    world.bank.addAccount({"checking", "USD", 40'000});
    world.bank.addAccount({"savings", "USD", 7'000});
    world.link(world.discover("checking"), "Assets:Checking", "", true);
    for (int i = 0; i < 16; ++i)
        world.bank.put({"c" + std::to_string(i), "checking", 100 + i});
    for (int i = 0; i < 5; ++i)
        world.bank.put({"s" + std::to_string(i), "savings", -10 * i});
    BankRow pending{"p", "checking", -700};
    pending.pending = true;
    world.bank.put(pending);
    world.sync();
    world.pump();

    world.discoversByItself = true;
    world.ask(store::job::refresh, world.connectionId);
    world.run();
    world.link("acc_" + world.tenant + "_savings", "Assets:Savings");
    world.bank.put({"c1", "checking", 4'444});
    world.bank.remove("c2");
    world.bank.touch("c3");
    world.bank.post("p", "posted", -750);
    world.sync();
    world.ledger.losesAnswers = 1;
    world.pump();
    world.bank.put({"c2", "checking", 9});
    world.sync();
    world.pump();
}

/// After the faults: what the schedule and the host do on their own.
void settle(SyncWorld& world)
{
    world.sync();
    world.restart();
    world.pump();
    world.pump();
    world.checkMirror();
    world.checkBooks("checking", "Assets:Checking");
    world.checkBooks("savings", "Assets:Savings");
    CPPUNIT_ASSERT_EQUAL(world.bank.balance("checking"), world.ledger.sum("Assets:Checking"));
}

} // namespace

class CrashTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CrashTest);
    CPPUNIT_TEST(aCrashAtAnyStatementIsRepairedOnSqlite);
    CPPUNIT_TEST(aLostAnswerOfAnyCommitIsRepairedOnSqlite);
    CPPUNIT_TEST(aCrashAtStatementsIsRepairedOnPostgresql);
    CPPUNIT_TEST(aLostAnswerOfCommitsIsRepairedOnPostgresql);
    CPPUNIT_TEST_SUITE_END();

    using SetFault = std::function<void(FaultyDatabase&, std::int64_t)>;

    /// Runs the story with the fault at `first`, `first + stride`, ... until it is not reached.
    static void everywhere(
        store::Database& plain, const SetFault& setFault, std::int64_t first, std::int64_t stride)
    {
        for (std::int64_t n = first; n < 100'000; n += stride)
        {
            FaultyDatabase faulty(plain);
            SyncWorld world(faulty, plain, "t" + std::to_string(n), 1);
            setFault(faulty, n);
            try
            {
                story(world);
                const bool reached = faulty.failed();
                faulty.failAtStatement = FaultyDatabase::never;
                faulty.loseAnswerOfUnit = FaultyDatabase::never;
                settle(world);
                if (!reached) return;
            }
            catch (const std::runtime_error& error)
            {
                CPPUNIT_FAIL("fault at " + std::to_string(n) + ": " + error.what());
            }
        }
        CPPUNIT_FAIL("the story has no end");
    }
    static void atStatement(FaultyDatabase& database, std::int64_t n)
    {
        database.failAtStatement = n;
    }
    static void atCommit(FaultyDatabase& database, std::int64_t n)
    {
        database.loseAnswerOfUnit = n;
    }

    void aCrashAtAnyStatementIsRepairedOnSqlite()
    {
        testing::MemoryDatabase database;
        everywhere(*database, atStatement, 1, 1);
    }
    void aLostAnswerOfAnyCommitIsRepairedOnSqlite()
    {
        testing::MemoryDatabase database;
        everywhere(*database, atCommit, 1, 1);
    }
    void aCrashAtStatementsIsRepairedOnPostgresql()
    {
        testing::TestDatabase database(store::Engine::Postgresql);
        everywhere(*database, atStatement, 5, 17);
    }
    void aLostAnswerOfCommitsIsRepairedOnPostgresql()
    {
        testing::TestDatabase database(store::Engine::Postgresql);
        everywhere(*database, atCommit, 2, 5);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashTest);

} // namespace bankfeed
