// ledgerd's side of the plugin ABI, with a real library: life, services, requests, refusals.
#include "TestHouse.h"

#include <filesystem>

using namespace ledgerd;

class PluginHostTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PluginHostTest);
    CPPUNIT_TEST(thePluginSeesItsSettingsSecretsFolderAndAddress);
    CPPUNIT_TEST(anOpenRouteGetsBytesAndHeadersAsTheyCame);
    CPPUNIT_TEST(aBodyAboveTheRoutesLimitNeverReachesThePlugin);
    CPPUNIT_TEST(aFailedRequestAnswers500WithoutItsWords);
    CPPUNIT_TEST(aWakeMakesTheHostPumpAndTheEntryIsInTheBooks);
    CPPUNIT_TEST(servicesRefuseCallsFromOtherThreads);
    CPPUNIT_TEST(webhooksInProgressLeaveRoomForPeople);
    CPPUNIT_TEST(changedSettingsReachThePlugin);
    CPPUNIT_TEST(aPluginThatRefusesToStartIsShownAndTheBooksGoOn);
    CPPUNIT_TEST(aPluginThatIsMissingIsShownWithItsCode);
    CPPUNIT_TEST(aPluginThatStopsLateIsAskedAgain);
    CPPUNIT_TEST(aPluginThatNeverStopsIsReported);
    CPPUNIT_TEST(requestsEndWhenThePluginStops);
    CPPUNIT_TEST(itsOwnSecretSurvivesARestart);
    CPPUNIT_TEST_SUITE_END();

