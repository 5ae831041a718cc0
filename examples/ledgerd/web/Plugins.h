// All enabled plugins together.
#pragma once

#include "plugins/PluginHost.h"

#include <memory>
#include <optional>
#include <vector>

namespace ledgerd
{

class Plugins
{
public:
    explicit Plugins(Surroundings& surroundings) : surroundings_(surroundings) {}

    void start(const std::vector<PluginSettings>& enabled);
    // Stops all of them, at the same time. False when one did not stop within `patience`.
    bool stop(std::chrono::milliseconds patience);
    // People changed something in the books that plugins are to be told.
    void booksChanged() const;
    // Hands changed settings to those that run.
    void reconfigure(const std::vector<PluginSettings>& enabled);

    struct Found
    {
        PluginHost* plugin = nullptr;
        RouteMatch match;
    };
    // The route behind a path that begins with "/plugins/".
    std::optional<Found> route(std::string_view path) const;

    std::vector<PluginView> views() const;
    std::optional<FeedStatus> feedStatus(const std::string& tenant, std::int64_t account) const;
    bf_status syncNow(const std::string& tenant, std::int64_t account) const;
    // Per plugin, BF_HEALTH_...
    std::vector<std::pair<std::string, std::uint32_t>> health() const;

private:
    Surroundings& surroundings_;
    std::vector<std::unique_ptr<PluginHost>> plugins_;
};

} // namespace ledgerd
