// Goal: an instance can be started and stopped in any order a host may come to, and leaves nothing
// behind. Method: the real plugin on SQLite, with a provider that refuses connections.
#include "PluginFixture.h"

#include "support/TestDatabase.h"

#include <filesystem>
#include <fstream>
#include <vector>

namespace bankfeed::testing
{

class LifeTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(LifeTest);
    CPPUNIT_TEST(startNeedsMigratedData);
    CPPUNIT_TEST(startingTwiceIsRefusedAndChangesNothing);
    CPPUNIT_TEST(stoppingTwiceIsDoneTwice);
    CPPUNIT_TEST(stoppingWhatWasNeverStartedIsDone);
    CPPUNIT_TEST(twentyLivesLeaveNoThreadAndNoFile);
    CPPUNIT_TEST(aStartThatFailsLeavesNoThreadAndNoFile);
    CPPUNIT_TEST(aStopWithoutTimeSaysSoAndCanBeCalledAgain);
    CPPUNIT_TEST(deadlinesAtTheEndsOfTimeAreDeadlines);
    CPPUNIT_TEST(aSecondCallOfTheHostIsRefusedWhileOneIsUnderWay);
    CPPUNIT_TEST(nothingIsAnsweredBeforeStartAndAfterStop);
    CPPUNIT_TEST(twoInstancesCannotShareAFile);
    CPPUNIT_TEST(eachHostHasADatabaseOfItsOwn);
    CPPUNIT_TEST(eachEnvironmentHasADatabaseOfItsOwn);
    CPPUNIT_TEST(routesAreOpenedWithEachStart);
    CPPUNIT_TEST(aHostWithoutRoutesIsAnError);
    CPPUNIT_TEST(routesAreOpenedLate);
    CPPUNIT_TEST(aPathThatIsTakenIsSaidInTheHostsWords);
    CPPUNIT_TEST(aHostWithoutAPublicAddressIsServedByPolling);
    CPPUNIT_TEST(aPublicAddressThatCannotBeIsRefused);
    CPPUNIT_TEST(consoleFilesComeFromThePluginsFolder);
    CPPUNIT_TEST(aConsoleFileSwappedBeforeTheStartIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void startNeedsMigratedData()
    {
        HostedPlugin plugin(*host);
        assertRefused(plugin.start(), BF_E_CORRUPT, "migrations");
    }

    void startingTwiceIsRefusedAndChangesNothing()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const std::size_t threads = countOf("/proc/self/task");
        assertRefused(plugin.start(), BF_E_INVALID, "started already");
        CPPUNIT_ASSERT_EQUAL(threads, countOf("/proc/self/task"));
        std::string json;
        assertOk(plugin.health(json));
    }

