#include "HostRoutes.h"

#include "HostAnswers.h"

#include "base/Limits.h"

#include <algorithm>
#include <string_view>

namespace bankfeed::plugin
{

namespace
{

constexpr const char* webhookPath = "/webhook";
constexpr const char* consolePath = "/console/";
constexpr std::size_t urlBytesMax = 2048;

/// What is wrong with an address that others are to call; nullptr when nothing is.
const char* faultOfUrl(std::string_view url)
{
    const auto begins = [&](std::string_view scheme)
    { return url.starts_with(scheme) && url.size() > scheme.size(); };
    if (!begins("https://") && !begins("http://")) return "does not begin with https:// or http://";
    return std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~'; })
               ? nullptr
               : "holds bytes that no URL has";
}

/// A public address of a route; "" when the host has none.
Result<std::string> publicUrl(const HostTables& tables, std::uint32_t route, const char* path)
{
    HostText url(urlBytesMax);
    const bf_status status = tables.httpRoutes->public_url(tables.host, route, url.sink());
    if (status == BF_E_NOT_FOUND || (status == BF_OK && url.bytes().empty())) return std::string();
    if (status != BF_OK && !url.tooLong())
    {
        Error failure = hostError(status, newError(),
            std::string("say the public address of ") + path + ", http-routes public_url");
        if (failure.kind != ErrorKind::Retry) failure.kind = ErrorKind::Invalid;
        return failure;
    }
    const char* const fault = url.tooLong() ? "is too long" : faultOfUrl(url.bytes());
    if (fault == nullptr) return url.bytes();
    return Error::invalid(
        "host.public_url", std::string("The public address of ") + path +
                               ", as the host gave it (http-routes public_url), " + fault + ".");
}

Result<void> registerRoute(const HostTables& tables, std::uint32_t id, const char* path,
    std::uint32_t flags, std::size_t bodyMax)
{
    bf_route route{};
    route.struct_size = sizeof route;
    route.route_id = id;
    route.path = path;
    route.flags = flags;
    route.body_max = static_cast<std::uint32_t>(bodyMax);
    bf_error error = newError();
    const bf_status status = tables.httpRoutes->register_route(tables.host, &route, &error);
    if (status == BF_OK) return success();
    Error failure =
        hostError(status, error, std::string("open the route ") + path + " for bankfeed");
    if (failure.kind != ErrorKind::Retry && failure.kind != ErrorKind::Conflict)
        failure.kind = ErrorKind::Invalid;
    return failure;
}

} // namespace

Result<RouteUrls> openRoutes(const HostTables& tables, bool webhooks)
{
    BF_TRY(
        registerRoute(tables, routeWebhook, webhookPath, BF_ROUTE_OPEN, limits::webhookBodyBytes));
    BF_TRY(registerRoute(
        tables, routeConsole, consolePath, BF_ROUTE_PRINCIPAL, limits::consoleBodyBytes));
    RouteUrls urls;
    if (webhooks)
    {
        BF_LET(webhook, publicUrl(tables, routeWebhook, webhookPath));
        urls.webhook = webhook;
    }
    BF_LET(console, publicUrl(tables, routeConsole, consolePath));
    urls.console = console;
    return urls;
}

} // namespace bankfeed::plugin
