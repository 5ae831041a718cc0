#include "plaid/JsonReader.h"

#include "base/Limits.h"
#include "support/SeededRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

using namespace bankfeed;
using bankfeed::plaid::JsonKind;
using bankfeed::plaid::JsonReader;
using namespace std::string_literals;

namespace
{

/// Reads the document by skipping it, which checks all of it.
bool accepts(std::string document)
{
    JsonReader reader{std::move(document)};
    reader.skip();
    return reader.finish().ok();
}

std::string whyNot(std::string document)
{
    JsonReader reader{std::move(document)};
    reader.skip();
    const auto done = reader.finish();
    return done.ok() ? "" : done.error().text;
}

std::string nested(std::size_t depth)
{
    return std::string(depth, '[') + std::string(depth, ']');
}

/// Reads a document that is one string.
std::string readString(std::string document, bool& repaired)
{
    JsonReader reader{std::move(document)};
    std::string_view text;
    reader.string(text, repaired);
    std::string copy{text};
    CPPUNIT_ASSERT(reader.finish().ok());
    return copy;
}

} // namespace

class JsonReaderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JsonReaderTest);
    CPPUNIT_TEST(acceptsWhatRfc8259Allows);
    CPPUNIT_TEST(refusesWhatRfc8259Forbids);
    CPPUNIT_TEST(refusesFaultsInsideSkippedValues);
    CPPUNIT_TEST(checksEveryNumberToken);
    CPPUNIT_TEST(refusesDuplicateKeysAtAnyDepth);
    CPPUNIT_TEST(refusesDuplicateKeysWrittenWithEscapes);
    CPPUNIT_TEST(findsOneDuplicateAmongManyKeys);
    CPPUNIT_TEST(findsDuplicatesInObjectsThatResembleEarlierOnes);
    CPPUNIT_TEST(agreesWithASimpleCheckOnRandomObjects);
    CPPUNIT_TEST(refusesNulInKeysAndReplacesItInValues);
    CPPUNIT_TEST(replacesHalvesOfSurrogatePairs);
    CPPUNIT_TEST(undoesEscapes);
    CPPUNIT_TEST(refusesInvalidUtf8AndByteOrderMarks);
    CPPUNIT_TEST(limitsTheDepth);
    CPPUNIT_TEST(limitsTheFieldsOfAnObject);
    CPPUNIT_TEST(keepsTheTextOfNumbers);
    CPPUNIT_TEST(refusesAnotherKindThanTheOneRead);
    CPPUNIT_TEST(refusesToFinishInTheMiddle);
    CPPUNIT_TEST(readsTwoDocumentsAtOnce);
    CPPUNIT_TEST(findsEveryCutOfADocument);
    CPPUNIT_TEST(agreesWithItselfOnMutatedDocuments);
    CPPUNIT_TEST(readsStringsOfEveryLengthAndOffset);
    CPPUNIT_TEST_SUITE_END();

