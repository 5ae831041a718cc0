#include "FaultRules.h"
#include "Scenario.h"
#include "TestWorld.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <stdexcept>

using namespace plaidsim;

class FaultsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FaultsTest);
    CPPUNIT_TEST(aFaultStrikesTheItemOfALoginAndNoOther);
    CPPUNIT_TEST(aFaultOfAnItemStrikesTheExchangeOfItsPublicToken);
    CPPUNIT_TEST(aFaultLetsCallsPassFirst);
    CPPUNIT_TEST(aFaultBeginsAndEndsByTheClock);
    CPPUNIT_TEST(aFaultsLuckDoesNotDependOnOtherTraffic);
    CPPUNIT_TEST(everyCodeSaysItsTypeAndStatus);
    CPPUNIT_TEST(theSameSeedIsTheSameLuckWheneverItIsOrdered);
    CPPUNIT_TEST(aMisspeltOrderIsRefused);
    CPPUNIT_TEST(aFaultThatCouldNeverStrikeIsRefusedByName);
    CPPUNIT_TEST(aFaultIsOrderedForWhatExists);
    CPPUNIT_TEST(aScenarioMayNameWhatItsScriptCreates);
    CPPUNIT_TEST(anyFaultCanWaitForAPage);
    CPPUNIT_TEST(aLateChangeSpoilsEveryFurtherCursorOfTheLoop);
    CPPUNIT_TEST(aRowOfAnEarlierPageComesAgain);
    CPPUNIT_TEST(aRemovalNamesARowThatNeverWas);
    CPPUNIT_TEST(anItemIsRemovedWhileItIsUsed);
    CPPUNIT_TEST(fieldsDeepInAnAnswerCanBeSpoilt);
    CPPUNIT_TEST(webhooksAreLostAndTheItemSaysTheyWereSent);
    CPPUNIT_TEST(webhooksComeSeveralTimes);
    CPPUNIT_TEST(webhooksComeHoursLate);
    CPPUNIT_TEST(webhooksOvertakeEachOther);
    CPPUNIT_TEST(aHeldWebhookComesInTheEnd);
    CPPUNIT_TEST_SUITE_END();

    TestWorld test_;

    std::uint64_t order(const Json& spec)
    {
        return test_.world.faults.add(spec, test_.clock.now());
    }

    int itemGet()
    {
        test_.call("/item/get", {{"access_token", test_.token}});
        return test_.status;
    }

    Json page(const Json& cursor, int count = 2)
    {
        return test_.call("/transactions/sync",
            {{"access_token", test_.token}, {"cursor", cursor}, {"count", count}});
    }

    void linkWithRows(int rows)
    {
        for (int i = 0; i < rows; ++i)
            test_.post("checking", {{"amount", "1.00"}, {"name", "x"}, {"day", -1}});
        test_.linkEverything();
    }

    void fire(const char* code)
    {
        test_.world.notify(*test_.world.item(test_.itemId), "ITEM", code, Json::object());
    }

