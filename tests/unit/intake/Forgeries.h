// The forgery matrix: classes of requests that must not pass, each made from a genuine one.
#pragma once

#include "support/SeededRandom.h"
#include "unit/plaid/WebhookForge.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bankfeed::testing
{

struct ForgedRequest
{
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string keyAnswer; ///< What the key service says to the genuine name; "" when the truth.
};

/// Makes the genuine request that a forgery starts from, and draws what varies. What it draws
/// follows from the seed; keys and signatures are the crypto library's own and do not.
class Forger
{
public:
    explicit Forger(std::uint64_t seed) : random(seed) { renew(); }

    /// Another genuine request: its own body, time of signing and time of receipt.
    void renew();

    [[nodiscard]] std::string header() const { return headerJson(keyId); }
    [[nodiscard]] std::string claims() const { return claimsJson(issuedAt, body); }
    [[nodiscard]] std::string genuine() const { return token(key, header(), claims()); }

    /// A request with this token, and the genuine body or another.
    [[nodiscard]] ForgedRequest send(const std::string& sent) const { return send(sent, body); }
    [[nodiscard]] static ForgedRequest send(const std::string& sent, const std::string& sentBody);
    /// Signed by the genuine key, with this in place of the header, or of the claims.
    [[nodiscard]] ForgedRequest sendHeader(const std::string& json) const;
    [[nodiscard]] ForgedRequest sendClaims(const std::string& json) const;
    /// The genuine header and claims with other bytes as their signature.
    [[nodiscard]] ForgedRequest sendSignature(const std::string& bytes) const;
    /// The genuine request, for which the key service answers something else.
    [[nodiscard]] ForgedRequest sendAnswer(const std::string& answer) const;
    /// The key service's true answer with one text replaced.
    [[nodiscard]] std::string answerWith(std::string_view from, const std::string& to) const;

    /// Header and claims as they are signed, and their signature.
    [[nodiscard]] std::string signedPart() const;

    /// 0..bound-1
    std::size_t below(std::size_t bound) { return random.below(bound); }
    std::string pick(std::initializer_list<const char*> texts);
    std::string bytes(std::size_t size);
    std::string digits(std::size_t size); ///< Letters and digits.
    std::string uuid();

    SeededRandom random;
    SigningKey key;
    SigningKey stranger;
    std::string keyId;
    std::int64_t issuedAt = 0;
    std::int64_t receivedAt = 0;
    std::string body;
};

struct Forgery
{
    std::string_view name;
    std::function<ForgedRequest(Forger&)> make;
};

/// One thing wrong in each. `tokens`, `headers`, `signatures`, `claims`, `bodies`: refused with the
/// genuine key at hand. `keyNames`: refused after the key service was asked. `keyAnswers`: cannot
/// be verified now.
[[nodiscard]] std::vector<Forgery> forgedTokens();
[[nodiscard]] std::vector<Forgery> forgedHeaders();
[[nodiscard]] std::vector<Forgery> forgedSignatures();
[[nodiscard]] std::vector<Forgery> forgedClaims();
[[nodiscard]] std::vector<Forgery> forgedBodies();
[[nodiscard]] std::vector<Forgery> forgedKeyNames();
[[nodiscard]] std::vector<Forgery> forgedKeyAnswers();

} // namespace bankfeed::testing