public:
    void acceptsWhatRfc8259Allows()
    {
        const std::vector<std::string> good{"{}", "[]", " [ ] ", "null", "true", "false", "0", "-0",
            "1e3", "\"\"", "[1,2]", "{\"a\":1}", "{\"a\":{\"b\":[1,{\"c\":null}]}}",
            "\t\r\n {\"a\" : \"b\" , \"c\" : [ true , false ] } \n", "[\"\\u00e9\\n\\/\"]",
            "{\"\":0}", "[1.5e-3,-2E+10,0.1]"};
        for (const std::string& document : good)
            CPPUNIT_ASSERT_MESSAGE(document + ": " + whyNot(document), accepts(document));
    }

    void refusesWhatRfc8259Forbids()
    {
        const std::vector<std::string> bad{"", " ", "{", "}", "[", "]", "{]", "[}", "[1,]", "[,1]",
            "[1 2]", "[1,,2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,\"a\":1}", "{a:1}",
            "{'a':1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{1:2}", "[1]]", "{}{}",
            "{} {}", "1 2", "nul", "nulll", "tru", "True", "truefalse", "NaN", "Infinity", "\"a",
            "\"a\"b", "a", "[\"a\"x]", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\", "\"\\\"",
            "\"\x01\"", "\"a\nb\"", "[1]//c", "/**/[1]", "\xEF\xBB\xBF{}", "\v[]", "[]\f", "\0"s,
            "{}\0"s, "[1:2]", "{\"a\",1}", "[\"a\":1]", "--1", "\x1e{}"};
        for (const std::string& document : bad)
            CPPUNIT_ASSERT_MESSAGE("accepted: " + document, !accepts(document));
    }

    void refusesFaultsInsideSkippedValues()
    {
        const std::vector<std::string> bad{"[1,,nul]", "[nul]", "[tru]", "[01]", "[1.]",
            "[\"\\q\"]", "{\"x\":1,\"x\":2}", "[1,]", "{\"y\":[{\"z\":1.2.3}]}"};
        for (const std::string& value : bad)
        {
            const std::string document = "{\"a\":1,\"ignored\":" + value + "}";
            CPPUNIT_ASSERT_MESSAGE("accepted: " + document, !accepts(document));
        }
    }

    void checksEveryNumberToken()
    {
        for (const char* const good : {"0", "-1", "12", "1.25", "-0.5", "1e5", "1E+5", "9e-99"})
            CPPUNIT_ASSERT_MESSAGE(good, accepts("["s + good + "]"));
        for (const char* const bad : {"01", "-", "1.", ".5", "+1", "1e", "1e+", "1.2.3", "0x1",
                 "1_000", "1e5.5", "--1", "1-", "00", "-01", "1a", "1e5e5", "1,5.", "\xC2\xB2"})
            CPPUNIT_ASSERT_MESSAGE(bad, !accepts("["s + bad + "]"));
    }

    void refusesDuplicateKeysAtAnyDepth()
    {
        CPPUNIT_ASSERT(!accepts(R"({"a":1,"a":1})"));
        CPPUNIT_ASSERT(!accepts(R"({"a":1,"b":2,"a":{}})"));
        CPPUNIT_ASSERT(!accepts(R"([{"x":{"a":1,"b":{},"a":2}}])"));
        CPPUNIT_ASSERT(!accepts(R"({"":1,"":2})"));
        CPPUNIT_ASSERT(accepts(R"({"a":{"a":{"a":1}},"b":{"a":1},"A":1})"));
        CPPUNIT_ASSERT(accepts(R"([{"a":1},{"a":2}])"));
    }

    void refusesDuplicateKeysWrittenWithEscapes()
    {
        CPPUNIT_ASSERT(!accepts("{\"alg\":1,\"\\u0061lg\":2}"));
        CPPUNIT_ASSERT(!accepts("{\"\\u0061lg\":2,\"a\\u006cg\":1}"));
        CPPUNIT_ASSERT(accepts("{\"\\u0061lg\":2,\"a\\u006ch\":1}"));
    }

    void findsOneDuplicateAmongManyKeys()
    {
        for (int twice = 0; twice < 300; twice += 23)
        {
            std::string document = "{";
            for (int i = 0; i < 300; ++i)
                document += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
            const std::string unique = document + "\"last\":0}";
            document += "\"key" + std::to_string(twice) + "\":0}";
            CPPUNIT_ASSERT(accepts(unique));
            CPPUNIT_ASSERT(!accepts(document));
        }
    }

    void findsDuplicatesInObjectsThatResembleEarlierOnes()
    {
        const std::string first = R"({"a":1,"bb":2,"ccc":3,"d":4})";
        for (const char* const next : {R"({"a":1,"bb":2,"ccc":3,"d":4})", R"({"a":1,"bb":2})", "{}",
                 R"({"a":1,"bb":2,"ccc":3,"d":4,"e":5})", R"({"d":4,"a":1})", R"({"bb":2,"a":1})",
                 R"({"a":1,"b":2,"bb":3,"c":4})", R"({"a":1,"ccc":3,"bb":2})",
                 R"({"a":1,"bb":2,"cc":3,"ccc":4})", R"({"":1,"a":2})", R"({"a":1,"":2})"})
        {
            CPPUNIT_ASSERT_MESSAGE(next, accepts("[" + first + "," + next + "]"));
            CPPUNIT_ASSERT_MESSAGE(
                next, accepts("[" + first + "," + next + "," + first + "," + next + "]"));
        }
        for (const char* const next :
            {R"({"a":1,"a":2})", R"({"a":1,"bb":2,"a":3})", R"({"a":1,"bb":2,"ccc":3,"d":4,"a":5})",
                R"({"a":1,"bb":2,"ccc":3,"d":4,"d":5})", R"({"a":1,"bb":2,"x":3,"bb":4})",
                R"({"d":4,"a":1,"d":5})", R"({"":1,"":2})", R"({"a":1,"":2,"":3})",
                R"({"a":1,"\u0062b":2,"bb":3})", R"({"a":1,"bb":2,"\u0061":3})"})
        {
            CPPUNIT_ASSERT_MESSAGE(next, !accepts("[" + first + "," + next + "]"));
            CPPUNIT_ASSERT_MESSAGE(next, !accepts("[" + first + "," + first + "," + next + "]"));
        }
        CPPUNIT_ASSERT(accepts(R"([{"a\"b":1},{"a\"b":1},{"a\"b":2}])"));
        CPPUNIT_ASSERT(!accepts(R"([{"a\"b":1},{"a"b":1}])"));
        CPPUNIT_ASSERT(!accepts(R"([{"a\\":1},{"a\":1}])"));
    }

    void agreesWithASimpleCheckOnRandomObjects()
    {
        constexpr std::uint64_t seed = 77;
        testing::SeededRandom random{seed};
        const std::vector<std::string> names{
            "a", "b", "ab", "ba", "", "account_id", "account_ie", "amount", "name", "x\\ny"};
        for (int round = 0; round < 5'000; ++round)
        {
            bool unique = true;
            std::string document = "[";
            for (std::uint64_t objects = 1 + random.below(6); objects > 0; --objects)
            {
                std::vector<std::string> used;
                document += document.size() > 1 ? ",{" : "{";
                for (std::uint64_t fields = random.below(5); fields > 0; --fields)
                {
                    const std::string& name = names[random.below(names.size())];
                    for (const std::string& earlier : used)
                        unique = unique && earlier != name;
                    document += (used.empty() ? "\"" : ",\"") + name + "\":0";
                    used.push_back(name);
                }
                document += "}";
            }
            document += "]";
            CPPUNIT_ASSERT_EQUAL_MESSAGE("seed 77: " + document, unique, accepts(document));
        }
    }

    void refusesNulInKeysAndReplacesItInValues()
    {
        CPPUNIT_ASSERT(!accepts("{\"item_id\\u0000x\":\"evil\"}"));
        CPPUNIT_ASSERT(!accepts("{\"a\0b\":1}"s));
        CPPUNIT_ASSERT(!accepts("[\"a\0b\"]"s));
        bool repaired = false;
        CPPUNIT_ASSERT_EQUAL("a\xEF\xBF\xBD"
                             "b"s,
            readString("\"a\\u0000b\"", repaired));
        CPPUNIT_ASSERT(repaired);
    }

    void replacesHalvesOfSurrogatePairs()
    {
        for (const char* const document :
            {"\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\""})
        {
            bool repaired = false;
            const std::string text = readString(document, repaired);
            CPPUNIT_ASSERT_MESSAGE(document, repaired);
            CPPUNIT_ASSERT_MESSAGE(document, text.starts_with("\xEF\xBF\xBD"));
        }
        CPPUNIT_ASSERT(!accepts("{\"\\ud800\":1}"));
    }

    void undoesEscapes()
    {
        bool repaired = false;
        CPPUNIT_ASSERT_EQUAL("\"\\/\b\f\n\r\t"s, readString(R"("\"\\\/\b\f\n\r\t")", repaired));
        CPPUNIT_ASSERT_EQUAL("A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"s,
            readString("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"", repaired));
        CPPUNIT_ASSERT(!repaired);
    }

    void refusesInvalidUtf8AndByteOrderMarks()
    {
        for (const char* const bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                 "\xE2\x82", "\x80", "\xF8\x88\x80\x80\x80"})
            CPPUNIT_ASSERT(!accepts("\""s + bytes + "\""));
        CPPUNIT_ASSERT(!accepts("\xEF\xBB\xBF{}"));
        CPPUNIT_ASSERT(!accepts("\xFF\xFE{\0}\0"s));
        CPPUNIT_ASSERT(accepts("\"\xF0\x9F\x98\x80\""));
    }

    void limitsTheDepth()
    {
        CPPUNIT_ASSERT(accepts(nested(limits::jsonDepth)));
        CPPUNIT_ASSERT(!accepts(nested(limits::jsonDepth + 1)));
        CPPUNIT_ASSERT(!accepts(nested(1'000'000)));
        CPPUNIT_ASSERT(!accepts(std::string(1'000'000, '[')));
    }

    void limitsTheFieldsOfAnObject()
    {
        const auto object = [](int fields)
        {
            std::string document = "{\"k\":0";
            for (int i = 1; i < fields; ++i)
                document += ",\"" + std::to_string(i) + "\":0";
            return document + "}";
        };
        CPPUNIT_ASSERT(accepts(object(512)));
        CPPUNIT_ASSERT(!accepts(object(513)));
    }

    void keepsTheTextOfNumbers()
    {
        JsonReader reader{"[ 90071992547409.93 , 18446744073709551616, -0.10 ,1e3]"};
        std::vector<std::string> tokens;
        reader.beginArray();
        while (reader.nextElement())
        {
            std::string_view token;
            CPPUNIT_ASSERT(reader.number(token));
            tokens.emplace_back(token);
        }
        CPPUNIT_ASSERT(reader.finish().ok());
        CPPUNIT_ASSERT(tokens == (std::vector<std::string>{
                                     "90071992547409.93", "18446744073709551616", "-0.10", "1e3"}));
    }

    void refusesAnotherKindThanTheOneRead()
    {
        std::string_view text;
        bool flag = false;
        {
            JsonReader reader{"1"};
            CPPUNIT_ASSERT(!reader.string(text, flag));
            CPPUNIT_ASSERT(!reader.finish().ok());
        }
        {
            JsonReader reader{"\"1\""};
            CPPUNIT_ASSERT(!reader.number(text));
            CPPUNIT_ASSERT(reader.peek() == JsonKind::Broken);
        }
        {
            JsonReader reader{"\"true\""};
            CPPUNIT_ASSERT(!reader.boolean(flag));
        }
        {
            JsonReader reader{"[]"};
            CPPUNIT_ASSERT(!reader.beginObject());
            CPPUNIT_ASSERT(!reader.nextField(text));
        }
        {
            JsonReader reader{"{}"};
            CPPUNIT_ASSERT(!reader.beginArray());
            CPPUNIT_ASSERT(!reader.nextElement());
        }
        {
            JsonReader reader{"0"};
            CPPUNIT_ASSERT(!reader.null());
            CPPUNIT_ASSERT(reader.number(text));
            CPPUNIT_ASSERT(reader.finish().ok());
        }
    }

    void refusesToFinishInTheMiddle()
    {
        {
            JsonReader reader{"{\"a\":1}"};
            reader.beginObject();
            CPPUNIT_ASSERT(!reader.finish().ok());
        }
        {
            JsonReader reader{"{}"};
            CPPUNIT_ASSERT(!reader.finish().ok());
        }
    }

    void readsTwoDocumentsAtOnce()
    {
        JsonReader first{"[1,[2],3]"};
        first.beginArray();
        CPPUNIT_ASSERT(first.nextElement());
        JsonReader second{"{\"a\":[true,false]}"};
        second.skip();
        CPPUNIT_ASSERT(second.finish().ok());
        first.skip();
        while (first.nextElement())
            first.skip();
        CPPUNIT_ASSERT(first.finish().ok());
    }

    void findsEveryCutOfADocument()
    {
        const std::string whole =
            R"({"added":[{"amount":-12.50,"name":"A \"b\" \u20ac","pending":false}],"n":null})";
        CPPUNIT_ASSERT(accepts(whole));
        for (std::size_t size = 0; size < whole.size(); ++size)
            CPPUNIT_ASSERT_MESSAGE(whole.substr(0, size), !accepts(whole.substr(0, size)));
    }

    /// A mutated document either fails both ways of reading or passes both, and never crashes.
    void agreesWithItselfOnMutatedDocuments()
    {
        constexpr std::uint64_t seed = 20'261'122;
        testing::SeededRandom random{seed};
        const std::string whole =
            R"({"a":[1,2.5,-3e4],"b":{"c":"d\n","e":[true,false,null]},"f":"\u00e9"})";
        constexpr std::string_view alphabet = "{}[]\",:\\u0 19.eE+-tfn\n\x01\xC3";
        for (int round = 0; round < 20'000; ++round)
        {
            std::string mutant = whole;
            for (std::uint64_t count = 1 + random.below(3); count > 0; --count)
                mutant[random.below(mutant.size())] = alphabet[random.below(alphabet.size())];
            JsonReader reader{mutant};
            walk(reader);
            const bool walked = reader.finish().ok();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                "seed " + std::to_string(seed) + ": " + mutant, accepts(mutant), walked);
        }
    }

    void readsStringsOfEveryLengthAndOffset()
    {
        for (std::size_t blanks = 0; blanks < 70; ++blanks)
        {
            for (std::size_t size = 0; size < 20; ++size)
            {
                bool repaired = false;
                const std::string text(size, 'x');
                const std::string document =
                    std::string(blanks, ' ') + "\"" + text + "\"" + std::string(blanks % 3, '\n');
                CPPUNIT_ASSERT_EQUAL(text, readString(document, repaired));
                const std::string escaped = "\"" + text + "\\t" + text + "\"";
                CPPUNIT_ASSERT_EQUAL(text + "\t" + text, readString(escaped, repaired));
            }
        }
    }

private:
    static void walk(JsonReader& reader)
    {
        std::string_view text;
        bool flag = false;
        switch (reader.peek())
        {
        case JsonKind::Object:
            reader.beginObject();
            while (reader.nextField(text))
                walk(reader);
            break;
        case JsonKind::Array:
            reader.beginArray();
            while (reader.nextElement())
                walk(reader);
            break;
        case JsonKind::String: reader.string(text, flag); break;
        case JsonKind::Number: reader.number(text); break;
        case JsonKind::Boolean: reader.boolean(flag); break;
        case JsonKind::Null: reader.null(); break;
        case JsonKind::Broken: reader.fail("broken"); break;
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonReaderTest);
