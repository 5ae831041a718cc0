#include "adapters/SystemClock.h"
#include "adapters/SystemRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace bankfeed;

class SystemPortsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SystemPortsTest);
    CPPUNIT_TEST(theTimeOfDayIsOfThisCentury);
    CPPUNIT_TEST(monotonicTimeNeverGoesBack);
    CPPUNIT_TEST(randomnessDoesNotRepeat);
    CPPUNIT_TEST(fillsEveryByte);
    CPPUNIT_TEST_SUITE_END();

public:
    void theTimeOfDayIsOfThisCentury()
    {
        const adapters::SystemClock clock;
        CPPUNIT_ASSERT(seconds(clock.now()) > 1'700'000'000);
        CPPUNIT_ASSERT(seconds(clock.now()) < 4'102'444'800);
    }

    void monotonicTimeNeverGoesBack()
    {
        const adapters::SystemClock clock;
        std::int64_t last = clock.monoNs();
        for (int i = 0; i < 100'000; ++i)
        {
            const std::int64_t now = clock.monoNs();
            CPPUNIT_ASSERT(now >= last);
            last = now;
        }
    }

    void randomnessDoesNotRepeat()
    {
        adapters::SystemRandom random;
        std::set<std::uint64_t> seen;
        for (int i = 0; i < 10'000; ++i)
            CPPUNIT_ASSERT(seen.insert(random.u64()).second);
    }

    void fillsEveryByte()
    {
        adapters::SystemRandom random;
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{33}})
        {
            std::vector<unsigned char> touched(size + 1, 0);
            for (int round = 0; round < 64; ++round)
            {
                std::vector<unsigned char> bytes(size + 1, 0);
                random.fill(bytes.data(), size);
                CPPUNIT_ASSERT_EQUAL(0, static_cast<int>(bytes[size]));
                for (std::size_t i = 0; i < size; ++i)
                    touched[i] = static_cast<unsigned char>(touched[i] | bytes[i]);
            }
            for (std::size_t i = 0; i < size; ++i)
                CPPUNIT_ASSERT(touched[i] != 0);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SystemPortsTest);
