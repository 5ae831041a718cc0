#include "adapters/ProviderAddress.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace bankfeed::adapters
{

namespace
{

constexpr std::array<std::string_view, 2> providerHosts{
    "production.plaid.com", "sandbox.plaid.com"};
constexpr std::array<std::string_view, 3> loopbackHosts{"127.0.0.1", "[::1]", "localhost"};

Error refused()
{
    return Error::denied("http.address",
        "The provider's address is not allowed: it is production or sandbox of Plaid, or loopback "
        "when development endpoints are allowed.");
}

} // namespace

std::string ProviderAddress::hostHeader() const
{
    std::string header = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80)) header += ":" + std::to_string(port);
    return header;
}

Result<ProviderAddress> providerAddress(std::string_view baseUrl, bool allowDevelopmentEndpoint)
{
    ProviderAddress address;
    std::string_view rest = baseUrl;
    constexpr std::string_view https = "https://";
    constexpr std::string_view http = "http://";
    address.tls = rest.starts_with(https);
    if (!address.tls && !rest.starts_with(http)) return refused();
    rest.remove_prefix(address.tls ? https.size() : http.size());

    if (address.tls &&
        std::find(providerHosts.begin(), providerHosts.end(), rest) != providerHosts.end())
    {
        address.host = rest;
        return address;
    }
    if (!allowDevelopmentEndpoint) return refused();
    const auto* const found = std::find_if(loopbackHosts.begin(), loopbackHosts.end(),
        [rest](std::string_view host) { return rest.starts_with(host); });
    if (found == loopbackHosts.end()) return refused();
    rest.remove_prefix(found->size());
    address.loopback = true;
    address.host = *found == "[::1]" ? "::1" : *found;
    address.port = address.tls ? 443 : 80;
    if (rest.empty()) return address;

    if (rest[0] != ':' || rest.size() < 2 || rest[1] < '1' || rest[1] > '9') return refused();
    rest.remove_prefix(1);
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), address.port);
    if (code != std::errc{} || end != rest.data() + rest.size()) return refused();
    return address;
}

Result<void> fitsEnvironment(
    const ProviderAddress& address, std::string_view environment, bool allowDevelopmentEndpoint)
{
    if (environment == "production")
    {
        if (address.host == providerHosts[0] && address.tls && !allowDevelopmentEndpoint)
            return success();
        return Error::denied("http.environment",
            "With \"environment = production\" the settings \"base_url\" and "
            "\"allow_development_endpoint\" of bankfeed must be left out: production's secret goes "
            "to https://production.plaid.com only. For a simulator or for Plaid's sandbox set "
            "\"environment = sandbox\", and give the secret of that.");
    }
    if (address.loopback || address.host == providerHosts[1]) return success();
    return Error::denied("http.environment",
        "The setting \"base_url\" of bankfeed names another environment than \"environment = " +
            std::string(environment) +
            "\". Leave base_url out, or set the environment that it belongs to, with the secret of "
            "that.");
}

} // namespace bankfeed::adapters
