// The forgery matrix: every class of bad request, each from a genuine one with one thing wrong.
#include "ScriptedTransport.h"
#include "WebhookForge.h"
#include "base/Limits.h"
#include "plaid/PlaidWebhookVerifier.h"
#include "support/ManualClock.h"
#include "support/MemoryLog.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::testing;
using namespace std::string_literals;

namespace
{

constexpr std::int64_t now = 1'767'225'600;
const std::string keyId = "5f0c2b1e-7a54-4d0c-9b38-5e2f1c7d9a61";
const std::string otherKeyId = "6f0c2b1e-7a54-4d0c-9b38-5e2f1c7d9a62";
const std::string body = R"({
  "environment": "sandbox",
  "item_id": "Zk3mQ8vRxWtL5pYn2bHdS7cJfE4gUaKw9NqBo",
  "webhook_code": "SYNC_UPDATES_AVAILABLE",
  "webhook_type": "TRANSACTIONS"
})";

struct Forgery
{
    std::string name;
    std::string token;
};

/// r or s from hexadecimal text, for signatures at the edge of the group's order.
std::string scalar(std::string_view hex)
{
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    return bytes;
}

const std::string order =
    scalar("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

} // namespace

class ForgeryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ForgeryTest);
    CPPUNIT_TEST(acceptsTheGenuineRequestThatAllForgeriesStartFrom);
    CPPUNIT_TEST(refusesEveryForgedStructure);
    CPPUNIT_TEST(refusesEveryForgedHeader);
    CPPUNIT_TEST(refusesEveryForgedSignature);
    CPPUNIT_TEST(refusesEveryBitFlipInTheSignature);
    CPPUNIT_TEST(refusesEveryForgedClaim);
    CPPUNIT_TEST(refusesEveryForgedKeyAnswer);
    CPPUNIT_TEST(refusesAKeyThatTheTokenBringsAlong);
    CPPUNIT_TEST(takesAHighSAsTheSameRequest);
    CPPUNIT_TEST(acknowledgesGenuineBodiesThatItDoesNotUnderstand);
    CPPUNIT_TEST(acknowledgesButIgnoresAnotherEnvironment);
    CPPUNIT_TEST(takesTheKeysEnvironmentWhereABodyNamesNone);
    CPPUNIT_TEST(refusesAnOversizedBodyUnread);
    CPPUNIT_TEST(spendsNoKeyFetchOnRequestsThatAreWrongWithoutAKey);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { keyAnswer_ = key_.answer(keyId); }

    void acceptsTheGenuineRequestThatAllForgeriesStartFrom()
    {
        const auto webhook = verify(genuine());
        CPPUNIT_ASSERT(webhook.ok());
        CPPUNIT_ASSERT(webhook->event.kind == BankEventKind::TransactionsChanged);
    }

    void refusesEveryForgedStructure()
    {
        const std::string good = genuine();
        const std::size_t first = good.find('.');
        const std::size_t second = good.rfind('.');
        const std::string header = good.substr(0, first);
        const std::string claims = good.substr(first + 1, second - first - 1);
        const std::string signature = good.substr(second + 1);
        refuseAll({
            {"empty", ""},
            {"one part", header},
            {"two parts", header + "." + claims},
            {"two parts and a dot", header + "." + claims + "."},
            {"four parts", good + ".zzzz"},
            {"five parts", good + ".a.b"},
            {"only dots", ".."},
            {"empty header", "." + claims + "." + signature},
            {"empty claims", header + ".." + signature},
            {"padding on the signature", good + "=="},
            {"padding on the header", header + "=." + claims + "." + signature},
            {"leading blank", " " + good},
            {"trailing blank", good + " "},
            {"trailing newline", good + "\n"},
            {"newline inside", good.substr(0, 20) + "\n" + good.substr(20)},
            {"plus and slash", header + "." + claims + "." + std::string(86, '+')},
            {"slash", header + "." + claims + "." + std::string(86, '/')},
            {"NUL", good + '\0'},
            {"longer than a token may be", good + std::string(limits::webhookTokenBytes, 'A')},
            {"header is not JSON", base64Url("hello") + "." + claims + "." + signature},
            {"unused bits set", good.substr(0, good.size() - 1) + nextDigit(good.back())},
            {"two tokens", good + "," + good},
            {"Bearer", "Bearer " + good},
        });
    }

    void refusesEveryForgedHeader()
    {
        const auto alg = [](const std::string& value)
        { return R"({"alg":)" + value + R"(,"kid":")" + keyId + R"(","typ":"JWT"})"; };
        const auto kid = [](const std::string& value)
        { return R"({"alg":"ES256","kid":)" + value + R"(,"typ":"JWT"})"; };
        const auto with = [](const std::string& more)
        { return R"({"alg":"ES256","kid":")" + keyId + R"(",)" + more + "}"; };
        std::vector<std::string> headers{"[]", "null", "\"ES256\"", "1", "{}", "{", "",
            headerJson(keyId) + " x", headerJson(keyId) + headerJson(keyId),
            R"({"kid":")" + keyId + R"(","typ":"JWT"})", R"({"alg":"ES256","typ":"JWT"})",
            with(R"("alg":"ES256")"), with(R"("kid":")" + otherKeyId + "\""),
            with(R"("\u0061lg":"none")"), with(R"("crit":["b64"],"b64":false)"),
            with(R"("crit":[])"), with(R"("b64":false)"), with(R"("b64":true)"),
            with(R"("typ":"JOSE")"), with(R"("typ":null)"), with(R"("typ":1)"),
            with(R"("a\u0000":1)"), with("\"x\":" + std::string(40, '[') + std::string(40, ']'))};
        for (const char* const value : {"\"none\"", "\"None\"", "\"NONE\"", "\"HS256\"",
                 "\"RS256\"", "\"PS256\"", "\"ES384\"", "\"ES512\"", "\"EdDSA\"", "\"es256\"",
                 "\"ES256 \"", "\"ES256\\u0000\"", "\"\"", "256", "null", "true", "[\"ES256\"]"})
            headers.push_back(alg(value));
        for (const std::string& value : {"\"\""s, "1"s, "null"s, "[]"s, "\"../../etc/passwd\""s,
                 "\"" + std::string(36, 'z') + "\"", "\"https://evil.example/key\""s,
                 "\"" + keyId + "\\r\\nX: 1\"", "\"" + keyId + "\\u0000\"",
                 "\"" + keyId.substr(1) + "\"", "\"" + keyId + "0\"",
                 "\"" + std::string(2000, 'a') + "\"", "\"" + otherKeyId + "\""})
            headers.push_back(kid(value));

        std::vector<Forgery> forgeries;
        for (const std::string& header : headers)
            forgeries.push_back(
                {header.substr(0, 120), token(key_, header, claimsJson(now, body))});
        refuseAll(forgeries);
    }

    void refusesEveryForgedSignature()
    {
        const std::string good = genuine();
        const std::string head = good.substr(0, good.rfind('.'));
        const std::string raw = key_.sign(head);
        const std::string zero(32, '\0');
        const std::string one = std::string(31, '\0') + '\1';
        const auto signedWith = [&](const std::string& bytes)
        { return head + "." + base64Url(bytes); };
        const SigningKey stranger;
        refuseAll({
            {"empty", head + "."},
            {"one byte", signedWith("x")},
            {"63 bytes", signedWith(raw.substr(0, 63))},
            {"65 bytes", signedWith(raw + "x")},
            {"66 bytes, padded with zeros",
                signedWith("\0"s + raw.substr(0, 32) + "\0"s + raw.substr(32))},
            {"DER", signedWith(key_.signDer(head))},
            {"all zero", signedWith(zero + zero)},
            {"r zero", signedWith(zero + raw.substr(32))},
            {"s zero", signedWith(raw.substr(0, 32) + zero)},
            {"r = s = 1", signedWith(one + one)},
            {"r = order", signedWith(order + raw.substr(32))},
            {"s = order", signedWith(raw.substr(0, 32) + order)},
            {"all ones", signedWith(std::string(64, '\xFF'))},
            {"halves swapped", signedWith(raw.substr(32) + raw.substr(0, 32))},
            {"another key", signedWith(stranger.sign(head))},
            {"over another header",
                signedWith(key_.sign("e30." + head.substr(head.find('.') + 1)))},
            {"over another payload",
                signedWith(key_.sign(head.substr(0, head.find('.')) + ".e30"))},
            {"over the header alone", signedWith(key_.sign(head.substr(0, head.find('.'))))},
            {"over the decoded text",
                signedWith(key_.sign(headerJson(keyId) + "." + claimsJson(now, body)))},
        });
    }

    void refusesEveryBitFlipInTheSignature()
    {
        const std::string good = genuine();
        const std::string head = good.substr(0, good.rfind('.'));
        const std::string raw = key_.sign(head);
        for (std::size_t bit = 0; bit < raw.size() * 8; ++bit)
        {
            std::string flipped = raw;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
            CPPUNIT_ASSERT_MESSAGE(
                "bit " + std::to_string(bit), !verify(head + "." + base64Url(flipped)).ok());
        }
    }

    void refusesEveryForgedClaim()
    {
        const std::string hash = sha256HexOf(body);
        const auto iat = [&](const std::string& value)
        { return R"({"iat":)" + value + R"(,"request_body_sha256":")" + hash + "\"}"; };
        const auto sha = [&](const std::string& value)
        { return R"({"iat":)" + std::to_string(now) + R"(,"request_body_sha256":)" + value + "}"; };
        std::string upper = hash;
        for (char& c : upper)
            c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
        if (upper == hash) upper.replace(0, 1, "A");
        std::vector<std::string> claims{"[]", "{}", "", "null",
            R"({"iat":)" + std::to_string(now) + "}", R"({"request_body_sha256":")" + hash + "\"}",
            sha("\"" + upper + "\""), sha("\"" + hash.substr(1) + "\""), sha("\"" + hash + "0\""),
            sha("\"\""), sha("null"), sha("[\"" + hash + "\"]"),
            sha("\"" + sha256HexOf(body + "\n") + "\""), sha("\"" + sha256HexOf("") + "\""),
            sha("\"" + hash + "\",\"iat\":1"), claimsJson(now, body) + "x"};
        for (const std::string& value :
            {"\""s + std::to_string(now) + "\"", std::to_string(now) + ".0",
                std::to_string(now) + ".5", "1.7672256e9"s, "-1"s, "-0"s, "9223372036854775808"s,
                "9223372036854775807"s, "NaN"s, "null"s, "true"s, "[]"s, std::to_string(now - 301),
                std::to_string(now + 61), "0"s, std::to_string(now * 1000)})
            claims.push_back(iat(value));
        std::vector<Forgery> forgeries;
        for (const std::string& claim : claims)
            forgeries.push_back({claim, token(key_, headerJson(keyId), claim)});
        refuseAll(forgeries);
    }

    void refusesEveryForgedKeyAnswer()
    {
        const std::string good = key_.answer(keyId);
        const auto replaced = [&good](const std::string& from, const std::string& to)
        {
            std::string answer = good;
            const std::size_t at = answer.find(from);
            CPPUNIT_ASSERT(at != std::string::npos);
            return answer.replace(at, from.size(), to);
        };
        const std::string x = base64Url(key_.x());
        const std::string y = base64Url(key_.y());
        const std::vector<std::string> answers{"", "{}", "[]", "null", R"({"key":null})",
            R"({"error_type":"API_ERROR","error_code":"INTERNAL_SERVER_ERROR"})",
            replaced("P-256", "P-384"), replaced("\"EC\"", "\"RSA\""),
            replaced("\"sig\"", "\"enc\""), replaced("ES256", "HS256"), replaced(keyId, otherKeyId),
            replaced(x, y), replaced(y, x), replaced(x, x.substr(1)), replaced(x, x + "A"),
            replaced(y, base64Url(std::string(32, '\0'))),
            replaced(x, base64Url(std::string(32, '\0'))), replaced(x, ""),
            replaced("\"x\":\"" + x + "\"", "\"x\":1"), replaced(x, base64Url("\0"s + key_.x())),
            replaced("\"expired_at\":null", "\"expired_at\":\"never\""),
            replaced("\"expired_at\":null", "\"expired_at\":1.5"), good + good,
            good.substr(0, 100)};
        for (const std::string& answer : answers)
        {
            keyAnswer_ = answer;
            const auto webhook = verify(genuine());
            CPPUNIT_ASSERT_MESSAGE(answer, !webhook.ok());
            CPPUNIT_ASSERT_MESSAGE(answer, webhook.error().kind == ErrorKind::Retry);
        }
    }

    void refusesAKeyThatTheTokenBringsAlong()
    {
        const SigningKey attacker;
        const std::string jwk = R"({"kty":"EC","crv":"P-256","x":")" + base64Url(attacker.x()) +
                                R"(","y":")" + base64Url(attacker.y()) + "\"}";
        for (const std::string& more : {"\"jwk\":" + jwk, R"("jku":"https://evil.example/jwks")"s,
                 R"("x5u":"https://evil.example/cert")"s, R"("x5c":["AAAA"])"s})
        {
            const std::string header =
                R"({"alg":"ES256","kid":")" + keyId + R"(","typ":"JWT",)" + more + "}";
            refuseAll({{more, token(attacker, header, claimsJson(now, body))}});
            CPPUNIT_ASSERT(verify(token(key_, header, claimsJson(now, body))).ok());
        }
    }

    /// (r, n - s) is a valid signature too; it must not make a second request out of one.
    void takesAHighSAsTheSameRequest()
    {
        const std::string good = genuine();
        const std::string head = good.substr(0, good.rfind('.'));
        std::string raw = key_.sign(head);
        int borrow = 0;
        std::string mirrored(32, '\0');
        for (int i = 31; i >= 0; --i)
        {
            const auto at = static_cast<std::size_t>(i);
            int digit = static_cast<unsigned char>(order[at]) -
                        static_cast<unsigned char>(raw[32 + at]) - borrow;
            borrow = digit < 0 ? 1 : 0;
            mirrored[at] = static_cast<char>(digit + borrow * 256);
        }
        const auto one = verify(head + "." + base64Url(raw));
        const auto other = verify(head + "." + base64Url(raw.substr(0, 32) + mirrored));
        CPPUNIT_ASSERT(one.ok() && other.ok());
        CPPUNIT_ASSERT_EQUAL(one->id, other->id);
    }

    void acknowledgesGenuineBodiesThatItDoesNotUnderstand()
    {
        for (const std::string& odd : {""s, "x"s, "[]"s, "{}"s, "{\"webhook_type\":\"ITEM\"}"s,
                 R"({"webhook_type":"ITEM","webhook_code":"ERROR"})"s,
                 R"({"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"a","item_id":"b"})"s,
                 R"({"webhook_type":"ITEM","webhook_code":"ERROR","item_id\u0000":"a"})"s})
        {
            const auto webhook = verify(token(key_, headerJson(keyId), claimsJson(now, odd)), odd);
            CPPUNIT_ASSERT_MESSAGE(odd, webhook.ok());
            CPPUNIT_ASSERT_MESSAGE(odd, !webhook->understood);
            CPPUNIT_ASSERT(webhook->event.kind == BankEventKind::UnknownKind);
        }
    }

    void acknowledgesButIgnoresAnotherEnvironment()
    {
        std::string production = body;
        production.replace(production.find("sandbox"), 7, "production");
        const auto webhook =
            verify(token(key_, headerJson(keyId), claimsJson(now, production)), production);
        CPPUNIT_ASSERT(webhook.ok());
        CPPUNIT_ASSERT(!webhook->understood);
        CPPUNIT_ASSERT(webhook->event.kind == BankEventKind::Ignored);
    }

    /// The inbox's job sets aside what is of another environment; this is not.
    void takesTheKeysEnvironmentWhereABodyNamesNone()
    {
        const std::string none =
            R"({"item_id":"i1","webhook_code":"DEFAULT_UPDATE","webhook_type":"TRANSACTIONS"})";
        const auto webhook = verify(token(key_, headerJson(keyId), claimsJson(now, none)), none);
        CPPUNIT_ASSERT(webhook.ok() && webhook->understood);
        CPPUNIT_ASSERT_EQUAL("sandbox"s, webhook->event.environment);
        CPPUNIT_ASSERT(webhook->event.kind == BankEventKind::TransactionsChanged);
    }

    void refusesAnOversizedBodyUnread()
    {
        const std::string large(limits::webhookBodyBytes + 1, ' ');
        CPPUNIT_ASSERT(!verify(token(key_, headerJson(keyId), claimsJson(now, large)), large).ok());
        const std::string largest = body + std::string(limits::webhookBodyBytes - body.size(), ' ');
        CPPUNIT_ASSERT(
            verify(token(key_, headerJson(keyId), claimsJson(now, largest)), largest).ok());
    }

    void spendsNoKeyFetchOnRequestsThatAreWrongWithoutAKey()
    {
        ScriptedTransport transport;
        ManualClock clock;
        MemoryLog log;
        plaid::WebhookKeyRing keys{transport, clock, log, plaid::PlaidSettings{}};
        plaid::PlaidWebhookVerifier verifier{keys};
        for (const std::string& bad : {token(key_, headerJson("x"), claimsJson(now, body)),
                 token(key_, headerJson(keyId), claimsJson(now - 301, body)), "a.b.c"s})
        {
            const auto webhook =
                verifier.verify({{"Plaid-Verification", bad}}, body, UtcTime{now * nsPerSecond});
            CPPUNIT_ASSERT(!webhook.ok() && webhook.error().kind == ErrorKind::Denied);
        }
        CPPUNIT_ASSERT(transport.asked().empty());
    }

