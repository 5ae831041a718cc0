#include "ControlApi.h"
#include "CommandLine.h"
#include "Scenario.h"
#include "TestWorld.h"
#include "Timeline.h"
#include "WebhookSender.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using namespace plaidsim;

class ControlApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ControlApiTest);
    CPPUNIT_TEST(aRefusedAccountLeavesNothingBehind);
    CPPUNIT_TEST(settingsAreCheckedBeforeAnyIsTaken);
    CPPUNIT_TEST(steppingDoesWhatFallsDueInOrder);
    CPPUNIT_TEST(aStepMustBeANumberOfSeconds);
    CPPUNIT_TEST(linkCanStopAfterTheSelectionAndGoOn);
    CPPUNIT_TEST(requestsAreLoggedWithoutTheirTokens);
    CPPUNIT_TEST(faultsComeAndGo);
    CPPUNIT_TEST(anUnknownLeverIsNotFound);
    CPPUNIT_TEST(aRequestThatMeansNothingIsRefusedInASentence);
    CPPUNIT_TEST(aBrokenScenarioSaysWhere);
    CPPUNIT_TEST(anOptionSaysWhatItCanBe);
    CPPUNIT_TEST(aScriptHappensOnTheClock);
    CPPUNIT_TEST(aScriptThatCanNeverWorkIsRefused);
    CPPUNIT_TEST(aRevokedAccountIsGoneFromTheItemAndSaidSo);
    CPPUNIT_TEST(aChurnedAccountComesUnderNewIds);
    CPPUNIT_TEST(everyItemOfALoginCanBeRevoked);
    CPPUNIT_TEST(consentIsWarnedOfAndEnds);
    CPPUNIT_TEST_SUITE_END();

    TestWorld test_;
    WebhookSender sender_{test_.clock, test_.signer};
    Timeline timeline_{test_.world, sender_};
    ControlApi control_{{test_.world, sender_, timeline_, test_.log}};
    int status_ = 0;

    Json pull(const std::string& method, const std::string& path, const std::string& body = "")
    {
        HttpRequest request;
        request.method = method;
        request.path = path.substr(0, path.find('?'));
        if (path.find('?') != std::string::npos) request.query = path.substr(path.find('?') + 1);
        request.body = body;
        const HttpAnswer answer = control_.answer(request);
        status_ = answer.status;
        return *parseExact(answer.body);
    }

