// The transport against a server that behaves, and against one that does not.
#include "adapters/PocoHttpsTransport.h"

#include "LoopbackServer.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
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

std::unique_ptr<PocoHttpsTransport> transportTo(const std::string& url)
{
    TransportSettings settings;
    settings.baseUrl = url;
    settings.allowDevelopmentEndpoint = true;
    auto made = PocoHttpsTransport::create(settings);
    CPPUNIT_ASSERT(made.ok());
    return std::move(made).value();
}

HttpRequest request(std::int64_t deadlineMs = 5'000)
{
    HttpRequest made;
    made.path = "/transactions/sync";
    made.headers.emplace_back("PLAID-SECRET", Secret{"canary-secret"});
    made.body = Secret{R"({"access_token":"access-canary"})"};
    made.deadlineMs = deadlineMs;
    made.answerBytesMax = 1'000'000;
    return made;
}

/// Answers every request on a connection with the same bytes, then closes when told to.
LoopbackServer::Script always(std::string answer, bool close = false)
{
    return [answer = std::move(answer), close](Connection& connection)
    {
        while (!connection.request().empty())
        {
            if (!connection.send(answer) || close) return;
        }
    };
}

std::int64_t elapsedMs(std::chrono::steady_clock::time_point since)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - since)
        .count();
}

/// The result of one request to a server that sends these bytes and closes.
Result<HttpResponse> resultOf(const std::string& bytes, std::int64_t deadlineMs = 5'000)
{
    LoopbackServer server{always(bytes, true)};
    return transportTo(server.url())->post(request(deadlineMs));
}

/// The descriptor of a listener whose queue is full: a further connection is not answered.
class FullListener
{
public:
    FullListener()
    {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        ::bind(listener_, generic, size);
        ::listen(listener_, 0);
        ::getsockname(listener_, generic, &size);
        port_ = ntohs(address.sin_port);
        for (int i = 0; i < 4; ++i)
        {
            fillers_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
            static_cast<void>(::connect(fillers_.back(), generic, size));
        }
    }
    ~FullListener()
    {
        for (const int descriptor : fillers_)
            ::close(descriptor);
        ::close(listener_);
    }
    FullListener(const FullListener&) = delete;
    FullListener& operator=(const FullListener&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    int listener_ = -1;
    std::vector<int> fillers_;
    std::uint16_t port_ = 0;
};

} // namespace

class TransportTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TransportTest);
    CPPUNIT_TEST(sendsTheRequestByteForByte);
    CPPUNIT_TEST(keepsTheConnectionForTheNextRequest);
    CPPUNIT_TEST(opensANewConnectionWhenTheServerClosedTheOldOne);
    CPPUNIT_TEST(readsLargeChunkedAndPackedAnswers);
    CPPUNIT_TEST(takesNoShortBodyForAWholeOne);
    CPPUNIT_TEST(takesNoAmbiguousLength);
    CPPUNIT_TEST(stopsAnInfiniteBodyAtTheCap);
    CPPUNIT_TEST(stopsAGzipBombAtTheCap);
    CPPUNIT_TEST(followsNoRedirect);
    CPPUNIT_TEST(holdsTheDeadlineAgainstSilence);
    CPPUNIT_TEST(holdsTheDeadlineAgainstADripOfHeaders);
    CPPUNIT_TEST(holdsTheDeadlineAgainstADripOfTheBody);
    CPPUNIT_TEST(holdsTheDeadlineAgainstAServerThatDoesNotRead);
    CPPUNIT_TEST(holdsTheDeadlineWhileConnecting);
    CPPUNIT_TEST(saysThatNothingWasSentWhenNobodyListens);
    CPPUNIT_TEST(saysUnknownAfterAReset);
    CPPUNIT_TEST(survivesAServerThatClosesWhileItSends);
    CPPUNIT_TEST(refusesRequestsThatCouldInjectHeaders);
    CPPUNIT_TEST(abortEndsRequestsUnderWayAndToCome);
    CPPUNIT_TEST(abortEndsAConnectUnderWay);
    CPPUNIT_TEST(resolvesLocalhost);
    CPPUNIT_TEST(servesManyThreads);
    CPPUNIT_TEST(errorsHoldNoSecret);
    CPPUNIT_TEST_SUITE_END();

