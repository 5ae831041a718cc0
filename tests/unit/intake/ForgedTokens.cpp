// Forgeries of the token's form and its header.
#include "Forgeries.h"

#include "base/Limits.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace bankfeed::testing
{

namespace
{

using namespace std::string_literals;

/// The parts of the genuine token.
struct Parts
{
    explicit Parts(const Forger& f)
    {
        const std::string whole = f.genuine();
        const std::size_t first = whole.find('.');
        const std::size_t second = whole.rfind('.');
        header = whole.substr(0, first);
        claims = whole.substr(first + 1, second - first - 1);
        signature = whole.substr(second + 1);
    }
    [[nodiscard]] std::string joined() const { return header + "." + claims + "." + signature; }

    std::string header;
    std::string claims;
    std::string signature;
};

std::string inserted(Forger& f, const std::string& into, const std::string& what)
{
    std::string text = into;
    return text.insert(f.below(text.size() + 1), what);
}

/// {"alg":...,"kid":...,"typ":"JWT"} with more behind it.
std::string headerOf(const Forger& f, const std::string& alg, const std::string& more = "")
{
    return "{\"alg\":" + alg + ",\"kid\":\"" + f.keyId + "\",\"typ\":\"JWT\"" + more + "}";
}

/// What a verifier that lets the token choose takes for a secret: the public key.
ForgedRequest hmacWith(const Forger& f, const std::string& secret)
{
    const std::string part = base64Url(headerOf(f, "\"HS256\"")) + "." + base64Url(f.claims());
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
        reinterpret_cast<const unsigned char*>(part.data()), part.size(), mac.data(), &size);
    return f.send(
        part + "." + base64Url({reinterpret_cast<const char*>(mac.data()), std::size_t{size}}));
}

std::string jwkOf(const SigningKey& key)
{
    return R"({"kty":"EC","crv":"P-256","x":")" + base64Url(key.x()) + R"(","y":")" +
           base64Url(key.y()) + "\"}";
}

/// The public key as a file that OpenSSL reads: a fixed head, and the point.
std::string pemOf(const SigningKey& key)
{
    const std::string der =
        "\x30\x59\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48"
        "\xCE\x3D\x03\x01\x07\x03\x42\x00\x04"s +
        key.x() + key.y();
    std::array<unsigned char, 128> text{};
    EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(der.data()),
        static_cast<int>(der.size()));
    const std::string base64 = reinterpret_cast<const char*>(text.data());
    return "-----BEGIN PUBLIC KEY-----\n" + base64.substr(0, 64) + "\n" + base64.substr(64) +
           "\n-----END PUBLIC KEY-----\n";
}

/// Signed by a stranger, whose key the header names or brings along.
ForgedRequest bringing(const Forger& f, const std::string& more)
{
    return f.send(token(f.stranger, headerOf(f, "\"ES256\"", more), f.claims()));
}

} // namespace

