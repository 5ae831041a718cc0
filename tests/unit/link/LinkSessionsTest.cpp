#include "unit/link/LinkWorld.h"

#include "base/Sha256.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class LinkSessionsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkSessionsTest);
    CPPUNIT_TEST(aSessionIsBegunByAJobAndOpens);
    CPPUNIT_TEST(theProviderIsToldNoNameOfAPerson);
    CPPUNIT_TEST(anUpdateUsesTheConnectionsToken);
    CPPUNIT_TEST(aProviderThatIsDownIsAskedAgainAndThenGivenUp);
    CPPUNIT_TEST(aRefusalFailsTheSessionAtOnce);
    CPPUNIT_TEST(looksComeSoonFirstAndSlowlyLater);
    CPPUNIT_TEST(aLookThatFailsDoesNotEndTheSession);
    CPPUNIT_TEST(nobodyFinishedItInTime);
    CPPUNIT_TEST(thePersonLeft);
    CPPUNIT_TEST(aRepairSaysWhatIsWrong);
    CPPUNIT_TEST(anUpdateThatSucceedsAsksForDataAndExchangesNothing);
    CPPUNIT_TEST(anUpdateThatSucceedsEndsTheRestOfAJobThatFailed);
    CPPUNIT_TEST(aBellAfterTheEndOfAnUpdateStillAsksForData);
    CPPUNIT_TEST(anEndedConnectionFailsItsSession);
    CPPUNIT_TEST(secretsAreSealedAndOverwritten);
    CPPUNIT_TEST(aJobWhoseLeaseIsLostWritesNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void aSessionIsBegunByAJobAndOpens()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin();
                CPPUNIT_ASSERT_EQUAL(std::string("creating"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(0, w.bank.starts); // A request never waits for the bank.
                CPPUNIT_ASSERT(world.jobAsked(store::job::linkSession, id));
                w.runJobs();
                const auto session = w.stored(id);
                CPPUNIT_ASSERT_EQUAL(std::string("open"), session.state);
                CPPUNIT_ASSERT_EQUAL(sha256Hex("link-canary-1"), session.linkTokenHash);
                CPPUNIT_ASSERT_EQUAL(std::string("https://bank/hl-canary-1"),
                    std::string(w.show(id).hostedUrl.reveal()));
                CPPUNIT_ASSERT_EQUAL(std::string("https://host/plugins/plaid/console/?link=" + id),
                    w.bank.lastRequest.completionUrl);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("link_session.started"), world.auditActions().at(0));
            });
    }

    void theProviderIsToldNoNameOfAPerson()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                w.begin();
                w.runJobs();
                const std::string told = w.bank.lastRequest.userReference;
                CPPUNIT_ASSERT(told.find("u1") == std::string::npos);
                CPPUNIT_ASSERT(told.find("main") == std::string::npos);
                CPPUNIT_ASSERT(told != link::userReference("other", "u1"));
                CPPUNIT_ASSERT_EQUAL(told, link::userReference("main", "u1"));
            });
    }

    void anUpdateUsesTheConnectionsToken()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                w.begin(LinkPurpose::AddAccounts, world.connect());
                w.runJobs();
                CPPUNIT_ASSERT(w.bank.lastRequest.purpose == LinkPurpose::AddAccounts);
                CPPUNIT_ASSERT_EQUAL(std::string("access-canary-0"),
                    std::string(w.bank.lastRequest.accessToken.reveal()));
            });
    }

    void aProviderThatIsDownIsAskedAgainAndThenGivenUp()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                w.bank.startFailures.assign(2, Error::retry("http.down", "Unreachable."));
                const auto id = w.begin();
                w.runJob();
                CPPUNIT_ASSERT_EQUAL(std::string("creating"), w.stored(id).state);
                for (int i = 0; i < 3; ++i)
                {
                    world.clock.advanceMs(5'000);
                    w.runJob();
                }
                CPPUNIT_ASSERT_EQUAL(std::string("open"), w.stored(id).state);
                w.bank.startFailures.assign(10, Error::retry("http.down", "Unreachable."));
                const auto other = w.begin(LinkPurpose::Connect, "", LinkWorld::ben());
                for (int i = 0; i < 12; ++i)
                {
                    world.clock.advanceMs(40'000);
                    w.runJobs();
                }
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(other).state);
                CPPUNIT_ASSERT_EQUAL(std::string("http.down"), w.stored(other).errorCode);
            });
    }

    void aRefusalFailsTheSessionAtOnce()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                w.bank.startFailures.push_back(
                    LinkBank::providerError("INVALID_API_KEYS", Remedy::Stop));
                const auto id = w.begin();
                w.runJobs();
                const auto session = w.stored(id);
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), session.state);
                CPPUNIT_ASSERT_EQUAL(std::string("INVALID_API_KEYS"), session.errorCode);
                CPPUNIT_ASSERT_EQUAL(std::string("req-1"), session.errorRequestId);
                CPPUNIT_ASSERT(session.finishedAt);
            });
    }

    void looksComeSoonFirstAndSlowlyLater()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin();
                const auto looksWithin = [&](std::int64_t ms)
                {
                    const int before = w.bank.looks;
                    for (std::int64_t passed = 0; passed < ms; passed += 1000)
                    {
                        world.clock.advanceMs(1000);
                        w.runJobs();
                    }
                    return w.bank.looks - before;
                };
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(12, looksWithin(60'000));
                CPPUNIT_ASSERT_EQUAL(16, looksWithin(240'000));
                CPPUNIT_ASSERT_EQUAL(2, looksWithin(60'000));
                // A webhook makes the next look at once.
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).ask(world.random, World::tenant,
                            store::job::linkSession, id, world.clock.now());
                    });
                const int before = w.bank.looks;
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(before + 1, w.bank.looks);
                CPPUNIT_ASSERT_EQUAL(std::string("link-canary-1"), w.bank.lastLinkToken);
            });
    }

    void aLookThatFailsDoesNotEndTheSession()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin();
                w.runJobs();
                w.bank.lookFailures.assign(1, Error::retry("http.down", "Unreachable."));
                w.bank.lookFailures.push_back(
                    LinkBank::providerError("RATE_LIMIT_EXCEEDED", Remedy::Retry));
                for (int i = 0; i < 3; ++i)
                {
                    world.clock.advanceMs(5'000);
                    w.runJobs();
                }
                CPPUNIT_ASSERT_EQUAL(std::string("open"), w.stored(id).state);
                w.bank.lookFailures.push_back(
                    LinkBank::providerError("INVALID_LINK_TOKEN", Remedy::Stop));
                world.clock.advanceMs(5'000);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
            });
    }

    void nobodyFinishedItInTime()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin();
                w.runJobs();
                world.clock.advanceMs(4 * 3600 * 1000 + 60'000); // Still in its time of grace.
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("open"), w.stored(id).state);
                world.clock.advanceMs(120'000);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("expired"), w.stored(id).state);
                CPPUNIT_ASSERT(w.show(id).hostedUrl.empty());
                CPPUNIT_ASSERT(!world.jobAsked(store::job::linkSession, id));
            });
    }

    void thePersonLeft()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::Repair, connection);
                w.runJobs();
                w.bank.outcome.state = LinkState::Exited;
                world.clock.advanceMs(5'000);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("exited"), w.stored(id).state);
                CPPUNIT_ASSERT(!world.jobAsked(store::job::refresh, connection));
                w.begin(LinkPurpose::Repair, connection); // The way is free again.
            });
    }

    void aRepairSaysWhatIsWrong()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .setState(connection, store::connectionState::needsUser, "NO_ACCOUNTS");
                        return 0;
                    });
                w.begin(LinkPurpose::Repair, connection);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("NO_ACCOUNTS"), w.bank.lastRequest.trouble);
            });
    }

    void anUpdateThatSucceedsAsksForDataAndExchangesNothing()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::AddAccounts, connection);
                w.runJobs();
                w.bank.succeedUpdate(/*token=*/true);
                world.clock.advanceMs(5'000);
                CPPUNIT_ASSERT(w.runJob());
                CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, w.connections());
                CPPUNIT_ASSERT(world.jobAsked(store::job::refresh, connection));
                CPPUNIT_ASSERT(world.jobAsked(store::job::sync, connection));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("link_session.finished"), world.auditActions().at(0));
            });
    }

    void anUpdateThatSucceedsEndsTheRestOfAJobThatFailed()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                for (const auto kind : {store::job::refresh, store::job::sync})
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            store::JobRepository(unit).ask(
                                world.random, World::tenant, kind, connection, world.clock.now());
                        });
                    const auto lease = world.write([&](store::Unit& unit)
                        { return store::JobRepository(unit).claim(world.clock.now(), 180'000); });
                    w.finishJob(
                        *lease, {store::JobEnd::Kind::Failed, plusMs(world.clock.now(), 3'600'000),
                                    "X", "It failed."});
                }
                world.clock.advanceMs(120'000);
                const auto id = w.begin(LinkPurpose::Repair, connection);
                w.runJobs();
                w.bank.succeedUpdate(/*token=*/false);
                world.clock.advanceMs(5'000);
                CPPUNIT_ASSERT(w.runJob());
                CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(id).state);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository jobs(unit);
                        for (const auto kind : {store::job::refresh, store::job::sync})
                            CPPUNIT_ASSERT(jobs.status(World::tenant, kind, connection).dueAt <=
                                           world.clock.now());
                    });
            });
    }

    void aBellAfterTheEndOfAnUpdateStillAsksForData()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::AddAccounts, connection);
                w.runJobs();
                w.bank.outcome.state = LinkState::Exited;
                world.clock.advanceMs(5'000);
                w.runJobs();
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).ask(world.random, World::tenant,
                            store::job::linkSession, id, world.clock.now());
                    });
                CPPUNIT_ASSERT(w.runJob());
                CPPUNIT_ASSERT(world.jobAsked(store::job::refresh, connection));
                CPPUNIT_ASSERT_EQUAL(std::string("exited"), w.stored(id).state);
            });
    }

    void anEndedConnectionFailsItsSession()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto connection = world.connect();
                const auto id = w.begin(LinkPurpose::Repair, connection);
                w.tokens.goneId = connection;
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(0, w.bank.starts);
            });
    }

    void secretsAreSealedAndOverwritten()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin();
                w.runJobs();
                const auto open = w.stored(id);
                CPPUNIT_ASSERT(!open.linkTokenSealed.empty());
                CPPUNIT_ASSERT(open.linkTokenSealed.find("canary") == std::string::npos);
                CPPUNIT_ASSERT(open.hostedUrlSealed.find("canary") == std::string::npos);
                w.bank.succeed("ins_1", {});
                world.clock.advanceMs(5'000);
                w.runJobs();
                const auto done = w.stored(id);
                CPPUNIT_ASSERT_EQUAL(std::string("done"), done.state);
                CPPUNIT_ASSERT(done.linkTokenSealed.empty() && done.hostedUrlSealed.empty() &&
                               done.publicTokenSealed.empty());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                    world.count("SELECT COUNT(*) FROM link_session WHERE public_token_sealed "
                                "LIKE '%canary%' OR return_url LIKE '%canary%'"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                    world.count("SELECT COUNT(*) FROM connection WHERE access_token_sealed "
                                "LIKE '%canary%'"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                    world.count("SELECT COUNT(*) FROM audit WHERE detail LIKE '%canary%'"));
                CPPUNIT_ASSERT(!world.database.log().holds("canary"));
            });
    }

    void aJobWhoseLeaseIsLostWritesNothing()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = w.begin();
                const auto lease = world.write([&](store::Unit& unit)
                    { return store::JobRepository(unit).claim(world.clock.now(), 1'000); });
                world.clock.advanceMs(2'000);
                const auto taken = world.write([&](store::Unit& unit)
                    { return store::JobRepository(unit).claim(world.clock.now(), 180'000); });
                CPPUNIT_ASSERT(taken && taken->fence > lease->fence);
                valueOf(w.sessions.step(*lease));
                CPPUNIT_ASSERT_EQUAL(std::string("creating"), w.stored(id).state);
                valueOf(w.sessions.step(*taken));
                CPPUNIT_ASSERT_EQUAL(std::string("open"), w.stored(id).state);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkSessionsTest);

} // namespace bankfeed::testing
