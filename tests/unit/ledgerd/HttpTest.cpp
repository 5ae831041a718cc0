// The HTTP server over real sockets: what it passes on, byte for byte, and what it refuses.
#include "TestBooks.h"
#include "TestClient.h"

#include "base/Text.h"
#include "web/HttpServer.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace ledgerd;

namespace
{

// Answers with what it got.
class Echo : public HttpHandler
{
public:
    std::uint64_t bodyMax(const HttpRequest& request) override
    {
        return request.path == "/large" ? 1'000'000 : 64;
    }

    HttpResponse handle(const HttpRequest& request) override
    {
        if (request.path == "/throw") throw std::runtime_error("on purpose");
        HttpResponse response;
        response.headers.emplace_back("X-Echo", "yes");
        response.body = request.method + " " + request.path + " ? " + request.query + "\n";
        for (const auto& [name, value] : request.headers)
            response.body += name + "=" + value + "\n";
        response.body += "body " + std::to_string(request.body.size()) + "=" + request.body;
        return response;
    }
};

} // namespace

class HttpTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HttpTest);
    CPPUNIT_TEST(bytesArriveAsTheyWereSent);
    CPPUNIT_TEST(headersAreNeitherDecodedNorJoined);
    CPPUNIT_TEST(chunkedBodiesArriveWhole);
    CPPUNIT_TEST(brokenHeadsAreRefused);
    CPPUNIT_TEST(brokenChunksAreRefused);
    CPPUNIT_TEST(tooLargeIsRefusedBeforeItIsRead);
    CPPUNIT_TEST(oneConnectionServesManyRequestsInOrder);
    CPPUNIT_TEST(headAndExpectContinueWork);
    CPPUNIT_TEST(aDrippingClientIsCutOff);
    CPPUNIT_TEST(anIdleConnectionIsClosed);
    CPPUNIT_TEST(aHandlerThatThrowsAnswers500);
    CPPUNIT_TEST(aTakenPortIsOneClearSentence);
    CPPUNIT_TEST(stoppingWaitsForNobodyIdle);
    CPPUNIT_TEST(fieldsAreDecodedStrictly);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        HttpLimits limits;
        limits.requestNs = nsPerSecond;
        limits.idleNs = nsPerSecond / 2;
        server_ = std::make_unique<HttpServer>("127.0.0.1", 0, limits, clock_, log_);
        server_->start(echo_);
    }
    void tearDown() override { server_.reset(); }

    void bytesArriveAsTheyWereSent()
    {
        const std::string body("a\0\r\n\xff=b", 7);
        const TestAnswer answer =
            once("POST /x%2fy;z?q=%41&+ HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n" + body);
        CPPUNIT_ASSERT_EQUAL(200u, answer.status);
        CPPUNIT_ASSERT(answer.body.starts_with("POST /x%2fy;z ? q=%41&+\n"));
        CPPUNIT_ASSERT(answer.body.ends_with("body 7=" + body));
        CPPUNIT_ASSERT(!answer.header("Date").empty());
    }

    void headersAreNeitherDecodedNorJoined()
    {
        const TestAnswer answer =
            once("GET / HTTP/1.1\r\nHost: h\r\nX-A: =?utf-8?Q?a=0d=0aInjected:_1?=\r\n"
                 "x-a:  two \t\r\nX-B: \xe4\r\n\r\n");
        CPPUNIT_ASSERT(
            answer.body.find("X-A==?utf-8?Q?a=0d=0aInjected:_1?=\nx-a=two\nX-B=\xe4\n") !=
            std::string::npos);
    }

    void chunkedBodiesArriveWhole()
    {
        const TestAnswer answer =
            once("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n");
        CPPUNIT_ASSERT(answer.body.ends_with("body 13=abc0123456789"));
    }

    void brokenHeadsAreRefused()
    {
        const std::string host = "Host: h\r\n";
        for (const std::string& head :
            {std::string("GET / HTTP/1.1\r\n"), "GET  / HTTP/1.1\r\n" + host,
                "GET / HTTP/1.1\r\n" + host + "Host: i\r\n", "GET x HTTP/1.1\r\n" + host,
                "GET http://h/ HTTP/1.1\r\n" + host, "G\x01T / HTTP/1.1\r\n" + host,
                "GET /\x80 HTTP/1.1\r\n" + host, "GET /a/../b HTTP/1.1\r\n" + host,
                "GET /a/%2e%2E/b HTTP/1.1\r\n" + host, "GET /a%2f..%2fb HTTP/1.1\r\n" + host,
                "GET /a%2 HTTP/1.1\r\n" + host, "GET /a%00 HTTP/1.1\r\n" + host,
                "GET /a\\b HTTP/1.1\r\n" + host, "GET / HTTP/1.1\r\n" + host + "X-A : b\r\n",
                "GET / HTTP/1.1\r\n" + host + "X-A: b\r\n folded\r\n",
                "GET / HTTP/1.1\r\n" + host + "X-A: b\x01\r\n",
                "GET / HTTP/1.1\r\n" + host + "X-A: b\rc\r\n",
                "GET / HTTP/1.1\r\n" + host + "NoColon\r\n",
                "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n",
                "POST / HTTP/1.1\r\n" + host +
                    "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                "POST / HTTP/1.1\r\n" + host + "Content-Length: -5\r\n",
                "POST / HTTP/1.1\r\n" + host + "Content-Length: 1, 1\r\n",
                "POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n",
                "POST / HTTP/1.1\r\n" + host + "Content-Length: \r\n",
                "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(oneLine(head), 400u, once(head + "\r\n").status);
        CPPUNIT_ASSERT_EQUAL(
            501u, once("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n").status);
        CPPUNIT_ASSERT_EQUAL(505u, once("GET / HTTP/2.0\r\nHost: h\r\n\r\n").status);
        CPPUNIT_ASSERT_EQUAL(417u, once("GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n").status);
        CPPUNIT_ASSERT_EQUAL(431u,
            once("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(headBytesMax, 'x') + "\r\n\r\n")
                .status);
        std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
        for (int i = 0; i < 100; ++i)
            many += "X: y\r\n";
        CPPUNIT_ASSERT_EQUAL(431u, once(many + "\r\n").status);
    }

    void brokenChunksAreRefused()
    {
        const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (const char* body :
            {"x\r\n", "-1\r\n", "3\r\nabcd\r\n", "\r\n", "123456789\r\n", "0x3\r\nabc\r\n0\r\n\r\n",
                "3;x\ny\r\nabc\r\n0\r\n\r\n", "3;x\ry\r\nabc\r\n0\r\n\r\n",
                "3;x=\x01\r\nabc\r\n0\r\n\r\n", "0\r\nA: b\nGET /x HTTP/1.1\r\n\r\n",
                "0\r\nA : b\r\n\r\n", "0\r\nno colon\r\n\r\n", "0\r\nA: \x7f\r\n\r\n"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400u, once(head + body).status);
        CPPUNIT_ASSERT_EQUAL(413u, once(head + "ffff\r\n").status);
        CPPUNIT_ASSERT_EQUAL(
            413u, once(head + "30\r\n" + std::string(48, 'x') + "\r\n30\r\n").status);
    }

    void tooLargeIsRefusedBeforeItIsRead()
    {
        CPPUNIT_ASSERT_EQUAL(
            413u, once("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 65\r\n\r\n").status);
        CPPUNIT_ASSERT_EQUAL(
            413u, once("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999999999999\r\n\r\n")
                      .status);
        CPPUNIT_ASSERT_EQUAL(
            400u, once("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999999999999\r\n\r\n")
                      .status);
        const std::string large(1'000'000, 'x');
        CPPUNIT_ASSERT(
            once("POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + large)
                .body.ends_with(large));
    }

    void oneConnectionServesManyRequestsInOrder()
    {
        TestClient client(server_->port());
        client.send(
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: "
            "2\r\n\r\nokGET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        CPPUNIT_ASSERT(client.receive().body.starts_with("GET /1"));
        CPPUNIT_ASSERT(client.receive().body.ends_with("=ok"));
        const TestAnswer last = client.receive();
        CPPUNIT_ASSERT(last.body.starts_with("GET /3"));
        CPPUNIT_ASSERT_EQUAL(std::string("close"), last.header("Connection"));
        CPPUNIT_ASSERT(client.closed());
    }

    void headAndExpectContinueWork()
    {
        TestClient client(server_->port());
        client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nExpect: "
                    "100-continue\r\nContent-Length: 2\r\n\r\n");
        CPPUNIT_ASSERT(client.receive(false).header("Content-Length") != "0");
        CPPUNIT_ASSERT_EQUAL(100u, client.receive().status);
        client.send("ok");
        CPPUNIT_ASSERT(client.receive().body.ends_with("=ok"));
    }

    void aDrippingClientIsCutOff()
    {
        // One byte now and then keeps each read alive; the deadline of the whole request ends it.
        TestClient client(server_->port());
        std::mutex mutex;
        std::condition_variable over;
        bool ended = false;
        std::thread drip(
            [&]
            {
                const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
                const std::chrono::milliseconds pace(100);
                std::unique_lock lock(mutex);
                while (!over.wait_for(lock, pace, [&] { return ended; }) &&
                       std::chrono::steady_clock::now() < deadline)
                    client.send("G");
            });
        const bool closed = client.closed();
        {
            const std::lock_guard lock(mutex);
            ended = true;
        }
        over.notify_all();
        drip.join();
        CPPUNIT_ASSERT(closed);
    }

    void anIdleConnectionIsClosed()
    {
        TestClient client(server_->port());
        CPPUNIT_ASSERT_EQUAL(200u, client.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status);
        CPPUNIT_ASSERT(client.closed());
    }

    void aHandlerThatThrowsAnswers500()
    {
        const TestAnswer answer = once("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(500u, answer.status);
        CPPUNIT_ASSERT(answer.body.find("purpose") == std::string::npos);
    }

    void aTakenPortIsOneClearSentence()
    {
        try
        {
            HttpServer second("127.0.0.1", server_->port(), HttpLimits(), clock_, log_);
            CPPUNIT_FAIL("two servers on one port");
        }
        catch (const HttpServer::BindError& e)
        {
            CPPUNIT_ASSERT(e.portInUse);
            CPPUNIT_ASSERT(
                std::string(e.what()).find("Another process listens at 127.0.0.1:") == 0);
        }
    }

    void stoppingWaitsForNobodyIdle()
    {
        TestClient client(server_->port());
        CPPUNIT_ASSERT_EQUAL(200u, client.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status);
        const auto begin = std::chrono::steady_clock::now();
        server_->stop();
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
        CPPUNIT_ASSERT(client.closed());
    }

    void fieldsAreDecodedStrictly()
    {
        Fields fields;
        CPPUNIT_ASSERT(parseFields("a=1&b=x+y%21&c&=d&&a=2", fields));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), field(fields, "a"));
        CPPUNIT_ASSERT_EQUAL(std::string("x y!"), field(fields, "b"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, fields.size());
        for (const char* wrong : {"a=%", "a=%4", "a=%zz", "a=%ff"})
            CPPUNIT_ASSERT(!parseFields(wrong, fields));
    }

private:
    TestAnswer once(const std::string& bytes)
    {
        TestClient client(server_->port());
        return client.exchange(bytes);
    }

    TestClock clock_;
    Log log_{clock_, LogLevel::error, -1};
    Echo echo_;
    std::unique_ptr<HttpServer> server_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpTest);
