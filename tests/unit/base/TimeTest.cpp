// Sums of moments that do not fit stay at the ends of time.
#include "base/Time.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>

namespace bankfeed
{

class TimeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TimeTest);
    CPPUNIT_TEST(whatFitsIsExact);
    CPPUNIT_TEST(whatDoesNotFitStaysAtTheEnd);
    CPPUNIT_TEST_SUITE_END();

public:
    void whatFitsIsExact()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-1}, clampedSum(INT64_MAX, INT64_MIN));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, clampedDifference(3, -2));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-6}, clampedProduct(3, -2));
        CPPUNIT_ASSERT(plusMs({7}, -1) == UtcTime{7 - nsPerMs});
    }

    void whatDoesNotFitStaysAtTheEnd()
    {
        CPPUNIT_ASSERT_EQUAL(INT64_MAX, clampedSum(INT64_MAX, 1));
        CPPUNIT_ASSERT_EQUAL(INT64_MIN, clampedSum(INT64_MIN, -1));
        CPPUNIT_ASSERT_EQUAL(INT64_MAX, clampedDifference(INT64_MAX, -1));
        CPPUNIT_ASSERT_EQUAL(INT64_MIN, clampedDifference(INT64_MIN, 1));
        CPPUNIT_ASSERT_EQUAL(INT64_MAX, clampedDifference(0, INT64_MIN));
        CPPUNIT_ASSERT_EQUAL(INT64_MAX, clampedProduct(INT64_MIN, -1));
        CPPUNIT_ASSERT_EQUAL(INT64_MIN, clampedProduct(INT64_MAX, -2));
        CPPUNIT_ASSERT(plusMs({INT64_MAX}, 1) == UtcTime{INT64_MAX});
        CPPUNIT_ASSERT(plusMs({0}, INT64_MIN) == UtcTime{INT64_MIN});
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimeTest);

} // namespace bankfeed
