// A crowd at the door: one address cannot take what others need, and neither can many that dawdle.
#include "TestBooks.h"
#include "TestClient.h"

#include "base/Address.h"
#include "base/LogBudget.h"
#include "web/HttpServer.h"

#include <atomic>
#include <thread>
#include <vector>

using namespace ledgerd;

namespace
{

class Named : public HttpHandler
{
public:
    std::uint64_t bodyMax(const HttpRequest&) override { return 64; }
    HttpResponse handle(const HttpRequest& request) override
    {
        ++holding;
        while (request.path == "/hold" && !release)
            std::this_thread::yield();
        --holding;
        HttpResponse response;
        response.body = request.remoteAddress;
        return response;
    }
    std::atomic<int> holding{0};
    std::atomic<bool> release{false};
};

const std::string ask = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";

} // namespace

class CrowdTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CrowdTest);
    CPPUNIT_TEST(oneAddressHasItsShareAndOthersTheRest);
    CPPUNIT_TEST(whoIsServedIsNotShutDownForOthers);
    CPPUNIT_TEST(aSeatIsFreeAgainWhenItsConnectionEnds);
    CPPUNIT_TEST(whenAllAreTakenTheSilentMakeRoom);
    CPPUNIT_TEST(whenHalfIsTakenHeadsMustHurry);
    CPPUNIT_TEST(aTrustedProxyHasNoShareAndSaysForWhomItSpeaks);
    CPPUNIT_TEST(nobodyElseIsBelievedAboutAddresses);
    CPPUNIT_TEST(addressesHaveOneFormAndNetworksOfTheirOwn);
    CPPUNIT_TEST(strangersGetOneLinePerTenSeconds);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        limits_.maxConnections = 16;
        limits_.connectionsPerAddress = 4;
        limits_.requestNs = limits_.idleNs = 30 * nsPerSecond;
        limits_.crowdedHeadNs = nsPerSecond;
    }
    void tearDown() override
    {
        named_.release = true;
        crowd_.clear();
        server_.reset();
    }

    void oneAddressHasItsShareAndOthersTheRest()
    {
        start();
        come("127.0.0.1", 60, "P");
        const auto begin = std::chrono::steady_clock::now();
        // Each is closed before the next, or those that are ending take the whole share.
        const auto served = [this](const char* address)
        {
            TestClient client = from(address);
            CPPUNIT_ASSERT_EQUAL(200u, client.exchange(ask + "\r\n").status);
            CPPUNIT_ASSERT(client.closed());
        };
        for (int i = 0; i < 20; ++i)
            served("127.0.0.2");
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
        // Who asks for nothing makes room for who does, of the same address, too.
        for (int i = 0; i < 20; ++i)
            served("127.0.0.1");
    }

    void whoIsServedIsNotShutDownForOthers()
    {
        start();
        come("127.0.0.1", 4, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        while (named_.holding < 4)
            std::this_thread::yield();
        const unsigned more = from("127.0.0.1").exchange(ask + "\r\n").status;
        CPPUNIT_ASSERT_MESSAGE(std::to_string(more), more == 503 || more == 0);
        CPPUNIT_ASSERT_EQUAL(200u, from("127.0.0.2").exchange(ask + "\r\n").status);
        named_.release = true;
        for (const auto& client : crowd_)
            CPPUNIT_ASSERT_EQUAL(200u, client->receive().status);
    }

    void aSeatIsFreeAgainWhenItsConnectionEnds()
    {
        start();
        for (int i = 0; i < 40; ++i)
        {
            TestClient client = from("127.0.0.1");
            CPPUNIT_ASSERT_EQUAL(200u, client.exchange(ask + "\r\n").status);
            CPPUNIT_ASSERT(client.closed());
        }
    }

    void whenAllAreTakenTheSilentMakeRoom()
    {
        start();
        for (int i = 2; i < 10; ++i)
            come("127.0.0." + std::to_string(i), 4, "");
        assertServedWithin(std::chrono::seconds(10));
    }

    void whenHalfIsTakenHeadsMustHurry()
    {
        start();
        for (int i = 2; i < 10; ++i)
            come("127.0.0." + std::to_string(i), 4, "P");
        assertServedWithin(std::chrono::seconds(10));
    }

    void aTrustedProxyHasNoShareAndSaysForWhomItSpeaks()
    {
        limits_.trustedProxies = {"127.0.0.1", "10.0.0.7"};
        start();
        come("127.0.0.1", 10, "P");
        const auto seen = [&](const std::string& hops)
        { return from("127.0.0.1").exchange(ask + hops + "\r\n").body; };
        const std::string name = "X-Forwarded-For: ";
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), seen(""));
        CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.1"), seen(name + "192.0.2.1\r\n"));
        // What the client made up stands further to the left.
        CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.1"), seen(name + "8.8.8.8, 192.0.2.1\r\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.1"),
            seen(name + "8.8.8.8\r\n" + name + "192.0.2.1, 10.0.0.7\r\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("2001:db8::1"), seen(name + "2001:DB8:0::1\r\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), seen(name + "192.0.2.1, unknown\r\n"));
    }

    void nobodyElseIsBelievedAboutAddresses()
    {
        limits_.trustedProxies = {"10.0.0.7"};
        start();
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"),
            from("127.0.0.1").exchange(ask + "X-Forwarded-For: 192.0.2.1\r\n\r\n").body);
    }

    void addressesHaveOneFormAndNetworksOfTheirOwn()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1"), canonicalAddress("::ffff:10.0.0.1").value());
        CPPUNIT_ASSERT(!canonicalAddress("localhost") && !canonicalAddress("10.0.0.0/8"));
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1"), networkOf("10.0.0.1"));
        CPPUNIT_ASSERT_EQUAL(std::string("2001:db8:1:2::/64"), networkOf("2001:db8:1:2:3:4:5:6"));
    }

    void strangersGetOneLinePerTenSeconds()
    {
        LogBudget budget(clock_);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, budget.line("a").value());
        for (int i = 0; i < 5; ++i)
            CPPUNIT_ASSERT(!budget.line("a"));
        CPPUNIT_ASSERT(budget.line("b"));
        clock_.offset += 10 * nsPerSecond;
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, budget.line("a").value());
        int lines = 0;
        for (int i = 0; i < 10'000; ++i)
            lines += budget.line("key " + std::to_string(i)) ? 1 : 0;
        CPPUNIT_ASSERT_MESSAGE(std::to_string(lines), lines <= 65);
    }

private:
    void start()
    {
        server_ = std::make_unique<HttpServer>("127.0.0.1", 0, limits_, clock_, log_);
        server_->start(named_);
    }

    TestClient from(const std::string& address) { return TestClient(server_->port(), address); }

    void come(const std::string& address, int count, const std::string& bytes)
    {
        for (int i = 0; i < count; ++i)
        {
            crowd_.push_back(std::make_unique<TestClient>(server_->port(), address));
            crowd_.back()->send(bytes);
        }
    }

    void assertServedWithin(std::chrono::seconds patience)
    {
        const auto begin = std::chrono::steady_clock::now();
        CPPUNIT_ASSERT_EQUAL(200u, from("127.0.0.99").exchange(ask + "\r\n").status);
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begin < patience);
    }

    TestClock clock_;
    Log log_{clock_, LogLevel::error, -1};
    HttpLimits limits_;
    Named named_;
    std::unique_ptr<HttpServer> server_;
    std::vector<std::unique_ptr<TestClient>> crowd_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrowdTest);