public:
    void sendsTheRequestByteForByte()
    {
        std::string seen;
        LoopbackServer server{[&seen](Connection& connection)
            {
                seen = connection.request();
                connection.send(httpAnswer("{\"a\":1}"));
                connection.waitForEnd();
            }};
        const auto answer = transportTo(server.url())->post(request());
        CPPUNIT_ASSERT(answer.ok());
        CPPUNIT_ASSERT_EQUAL(200, answer->status);
        CPPUNIT_ASSERT_EQUAL("{\"a\":1}"s, answer->body);
        CPPUNIT_ASSERT_EQUAL(
            "POST /transactions/sync HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nUser-Agent: bankfeed\r\nContent-Type: application/json\r\n"
                "Accept: application/json\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n"
                "Content-Length: 32\r\nPLAID-SECRET: canary-secret\r\n\r\n"
                "{\"access_token\":\"access-canary\"}",
            seen);
    }

    void keepsTheConnectionForTheNextRequest()
    {
        LoopbackServer server{always(httpAnswer("{}"))};
        const auto transport = transportTo(server.url());
        for (int i = 0; i < 20; ++i)
            CPPUNIT_ASSERT(transport->post(request()).ok());
        CPPUNIT_ASSERT_EQUAL(1, server.connections());
    }

    void opensANewConnectionWhenTheServerClosedTheOldOne()
    {
        std::atomic<int> closed = 0;
        LoopbackServer server{[&closed](Connection& connection)
            {
                connection.request();
                connection.send(httpAnswer("{}"));
                connection.close();
                ++closed;
            }};
        const auto transport = transportTo(server.url());
        for (int i = 1; i <= 5; ++i)
        {
            CPPUNIT_ASSERT(transport->post(request()).ok());
            const auto since = std::chrono::steady_clock::now();
            while (closed < i && elapsedMs(since) < 5'000)
                std::this_thread::yield();
        }
        CPPUNIT_ASSERT_EQUAL(5, server.connections());
    }

    void readsLargeChunkedAndPackedAnswers()
    {
        std::string page;
        for (int i = 0; page.size() < 800'000; ++i)
            page += "{\"row\":" + std::to_string(i) + "},";
        std::string chunks;
        for (std::size_t at = 0; at < page.size(); at += 9'999)
        {
            const std::string piece = page.substr(at, 9'999);
            std::array<char, 16> size{};
            std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
            chunks += size.data() + piece + "\r\n";
        }
        const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
        for (const std::string& answer : {httpAnswer(page), head + "\r\n" + chunks + "0\r\n\r\n",
                 httpAnswer(gzip(page), "Content-Encoding: gzip\r\n")})
        {
            const auto result = resultOf(answer);
            CPPUNIT_ASSERT(result.ok());
            CPPUNIT_ASSERT(page == result->body);
        }
    }

    void takesNoShortBodyForAWholeOne()
    {
        for (const std::string& bytes :
            {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"a\":1}"s,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n"s,
                "HTTP/1.1 200 OK\r\nContent-Le"s, ""s})
        {
            const auto result = resultOf(bytes);
            CPPUNIT_ASSERT_MESSAGE(bytes, !result.ok());
            CPPUNIT_ASSERT(result.error().kind == ErrorKind::Unknown);
            CPPUNIT_ASSERT_EQUAL("http.short"s, result.error().code);
        }
    }

    void takesNoAmbiguousLength()
    {
        for (const std::string& headers :
            {"Content-Length: -5"s, "Content-Length: 2\r\nContent-Length: 7"s,
                "Content-Length: 2\r\nTransfer-Encoding: chunked"s, "X-None: 1"s})
        {
            const auto result = resultOf("HTTP/1.1 200 OK\r\n" + headers + "\r\n\r\n{}");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(headers, "http.malformed"s, result.error().code);
            CPPUNIT_ASSERT(result.error().kind == ErrorKind::Unknown);
        }
    }

    void stopsAnInfiniteBodyAtTheCap()
    {
        std::atomic<std::size_t> sent = 0;
        LoopbackServer server{[&sent](Connection& connection)
            {
                connection.request();
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
                while (connection.send(chunk))
                    sent += chunk.size();
            }};
        const auto result = transportTo(server.url())->post(request());
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, result.error().code);
    }

    void stopsAGzipBombAtTheCap()
    {
        const std::string bomb = gzip(std::string(200'000'000, '\0'));
        CPPUNIT_ASSERT(bomb.size() < 1'000'000);
        const auto result = resultOf(httpAnswer(bomb, "Content-Encoding: gzip\r\n"));
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, result.error().code);
    }

    void followsNoRedirect()
    {
        LoopbackServer other{always(httpAnswer("{}"))};
        const auto result = resultOf(
            "HTTP/1.1 302 Found\r\nLocation: " + other.url() + "\r\nContent-Length: 0\r\n\r\n");
        CPPUNIT_ASSERT(result.ok());
        CPPUNIT_ASSERT_EQUAL(302, result->status);
        CPPUNIT_ASSERT_EQUAL(0, other.connections());
    }

    void holdsTheDeadlineAgainstSilence()
    {
        holdsDeadline(
            [](Connection& connection)
            {
                connection.request();
                connection.waitForEnd();
            });
    }

    void holdsTheDeadlineAgainstADripOfHeaders()
    {
        holdsDeadline(
            [](Connection& connection)
            {
                connection.request();
                connection.drip("HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x'), 20);
            });
    }

    void holdsTheDeadlineAgainstADripOfTheBody()
    {
        holdsDeadline(
            [](Connection& connection)
            {
                connection.request();
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
                connection.drip(std::string(10'000, 'x'), 20);
            });
    }

    void holdsTheDeadlineAgainstAServerThatDoesNotRead()
    {
        HttpRequest large = request(300);
        large.body = Secret{std::string(50'000'000, 'x')};
        LoopbackServer server{[](Connection& connection) { connection.waitForEnd(); }};
        const auto since = std::chrono::steady_clock::now();
        const auto result = transportTo(server.url())->post(large);
        CPPUNIT_ASSERT(elapsedMs(since) < 3'000);
        CPPUNIT_ASSERT_EQUAL("http.timeout"s, result.error().code);
        CPPUNIT_ASSERT(result.error().kind == ErrorKind::Unknown);
    }

    void holdsTheDeadlineWhileConnecting()
    {
        const FullListener full;
        const auto since = std::chrono::steady_clock::now();
        const auto result = transportTo(full.url())->post(request(300));
        const std::int64_t took = elapsedMs(since);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(took), took >= 250 && took < 3'000);
        CPPUNIT_ASSERT(result.error().kind == ErrorKind::Retry);
    }

    void saysThatNothingWasSentWhenNobodyListens()
    {
        std::string url;
        {
            LoopbackServer server{always("")};
            url = server.url();
        }
        const auto result = transportTo(url)->post(request());
        CPPUNIT_ASSERT(result.error().kind == ErrorKind::Retry);
        CPPUNIT_ASSERT_EQUAL("http.connect"s, result.error().code);
    }

    void saysUnknownAfterAReset()
    {
        LoopbackServer server{[](Connection& connection)
            {
                connection.request();
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
                connection.reset();
            }};
        const auto result = transportTo(server.url())->post(request());
        CPPUNIT_ASSERT(result.error().kind == ErrorKind::Unknown);
    }

    void survivesAServerThatClosesWhileItSends()
    {
        LoopbackServer server{[](Connection& connection)
            {
                connection.waitForBytes();
                connection.reset();
            }};
        const auto transport = transportTo(server.url());
        HttpRequest large = request();
        large.body = Secret{std::string(20'000'000, 'x')};
        for (int i = 0; i < 5; ++i)
        {
            const auto result = transport->post(large);
            CPPUNIT_ASSERT(!result.ok());
            CPPUNIT_ASSERT(result.error().kind == ErrorKind::Unknown);
        }
    }

    void refusesRequestsThatCouldInjectHeaders()
    {
        LoopbackServer server{always(httpAnswer("{}"))};
        const auto transport = transportTo(server.url());
        for (const std::string& path : {""s, "x"s, "/a b"s, "/a\r\nX: y"s, "/a?b"s, "/a#b"s,
                 "/../a"s, "//evil.example/A"s, "/\xC3\xA9"s})
        {
            HttpRequest bad = request();
            bad.path = path;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, "http.request"s, transport->post(bad).error().code);
        }
        for (const auto& [name, value] :
            std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nEvil: 1"}, {"X", "a\nb"},
                {"X", "a\0b"s}, {"X Y", "a"}, {"", "a"}, {"X:", "a"}, {"X", "\x7F"}})
        {
            HttpRequest bad = request();
            bad.headers.emplace_back(name, Secret{value});
            CPPUNIT_ASSERT_EQUAL("http.request"s, transport->post(bad).error().code);
            CPPUNIT_ASSERT(transport->post(bad).error().remedy == Remedy::Stop);
        }
        CPPUNIT_ASSERT_EQUAL(0, server.connections());
    }

    void abortEndsRequestsUnderWayAndToCome()
    {
        std::atomic<int> waiting = 0;
        LoopbackServer server{[&waiting](Connection& connection)
            {
                connection.request();
                ++waiting;
                connection.waitForEnd();
            }};
        const auto transport = transportTo(server.url());
        std::atomic<int> stopped = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
        {
            threads.emplace_back(
                [&]
                {
                    const auto result = transport->post(request(30'000));
                    stopped += result.error().kind == ErrorKind::Stopping ? 1 : 0;
                });
        }
        const auto since = std::chrono::steady_clock::now();
        while (waiting < 4 && elapsedMs(since) < 10'000)
            std::this_thread::yield();
        const auto aborted = std::chrono::steady_clock::now();
        transport->abort();
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT(elapsedMs(aborted) < 3'000);
        CPPUNIT_ASSERT_EQUAL(4, stopped.load());
        CPPUNIT_ASSERT(transport->post(request()).error().kind == ErrorKind::Stopping);
        CPPUNIT_ASSERT_EQUAL(4, server.connections());
    }

    void abortEndsAConnectUnderWay()
    {
        const FullListener full;
        const auto transport = transportTo(full.url());
        ErrorKind kind = ErrorKind::Internal;
        const auto since = std::chrono::steady_clock::now();
        std::thread caller{[&] { kind = transport->post(request(30'000)).error().kind; }};
        transport->abort();
        caller.join();
        CPPUNIT_ASSERT(elapsedMs(since) < 3'000);
        CPPUNIT_ASSERT(kind == ErrorKind::Stopping);
    }

    void resolvesLocalhost()
    {
        LoopbackServer server{always(httpAnswer("{}"))};
        const auto transport = transportTo(server.url("localhost"));
        CPPUNIT_ASSERT(transport->post(request()).ok());
        CPPUNIT_ASSERT(transport->post(request()).ok());
    }

    void servesManyThreads()
    {
        LoopbackServer server{always(httpAnswer("{\"n\":1}"))};
        const auto transport = transportTo(server.url());
        std::atomic<int> good = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
        {
            threads.emplace_back(
                [&]
                {
                    for (int k = 0; k < 50; ++k)
                        good += transport->post(request()).ok() ? 1 : 0;
                });
        }
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT_EQUAL(400, good.load());
        CPPUNIT_ASSERT(server.connections() <= 8);
    }

    void errorsHoldNoSecret()
    {
        for (const std::string& bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncanary"s,
                 "canary\r\n\r\n"s, "HTTP/1.1 200 OK\r\nX: canary\x01\r\n\r\n"s})
        {
            const Error error = resultOf(bytes).error();
            CPPUNIT_ASSERT((error.text + error.code).find("canary") == std::string::npos);
        }
    }

private:
    static void holdsDeadline(LoopbackServer::Script script)
    {
        LoopbackServer server{std::move(script)};
        const auto transport = transportTo(server.url());
        const auto since = std::chrono::steady_clock::now();
        const auto result = transport->post(request(400));
        const std::int64_t took = elapsedMs(since);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(took) + " ms", took >= 350 && took < 3'000);
        CPPUNIT_ASSERT_EQUAL("http.timeout"s, result.error().code);
        CPPUNIT_ASSERT(result.error().kind == ErrorKind::Unknown);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TransportTest);
