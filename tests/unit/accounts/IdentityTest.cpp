#include "accounts/Identity.h"
#include "accounts/Feedability.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

using accounts::compareNames;
using accounts::NameMatch;
using accounts::namesMask;

class IdentityTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IdentityTest);
    CPPUNIT_TEST(namesAreComparedByTheirWords);
    CPPUNIT_TEST(aMaskIsAWordOfItsOwn);
    CPPUNIT_TEST(typesGoToTheirSideOfTheBooks);
    CPPUNIT_TEST(thereIsNoDefaultCurrency);
    CPPUNIT_TEST_SUITE_END();

public:
    void namesAreComparedByTheirWords()
    {
        CPPUNIT_ASSERT(compareNames("Checking", "Assets:Bank:Checking") == NameMatch::Same);
        CPPUNIT_ASSERT(compareNames("plaid  CHECKING", "Checking, Plaid") == NameMatch::Same);
        CPPUNIT_ASSERT(compareNames("Event Fund", "Event Fund 2026") == NameMatch::Similar);
        CPPUNIT_ASSERT(compareNames("Event Fund", "Events") == NameMatch::None);
        CPPUNIT_ASSERT(compareNames("", "Checking") == NameMatch::None);
        CPPUNIT_ASSERT(compareNames("Checking", "Assets:") == NameMatch::None);
        CPPUNIT_ASSERT(compareNames("***", "***") == NameMatch::None);
    }

    void aMaskIsAWordOfItsOwn()
    {
        CPPUNIT_ASSERT(namesMask("Savings 1111", "1111"));
        CPPUNIT_ASSERT(namesMask("Assets:Savings-x1A1", "X1A1"));
        CPPUNIT_ASSERT(!namesMask("Savings 11112", "1111"));
        CPPUNIT_ASSERT(!namesMask("Savings 11", "11")); // Too short to mean anything.
        CPPUNIT_ASSERT(!namesMask("Savings 1111", ""));
    }

    void typesGoToTheirSideOfTheBooks()
    {
        CPPUNIT_ASSERT(accounts::ledgerTypeFor("depository") == LedgerAccountType::Asset);
        CPPUNIT_ASSERT(accounts::ledgerTypeFor("credit") == LedgerAccountType::Liability);
        CPPUNIT_ASSERT(accounts::ledgerTypeFor("loan") == LedgerAccountType::Liability);
    }

    void thereIsNoDefaultCurrency()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), accounts::shownCurrency("", true).code);
        CPPUNIT_ASSERT_EQUAL(std::string(), accounts::shownCurrency("usd", true).code);
        CPPUNIT_ASSERT_EQUAL(0, accounts::shownCurrency("JPY", true).exponent);
        CPPUNIT_ASSERT_EQUAL(8, accounts::shownCurrency("BTC", false).exponent);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IdentityTest);

} // namespace bankfeed::testing
