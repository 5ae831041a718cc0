#include "TestWorld.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace plaidsim;

class LinkSessionsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkSessionsTest);
    CPPUNIT_TEST(aTokenForANewItemLivesFourHours);
    CPPUNIT_TEST(aTokenForUpdateModeLivesThirtyMinutes);
    CPPUNIT_TEST(aHostedTokenLivesAsLongAsItsAddress);
    CPPUNIT_TEST(anExpiredTokenOpensNothing);
    CPPUNIT_TEST(aPublicTokenLivesThirtyMinutesAndOnce);
    CPPUNIT_TEST(updateModeWantsNoProductsAndALiveItem);
    CPPUNIT_TEST(filtersInUpdateModeNeedAccountSelection);
    CPPUNIT_TEST(wrongCredentialsAreSaidAndCanBeRepeated);
    CPPUNIT_TEST(aTickStartsTheFetchBeforeTheSessionEnds);
    CPPUNIT_TEST(leavingIsReportedAndAddsNothing);
    CPPUNIT_TEST(plainLinkSendsNoLinkWebhooks);
    CPPUNIT_TEST(withoutSelectionThePaneIsSkippedExceptAtOAuthBanks);
    CPPUNIT_TEST(aFilterHidesWhatItLeavesOut);
    CPPUNIT_TEST(updateModeHandsOutAPublicTokenOnlyWhenAskedTo);
    CPPUNIT_TEST_SUITE_END();

    static Json request()
    {
        return {{"client_name", "L"}, {"language", "en"}, {"country_codes", Json::array({"US"})},
            {"user", {{"client_user_id", "u"}}}};
    }

    static Json newItem()
    {
        Json body = request();
        body["products"] = Json::array({"transactions"});
        body["webhook"] = "http://127.0.0.1:1/w";
        return body;
    }

    static Json update(TestWorld& test, bool selection)
    {
        Json body = request();
        body["access_token"] = test.token;
        if (selection) body["update"] = {{"account_selection_enabled", true}};
        return body;
    }

    // The token that a request makes.
    static LinkToken& make(TestWorld& test, const Json& body)
    {
        const Json answer = test.call("/link/token/create", body);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(compactText(answer), 200, test.status);
        return *test.world.links.find(answer.at("link_token").get<std::string>());
    }

    static LinkSession& loggedIn(TestWorld& test, LinkToken& token)
    {
        LinkSession& session = test.world.links.open(token);
        if (session.stage == LinkStage::institution)
            test.world.links.chooseInstitution(token, session, "ins_1");
        test.world.links.logIn(token, session, "user_good", "pass_good");
        return session;
    }

    static Nanos lifetime(TestWorld& test, const Json& body)
    {
        return make(test, body).expires - test.clock.now();
    }

