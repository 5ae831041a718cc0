#include "base/Utf8.h"

#include "support/SeededRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

using namespace bankfeed;
using namespace std::string_literals;

namespace
{

const std::string replacement = "\xEF\xBF\xBD";

std::string encode(std::uint32_t point)
{
    const auto byte = [](std::uint32_t value) { return std::string(1, static_cast<char>(value)); };
    if (point < 0x80) return byte(point);
    if (point < 0x800) return byte(0xC0 | (point >> 6U)) + byte(0x80 | (point & 0x3FU));
    if (point < 0x10000)
        return byte(0xE0 | (point >> 12U)) + byte(0x80 | ((point >> 6U) & 0x3FU)) +
               byte(0x80 | (point & 0x3FU));
    return byte(0xF0 | (point >> 18U)) + byte(0x80 | ((point >> 12U) & 0x3FU)) +
           byte(0x80 | ((point >> 6U) & 0x3FU)) + byte(0x80 | (point & 0x3FU));
}

} // namespace

class Utf8Test : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(Utf8Test);
    CPPUNIT_TEST(acceptsEveryCodePointAndNoSurrogate);
    CPPUNIT_TEST(refusesMalformedSequences);
    CPPUNIT_TEST(replacesControlsAndDropsDirectionMarks);
    CPPUNIT_TEST(dropsWhatIsNotSeen);
    CPPUNIT_TEST(keepsWhatIsHarmless);
    CPPUNIT_TEST(cutsAtACharacter);
    CPPUNIT_TEST(safeTextIsSafeWhateverComesIn);
    CPPUNIT_TEST_SUITE_END();

public:
    void acceptsEveryCodePointAndNoSurrogate()
    {
        for (std::uint32_t point = 0; point <= 0x10FFFF; ++point)
        {
            const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
            CPPUNIT_ASSERT_EQUAL(!surrogate, isUtf8(encode(point)));
        }
        CPPUNIT_ASSERT(!isUtf8(encode(0x110000)));
        CPPUNIT_ASSERT(isUtf8(""));
    }

    void refusesMalformedSequences()
    {
        for (const std::string& bytes :
            {"\x80"s, "\xBF"s, "\xC0\x80"s, "\xC1\xBF"s, "\xC2"s, "\xC2\xC2"s, "\xE0\x80\x80"s,
                "\xE0\x9F\xBF"s, "\xE2\x82"s, "\xE2\x28\xA1"s, "\xF0\x8F\xBF\xBF"s, "\xF0\x9F\x98"s,
                "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xFE"s, "\xFF"s, "a\xFFz"s})
            CPPUNIT_ASSERT(!isUtf8(bytes));
    }

    void replacesControlsAndDropsDirectionMarks()
    {
        CPPUNIT_ASSERT_EQUAL(
            "a" + replacement + "b" + replacement + replacement, safeText("a\0b\x1b\x7f"s, 100));
        CPPUNIT_ASSERT_EQUAL(replacement + replacement + replacement, safeText("\t\r\n", 100));
        CPPUNIT_ASSERT_EQUAL(replacement + replacement, safeText(encode(0x80) + encode(0x9F), 100));
        for (const std::uint32_t mark :
            {0x202AU, 0x202BU, 0x202CU, 0x202DU, 0x202EU, 0x2066U, 0x2067U, 0x2068U, 0x2069U})
            CPPUNIT_ASSERT_EQUAL("ab"s, safeText("a" + encode(mark) + "b", 100));
    }

    void dropsWhatIsNotSeen()
    {
        for (const std::uint32_t mark : {0xADU, 0x61CU, 0x115FU, 0x1160U, 0x180EU, 0x200BU, 0x200CU,
                 0x200DU, 0x200EU, 0x200FU, 0x2060U, 0x2064U, 0x206AU, 0x206FU, 0x3164U, 0xFEFFU,
                 0xFFA0U, 0xFFF9U, 0xFFFBU, 0x1D173U, 0xE0001U, 0xE007FU, 0xE0100U})
            CPPUNIT_ASSERT_EQUAL("ab"s, safeText("a" + encode(mark) + "b", 100));
        CPPUNIT_ASSERT_EQUAL(
            "a b c"s, safeText("a" + encode(0x2028) + "b" + encode(0x2029) + "c", 100));
        for (const std::uint32_t seen : {0xACU, 0xAEU, 0x61BU, 0x61EU, 0x200AU, 0x2010U, 0x2027U,
                 0x202FU, 0x205FU, 0x2070U, 0xFE0FU, 0xFEFEU, 0xFF9FU, 0xFFFDU, 0x1F600U, 0xE1000U})
            CPPUNIT_ASSERT_EQUAL(encode(seen), safeText(encode(seen), 100));
    }

    void keepsWhatIsHarmless()
    {
        const std::string text = "Caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80 <b>&\"'";
        CPPUNIT_ASSERT_EQUAL(text, safeText(text, 1000));
        CPPUNIT_ASSERT_EQUAL(
            encode(0xA0) + encode(0x3000), safeText(encode(0xA0) + encode(0x3000), 1000));
    }

    void cutsAtACharacter()
    {
        const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
        const std::size_t sizes[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
        for (std::size_t max = 0; max < std::size(sizes); ++max)
        {
            CPPUNIT_ASSERT_EQUAL(sizes[max], cutUtf8(text, max).size());
            CPPUNIT_ASSERT_EQUAL(sizes[max], safeText(text, max).size());
        }
    }

    void safeTextIsSafeWhateverComesIn()
    {
        constexpr std::uint64_t seed = 2026;
        testing::SeededRandom random{seed};
        for (int round = 0; round < 50'000; ++round)
        {
            std::string bytes(random.below(24), '\0');
            random.fill(bytes.data(), bytes.size());
            const std::size_t max = random.below(30);
            const std::string safe = safeText(bytes, max);
            CPPUNIT_ASSERT_MESSAGE("seed 2026", isUtf8(safe));
            CPPUNIT_ASSERT(safe.size() <= max);
            CPPUNIT_ASSERT_EQUAL(safe, safeText(safe, max));
            for (const char c : safe)
                CPPUNIT_ASSERT(static_cast<unsigned char>(c) >= 0x20U && c != '\x7F');
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Utf8Test);
