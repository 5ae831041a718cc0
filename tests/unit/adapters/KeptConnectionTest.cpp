// Connections that are kept between requests: how many, how long, and what is done when one of them
// turns out to be dead.
#include "adapters/PocoHttpsTransport.h"

#include "LoopbackServer.h"
#include "TestCertificates.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::adapters;
using namespace bankfeed::testing;
using namespace std::string_literals;

namespace
{

std::unique_ptr<PocoHttpsTransport> transportTo(const std::string& url, TransportSettings settings)
{
    settings.baseUrl = url;
    settings.allowDevelopmentEndpoint = true;
    auto made = PocoHttpsTransport::create(std::move(settings));
    CPPUNIT_ASSERT(made.ok());
    return std::move(made).value();
}

HttpRequest request(bool repeatable, std::int64_t deadlineMs = 5'000)
{
    HttpRequest made;
    made.path = "/item/get";
    made.body = Secret{"{}"};
    made.deadlineMs = deadlineMs;
    made.answerBytesMax = 1'000;
    made.repeatable = repeatable;
    return made;
}

/// Answers the first request of its first connection; what becomes of the second one, `second`
/// decides. Later connections are served well, or closed when `dies`.
class Server
{
public:
    Server(std::function<void(Connection&)> second, bool dies = false, ssl_ctx_st* tls = nullptr)
        : second_(std::move(second)),
          dies_(dies),
          server_([this](Connection& connection) { serve(connection); }, tls)
    {
    }

    [[nodiscard]] const LoopbackServer& server() const { return server_; }
    [[nodiscard]] int requests() const { return requests_; }

private:
    bool heard(Connection& connection)
    {
        if (connection.request().empty()) return false;
        ++requests_;
        return true;
    }

    void serve(Connection& connection)
    {
        if (connections_++ == 0)
        {
            if (heard(connection) && connection.send(httpAnswer("{}")) && heard(connection))
                second_(connection);
            return;
        }
        while (heard(connection) && !dies_ && connection.send(httpAnswer("{\"again\":1}")))
        {
        }
    }

    std::function<void(Connection&)> second_;
    bool dies_;
    std::atomic<int> connections_ = 0;
    std::atomic<int> requests_ = 0;
    LoopbackServer server_;
};

void dies(Connection& connection)
{
    connection.close();
}

void isReset(Connection& connection)
{
    connection.reset();
}

} // namespace

class KeptConnectionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(KeptConnectionTest);
    CPPUNIT_TEST(repeatsARepeatableRequestWhenAKeptConnectionIsDead);
    CPPUNIT_TEST(repeatsItUnderTlsToo);
    CPPUNIT_TEST(repeatsNothingElse);
    CPPUNIT_TEST(repeatsNothingThatWasSentOnANewConnection);
    CPPUNIT_TEST(repeatsOnlyOnce);
    CPPUNIT_TEST(repeatsNothingOfWhichAnAnswerHasBegun);
    CPPUNIT_TEST(repeatsNothingWhenTheTimeIsUp);
    CPPUNIT_TEST(keepsNoMoreConnectionsThanItMay);
    CPPUNIT_TEST(keepsNoConnectionLongerThanItMay);
    CPPUNIT_TEST_SUITE_END();

public:
    void repeatsARepeatableRequestWhenAKeptConnectionIsDead()
    {
        for (auto* const second : {dies, isReset})
        {
            const Server server{second};
            const auto transport = transportTo(server.server().url(), {});
            CPPUNIT_ASSERT(transport->post(request(true)).ok());
            const auto answer = transport->post(request(true));
            CPPUNIT_ASSERT_MESSAGE(answer.ok() ? "" : answer.error().code, answer.ok());
            CPPUNIT_ASSERT_EQUAL("{\"again\":1}"s, answer->body);
            CPPUNIT_ASSERT_EQUAL(3, server.requests());
            CPPUNIT_ASSERT_EQUAL(2, server.server().connections());
        }
    }

    void repeatsItUnderTlsToo()
    {
        TestAuthority authority;
        const auto context = authority.server();
        const Server server{dies, false, context.get()};
        TransportSettings settings;
        settings.caFile = authority.file();
        const auto transport = transportTo(server.server().url("localhost", "https"), settings);
        CPPUNIT_ASSERT(transport->post(request(true)).ok());
        const auto answer = transport->post(request(true));
        CPPUNIT_ASSERT_MESSAGE(answer.ok() ? "" : answer.error().code, answer.ok());
        CPPUNIT_ASSERT_EQUAL("{\"again\":1}"s, answer->body);
    }

