// What the transport demands of a server's certificate and protocol.
#include "adapters/PocoHttpsTransport.h"

#include "LoopbackServer.h"
#include "TestCertificates.h"

#include <Poco/Net/AcceptCertificateHandler.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/SSLManager.h>

#include <openssl/ssl.h>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>
#include <string>

using namespace bankfeed;
using namespace bankfeed::adapters;
using namespace bankfeed::testing;
using namespace std::string_literals;

namespace
{

HttpRequest request(std::int64_t deadlineMs = 5'000)
{
    HttpRequest made;
    made.path = "/item/get";
    made.headers.emplace_back("PLAID-SECRET", Secret{"canary-secret"});
    made.body = Secret{"{}"};
    made.deadlineMs = deadlineMs;
    made.answerBytesMax = 1'000'000;
    return made;
}

void answerAll(Connection& connection)
{
    while (!connection.request().empty() && connection.send(httpAnswer("{\"ok\":true}")))
    {
    }
}

} // namespace

class TransportTlsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TransportTlsTest);
    CPPUNIT_TEST(talksToAServerOfATrustedAuthority);
    CPPUNIT_TEST(talksToANumericHostByItsAddress);
    CPPUNIT_TEST(refusesAnotherHostsCertificate);
    CPPUNIT_TEST(refusesAnAddressThatTheCertificateDoesNotName);
    CPPUNIT_TEST(refusesAnUnknownAuthority);
    CPPUNIT_TEST(refusesASelfSignedCertificate);
    CPPUNIT_TEST(refusesAnExpiredCertificate);
    CPPUNIT_TEST(refusesACertificateOfTheFuture);
    CPPUNIT_TEST(refusesTls11);
    CPPUNIT_TEST(refusesAServerWithoutTls);
    CPPUNIT_TEST(asksNobodyElseWhetherABadCertificateMayPass);
    CPPUNIT_TEST(holdsTheDeadlineInTheHandshake);
    CPPUNIT_TEST(holdsTheDeadlineAgainstADripUnderTls);
    CPPUNIT_TEST(takesAnUnannouncedEndForACutAnswer);
    CPPUNIT_TEST(survivesAServerThatClosesWhileItSendsUnderTls);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { authority_ = std::make_unique<TestAuthority>(); }

    void talksToAServerOfATrustedAuthority()
    {
        LoopbackServer server{answerAll, (context_ = authority_->server()).get()};
        const auto transport = transportTo(server, "localhost");
        for (int i = 0; i < 10; ++i)
        {
            const auto answer = transport->post(request());
            CPPUNIT_ASSERT_MESSAGE(answer.ok() ? "" : answer.error().code, answer.ok());
            CPPUNIT_ASSERT_EQUAL("{\"ok\":true}"s, answer->body);
        }
        CPPUNIT_ASSERT(server.connections() <= 2);
    }

    void talksToANumericHostByItsAddress()
    {
        LoopbackServer server{answerAll, (context_ = authority_->server()).get()};
        CPPUNIT_ASSERT(transportTo(server, "127.0.0.1")->post(request()).ok());
    }

    void refusesAnotherHostsCertificate()
    {
        TestAuthority::Wanted wanted;
        for (const char* const names :
            {"DNS:evil.example", "DNS:*.localhost", "DNS:localhost.evil.example", "IP:127.0.0.1"})
        {
            wanted.names = names;
            wanted.commonName = "localhost";
            refuses(wanted, "localhost");
        }
        wanted.names = "";
        wanted.commonName = "evil.example";
        refuses(wanted, "localhost");
    }

    void refusesAnAddressThatTheCertificateDoesNotName()
    {
        TestAuthority::Wanted wanted;
        wanted.names = "DNS:localhost,DNS:127.0.0.1,IP:127.0.0.2";
        wanted.commonName = "127.0.0.1";
        refuses(wanted, "127.0.0.1");
    }

    void refusesAnUnknownAuthority()
    {
        const TestAuthority stranger;
        context_ = stranger.server();
        refusesContext("localhost", authority_->file());
        refusesContext("localhost", ""); // Nor do the system's authorities know it.
    }

    void refusesASelfSignedCertificate()
    {
        TestAuthority::Wanted wanted;
        wanted.selfSigned = true;
        refuses(wanted, "localhost");
    }

    void refusesAnExpiredCertificate()
    {
        TestAuthority::Wanted wanted;
        wanted.endsInSeconds = -60;
        refuses(wanted, "localhost");
    }

    void refusesACertificateOfTheFuture()
    {
        TestAuthority::Wanted wanted;
        wanted.startsInSeconds = 600;
        refuses(wanted, "localhost");
    }

    void refusesTls11()
    {
        TestAuthority::Wanted wanted;
        wanted.newestTls = TLS1_1_VERSION;
        refuses(wanted, "localhost");
        wanted.newestTls = TLS1_2_VERSION;
        context_ = authority_->server(wanted);
        LoopbackServer server{answerAll, context_.get()};
        CPPUNIT_ASSERT(transportTo(server, "localhost")->post(request()).ok());
    }

    void refusesAServerWithoutTls()
    {
        LoopbackServer server{[](Connection& connection)
            {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                connection.waitForEnd();
            }};
        const auto answer = transportTo(server, "localhost")->post(request());
        CPPUNIT_ASSERT(answer.error().kind == ErrorKind::Retry);
        CPPUNIT_ASSERT_EQUAL("http.tls_refused"s, answer.error().code);
    }

    /// A host that uses Poco may have told its SSLManager to accept everything.
    void asksNobodyElseWhetherABadCertificateMayPass()
    {
        using namespace Poco::Net;
        SSLManager::instance().initializeClient(nullptr, new AcceptCertificateHandler(false),
            new Context(Context::TLS_CLIENT_USE, "", Context::VERIFY_RELAXED));
        const TestAuthority stranger;
        context_ = stranger.server();
        refusesContext("localhost", authority_->file());
        TestAuthority::Wanted wanted;
        wanted.endsInSeconds = -60;
        refuses(wanted, "localhost");
    }

    void holdsTheDeadlineInTheHandshake()
    {
        LoopbackServer server{[](Connection& connection) { connection.waitForEnd(); }};
        const auto since = std::chrono::steady_clock::now();
        const auto answer = transportTo(server, "localhost")->post(request(400));
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - since < std::chrono::seconds{3});
        CPPUNIT_ASSERT_EQUAL("http.timeout"s, answer.error().code);
        CPPUNIT_ASSERT(answer.error().kind == ErrorKind::Retry);
    }

    void holdsTheDeadlineAgainstADripUnderTls()
    {
        context_ = authority_->server();
        LoopbackServer server{[](Connection& connection)
            {
                connection.request();
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
                connection.drip(std::string(10'000, 'x'), 20);
            },
            context_.get()};
        const auto since = std::chrono::steady_clock::now();
        const auto answer = transportTo(server, "localhost")->post(request(400));
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - since < std::chrono::seconds{3});
        CPPUNIT_ASSERT_EQUAL("http.timeout"s, answer.error().code);
        CPPUNIT_ASSERT(answer.error().kind == ErrorKind::Unknown);
    }

    void takesAnUnannouncedEndForACutAnswer()
    {
        context_ = authority_->server();
        LoopbackServer server{[](Connection& connection)
            {
                connection.request();
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}");
                connection.close();
            },
            context_.get()};
        const auto answer = transportTo(server, "localhost")->post(request());
        CPPUNIT_ASSERT(answer.error().kind == ErrorKind::Unknown);
    }

    void survivesAServerThatClosesWhileItSendsUnderTls()
    {
        context_ = authority_->server();
        LoopbackServer server{[](Connection& connection)
            {
                connection.waitForBytes();
                connection.reset();
            },
            context_.get()};
        const auto transport = transportTo(server, "localhost");
        HttpRequest large = request();
        large.body = Secret{std::string(5'000'000, 'x')};
        for (int i = 0; i < 5; ++i)
        {
            const auto answer = transport->post(large);
            CPPUNIT_ASSERT(answer.error().kind == ErrorKind::Unknown);
        }
    }

