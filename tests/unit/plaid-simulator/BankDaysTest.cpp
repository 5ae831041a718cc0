#include "BankDays.h"
#include "Scenario.h"
#include "TestWorld.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <stdexcept>

using namespace plaidsim;

class BankDaysTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BankDaysTest);
    CPPUNIT_TEST(everyKindOfThingHappens);
    CPPUNIT_TEST(oneSeedGivesOneLife);
    CPPUNIT_TEST(aClientThatSyncsAlwaysHasTheBanksTruth);
    CPPUNIT_TEST(daysPlayedAtOnceLieInThePast);
    CPPUNIT_TEST(daysPassOnTheClock);
    CPPUNIT_TEST(aMixLeavesOutWhatItWeighsWithNothing);
    CPPUNIT_TEST(accountsThatOpenAreLivedWithAndAnnounced);
    CPPUNIT_TEST(consentEndsAndComesBack);
    CPPUNIT_TEST(balancesRunAheadOfTheRows);
    CPPUNIT_TEST(aRuleThatMakesNoSenseIsRefused);
    CPPUNIT_TEST_SUITE_END();

    using Rows = std::map<std::string, std::string>; // wire text by transaction id

    static void follow(TestWorld& test, Rows& rows, std::string& cursor)
    {
        const Json loop = test.sync(cursor, 7);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(compactText(loop), 200, test.status);
        for (const char* list : {"added", "modified"})
        {
            for (const auto& row : loop.at(list))
                rows[row.at("transaction_id")] = compactText(row);
        }
        for (const auto& row : loop.at("removed"))
            rows.erase(row.at("transaction_id").get<std::string>());
        cursor = loop.at("next_cursor");
    }

    // Name, date, amount and state of every row that the Item shares, counted.
    static std::map<std::string, int> truth(TestWorld& test)
    {
        std::map<std::string, int> counted;
        const Item& item = *test.world.item(test.itemId);
        for (const auto& id : item.sharedOrder)
        {
            for (const auto& row : test.world.truth.account(id)->rows)
            {
                if (!row->removed && row->date >= item.horizon())
                    ++counted[row->name + dayText(row->date) + row->amount.text() +
                              (row->pending ? "p" : "")];
            }
        }
        return counted;
    }

    static std::map<std::string, int> shape(const Rows& rows)
    {
        std::map<std::string, int> counted;
        for (const auto& [id, text] : rows)
        {
            const Json row = *parseExact(text);
            ++counted[row.at("name").get<std::string>() + row.at("date").get<std::string>() +
                      decimalIn(row.at("amount"))->text() + (row.at("pending") == true ? "p" : "")];
        }
        return counted;
    }

    static std::string story(std::uint64_t seed)
    {
        TestWorld test;
        test.linkEverything();
        BankDays life(test.world, {{"login_id", "login"}, {"seed", seed}});
        std::string all;
        for (int i = 0; i < 300; ++i)
            all += life.happen(dayOf(test.clock.now())) + " ";
        for (const auto& [id, account] : test.world.truth.accounts())
            all += id + account.currentBalance().text() + " ";
        return all;
    }

