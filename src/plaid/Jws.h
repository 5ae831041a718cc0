// The signed token in the header Plaid-Verification: a compact JWS (RFC 7515), read strictly.
#pragma once

#include "base/Result.h"
#include "plaid/Es256Key.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace bankfeed::plaid
{

/// A token whose form is right. Nothing in it is trusted before its signature is verified.
struct Jws
{
    std::string_view signedPart; ///< Header and claims as sent: what the signature is over.
    std::string keyId;           ///< A UUID, as sent.
    std::int64_t issuedAt = 0;   ///< Unix seconds, not negative.
    std::string bodySha256;      ///< 64 lower-case hexadecimal digits.
    Es256Signature signature{};
};

/// Reads a token; views point into `token`. The algorithm is ES256 by constant: the token can only
/// agree. Error Denied "webhook.malformed" with the reason as text.
[[nodiscard]] Result<Jws> readJws(std::string_view token);

} // namespace bankfeed::plaid
