// The verifier on the webhook with the known answer.
#include "KnownWebhook.h"
#include "ScriptedTransport.h"
#include "WebhookForge.h"
#include "plaid/PlaidWebhookVerifier.h"
#include "support/ManualClock.h"
#include "support/MemoryLog.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

using namespace bankfeed;
using namespace bankfeed::testing;
using namespace std::string_literals;

class KnownWebhookTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(KnownWebhookTest);
    CPPUNIT_TEST(acceptsTheKnownWebhook);
    CPPUNIT_TEST(keepsTheBoundariesOfTheTokensAge);
    CPPUNIT_TEST(refusesAnyOtherBody);
    CPPUNIT_TEST(refusesSwappedHalvesOfTheSignature);
    CPPUNIT_TEST(refusesAnExpiredKeyOnlyForTokensIssuedAfterwards);
    CPPUNIT_TEST(takesTheHeadersNameInAnyCaseButOnlyOnce);
    CPPUNIT_TEST(givesTheSameIdToTheSameRequest);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { answer_ = known::keyAnswer; }

    void acceptsTheKnownWebhook()
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{171}, known::body.size());
        const auto webhook = verify(known::token, known::body, known::issuedAt);
        CPPUNIT_ASSERT(webhook.ok());
        CPPUNIT_ASSERT(webhook->understood);
        CPPUNIT_ASSERT(webhook->event.kind == BankEventKind::NewAccountsAvailable);
        CPPUNIT_ASSERT_EQUAL("ITEM"s, webhook->event.providerType);
        CPPUNIT_ASSERT_EQUAL("NEW_ACCOUNTS_AVAILABLE"s, webhook->event.providerCode);
        CPPUNIT_ASSERT_EQUAL("sandbox"s, webhook->event.environment);
        CPPUNIT_ASSERT_EQUAL(
            "Zk3mQ8vRxWtL5pYn2bHdS7cJfE4gUaKw9NqBo"s, webhook->event.providerConnectionId);
        CPPUNIT_ASSERT_EQUAL(known::issuedAt, seconds(webhook->signedAt));
    }

    void keepsTheBoundariesOfTheTokensAge()
    {
        for (const std::int64_t age : {-60, -59, 0, 1, 299, 300})
            CPPUNIT_ASSERT_MESSAGE(
                std::to_string(age), verify(known::token, known::body, known::issuedAt + age).ok());
        for (const std::int64_t age : {-61, -62, -3600, 301, 302, 86'400})
        {
            const auto webhook = verify(known::token, known::body, known::issuedAt + age);
            CPPUNIT_ASSERT_MESSAGE(std::to_string(age), !webhook.ok());
            CPPUNIT_ASSERT(webhook.error().kind == ErrorKind::Denied);
        }
    }

    void refusesAnyOtherBody()
    {
        const std::string body{known::body};
        for (std::size_t i = 0; i < body.size(); ++i)
        {
            std::string changed = body;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            CPPUNIT_ASSERT(!verify(known::token, changed, known::issuedAt).ok());
        }
        std::string indented;
        for (std::size_t i = 0; i < body.size(); ++i)
        {
            indented.push_back(body[i]);
            if (body[i] == '\n' && body[i + 1] == ' ') indented += "  ";
        }
        for (const std::string& other :
            {body + "\n", "\xEF\xBB\xBF" + body, ""s, indented, body.substr(1), body + '\0'})
            CPPUNIT_ASSERT(!verify(known::token, other, known::issuedAt).ok());
    }

    void refusesSwappedHalvesOfTheSignature()
    {
        const std::string token{known::token};
        const std::size_t dot = token.rfind('.');
        // The signature's 64 bytes again, s before r.
        const std::string raw = rawSignature();
        const std::string swapped =
            token.substr(0, dot + 1) + base64Url(raw.substr(32) + raw.substr(0, 32));
        CPPUNIT_ASSERT(!verify(swapped, known::body, known::issuedAt).ok());
        const std::string same = token.substr(0, dot + 1) + base64Url(raw);
        CPPUNIT_ASSERT_EQUAL(token, same);
    }

    void refusesAnExpiredKeyOnlyForTokensIssuedAfterwards()
    {
        answer_.replace(answer_.find("null"), 4, "1767225000");
        CPPUNIT_ASSERT(!verify(known::token, known::body, known::issuedAt).ok());
        answer_ = known::keyAnswer;
        answer_.replace(answer_.find("null"), 4, "1767225600");
        CPPUNIT_ASSERT(!verify(known::token, known::body, known::issuedAt).ok());
        answer_ = known::keyAnswer;
        answer_.replace(answer_.find("null"), 4, "1767225601");
        CPPUNIT_ASSERT(verify(known::token, known::body, known::issuedAt + 100).ok());
    }

    void takesTheHeadersNameInAnyCaseButOnlyOnce()
    {
        const UtcTime at{known::issuedAt * nsPerSecond};
        for (const char* const name :
            {"Plaid-Verification", "plaid-verification", "PLAID-VERIFICATION"})
            CPPUNIT_ASSERT(verifyHeaders({{"Host", "x"}, {name, known::token}}, at).ok());
        CPPUNIT_ASSERT(!verifyHeaders({}, at).ok());
        CPPUNIT_ASSERT(!verifyHeaders({{"Plaid-Verification", ""}}, at).ok());
        CPPUNIT_ASSERT(!verifyHeaders({{"Plaid-Verificatio", known::token}}, at).ok());
        CPPUNIT_ASSERT(!verifyHeaders(
            {{"Plaid-Verification", known::token}, {"plaid-verification", known::token}}, at)
                            .ok());
    }

    void givesTheSameIdToTheSameRequest()
    {
        const auto first = verify(known::token, known::body, known::issuedAt);
        const auto second = verify(known::token, known::body, known::issuedAt + 299);
        CPPUNIT_ASSERT(first.ok() && second.ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, first->id.size());
        CPPUNIT_ASSERT_EQUAL(first->id, second->id);
    }

private:
    static std::string rawSignature()
    {
        static constexpr std::string_view alphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        std::string raw;
        unsigned bits = 0;
        unsigned have = 0;
        for (const char c : known::token.substr(known::token.rfind('.') + 1))
        {
            bits = (bits << 6U) | static_cast<unsigned>(alphabet.find(c));
            have += 6;
            if (have < 8) continue;
            have -= 8;
            raw.push_back(static_cast<char>((bits >> have) & 0xFFU));
        }
        return raw;
    }

    Result<VerifiedWebhook> verifyHeaders(
        const std::vector<WebhookHeader>& headers, UtcTime at) const
    {
        ManualClock clock;
        MemoryLog log;
        ScriptedTransport transport;
        transport.answer(200, answer_);
        plaid::WebhookKeyRing keys{transport, clock, log, plaid::PlaidSettings{}};
        return plaid::PlaidWebhookVerifier{keys}.verify(headers, known::body, at);
    }

    Result<VerifiedWebhook> verify(
        std::string_view token, std::string_view body, std::int64_t receivedAt) const
    {
        ManualClock clock;
        MemoryLog log;
        ScriptedTransport transport;
        transport.answer(200, answer_);
        plaid::WebhookKeyRing keys{transport, clock, log, plaid::PlaidSettings{}};
        return plaid::PlaidWebhookVerifier{keys}.verify(
            {{"Plaid-Verification", token}}, body, {receivedAt * nsPerSecond});
    }

    std::string answer_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(KnownWebhookTest);