public:
    void aRefusedAccountLeavesNothingBehind()
    {
        const std::size_t before = test_.world.truth.accounts().size();
        for (const char* body : {R"({"name":"x"})", R"({"login_id":"none","name":"x"})",
                 R"({"login_id":"login","name":"x","colour":"red"})",
                 R"({"login_id":"login","name":"x","opening_balance":"12,5"})",
                 R"({"login_id":"login","name":"x","history":[{"name":"no amount"}]})",
                 R"({"login_id":"login","name":"x","generate":{"days":-1}})", "[]", "{"})
        {
            const Json answer = pull("POST", "/_sim/accounts", body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, status_);
            CPPUNIT_ASSERT(!answer.at("error").get<std::string>().empty());
        }
        CPPUNIT_ASSERT_EQUAL(before, test_.world.truth.accounts().size());
    }

    void settingsAreCheckedBeforeAnyIsTaken()
    {
        pull("POST", "/_sim/settings", R"({"page_size_cap":3,"nonsense":1})");
        CPPUNIT_ASSERT_EQUAL(400, status_);
        pull("POST", "/_sim/settings", R"({"page_size_cap":0})");
        CPPUNIT_ASSERT_EQUAL(400, status_);
        CPPUNIT_ASSERT_EQUAL(Json(500), pull("GET", "/_sim/settings").at("page_size_cap"));
        CPPUNIT_ASSERT_EQUAL(
            Json(3), pull("POST", "/_sim/settings", R"({"page_size_cap":3})").at("page_size_cap"));
    }

    void steppingDoesWhatFallsDueInOrder()
    {
        std::vector<Nanos> seen;
        const Nanos start = test_.clock.now();
        {
            const std::lock_guard lock(test_.world.mutex);
            for (const int due : {7, 3, 5, 60})
                test_.world.agenda.at(
                    start + seconds(due), [&] { seen.push_back(test_.clock.now() - start); });
        }
        CPPUNIT_ASSERT_EQUAL(
            Json(true), pull("POST", "/_sim/clock/step", R"({"seconds":10.5})").at("settled"));
        CPPUNIT_ASSERT(seen == std::vector<Nanos>({seconds(3), seconds(5), seconds(7)}));
        CPPUNIT_ASSERT_EQUAL(start + milliseconds(10'500), test_.clock.now());
    }

    void aStepMustBeANumberOfSeconds()
    {
        for (const char* body :
            {"{}", R"({"seconds":-1})", R"({"seconds":"soon"})", R"({"seconds":99999999999999})"})
        {
            pull("POST", "/_sim/clock/step", body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, status_);
        }
    }

    void linkCanStopAfterTheSelectionAndGoOn()
    {
        const Json made = test_.call("/link/token/create",
            {{"client_name", "L"}, {"language", "en"}, {"country_codes", Json::array({"US"})},
                {"user", {{"client_user_id", "u"}}}, {"products", Json::array({"transactions"})}});
        const std::string token = made.at("link_token");
        const Json half = pull("POST", "/_sim/link/complete",
            R"({"stop_after":"selection","selected":["Savings"],"link_token":")" + token + "\"}");
        CPPUNIT_ASSERT_EQUAL(Json("OPEN"), half.at("status"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, half.at("accounts").size());
        CPPUNIT_ASSERT(half.at("public_token").is_null());
        const Json whole =
            pull("POST", "/_sim/link/complete", R"({"finish":true,"link_token":")" + token + "\"}");
        CPPUNIT_ASSERT_EQUAL(Json("SUCCESS"), whole.at("status"));
        CPPUNIT_ASSERT_EQUAL(half.at("link_session_id"), whole.at("link_session_id"));
        CPPUNIT_ASSERT(whole.at("public_token").is_string());
    }

    void requestsAreLoggedWithoutTheirTokens()
    {
        test_.linkEverything();
        test_.call("/item/get", {{"access_token", test_.token}});
        const std::string seen = compactText(pull("GET", "/_sim/requests?responses=1"));
        CPPUNIT_ASSERT(seen.find("access-sandbox-redacted") != std::string::npos);
        CPPUNIT_ASSERT(seen.find(test_.token) == std::string::npos);
        const std::string raw = compactText(pull("GET", "/_sim/requests?raw=1"));
        CPPUNIT_ASSERT(raw.find(test_.token) != std::string::npos);
    }

    void faultsComeAndGo()
    {
        test_.linkEverything();
        pull("POST", "/_sim/faults",
            R"({"endpoint":"/item/get","kind":"error","count":2,"status":400,"body":)"
            R"({"error_type":"INSTITUTION_ERROR","error_code":"INSTITUTION_DOWN"}})");
        for (int i = 0; i < 2; ++i)
            CPPUNIT_ASSERT_EQUAL(Json("INSTITUTION_DOWN"),
                test_.call("/item/get", {{"access_token", test_.token}}).at("error_code"));
        test_.call("/item/get", {{"access_token", test_.token}});
        CPPUNIT_ASSERT_EQUAL(200, test_.status);
        pull("POST", "/_sim/faults", R"({"kind":"rate_limit","count":-1})");
        CPPUNIT_ASSERT_EQUAL(Json("ACCOUNTS_LIMIT"),
            test_.call("/accounts/get", {{"access_token", test_.token}}).at("error_code"));
        CPPUNIT_ASSERT_EQUAL(429, test_.status);
        pull("DELETE", "/_sim/faults");
        test_.call("/accounts/get", {{"access_token", test_.token}});
        CPPUNIT_ASSERT_EQUAL(200, test_.status);
        pull("POST", "/_sim/faults", R"({"kind":"plague"})");
        CPPUNIT_ASSERT_EQUAL(400, status_);
    }

    void aScriptHappensOnTheClock()
    {
        test_.linkEverything();
        {
            const std::lock_guard lock(test_.world.mutex);
            control_.schedule(*parseExact(
                R"([{"in_seconds":60,"do":"POST /_sim/accounts/close","body":{"account_id":"savings"}},)"
                R"({"in_seconds":90,"do":"POST /_sim/items/state","body":{"login_id":"none"}}])"));
        }
        const auto accounts = [&] {
            return test_.call("/accounts/get", {{"access_token", test_.token}})
                .at("accounts")
                .size();
        };
        pull("POST", "/_sim/clock/step", R"({"seconds":59})");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, accounts());
        pull("POST", "/_sim/clock/step", R"({"seconds":100})");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, accounts());
        const Json script = pull("GET", "/_sim/script").at("script");
        CPPUNIT_ASSERT_EQUAL(Json(true), script.at(0).at("done"));
        CPPUNIT_ASSERT_EQUAL(Json(""), script.at(0).at("problem"));
        CPPUNIT_ASSERT_EQUAL(Json("there is no such login"), script.at(1).at("problem"));
    }

    void aScriptThatCanNeverWorkIsRefused()
    {
        const std::lock_guard lock(test_.world.mutex);
        for (const char* script :
            {"{}", R"([{"do":"POST /_sim/nothing"}])", R"([{"do":"POST /_sim/clock/step"}])",
                R"([{"do":"POST /_sim/accounts","in_seconds":-1}])"})
            CPPUNIT_ASSERT_THROW_MESSAGE(
                script, control_.schedule(*parseExact(script)), std::exception);
    }

    void aRevokedAccountIsGoneFromTheItemAndSaidSo()
    {
        test_.linkEverything();
        const Json before = test_.call("/accounts/get", {{"access_token", test_.token}});
        pull("POST", "/_sim/accounts/revoke", R"({"account_id":"savings"})");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1},
            test_.call("/accounts/get", {{"access_token", test_.token}}).at("accounts").size());
        CPPUNIT_ASSERT_EQUAL(before.at("accounts").at(1).at("account_id"),
            test_.outlet.last("USER_ACCOUNT_REVOKED").at("account_id"));
    }

    void aChurnedAccountComesUnderNewIds()
    {
        test_.post("checking", {{"amount", "1.00"}, {"name", "x"}, {"day", -1}});
        test_.linkEverything();
        const Json first = test_.sync();
        pull("POST", "/_sim/accounts/change",
            R"({"account_id":"checking","name":"Renamed","churn":true})");
        test_.step(seconds(1));
        const Json more = test_.sync(first.at("next_cursor"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, more.at("added").size());
        CPPUNIT_ASSERT(
            first.at("added").at(0).at("account_id") != more.at("added").at(0).at("account_id"));
        CPPUNIT_ASSERT(first.at("added").at(0).at("transaction_id") !=
                       more.at("added").at(0).at("transaction_id"));
    }

    void everyItemOfALoginCanBeRevoked()
    {
        test_.linkEverything();
        pull("POST", "/_sim/items/state",
            R"({"login_id":"login","error_code":"USER_PERMISSION_REVOKED"})");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test_.outlet.count("USER_PERMISSION_REVOKED"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, test_.outlet.count("ERROR"));
        CPPUNIT_ASSERT_EQUAL(Json("USER_PERMISSION_REVOKED"),
            test_.call("/item/get", {{"access_token", test_.token}})
                .at("item")
                .at("error")
                .at("error_code"));
    }

    void consentIsWarnedOfAndEnds()
    {
        test_.world.truth.institution("ins_1")->consentMonths = 12;
        test_.linkEverything();
        test_.step(days(353) - seconds(2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, test_.outlet.count("PENDING_DISCONNECT"));
        test_.step(seconds(2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test_.outlet.count("PENDING_DISCONNECT"));
        test_.world.renewConsent(*test_.world.item(test_.itemId));
        test_.step(days(300));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, test_.outlet.count("ERROR"));
        test_.step(days(60));
        CPPUNIT_ASSERT_EQUAL(Json("OAUTH_CONSENT_EXPIRED"),
            test_.outlet.last("ERROR").at("error").at("error_code_reason"));
    }

    void aRequestThatMeansNothingIsRefusedInASentence()
    {
        test_.linkEverything();
        const std::vector<std::array<std::string, 3>> cases{
            {"DELETE /_sim/faults?id=x", "", "id cannot be \"x\""},
            {"GET /_sim/requests?since=x", "", "since cannot be \"x\""},
            {"GET /_sim/webhooks?since=-1", "", "since cannot be \"-1\""},
            {"POST /_sim/webhooks/enabled", R"({"enabled":"no"})", "enabled must be true or false"},
            {"POST /_sim/webhooks/enabled", R"({"enable":true})", "no field \"enable\"; it has"},
            {"POST /_sim/clock/step", R"({"secs":5})", "no field \"secs\"; it has seconds"},
            {"POST /_sim/link/complete", R"({"link_token":5})", "wrong type: type must be string"},
            {"POST /_sim/transactions",
                R"({"account_id":"checking","transactions":[{"op":"zap"}]})",
                "op cannot be \"zap\"; it can be add, post"},
            {"POST /_sim/items/state", R"({"login_id":"login"})", "error_code is missing"},
            {"POST /_sim/items/state", R"({"login_id":"login","error_code":"FOO"})",
                "ITEM_LOGIN_REQUIRED"},
            {"POST /_sim/items/state", R"({"login_id":"login","repar":true})", "\"repar\""},
            {"POST /_sim/accounts", R"({"login_id":"login","name":"x","type":"foo"})",
                "type cannot be \"foo\"; it can be depository"},
            {"POST /_sim/accounts", R"({"login_id":"login","name":"x","currency":"usd"})",
                "currency cannot be \"usd\""},
            {"POST /_sim/institutions",
                R"({"institution_id":"i","name":"x","country_codes":["XX"]})",
                "a country code cannot be \"XX\"; it can be US"}};
        for (const auto& [what, body, part] : cases)
        {
            const std::size_t space = what.find(' ');
            const Json answer = pull(what.substr(0, space), what.substr(space + 1), body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, 400, status_);
            const std::string told = answer.at("error");
            CPPUNIT_ASSERT_MESSAGE(what + ": " + told, told.find(part) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(told, told.find("json.exception") == std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, test_.outlet.count("ERROR"));
    }

    void aBrokenScenarioSaysWhere()
    {
        std::string told;
        try
        {
            loadScenario(test_.world, "{\n  \"logins\": [\n    {]\n}");
        }
        catch (const std::invalid_argument& refused)
        {
            told = refused.what();
        }
        CPPUNIT_ASSERT_EQUAL(
            std::string("the scenario is not a JSON document: line 3, column 6"), told);
    }

    void anOptionSaysWhatItCanBe()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("--port cannot be \"abc\"; it can be a whole number from 0 to 65535. "
                        "Try --help."),
            readCommandLine({"--port", "abc"}).problem);
        CPPUNIT_ASSERT(readCommandLine({"--clock", "slow"}).problem.find("real or stepped") !=
                       std::string::npos);
    }

    void anUnknownLeverIsNotFound()
    {
        pull("GET", "/_sim/nothing");
        CPPUNIT_ASSERT_EQUAL(404, status_);
        pull("PUT", "/_sim/settings");
        CPPUNIT_ASSERT_EQUAL(404, status_);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ControlApiTest);
