#include "plaid/WebhookKeyAnswer.h"

#include "base/Base64Url.h"
#include "plaid/AnswerFields.h"

#include <charconv>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t wordBytes = 64;

struct Jwk
{
    std::string keyId;
    std::string algorithm;
    std::string type;
    std::string curve;
    std::string use;
    std::string x;
    std::string y;
    std::optional<std::int64_t> expiredAt;
};

void readSeconds(JsonReader& reader, std::optional<std::int64_t>& out)
{
    std::string_view token;
    if (reader.null() || !reader.number(token)) return;
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (code != std::errc{} || end != token.data() + token.size())
        reader.fail("a time is not whole seconds");
    else
        out = value;
}

void readJwk(JsonReader& reader, Jwk& out)
{
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "kid")
            readText(reader, out.keyId, wordBytes);
        else if (key == "alg")
            readText(reader, out.algorithm, wordBytes);
        else if (key == "kty")
            readText(reader, out.type, wordBytes);
        else if (key == "crv")
            readText(reader, out.curve, wordBytes);
        else if (key == "use")
            readText(reader, out.use, wordBytes);
        else if (key == "x")
            readText(reader, out.x, wordBytes);
        else if (key == "y")
            readText(reader, out.y, wordBytes);
        else if (key == "expired_at")
            readSeconds(reader, out.expiredAt);
        else
            reader.skip();
    }
}

} // namespace

Result<WebhookKey> readWebhookKey(std::string body, std::string_view keyId)
{
    Jwk jwk;
    bool seen = false;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "key")
        {
            seen = true;
            readJwk(reader, jwk);
        }
        else
            reader.skip();
    }
    BF_TRY(finishAnswer(reader, seen));

    const auto unusable = []
    { return Error::corrupt("plaid.webhook_key", "Plaid's webhook key is not one that signs."); };
    if (jwk.keyId != keyId || jwk.algorithm != "ES256" || jwk.type != "EC" ||
        jwk.curve != "P-256" || jwk.use != "sig")
    {
        return unusable();
    }
    const auto x = fromBase64Url(jwk.x);
    const auto y = fromBase64Url(jwk.y);
    if (!x || !y) return unusable();
    WebhookKey made;
    made.key = Es256Key::ofPoint(*x, *y);
    if (!made.key) return unusable();
    made.expiredAt = jwk.expiredAt;
    return made;
}

} // namespace bankfeed::plaid
