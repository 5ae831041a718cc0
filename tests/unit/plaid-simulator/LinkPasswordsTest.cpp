#include "ControlApi.h"
#include "HostedLinkPages.h"
#include "Scenario.h"
#include "TestWorld.h"
#include "Timeline.h"
#include "WebhookSender.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace plaidsim;

class LinkPasswordsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkPasswordsTest);
    CPPUNIT_TEST(anErrorPasswordShowsThatErrorAndTheNextTryWorks);
    CPPUNIT_TEST(aMisspeltErrorIsOnlyAWrongPassword);
    CPPUNIT_TEST(aDeviceIsChosenAndItsCodeIs1234);
    CPPUNIT_TEST(questionsAreAskedInRounds);
    CPPUNIT_TEST(selectionsHaveOneRightChoice);
    CPPUNIT_TEST(leavingSaysWhatWasAskedLast);
    CPPUNIT_TEST(withoutABrowserTheRightAnswersAreGivenUnlessOthersAre);
    CPPUNIT_TEST(withoutLinkErrorsAreAnsweredAndNobodyIsAsked);
    CPPUNIT_TEST(userCustomBringsItsOwnAccounts);
    CPPUNIT_TEST(inEuropeUpdateModeSelectsNothing);
    CPPUNIT_TEST(inEuropeSelectionCanBeRefused);
    CPPUNIT_TEST_SUITE_END();

    TestWorld test_;
    HostedLinkPages pages_{test_.world};
    WebhookSender sender_{test_.clock, test_.signer};
    Timeline timeline_{test_.world, sender_};
    ControlApi control_{{test_.world, sender_, timeline_, test_.log}};
    std::string linkToken_;
    std::string path_;

    static Json common()
    {
        return {{"client_name", "Ledger"}, {"language", "en"},
            {"country_codes", Json::array({"US"})}, {"user", {{"client_user_id", "u"}}},
            {"hosted_link", Json::object()}};
    }

    void newSession()
    {
        Json body = common();
        body["products"] = Json::array({"transactions"});
        const Json answer = test_.call("/link/token/create", body);
        linkToken_ = answer.at("link_token");
        const std::string url = answer.at("hosted_link_url");
        path_ = url.substr(url.find("/hl/"));
        send("institution_id=ins_1");
    }

    HttpAnswer send(const std::string& form)
    {
        HttpRequest request;
        request.method = form.empty() ? "GET" : "POST";
        request.path = path_;
        request.body = form;
        return pages_.answer(request);
    }

    bool shows(const std::string& text) { return send("").body.find(text) != std::string::npos; }

    Json complete(Json body)
    {
        body["link_token"] = linkToken_;
        HttpRequest request;
        request.method = "POST";
        request.path = "/_sim/link/complete";
        request.body = compactText(body);
        const HttpAnswer answer = control_.answer(request);
        Json json = *parseExact(answer.body);
        json["http"] = answer.status;
        return json;
    }

    Json sandboxToken(const std::string& password)
    {
        return test_.call("/sandbox/public_token/create",
            {{"institution_id", "ins_1"}, {"initial_products", Json::array({"transactions"})},
                {"options", {{"override_password", password}}}});
    }

    Json eventsOf()
    {
        Json names = Json::array();
        for (const auto& event : test_.world.links.find(linkToken_)->sessions.back().events)
            names.push_back(event.name);
        return names;
    }

