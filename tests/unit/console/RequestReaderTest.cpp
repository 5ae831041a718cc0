#include "console/RequestReader.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

using console::percentDecoded;
using console::readQuery;

class RequestReaderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RequestReaderTest);
    CPPUNIT_TEST(percentEncodingIsUndoneStrictly);
    CPPUNIT_TEST(queriesAreReadStrictly);
    CPPUNIT_TEST(aBodyOfNothingIsNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void percentEncodingIsUndoneStrictly()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a b+\xc3\xa4"), *percentDecoded("a%20b+%C3%a4"));
        for (const char* text : {"%", "%4", "%4g", "%ff", "%00", "%c3", "%ed%a0%80"})
            CPPUNIT_ASSERT_MESSAGE(text, !percentDecoded(text));
    }

    void queriesAreReadStrictly()
    {
        const auto query = readQuery("a=1&&b=x%26y&c&a=2&=v");
        CPPUNIT_ASSERT(query.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("1"), query->at("a")); // The first one counts.
        CPPUNIT_ASSERT_EQUAL(std::string("x&y"), query->at("b"));
        CPPUNIT_ASSERT_EQUAL(std::string(), query->at("c"));
        CPPUNIT_ASSERT(readQuery("").ok());
        CPPUNIT_ASSERT(!readQuery("a=%ff").ok());
        CPPUNIT_ASSERT(!readQuery("a=" + std::string(1001, 'x')).ok());
        std::string many;
        for (int i = 0; i < 17; ++i)
            many += "n" + std::to_string(i) + "=1&";
        CPPUNIT_ASSERT(!readQuery(many).ok());
    }

    void aBodyOfNothingIsNothing()
    {
        CPPUNIT_ASSERT(console::readNothing("").ok());
        CPPUNIT_ASSERT(console::readNothing(R"({"any":[1,{"thing":null}]})").ok());
        for (const char* body : {"[]", "1", "{", "{}{}", R"({"a":1,"a":2})"})
            CPPUNIT_ASSERT_MESSAGE(body, !console::readNothing(body).ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestReaderTest);

} // namespace bankfeed::testing
