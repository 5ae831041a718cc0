// Tokens against requests that a person's browser is tricked into.
#pragma once

#include "base/Random.h"
#include "base/Secret.h"
#include "console/ConsoleTypes.h"

#include <string>
#include <string_view>

namespace bankfeed::console
{

/// Any thread.
class Csrf
{
public:
    /// Processes that serve the same logins need the same key.
    explicit Csrf(Secret key) : key_(std::move(key)) {}

    /// 256 random bits.
    [[nodiscard]] static Secret randomKey(Random& random);

    /// The token of a login: base64url of HMAC-SHA-256 over tenant, person and login.
    [[nodiscard]] std::string token(const Principal& principal) const;

    /// Compares in constant time.
    [[nodiscard]] bool valid(const Principal& principal, std::string_view token) const;

private:
    Secret key_;
};

/// False when the headers say that the request comes from another site: Sec-Fetch-Site other than
/// same-origin or none, or an Origin that is neither the Host nor `publicUrl`. Headers that are not
/// there say nothing.
[[nodiscard]] bool fromOurOrigin(const ConsoleRequest& request, std::string_view publicUrl);

} // namespace bankfeed::console
