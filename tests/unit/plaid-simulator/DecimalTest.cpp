#include "Decimal.h"
#include "ExactJson.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

using namespace plaidsim;

class DecimalTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DecimalTest);
    CPPUNIT_TEST(theTextOfANumberSurvives);
    CPPUNIT_TEST(whatIsNotANumberIsRefused);
    CPPUNIT_TEST(sumsAreExact);
    CPPUNIT_TEST(overflowIsNotSilent);
    CPPUNIT_TEST(jsonKeepsTheTextOfItsNumbers);
    CPPUNIT_TEST(looseJsonIsRefused);
    CPPUNIT_TEST(prettyTextIsPlaidsForm);
    CPPUNIT_TEST_SUITE_END();

public:
    void theTextOfANumberSurvives()
    {
        for (const char* text : {"12", "-0.50", "0.1234567", "1e3", "-4.5E1", "-0.0", "8230.10"})
            CPPUNIT_ASSERT_EQUAL(std::string(text), Decimal::parse(text)->text());
        CPPUNIT_ASSERT(*Decimal::parse("1e3") == Decimal::of(1000, 0));
        CPPUNIT_ASSERT(*Decimal::parse("-4.5E1") == Decimal::of(-45, 0));
    }

    void whatIsNotANumberIsRefused()
    {
        for (const char* text : {"", "-", "+1", "01", "1.", ".5", "1e", "1e999", "NaN", "1,5", " 1",
                 "1 ", "0.1234567890123", "99999999999999999999"})
            CPPUNIT_ASSERT_MESSAGE(text, !Decimal::parse(text).has_value());
    }

    void sumsAreExact()
    {
        Decimal sum;
        for (int i = 0; i < 10; ++i)
            sum = sum + *Decimal::parse("0.1");
        CPPUNIT_ASSERT(sum == Decimal::of(1, 0));
        CPPUNIT_ASSERT_EQUAL(std::string("1.0"), sum.text());
        CPPUNIT_ASSERT_EQUAL(
            std::string("-0.05"), (Decimal::of(0, 0) - *Decimal::parse("0.05")).text());
    }

    void overflowIsNotSilent()
    {
        const Decimal huge = Decimal::of(INT64_MAX, 0);
        CPPUNIT_ASSERT_THROW(huge + Decimal::of(1, 0), std::overflow_error);
        CPPUNIT_ASSERT_THROW(huge + Decimal::of(1, 2), std::overflow_error);
    }

    void jsonKeepsTheTextOfItsNumbers()
    {
        const std::string text = R"({"a":12.30,"b":[1e3,-0.0,7],"c":"12.30"})";
        CPPUNIT_ASSERT_EQUAL(text, compactText(*parseExact(text)));
        CPPUNIT_ASSERT(*decimalIn(parseExact(text)->at("a")) == Decimal::of(123, 1));
        CPPUNIT_ASSERT_EQUAL(std::string("[8230.10]"),
            compactText(Json::array({exactNumber(Decimal::of(823010, 2))})));
    }

    void looseJsonIsRefused()
    {
        for (const std::string text :
            {"", "{", "{}x", "{'a':1}", "{\"a\":1,\"a\":2}", "[1,]", "\"\xFF\"", "NaN"})
            CPPUNIT_ASSERT_MESSAGE(text, !parseExact(text).has_value());
        CPPUNIT_ASSERT(!parseExact(std::string(100, '[') + std::string(100, ']')).has_value());
    }

    void prettyTextIsPlaidsForm()
    {
        const Json json = {{"webhook_type", "ITEM"}, {"error", nullptr},
            {"list", Json::array({1, "two"})}, {"none", Json::array()}};
        CPPUNIT_ASSERT_EQUAL(std::string("{\n  \"error\": null,\n  \"list\": [\n    1,\n"
                                         "    \"two\"\n  ],\n  \"none\": [],\n"
                                         "  \"webhook_type\": \"ITEM\"\n}"),
            prettyText(json));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DecimalTest);
