// The provider's address: one of two hosts, or loopback for development.
#pragma once

#include "base/Result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace bankfeed::adapters
{

struct ProviderAddress
{
    std::string host; ///< Without brackets.
    std::uint16_t port = 443;
    bool tls = true;
    bool loopback = false; ///< Every address that the host resolves to must be a loopback address.

    /// The Host header: with brackets around an IPv6 address, with the port unless it is the usual.
    [[nodiscard]] std::string hostHeader() const;
};

/// Reads a base URL. Allowed are "https://production.plaid.com" and "https://sandbox.plaid.com",
/// exactly; and, when `allowDevelopmentEndpoint`, http or https on 127.0.0.1, [::1] or localhost
/// with an optional port. Error Denied "http.address" for everything else.
[[nodiscard]] Result<ProviderAddress> providerAddress(
    std::string_view baseUrl, bool allowDevelopmentEndpoint);

/// Whether an address that is allowed belongs to the environment: production's secrets go to
/// "https://production.plaid.com" and nowhere else, and production knows no development endpoint;
/// those of sandbox go to "https://sandbox.plaid.com" or to loopback. Error Denied
/// "http.environment", with what to change.
[[nodiscard]] Result<void> fitsEnvironment(
    const ProviderAddress& address, std::string_view environment, bool allowDevelopmentEndpoint);

} // namespace bankfeed::adapters