private:
    [[nodiscard]] std::unique_ptr<PocoHttpsTransport> transportTo(
        const LoopbackServer& server, const std::string& host) const
    {
        return transportWith(server, host, authority_->file());
    }

    static std::unique_ptr<PocoHttpsTransport> transportWith(
        const LoopbackServer& server, const std::string& host, const std::string& caFile)
    {
        TransportSettings settings;
        settings.baseUrl = server.url(host, "https");
        settings.allowDevelopmentEndpoint = true;
        settings.caFile = caFile;
        auto made = PocoHttpsTransport::create(settings);
        CPPUNIT_ASSERT(made.ok());
        return std::move(made).value();
    }

    void refuses(const TestAuthority::Wanted& wanted, const std::string& host)
    {
        context_ = authority_->server(wanted);
        refusesContext(host, authority_->file());
    }

    /// Refused, and not a byte of the request was sent.
    void refusesContext(const std::string& host, const std::string& caFile)
    {
        LoopbackServer server{answerAll, context_.get()};
        const auto answer = transportWith(server, host, caFile)->post(request());
        CPPUNIT_ASSERT(!answer.ok());
        CPPUNIT_ASSERT_EQUAL("http.tls_refused"s, answer.error().code);
        CPPUNIT_ASSERT(answer.error().kind == ErrorKind::Retry);
        CPPUNIT_ASSERT_EQUAL(1, server.connections());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, server.requestBytes());
    }

    std::unique_ptr<TestAuthority> authority_;
    std::shared_ptr<ssl_ctx_st> context_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(TransportTlsTest);