    void stoppingTwiceIsDoneTwice()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        assertOk(plugin.stop());
        assertOk(plugin.stop());
    }

    void stoppingWhatWasNeverStartedIsDone()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.stop());
    }

    void twentyLivesLeaveNoThreadAndNoFile()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        std::size_t threads = 0;
        std::size_t files = 0;
        for (int life = 0; life < 20; ++life)
        {
            assertOk(plugin.start());
            bf_tick_result ticked{};
            assertOk(plugin.tick(ticked));
            (void)plugin.handle({.headers = {{"Plaid-Verification", "a.b.c"}}, .body = "{}"});
            assertOk(plugin.stop());
            // The first life may load what stays for the process.
            if (life == 1)
            {
                threads = countOf("/proc/self/task");
                files = countOf("/proc/self/fd");
            }
        }
        CPPUNIT_ASSERT_EQUAL(threads, countOf("/proc/self/task"));
        CPPUNIT_ASSERT_EQUAL(files, countOf("/proc/self/fd"));
    }

    void aStartThatFailsLeavesNoThreadAndNoFile()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        const std::size_t threads = countOf("/proc/self/task");
        const std::size_t files = countOf("/proc/self/fd");
        host->faults.registerRoute = BF_E_CONFLICT;
        assertRefused(plugin.start(), BF_E_CONFLICT, "route");
        host->faults.registerRoute = BF_OK;
        CPPUNIT_ASSERT_EQUAL(threads, countOf("/proc/self/task"));
        CPPUNIT_ASSERT_EQUAL(files, countOf("/proc/self/fd"));
        assertOk(plugin.start());
    }

    void aStopWithoutTimeSaysSoAndCanBeCalledAgain()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const Answer hasty = plugin.stop(-1'000);
        if (hasty.status != BF_OK)
        {
            assertRefused(hasty, BF_E_RETRY, "stop()");
            CPPUNIT_ASSERT(hasty.retryable);
            assertRefused(plugin.start(), BF_E_INVALID, "stop()");
        }
        assertOk(plugin.stop());
        assertOk(plugin.start());
    }

    void deadlinesAtTheEndsOfTimeAreDeadlines()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        assertOk(plugin.stopUntil(INT64_MAX));
        assertOk(plugin.start());
        const Answer hasty = plugin.stopUntil(INT64_MIN);
        CPPUNIT_ASSERT(hasty.status == BF_OK || hasty.status == BF_E_RETRY);
    }

    void aSecondCallOfTheHostIsRefusedWhileOneIsUnderWay()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        std::vector<bf_status> answers;
        host->faults.visitAccounts = [&](bf_ledger_account_visitor, void*)
        {
            bf_error error = emptyError();
            answers.push_back(plugin.abi()->stop(plugin.abi(), monoIn(20'000), &error));
            answers.push_back(plugin.abi()->start(plugin.abi(), &error));
            return bf_status{BF_OK};
        };
        bf_tick_result ticked{};
        assertOk(plugin.tick(ticked));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, answers.size());
        for (const bf_status answer : answers)
            CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, int{answer});
        CPPUNIT_ASSERT(host->logHolds("stop() came while another"));
        host->faults.visitAccounts = nullptr;
        assertOk(plugin.tick(ticked));
        assertOk(plugin.stop());
    }

    void nothingIsAnsweredBeforeStartAndAfterStop()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        assertAsleep(plugin);
        assertOk(plugin.start());
        std::uint32_t state = BF_HEALTH_FAILED;
        const auto* health = plugin.table<bf_plugin_health>(BF_EXT_PLUGIN_HEALTH);
        CPPUNIT_ASSERT_EQUAL(BF_OK, static_cast<int>(health->live(plugin.abi(), &state, nullptr)));
        CPPUNIT_ASSERT_EQUAL(BF_HEALTH_OK, state);
        assertOk(plugin.stop());
        assertAsleep(plugin);
    }

    void twoInstancesCannotShareAFile()
    {
        HostedPlugin first(*host);
        first.run();
        const auto routes = host->routes();
        host->closeRoutes();
        HostedPlugin second(*host);
        const Answer refused = second.start();
        assertRefused(refused, BF_E_RETRY, "");
        CPPUNIT_ASSERT(refused.retryable);
        bf_migration_status status{};
        assertRefused(second.migrationStatus(status), BF_E_RETRY, "");
        assertOk(first.stop());
        assertOk(second.start());
    }

    void eachHostHasADatabaseOfItsOwn()
    {
        {
            HostedPlugin plugin(*host);
            plugin.run();
        }
        host->description().host_id = "other-books";
        HostedPlugin plugin(*host);
        assertRefused(plugin.start(), BF_E_CORRUPT, "another host");
    }

    void eachEnvironmentHasADatabaseOfItsOwn()
    {
        {
            HostedPlugin plugin(*host);
            plugin.run();
        }
        host->settings["environment"] = "production";
        HostedPlugin plugin(*host);
        assertRefused(plugin.start(), BF_E_CORRUPT, "environment");
    }

    void routesAreOpenedWithEachStart()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const auto routes = host->routes();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, routes.size());
        CPPUNIT_ASSERT_EQUAL(std::string("/webhook"), routes.at(1).path);
        CPPUNIT_ASSERT_EQUAL(BF_ROUTE_OPEN, routes.at(1).flags);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{256 * 1024}, routes.at(1).bodyMax);
        CPPUNIT_ASSERT_EQUAL(std::string("/console/"), routes.at(2).path);
        CPPUNIT_ASSERT_EQUAL(BF_ROUTE_PRINCIPAL, routes.at(2).flags);
        assertOk(plugin.stop());
        assertOk(plugin.start());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, host->routes().size());
    }

    void aHostWithoutRoutesIsAnError()
    {
        for (const bf_status status : {BF_E_INVALID, BF_E_EXHAUSTED, 77, BF_ALREADY})
        {
            host->faults.registerRoute = status;
            HostedPlugin plugin(*host);
            (void)plugin.apply();
            assertRefused(plugin.start(), BF_E_INVALID, "/webhook");
        }
    }

    void routesAreOpenedLate()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        const auto settings = host->settings;
        host->settings["base_url"] = "nonsense";
        assertRefused(plugin.start(), BF_E_INVALID, "base_url");
        host->settings = settings;