public:
    void aFaultStrikesTheItemOfALoginAndNoOther()
    {
        test_.linkEverything();
        order({{"kind", "http_500"}, {"login_id", "another"}, {"count", -1}});
        order({{"kind", "html_502"}, {"institution_id", "ins_2"}, {"count", -1}});
        CPPUNIT_ASSERT_EQUAL(200, itemGet());
        order({{"kind", "http_500"}, {"login_id", "login"}});
        CPPUNIT_ASSERT_EQUAL(500, itemGet());
        order({{"kind", "html_502"}, {"institution_id", "ins_1"}});
        CPPUNIT_ASSERT_EQUAL(502,
            test_.api
                .answer({"POST", "/item/get", "",
                    {{"content-type", "application/json"}, {"plaid-client-id", "simulator-client"},
                        {"plaid-secret", "simulator-secret-0000"}},
                    compactText({{"access_token", test_.token}}), false})
                .status);
        CPPUNIT_ASSERT_EQUAL(200, itemGet());
    }

    void aFaultOfAnItemStrikesTheExchangeOfItsPublicToken()
    {
        order({{"kind", "http_500"}, {"login_id", "login"},
            {"endpoint", "/item/public_token/exchange"}});
        const Json made = test_.call("/sandbox/public_token/create",
            {{"institution_id", "ins_1"}, {"initial_products", Json::array({"transactions"})}});
        const Json ask = {{"public_token", made.at("public_token")}};
        test_.call("/item/public_token/exchange", ask);
        CPPUNIT_ASSERT_EQUAL(500, test_.status);
        test_.call("/item/public_token/exchange", ask);
        CPPUNIT_ASSERT_EQUAL(200, test_.status);
    }

    void aFaultLetsCallsPassFirst()
    {
        test_.linkEverything();
        order({{"kind", "http_500"}, {"endpoint", "/item/get"}, {"after", 2}, {"count", 2}});
        std::vector<int> seen;
        for (int i = 0; i < 5; ++i)
            seen.push_back(itemGet());
        CPPUNIT_ASSERT(seen == std::vector<int>({200, 200, 500, 500, 200}));
    }

    void aFaultBeginsAndEndsByTheClock()
    {
        test_.linkEverything();
        order({{"kind", "http_500"}, {"in_seconds", 60}, {"for_seconds", 120}});
        CPPUNIT_ASSERT_EQUAL(200, itemGet());
        test_.step(seconds(60));
        CPPUNIT_ASSERT_EQUAL(500, itemGet());
        test_.step(seconds(119));
        CPPUNIT_ASSERT_EQUAL(500, itemGet());
        test_.step(seconds(1));
        CPPUNIT_ASSERT_EQUAL(200, itemGet());
        CPPUNIT_ASSERT(test_.world.faults.toJson().empty());
    }

    void aFaultsLuckDoesNotDependOnOtherTraffic()
    {
        const auto run = [](bool more)
        {
            TestWorld test;
            test.linkEverything();
            const auto ask = [&](const char* path)
            {
                test.call(path, {{"access_token", test.token}});
                return test.status;
            };
            test.world.faults.add({{"kind", "http_500"}, {"probability", 0.5},
                                      {"endpoint", "/item/get"}, {"seed", 7}},
                0);
            test.world.faults.add(
                {{"kind", "http_500"}, {"probability", 0.5}, {"endpoint", "/accounts/get"}}, 0);
            std::vector<int> seen;
            for (int i = 0; i < 30; ++i)
            {
                seen.push_back(ask("/item/get"));
                if (more) ask("/accounts/get");
            }
            return seen;
        };
        CPPUNIT_ASSERT(run(false) == run(true));
    }

    void everyCodeSaysItsTypeAndStatus()
    {
        test_.linkEverything();
        const std::vector<std::array<std::string, 3>> cases{
            {"INSTITUTION_DOWN", "INSTITUTION_ERROR", "400"},
            {"INSTITUTION_RATE_LIMIT", "RATE_LIMIT_EXCEEDED", "429"},
            {"CREDITS_EXHAUSTED", "RATE_LIMIT_EXCEEDED", "429"},
            {"PLANNED_MAINTENANCE", "API_ERROR", "503"}, {"NOT_FOUND", "INVALID_REQUEST", "404"},
            {"ITEM_LOCKED", "ITEM_ERROR", "400"}};
        for (const auto& [code, type, status] : cases)
        {
            order({{"kind", "error"}, {"code", code}, {"endpoint", "/item/get"}});
            const Json body = test_.call("/item/get", {{"access_token", test_.token}});
            CPPUNIT_ASSERT_EQUAL(code + type + status,
                body.at("error_code").get<std::string>() +
                    body.at("error_type").get<std::string>() + std::to_string(test_.status));
        }
    }

    void theSameSeedIsTheSameLuckWheneverItIsOrdered()
    {
        test_.linkEverything();
        const auto luck = [&](const Json& spec)
        {
            test_.world.faults.clear();
            order(spec);
            std::vector<int> seen;
            for (int i = 0; i < 40; ++i)
                seen.push_back(itemGet());
            return seen;
        };
        const Json seeded = {{"kind", "http_500"}, {"probability", 0.5}, {"seed", 3}};
        const auto first = luck(seeded);
        CPPUNIT_ASSERT(first == luck(seeded));
        CPPUNIT_ASSERT(first == luck(seeded));
        const Json other = {{"kind", "http_500"}, {"probability", 0.5}, {"seed", 4}};
        CPPUNIT_ASSERT(first != luck(other));
        const Json plain = {{"kind", "http_500"}, {"probability", 0.5}};
        CPPUNIT_ASSERT(luck(plain) != luck(plain));
    }

    void aFaultThatCouldNeverStrikeIsRefusedByName()
    {
        const std::vector<std::array<std::string, 2>> cases{
            {R"({"kind":"http_500","endpoint":"/nope"})", "it can be /accounts/balance/get"},
            {R"({"kind":"webhook_lost","webhook_code":"SYNC_UPDATE_AVAILABLE"})",
                "SYNC_UPDATES_AVAILABLE"},
            {R"({"kind":"webhook_lost","webhook_type":"ITEMS"})", "it can be AUTH"},
            {R"({"kind":"webhook_lost","webhook_type":"LINK","webhook_code":"ERROR"})",
                "it can be EVENTS"},
            {R"({"kind":"webhook_lost","webhook_type":"LINK","login_id":"login"})", "no login_id"},
            {R"({"kind":"missing_field"})", "needs the field"},
            {R"({"kind":"wrong_type","field":""})", "needs the field"},
            {R"({"kind":"http_500","seconds":5})", "has no field \"seconds\"; it has kind"},
            {R"({"kind":"http_500","field":"x"})", "has no field \"field\""},
            {R"({"kind":"error"})", "needs a code"},
            {R"({"kind":"error","code":"FOO"})", "ITEM_LOGIN_REQUIRED"},
            {R"({"kind":"error","status":"400"})", "from 200 to 599"},
            {R"({"kind":"rate_limit","code":"FOO"})", "CREDITS_EXHAUSTED"},
            {R"({"kind":"lost","probability":0})", "never strikes"},
            {R"({"kind":"lost","probability":2})", "from 0 to 1"},
            {R"({"kind":"lost","for_seconds":0})", "never strikes"},
            {R"({"kind":"plague"})", "it can be bom"}, {R"({"kind":7})", "it can be bom"},
            {R"({"kind":"lost","item_id":5})", "item_id must be a text"},
            {R"({"kind":"lost","endpoint":"/webhook_verification_key/get","login_id":"login"})",
                "names no Item"}};
        for (const auto& [spec, part] : cases)
        {
            std::string told = "it was accepted";
            try
            {
                orderFault(test_.world, *parseExact(spec));
            }
            catch (const std::invalid_argument& refused)
            {
                told = refused.what();
            }
            CPPUNIT_ASSERT_MESSAGE(spec + ": " + told, told.find(part) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(told, told.find("1.000000") == std::string::npos);
        }
        CPPUNIT_ASSERT(test_.world.faults.toJson().empty());
    }

    void aFaultIsOrderedForWhatExists()
    {
        test_.linkEverything();
        addInstitution(test_.world, {{"institution_id", "ins_2"}, {"name", "Other"}});
        for (const Json& scope : {Json{{"item_id", "none"}}, Json{{"login_id", "none"}},
                 Json{{"institution_id", "none"}},
                 Json{{"item_id", test_.itemId}, {"institution_id", "ins_2"}},
                 Json{{"login_id", "login"}, {"institution_id", "ins_2"}}})
        {
            Json spec = scope;
            spec["kind"] = "http_500";
            CPPUNIT_ASSERT_THROW_MESSAGE(
                compactText(spec), orderFault(test_.world, spec), std::invalid_argument);
        }
        orderFault(test_.world, {{"kind", "http_500"}, {"item_id", test_.itemId},
                                    {"login_id", "login"}, {"institution_id", "ins_1"}});
        CPPUNIT_ASSERT_EQUAL(500, itemGet());
    }

    void aScenarioMayNameWhatItsScriptCreates()
    {
        const auto load = [](const std::string& script)
        {
            TestWorld test;
            loadScenario(test.world,
                R"({"faults":[{"kind":"http_500","login_id":"later","institution_id":"ins_9"}],)"
                R"("script":[)" +
                    script + "]}");
        };
        load(R"({"do":"POST /_sim/institutions","body":{"institution_id":"ins_9"}},)"
             R"({"do":"POST /_sim/logins","body":{"login_id":"later"}})");
        CPPUNIT_ASSERT_THROW(load(R"({"do":"POST /_sim/institutions",)"
                                  R"("body":{"institution_id":"ins_9"}})"),
            std::invalid_argument);
    }

    void aMisspeltOrderIsRefused()
    {
        for (const char* spec : {R"({"kind":"plague"})", R"({"kind":"http_500","endpont":"/x"})",
                 R"({"kind":"http_500","endpoint":"item/get"})", R"({"kind":"lost","count":0})",
                 R"({"kind":"lost","probability":1.5})", R"({"kind":"error","code":"NO_SUCH"})",
                 R"({"kind":"http_500","page":2,"endpoint":"/item/get"})",
                 R"({"kind":"webhook_lost","endpoint":"/item/get"})",
                 R"({"kind":"lost","webhook_code":"ERROR"})", R"({"kind":"late","seconds":-1})",
                 R"({"kind":"webhook_doubled","times":1})", R"("lost")"})
        {
            CPPUNIT_ASSERT_THROW_MESSAGE(spec, order(*parseExact(spec)), std::exception);
        }
        CPPUNIT_ASSERT(test_.world.faults.toJson().empty());
    }

    void anyFaultCanWaitForAPage()
    {
        linkWithRows(6);
        order({{"kind", "http_500"}, {"page", 2}});
        const Json first = page("");
        CPPUNIT_ASSERT_EQUAL(200, test_.status);
        page(first.at("next_cursor"));
        CPPUNIT_ASSERT_EQUAL(500, test_.status);
        page(first.at("next_cursor"));
        CPPUNIT_ASSERT_EQUAL(200, test_.status);
    }

    void aLateChangeSpoilsEveryFurtherCursorOfTheLoop()
    {
        linkWithRows(6);
        order({{"kind", "late_change"}, {"page", 2}});
        const Json first = page("");
        for (int i = 0; i < 2; ++i)
            CPPUNIT_ASSERT_EQUAL(Json("TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"),
                page(first.at("next_cursor")).at("error_code"));
        const Json all = test_.sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, all.at("added").size());
        CPPUNIT_ASSERT(test_.outlet.count("SYNC_UPDATES_AVAILABLE") != 0);
    }

    void aRowOfAnEarlierPageComesAgain()
    {
        linkWithRows(4);
        order({{"kind", "repeated_row"}, {"page", 2}});
        const Json first = page("");
        const Json second = page(first.at("next_cursor"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, second.at("added").size());
        CPPUNIT_ASSERT_EQUAL(first.at("added").back(), second.at("added").back());
    }

    void aRemovalNamesARowThatNeverWas()
    {
        linkWithRows(1);
        order({{"kind", "unknown_removal"}});
        const Json answer = page("");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, answer.at("removed").size());
        CPPUNIT_ASSERT(answer.at("removed").at(0).at("transaction_id") !=
                       answer.at("added").at(0).at("transaction_id"));
    }

    void anItemIsRemovedWhileItIsUsed()
    {
        linkWithRows(1);
        order({{"kind", "item_removed"}, {"endpoint", "/transactions/sync"}});
        CPPUNIT_ASSERT_EQUAL(Json("ITEM_CONCURRENTLY_DELETED"), page("").at("error_code"));
        CPPUNIT_ASSERT_EQUAL(Json("ITEM_NOT_FOUND"), page("").at("error_code"));
    }

    void fieldsDeepInAnAnswerCanBeSpoilt()
    {
        linkWithRows(2);
        order({{"kind", "missing_field"}, {"field", "/added/1/amount"}});
        const Json first = page("");
        CPPUNIT_ASSERT(first.at("added").at(0).contains("amount"));
        CPPUNIT_ASSERT(!first.at("added").at(1).contains("amount"));
        order({{"kind", "wrong_type"}, {"field", "/added/0/date"}});
        CPPUNIT_ASSERT(page("").at("added").at(0).at("date").is_object());
        order({{"kind", "missing_field"}, {"field", "/added/7/amount"}});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, page("").at("added").size());
        CPPUNIT_ASSERT_EQUAL(200, test_.status);
    }

    void webhooksAreLostAndTheItemSaysTheyWereSent()
    {
        test_.linkEverything();
        test_.outlet.sent.clear();
        order({{"kind", "webhook_lost"}, {"webhook_code", "ERROR"}, {"item_id", test_.itemId}});
        fire("LOGIN_REPAIRED");
        fire("ERROR");
        fire("ERROR");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, test_.outlet.sent.size());
        CPPUNIT_ASSERT(!test_.outlet.sent[0].lost);
        CPPUNIT_ASSERT(test_.outlet.sent[1].lost);
        CPPUNIT_ASSERT(!test_.outlet.sent[2].lost);
        CPPUNIT_ASSERT_EQUAL(Json("ERROR"), test_.call("/item/get", {{"access_token", test_.token}})
                                                .at("status")
                                                .at("last_webhook")
                                                .at("code_sent"));
    }

    void webhooksComeSeveralTimes()
    {
        test_.linkEverything();
        test_.outlet.sent.clear();
        order({{"kind", "webhook_doubled"}, {"times", 3}, {"login_id", "login"}});
        fire("ERROR");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, test_.outlet.count("ERROR"));
    }

    void webhooksComeHoursLate()
    {
        test_.linkEverything();
        test_.outlet.sent.clear();
        order({{"kind", "webhook_late"}, {"seconds", 7200}, {"webhook_type", "ITEM"}});
        fire("ERROR");
        fire("LOGIN_REPAIRED");
        test_.step(seconds(7199));
        CPPUNIT_ASSERT(test_.outlet.codes() == std::vector<std::string>({"LOGIN_REPAIRED"}));
        test_.step(seconds(1));
        CPPUNIT_ASSERT(
            test_.outlet.codes() == std::vector<std::string>({"LOGIN_REPAIRED", "ERROR"}));
    }

    void webhooksOvertakeEachOther()
    {
        test_.linkEverything();
        test_.outlet.sent.clear();
        order({{"kind", "webhook_held"}, {"webhook_code", "ERROR"}});
        fire("ERROR");
        CPPUNIT_ASSERT(test_.outlet.sent.empty());
        fire("LOGIN_REPAIRED");
        CPPUNIT_ASSERT(
            test_.outlet.codes() == std::vector<std::string>({"LOGIN_REPAIRED", "ERROR"}));
        test_.step(hours(2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, test_.outlet.sent.size());
    }

    void aHeldWebhookComesInTheEnd()
    {
        test_.linkEverything();
        test_.outlet.sent.clear();
        order({{"kind", "webhook_held"}, {"seconds", 300}});
        fire("ERROR");
        test_.step(seconds(299));
        CPPUNIT_ASSERT(test_.outlet.sent.empty());
        test_.step(seconds(1));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test_.outlet.sent.size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FaultsTest);
