// Forgeries of what is signed: claims, bodies, keys.
#include "Forgeries.h"

#include <algorithm>
#include <cctype>

namespace bankfeed::testing
{

namespace
{

using namespace std::string_literals;

ForgedRequest withTime(const Forger& f, const std::string& iat)
{
    return f.sendClaims(
        "{\"iat\":" + iat + ",\"request_body_sha256\":\"" + sha256HexOf(f.body) + "\"}");
}

ForgedRequest withHash(const Forger& f, const std::string& json)
{
    return f.sendClaims(
        "{\"iat\":" + std::to_string(f.issuedAt) + ",\"request_body_sha256\":" + json + "}");
}

std::string quoted(const std::string& text)
{
    return "\"" + text + "\"";
}

std::string upper(std::string text)
{
    for (char& c : text)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

/// The body as JSON libraries write it again.
std::string reserialised(std::string json)
{
    std::erase_if(json, [](char c) { return c == ' ' || c == '\n'; });
    return json;
}

/// The genuine token over the genuine body, sent with another one.
ForgedRequest withBody(const Forger& f, const std::string& body)
{
    return f.send(f.genuine(), body);
}

/// A gzip stream of one stored block.
std::string gzipped(const std::string& text)
{
    const auto low = static_cast<char>(text.size() & 0xFFU);
    const auto high = static_cast<char>(text.size() >> 8U);
    return "\x1F\x8B\x08\0\0\0\0\0\0\xFF\x01"s + low + high + static_cast<char>(~low) +
           static_cast<char>(~high) + text + "\0\0\0\0"s + low + high + "\0\0"s;
}

} // namespace

std::vector<Forgery> forgedClaims()
{
    return {
        {"claims are not JSON", [](Forger& f) { return f.sendClaims(f.bytes(1 + f.below(200))); }},
        {"claims are no object",
            [](Forger& f) {
                return f.sendClaims(f.pick({"[]", "null", "", "1", "\"iat\"", "{}"}));
            }},
        {"more behind the claims",
            [](Forger& f) {
                return f.sendClaims(f.claims() + f.pick({"x", "{}", ",", "}"}));
            }},
        {"no iat", [](Forger& f)
            { return f.sendClaims("{\"request_body_sha256\":\"" + sha256HexOf(f.body) + "\"}"); }},
        {"iat as text", [](Forger& f) { return withTime(f, quoted(std::to_string(f.issuedAt))); }},
        {"iat with a fraction",
            [](Forger& f) {
                return withTime(
                    f, std::to_string(f.issuedAt) + "." + std::to_string(f.below(1000)));
            }},
        {"iat with an exponent",
            [](Forger& f) {
                return withTime(f, std::to_string(f.issuedAt) + f.pick({"e0", "E0", "e+0", "e-0"}));
            }},
        {"iat negative",
            [](Forger& f) {
                return withTime(f, f.pick({"-0", "-1", "-1767225600", "-9223372036854775808"}));
            }},
        {"iat beyond its type",
            [](Forger& f)
            {
                return withTime(f, f.pick({"9223372036854775807", "9223372036854775808",
                                       "18446744073709551617", "1e400"}));
            }},
        {"iat wraps around to now",
            [](Forger& f) { return withTime(f, "1844674407" + std::to_string(f.issuedAt)); }},
        {"iat in milliseconds",
            [](Forger& f) { return withTime(f, std::to_string(f.issuedAt * 1000)); }},
        {"iat is no number",
            [](Forger& f)
            {
                return withTime(f, f.pick({"NaN", "Infinity", "null", "true", "[]", "{}", "0x69559",
                                       "01767225600"}));
            }},
        {"iat too old",
            [](Forger& f)
            {
                return withTime(
                    f, std::to_string(f.receivedAt - 301 -
                                      static_cast<std::int64_t>(
                                          f.below(2) == 0 ? f.below(3) : f.below(100'000'000))));
            }},
        {"iat in the future",
            [](Forger& f)
            {
                return withTime(
                    f, std::to_string(f.receivedAt + 61 +
                                      static_cast<std::int64_t>(
                                          f.below(2) == 0 ? f.below(3) : f.below(100'000'000))));
            }},
        {"iat twice",
            [](Forger& f) {
                return withHash(
                    f, quoted(sha256HexOf(f.body)) + ",\"iat\":" + std::to_string(f.issuedAt));
            }},
        {"no hash",
            [](Forger& f) { return f.sendClaims("{\"iat\":" + std::to_string(f.issuedAt) + "}"); }},
        {"hash in capitals",
            [](Forger& f) { return withHash(f, quoted(upper(sha256HexOf(f.body)))); }},
        {"hash of another length",
            [](Forger& f)
            {
                const auto h = sha256HexOf(f.body);
                return withHash(
                    f, quoted(f.below(2) == 0 ? h.substr(0, f.below(64))
                                              : h + f.pick({"0", "00", " ", "\\u0000"})));
            }},
        {"hash is no text",
            [](Forger& f)
            {
                return withHash(f, f.below(2) == 0 ? "[" + quoted(sha256HexOf(f.body)) + "]"
                                                   : f.pick({"null", "0", "true", "{}"}));
            }},
        {"hash twice",
            [](Forger& f)
            {
                return withHash(f, quoted(sha256HexOf(f.body)) +
                                       ",\"request_body_sha256\":" + quoted(sha256HexOf("")));
            }},
        {"hash of another body",
            [](Forger& f) { return withHash(f, quoted(sha256HexOf(f.bytes(f.below(300))))); }},
        {"hash of the body written again",
            [](Forger& f) { return withHash(f, quoted(sha256HexOf(reserialised(f.body)))); }},
        {"hash of the body's hash",
            [](Forger& f) { return withHash(f, quoted(sha256HexOf(sha256HexOf(f.body)))); }},
    };
}

std::vector<Forgery> forgedBodies()
{
    return {
        {"one bit of the body",
            [](Forger& f)
            {
                std::string body = f.body;
                char& byte = body[f.below(body.size())];
                byte = static_cast<char>(byte ^ (1 << f.below(8)));
                return withBody(f, body);
            }},
        {"another item in the body",
            [](Forger& f)
            {
                std::string body = f.body;
                return withBody(f, body.replace(body.find("item_id") + 11, 37, f.digits(37)));
            }},
        {"a byte order mark",
            [](Forger& f) {
                return withBody(f, f.pick({"\xEF\xBB\xBF", "\xFE\xFF", "\xFF\xFE"}) + f.body);
            }},
        {"something behind the body",
            [](Forger& f)
            {
                return withBody(
                    f, f.body + (f.below(2) == 0 ? "\0"s : f.pick({"\n", "\r\n", " ", "}", "{}"})));
            }},
        {"no body", [](Forger& f) { return withBody(f, std::string(f.below(3), ' ')); }},
        {"body cut off",
            [](Forger& f) { return withBody(f, f.body.substr(0, f.below(f.body.size()))); }},
        {"a key twice in the body", [](Forger& f)
            { return withBody(f, "{\"item_id\":\"" + f.digits(37) + "\"," + f.body.substr(1)); }},
        {"a key with NUL in the body",
            [](Forger& f) {
                return withBody(
                    f, "{\"item_id\\u0000\":\"" + f.digits(37) + "\"," + f.body.substr(1));
            }},
        {"body written again", [](Forger& f) { return withBody(f, reserialised(f.body)); }},
        {"body indented otherwise",
            [](Forger& f)
            {
                std::string body = f.body;
                for (std::size_t at = 0; (at = body.find("\n ", at)) != std::string::npos; ++at)
                    body.insert(at + 1, 1 + f.below(2), ' ');
                return withBody(f, body);
            }},
        {"body compressed", [](Forger& f) { return withBody(f, gzipped(f.body)); }},
        {"another genuine token",
            [](Forger& f)
            {
                const std::string other = f.genuine();
                f.renew();
                f.receivedAt = f.issuedAt;
                return f.send(other);
            }},
        {"a genuine token's twin of the same second",
            [](Forger& f)
            {
                const std::string other = f.genuine();
                const auto at = f.issuedAt;
                f.renew();
                f.issuedAt = f.receivedAt = at;
                return f.send(other);
            }},
    };
}

std::vector<Forgery> forgedKeyNames()
{
    return {
        {"unknown key",
            [](Forger& f) { return f.send(token(f.stranger, headerJson(f.uuid()), f.claims())); }},
        {"genuine key under another name",
            [](Forger& f) { return f.sendHeader(headerJson(f.uuid())); }},
        {"kid in another case", [](Forger& f) { return f.sendHeader(headerJson(upper(f.keyId))); }},
        {"a key of another environment", [](Forger& f)
            { return f.send(token(f.stranger, headerJson("b" + f.keyId.substr(1)), f.claims())); }},
        {"another key under the genuine name",
            [](Forger& f) { return f.send(token(f.stranger, f.header(), f.claims())); }},
        {"key had expired",
            [](Forger& f)
            {
                return f.sendAnswer(f.key.answer(f.keyId,
                    std::to_string(
                        f.issuedAt - static_cast<std::int64_t>(
                                         f.below(2) == 0 ? f.below(2) : f.below(1'000'000)))));
            }},
    };
}

std::vector<Forgery> forgedKeyAnswers()
{
    const auto x = [](const Forger& f) { return base64Url(f.key.x()); };
    const auto y = [](const Forger& f) { return base64Url(f.key.y()); };
    return {
        {"another curve",
            [](Forger& f)
            {
                return f.sendAnswer(
                    f.answerWith("P-256", f.pick({"P-384", "P-521", "secp256k1", "p-256", ""})));
            }},
        {"another type of key",
            [](Forger& f)
            {
                return f.sendAnswer(f.answerWith(
                    "\"EC\"", f.pick({"\"RSA\"", "\"oct\"", "\"OKP\"", "\"ec\"", "null"})));
            }},
        {"another use",
            [](Forger& f) {
                return f.sendAnswer(
                    f.answerWith("\"sig\"", f.pick({"\"enc\"", "\"\"", "null", "\"SIG\""})));
            }},
        {"another algorithm of the key",
            [](Forger& f) {
                return f.sendAnswer(f.answerWith("ES256", f.pick({"HS256", "ES384", "none", ""})));
            }},
        {"another name of the key",
            [](Forger& f) {
                return f.sendAnswer(
                    f.answerWith(f.keyId, f.below(2) == 0 ? f.uuid() : upper(f.keyId)));
            }},
        {"point beside the curve",
            [=](Forger& f)
            {
                std::string moved = f.key.y();
                char& byte = moved[f.below(32)];
                byte = static_cast<char>(byte ^ (1 << f.below(8)));
                return f.sendAnswer(f.answerWith(y(f), base64Url(moved)));
            }},
        {"random point",
            [=](Forger& f) { return f.sendAnswer(f.answerWith(y(f), base64Url(f.bytes(32)))); }},
        {"point at infinity",
            [=](Forger& f)
            {
                const std::string none = base64Url(std::string(f.below(2) == 0 ? 32 : 1, '\0'));
                std::string answer = f.answerWith(x(f), none);
                return f.sendAnswer(answer.replace(answer.find(y(f)), y(f).size(), none));
            }},
        {"coordinates swapped",
            [=](Forger& f)
            {
                std::string answer = f.answerWith(x(f), y(f));
                return f.sendAnswer(answer.replace(answer.rfind(y(f)), y(f).size(), x(f)));
            }},
        {"short coordinate",
            [=](Forger& f) {
                return f.sendAnswer(
                    f.answerWith(x(f), base64Url(f.key.x().substr(0, f.below(32)))));
            }},
        {"long coordinate",
            [=](Forger& f)
            {
                return f.sendAnswer(
                    f.answerWith(x(f), base64Url(std::string(1 + f.below(9), '\0') + f.key.x())));
            }},
        {"coordinate beyond the field",
            [=](Forger& f) {
                return f.sendAnswer(
                    f.answerWith(x(f), base64Url(std::string(16, '\xFF') + f.bytes(16))));
            }},
        {"expiry that is no time",
            [](Forger& f)
            {
                return f.sendAnswer(f.answerWith("\"expired_at\":null",
                    "\"expired_at\":" + f.pick({"\"never\"", "1.5", "true", "[]"})));
            }},
        {"an error with status 200",
            [](Forger& f)
            {
                return f.sendAnswer(
                    f.pick({R"({"error_type":"API_ERROR","error_code":"INTERNAL_SERVER_ERROR"})",
                        R"({"key":null})", "{}", "[]", "null"}));
            }},
        {"answer cut off",
            [](Forger& f)
            {
                const auto a = f.key.answer(f.keyId);
                return f.sendAnswer(a.substr(0, 1 + f.below(a.size() - 1)));
            }},
        {"answer twice",
            [](Forger& f)
            {
                const auto a = f.key.answer(f.keyId);
                return f.sendAnswer(a + f.pick({"", " ", "\n"}) + a);
            }},
    };
}

} // namespace bankfeed::testing
