#include "plaid/PlaidWebhookVerifier.h"

#include "base/AsciiCase.h"
#include "base/Hex.h"
#include "base/Limits.h"
#include "base/Sha256.h"
#include "plaid/BankEvents.h"
#include "plaid/Jws.h"

#include <openssl/crypto.h>

#include <optional>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::string_view tokenHeader = "plaid-verification";

Error malformed(const char* reason)
{
    return Error::denied("webhook.malformed", reason);
}

Error refused(const char* reason)
{
    return Error::denied(std::string(wellFormedRefused), reason);
}

/// The value of the one header; two could be read differently by two readers.
std::optional<std::string_view> onlyToken(const std::vector<WebhookHeader>& headers)
{
    std::optional<std::string_view> token;
    for (const WebhookHeader& header : headers)
    {
        if (!sameWord(header.name, tokenHeader)) continue;
        if (token) return std::nullopt;
        token = header.value;
    }
    return token;
}

bool sameDigest(std::string_view bytes, std::string_view hexDigest)
{
    const std::string computed = sha256Hex(bytes);
    return computed.size() == hexDigest.size() &&
           CRYPTO_memcmp(computed.data(), hexDigest.data(), computed.size()) == 0;
}

} // namespace

PlaidWebhookVerifier::PlaidWebhookVerifier(WebhookKeyRing& keys) : keys_(keys) {}

Result<VerifiedWebhook> PlaidWebhookVerifier::verify(
    const std::vector<WebhookHeader>& headers, std::string_view body, UtcTime receivedAt)
{
    const auto token = onlyToken(headers);
    if (!token) return malformed("The request does not carry exactly one token.");
    if (body.size() > limits::webhookBodyBytes) return malformed("The body is too large.");
    BF_LET(jws, readJws(*token));

    const std::int64_t age = seconds(receivedAt) - jws.issuedAt;
    if (age > limits::webhookAgeMaxSeconds) return refused("The token is too old.");
    if (-age > limits::webhookFutureMaxSeconds) return refused("The token is from the future.");

    BF_LET(key, keys_.find(jws.keyId));
    if (key.expiredAt && jws.issuedAt >= *key.expiredAt)
        return refused("The token was signed after its key had expired.");
    const Digest digest = sha256(jws.signedPart);
    if (!key.key->verifies(digest, jws.signature))
        return refused("The token's signature is wrong.");
    if (!sameDigest(body, jws.bodySha256)) return refused("The body is not the one signed.");

    VerifiedWebhook webhook;
    // Without the signature: (r, n - s) is as good as (r, s), and must not be another request.
    webhook.id = toHex(asBytes(digest));
    webhook.signedAt = {jws.issuedAt * nsPerSecond};
    auto event = readBankEvent(std::string(body));
    webhook.understood = event.ok();
    if (event.ok()) webhook.event = std::move(event).value();
    // A body that names none is of the environment whose key has signed it.
    if (webhook.event.environment.empty()) webhook.event.environment = keys_.environment();
    if (webhook.event.environment != keys_.environment())
    {
        webhook.understood = false;
        webhook.event.kind = BankEventKind::Ignored;
    }
    return webhook;
}

} // namespace bankfeed::plaid