public:
    void everyKindOfThingHappens()
    {
        TestWorld test;
        test.world.truth.institution("ins_1")->consentMonths = 12;
        test.linkEverything();
        Json mix = Json::object();
        for (const auto& kind : BankDays::kinds())
            mix[kind] = 10;
        mix["close_account"] = mix["revoke_account"] = 1;
        BankDays life(test.world, {{"login_id", "login"}, {"mix", mix}});
        for (int i = 0; i < 3000; ++i)
            life.happen(dayOf(test.clock.now()));
        for (const auto& kind : BankDays::kinds())
            CPPUNIT_ASSERT_MESSAGE(kind, life.happened().count(kind) != 0);
    }

    void oneSeedGivesOneLife()
    {
        CPPUNIT_ASSERT_EQUAL(story(7), story(7));
        CPPUNIT_ASSERT(story(7) != story(8));
    }

    void aClientThatSyncsAlwaysHasTheBanksTruth()
    {
        for (const int seed : {1, 2, 3, 4, 5, 6, 7, 8})
        {
            TestWorld test;
            test.linkEverything();
            // Consent would stop the client for a while, and accounts take their rows along.
            const Json mix = {{"consent_end", 0}, {"consent_warning", 0}, {"open_account", 0},
                {"close_account", 0}, {"revoke_account", 0}, {"churn_account", 0}};
            BankDays life(test.world, {{"account_ids", Json::array({"checking", "savings"})},
                                          {"seed", seed}, {"mix", mix}});
            Rows rows;
            std::string cursor;
            for (int i = 0; i < 400; ++i)
            {
                life.happen(dayOf(test.clock.now()));
                if (i % 9 == 0) follow(test, rows, cursor);
                test.step(hours(1));
            }
            follow(test, rows, cursor);
            CPPUNIT_ASSERT_MESSAGE(
                "seed " + std::to_string(seed), truth(test) == shape(rows) && rows.size() > 80);
        }
    }

    void daysPlayedAtOnceLieInThePast()
    {
        TestWorld test;
        addBankDays(test.world,
            {{"account_ids", Json::array({"checking"})}, {"days", 60}, {"at_once", true}});
        test.linkEverything();
        const auto& rows = test.world.truth.account("checking")->rows;
        const Day today = dayOf(test.clock.now());
        CPPUNIT_ASSERT(rows.size() > 150);
        CPPUNIT_ASSERT(rows.front()->date < today - std::chrono::days(50));
        std::size_t lately = 0;
        for (const auto& row : rows)
        {
            CPPUNIT_ASSERT(row->date <= today);
            if (row->date > today - std::chrono::days(10)) ++lately;
        }
        CPPUNIT_ASSERT(lately > 10);
        const Json report = test.world.lives.front()->toJson();
        CPPUNIT_ASSERT_EQUAL(Json(60), report.at("days_done"));
        CPPUNIT_ASSERT_EQUAL(Json(""), report.at("problem"));
    }

    void daysPassOnTheClock()
    {
        TestWorld test;
        test.linkEverything();
        addBankDays(test.world, {{"account_ids", Json::array({"checking", "savings"})}, {"days", 5},
                                    {"per_day", 8}, {"mix", {{"close_account", 0}}}});
        const auto count = [&] { return test.world.truth.account("checking")->journal.size(); };
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, count());
        test.step(days(2));
        const std::size_t then = count();
        CPPUNIT_ASSERT(then > 5);
        CPPUNIT_ASSERT_EQUAL(Json(2), test.world.lives.front()->toJson().at("days_done"));
        test.step(days(4));
        CPPUNIT_ASSERT_MESSAGE(compactText(test.world.lives.front()->toJson()), count() > then);
        const std::size_t end = count();
        test.step(days(10));
        CPPUNIT_ASSERT_EQUAL(end, count());
        CPPUNIT_ASSERT(test.outlet.count("DEFAULT_UPDATE") > 5);
    }

    void aMixLeavesOutWhatItWeighsWithNothing()
    {
        TestWorld test;
        Json mix = Json::object();
        for (const auto& kind : BankDays::kinds())
            mix[kind] = kind == "posted" ? 1 : 0;
        BankDays life(test.world, {{"account_ids", Json::array({"checking"})}, {"mix", mix}});
        for (int i = 0; i < 50; ++i)
            CPPUNIT_ASSERT_EQUAL(std::string("posted"), life.happen(dayOf(test.clock.now())));
        mix["posted"] = 0;
        BankDays nothing(test.world, {{"account_ids", Json::array({"checking"})}, {"mix", mix}});
        CPPUNIT_ASSERT_EQUAL(std::string("nothing"), nothing.happen(dayOf(test.clock.now())));
    }

    void accountsThatOpenAreLivedWithAndAnnounced()
    {
        TestWorld test;
        test.linkEverything();
        BankDays life(test.world,
            {{"account_ids", Json::array({"checking"})}, {"mix", {{"open_account", 4000}}}});
        for (int i = 0; i < 200; ++i)
            life.happen(dayOf(test.clock.now()));
        CPPUNIT_ASSERT_EQUAL(life.happened().at("open_account"),
            std::uint64_t{test.outlet.count("NEW_ACCOUNTS_AVAILABLE")});
        std::size_t livedWith = 0;
        for (const auto& [id, account] : test.world.truth.accounts())
        {
            if (account.name.rfind("Reserve", 0) == 0 && account.journal.size() > 3) ++livedWith;
        }
        CPPUNIT_ASSERT(livedWith > 5);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, test.world.item(test.itemId)->shared.size());
    }

    void consentEndsAndComesBack()
    {
        TestWorld test;
        test.world.truth.institution("ins_1")->consentMonths = 12;
        test.linkEverything();
        BankDays life(test.world, {{"login_id", "login"}, {"mix", {{"consent_end", 2000}}}});
        while (life.happened().count("consent_end") == 0)
            life.happen(dayOf(test.clock.now()));
        const Item& item = *test.world.item(test.itemId);
        CPPUNIT_ASSERT_EQUAL(std::string("OAUTH_CONSENT_EXPIRED"), item.error->reason.value());
        while (life.happened().count("consent_back") == 0)
            life.happen(dayOf(test.clock.now()));
        CPPUNIT_ASSERT(!item.error.has_value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.outlet.count("LOGIN_REPAIRED"));
    }

    void balancesRunAheadOfTheRows()
    {
        TestWorld test;
        test.linkEverything();
        const std::string cursor = test.sync().at("next_cursor");
        test.world.settings.apply({{"balance_ahead_ms", 30'000}});
        const std::size_t before = test.outlet.sent.size();
        test.post("checking", {{"amount", "30.00"}, {"name", "Bistro"}});
        const auto balance = [&]
        {
            return decimalIn(test.call("/accounts/get", {{"access_token", test.token}})
                                 .at("accounts")[0]
                                 .at("balances")
                                 .at("current"))
                ->text();
        };
        CPPUNIT_ASSERT_EQUAL(std::string("70.00"), balance());
        CPPUNIT_ASSERT(test.sync(cursor).at("added").empty());
        CPPUNIT_ASSERT_EQUAL(before, test.outlet.sent.size());
        test.step(seconds(30));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test.sync(cursor).at("added").size());
        CPPUNIT_ASSERT_EQUAL(std::string("SYNC_UPDATES_AVAILABLE"), test.outlet.codes().back());
        CPPUNIT_ASSERT_EQUAL(std::string("70.00"), balance());
    }

    void aRuleThatMakesNoSenseIsRefused()
    {
        TestWorld test;
        for (const char* rule : {"{}", R"({"account_ids":["none"]})", R"({"login_id":"none"})",
                 R"({"login_id":"login","account_ids":["checking"]})",
                 R"({"login_id":"login","days":0})", R"({"login_id":"login","per_day":1001})",
                 R"({"login_id":"login","mix":{"sunshine":1}})",
                 R"({"login_id":"login","mix":{"posted":-1}})",
                 R"({"login_id":"login","colour":"red"})"})
            CPPUNIT_ASSERT_THROW_MESSAGE(
                rule, addBankDays(test.world, *parseExact(rule)), std::invalid_argument);
        CPPUNIT_ASSERT(test.world.lives.empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BankDaysTest);
