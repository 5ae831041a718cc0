#include "unit/link/LinkWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <barrier>
#include <thread>

namespace bankfeed::testing
{

class LinkExchangeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkExchangeTest);
    CPPUNIT_TEST(aResultBecomesAConnectionOnce);
    CPPUNIT_TEST(theIntentIsStoredBeforeTheExchange);
    CPPUNIT_TEST(aLostAnswerIsAskedForOnceMore);
    CPPUNIT_TEST(anAnswerThatStaysLostIsToldAsSuch);
    CPPUNIT_TEST(aProviderThatIsDownIsAskedAgain);
    CPPUNIT_TEST(aRefusedResultFails);
    CPPUNIT_TEST(aSuccessWithoutResultFails);
    CPPUNIT_TEST(twoStepsAtOnceMakeOneConnection);
    CPPUNIT_TEST(aKnownConnectionGetsTheNewerToken);
    CPPUNIT_TEST(aConnectionOfAnotherTenantIsNotTaken);
    CPPUNIT_TEST(aSessionThatWasTakenOverIsNotExchanged);
    CPPUNIT_TEST(aConnectionWhoseRunLostItsLeaseIsEndedAtTheProvider);
    CPPUNIT_TEST(aRunThatLostItsLeaseDoesNotExchange);
    CPPUNIT_TEST(aCrashBehindTheExchangeIsToldAsLost);
    CPPUNIT_TEST(aConnectionThatCannotBeStoredIsEndedAtTheProvider);
    CPPUNIT_TEST(aConnectionThatWasEndedHereIsNotTakenBackSilently);
    CPPUNIT_TEST(storingTheTokenIsTriedFiveTimes);
    CPPUNIT_TEST_SUITE_END();

    static std::string opened(LinkWorld& w)
    {
        const auto id = w.begin();
        w.runJobs();
        w.bank.succeed("ins_1", {LinkAccount{"x1", "Checking", "0000", "depository", "checking"}});
        w.world.clock.advanceMs(5'000);
        return id;
    }

    static store::JobLease claim(World& world)
    {
        return *world.write([&](store::Unit& unit)
            { return store::JobRepository(unit).claim(world.clock.now(), 180'000); });
    }

public:
    void aResultBecomesAConnectionOnce()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.runJob();
                w.runJob();
                const auto session = w.stored(id);
                CPPUNIT_ASSERT_EQUAL(std::string("done"), session.state);
                CPPUNIT_ASSERT_EQUAL(std::string("public-canary-1"), w.bank.lastPublicToken);
                const auto connection = world.connection(*session.connectionId);
                CPPUNIT_ASSERT_EQUAL(std::string("item-1"), connection.providerConnectionId);
                CPPUNIT_ASSERT_EQUAL(std::string("ins_1"), connection.institutionId);
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), connection.createdBy);
                const auto token = valueOf(w.vault->open(World::tenant, connection.id,
                    "access_token_sealed", connection.accessTokenSealed));
                CPPUNIT_ASSERT_EQUAL(std::string("access-canary-1"), std::string(token.reveal()));
                CPPUNIT_ASSERT(world.jobAsked(store::job::refresh, connection.id));
                CPPUNIT_ASSERT(world.jobAsked(store::job::sync, connection.id));
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT_EQUAL(std::string("link_session.finished"), actions.at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("connection.added"), actions.at(1));
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(1, w.bank.exchanges);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, w.connections());
            });
    }

    void theIntentIsStoredBeforeTheExchange()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.runJob();
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
                const auto session = w.stored(id);
                CPPUNIT_ASSERT_EQUAL(std::string("finishing"), session.state);
                CPPUNIT_ASSERT(!session.publicTokenSealed.empty());
                CPPUNIT_ASSERT(session.publicTokenSealed.find("canary") == std::string::npos);
                CPPUNIT_ASSERT(w.show(id).hostedUrl.empty());
            });
    }

    void aLostAnswerIsAskedForOnceMore()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.bank.exchangeLosesAnswer = 1;
                w.bank.singleUse = false;
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(2, w.bank.exchanges);
            });
    }

    void anAnswerThatStaysLostIsToldAsSuch()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.bank.exchangeLosesAnswer = 1;
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(std::string("link.exchange_lost"), w.stored(id).errorCode);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, w.connections());
            });
    }

    void aProviderThatIsDownIsAskedAgain()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.bank.exchangeFailures.assign(3, Error::retry("http.down", "Unreachable."));
                for (int i = 0; i < 6; ++i)
                {
                    w.runJobs();
                    world.clock.advanceMs(10'000);
                }
                CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(4, w.bank.exchanges);
            });
    }

    void aRefusedResultFails()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.bank.exchangeFailures.push_back(
                    LinkBank::providerError("INVALID_PUBLIC_TOKEN", Remedy::Stop));
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(std::string("INVALID_PUBLIC_TOKEN"), w.stored(id).errorCode);
                CPPUNIT_ASSERT(w.stored(id).publicTokenSealed.empty());
            });
    }

    void aSuccessWithoutResultFails()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.bank.outcome.publicToken = Secret();
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
            });
    }

    void twoStepsAtOnceMakeOneConnection()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.bank.singleUse = false; // The worst case: both exchanges succeed.
                w.runJob();
                CPPUNIT_ASSERT_EQUAL(std::string("finishing"), w.stored(id).state);
                const auto lease = world.write([&](store::Unit& unit)
                    { return store::JobRepository(unit).claim(world.clock.now(), 180'000); });
                std::barrier together(2);
                const auto step = [&]
                {
                    together.arrive_and_wait();
                    (void)w.sessions.step(*lease);
                };
                std::thread other(step);
                step();
                other.join();
                CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, w.connections());
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT(std::count(actions.begin(), actions.end(), "connection.added") == 1);
            });
    }

    void aKnownConnectionGetsTheNewerToken()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto known = world.connect("ins_2", "Known");
                w.bank.itemId = "item-" + known;
                const auto id = opened(w);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(known, *w.stored(id).connectionId);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, w.connections());
                const auto token = valueOf(w.vault->open(World::tenant, known,
                    "access_token_sealed", world.connection(known).accessTokenSealed));
                CPPUNIT_ASSERT_EQUAL(std::string("access-canary-1"), std::string(token.reveal()));
            });
    }

    void aConnectionOfAnotherTenantIsNotTaken()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                w.bank.itemId = "item-" + world.connect("ins_2", "Theirs", "other");
                const auto id = opened(w);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
                CPPUNIT_ASSERT(!w.stored(id).connectionId);
                CPPUNIT_ASSERT(w.bank.removed.empty()); // It is theirs.
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.count("SELECT COUNT(*) FROM connection WHERE access_token_sealed = "
                                "'sealed'"));
            });
    }

    void aSessionThatWasTakenOverIsNotExchanged()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                // While the job looks, the person's session ends for another reason.
                w.bank.whileLooking = [&]
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            store::LinkSessionRepository sessions(unit, World::tenant);
                            auto session = *sessions.find(id);
                            link::finish(session, store::sessionState::expired, world.clock.now());
                            sessions.update(session);
                        });
                };
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(1, w.bank.looks);
                CPPUNIT_ASSERT_EQUAL(std::string("expired"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
                CPPUNIT_ASSERT(w.stored(id).publicTokenSealed.empty());
            });
    }

    void aConnectionWhoseRunLostItsLeaseIsEndedAtTheProvider()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.runJob();
                const auto first = claim(world);
                store::JobLease second;
                w.bank.whileExchanging = [&]
                {
                    world.clock.advanceMs(181'000); // The machine slept.
                    second = claim(world);
                };
                CPPUNIT_ASSERT(w.sessions.step(first).ok());
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, w.bank.removed.size());
                CPPUNIT_ASSERT_EQUAL(std::string("access-canary-1"), w.bank.removed.front());
                CPPUNIT_ASSERT(w.sessions.step(second).ok());
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(std::string("link.exchange_lost"), w.stored(id).errorCode);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, w.connections());
            });
    }

    void aRunThatLostItsLeaseDoesNotExchange()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                opened(w);
                w.runJob();
                const auto first = claim(world);
                world.clock.advanceMs(181'000);
                (void)claim(world);
                CPPUNIT_ASSERT(w.sessions.step(first).ok());
                CPPUNIT_ASSERT_EQUAL(0, w.bank.exchanges);
            });
    }

    void aCrashBehindTheExchangeIsToldAsLost()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto id = opened(w);
                w.runJob();
                struct Killed
                {
                };
                w.bank.whileExchanging = [&]
                {
                    w.bank.exchangeUnseen();
                    throw Killed();
                };
                CPPUNIT_ASSERT_THROW((void)w.sessions.step(claim(world)), Killed);
                world.clock.advanceMs(181'000);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(std::string("link.exchange_lost"), w.stored(id).errorCode);
            });
    }

    void aConnectionThatCannotBeStoredIsEndedAtTheProvider()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                opened(w);
                w.runJob();
                w.bank.whileExchanging = [&]
                {
                    world.write([](store::Unit& unit)
                        { unit.execute("ALTER TABLE connection RENAME TO connection_gone"); });
                };
                CPPUNIT_ASSERT(!w.sessions.step(claim(world)).ok());
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, w.bank.removed.size());
            });
    }

    void aConnectionThatWasEndedHereIsNotTakenBackSilently()
    {
        inBothWorlds(
            [](World& world)
            {
                LinkWorld w(world);
                const auto known = world.connect("ins_2", "Known");
                world.endConnection(known);
                w.bank.itemId = "item-" + known;
                const auto id = opened(w);
                w.runJobs();
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), w.stored(id).state);
                CPPUNIT_ASSERT_EQUAL(std::string("link.connection_known"), w.stored(id).errorCode);
                CPPUNIT_ASSERT(world.connection(known).accessTokenSealed.empty());
                // Nobody keeps its token: it is ended, or the provider would keep it for ever.
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, w.bank.removed.size());
            });
    }

    void storingTheTokenIsTriedFiveTimes()
    {
        // A server that says "at a limit" is not asked again by the store itself.
        World world(store::Engine::Postgresql);
        LinkWorld w(world);
        const auto id = opened(w);
        w.runJob();
        world.write(
            [](store::Unit& unit)
            {
                unit.execute("CREATE SEQUENCE tries");
                unit.execute(R"(CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN IF nextval(''tries'') < 5 THEN RAISE EXCEPTION ''busy''
                        USING ERRCODE = ''53400''; END IF; RETURN NEW; END')");
                unit.execute("CREATE TRIGGER busy BEFORE INSERT ON connection FOR EACH ROW "
                             "EXECUTE FUNCTION busy()");
            });
        w.runJobs();
        CPPUNIT_ASSERT_EQUAL(std::string("done"), w.stored(id).state);
        CPPUNIT_ASSERT_EQUAL(1, w.bank.exchanges);
        CPPUNIT_ASSERT(w.bank.removed.empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, world.count("SELECT last_value FROM tries"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkExchangeTest);

} // namespace bankfeed::testing