public:
    void aTokenForANewItemLivesFourHours()
    {
        TestWorld test;
        CPPUNIT_ASSERT_EQUAL(hours(4), lifetime(test, newItem()));
    }

    void aTokenForUpdateModeLivesThirtyMinutes()
    {
        TestWorld test;
        test.linkEverything();
        CPPUNIT_ASSERT_EQUAL(minutes(30), lifetime(test, update(test, true)));
    }

    void aHostedTokenLivesAsLongAsItsAddress()
    {
        TestWorld test;
        Json body = newItem();
        body["hosted_link"] = Json::object();
        CPPUNIT_ASSERT_EQUAL(minutes(30), lifetime(test, body));
        body["hosted_link"] = {{"url_lifetime_seconds", 86'400}};
        CPPUNIT_ASSERT_EQUAL(days(1), lifetime(test, body));
        body["hosted_link"] = {{"url_lifetime_seconds", 22 * 86'400}};
        test.call("/link/token/create", body);
        CPPUNIT_ASSERT_EQUAL(400, test.status);
    }

    void anExpiredTokenOpensNothing()
    {
        TestWorld test;
        LinkToken& token = make(test, newItem());
        test.step(hours(4) - 1);
        test.world.links.open(token);
        test.step(1);
        CPPUNIT_ASSERT_THROW(test.world.links.open(token), PlaidError);
    }

    void aPublicTokenLivesThirtyMinutesAndOnce()
    {
        TestWorld test;
        test.linkEverything();
        Item& item = *test.world.item(test.itemId);
        const std::string late = test.world.issuePublicToken(item);
        test.step(minutes(30));
        CPPUNIT_ASSERT_THROW(test.world.exchange(late), PlaidError);
        const std::string good = test.world.issuePublicToken(item);
        test.step(minutes(30) - 1);
        CPPUNIT_ASSERT_EQUAL(item.id, test.world.exchange(good).id);
        CPPUNIT_ASSERT_THROW(test.world.exchange(good), PlaidError);
    }

    void updateModeWantsNoProductsAndALiveItem()
    {
        TestWorld test;
        test.linkEverything();
        Json body = update(test, true);
        body["products"] = Json::array({"transactions"});
        test.call("/link/token/create", body);
        CPPUNIT_ASSERT_EQUAL(400, test.status);
        test.call("/item/remove", {{"access_token", test.token}});
        test.call("/link/token/create", update(test, true));
        CPPUNIT_ASSERT_EQUAL(400, test.status);
    }

    void filtersInUpdateModeNeedAccountSelection()
    {
        TestWorld test;
        test.linkEverything();
        Json body = update(test, false);
        body["account_filters"] = {{"depository", {{"account_subtypes", Json::array({"all"})}}}};
        CPPUNIT_ASSERT_EQUAL(
            Json("INVALID_FIELD"), test.call("/link/token/create", body).at("error_code"));
    }

    void wrongCredentialsAreSaidAndCanBeRepeated()
    {
        TestWorld test;
        LinkToken& token = make(test, newItem());
        LinkSession& session = test.world.links.open(token);
        test.world.links.chooseInstitution(token, session, "ins_1");
        CPPUNIT_ASSERT_THROW(
            test.world.links.logIn(token, session, "user_good", "wrong"), PlaidError);
        test.world.links.logIn(token, session, "user_good", "pass_good");
        CPPUNIT_ASSERT(session.stage == LinkStage::accounts);
    }

    void aTickStartsTheFetchBeforeTheSessionEnds()
    {
        TestWorld test;
        test.linkEverything();
        test.sync();
        BankAccount account;
        account.id = "third";
        account.loginId = "login";
        account.name = "Third";
        test.world.truth.addAccount(account);
        test.post("third", {{"amount", "3"}, {"name", "Row"}, {"day", -3}});
        Json body = update(test, true);
        body["hosted_link"] = Json::object();
        LinkToken& token = make(test, body);
        LinkSession& session = loggedIn(test, token);
        test.outlet.sent.clear();
        test.world.links.chooseAccounts(token, session, {"checking", "savings", "third"});
        const auto codes = test.outlet.codes();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, codes.size());
        CPPUNIT_ASSERT_EQUAL(std::string("INITIAL_UPDATE"), codes[0]);
        CPPUNIT_ASSERT_EQUAL(std::string("SYNC_UPDATES_AVAILABLE"), codes[1]);
        CPPUNIT_ASSERT_EQUAL(Json(1), test.outlet.last("INITIAL_UPDATE").at("new_transactions"));
        test.world.links.finish(token, session);
        CPPUNIT_ASSERT_EQUAL(std::string("SESSION_FINISHED"), test.outlet.codes().back());
        CPPUNIT_ASSERT_EQUAL(Json("SUCCESS"), test.outlet.last("SESSION_FINISHED").at("status"));
        test.step(seconds(1));
        CPPUNIT_ASSERT_EQUAL(std::string("SYNC_UPDATES_AVAILABLE"), test.outlet.codes().back());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.outlet.count("HISTORICAL_UPDATE"));
    }

    void leavingIsReportedAndAddsNothing()
    {
        TestWorld test;
        Json body = newItem();
        body["hosted_link"] = Json::object();
        LinkToken& token = make(test, body);
        LinkSession& session = test.world.links.open(token);
        test.world.links.exit(token, session);
        CPPUNIT_ASSERT_EQUAL(Json("EXITED"), test.outlet.last("SESSION_FINISHED").at("status"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, test.outlet.count("ITEM_ADD_RESULT"));
        CPPUNIT_ASSERT(test.world.items().empty());
        const Json result = test.call("/link/token/get", {{"link_token", token.token}});
        CPPUNIT_ASSERT(result.at("link_sessions")[0].contains("exit"));
    }

    void plainLinkSendsNoLinkWebhooks()
    {
        TestWorld test;
        LinkToken& token = make(test, newItem());
        LinkSession& session = loggedIn(test, token);
        test.world.links.chooseAccounts(token, session, {"checking"});
        test.world.links.finish(token, session);
        CPPUNIT_ASSERT(test.outlet.sent.empty());
        CPPUNIT_ASSERT(!session.publicToken.empty());
        const Json result = test.call("/link/token/get", {{"link_token", token.token}});
        CPPUNIT_ASSERT(!result.contains("link_sessions"));
    }

    void withoutSelectionThePaneIsSkippedExceptAtOAuthBanks()
    {
        TestWorld test;
        test.linkEverything();
        LinkToken& plain = make(test, update(test, false));
        CPPUNIT_ASSERT(loggedIn(test, plain).stage == LinkStage::confirm);
        test.world.truth.institution("ins_1")->oauth = true;
        LinkToken& oauth = make(test, update(test, false));
        CPPUNIT_ASSERT(loggedIn(test, oauth).stage == LinkStage::accounts);
    }

    void aFilterHidesWhatItLeavesOut()
    {
        TestWorld test;
        Json body = newItem();
        body["account_filters"] = {
            {"depository", {{"account_subtypes", Json::array({"savings"})}}}};
        LinkToken& token = make(test, body);
        LinkSession& session = loggedIn(test, token);
        const auto choices = test.world.links.choices(token, session);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, choices.size());
        CPPUNIT_ASSERT_EQUAL(std::string("savings"), choices[0]->id);
        CPPUNIT_ASSERT_THROW(
            test.world.links.chooseAccounts(token, session, {"checking"}), PlaidError);
    }

    void updateModeHandsOutAPublicTokenOnlyWhenAskedTo()
    {
        TestWorld test;
        test.linkEverything();
        LinkToken& none = make(test, update(test, false));
        LinkSession& first = loggedIn(test, none);
        test.world.links.finish(none, first);
        CPPUNIT_ASSERT(first.publicToken.empty());
        test.world.settings.apply({{"update_mode_public_token", "present"}});
        LinkToken& present = make(test, update(test, false));
        LinkSession& second = loggedIn(test, present);
        test.world.links.finish(present, second);
        CPPUNIT_ASSERT_EQUAL(test.itemId, test.world.exchange(second.publicToken).id);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkSessionsTest);