#ifdef BANKFEED_WITH_CONSOLE
        const std::string folder = host->description().plugin_dir;
        std::ofstream(folder + "/console/index.html", std::ios::app) << "x";
        assertRefused(plugin.start(), BF_E_CORRUPT, "console");
#endif
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, host->callsOf("http-routes.register_route"));
    }

    void aPathThatIsTakenIsSaidInTheHostsWords()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        host->faults.registerRoute = BF_E_CONFLICT;
        host->faults.words = "another plugin has it";
        const Answer answer = plugin.start();
        assertRefused(answer, BF_E_CONFLICT, "/webhook");
        assertRefused(answer, BF_E_CONFLICT, "another plugin has it");
    }

    void aPublicAddressThatCannotBeIsRefused()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        for (const std::string& url :
            {std::string("javascript:alert(1)"), std::string("https://x.example/a\0b", 21),
                std::string("https://caf\xE9.example/"), std::string("https://"),
                std::string("https://x.example/ "), "https://" + std::string(3'000, 'x')})
        {
            host->faults.publicUrl = url;
            assertRefused(plugin.start(), BF_E_INVALID, "public_url");
        }
        host->faults.publicUrl.reset();
        for (const bf_status status : {BF_E_INTERNAL, BF_E_DENIED, BF_ALREADY, 77})
        {
            host->faults.publicUrlStatus = status;
            assertRefused(plugin.start(), BF_E_INVALID, "public_url");
        }
        host->faults.publicUrlStatus = BF_OK;
        assertOk(plugin.start());
    }

    void aHostWithoutAPublicAddressIsServedByPolling()
    {
        host->publicAddress.clear();
        HostedPlugin plugin(*host);
        plugin.run();
        CPPUNIT_ASSERT(host->logHolds("without a public address"));
        std::string json;
        assertOk(plugin.health(json));
    }

    void consoleFilesComeFromThePluginsFolder()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const auto page = plugin.handle({.routeId = 2, .method = "GET", .loggedIn = true});
#ifdef BANKFEED_WITH_CONSOLE
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{200}, page.httpStatus);
        CPPUNIT_ASSERT(page.body.find("<title>") != std::string::npos);
#else
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{404}, page.httpStatus);
#endif
    }

    /// The host has checked the folder long before: at create(), and then came the migrations.
    void aConsoleFileSwappedBeforeTheStartIsRefused()
    {
#ifdef BANKFEED_WITH_CONSOLE
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        const std::string path = std::string(host->description().plugin_dir) + "/console/app.js";
        std::ofstream(path, std::ios::app) << "fetch('//evil.example');";
        assertRefused(plugin.start(), BF_E_CORRUPT, "app.js is not the one that belongs");
#endif
    }

private:
    void assertAsleep(HostedPlugin& plugin)
    {
        bf_pump_result pumped{};
        bf_tick_result ticked{};
        bf_feed_status status{};
        std::string json;
        for (const Answer& answer : {plugin.pump(pumped), plugin.tick(ticked),
                 plugin.feedStatus(status, "a1"), plugin.health(json)})
        {
            CPPUNIT_ASSERT_EQUAL(BF_E_STOPPING, static_cast<int>(answer.status));
            CPPUNIT_ASSERT(answer.retryable);
        }
        for (const std::uint32_t route : {1U, 2U, 3U})
        {
            const auto replied = plugin.handle({.routeId = route, .loggedIn = route == 2});
            CPPUNIT_ASSERT_EQUAL(BF_E_STOPPING, static_cast<int>(replied.status));
            CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, replied.httpStatus);
        }
        std::uint32_t state = BF_HEALTH_OK;
        const auto* health = plugin.table<bf_plugin_health>(BF_EXT_PLUGIN_HEALTH);
        CPPUNIT_ASSERT_EQUAL(BF_OK, static_cast<int>(health->live(plugin.abi(), &state, nullptr)));
        CPPUNIT_ASSERT_EQUAL(BF_HEALTH_FAILED, state);
        const auto* sync = plugin.table<bf_plugin_account_sync>(BF_EXT_PLUGIN_ACCOUNT_SYNC);
        CPPUNIT_ASSERT_EQUAL(
            BF_E_STOPPING, static_cast<int>(sync->sync_now(plugin.abi(), "main", "a1", nullptr)));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LifeTest);

} // namespace bankfeed::testing
