#include "plaid/Jws.h"

#include "base/Base64Url.h"
#include "base/Limits.h"
#include "plaid/JsonReader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t uuidSize = 36;
constexpr std::size_t secondsDigitsMax = 12; ///< Until the year 33658.

Error refused(const char* reason)
{
    return Error::denied("webhook.malformed", reason);
}

bool isHex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool isUuid(std::string_view text)
{
    if (text.size() != uuidSize) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isHex(text[i])) return false;
    }
    return true;
}

bool isLowerHexDigest(std::string_view text)
{
    return text.size() == 64 && std::all_of(text.begin(), text.end(),
                                    [](char c) { return isHex(c) && !(c >= 'A' && c <= 'F'); });
}

/// "Only" strings: a number or null as `alg` is not an algorithm.
void readString(JsonReader& reader, std::string& out)
{
    std::string_view text;
    bool repaired = false;
    if (reader.string(text, repaired)) out = text;
}

Result<std::string> readKeyId(std::string json)
{
    std::string algorithm;
    std::string keyId;
    std::string type = "JWT";
    bool extended = false;
    JsonReader reader{std::move(json)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "alg")
            readString(reader, algorithm);
        else if (key == "kid")
            readString(reader, keyId);
        else if (key == "typ")
            readString(reader, type);
        else
        {
            // RFC 7515 demands refusal of what `crit` names and we do not understand, which is
            // everything. Keys that the token brings along (jwk, jku, x5c, x5u) are never looked
            // at.
            extended = extended || key == "crit" || key == "b64";
            reader.skip();
        }
    }
    if (!reader.finish().ok()) return refused("The token's header is malformed.");
    if (algorithm != "ES256") return refused("The token's algorithm is not ES256.");
    if (extended || type != "JWT") return refused("The token's header asks for something else.");
    if (!isUuid(keyId)) return refused("The token names no proper key.");
    return keyId;
}

/// Whole seconds without sign, fraction or exponent.
std::optional<std::int64_t> wholeSeconds(std::string_view token)
{
    std::int64_t value = 0;
    if (token.size() > secondsDigitsMax) return std::nullopt;
    const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (code != std::errc{} || end != token.data() + token.size() || token.starts_with('-'))
        return std::nullopt;
    return value;
}

Result<void> readClaims(std::string json, Jws& out)
{
    std::optional<std::int64_t> issuedAt;
    JsonReader reader{std::move(json)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "iat")
        {
            std::string_view token;
            if (reader.number(token)) issuedAt = wholeSeconds(token);
        }
        else if (key == "request_body_sha256")
            readString(reader, out.bodySha256);
        else
            reader.skip();
    }
    if (!reader.finish().ok()) return refused("The token's claims are malformed.");
    if (!issuedAt) return refused("The token does not say when it was signed.");
    if (!isLowerHexDigest(out.bodySha256)) return refused("The token names no proper body hash.");
    out.issuedAt = *issuedAt;
    return success();
}

} // namespace

Result<Jws> readJws(std::string_view token)
{
    if (token.empty() || token.size() > limits::webhookTokenBytes)
        return refused("The token is empty or too long.");
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return refused("The token does not have three parts.");

    auto header = fromBase64Url(token.substr(0, first));
    auto claims = fromBase64Url(token.substr(first + 1, second - first - 1));
    const auto signature = fromBase64Url(token.substr(second + 1));
    if (!header || !claims || !signature) return refused("The token is not base64url.");

    Jws jws;
    jws.signedPart = token.substr(0, second);
    BF_LET(keyId, readKeyId(*std::move(header)));
    jws.keyId = std::move(keyId);
    if (signature->size() != jws.signature.size())
        return refused("The token's signature does not have 64 bytes.");
    std::copy(signature->begin(), signature->end(), jws.signature.begin());
    BF_TRY(readClaims(*std::move(claims), jws));
    return jws;
}

} // namespace bankfeed::plaid
