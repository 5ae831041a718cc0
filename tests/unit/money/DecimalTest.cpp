#include "money/Decimal.h"

#include "support/SeededRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace bankfeed;
using bankfeed::money::Decimal;
using bankfeed::testing::SeededRandom;
using namespace std::string_literals;

namespace
{

Decimal of(const std::string& text)
{
    const auto number = Decimal::parse(text);
    CPPUNIT_ASSERT_MESSAGE(text, number.ok());
    return *number;
}

/// A number as a schoolchild writes it: digits, and how many of them stand behind the point. The
/// reference for sums and rounding; shares nothing with Decimal.
struct Written
{
    bool negative = false;
    std::string digits; ///< Most significant first; no sign.
    std::size_t behind = 0;

    [[nodiscard]] std::string text() const
    {
        std::string shown = digits;
        if (behind > 0)
        {
            while (shown.size() <= behind)
                shown.insert(0, 1, '0');
            shown.insert(shown.size() - behind, 1, '.');
        }
        return (negative ? "-" : "") + shown;
    }
};

/// Without zeros at the ends and without "-0".
std::string canonical(Written number)
{
    while (number.behind > 0 && number.digits.back() == '0')
    {
        number.digits.pop_back();
        --number.behind;
    }
    while (number.digits.size() > number.behind + 1 && number.digits[0] == '0')
        number.digits.erase(0, 1);
    const bool zero = number.digits.find_first_not_of('0') == std::string::npos;
    if (zero) return "0";
    return number.text();
}

Written randomNumber(SeededRandom& random, std::size_t digitsMax, std::size_t behindMax)
{
    Written number;
    number.negative = random.below(2) == 0;
    const std::size_t size = 1 + random.below(digitsMax);
    number.behind = random.below(std::min(size, behindMax + 1));
    for (std::size_t i = 0; i < size; ++i)
        number.digits.push_back(static_cast<char>('0' + random.below(10)));
    while (number.digits.size() > number.behind + 1 && number.digits[0] == '0')
        number.digits.erase(0, 1);
    return number;
}

/// Sum of the magnitudes, or their difference (a is not smaller), digit by digit.
std::string combine(const std::string& a, const std::string& b, int sign)
{
    std::string out;
    int carry = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
    {
        int digit = (a[a.size() - 1 - i] - '0') + sign * (b[b.size() - 1 - i] - '0') + carry;
        carry = digit < 0 ? -1 : digit / 10;
        digit = (digit + 10) % 10;
        out.push_back(static_cast<char>('0' + digit));
    }
    if (carry > 0) out.push_back(static_cast<char>('0' + carry));
    std::reverse(out.begin(), out.end());
    return out;
}

Written add(Written a, Written b)
{
    const std::size_t behind = std::max(a.behind, b.behind);
    for (Written* const number : {&a, &b})
    {
        number->digits.append(behind - number->behind, '0');
        number->behind = behind;
    }
    const std::size_t size = std::max(a.digits.size(), b.digits.size());
    for (Written* const number : {&a, &b})
        number->digits.insert(0, size - number->digits.size(), '0');
    if (a.negative == b.negative) return {a.negative, combine(a.digits, b.digits, 1), behind};
    if (a.digits < b.digits) std::swap(a, b);
    return {a.negative, combine(a.digits, b.digits, -1), behind};
}

/// Half-even rounding on the written form; the whole digits as text, and whether it rounded.
std::pair<std::string, bool> roundedUnits(Written number, std::size_t exponent)
{
    if (number.behind <= exponent)
    {
        number.digits.append(exponent - number.behind, '0');
        number.behind = 0;
        return {canonical(number), false};
    }
    while (number.digits.size() <= number.behind)
        number.digits.insert(0, 1, '0');
    const std::size_t cut = number.digits.size() - (number.behind - exponent);
    const std::string rest = number.digits.substr(cut);
    std::string kept = "0" + number.digits.substr(0, cut);
    const bool rounded = rest.find_first_not_of('0') != std::string::npos;
    const std::string half = "5" + std::string(rest.size() - 1, '0');
    const bool odd = (kept.back() - '0') % 2 == 1;
    if (rest > half || (rest == half && odd))
    {
        std::string one(kept.size(), '0');
        one.back() = '1';
        kept = combine(kept, one, 1);
    }
    return {canonical({number.negative, kept, 0}), rounded};
}

} // namespace

class DecimalTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DecimalTest);
    CPPUNIT_TEST(keepsEveryDigit);
    CPPUNIT_TEST(refusesWhatIsNoJsonNumber);
    CPPUNIT_TEST(refusesMoreDigitsThanItCanKeep);
    CPPUNIT_TEST(foldsWhatIsBehindTheLastDecimal);
    CPPUNIT_TEST(equalNumbersAreEqualWhateverTheirScale);
    CPPUNIT_TEST(roundsHalfToEvenAndSaysSo);
    CPPUNIT_TEST(refusesUnitsBeyond64Bits);
    CPPUNIT_TEST(refusesTheUnitsThatHaveNoOpposite);
    CPPUNIT_TEST(refusesUnitsThatWouldWrapAroundToAnotherAmount);
    CPPUNIT_TEST(refusesSumsBeyondItsDigits);
    CPPUNIT_TEST(refusesSumsThatWouldWrapAroundToAnotherAmount);
    CPPUNIT_TEST(refusesTextsBeyondTheirLimitWhateverTheySay);
    CPPUNIT_TEST(parsesAndWritesLikeTheReference);
    CPPUNIT_TEST(addsLikeTheReference);
    CPPUNIT_TEST(roundsLikeTheReference);
    CPPUNIT_TEST(unitsAndBackIsTheSameNumber);
    CPPUNIT_TEST_SUITE_END();

