#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>

namespace bankfeed::testing
{

using console::Csrf;
using console::fromOurOrigin;

class CsrfTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CsrfTest);
    CPPUNIT_TEST(aTokenIsBoundToTenantPersonAndLogin);
    CPPUNIT_TEST(anotherKeyMakesOtherTokens);
    CPPUNIT_TEST(aTokenFitsAHeader);
    CPPUNIT_TEST(otherSitesAreRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void aTokenIsBoundToTenantPersonAndLogin()
    {
        const Csrf csrf(Secret("key"));
        std::set<std::string> tokens;
        for (const char* tenant : {"main", "mainu", "m"})
            for (const char* user : {"u1", "1", "u2"})
                for (const char* session : {"login-1", "login-2"})
                {
                    auto who = adaPrincipal();
                    who.tenant = tenant;
                    who.userId = user;
                    who.sessionId = session;
                    tokens.insert(csrf.token(who));
                    CPPUNIT_ASSERT(csrf.valid(who, csrf.token(who)));
                }
        CPPUNIT_ASSERT_EQUAL(std::size_t{18}, tokens.size());
        for (const auto& token : tokens)
            CPPUNIT_ASSERT_EQUAL(
                token == csrf.token(adaPrincipal()), csrf.valid(adaPrincipal(), token));
        CPPUNIT_ASSERT(!csrf.valid(adaPrincipal(), ""));
        const std::string token = csrf.token(adaPrincipal());
        CPPUNIT_ASSERT(!csrf.valid(adaPrincipal(), token.substr(1)));
        CPPUNIT_ASSERT(!csrf.valid(adaPrincipal(), token + "A"));
    }

    void anotherKeyMakesOtherTokens()
    {
        SeededRandom random(1);
        const Csrf one(Csrf::randomKey(random));
        const Csrf two(Csrf::randomKey(random));
        CPPUNIT_ASSERT(!two.valid(adaPrincipal(), one.token(adaPrincipal())));
    }

    void aTokenFitsAHeader()
    {
        const Csrf csrf(Secret("key"));
        const std::string token = csrf.token(adaPrincipal());
        CPPUNIT_ASSERT_EQUAL(std::size_t{43}, token.size());
        CPPUNIT_ASSERT(
            token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_") == std::string::npos);
    }

    void otherSitesAreRefused()
    {
        const auto from = [](std::vector<console::Header> headers)
        {
            console::ConsoleRequest request;
            request.headers = std::move(headers);
            return fromOurOrigin(request, "https://books.example/plugins/plaid/console/");
        };
        CPPUNIT_ASSERT(from({}));
        CPPUNIT_ASSERT(from({{"Sec-Fetch-Site", "same-origin"}}));
        CPPUNIT_ASSERT(from({{"sec-fetch-site", "none"}}));
        CPPUNIT_ASSERT(!from({{"Sec-Fetch-Site", "same-site"}}));
        CPPUNIT_ASSERT(!from({{"Sec-Fetch-Site", "cross-site"}}));
        CPPUNIT_ASSERT(
            !from({{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "cross-site"}}));
        CPPUNIT_ASSERT(from({{"Origin", "https://books.example"}}));
        CPPUNIT_ASSERT(from({{"Origin", "http://10.0.0.1:8080"}, {"Host", "10.0.0.1:8080"}}));
        CPPUNIT_ASSERT(!from({{"Origin", "http://10.0.0.1:8081"}, {"Host", "10.0.0.1:8080"}}));
        CPPUNIT_ASSERT(!from({{"Origin", "https://evil.example"}, {"Host", "books.example"}}));
        CPPUNIT_ASSERT(!from({{"Origin", "null"}, {"Host", "null"}}));
        CPPUNIT_ASSERT(!from({{"Origin", "https://books.example.evil.example"}}));
        CPPUNIT_ASSERT(!from({{"Origin", "https://books.example"}, {"Origin", "https://e"}}));
        CPPUNIT_ASSERT(!from({{"Origin", "file://books.example"}}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CsrfTest);

} // namespace bankfeed::testing
