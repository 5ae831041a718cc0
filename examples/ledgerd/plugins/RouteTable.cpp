#include "plugins/RouteTable.h"

#include <algorithm>
#include <bankfeed/abi.h>
#include <bankfeed/ext/http-routes.h>

namespace ledgerd
{

namespace
{

bool isRoutePath(std::string_view path)
{
    const bool plain = std::all_of(path.begin(), path.end(),
        [](char c)
        {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_' || c == '.' || c == '/';
        });
    return plain && path.size() <= 200 && path.starts_with('/') &&
           path.find("//") == std::string_view::npos && path.find("..") == std::string_view::npos;
}

} // namespace

Done RouteTable::add(const Route& route)
{
    if (!isRoutePath(route.path)) return invalid("The path of the route is not one.");
    if (route.bodyMax > BF_BODY_MAX)
        return invalid("The route wants larger bodies than may cross.");
    const std::lock_guard lock(mutex_);
    for (const Route& other : routes_)
        if (other.path == route.path || other.id == route.id)
            return conflict("The path or the number of the route is taken.");
    if (routes_.size() >= BF_ROUTES_MAX) return busy("A plugin has at most 16 routes.");
    routes_.push_back(route);
    return done();
}

void RouteTable::clear()
{
    const std::lock_guard lock(mutex_);
    routes_.clear();
}

std::optional<RouteMatch> RouteTable::match(std::string_view path) const
{
    const std::lock_guard lock(mutex_);
    const Route* best = nullptr;
    const Route* almost = nullptr;
    for (const Route& route : routes_)
    {
        const bool folder = route.path.ends_with('/');
        const bool fits = folder ? path.starts_with(route.path) : path == route.path;
        if (fits && (best == nullptr || route.path.size() > best->path.size())) best = &route;
        if (folder && path == std::string_view(route.path).substr(0, route.path.size() - 1))
            almost = &route;
    }
    if (best != nullptr)
        return RouteMatch{*best, std::string(path.substr(best->path.size())), false};
    if (almost != nullptr) return RouteMatch{*almost, "", true};
    return std::nullopt;
}

std::optional<Route> RouteTable::find(std::uint32_t id) const
{
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(
        routes_.begin(), routes_.end(), [&](const Route& route) { return route.id == id; });
    if (found == routes_.end()) return std::nullopt;
    return *found;
}

std::vector<Route> RouteTable::all() const
{
    const std::lock_guard lock(mutex_);
    return routes_;
}

} // namespace ledgerd
