// The routes that one plugin opened.
#pragma once

#include "base/Result.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledgerd
{

struct Route
{
    std::uint32_t id = 0;
    std::string path;  // below the plugin's prefix; ends in "/" when it stands for all below it
    bool open = false; // to the whole internet; else for people who are logged in
    std::uint32_t bodyMax = 0;
};

struct RouteMatch
{
    Route route;
    std::string rest;          // the path below the route's
    bool slashMissing = false; // "/console" where "/console/" is meant
};

class RouteTable
{
public:
    // Failure: invalid, conflict, or busy when all places are taken.
    Done add(const Route& route);
    void clear();

    // The most specific route of a path below the plugin's prefix. Any thread.
    std::optional<RouteMatch> match(std::string_view path) const;
    std::optional<Route> find(std::uint32_t id) const;
    std::vector<Route> all() const;

private:
    mutable std::mutex mutex_;
    std::vector<Route> routes_;
};

} // namespace ledgerd
