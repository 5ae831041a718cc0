#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class LinkApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkApiTest);
    CPPUNIT_TEST(aSessionIsBegunAndShown);
    CPPUNIT_TEST(theAddressIsForTheLoginThatBeganIt);
    CPPUNIT_TEST(whoLosesTheRoleIsNotSentOnAndDecidesNothing);
    CPPUNIT_TEST(aDuplicateIsAddedToTheExistingWithOneClick);
    CPPUNIT_TEST(aDuplicateIsDropped);
    CPPUNIT_TEST(whereAccountsAreChosenAnewNothingIsAddedToTheExisting);
    CPPUNIT_TEST(aConnectionAndItsSuccessorNameEachOther);
    CPPUNIT_TEST(anOpenSessionIsAConflictWithItsName);
    CPPUNIT_TEST(aDuplicateIsShownAndMayBeOverruled);
    CPPUNIT_TEST(aFailureIsToldWithItsRequest);
    CPPUNIT_TEST(malformedWishesAreRefused);
    CPPUNIT_TEST_SUITE_END();

    static console::Principal ben()
    {
        auto who = adaPrincipal();
        who.userId = "u2";
        who.userName = "Ben Books";
        who.sessionId = "login-3";
        return who;
    }

    /// Somebody has logged in once more at the bank whose "Checking" is known. Gives the session.
    static std::string duplicateOfChecking(ConsoleWorld& w)
    {
        auto id = at(w.post("api/link-sessions", R"({"purpose":"connect"})", 202), "id");
        w.links.runJobs();
        w.links.bank.succeed(
            "ins_1", {LinkAccount{"x", "Checking", "0000", "depository", "checking"}});
        w.world.clock.advanceMs(5'000);
        w.links.runJobs();
        return id;
    }

public:
    void aSessionIsBegunAndShown()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto id =
                    at(w.post("api/link-sessions", R"({"purpose":"connect"})", 202), "id");
                const auto shown = w.get("api/link-sessions/" + id);
                CPPUNIT_ASSERT_EQUAL(std::string("connection_id,duplicate_of,error,expires_at,"
                                                 "hosted_url,id,purpose,replaces,state"),
                    keysAt(shown));
                CPPUNIT_ASSERT_EQUAL(std::string("creating"), at(shown, "state"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(shown, "hosted_url"));
                w.links.runJobs();
                const auto open = w.get("api/link-sessions/" + id);
                CPPUNIT_ASSERT_EQUAL(std::string("open"), at(open, "state"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("https://bank/hl-canary-1"), at(open, "hosted_url"));
                CPPUNIT_ASSERT_EQUAL(std::string("https://host/plugins/plaid/console/?link=" + id),
                    w.links.bank.lastRequest.completionUrl);
            });
    }

    void theAddressIsForTheLoginThatBeganIt()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto id =
                    at(w.post("api/link-sessions", R"({"purpose":"connect"})", 202), "id");
                w.links.runJobs();
                auto otherLogin = adaPrincipal();
                otherLogin.sessionId = "login-2";
                for (const auto& who : {ben(), otherLogin})
                {
                    const auto shown = w.ask("GET", "api/link-sessions/" + id, "", who);
                    CPPUNIT_ASSERT_EQUAL(200, shown.status);
                    CPPUNIT_ASSERT_EQUAL(std::string("null"), at(shown.body, "hosted_url"));
                    CPPUNIT_ASSERT(shown.body.find("canary") == std::string::npos);
                }
            });
    }

    void whoLosesTheRoleIsNotSentOnAndDecidesNothing()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto known = world.connect();
                world.look(known, {shownAccount("a1", "Checking", "0000")});
                const auto id =
                    at(w.post("api/link-sessions", R"({"purpose":"connect"})", 202), "id");
                w.links.runJobs();
                const auto viewer = adaPrincipal(canView); // The same login, one role less.
                const auto shown = w.ask("GET", "api/link-sessions/" + id, "", viewer);
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(shown.body, "hosted_url"));
                w.links.bank.succeed(
                    "ins_1", {LinkAccount{"x", "Checking", "0000", "depository", "checking"}});
                world.clock.advanceMs(5'000);
                w.links.runJobs();
                for (const std::string what : {"connect-anyway", "add-to-existing", "drop"})
                    CPPUNIT_ASSERT_EQUAL(403,
                        w.ask("POST", "api/link-sessions/" + id + "/" + what, "{}", viewer).status);
                CPPUNIT_ASSERT_EQUAL(
                    403, w.ask("POST", "api/connections/" + known + "/review",
                              R"({"decisions":[{"bank_account_id":")" +
                                  world.account(known, "Checking").id + R"(","choice":"none"}]})",
                              viewer)
                             .status);
                CPPUNIT_ASSERT_EQUAL(0, w.links.bank.exchanges);
            });
    }

    void whereAccountsAreChosenAnewNothingIsAddedToTheExisting()
    {
        inBothWorlds(
            [](World& world)
            {
                auto settings = consoleSettings();
                settings.chooseInUpdate.clear();
                ConsoleWorld w(world, settings);
                const auto known = world.connect();
                world.look(known, {shownAccount("a1", "Checking", "0000")});
                const auto id = duplicateOfChecking(w);
                const auto path = "api/link-sessions/" + id;
                CPPUNIT_ASSERT_EQUAL(std::string("link.choose_anew"),
                    at(w.post(path + "/add-to-existing", "{}", 409), "error.code"));
                // It still waits for the choices that there are.
                CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), at(w.get(path), "state"));
                w.post(path + "/connect-anyway", R"({"as":"successor"})", 202);
            });
    }

    void aDuplicateIsDropped()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.look(world.connect(), {shownAccount("a1", "Checking", "0000")});
                const auto id = duplicateOfChecking(w);
                const auto path = "api/link-sessions/" + id;
                CPPUNIT_ASSERT_EQUAL(id, at(w.post(path + "/drop", "{}", 202), "id"));
                CPPUNIT_ASSERT_EQUAL(std::string("link.dropped"), at(w.get(path), "error.code"));
                w.post(path + "/drop", "{}", 409);
            });
    }

    void aDuplicateIsAddedToTheExistingWithOneClick()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto known = world.connect();
                world.look(known, {shownAccount("a1", "Checking", "0000")});
                const auto id = duplicateOfChecking(w);
                const auto path = "api/link-sessions/" + id + "/add-to-existing";
                CPPUNIT_ASSERT_EQUAL(403, w.ask("POST", path, "{}", ben()).status);
                const auto added = at(w.post(path, "{}", 202), "id");
                const auto shown = w.get("api/link-sessions/" + added);
                CPPUNIT_ASSERT_EQUAL(std::string("add_accounts"), at(shown, "purpose"));
                CPPUNIT_ASSERT_EQUAL(known, at(shown, "connection_id"));
                CPPUNIT_ASSERT_EQUAL(std::string("link.dropped"),
                    at(w.get("api/link-sessions/" + id), "error.code"));
                CPPUNIT_ASSERT_EQUAL(0, w.links.bank.exchanges);
            });
    }

    void aConnectionAndItsSuccessorNameEachOther()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto old = world.connect();
                const auto fresh = world.connect();
                world.write([&](store::Unit& unit)
                    { store::ConnectionRepository(unit, World::tenant).setReplaces(fresh, old); });
                const auto shown = w.get("api/connections/" + fresh);
                CPPUNIT_ASSERT_EQUAL(old, at(shown, "replaces.connection_id"));
                CPPUNIT_ASSERT_EQUAL(std::string("reading"), at(shown, "replaces.stage"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(shown, "replaced_by"));
                CPPUNIT_ASSERT_EQUAL(
                    fresh, at(w.get("api/connections/" + old), "replaced_by.connection_id"));
                const auto path = "/keep-both";
                CPPUNIT_ASSERT_EQUAL(
                    409, w.ask("POST", "api/connections/" + old + path, "{}").status);
                w.post("api/connections/" + fresh + path, "{}", 202);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("null"), at(w.get("api/connections/" + old), "replaced_by"));
                CPPUNIT_ASSERT_EQUAL(std::string("connection.replaces_nothing"),
                    at(w.ask("POST", "api/connections/" + fresh + path, "{}").body, "error.code"));
            });
    }

    void anOpenSessionIsAConflictWithItsName()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const std::string body =
                    R"({"purpose":"add_accounts","connection_id":")" + world.connect() + R"("})";
                const auto id = at(w.post("api/link-sessions", body, 202), "id");
                const auto refused = w.ask("POST", "api/link-sessions", body, ben());
                CPPUNIT_ASSERT_EQUAL(409, refused.status);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("link.session_open"), at(refused.body, "error.code"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("by,expires_at,id,mine"), keysAt(refused.body, "error.params"));
                CPPUNIT_ASSERT_EQUAL(id, at(refused.body, "error.params.id"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(refused.body, "error.params.by"));
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(refused.body, "error.params.mine"));
                CPPUNIT_ASSERT_EQUAL(id, at(w.post("api/link-sessions", body, 202), "id"));
            });
    }

    void aDuplicateIsShownAndMayBeOverruled()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto known = world.connect();
                world.look(known, {shownAccount("a1", "Checking", "0000")});
                const auto id = duplicateOfChecking(w);
                const auto shown = w.get("api/link-sessions/" + id);
                CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), at(shown, "state"));
                CPPUNIT_ASSERT_EQUAL(known, at(shown, "duplicate_of.connection_id"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("First Platypus Bank"), at(shown, "duplicate_of.institution"));
                const auto path = "api/link-sessions/" + id + "/connect-anyway";
                CPPUNIT_ASSERT_EQUAL(403, w.ask("POST", path, "", ben()).status);
                w.post(path, "{}", 202);
                w.links.runJobs();
                CPPUNIT_ASSERT_EQUAL(
                    std::string("done"), at(w.get("api/link-sessions/" + id), "state"));
                CPPUNIT_ASSERT_EQUAL(409, w.ask("POST", path).status);
            });
    }

    void aFailureIsToldWithItsRequest()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                w.links.bank.startFailures.push_back(
                    LinkBank::providerError("INVALID_PRODUCT", Remedy::Stop));
                const auto id =
                    at(w.post("api/link-sessions", R"({"purpose":"connect"})", 202), "id");
                w.links.runJobs();
                const auto shown = w.get("api/link-sessions/" + id);
                CPPUNIT_ASSERT_EQUAL(std::string("failed"), at(shown, "state"));
                CPPUNIT_ASSERT_EQUAL(std::string("INVALID_PRODUCT"), at(shown, "error.code"));
                CPPUNIT_ASSERT_EQUAL(std::string("req-1"), at(shown, "error.request_id"));
            });
    }

    void malformedWishesAreRefused()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                for (const char* body : {"", "{}", R"({"purpose":"steal"})", R"({"purpose":null})",
                         R"({"purpose":"repair"})", R"({"purpose":"connect","connection_id":"x"})",
                         R"({"purpose":"connect","purpose":"connect"})", "{"})
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        body, 400, w.ask("POST", "api/link-sessions", body).status);
                CPPUNIT_ASSERT_EQUAL(404, w.ask("POST", "api/link-sessions",
                                               R"({"purpose":"repair","connection_id":"con_0"})")
                                              .status);
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{0}, world.count("SELECT COUNT(*) FROM link_session"));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkApiTest);

} // namespace bankfeed::testing