public:
    void anErrorPasswordShowsThatErrorAndTheNextTryWorks()
    {
        for (const char* code : {"INVALID_CREDENTIALS", "ITEM_LOCKED", "INSTITUTION_DOWN",
                 "INSTITUTION_NOT_RESPONDING", "USER_SETUP_REQUIRED", "INTERNAL_SERVER_ERROR"})
        {
            newSession();
            const HttpAnswer page =
                send(std::string("step=login&username=user_good&password=error_") + code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(code, 422, page.status);
            const auto& session = test_.world.links.find(linkToken_)->sessions.back();
            CPPUNIT_ASSERT_EQUAL(std::string("ERROR"), session.events.back().name);
            CPPUNIT_ASSERT_EQUAL(Json(code), session.events.back().metadata.at("error_code"));
            send("step=login&username=user_good&password=pass_good");
            CPPUNIT_ASSERT(shows("Choose accounts to share"));
        }
    }

    void aMisspeltErrorIsOnlyAWrongPassword()
    {
        newSession();
        send("step=login&username=user_good&password=error_SUNSHINE");
        const auto& session = test_.world.links.find(linkToken_)->sessions.back();
        CPPUNIT_ASSERT_EQUAL(
            Json("INVALID_CREDENTIALS"), session.events.back().metadata.at("error_code"));
    }

    void aDeviceIsChosenAndItsCodeIs1234()
    {
        newSession();
        send("step=login&username=user_good&password=mfa_device");
        CPPUNIT_ASSERT(shows("Text message to"));
        CPPUNIT_ASSERT_EQUAL(422, send("step=mfa&answer_0=By+pigeon").status);
        send("step=mfa&answer_0=Text+message+to+***-***-0042");
        CPPUNIT_ASSERT(shows("Which code did the bank send?"));
        CPPUNIT_ASSERT_EQUAL(422, send("step=mfa&answer_0=4321").status);
        CPPUNIT_ASSERT_EQUAL(422, send("step=accounts&account=checking").status);
        send("step=mfa&answer_0=1234");
        CPPUNIT_ASSERT(shows("Choose accounts to share"));
        const Json events = eventsOf();
        CPPUNIT_ASSERT_EQUAL(
            std::ptrdiff_t{4}, std::count(events.begin(), events.end(), "SUBMIT_MFA"));
    }

    void questionsAreAskedInRounds()
    {
        newSession();
        send("step=login&username=user_good&password=mfa_questions_2_2");
        CPPUNIT_ASSERT(shows("question_0_1") && !shows("question_1_0"));
        CPPUNIT_ASSERT_EQUAL(422, send("step=mfa&answer_0=answer_0_0").status);
        CPPUNIT_ASSERT_EQUAL(422, send("step=mfa&answer_0=answer_0_1&answer_1=answer_0_0").status);
        send("step=mfa&answer_0=answer_0_0&answer_1=answer_0_1");
        CPPUNIT_ASSERT(shows("question_1_0"));
        send("step=mfa&answer_0=answer_1_0&answer_1=answer_1_1");
        CPPUNIT_ASSERT(shows("Choose accounts to share"));
        newSession();
        CPPUNIT_ASSERT_EQUAL(
            422, send("step=login&username=user_good&password=mfa_questions_0_2").status);
    }

    void selectionsHaveOneRightChoice()
    {
        newSession();
        send("step=login&username=user_good&password=mfa_selections");
        CPPUNIT_ASSERT_EQUAL(422, send("step=mfa&answer_0=No").status);
        send("step=mfa&answer_0=Yes");
        CPPUNIT_ASSERT(shows("Choose accounts to share"));
        newSession();
        send("step=login&username=user_good&password=mfa_selections_1_2_3");
        CPPUNIT_ASSERT(shows("answer_1_2_2") && !shows("answer_1_3_0"));
        send("step=mfa&answer_0=answer_1_1_0&answer_1=answer_1_2_0");
        CPPUNIT_ASSERT(shows("Choose accounts to share"));
    }

    void leavingSaysWhatWasAskedLast()
    {
        newSession();
        send("step=login&username=user_good&password=mfa_device");
        send("step=exit");
        const Json result = test_.call("/link/token/get", {{"link_token", linkToken_}});
        CPPUNIT_ASSERT_EQUAL(Json("choose_device"),
            result.at("link_sessions")[0].at("exit").at("metadata").at("status"));
    }

    void withoutABrowserTheRightAnswersAreGivenUnlessOthersAre()
    {
        newSession();
        CPPUNIT_ASSERT_EQUAL(
            Json("SUCCESS"), complete({{"password", "mfa_questions_2_1"}}).at("status"));
        newSession();
        const Json stopped = complete({{"password", "mfa_device"}, {"stop_after", "login"}});
        CPPUNIT_ASSERT_EQUAL(Json("OPEN"), stopped.at("status"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, stopped.at("mfa")[0].at("choices").size());
        const Json choice = stopped.at("mfa")[0].at("choices")[1];
        CPPUNIT_ASSERT_EQUAL(
            Json("INVALID_MFA"), complete({{"mfa", Json::array({choice, "99"})}}).at("error_code"));
        CPPUNIT_ASSERT_EQUAL(
            Json("SUCCESS"), complete({{"mfa", Json::array({"1234"})}}).at("status"));
        newSession();
        CPPUNIT_ASSERT_EQUAL(
            Json("ITEM_LOCKED"), complete({{"password", "error_ITEM_LOCKED"}}).at("error_code"));
    }

    void withoutLinkErrorsAreAnsweredAndNobodyIsAsked()
    {
        CPPUNIT_ASSERT_EQUAL(
            Json("INSTITUTION_DOWN"), sandboxToken("error_INSTITUTION_DOWN").at("error_code"));
        CPPUNIT_ASSERT_EQUAL(400, test_.status);
        CPPUNIT_ASSERT(sandboxToken("mfa_device").contains("public_token"));
        CPPUNIT_ASSERT_EQUAL(
            Json("INVALID_CREDENTIALS"), sandboxToken("mfa_smile").at("error_code"));
    }

    void userCustomBringsItsOwnAccounts()
    {
        newSession();
        const Json custom = {
            {"override_accounts", Json::array({{{"type", "depository"}, {"subtype", "checking"},
                                      {"starting_balance", 12}, {"meta", {{"name", "Mine"}}}}})}};
        const Json done =
            complete({{"username", "user_custom"}, {"password", compactText(custom)}});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(compactText(done), Json("SUCCESS"), done.at("status"));
        CPPUNIT_ASSERT_EQUAL(Json("Mine"), done.at("accounts")[0].at("name"));
    }

    void inEuropeUpdateModeSelectsNothing()
    {
        test_.linkEverything();
        Institution& bank = *test_.world.truth.institution("ins_1");
        bank.countryCodes = {"GB"};
        bank.oauth = true;
        test_.world.select(*test_.world.item(test_.itemId), {"checking"});
        Json body = common();
        body["access_token"] = test_.token;
        body["update"] = {{"account_selection_enabled", true}};
        linkToken_ = test_.call("/link/token/create", body).at("link_token");
        complete({{"selected", Json::array({"checking", "savings"})}});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test_.world.item(test_.itemId)->shared.size());
    }

    void inEuropeSelectionCanBeRefused()
    {
        test_.linkEverything();
        test_.world.truth.institution("ins_1")->countryCodes = {"GB"};
        test_.world.settings.apply({{"europe_refuses_selection", true}});
        Json body = common();
        body["access_token"] = test_.token;
        test_.call("/link/token/create", body);
        CPPUNIT_ASSERT_EQUAL(200, test_.status);
        body["update"] = {{"account_selection_enabled", true}};
        const Json answer = test_.call("/link/token/create", body);
        CPPUNIT_ASSERT_EQUAL(Json("INVALID_FIELD"), answer.at("error_code"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkPasswordsTest);