public:
    void thePluginSeesItsSettingsSecretsFolderAndAddress()
    {
        House house(Settings{{"greeting", "hello"}});
        const TestAnswer answer = house.send("GET", "/plugins/test/hook");
        assertSays(answer, "greeting=hello");
        assertSays(answer, "secret=canary-7391");
        assertSays(answer, "own_secret=1");
        assertSays(answer, "denied=" + std::to_string(BF_E_DENIED));
        const std::string folder = house.folder / "plugins/test-plugin";
        assertSays(answer, "directory=" + folder);
        CPPUNIT_ASSERT(
            std::filesystem::status(folder).permissions() == std::filesystem::perms::owner_all);
        assertSays(answer, "url=" + house.surroundings->publicUrl + "/plugins/test/hook");
    }

    void anOpenRouteGetsBytesAndHeadersAsTheyCame()
    {
        House house;
        const std::string body("{\"a\"\0:\r\n\xff}", 10);
        const TestAnswer answer = house.send("POST", "/plugins/test/hook?x=%41",
            "Plaid-Verification: abc.def\r\nX-Twice: 1\r\nx-twice: =?utf-8?Q?2?=\r\nCookie: "
            "a=b\r\n",
            body);
        CPPUNIT_ASSERT_EQUAL(200u, answer.status);
        CPPUNIT_ASSERT_EQUAL(std::string("yes"), answer.header("X-Test"));
        CPPUNIT_ASSERT_EQUAL(std::string("nosniff"), answer.header("X-Content-Type-Options"));
        CPPUNIT_ASSERT(answer.head.find("Injected") == std::string::npos);
        for (const char* said : {"method=POST", "path=", "query=x=%41", "principal=0",
                 "header Plaid-Verification=abc.def", "header X-Twice=1",
                 "header x-twice==?utf-8?Q?2?="})
            assertSays(answer, said);
        CPPUNIT_ASSERT(answer.body.ends_with("body=" + body));
    }

    void aBodyAboveTheRoutesLimitNeverReachesThePlugin()
    {
        House house;
        CPPUNIT_ASSERT_EQUAL(
            200u, house.send("POST", "/plugins/test/hook", "", std::string(64, 'x')).status);
        CPPUNIT_ASSERT_EQUAL(
            413u, house.send("POST", "/plugins/test/hook", "", std::string(65, 'x')).status);
    }

    void aFailedRequestAnswers500WithoutItsWords()
    {
        House house;
        const TestAnswer answer = house.send("POST", "/plugins/test/hook", "", "fail");
        CPPUNIT_ASSERT_EQUAL(500u, answer.status);
        CPPUNIT_ASSERT(answer.body.find("purpose") == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(418u, house.send("POST", "/plugins/test/hook", "", "teapot").status);
    }

    void aWakeMakesTheHostPumpAndTheEntryIsInTheBooks()
    {
        House house;
        for (int i = 0; i < 3; ++i)
            house.send("POST", "/plugins/test/hook", "", "post");
        CPPUNIT_ASSERT(eventually([&] { return entriesOf(*house.books).size() == 3; }));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{-1350}, account(*house.books, "Assets:Bank:Checking").balance);
        CPPUNIT_ASSERT(eventually([&] { return house.plugins->views().at(0).delivered == 3; }));
        assertBalancesAreSums(*house.books);
    }

    void servicesRefuseCallsFromOtherThreads()
    {
        House house;
        assertSays(house.send("POST", "/plugins/test/hook", "", "misuse"),
            "misuse=" + std::to_string(BF_E_INVALID));
    }

    void webhooksInProgressLeaveRoomForPeople()
    {
        House house;
        const std::string cookie = house.login("ada");
        std::vector<std::thread> holders;
        std::atomic<int> answered{0}, refused{0};
        for (int i = 0; i < 4; ++i) // three places are for webhooks
            holders.emplace_back(
                [&]
                {
                    const unsigned status = house.send("GET", "/plugins/test/hold").status;
                    ++(status == 503 ? refused : answered);
                });
        CPPUNIT_ASSERT(eventually(
            [&]
            {
                return house.send("GET", "/plugins/test/console/x", cookie).body.find("held=3") !=
                       std::string::npos;
            }));
        CPPUNIT_ASSERT(eventually([&] { return refused == 1; }));
        house.send("POST", "/plugins/test/console/x", cookie, "release");
        for (std::thread& holder : holders)
            holder.join();
        CPPUNIT_ASSERT_EQUAL(3, answered.load());
    }

    void changedSettingsReachThePlugin()
    {
        House house(Settings{{"greeting", "hello"}});
        house.plugin.settings["greeting"] = "good day";
        house.plugins->reconfigure({house.plugin});
        CPPUNIT_ASSERT(eventually(
            [&]
            {
                return house.send("GET", "/plugins/test/hook").body.find("greeting=good day\n") !=
                       std::string::npos;
            }));
    }

    void aPluginThatRefusesToStartIsShownAndTheBooksGoOn()
    {
        House house(Settings{{"refuse_start", "on"}}, "test-plugin", House::Tenants::one);
        const PluginView view = house.plugins->views().at(0);
        CPPUNIT_ASSERT(view.state == PluginState::refused);
        CPPUNIT_ASSERT_EQUAL(std::string("refused on <purpose>"), view.refusal);
        const std::string page = house.send("GET", "/", house.login("ada")).body;
        CPPUNIT_ASSERT(page.find("<strong>Test &lt;plugin&gt;</strong> does not run (code 0): "
                                 "refused on &lt;purpose&gt;") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(404u, house.send("GET", "/plugins/test/hook").status);
        CPPUNIT_ASSERT(house.plugins->stop(std::chrono::seconds(5)));
    }

    void aPluginThatIsMissingIsShownWithItsCode()
    {
        House house({}, "ghost", House::Tenants::one);
        const PluginView view = house.plugins->views().at(0);
        CPPUNIT_ASSERT(view.state == PluginState::refused);
        CPPUNIT_ASSERT_EQUAL(std::int32_t{BF_LOAD_NO_DIRECTORY}, view.refusalCode);
        CPPUNIT_ASSERT(
            house.send("GET", "/", house.login("ada")).body.find("does not run (code 101)") !=
            std::string::npos);
        CPPUNIT_ASSERT(
            house.send("GET", "/", house.login("vic")).body.find("does not run. The operator") !=
            std::string::npos);
    }

    void aPluginThatStopsLateIsAskedAgain()
    {
        House house(Settings{{"late_stops", "3"}});
        CPPUNIT_ASSERT(house.plugins->stop(std::chrono::seconds(10)));
        CPPUNIT_ASSERT(house.plugins->views().at(0).state == PluginState::stopped);
        CPPUNIT_ASSERT_EQUAL(404u, house.send("GET", "/plugins/test/hook").status);
    }

    void aPluginThatNeverStopsIsReported()
    {
        House house(Settings{{"late_stops", "1000000000"}});
        CPPUNIT_ASSERT(!house.plugins->stop(std::chrono::milliseconds(50)));
    }

    void requestsEndWhenThePluginStops()
    {
        House house;
        std::atomic<unsigned> status{0};
        std::thread holder([&] { status = house.send("GET", "/plugins/test/hold").status; });
        CPPUNIT_ASSERT(eventually(
            [&] {
                return house.send("GET", "/plugins/test/hook").body.find("held=1") !=
                       std::string::npos;
            }));
        CPPUNIT_ASSERT(house.plugins->stop(std::chrono::seconds(10)));
        holder.join();
        CPPUNIT_ASSERT_EQUAL(200u, status.load());
    }

    void itsOwnSecretSurvivesARestart()
    {
        House house;
        assertSays(house.send("GET", "/plugins/test/hook"), "own_secret=1");
        CPPUNIT_ASSERT(house.plugins->stop(std::chrono::seconds(10)));
        house.surroundings->prefixes.clear();
        Plugins again(*house.surroundings);
        again.start({house.plugin});
        CPPUNIT_ASSERT(again.views().at(0).state == PluginState::running);
        const auto found = again.route("/plugins/test/hook");
        CPPUNIT_ASSERT(found && found->match.route.open);
        CPPUNIT_ASSERT(std::filesystem::exists(house.folder / "secrets/test-plugin.secrets"));
        CPPUNIT_ASSERT(again.stop(std::chrono::seconds(10)));
    }

private:
    static void assertSays(const TestAnswer& answer, const std::string& line)
    {
        CPPUNIT_ASSERT_MESSAGE(line + " is not in: " + answer.body,
            ("\n" + answer.body).find("\n" + line + "\n") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginHostTest);
