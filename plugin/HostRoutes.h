// The plugin's routes, opened at the host, and their public addresses.
#pragma once

#include "HostTables.h"

#include "base/Result.h"

#include <cstdint>
#include <string>

namespace bankfeed::plugin
{

/// Numbers of the routes, handed back with each request.
inline constexpr std::uint32_t routeWebhook = 1;
inline constexpr std::uint32_t routeConsole = 2;

struct RouteUrls
{
    std::string webhook; ///< "": the host has no public address, or webhooks are off.
    std::string console; ///< "": the host has no public address.
};

/// Opens all routes, and asks where the outside world reaches them. [host] Errors name the route,
/// and hold the host's words: Conflict when a path is taken, Retry, else Invalid.
[[nodiscard]] Result<RouteUrls> openRoutes(const HostTables& tables, bool webhooks);

} // namespace bankfeed::plugin
