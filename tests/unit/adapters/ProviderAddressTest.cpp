#include "adapters/ProviderAddress.h"

#include "adapters/PocoHttpsTransport.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

using namespace bankfeed;
using namespace bankfeed::adapters;
using namespace std::string_literals;

class ProviderAddressTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProviderAddressTest);
    CPPUNIT_TEST(allowsTheTwoHostsOfTheProvider);
    CPPUNIT_TEST(allowsLoopbackOnlyForDevelopment);
    CPPUNIT_TEST(eachEnvironmentHasItsOwnHost);
    CPPUNIT_TEST(refusesEverythingElse);
    CPPUNIT_TEST(theTransportRefusesTheSameAddresses);
    CPPUNIT_TEST_SUITE_END();

public:
    void allowsTheTwoHostsOfTheProvider()
    {
        for (const bool development : {false, true})
        {
            const auto production = providerAddress("https://production.plaid.com", development);
            CPPUNIT_ASSERT_EQUAL("production.plaid.com"s, production->host);
            CPPUNIT_ASSERT_EQUAL("production.plaid.com"s, production->hostHeader());
            CPPUNIT_ASSERT(production->port == 443 && production->tls && !production->loopback);
            CPPUNIT_ASSERT(providerAddress("https://sandbox.plaid.com", development).ok());
        }
    }

    void allowsLoopbackOnlyForDevelopment()
    {
        for (const char* const url : {"http://127.0.0.1:8080", "https://127.0.0.1:8443",
                 "http://localhost", "https://localhost:1", "http://[::1]:65535"})
        {
            CPPUNIT_ASSERT_MESSAGE(url, !providerAddress(url, false).ok());
            const auto address = providerAddress(url, true);
            CPPUNIT_ASSERT_MESSAGE(url, address.ok() && address->loopback);
        }
        CPPUNIT_ASSERT_EQUAL(
            "[::1]:65535"s, providerAddress("http://[::1]:65535", true)->hostHeader());
        CPPUNIT_ASSERT_EQUAL("localhost"s, providerAddress("http://localhost", true)->hostHeader());
        CPPUNIT_ASSERT_EQUAL(80, static_cast<int>(providerAddress("http://localhost", true)->port));
    }

    void eachEnvironmentHasItsOwnHost()
    {
        const auto fits = [](const char* url, const char* environment, bool development)
        { return fitsEnvironment(*providerAddress(url, true), environment, development).ok(); };
        CPPUNIT_ASSERT(fits("https://production.plaid.com", "production", false));
        CPPUNIT_ASSERT(!fits("https://production.plaid.com", "production", true));
        CPPUNIT_ASSERT(!fits("https://sandbox.plaid.com", "production", false));
        CPPUNIT_ASSERT(!fits("http://127.0.0.1:8080", "production", true));
        CPPUNIT_ASSERT(!fits("https://localhost", "production", true));
        CPPUNIT_ASSERT(fits("https://sandbox.plaid.com", "sandbox", false));
        CPPUNIT_ASSERT(fits("http://127.0.0.1:8080", "sandbox", true));
        CPPUNIT_ASSERT(!fits("https://production.plaid.com", "sandbox", false));
        CPPUNIT_ASSERT(!fits("https://production.plaid.com", "sandbox", true));
    }

    void refusesEverythingElse()
    {
        for (const std::string& url : {""s, "https://"s, "https://evil.example"s,
                 "http://production.plaid.com"s, "http://sandbox.plaid.com"s,
                 "https://production.plaid.com/"s, "https://production.plaid.com:443"s,
                 "https://production.plaid.com:8443"s, "https://production.plaid.com.evil.example"s,
                 "https://production.plaid.com@evil.example"s, "https://user@production.plaid.com"s,
                 "https://production.plaid.com#x"s, "https://production.plaid.com?x"s,
                 "https://PRODUCTION.plaid.com"s, "https://production.plaid.com."s,
                 "HTTPS://production.plaid.com"s, "https://development.plaid.com"s,
                 "https:// production.plaid.com"s, "https://production.plaid.com\r\nX: y"s,
                 "https://production.plaid.com\0"s, "https://xn--prduction-t9a.plaid.com"s,
                 "ftp://127.0.0.1"s, "127.0.0.1"s, "http://127.0.0.1@evil.example"s,
                 "http://127.0.0.1.evil.example"s, "http://localhost.evil.example"s,
                 "http://127.0.0.1:"s, "http://127.0.0.1:0"s, "http://127.0.0.1:65536"s,
                 "http://127.0.0.1:80x"s, "http://127.0.0.1:-1"s, "http://127.0.0.1/"s,
                 "http://127.0.0.1:80/"s, "http://127.0.0.2"s, "http://0.0.0.0"s, "http://[::]"s,
                 "http://[::ffff:127.0.0.1]"s, "http://[::1"s, "http://::1"s, "http://2130706433"s,
                 "http://0x7f.1"s, "http://169.254.169.254"s, "http://10.0.0.1"s,
                 "http://localhost:80@evil"s})
        {
            const auto address = providerAddress(url, true);
            CPPUNIT_ASSERT_MESSAGE(url, !address.ok());
            CPPUNIT_ASSERT_EQUAL("http.address"s, address.error().code);
        }
    }

    void theTransportRefusesTheSameAddresses()
    {
        TransportSettings settings;
        settings.baseUrl = "http://127.0.0.1:1";
        CPPUNIT_ASSERT_EQUAL("http.address"s, PocoHttpsTransport::create(settings).error().code);
        settings.allowDevelopmentEndpoint = true;
        CPPUNIT_ASSERT(PocoHttpsTransport::create(settings).ok());
        settings.baseUrl = "https://localhost:1";
        settings.caFile = "/nonexistent/ca.pem";
        CPPUNIT_ASSERT_EQUAL("http.tls"s, PocoHttpsTransport::create(settings).error().code);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProviderAddressTest);
