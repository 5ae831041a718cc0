// Hexadecimal text, SHA-256, ids, and the small forms that are hashed or stored.
#include "base/FeedIdentity.h"
#include "base/Hex.h"
#include "base/Ids.h"
#include "base/JsonText.h"
#include "base/Netstring.h"
#include "base/Sha256.h"
#include "support/SeededRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <string>

using namespace bankfeed;
using namespace std::string_literals;

class DigestTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DigestTest);
    CPPUNIT_TEST(hashesTheKnownAnswersOfFips180);
    CPPUNIT_TEST(authenticatesTheKnownAnswersOfRfc4231);
    CPPUNIT_TEST(writesAndReadsHexadecimalText);
    CPPUNIT_TEST(refusesWhatIsNotHexadecimal);
    CPPUNIT_TEST(makesIdsOfOneFormThatDoNotRepeat);
    CPPUNIT_TEST(keepsNetstringsUnambiguous);
    CPPUNIT_TEST(namesAFeedByAllThatItIsMadeFrom);
    CPPUNIT_TEST(quotesJsonText);
    CPPUNIT_TEST_SUITE_END();

public:
    void hashesTheKnownAnswersOfFips180()
    {
        CPPUNIT_ASSERT_EQUAL(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"s, sha256Hex(""));
        CPPUNIT_ASSERT_EQUAL(
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"s, sha256Hex("abc"));
        CPPUNIT_ASSERT_EQUAL("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"s,
            sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
        CPPUNIT_ASSERT_EQUAL("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"s,
            sha256Hex(std::string(1'000'000, 'a')));
        CPPUNIT_ASSERT_EQUAL(toHex(asBytes(sha256("a\0b"s))), sha256Hex("a\0b"s));
        CPPUNIT_ASSERT(sha256Hex("a\0b"s) != sha256Hex("a"));
    }

    void authenticatesTheKnownAnswersOfRfc4231()
    {
        const auto hmac = [](const std::string& key, const std::string& text)
        { return toHex(asBytes(hmacSha256(key, text))); };
        CPPUNIT_ASSERT_EQUAL("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"s,
            hmac(std::string(20, '\x0b'), "Hi There"));
        CPPUNIT_ASSERT_EQUAL("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"s,
            hmac("Jefe", "what do ya want for nothing?"));
        CPPUNIT_ASSERT_EQUAL("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"s,
            hmac(std::string(131, '\xaa'),
                "Test Using Larger Than Block-Size Key - Hash Key First"));
    }

    void writesAndReadsHexadecimalText()
    {
        std::string all;
        for (int i = 0; i < 256; ++i)
            all.push_back(static_cast<char>(i));
        const std::string text = toHex(all);
        CPPUNIT_ASSERT_EQUAL(std::size_t{512}, text.size());
        CPPUNIT_ASSERT_EQUAL("000102"s, text.substr(0, 6));
        CPPUNIT_ASSERT_EQUAL("fdfeff"s, text.substr(506));
        CPPUNIT_ASSERT(*fromHex(text) == all);
        CPPUNIT_ASSERT_EQUAL("\xAB\xCD"s, *fromHex("aBCd"));
        CPPUNIT_ASSERT_EQUAL(""s, *fromHex(""));
    }

    void refusesWhatIsNotHexadecimal()
    {
        for (const char* const text : {"a", "abc", "0g", "g0", "0x", " 0", "0 ", "--", "\xC3\xA9"})
            CPPUNIT_ASSERT_MESSAGE(text, !fromHex(text));
    }

    void makesIdsOfOneFormThatDoNotRepeat()
    {
        testing::SeededRandom random{7};
        std::set<std::string> seen;
        for (int i = 0; i < 10'000; ++i)
        {
            const std::string id = newId(random, "con");
            CPPUNIT_ASSERT_EQUAL(std::size_t{30}, id.size());
            CPPUNIT_ASSERT_EQUAL("con_"s, id.substr(0, 4));
            CPPUNIT_ASSERT(
                id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz", 4) == std::string::npos);
            CPPUNIT_ASSERT(seen.insert(id).second);
        }
        testing::SeededRandom same{7};
        CPPUNIT_ASSERT(seen.count(newId(same, "con")) == 1);
    }

    void keepsNetstringsUnambiguous()
    {
        CPPUNIT_ASSERT_EQUAL(
            "0:,3:a:b,2:12,"s, Netstrings{}.add("").add("a:b").add(std::int64_t{12}).bytes());
        CPPUNIT_ASSERT(
            Netstrings{}.add("ab").add("c").bytes() != Netstrings{}.add("a").add("bc").bytes());
    }

    void namesAFeedByAllThatItIsMadeFrom()
    {
        const std::string id = feedIdFor("t", "plaid", "Acc");
        CPPUNIT_ASSERT_EQUAL(std::size_t{45}, id.size());
        CPPUNIT_ASSERT_EQUAL(id, feedIdFor("t", "plaid", "Acc"));
        std::set<std::string> ids{id, feedIdFor("tp", "laid", "Acc"),
            feedIdFor("u", "plaid", "Acc"), feedIdFor("t", "other", "Acc"),
            feedIdFor("t", "plaid", "acc")};
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, ids.size());
    }

    void quotesJsonText()
    {
        CPPUNIT_ASSERT_EQUAL(
            R"("a\"b\\c\n\r\t\u0001\u0000é")"s, jsonString("a\"b\\c\n\r\t\x01\0é"s));
        CPPUNIT_ASSERT_EQUAL(R"({"a":"x","n":-5,"r":[1]})"s,
            JsonObject{}.text("a", "x").number("n", -5).raw("r", "[1]").json());
        CPPUNIT_ASSERT_EQUAL("{}"s, JsonObject{}.json());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DigestTest);