    void repeatsNothingElse()
    {
        const Server server{dies};
        const auto transport = transportTo(server.server().url(), {});
        CPPUNIT_ASSERT(transport->post(request(false)).ok());
        CPPUNIT_ASSERT(transport->post(request(false)).error().kind == ErrorKind::Unknown);
        CPPUNIT_ASSERT_EQUAL(1, server.server().connections());
        CPPUNIT_ASSERT_EQUAL(2, server.requests());
    }

    void repeatsNothingThatWasSentOnANewConnection()
    {
        LoopbackServer server{[](Connection& connection) { connection.request(); }};
        const auto transport = transportTo(server.url(), {});
        CPPUNIT_ASSERT(transport->post(request(true)).error().kind == ErrorKind::Unknown);
        CPPUNIT_ASSERT_EQUAL(1, server.connections());
    }

    void repeatsOnlyOnce()
    {
        const Server server{dies, true};
        const auto transport = transportTo(server.server().url(), {});
        CPPUNIT_ASSERT(transport->post(request(true)).ok());
        CPPUNIT_ASSERT(transport->post(request(true)).error().kind == ErrorKind::Unknown);
        CPPUNIT_ASSERT_EQUAL(2, server.server().connections());
        CPPUNIT_ASSERT_EQUAL(3, server.requests());
    }

    void repeatsNothingOfWhichAnAnswerHasBegun()
    {
        const Server server{[](Connection& connection)
            {
                connection.send("HTTP/1.1 2");
                connection.close();
            }};
        const auto transport = transportTo(server.server().url(), {});
        CPPUNIT_ASSERT(transport->post(request(true)).ok());
        CPPUNIT_ASSERT_EQUAL("http.short"s, transport->post(request(true)).error().code);
        CPPUNIT_ASSERT_EQUAL(1, server.server().connections());
    }

    void repeatsNothingWhenTheTimeIsUp()
    {
        const Server server{[](Connection& connection) { connection.waitForEnd(); }};
        const auto transport = transportTo(server.server().url(), {});
        CPPUNIT_ASSERT(transport->post(request(true)).ok());
        CPPUNIT_ASSERT_EQUAL("http.timeout"s, transport->post(request(true, 200)).error().code);
        CPPUNIT_ASSERT_EQUAL(1, server.server().connections());
    }

    void keepsNoMoreConnectionsThanItMay()
    {
        // Both are answered once both have asked, so that there are two connections at once.
        std::mutex mutex;
        std::condition_variable changed;
        int waiting = 0;
        LoopbackServer server{[&](Connection& connection)
            {
                while (!connection.request().empty())
                {
                    {
                        std::unique_lock lock(mutex);
                        const int pair = waiting++ / 2;
                        changed.notify_all();
                        changed.wait_for(lock, std::chrono::seconds(10),
                            [&] { return waiting >= 2 * pair + 2; });
                    }
                    if (!connection.send(httpAnswer("{}"))) return;
                }
            }};
        TransportSettings settings;
        settings.idleSessionsMax = 1;
        const auto transport = transportTo(server.url(), settings);
        for (int round = 1; round <= 3; ++round)
        {
            std::vector<std::thread> threads;
            std::atomic<int> good = 0;
            for (int i = 0; i < 2; ++i)
                threads.emplace_back([&] { good += transport->post(request(true)).ok() ? 1 : 0; });
            for (auto& thread : threads)
                thread.join();
            CPPUNIT_ASSERT_EQUAL(2, good.load());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                "one is kept, the other made anew", round + 1, server.connections());
        }
    }

    void keepsNoConnectionLongerThanItMay()
    {
        LoopbackServer server{[](Connection& connection)
            {
                while (!connection.request().empty() && connection.send(httpAnswer("{}")))
                {
                }
            }};
        TransportSettings settings;
        settings.idleMsMax = 0;
        const auto transport = transportTo(server.url(), settings);
        for (int i = 1; i <= 3; ++i)
        {
            CPPUNIT_ASSERT(transport->post(request(true)).ok());
            CPPUNIT_ASSERT_EQUAL(i, server.connections());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(KeptConnectionTest);
