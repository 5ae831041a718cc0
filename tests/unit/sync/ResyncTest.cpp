// Cursors that lead nowhere: the loop begins again, reads everything anew, or ends with an error.
#include "SyncFixture.h"

#include "base/Limits.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

using testing::ScriptedBank;

template <store::Engine engine>
class ResyncTest final : public testing::TwoAccountsFixture
{
    CPPUNIT_TEST_SUITE(ResyncTest);
    CPPUNIT_TEST(aMutationRestartsFromTheFirstPagesCursor);
    CPPUNIT_TEST(mutationsWithoutEndLeadToAResync);
    CPPUNIT_TEST(aResyncRemovesWhatTheBankShowsNoMore);
    CPPUNIT_TEST(aResyncConcludesNothingFromAVanishedAccount);
    CPPUNIT_TEST(aCursorOfNoUseLeadsToAResync);
    CPPUNIT_TEST(aBankThatRefusesEveryCursorIsAnErrorInTheEnd);
    CPPUNIT_TEST(aFailureOnALaterPageLeavesTheCursor);
    CPPUNIT_TEST(aRepeatedCursorIsAnError);
    CPPUNIT_TEST(pagesWithoutEndAreAnError);
    CPPUNIT_TEST(anEmptyFirstAnswerIsNotTheEnd);
    CPPUNIT_TEST(anIncompleteHistoryIsLookedAtAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    ResyncTest() : TwoAccountsFixture(engine) {}

    void aMutationRestartsFromTheFirstPagesCursor()
    {
        linkChecking();
        putRows(5);
        world_->sync();
        putRows(20, "checking", "u");
        world_->bank.pageSize = 7;
        world_->bank.calls = 0;
        world_->bank.cursorsAsked.clear();
        world_->bank.beforePage = [&](std::size_t call)
        {
            if (call == 3) world_->bank.put({"between", "checking", 5});
        };
        world_->sync();
        const std::vector<std::string> asked{
            "c5", "m5:25:7", "m5:25:14", "c5", "m5:26:7", "m5:26:14"};
        CPPUNIT_ASSERT(asked == world_->bank.cursorsAsked);
        CPPUNIT_ASSERT_EQUAL(std::string("c26"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{26}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void mutationsWithoutEndLeadToAResync()
    {
        linkChecking();
        putRows(3);
        world_->sync();
        putRows(3, "checking", "u");
        world_->bank.cursorsAsked.clear();
        for (int i = 0; i <= limits::restartsPerLoop; ++i)
            world_->bank.failures.push_back(ScriptedBank::mutation());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->bank.cursorsAsked.back());
        CPPUNIT_ASSERT_EQUAL(std::size_t{7}, world_->bank.cursorsAsked.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void aResyncRemovesWhatTheBankShowsNoMore()
    {
        linkChecking();
        world_->bank.put({"old", "checking", 1, "2025-12-01"});
        putRows(12);
        world_->sync();
        world_->bank.remove("t3");
        world_->bank.cursorsSince = 1'000;
        world_->bank.pageSize = 5;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("voided"), lane("t3"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{14}, world_->outbox("checking").size());
        world_->checkMirror();
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aResyncConcludesNothingFromAVanishedAccount()
    {
        linkChecking();
        world_->link(world_->discover("savings"), "Assets:Savings");
        putRows(2, "checking", "c");
        putRows(2, "savings", "s");
        world_->sync();
        world_->bank.remove("s0");
        world_->bank.remove("s1");
        world_->bank.cursorsSince = 1'000;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("s0"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("savings").size());
    }

    void aCursorOfNoUseLeadsToAResync()
    {
        linkChecking();
        putRows(4);
        world_->sync();
        world_->bank.cursorsSince = 100;
        putRows(1, "checking", "u");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("c5"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void aBankThatRefusesEveryCursorIsAnErrorInTheEnd()
    {
        putRows(4);
        world_->sync();
        for (int i = 0; i < 40; ++i)
            world_->bank.failures.push_back(ScriptedBank::badCursor());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("sync.keeps_changing"), world_->lastError->code);
        CPPUNIT_ASSERT_EQUAL(std::string("c4"), world_->connection().cursor);
        world_->bank.failures.clear();
        world_->sync();
        world_->checkMirror();
    }

    void aFailureOnALaterPageLeavesTheCursor()
    {
        linkChecking();
        putRows(30);
        world_->bank.pageSize = 7;
        const Error down = Error::retry("plaid.error", "The bank is down.");
        world_->bank.failures = {std::nullopt, std::nullopt, down, down, down, down};
        world_->sync();
        CPPUNIT_ASSERT(world_->lastError.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM bank_transaction"));
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{30}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void aRepeatedCursorIsAnError()
    {
        putRows(3);
        world_->sync();
        world_->bank.repeatsCursor = true;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("sync.cursor_repeats"), world_->lastError->code);
        CPPUNIT_ASSERT_EQUAL(std::string("c3"), world_->connection().cursor);
        world_->bank.repeatsCursor = false;
        putRows(2, "checking", "u");
        world_->sync();
        world_->checkMirror();
    }

    void pagesWithoutEndAreAnError()
    {
        // Thousands of units, and no statement that other tests do not have: one engine will do.
        if (engine != store::Engine::Sqlite) return;
        world_->bank.endless = true;
        world_->ask(store::job::sync, world_->connectionId);
        for (int i = 0; i < limits::pagesPerLoop; ++i)
            CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(std::string("sync.too_many_pages"), world_->lastError->code);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->connection().cursor);
        world_->bank.endless = false;
        putRows(2);
        world_->run();
        world_->checkMirror();
    }

    void anEmptyFirstAnswerIsNotTheEnd()
    {
        linkChecking();
        world_->bank.ready = false;
        putRows(2);
        world_->ask(store::job::sync, world_->connectionId);
        while (world_->runOne())
        {
        }
        CPPUNIT_ASSERT_EQUAL(std::string("not_ready"), world_->connection().history);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->bank.calls);
        for (const std::int64_t wait : {10'000, 30'000, 120'000, 600'000})
        {
            world_->clock.advanceMs(wait - 1);
            CPPUNIT_ASSERT(!world_->runOne());
            world_->clock.advanceMs(1);
            CPPUNIT_ASSERT(world_->runOne());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, world_->bank.calls);
        world_->bank.ready = true;
        world_->run();
        world_->checkMirror();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
    }

    void anIncompleteHistoryIsLookedAtAgain()
    {
        linkChecking();
        world_->bank.history = HistoryState::RecentReady;
        putRows(2);
        world_->ask(store::job::sync, world_->connectionId);
        while (world_->runOne())
        {
        }
        CPPUNIT_ASSERT_EQUAL(std::string("recent"), world_->connection().history);
        putRows(5, "checking", "older");
        world_->bank.history = HistoryState::Complete;
        world_->clock.advanceMs(10'000);
        CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(std::string("complete"), world_->connection().history);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_loop"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM job WHERE kind <> 'proof'"));
        world_->checkMirror();
    }
};

using ResyncOnSqliteTest = ResyncTest<store::Engine::Sqlite>;
using ResyncOnPostgresqlTest = ResyncTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(ResyncOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(ResyncOnPostgresqlTest);

} // namespace bankfeed
