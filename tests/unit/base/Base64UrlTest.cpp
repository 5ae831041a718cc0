#include "base/Base64Url.h"

#include "support/SeededRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <utility>

using namespace bankfeed;
using namespace std::string_literals;

class Base64UrlTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(Base64UrlTest);
    CPPUNIT_TEST(writesAndReadsTheVectorsOfTheStandard);
    CPPUNIT_TEST(usesMinusAndUnderscoreInsteadOfPlusAndSlash);
    CPPUNIT_TEST(refusesEveryByteOutsideItsAlphabet);
    CPPUNIT_TEST(refusesPaddingAndImpossibleLengths);
    CPPUNIT_TEST(refusesUnusedBitsThatAreNotZero);
    CPPUNIT_TEST(whateverItWritesItReadsBack);
    CPPUNIT_TEST_SUITE_END();

public:
    void writesAndReadsTheVectorsOfTheStandard()
    {
        // RFC 4648, section 10, without the padding.
        const std::pair<std::string, std::string> vectors[] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"},
            {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
        for (const auto& [bytes, text] : vectors)
        {
            CPPUNIT_ASSERT_EQUAL(text, toBase64Url(bytes));
            CPPUNIT_ASSERT_EQUAL(bytes, fromBase64Url(text).value_or("refused"));
        }
    }

    void usesMinusAndUnderscoreInsteadOfPlusAndSlash()
    {
        // RFC 7515, appendix C.
        const std::string bytes = "\x03\xec\xff\xe0\xc1";
        CPPUNIT_ASSERT_EQUAL("A-z_4ME"s, toBase64Url(bytes));
        CPPUNIT_ASSERT_EQUAL(bytes, fromBase64Url("A-z_4ME").value_or("refused"));
        CPPUNIT_ASSERT(!fromBase64Url("A+z/4ME"));
    }

    void refusesEveryByteOutsideItsAlphabet()
    {
        const std::string alphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int byte = 0; byte < 256; ++byte)
        {
            const char c = static_cast<char>(byte);
            const bool known = alphabet.find(c) != std::string::npos;
            for (std::size_t at = 0; at < 4; ++at)
            {
                std::string text = "AAAA";
                text[at] = c;
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    std::to_string(byte), known, fromBase64Url(text).has_value());
            }
        }
    }

    void refusesPaddingAndImpossibleLengths()
    {
        for (const char* text : {"Zg==", "Zm8=", "Zm9v=", "=", "A", "AAAAA", "Zm9vYmFyA"})
            CPPUNIT_ASSERT_MESSAGE(text, !fromBase64Url(text));
    }

    void refusesUnusedBitsThatAreNotZero()
    {
        // One digit further changes the lowest of the four, or two, bits that carry nothing.
        for (const char* text : {"Zh", "Zo", "Zv", "Zm9", "Zm-", "Zm_", "Zm9vYh", "Zm9vYmF"})
            CPPUNIT_ASSERT_MESSAGE(text, !fromBase64Url(text));
    }

    void whateverItWritesItReadsBack()
    {
        testing::SeededRandom random(4648);
        for (std::size_t size = 0; size < 200; ++size)
        {
            std::string bytes;
            for (std::size_t i = 0; i < size; ++i)
                bytes.push_back(static_cast<char>(random.below(256)));
            const std::string text = toBase64Url(bytes);
            CPPUNIT_ASSERT_EQUAL((size * 8 + 5) / 6, text.size());
            CPPUNIT_ASSERT(fromBase64Url(text) == bytes);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Base64UrlTest);
