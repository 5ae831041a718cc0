// Jobs that fail: when they are tried again, how often, and from when on somebody is told.
#include "Failures.h"

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t failuresToNotice = 4;

} // namespace

class RepeatedFailuresTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RepeatedFailuresTest);
    CPPUNIT_TEST(whatASyncMetWithIsCheckedWithTheConnectionItself);
    CPPUNIT_TEST(theNoticeOfRepeatedFailuresSaysWhenTheNextTryIs);
    CPPUNIT_TEST(triesOfManyConnectionsAreSpread);
    CPPUNIT_TEST(repeatedFailuresOpenANotice);
    CPPUNIT_TEST(aRateLimitWaitsAtLeastThirtySeconds);
    CPPUNIT_TEST(theNoticeOfRepeatedFailuresGoesWhenNeitherJobFails);
    CPPUNIT_TEST(aSyncThatWasRefusedForGoodIsSaidUntilASyncSucceeds);
    CPPUNIT_TEST(anErrorGoesWithTheJobThatMetIt);
    CPPUNIT_TEST(theTwelfthFailureIsTheLast);
    CPPUNIT_TEST(aDisconnectNeverGivesUp);
    CPPUNIT_TEST(aRunWithoutItsLeaseWritesNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void whatASyncMetWithIsCheckedWithTheConnectionItself()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                // Its answer is from before a repair that a refresh has written already.
                fail(f, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair), 0, store::job::sync);
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
            });
    }

    void theNoticeOfRepeatedFailuresSaysWhenTheNextTryIs()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end =
                    fail(f, providerError("INSTITUTION_DOWN", Remedy::Later), failuresToNotice);
                const auto open = f.read([](store::Unit& unit)
                    { return store::NoticeRepository(unit, "a").openOnes(); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open.size());
                const auto has = [&](const std::string& text)
                { return open[0].params.find(text) != std::string::npos; };
                CPPUNIT_ASSERT(has("\"next_try_at\":\"" + rfc3339(end.dueAt) + "\""));
                CPPUNIT_ASSERT(has("\"request_id\":\"req123\""));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
            });
    }

    void triesOfManyConnectionsAreSpread()
    {
        EngineFixture f(store::Engine::Sqlite);
        f.addConnection("a", "con_1");
        const auto failure = providerError("INTERNAL_SERVER_ERROR", Remedy::Retry);
        std::int64_t early = 0;
        for (int i = 0; i < 40; ++i)
        {
            const auto due = fail(f, failure, 6).dueAt; // Of at most 64 seconds.
            CPPUNIT_ASSERT(due > f.clock.now());
            CPPUNIT_ASSERT(due <= plusMs(f.clock.now(), 64'100));
            early += due < plusMs(f.clock.now(), 32'000) ? 1 : 0;
        }
        CPPUNIT_ASSERT(early > 8 && early < 32);
    }

    void repeatedFailuresOpenANotice()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                for (std::int64_t attempts = 0; attempts < 4; ++attempts)
                    fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry), attempts);
                CPPUNIT_ASSERT(f.notices("a").empty());
                fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry), 4);
                CPPUNIT_ASSERT_EQUAL(std::string("sync_failing"), f.notices("a").at(0));
            });
    }

    void theNoticeOfRepeatedFailuresGoesWhenNeitherJobFails()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto failure = providerError("INTERNAL_SERVER_ERROR", Remedy::Retry);
                f.ask("a", store::job::sync, "con_1");
                const auto lease = f.claim();
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).end(lease, f.clock.now(),
                            {store::JobEnd::Kind::Failed, f.clock.now(), "", ""});
                    });
                fail(f, failure, 4);
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                const auto again = f.claim();
                f.write([&](store::Unit& unit)
                    { store::JobRepository(unit).end(again, f.clock.now(), store::JobEnd{}); });
                goodAnswer(f);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aSyncThatWasRefusedForGoodIsSaidUntilASyncSucceeds()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end =
                    fail(f, providerError("CREDITS_EXHAUSTED", Remedy::Stop), 0, store::job::sync);
                CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Done);
                goodAnswer(f); // The refresh beside it has nothing to do with it.
                CPPUNIT_ASSERT_EQUAL(std::string("sync_failing"), kindsOf(f));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("CREDITS_EXHAUSTED"), f.connection("a", "con_1").errorCode);
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").recordSuccess(
                            "con_1", f.clock.now());
                    });
                goodAnswer(f);
                CPPUNIT_ASSERT_EQUAL(std::string(), kindsOf(f));
                CPPUNIT_ASSERT_EQUAL(std::string(), f.connection("a", "con_1").errorCode);
            });
    }

    void anErrorGoesWithTheJobThatMetIt()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("INTERNAL_SERVER_ERROR"), f.connection("a", "con_1").errorCode);
                goodAnswer(f);
                const auto well = f.connection("a", "con_1");
                CPPUNIT_ASSERT_EQUAL(std::string(), well.errorCode);
                CPPUNIT_ASSERT_EQUAL(std::string(), well.errorText);
                CPPUNIT_ASSERT_EQUAL(std::string(), well.errorRequestId);
                fail(f, providerError("INTERNAL_SERVER_ERROR", Remedy::Retry), 0, store::job::sync);
                goodAnswer(f); // A sync has met with that one.
                CPPUNIT_ASSERT_EQUAL(
                    std::string("INTERNAL_SERVER_ERROR"), f.connection("a", "con_1").errorCode);
            });
    }

    void aRateLimitWaitsAtLeastThirtySeconds()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto end = fail(f, providerError("TRANSACTIONS_SYNC_LIMIT", Remedy::Retry));
                CPPUNIT_ASSERT(end.dueAt >= plusMs(f.clock.now(), 30'000));
            });
    }

    void theTwelfthFailureIsTheLast()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto failure = providerError("INTERNAL_SERVER_ERROR", Remedy::Retry);
                CPPUNIT_ASSERT(fail(f, failure, 10).kind == store::JobEnd::Kind::Failed);
                CPPUNIT_ASSERT(fail(f, failure, 11).kind == store::JobEnd::Kind::Done);
            });
    }

    void aDisconnectNeverGivesUp()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                for (const auto remedy : {Remedy::Retry, Remedy::Stop, Remedy::Repair,
                         Remedy::Relink, Remedy::Later, Remedy::None})
                {
                    for (const std::int64_t attempts : {0, 11, 12, 1'000'000})
                    {
                        const auto end =
                            fail(f, providerError("X", remedy), attempts, store::job::disconnect);
                        CPPUNIT_ASSERT(end.kind == store::JobEnd::Kind::Failed);
                        CPPUNIT_ASSERT(end.dueAt > f.clock.now());
                        CPPUNIT_ASSERT(end.dueAt <= plusMs(f.clock.now(), 3 * 3'600'000));
                        // It does not hammer for ever either.
                        CPPUNIT_ASSERT(
                            attempts == 0 || end.dueAt >= plusMs(f.clock.now(), 3'600'000));
                    }
                }
                // Nobody is asked to log in to what has been ended.
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                CPPUNIT_ASSERT_EQUAL(std::string("sync_failing"), f.notices("a").at(0));
            });
    }

    void aRunWithoutItsLeaseWritesNothing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.ask("a", store::job::refresh, "con_1");
                const auto old = f.claim();
                f.clock.advanceMs(61'000);
                (void)f.claim();
                (void)f.health.afterFailure(
                    old, providerError("ITEM_LOGIN_REQUIRED", Remedy::Repair));
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT_EQUAL(std::string(), f.connection("a", "con_1").errorCode);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RepeatedFailuresTest);

} // namespace bankfeed::engine
