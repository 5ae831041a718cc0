#include "plaid/CallBudget.h"

#include "support/ManualClock.h"
#include "support/SeededRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::testing;
using bankfeed::plaid::CallBudget;

class CallBudgetTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CallBudgetTest);
    CPPUNIT_TEST(neverLetsMoreThanTheLimitIntoAnyMinute);
    CPPUNIT_TEST(saysWhenTheNextCallFits);
    CPPUNIT_TEST(countsTheClientAcrossConnections);
    CPPUNIT_TEST(countsPathsApart);
    CPPUNIT_TEST(letsCallsWithoutAPublishedLimitPass);
    CPPUNIT_TEST(forgetsIdleConnections);
    CPPUNIT_TEST(keepsToWhatPlaidSaysWhenItRefuses);
    CPPUNIT_TEST(waitsNoLongerThanADay);
    CPPUNIT_TEST_SUITE_END();

public:
    void keepsToWhatPlaidSaysWhenItRefuses()
    {
        for (const bool counts : {true, false})
        {
            ManualClock clock;
            CallBudget budget{clock, true, counts};
            const Secret one{"access-1"};
            const Secret other{"access-2"};
            budget.refused("/item/get", one, 600'000);
            budget.refused("/item/get", one, 1'000); // A shorter word takes nothing back.
            const auto refused = budget.spend("/item/get", one);
            CPPUNIT_ASSERT(refused.error().kind == ErrorKind::Retry);
            CPPUNIT_ASSERT(refused.error().retryAfter == std::chrono::milliseconds{600'001});
            CPPUNIT_ASSERT(budget.spend("/item/get", other).ok());
            CPPUNIT_ASSERT(budget.spend("/accounts/get", one).ok());
            CPPUNIT_ASSERT(budget.spend("/link/token/create", Secret{}).ok());
            budget.refused("/link/token/create", Secret{}, 30'000);
            CPPUNIT_ASSERT(!budget.spend("/link/token/create", Secret{}).ok());
            clock.advanceMs(30'000);
            CPPUNIT_ASSERT(budget.spend("/link/token/create", Secret{}).ok());
            CPPUNIT_ASSERT(!budget.spend("/item/get", one).ok());
            clock.advanceMs(570'000);
            CPPUNIT_ASSERT(budget.spend("/item/get", one).ok());
        }
    }

    void waitsNoLongerThanADay()
    {
        ManualClock clock;
        CallBudget budget{clock, true};
        budget.refused("/item/get", Secret{"access-1"}, INT64_MAX);
        budget.refused("/item/get", Secret{"access-2"}, -1);
        CPPUNIT_ASSERT(budget.spend("/item/get", Secret{"access-2"}).ok());
        clock.advanceMs(86'399'999);
        CPPUNIT_ASSERT(!budget.spend("/item/get", Secret{"access-1"}).ok());
        clock.advanceMs(1);
        CPPUNIT_ASSERT(budget.spend("/item/get", Secret{"access-1"}).ok());
    }

    void neverLetsMoreThanTheLimitIntoAnyMinute()
    {
        constexpr std::uint64_t seed = 99;
        SeededRandom random{seed};
        ManualClock clock;
        CallBudget budget{clock, true};
        const Secret token{"access-1"};
        std::vector<std::int64_t> calls;
        for (int i = 0; i < 20'000; ++i)
        {
            if (budget.spend("/item/get", token).ok()) calls.push_back(clock.monoNs());
            clock.advanceMs(static_cast<std::int64_t>(random.below(400)));
        }
        CPPUNIT_ASSERT(calls.size() > 500);
        for (std::size_t i = 15; i < calls.size(); ++i)
            CPPUNIT_ASSERT(calls[i] - calls[i - 15] >= 60 * nsPerSecond);
    }

    void saysWhenTheNextCallFits()
    {
        ManualClock clock;
        CallBudget budget{clock, true};
        const Secret token{"access-1"};
        for (int i = 0; i < 15; ++i)
            CPPUNIT_ASSERT(budget.spend("/accounts/get", token).ok());
        const auto refused = budget.spend("/accounts/get", token);
        CPPUNIT_ASSERT(refused.error().kind == ErrorKind::Retry);
        clock.advanceMs(refused.error().retryAfter.count() - 2);
        CPPUNIT_ASSERT(!budget.spend("/accounts/get", token).ok());
        clock.advanceMs(2);
        CPPUNIT_ASSERT(budget.spend("/accounts/get", token).ok());
    }

    void countsTheClientAcrossConnections()
    {
        ManualClock clock;
        CallBudget budget{clock, false};
        int passed = 0;
        for (int i = 0; i < 2'000; ++i)
            passed += budget.spend("/transactions/sync", Secret{"a" + std::to_string(i)}).ok();
        CPPUNIT_ASSERT_EQUAL(1'000, passed);
    }

    void countsPathsApart()
    {
        ManualClock clock;
        CallBudget budget{clock, true};
        const Secret token{"access-1"};
        for (int i = 0; i < 15; ++i)
            CPPUNIT_ASSERT(budget.spend("/item/get", token).ok());
        CPPUNIT_ASSERT(!budget.spend("/item/get", token).ok());
        CPPUNIT_ASSERT(budget.spend("/accounts/get", token).ok());
        CPPUNIT_ASSERT(budget.spend("/item/get", Secret{"access-2"}).ok());
    }

    void letsCallsWithoutAPublishedLimitPass()
    {
        ManualClock clock;
        CallBudget budget{clock, true};
        for (int i = 0; i < 30'000; ++i)
            CPPUNIT_ASSERT(budget.spend("/link/token/get", Secret{}).ok());
    }

    void forgetsIdleConnections()
    {
        ManualClock clock;
        CallBudget budget{clock, true};
        for (int i = 0; i < 140'000; ++i)
        {
            CPPUNIT_ASSERT(budget.spend("/item/get", Secret{"a" + std::to_string(i)}).ok());
            clock.advanceMs(13);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CallBudgetTest);
