#include "RetrySchedule.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <vector>

using namespace plaidsim;

class RetryScheduleTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RetryScheduleTest);
    CPPUNIT_TEST(aDeadEndpointIsTriedSevenTimes);
    CPPUNIT_TEST(aSlowAnswerDoesNotShiftWhatFollowsBeyondADay);
    CPPUNIT_TEST(retryAfterReplacesTheDelayUpToFourHours);
    CPPUNIT_TEST_SUITE_END();

public:
    void aDeadEndpointIsTriedSevenTimes()
    {
        const std::vector<Nanos> delays{
            seconds(30), minutes(2), minutes(8), minutes(32), minutes(128), minutes(512)};
        Nanos now = 0;
        for (unsigned made = 1; made <= delays.size(); ++made)
        {
            const auto next = nextAttempt(0, now, made);
            CPPUNIT_ASSERT(next.has_value());
            CPPUNIT_ASSERT_EQUAL(delays[made - 1], *next - now);
            now = *next;
        }
        CPPUNIT_ASSERT_EQUAL(hours(11) + minutes(22) + seconds(30), now);
        CPPUNIT_ASSERT(!nextAttempt(0, now, 7).has_value());
    }

    void aSlowAnswerDoesNotShiftWhatFollowsBeyondADay()
    {
        CPPUNIT_ASSERT(nextAttempt(0, hours(15), 6).has_value());
        CPPUNIT_ASSERT(!nextAttempt(0, hours(16), 6).has_value());
    }

    void retryAfterReplacesTheDelayUpToFourHours()
    {
        CPPUNIT_ASSERT_EQUAL(seconds(7), *nextAttempt(0, 0, 1, seconds(7)));
        CPPUNIT_ASSERT_EQUAL(hours(4), *nextAttempt(0, 0, 1, hours(9)));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RetryScheduleTest);
