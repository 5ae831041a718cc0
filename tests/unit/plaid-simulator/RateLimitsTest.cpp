#include "TestWorld.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using namespace plaidsim;

class RateLimitsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RateLimitsTest);
    CPPUNIT_TEST(withoutTheSettingNothingIsLimited);
    CPPUNIT_TEST(everyEndpointHasItsFiguresAndItsCode);
    CPPUNIT_TEST(aRefusedCallCostsNothingAndAMinuteGivesItBack);
    CPPUNIT_TEST(oneItemsCallsDoNotLimitAnother);
    CPPUNIT_TEST(anHourAndADayAreLimitedToo);
    CPPUNIT_TEST(callsWithoutACursorAreLimitedForTheClient);
    CPPUNIT_TEST(creditsAreUsedUp);
    CPPUNIT_TEST(aLimitIsAnsweredAs429);
    CPPUNIT_TEST_SUITE_END();

    struct Row
    {
        LimitTable table;
        const char* endpoint;
        int perItem;   // a minute; 0: none
        int perClient; // a minute
        const char* itemCode;
        const char* clientCode;
    };

    static int untilRefused(RateLimits& limits, const Row& row, bool oneItem, std::string& code)
    {
        for (int made = 0;; ++made)
        {
            const std::string item = oneItem ? "one" : std::to_string(made);
            const auto refused = limits.exceeded(row.table, -1, {row.endpoint, item}, 0);
            if (!refused) continue;
            code = *refused;
            return made;
        }
    }

