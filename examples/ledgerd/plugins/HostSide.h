// The host as one plugin sees it: the bf_host and every service table behind it.
#pragma once

#include "base/Log.h"
#include "books/FeedPosting.h"
#include "config/Configuration.h"
#include "plugins/RouteTable.h"
#include "plugins/SecretStore.h"

#include <atomic>
#include <bankfeed/bankfeed.h>
#include <bankfeed/loader.h>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace ledgerd
{

// What all plugins of one ledgerd share. Outlives every plugin.
struct Surroundings
{
    Books& books;
    const Clock& clock;
    const Log& log;
    std::string dataDir;
    std::string secretsDir;
    std::string pluginsDir;
    std::string publicUrl; // "" when the outside world cannot reach ledgerd
    std::vector<std::string> enabledPlugins;

    // False when another plugin has the prefix already. Any thread.
    bool claimPrefix(const std::string& prefix)
    {
        const std::lock_guard lock(prefixMutex);
        return prefixes.insert(prefix).second;
    }
    std::mutex prefixMutex;
    std::set<std::string> prefixes;
};

class HostSide
{
public:
    HostSide(Surroundings& surroundings, const PluginSettings& settings,
        std::function<void(std::uint32_t)> wake);
    HostSide(const HostSide&) = delete;
    HostSide& operator=(const HostSide&) = delete;

    // Takes what the manifest permits, before the plugin is created.
    void adopt(const bf_manifest& manifest, std::string directory);

    const bf_host* host() const { return &host_; }
    RouteTable& routes() { return routes_; }
    const RouteTable& routes() const { return routes_; }
    const std::string& routePrefix() const { return routePrefix_; } // "/plaid"

    // New settings of the operator: the plugin sees another revision. Any thread.
    void reconfigure(const PluginSettings& settings);

    // While one lives, its thread is inside a [host] call, and services tagged [host] answer it. At
    // most one at a time.
    class Call
    {
    public:
        explicit Call(HostSide& side, bool starting = false);
        ~Call();
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;

    private:
        HostSide& side_;
    };

    // For the service tables.
    Surroundings& surroundings() { return surroundings_; }
    const std::string& id() const { return id_; }
    FeedPosting& posting() { return posting_; }
    bool insideCall() const;
    bool starting() const { return starting_; }
    bool mayUseSecret(const std::string& name) const { return secretNames_.contains(name); }
    Result<std::string> setting(const std::string& key);
    std::uint64_t revision() const { return revision_; }
    std::shared_ptr<SecretStore> secrets();
    void wake(std::uint32_t reasons) { wake_(reasons); }
    void misbehaved(const char* what) const; // the plugin broke a rule of the ABI

private:
    std::shared_ptr<SecretStore> makeSecrets(const PluginSettings& settings) const;

    Surroundings& surroundings_;
    std::string id_;
    std::function<void(std::uint32_t)> wake_;
    FeedPosting posting_;
    RouteTable routes_;
    std::string routePrefix_;
    std::string directory_;
    std::set<std::string> secretNames_;
    bf_host host_{};

    std::mutex mutex_;
    std::map<std::string, std::string> settings_;
    std::shared_ptr<SecretStore> secrets_;
    std::atomic<std::uint64_t> revision_{1};
    std::atomic<std::thread::id> caller_{};
    bool starting_ = false;
};

// The service tables, by extension id; NULL for an id that ledgerd does not offer. The same for
// every plugin.
const void* hostExtension(const char* id);

// Fills in `err` when there is one; returns `status`.
bf_status answer(bf_error* err, bf_status status, const std::string& text);

// The text of an error that a plugin gave, made safe for logs and pages.
std::string textOf(const bf_error& err);

} // namespace ledgerd
