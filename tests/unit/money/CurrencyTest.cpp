#include "money/Currency.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

using namespace bankfeed;
using bankfeed::money::Currency;
using namespace std::string_literals;

class CurrencyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CurrencyTest);
    CPPUNIT_TEST(knowsTheDecimalsOfIso4217);
    CPPUNIT_TEST(refusesWhatIso4217DoesNotList);
    CPPUNIT_TEST(listsEveryCurrencyOnce);
    CPPUNIT_TEST(takesUnofficialCodesOfASafeForm);
    CPPUNIT_TEST(neverTakesAnUnofficialCodeForAnOfficialOne);
    CPPUNIT_TEST_SUITE_END();

public:
    void knowsTheDecimalsOfIso4217()
    {
        for (const char* const code :
            {"USD", "EUR", "GBP", "CAD", "CHF", "AED", "ZWG", "MGA", "MRU", "BZD", "CAD", "GMD",
                "GTQ", "LSL", "MAD", "PEN", "PGK", "SZL", "THB", "XCG"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(code, 2, Currency::iso(code)->exponent());
        for (const char* const code : {"JPY", "KRW", "CLP", "ISK", "VND", "XAF", "XOF", "XPF",
                 "BIF", "DJF", "GNF", "KMF", "PYG", "RWF", "UGX", "VUV"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(code, 0, Currency::iso(code)->exponent());
        for (const char* const code : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(code, 3, Currency::iso(code)->exponent());
    }

    void refusesWhatIso4217DoesNotList()
    {
        for (const std::string& code : {""s, "usd"s, "Usd"s, "US"s, "USDT"s, "US "s, " US"s, "SD "s,
                 "D A"s, "ZZZ"s, "XXX"s, "XTS"s, "BTC"s, "840"s, "U\0D"s, "AED AFN"s})
        {
            const auto currency = Currency::iso(code);
            CPPUNIT_ASSERT_MESSAGE(code, !currency.ok());
            CPPUNIT_ASSERT(currency.error().kind == ErrorKind::Invalid);
        }
    }

    /// Whatever three letters, the answer is one of three exponents or none; the counts tell of a
    /// code that slipped into two lists or out of one.
    void listsEveryCurrencyOnce()
    {
        int counts[4] = {};
        for (char a = 'A'; a <= 'Z'; ++a)
        {
            for (char b = 'A'; b <= 'Z'; ++b)
            {
                for (char c = 'A'; c <= 'Z'; ++c)
                {
                    const auto currency = Currency::iso(std::string{a, b, c});
                    if (!currency.ok()) continue;
                    ++counts[currency->exponent()];
                    CPPUNIT_ASSERT(currency->official());
                }
            }
        }
        CPPUNIT_ASSERT_EQUAL(16, counts[0]);
        CPPUNIT_ASSERT_EQUAL(0, counts[1]);
        CPPUNIT_ASSERT_EQUAL(134, counts[2]);
        CPPUNIT_ASSERT_EQUAL(7, counts[3]);
    }

    void takesUnofficialCodesOfASafeForm()
    {
        for (const char* const code : {"BTC", "DOGE", "a", "X.y_z-1", "12345678901"})
        {
            const auto currency = Currency::unofficial(code);
            CPPUNIT_ASSERT_MESSAGE(code, currency.ok());
            CPPUNIT_ASSERT_EQUAL(8, currency->exponent());
            CPPUNIT_ASSERT(!currency->official());
            CPPUNIT_ASSERT_EQUAL(std::string(code), currency->code());
        }
        for (const std::string& code :
            {""s, "123456789012"s, "A B"s, "A\n"s, "A\0"s, "\xC3\xA9"s, "A/B"s, "<b>"s})
            CPPUNIT_ASSERT_MESSAGE(code, !Currency::unofficial(code).ok());
    }

    void neverTakesAnUnofficialCodeForAnOfficialOne()
    {
        CPPUNIT_ASSERT(!(*Currency::iso("USD") == *Currency::unofficial("USD")));
        CPPUNIT_ASSERT(*Currency::iso("USD") == *Currency::iso("USD"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CurrencyTest);
