// What a person asks for at a connection: a sync, the balances, its pause and its end.
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class AskingApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AskingApiTest);
    CPPUNIT_TEST(syncNowAsksForBothJobs);
    CPPUNIT_TEST(syncNowEndsTheRestOfAJobThatFailed);
    CPPUNIT_TEST(aPauseIsToldWithWhoAndSinceWhen);
    CPPUNIT_TEST(syncNowSaysWhetherTheBankIsAsked);
    CPPUNIT_TEST(aPersonMayAskForTheBanksBalances);
    CPPUNIT_TEST(disconnectIsAskedAndToldWithWho);
    CPPUNIT_TEST_SUITE_END();

public:
    void syncNowAsksForBothJobs()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                CPPUNIT_ASSERT_EQUAL(connection, at(w.post(path + "/sync", "", 202), "id"));
                CPPUNIT_ASSERT(world.jobAsked(store::job::refresh, connection));
                CPPUNIT_ASSERT(world.jobAsked(store::job::sync, connection));
                CPPUNIT_ASSERT_EQUAL(1, world.wake.jobs.load());
                CPPUNIT_ASSERT_EQUAL(std::string("syncing"), at(w.get(path), "activity"));
                world.endConnection(connection);
                CPPUNIT_ASSERT_EQUAL(std::string("connection.removed"),
                    at(w.post(path + "/sync", "{}", 409), "error.code"));
            });
    }

    void syncNowEndsTheRestOfAJobThatFailed()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                w.post(path + "/sync", "", 202);
                for (const char* kind : {"sync", "refresh"})
                    world.write(
                        [&](store::Unit& unit)
                        {
                            unit.execute(R"(UPDATE job SET state = 'midway', attempts = 3,
                                error_code = 'http.down', due_at = $1 WHERE kind = $2)",
                                {plusMs(world.clock.now(), 3'600'000).ns, kind});
                        });
                w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{2}, world.count("SELECT COUNT(*) FROM job WHERE due_at <= " +
                                                 std::to_string(world.clock.now().ns)));
            });
    }

    void aPauseIsToldWithWhoAndSinceWhen()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(w.get(path), "paused"));
                w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(connection, at(w.post(path + "/pause", "", 202), "id"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(w.get(path), "paused.by"));
                CPPUNIT_ASSERT_EQUAL(rfc3339(world.clock.now()), at(w.get(path), "paused.since"));
                CPPUNIT_ASSERT_EQUAL(std::string("idle"), at(w.get(path), "activity"));
                const auto progress = w.get(path + "/progress");
                CPPUNIT_ASSERT_EQUAL(std::string("paused"), at(progress, "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(progress, "paused.by"));
                CPPUNIT_ASSERT_EQUAL(std::string("connection.paused"),
                    at(w.post(path + "/sync", "", 409), "error.code"));
                CPPUNIT_ASSERT_EQUAL(std::string("connection.paused"),
                    at(w.get("api/activity"), "entries.0.action"));
                const int before = world.wake.jobs.load();
                CPPUNIT_ASSERT_EQUAL(connection, at(w.post(path + "/resume", "", 202), "id"));
                CPPUNIT_ASSERT_EQUAL(before + 1, world.wake.jobs.load());
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(w.get(path), "paused"));
                CPPUNIT_ASSERT_EQUAL(std::string("connection.resumed"),
                    at(w.get("api/activity"), "entries.0.action"));
                w.post(path + "/sync", "", 202);
                world.endConnection(connection);
                CPPUNIT_ASSERT_EQUAL(std::string("connection.removed"),
                    at(w.post(path + "/pause", "", 409), "error.code"));
            });
    }

    void syncNowSaysWhetherTheBankIsAsked()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                ConsoleWorld plain(world);
                const auto unasked = plain.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(unasked, "bank_asked"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(unasked, "bank_askable_at"));
                CPPUNIT_ASSERT(!world.jobAsked(store::job::askBank, connection));

                auto settings = consoleSettings();
                settings.askBankOnSync = true;
                ConsoleWorld w(world, settings);
                const auto first = w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(first, "bank_asked"));
                CPPUNIT_ASSERT(world.jobAsked(store::job::askBank, connection));
                const auto next = rfc3339(plusMs(world.clock.now(), 15 * 60'000));
                CPPUNIT_ASSERT_EQUAL(next, at(first, "bank_askable_at"));
                const auto second = w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(second, "bank_asked"));
                CPPUNIT_ASSERT_EQUAL(next, at(second, "bank_askable_at"));
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .setBankAsked(
                                connection, {world.clock.now(), "PRODUCTS_NOT_SUPPORTED"});
                    });
                const auto third = w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("PRODUCTS_NOT_SUPPORTED"), at(third, "bank_refused"));
            });
    }

    void aPersonMayAskForTheBanksBalances()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                ConsoleWorld off(world);
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(off.get(path), "live_balances"));
                CPPUNIT_ASSERT_EQUAL(std::string("balances.off"),
                    at(off.post(path + "/balances", "", 409), "error.code"));
                auto settings = consoleSettings();
                settings.liveBalances = true;
                ConsoleWorld w(world, settings);
                const auto set = [&](std::string_view state)
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            store::ConnectionRepository(unit, World::tenant)
                                .setState(connection, state, "");
                            return 0;
                        });
                };
                set(store::connectionState::needsUser);
                CPPUNIT_ASSERT_EQUAL(std::string("balances.not_well"),
                    at(w.post(path + "/balances", "", 409), "error.code"));
                set(store::connectionState::healthy);
                const auto first = w.post(path + "/balances", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(first, "asked"));
                CPPUNIT_ASSERT(world.jobAsked(store::job::askBalances, connection));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(w.get(path), "live_balances.running"));
                const auto second = w.post(path + "/balances", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(second, "asked"));
                CPPUNIT_ASSERT_EQUAL(at(first, "askable_at"), at(second, "askable_at"));
                CPPUNIT_ASSERT_EQUAL(
                    at(first, "askable_at"), at(w.get(path), "live_balances.askable_at"));
                w.post("api/connections/con_other/balances", "", 404);
            });
    }

    void disconnectIsAskedAndToldWithWho()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                w.post("api/connections/" + connection + "/disconnect", "{}", 202);
                CPPUNIT_ASSERT(world.jobAsked(store::job::disconnect, connection));
                const auto activity = w.get("api/activity");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("connection.disconnected"), at(activity, "entries.0.action"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(activity, "entries.0.actor"));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AskingApiTest);

} // namespace bankfeed::testing
