// One enabled plugin: its life, its thread for [host] calls, and the gate that [request] calls
// pass.
#pragma once

#include "books/Accounts.h"
#include "plugins/EventTeller.h"
#include "plugins/HostSide.h"
#include "plugins/RequestGate.h"

#include <condition_variable>
#include <optional>
#include <string>
#include <thread>

namespace ledgerd
{

enum class PluginState
{
    starting,
    running,
    refused, // by the loader, or it refused to start; the books go on without it
    stopping,
    stopped,
};

// What pages and programs may know of a plugin.
struct PluginView
{
    std::string id;
    std::string title;
    std::string version;
    std::string routePrefix; // "/plaid"
    std::string consolePath; // "/plugins/plaid/console/"; "" when it has none
    PluginState state = PluginState::starting;
    std::int32_t refusalCode = 0; // BF_LOAD_..., 0 when the plugin itself refused
    std::string refusal;          // why, and what to do
    std::uint64_t feedsHeld = 0;
    std::uint64_t delivered = 0;
};

struct FeedStatus
{
    std::uint32_t state = 0; // BF_FEED_...
    std::string institution;
    std::string bankAccount;
    std::string pluginId;
    std::string consolePath;
    bool balanceKnown = false;
    std::int64_t balanceUnits = 0;
    std::int64_t balanceAsOf = 0; // UTC, ns: when the bank was read
    Currency currency;
};

class PluginHost
{
public:
    PluginHost(Surroundings& surroundings, const PluginSettings& settings);
    // Only after stop(), or when start() was never called.
    ~PluginHost();
    PluginHost(const PluginHost&) = delete;
    PluginHost& operator=(const PluginHost&) = delete;

    // Begins the plugin's thread, which loads, migrates and starts it.
    void start();
    // Waits until the plugin runs or was refused. False when it is still at it after `patience`.
    bool waitStarted(std::chrono::milliseconds patience);

    // Ends it: no more requests, then stop() as often as it takes within `patience`. True when it
    // is destroyed, or never ran. False: threads of the plugin may still run, and the process has
    // to end without its usual clean-up.
    bool stop(std::chrono::milliseconds patience);

    // New settings of the operator. Any thread.
    void reconfigure(const PluginSettings& settings) { side_.reconfigure(settings); }

    // People changed something that the plugin is to be told. Any thread.
    void booksChanged() { wake(BF_WAKE_PUMP); }

    // --- any thread ---
    PluginView view() const;
    std::optional<RouteMatch> match(std::string_view pathBelowPlugins) const;

    // Hands a request to the plugin. `respond` is filled in by it. BF_E_STOPPING when it does not
    // run, BF_E_EXHAUSTED when all places are taken for two seconds.
    bf_status handle(const bf_http_request& request, bool openRoute,
        const bf_http_response& response, bf_error& err);

    std::optional<FeedStatus> feedStatus(const std::string& tenant, std::int64_t account);
    // BF_OK, BF_ALREADY, BF_E_NOT_FOUND: see account-sync.h.
    bf_status syncNow(const std::string& tenant, std::int64_t account);
    // BF_HEALTH_...; FAILED when it does not run.
    std::uint32_t health();

private:
    void run();
    bool open();
    bool load();
    bool migrate();
    void openGates();
    void work();
    bool round(bool tick, bool pump);
    bool shutDown();
    void wake(std::uint32_t reasons);
    void refuse(const char* step, bf_status status, const bf_error& err);
    void setState(PluginState state);
    bool reported(const char* what, bf_status status, const bf_error& err);

    Surroundings& surroundings_;
    const std::string id_;
    HostSide side_;
    EventTeller teller_;
    bf_loaded* loaded_ = nullptr;
    bf_plugin* plugin_ = nullptr;
    const bf_plugin_http* http_ = nullptr;
    const bf_plugin_delivery* delivery_ = nullptr;
    const bf_plugin_account_sync* sync_ = nullptr;
    const bf_plugin_ledger_events* events_ = nullptr;
    const bf_plugin_health* health_ = nullptr;
    RequestGate webhooks_;
    RequestGate people_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    PluginView view_;
    std::uint32_t reasons_ = 0;
    bool stopping_ = false;
    std::chrono::steady_clock::time_point stopBy_{};
    std::string lastFault_;
    std::thread thread_;
};

} // namespace ledgerd