public:
    void keepsEveryDigit()
    {
        const std::vector<std::pair<std::string, std::string>> numbers{{"0", "0"}, {"-0", "0"},
            {"-0.0", "0"}, {"0e999", "0"}, {"12", "12"}, {"1.50", "1.5"}, {"-12.5", "-12.5"},
            {"0.05", "0.05"}, {"1000", "1000"}, {"1e3", "1000"}, {"1E+3", "1000"},
            {"1.5e-3", "0.0015"}, {"100e-2", "1"}, {"2835.8", "2835.8"},
            {"90071992547409.93", "90071992547409.93"},
            {"18446744073709551616", "18446744073709551616"},
            {"0.000000000000000001", "0.000000000000000001"},
            {"999999999999999999999999999999999999", "999999999999999999999999999999999999"},
            {"-123456789012345678.901234567890123456", "-123456789012345678.901234567890123456"},
            {"1.0000000000000000000000000", "1"}, {"1e35", "100000000000000000000000000000000000"}};
        for (const auto& [text, kept] : numbers)
            CPPUNIT_ASSERT_EQUAL(kept, of(text).text());
    }

    void refusesWhatIsNoJsonNumber()
    {
        for (const std::string& text : {""s, "-"s, "+1"s, "01"s, "-01"s, "1."s, ".5"s, "1e"s,
                 "1e+"s, "1.2.3"s, "0x1"s, " 1"s, "1 "s, "1,5"s, "1_0"s, "NaN"s, "Infinity"s,
                 "--1"s, "1-"s, "1e5.5"s, "1\0"s, "\xC2\xB2"s, "null"s, "e5"s, "-.5"s})
        {
            const auto number = Decimal::parse(text);
            CPPUNIT_ASSERT_MESSAGE(text, !number.ok());
            CPPUNIT_ASSERT_MESSAGE(text, number.error().kind == ErrorKind::Invalid);
        }
    }

    void refusesMoreDigitsThanItCanKeep()
    {
        for (const std::string& text : {"1000000000000000000000000000000000001"s, "1e36"s, "1e400"s,
                 "1e-19"s, "0.1234567890123456789"s, "1e99999999999999999999"s,
                 "1e4294967298"s /* 2^32 + 2 */, "1e18446744073709551618"s, "1e-4294967298"s,
                 "9999999999999999999.999999999999999999"s, std::string(1000, '1')})
        {
            const auto number = Decimal::parse(text);
            CPPUNIT_ASSERT_MESSAGE(text, !number.ok());
            CPPUNIT_ASSERT_MESSAGE(text, number.error().kind == ErrorKind::Exhausted);
        }
    }

    void foldsWhatIsBehindTheLastDecimal()
    {
        struct Case
        {
            std::string text;
            std::int64_t units;
            bool rounded;
        };
        for (const Case& one :
            {Case{"5.684341886080802e-14", 0, true}, {"-1e-400", 0, true}, {"5e-19", 0, true},
                {"12.5", 1250, false}, {"12.340000000000000000002", 1234, true},
                {"12.345", 1234, true}, {"12.3450000000000000000000001", 1235, true},
                {"12.34499999999999999999", 1234, true},
                {"-12.3450000000000000000001", -1235, true},
                {"0.00999999999999999999999", 1, true}})
        {
            const auto units = Decimal::nearest(one.text)->toUnits(2);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, one.units, units->units);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, one.rounded, units->rounded);
        }
        CPPUNIT_ASSERT(Decimal::nearest("1e40").error().kind == ErrorKind::Exhausted);
        CPPUNIT_ASSERT(Decimal::nearest("12...").error().kind == ErrorKind::Invalid);
    }

    void equalNumbersAreEqualWhateverTheirScale()
    {
        CPPUNIT_ASSERT(of("1.5") == of("1.50"));
        CPPUNIT_ASSERT(of("100") == of("1e2"));
        CPPUNIT_ASSERT(of("0") == of("-0.000"));
        CPPUNIT_ASSERT(!(of("1.5") == of("15")));
        CPPUNIT_ASSERT(!(of("1.5") == of("-1.5")));
        CPPUNIT_ASSERT(of("1.5").negated() == of("-1.5"));
    }

    void roundsHalfToEvenAndSaysSo()
    {
        struct Case
        {
            const char* text;
            int exponent;
            std::int64_t units;
            bool rounded;
        };
        for (const Case& one : {Case{"84.20", 2, 8420, false}, {"2835.8", 2, 283'580, false},
                 {"0.005", 2, 0, true}, {"0.015", 2, 2, true}, {"0.025", 2, 2, true},
                 {"0.0251", 2, 3, true}, {"-0.005", 2, 0, true}, {"-0.015", 2, -2, true},
                 {"1.5", 0, 2, true}, {"2.5", 0, 2, true}, {"-2.5", 0, -2, true},
                 {"2.4999999", 0, 2, true}, {"23631.9805", 2, 2'363'198, true},
                 {"100", 3, 100'000, false}, {"1.00", 0, 1, false}, {"0.999", 2, 100, true},
                 {"9223372036854775807", 0, INT64_MAX, false},
                 {"-92233720368547758.07", 2, -INT64_MAX, false}})
        {
            const auto units = of(one.text).toUnits(one.exponent);
            CPPUNIT_ASSERT_MESSAGE(one.text, units.ok());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, one.units, units->units);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, one.rounded, units->rounded);
        }
    }

    void refusesUnitsBeyond64Bits()
    {
        for (const char* const text : {"92233720368547758.08", "-92233720368547758.08",
                 "999999999999999999999999999999999999", "92233720368547758.075"})
        {
            const auto units = of(text).toUnits(2);
            CPPUNIT_ASSERT_MESSAGE(text, !units.ok());
            CPPUNIT_ASSERT(units.error().kind == ErrorKind::Exhausted);
        }
        CPPUNIT_ASSERT(of("92233720368547758.074").toUnits(2).ok());
        CPPUNIT_ASSERT(!of("1000000000000000000").toUnits(18).ok());
    }

    void refusesTheUnitsThatHaveNoOpposite()
    {
        // -2^63 fits 64 bits, and the other leg of its entry does not.
        for (const auto& [text, exponent] : {std::pair{"-9223372036854775808", 0},
                 {"-92233720368547758.08", 2}, {"-92233720368547758.075", 2},
                 {"-9223372036854775807.9", 0}, {"-9223372036854775808000", 0}})
        {
            const auto units = of(text).toUnits(exponent);
            CPPUNIT_ASSERT_MESSAGE(text, !units.ok());
            CPPUNIT_ASSERT(units.error().kind == ErrorKind::Exhausted);
        }
        CPPUNIT_ASSERT_EQUAL(-INT64_MAX, of("-9223372036854775807.4").toUnits(0)->units);
    }

    void refusesUnitsThatWouldWrapAroundToAnotherAmount()
    {
        // 2^110 units of 10^-18 are a multiple of 2^128, which 128 bits count as nothing.
        const Decimal wraps = of("1298074214633706907132624082305024");
        CPPUNIT_ASSERT(!wraps.toUnits(18).ok());
        CPPUNIT_ASSERT(!wraps.negated().toUnits(18).ok());
    }

    void refusesSumsBeyondItsDigits()
    {
        const Decimal most = of("999999999999999999999999999999999999");
        CPPUNIT_ASSERT(!most.plus(of("1")).ok());
        CPPUNIT_ASSERT(!most.plus(of("0.1")).ok());
        CPPUNIT_ASSERT(!most.negated().plus(of("-1")).ok());
        CPPUNIT_ASSERT(most.plus(of("-1")).ok());
        CPPUNIT_ASSERT(*most.plus(of("-1"))->plus(of("1")) == most);
        CPPUNIT_ASSERT(*most.negated().plus(of("1"))->plus(of("-1")) == most.negated());
        CPPUNIT_ASSERT(*most.plus(most.negated()) == of("0"));
    }

    void refusesSumsThatWouldWrapAroundToAnotherAmount()
    {
        // At the other's scale 2^110 would be a multiple of 2^128.
        const Decimal wraps = of("1298074214633706907132624082305024");
        const Decimal least = of("0.000000000000000001");
        CPPUNIT_ASSERT(!wraps.plus(least).ok());
        CPPUNIT_ASSERT(!least.plus(wraps).ok());
        CPPUNIT_ASSERT(!wraps.negated().plus(least).ok());
        CPPUNIT_ASSERT(!least.plus(wraps.negated()).ok());
    }

    void refusesTextsBeyondTheirLimitWhateverTheySay()
    {
        const std::string longest = "1." + std::string(Decimal::textMax - 2, '0');
        CPPUNIT_ASSERT_EQUAL("1"s, of(longest).text());
        for (const auto& read : {Decimal::parse, Decimal::nearest})
            CPPUNIT_ASSERT(read(longest + "0").error().kind == ErrorKind::Exhausted);
    }

    void parsesAndWritesLikeTheReference()
    {
        constexpr std::uint64_t seed = 1001;
        SeededRandom random{seed};
        for (int i = 0; i < 100'000; ++i)
        {
            const Written number = randomNumber(random, 36, 18);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                "seed 1001: " + number.text(), canonical(number), of(number.text()).text());
            const Written small = randomNumber(random, 12, 6);
            const auto shift = random.below(6);
            Written shifted = small;
            shifted.behind += shift;
            while (shifted.digits.size() <= shifted.behind)
                shifted.digits.insert(0, 1, '0');
            CPPUNIT_ASSERT_EQUAL(
                canonical(shifted), of(small.text() + "e-" + std::to_string(shift)).text());
        }
    }

    void addsLikeTheReference()
    {
        constexpr std::uint64_t seed = 1002;
        SeededRandom random{seed};
        for (int i = 0; i < 100'000; ++i)
        {
            const Written a = randomNumber(random, 17, 17);
            const Written b = randomNumber(random, 17, 17);
            const auto sum = of(a.text()).plus(of(b.text()));
            CPPUNIT_ASSERT(sum.ok());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                "seed 1002: " + a.text() + " + " + b.text(), canonical(add(a, b)), sum->text());
        }
    }

    void roundsLikeTheReference()
    {
        constexpr std::uint64_t seed = 1003;
        SeededRandom random{seed};
        for (int i = 0; i < 100'000; ++i)
        {
            Written number = randomNumber(random, 16, 10);
            if (random.below(4) == 0 && number.behind > 0) number.digits.back() = '5';
            const int exponent = static_cast<int>(random.below(4));
            const auto units = of(number.text()).toUnits(exponent);
            if (!units.ok()) continue;
            const auto [expected, rounded] =
                roundedUnits(number, static_cast<std::size_t>(exponent));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                "seed 1003: " + number.text() + " at " + std::to_string(exponent), expected,
                std::to_string(units->units));
            CPPUNIT_ASSERT_EQUAL(rounded, units->rounded);
        }
    }

    void unitsAndBackIsTheSameNumber()
    {
        constexpr std::uint64_t seed = 1004;
        SeededRandom random{seed};
        for (int i = 0; i < 100'000; ++i)
        {
            const auto units = static_cast<std::int64_t>(random.u64()) >> random.below(63);
            const int exponent = static_cast<int>(random.below(9));
            if (units == std::numeric_limits<std::int64_t>::min()) continue;
            const auto back = Decimal::ofUnits(units, exponent).toUnits(exponent);
            CPPUNIT_ASSERT(back.ok());
            CPPUNIT_ASSERT_EQUAL(units, back->units);
            CPPUNIT_ASSERT(!back->rounded);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DecimalTest);
