#include "base/Date.h"

#include "support/SeededRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <ctime>
#include <string>

using namespace bankfeed;
using namespace std::string_literals;

namespace
{

std::int64_t nsOf(const char* text)
{
    const auto time = parseRfc3339(text);
    CPPUNIT_ASSERT_MESSAGE(text, time.has_value());
    return time->ns;
}

} // namespace

class DateTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DateTest);
    CPPUNIT_TEST(readsAndWritesEveryDayOfThreeCenturies);
    CPPUNIT_TEST(knowsLeapYears);
    CPPUNIT_TEST(refusesWhatIsNoDay);
    CPPUNIT_TEST(countsDays);
    CPPUNIT_TEST(takesTheUtcDayOfAMoment);
    CPPUNIT_TEST(writesMomentsAsTheSystemDoes);
    CPPUNIT_TEST(readsFractionsAndOffsets);
    CPPUNIT_TEST(refusesWhatIsNoMoment);
    CPPUNIT_TEST(readsTheDatesOfHttp);
    CPPUNIT_TEST_SUITE_END();

public:
    void readsAndWritesEveryDayOfThreeCenturies()
    {
        const auto first = Date::parse("1900-01-01");
        CPPUNIT_ASSERT_EQUAL(-25'567, static_cast<int>(first->daysSinceEpoch()));
        Date day = *first;
        int count = 0;
        for (; day.text() != "2200-01-01"; day = day.plusDays(1), ++count)
        {
            const auto again = Date::parse(day.text());
            CPPUNIT_ASSERT(again.has_value() && *again == day);
        }
        CPPUNIT_ASSERT_EQUAL(109'573, count);
        CPPUNIT_ASSERT(!Date::parse("2200-01-01"));
        CPPUNIT_ASSERT(!Date::parse("1899-12-31"));
    }

    void knowsLeapYears()
    {
        for (const char* const day : {"2000-02-29", "2024-02-29", "2096-02-29"})
            CPPUNIT_ASSERT(Date::parse(day).has_value());
        for (const char* const day : {"1900-02-29", "2100-02-29", "2026-02-29", "2024-02-30"})
            CPPUNIT_ASSERT(!Date::parse(day).has_value());
    }

    void refusesWhatIsNoDay()
    {
        for (const std::string& text :
            {""s, "2026-11-2"s, "2026-11-222"s, "2026-1-22"s, "26-11-22"s, "2026/11/22"s,
                "2026-11-22 "s, " 2026-11-22"s, "2026-00-10"s, "2026-13-10"s, "2026-10-00"s,
                "2026-10-32"s, "+026-10-10"s, "-026-10-10"s, "2026-+1-10"s, "2026-1a-10"s,
                "2026-11-22T"s, "20261122  "s, "2026-11-2\0"s, "0x7e-11-22"s, "2026-04-31"s})
            CPPUNIT_ASSERT_MESSAGE(text, !Date::parse(text));
    }

    void countsDays()
    {
        const Date day = *Date::parse("2024-02-28");
        CPPUNIT_ASSERT_EQUAL("2024-02-29"s, day.plusDays(1).text());
        CPPUNIT_ASSERT_EQUAL("2024-03-01"s, day.plusDays(2).text());
        CPPUNIT_ASSERT_EQUAL("2023-12-31"s, day.plusDays(-59).text());
        CPPUNIT_ASSERT(day < day.plusDays(1));
    }

    void takesTheUtcDayOfAMoment()
    {
        CPPUNIT_ASSERT_EQUAL("1970-01-01"s, Date::ofUtc({0}).text());
        CPPUNIT_ASSERT_EQUAL("1969-12-31"s, Date::ofUtc({-1}).text());
        CPPUNIT_ASSERT_EQUAL(
            "2026-11-22"s, Date::ofUtc({nsOf("2026-11-22T23:59:59.999999999Z")}).text());
        CPPUNIT_ASSERT_EQUAL("2026-11-23"s, Date::ofUtc({nsOf("2026-11-23T00:00:00Z")}).text());
    }

    void writesMomentsAsTheSystemDoes()
    {
        constexpr std::uint64_t seed = 42;
        testing::SeededRandom random{seed};
        for (int i = 0; i < 10'000; ++i)
        {
            const auto at = static_cast<std::time_t>(random.below(7'000'000'000)) - 2'000'000'000;
            std::tm parts{};
            ::gmtime_r(&at, &parts);
            std::array<char, 32> text{};
            std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
            const UtcTime time{at * nsPerSecond};
            CPPUNIT_ASSERT_EQUAL(std::string(text.data()), rfc3339(time));
            CPPUNIT_ASSERT(parseRfc3339(text.data()) == time);
        }
    }

    void readsFractionsAndOffsets()
    {
        const std::int64_t base = nsOf("2026-11-22T21:40:00Z");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'795'383'600}, base / nsPerSecond);
        CPPUNIT_ASSERT_EQUAL(base, nsOf("2026-11-22t21:40:00z"));
        CPPUNIT_ASSERT_EQUAL(base, nsOf("2026-11-22T21:40:00+00:00"));
        CPPUNIT_ASSERT_EQUAL(base, nsOf("2026-11-22T23:10:00+01:30"));
        CPPUNIT_ASSERT_EQUAL(base, nsOf("2026-11-22T16:40:00-05:00"));
        CPPUNIT_ASSERT_EQUAL(base, nsOf("2026-11-23T07:40:00+10:00"));
        CPPUNIT_ASSERT_EQUAL(base + 500'000'000, nsOf("2026-11-22T21:40:00.5Z"));
        CPPUNIT_ASSERT_EQUAL(base + 1, nsOf("2026-11-22T21:40:00.000000001Z"));
        CPPUNIT_ASSERT_EQUAL(base + 412'906'000, nsOf("2026-11-22T21:40:00.412906Z"));
    }

    void refusesWhatIsNoMoment()
    {
        for (const char* const text : {"", "2026-11-22", "2026-11-22T21:40Z", "2026-11-22T21:40:00",
                 "2026-11-22 21:40:00Z", "2026-11-22T24:00:00Z", "2026-11-22T21:60:00Z",
                 "2026-11-22T21:40:61Z", "2026-11-22T21:40:00.Z", "2026-11-22T21:40:00.0000000001Z",
                 "2026-11-22T21:40:00+0100", "2026-11-22T21:40:00+24:00",
                 "2026-11-22T21:40:00+01:60", "2026-11-22T21:40:00ZZ", "2026-02-30T21:40:00Z",
                 "2026-11-22T2a:40:00Z", "2026-11-22T21-40-00Z", "2026-11-22T21:40:00.5",
                 "2026-11-22T21:40:00 Z"})
            CPPUNIT_ASSERT_MESSAGE(text, !parseRfc3339(text));
    }

    void readsTheDatesOfHttp()
    {
        CPPUNIT_ASSERT_EQUAL(
            "1994-11-06T08:49:37Z"s, rfc3339(*parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT")));
        CPPUNIT_ASSERT_EQUAL(
            "2026-01-31T00:00:00Z"s, rfc3339(*parseHttpDate("Sat, 31 Jan 2026 00:00:00 GMT")));
        for (const char* const text :
            {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT",
                "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                "Sun, 06 Nob 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT",
                "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06-Nov-1994 08:49:37 GMT"})
            CPPUNIT_ASSERT_MESSAGE(text, !parseHttpDate(text));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DateTest);