private:
    [[nodiscard]] std::string genuine() const
    {
        return token(key_, headerJson(keyId), claimsJson(now, body));
    }

    static char nextDigit(char digit)
    {
        static const std::string alphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return alphabet[alphabet.find(digit) + 1];
    }

    [[nodiscard]] Result<VerifiedWebhook> verify(
        const std::string& token, const std::string& sent = body) const
    {
        ScriptedTransport transport;
        transport.answerBy(
            [this](const HttpRequest& request) -> Result<HttpResponse>
            {
                HttpResponse answer;
                const bool asked = request.body.reveal().find(keyId) != std::string_view::npos;
                answer.status = asked ? 200 : 400;
                answer.body = asked ? keyAnswer_
                                    : R"({"error_type":"INVALID_INPUT","error_code":)"
                                      R"("INVALID_WEBHOOK_VERIFICATION_KEY_ID"})";
                return answer;
            });
        ManualClock clock;
        MemoryLog log;
        plaid::WebhookKeyRing keys{transport, clock, log, plaid::PlaidSettings{}};
        return plaid::PlaidWebhookVerifier{keys}.verify(
            {{"Plaid-Verification", token}}, sent, UtcTime{now * nsPerSecond});
    }

    void refuseAll(const std::vector<Forgery>& forgeries) const
    {
        for (const Forgery& forgery : forgeries)
        {
            const auto webhook = verify(forgery.token);
            CPPUNIT_ASSERT_MESSAGE("accepted: " + forgery.name, !webhook.ok());
            CPPUNIT_ASSERT_MESSAGE(forgery.name, webhook.error().kind == ErrorKind::Denied);
            // Two codes, for our own counting; the answer outside is one.
            const std::string& code = webhook.error().code;
            CPPUNIT_ASSERT_MESSAGE(
                forgery.name, code == wellFormedRefused || code == "webhook.malformed");
        }
    }

    SigningKey key_;
    std::string keyAnswer_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForgeryTest);