public:
    void withoutTheSettingNothingIsLimited()
    {
        TestWorld test;
        test.linkEverything();
        for (int i = 0; i < 200; ++i)
            test.call("/item/get", {{"access_token", test.token}});
        CPPUNIT_ASSERT_EQUAL(200, test.status);
    }

    void everyEndpointHasItsFiguresAndItsCode()
    {
        using enum LimitTable;
        const std::vector<Row> rows{
            {sandbox, "/accounts/get", 100, 5000, "ACCOUNTS_LIMIT", "ACCOUNTS_LIMIT"},
            {sandbox, "/accounts/balance/get", 25, 100, "BALANCE_LIMIT",
                "ACCOUNTS_BALANCE_GET_LIMIT"},
            {sandbox, "/item/get", 40, 5000, "ITEM_GET_LIMIT", "ITEM_GET_LIMIT"},
            {sandbox, "/item/remove", 100, 500, "RATE_LIMIT", "RATE_LIMIT"},
            {sandbox, "/transactions/sync", 50, 1000, "TRANSACTIONS_SYNC_LIMIT",
                "TRANSACTIONS_SYNC_LIMIT"},
            {sandbox, "/transactions/refresh", 2, 100, "TRANSACTIONS_REFRESH_LIMIT",
                "TRANSACTIONS_REFRESH_LIMIT"},
            {sandbox, "/institutions/get_by_id", 0, 400, "", "INSTITUTIONS_GET_BY_ID_LIMIT"},
            {sandbox, "/sandbox/transactions/create", 2, 50, "RATE_LIMIT", "RATE_LIMIT"},
            {production, "/accounts/get", 15, 15'000, "ACCOUNTS_LIMIT", "ACCOUNTS_LIMIT"},
            {production, "/accounts/balance/get", 5, 1200, "BALANCE_LIMIT",
                "ACCOUNTS_BALANCE_GET_LIMIT"},
            {production, "/item/get", 15, 5000, "ITEM_GET_LIMIT", "ITEM_GET_LIMIT"},
            {production, "/item/remove", 20, 2000, "RATE_LIMIT", "RATE_LIMIT"},
            {production, "/transactions/sync", 50, 2500, "TRANSACTIONS_SYNC_LIMIT",
                "TRANSACTIONS_SYNC_LIMIT"},
            {production, "/transactions/refresh", 2, 100, "TRANSACTIONS_REFRESH_LIMIT",
                "TRANSACTIONS_REFRESH_LIMIT"},
            {production, "/institutions/get_by_id", 0, 400, "", "INSTITUTIONS_GET_BY_ID_LIMIT"},
            {production, "/link/token/create", 0, 20'000, "", "RATE_LIMIT"},
            {production, "/item/public_token/exchange", 0, 12'000, "", "RATE_LIMIT"}};
        for (const Row& row : rows)
        {
            std::string code;
            if (row.perItem != 0)
            {
                RateLimits limits;
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    row.endpoint, row.perItem, untilRefused(limits, row, true, code));
                CPPUNIT_ASSERT_EQUAL(std::string(row.itemCode), code);
            }
            RateLimits limits;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                row.endpoint, row.perClient, untilRefused(limits, row, false, code));
            CPPUNIT_ASSERT_EQUAL(std::string(row.clientCode), code);
        }
    }

    void aRefusedCallCostsNothingAndAMinuteGivesItBack()
    {
        RateLimits limits;
        const LimitedCall call{"/transactions/refresh", "one"};
        const auto refused = [&](Nanos now)
        { return limits.exceeded(LimitTable::sandbox, -1, call, now).has_value(); };
        CPPUNIT_ASSERT(!refused(0) && !refused(seconds(20)));
        for (int i = 0; i < 10; ++i)
            CPPUNIT_ASSERT(refused(seconds(59)));
        CPPUNIT_ASSERT(!refused(minutes(1)));
        CPPUNIT_ASSERT(refused(minutes(1)));
        CPPUNIT_ASSERT(!refused(seconds(80)));
    }

    void oneItemsCallsDoNotLimitAnother()
    {
        RateLimits limits;
        for (int i = 0; i < 2; ++i)
            limits.exceeded(LimitTable::sandbox, -1, {"/transactions/refresh", "one"}, 0);
        const auto other =
            limits.exceeded(LimitTable::sandbox, -1, {"/transactions/refresh", "two"}, 0);
        CPPUNIT_ASSERT(!other.has_value());
    }

    void anHourAndADayAreLimitedToo()
    {
        RateLimits limits;
        const auto good = [&](Nanos now, const char* endpoint)
        {
            const LimitedCall call{endpoint, "one"};
            return !limits.exceeded(LimitTable::production, -1, call, now);
        };
        for (int i = 0; i < 30; ++i)
            CPPUNIT_ASSERT(good(seconds(15 * i), "/accounts/balance/get"));
        CPPUNIT_ASSERT(!good(minutes(30), "/accounts/balance/get"));
        CPPUNIT_ASSERT(good(minutes(60), "/accounts/balance/get"));
        for (int i = 0; i < 120; ++i)
            CPPUNIT_ASSERT(good(hours(5) + seconds(30 * i), "/transactions/refresh"));
        CPPUNIT_ASSERT(!good(hours(6) - 1, "/transactions/refresh"));
        CPPUNIT_ASSERT(good(hours(6), "/transactions/refresh"));
    }

    void callsWithoutACursorAreLimitedForTheClient()
    {
        RateLimits limits;
        const auto refused = [&](int item, bool empty)
        {
            const LimitedCall call{"/transactions/sync", std::to_string(item), empty};
            return limits.exceeded(LimitTable::production, -1, call, 0).has_value();
        };
        for (int i = 0; i < 500; ++i)
            CPPUNIT_ASSERT(!refused(i, true));
        CPPUNIT_ASSERT(refused(500, true));
        CPPUNIT_ASSERT(!refused(500, false));
    }

    void creditsAreUsedUp()
    {
        TestWorld test;
        test.linkEverything();
        test.world.settings.apply({{"credits", 2}});
        const Json ask = {{"access_token", test.token}};
        test.call("/transactions/refresh", ask);
        test.call("/accounts/balance/get", ask);
        CPPUNIT_ASSERT_EQUAL(200, test.status);
        const Json answer = test.call("/transactions/refresh", ask);
        CPPUNIT_ASSERT_EQUAL(429, test.status);
        CPPUNIT_ASSERT_EQUAL(Json("CREDITS_EXHAUSTED"), answer.at("error_code"));
        test.call("/accounts/get", ask);
        CPPUNIT_ASSERT_EQUAL(200, test.status);
    }

    void aLimitIsAnsweredAs429()
    {
        TestWorld test;
        test.linkEverything();
        test.world.settings.apply({{"rate_limits", "production"}});
        CPPUNIT_ASSERT_EQUAL(Json("production"), test.world.settings.toJson().at("rate_limits"));
        CPPUNIT_ASSERT_THROW(
            test.world.settings.apply({{"rate_limits", "some"}}), std::invalid_argument);
        Json answer;
        for (int i = 0; i < 16; ++i)
            answer = test.call("/item/get", {{"access_token", test.token}});
        CPPUNIT_ASSERT_EQUAL(429, test.status);
        CPPUNIT_ASSERT_EQUAL(Json("RATE_LIMIT_EXCEEDED"), answer.at("error_type"));
        CPPUNIT_ASSERT_EQUAL(Json("ITEM_GET_LIMIT"), answer.at("error_code"));
        test.step(minutes(1));
        test.call("/item/get", {{"access_token", test.token}});
        CPPUNIT_ASSERT_EQUAL(200, test.status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RateLimitsTest);