std::vector<Forgery> forgedTokens()
{
    return {
        {"no token header",
            [](Forger& f) {
                return ForgedRequest{{}, f.body, ""};
            }},
        {"token in another header",
            [](Forger& f)
            {
                return ForgedRequest{{{f.pick({"Authorization", "Plaid-Verificatio",
                                           "Plaid_Verification", "X-Plaid-Verification", ""}),
                                         f.genuine()}},
                    f.body, ""};
            }},
        {"empty token",
            [](Forger& f) {
                return f.send(f.pick({"", ".", "..", "..."}));
            }},
        {"two token headers",
            [](Forger& f)
            {
                auto request = f.send(f.genuine());
                request.headers.insert(request.headers.begin() + static_cast<long>(f.below(3)),
                    {f.pick({"plaid-verification", "PLAID-VERIFICATION"}),
                        f.below(2) == 0 ? f.genuine() : ""});
                return request;
            }},
        {"two tokens in one header",
            [](Forger& f) {
                return f.send(f.genuine() + f.pick({",", ", ", ";", " "}) + f.genuine());
            }},
        {"longer than a token may be",
            [](Forger& f)
            {
                return f.sendHeader(
                    f.header() + std::string(limits::webhookTokenBytes + f.below(90'000), ' '));
            }},
        {"one part",
            [](Forger& f)
            {
                const Parts p(f);
                return f.send(f.below(2) == 0 ? p.header : p.claims);
            }},
        {"two parts", [](Forger& f)
            { return f.send(f.below(2) == 0 ? f.signedPart() : f.signedPart() + "."); }},
        {"four parts", [](Forger& f) { return f.send(f.genuine() + "." + f.digits(f.below(90))); }},
        {"five parts",
            [](Forger& f) { return f.send(f.genuine() + "." + f.digits(4) + "." + f.digits(4)); }},
        {"parts in another order",
            [](Forger& f)
            {
                const Parts p(f);
                return f.send(p.claims + "." + p.header + "." + p.signature);
            }},
        {"padding",
            [](Forger& f)
            {
                Parts p(f);
                std::string& part = f.below(2) == 0 ? p.header : p.signature;
                part += f.pick({"=", "==", "===", "===="});
                return f.send(p.joined());
            }},
        {"blank or newline",
            [](Forger& f) {
                return f.send(inserted(f, f.genuine(), f.pick({" ", "\n", "\r\n", "\t", "\v"})));
            }},
        {"byte of no alphabet",
            [](Forger& f) {
                return f.send(
                    inserted(f, f.genuine(), f.pick({"+", "/", "=", "%", "\xC3", "\"", "~"})));
            }},
        {"NUL", [](Forger& f) { return f.send(inserted(f, f.genuine(), "\0"s)); }},
        {"cut off",
            [](Forger& f)
            {
                const auto t = f.genuine();
                return f.send(t.substr(0, f.below(t.size())));
            }},
        {"one more digit", [](Forger& f) { return f.send(inserted(f, f.genuine(), f.digits(1))); }},
        {"unused bits set",
            [](Forger& f)
            {
                // 64 bytes end in a digit whose lower four bits are not used.
                static constexpr std::string_view alphabet =
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
                std::string t = f.genuine();
                t.back() = alphabet[alphabet.find(t.back()) + 1 + f.below(15)];
                return f.send(t);
            }},
    };
}

std::vector<Forgery> forgedHeaders()
{
    return {
        {"header is not JSON", [](Forger& f) { return f.sendHeader(f.bytes(1 + f.below(90))); }},
        {"header is no object",
            [](Forger& f) {
                return f.sendHeader(
                    f.pick({"[]", "null", "\"ES256\"", "1", "true", "", "{", "[{}]"}));
            }},
        {"more behind the header",
            [](Forger& f) {
                return f.sendHeader(f.header() + f.pick({"x", "{}", ",", "]", "\1"}));
            }},
        {"alg twice",
            [](Forger& f)
            {
                return f.sendHeader(headerOf(f, "\"ES256\"",
                    f.pick(
                        {",\"alg\":\"ES256\"", ",\"alg\":\"none\"", ",\"\\u0061lg\":\"none\""})));
            }},
        {"kid twice",
            [](Forger& f)
            {
                return f.sendHeader(headerOf(
                    f, "\"ES256\"", ",\"kid\":\"" + (f.below(2) == 0 ? f.keyId : f.uuid()) + "\""));
            }},
        {"alg none without a signature",
            [](Forger& f)
            {
                return f.send(base64Url(headerOf(
                                  f, f.pick({"\"none\"", "\"None\"", "\"NONE\"", "\"nOnE\""}))) +
                              "." + base64Url(f.claims()) + ".");
            }},
        {"alg none with a signature",
            [](Forger& f) {
                return f.sendHeader(
                    headerOf(f, f.pick({"\"none\"", "\"None\"", "\"NONE\"", "\"nOnE\""})));
            }},
        {"HS256 keyed with the JWK", [](Forger& f)
            { return hmacWith(f, f.below(2) == 0 ? jwkOf(f.key) : f.key.answer(f.keyId)); }},
        {"HS256 keyed with the PEM",
            [](Forger& f)
            {
                const std::string pem = pemOf(f.key);
                return hmacWith(f, f.below(2) == 0 ? pem : pem.substr(0, pem.size() - 1));
            }},
        {"HS256 keyed with the point", [](Forger& f)
            { return hmacWith(f, (f.below(2) == 0 ? "\4"s : ""s) + f.key.x() + f.key.y()); }},
        {"another algorithm",
            [](Forger& f)
            {
                return f.sendHeader(headerOf(f, f.pick({"\"HS256\"", "\"RS256\"", "\"PS256\"",
                                                    "\"EdDSA\"", "\"ES256K\"", "\"dir\""})));
            }},
        {"ES256 of another size",
            [](Forger& f) {
                return f.sendHeader(headerOf(f, f.pick({"\"ES384\"", "\"ES512\"", "\"ES224\""})));
            }},
        {"almost ES256",
            [](Forger& f)
            {
                return f.sendHeader(headerOf(f, f.pick({"\"es256\"", "\"ES256 \"", "\" ES256\"",
                                                    "\"ES256\\u0000\"", "\"\"", "\"ES25\"",
                                                    "\"E\xC5\xBF"
                                                    "256\""})));
            }},
        {"alg is no text",
            [](Forger& f)
            {
                return f.sendHeader(headerOf(
                    f, f.pick({"256", "null", "true", "[\"ES256\"]", "{\"ES256\":1}", "0"})));
            }},
        {"no alg",
            [](Forger& f)
            {
                return f.sendHeader(
                    "{\"kid\":\"" + f.keyId +
                    f.pick({"\"}", "\",\"typ\":\"JWT\"}", "\",\"Alg\":\"ES256\"}"}));
            }},
        {"crit",
            [](Forger& f)
            {
                return f.sendHeader(headerOf(f, "\"ES256\"",
                    f.pick({",\"crit\":[]", ",\"crit\":[\"exp\"]", ",\"crit\":null",
                        ",\"crit\":[\"b64\"],\"b64\":false"})));
            }},
        {"b64",
            [](Forger& f)
            {
                return f.sendHeader(headerOf(
                    f, "\"ES256\"", f.pick({",\"b64\":false", ",\"b64\":true", ",\"b64\":0"})));
            }},
        {"brings its jwk", [](Forger& f) { return bringing(f, ",\"jwk\":" + jwkOf(f.stranger)); }},
        {"names its key's address",
            [](Forger& f)
            {
                return bringing(f,
                    f.pick({",\"jku\":\"https://evil.example/jwks\"",
                        ",\"x5u\":\"https://evil.example/c\"", ",\"jku\":\"file:///etc/passwd\""}));
            }},
        {"brings its certificate",
            [](Forger& f) { return bringing(f, ",\"x5c\":[\"" + f.digits(80) + "\"]"); }},
        {"another typ",
            [](Forger& f)
            {
                return f.sendHeader(
                    "{\"alg\":\"ES256\",\"kid\":\"" + f.keyId + "\",\"typ\":" +
                    f.pick({"\"JOSE\"", "\"jwt\"", "\"at+jwt\"", "\"\"", "null", "1", "[]"}) + "}");
            }},
        {"NUL in a key",
            [](Forger& f)
            {
                return f.sendHeader(
                    headerOf(f, "\"ES256\"", ",\"" + f.digits(1 + f.below(5)) + "\\u0000\":1"));
            }},
        {"deeper than JSON may be",
            [](Forger& f)
            {
                const std::size_t depth = 33 + f.below(400);
                return f.sendHeader(headerOf(
                    f, "\"ES256\"", ",\"x\":" + std::string(depth, '[') + std::string(depth, ']')));
            }},
        {"no kid",
            [](Forger& f)
            {
                return f.sendHeader(f.pick({"{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
                    "{\"alg\":\"ES256\"}", "{\"alg\":\"ES256\",\"Kid\":\"x\"}"}));
            }},
        {"kid is no text",
            [](Forger& f)
            {
                return f.sendHeader("{\"alg\":\"ES256\",\"kid\":" +
                                    f.pick({"1", "null", "[]", "{}", "true", "\"\""}) +
                                    ",\"typ\":\"JWT\"}");
            }},
        {"kid of another shape",
            [](Forger& f)
            {
                return f.sendHeader(headerJson(
                    f.below(2) == 0 ? f.digits(f.below(36)) : f.digits(36 + f.below(2'000))));
            }},
        {"kid is a path",
            [](Forger& f)
            {
                return f.sendHeader(headerJson(
                    f.pick({"../", "/etc/", "..%2f", "file:///"}) + f.digits(1 + f.below(32))));
            }},
        {"kid is an address", [](Forger& f)
            { return f.sendHeader(headerJson("https://evil.example/" + f.digits(15))); }},
        {"kid with a line end",
            [](Forger& f)
            {
                return f.sendHeader(
                    headerJson(inserted(f, f.keyId, f.pick({"\\r\\n", "\\n", "\\r\\nX: 1"}))));
            }},
        {"kid with NUL",
            [](Forger& f) { return f.sendHeader(headerJson(inserted(f, f.keyId, "\\u0000"))); }},
    };
}

} // namespace bankfeed::testing
