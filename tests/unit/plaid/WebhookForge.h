// Makes webhook keys and tokens, good ones and bad ones. Stands on OpenSSL alone, so that it shares
// no code with what it tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bankfeed::testing
{

[[nodiscard]] std::string base64Url(std::string_view bytes);
[[nodiscard]] std::string sha256HexOf(std::string_view bytes);

/// A P-256 key pair that signs.
class SigningKey
{
public:
    SigningKey();
    ~SigningKey();
    SigningKey(const SigningKey&) = delete;
    SigningKey& operator=(const SigningKey&) = delete;

    /// r and s, 32 bytes each.
    [[nodiscard]] std::string sign(std::string_view message) const;
    /// The signature as ASN.1 DER.
    [[nodiscard]] std::string signDer(std::string_view message) const;

    [[nodiscard]] std::string x() const; ///< 32 bytes
    [[nodiscard]] std::string y() const;

    /// The body of /webhook_verification_key/get. `expiredAt` is JSON: "null" or seconds.
    [[nodiscard]] std::string answer(
        std::string_view keyId, std::string_view expiredAt = "null") const;

private:
    struct Native;
    std::unique_ptr<Native> native_;
};

/// Header and claims as JSON, in the form that Plaid sends.
[[nodiscard]] std::string headerJson(std::string_view keyId);
[[nodiscard]] std::string claimsJson(std::int64_t issuedAt, std::string_view body);

/// header.claims.signature over the given texts.
[[nodiscard]] std::string token(
    const SigningKey& key, std::string_view header, std::string_view claims);

} // namespace bankfeed::testing
