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
    CPPUNIT_TEST(aWaitIsReadInEveryFormThatPlaidTakes);
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

    void aWaitIsReadInEveryFormThatPlaidTakes()
    {
        const Nanos now = seconds(1'774'958'400); // 2026-03-31T12:00:00Z
        const auto wait = [&](const char* text) { return retryAfterOf(text, now).value_or(-1); };
        CPPUNIT_ASSERT_EQUAL(seconds(120), wait("120"));
        CPPUNIT_ASSERT_EQUAL(seconds(0), wait("0"));
        CPPUNIT_ASSERT_EQUAL(seconds(90), wait("Tue, 31 Mar 2026 12:01:30 GMT"));
        CPPUNIT_ASSERT_EQUAL(seconds(90), wait("2026-03-31T12:01:30Z"));
        CPPUNIT_ASSERT_EQUAL(seconds(90), wait("2026-03-31T14:01:30+02:00"));
        CPPUNIT_ASSERT_EQUAL(seconds(90), wait("2026-03-31T07:01:30-0500"));
        CPPUNIT_ASSERT_EQUAL(seconds(90), wait("2026-03-31T12:01:30.999Z"));
        CPPUNIT_ASSERT_EQUAL(seconds(0), wait("2026-03-31T11:00:00Z"));
        CPPUNIT_ASSERT_EQUAL(hours(24), wait("Wed, 01 Apr 2026 12:00:00 GMT"));
        for (const char* text : {"", "soon", "-5", "12 s", "2026-03-31", "2026-03-31T25:00:00Z",
                 "2026-03-31T12:00:00.", "31 Mar"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, Nanos{-1}, wait(text));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RetryScheduleTest);
