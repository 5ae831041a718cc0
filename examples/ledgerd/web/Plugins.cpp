#include "web/Plugins.h"

#include <thread>

namespace ledgerd
{

void Plugins::start(const std::vector<PluginSettings>& enabled)
{
    for (const PluginSettings& settings : enabled)
        plugins_.push_back(std::make_unique<PluginHost>(surroundings_, settings));
    for (const auto& plugin : plugins_)
        plugin->start();
    for (const auto& plugin : plugins_)
        if (!plugin->waitStarted(std::chrono::seconds(30)))
            surroundings_.log.warning(plugin->view().id, "the plugin is still starting after 30 s");
}

bool Plugins::stop(std::chrono::milliseconds patience)
{
    std::vector<std::thread> threads;
    std::atomic<bool> all{true};
    for (const auto& plugin : plugins_)
        threads.emplace_back(
            [&all, &plugin, patience]
            {
                if (!plugin->stop(patience)) all = false;
            });
    for (std::thread& thread : threads)
        thread.join();
    return all;
}

void Plugins::booksChanged() const
{
    for (const auto& plugin : plugins_)
        plugin->booksChanged();
}

void Plugins::reconfigure(const std::vector<PluginSettings>& enabled)
{
    for (const PluginSettings& settings : enabled)
        for (const auto& plugin : plugins_)
            if (plugin->view().id == settings.id) plugin->reconfigure(settings);
}

std::optional<Plugins::Found> Plugins::route(std::string_view path) const
{
    constexpr std::string_view prefix = "/plugins";
    if (!path.starts_with(prefix)) return std::nullopt;
    path.remove_prefix(prefix.size());
    for (const auto& plugin : plugins_)
        if (auto match = plugin->match(path)) return Found{plugin.get(), std::move(*match)};
    return std::nullopt;
}

std::vector<PluginView> Plugins::views() const
{
    std::vector<PluginView> views;
    for (const auto& plugin : plugins_)
        views.push_back(plugin->view());
    return views;
}

std::optional<FeedStatus> Plugins::feedStatus(const std::string& tenant, std::int64_t account) const
{
    for (const auto& plugin : plugins_)
        if (auto status = plugin->feedStatus(tenant, account)) return status;
    return std::nullopt;
}

bf_status Plugins::syncNow(const std::string& tenant, std::int64_t account) const
{
    for (const auto& plugin : plugins_)
        if (const bf_status status = plugin->syncNow(tenant, account); status != BF_E_NOT_FOUND)
            return status;
    return BF_E_NOT_FOUND;
}

std::vector<std::pair<std::string, std::uint32_t>> Plugins::health() const
{
    std::vector<std::pair<std::string, std::uint32_t>> all;
    for (const auto& plugin : plugins_)
        all.emplace_back(plugin->view().id, plugin->health());
    return all;
}

} // namespace ledgerd
