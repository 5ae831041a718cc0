// A host in the process of a test: the tables of the C ABI, with every rule that a plugin must keep
// checked at run time, and with faults that a test asks for.
#pragma once

#include "bankfeed/bankfeed.h"
#include "support/FakeLedger.h"
#include "support/TestDatabase.h"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::testing
{

/// What the host is calling the plugin for, on the thread that asks.
enum class HostCall : std::uint8_t
{
    None,
    Create,
    Migrate,
    Start,
    Stop,
    Pump,
    Tick,
    Request,
    Events, ///< Position and tell of ledger-events.
};

/// Threads: settings, secrets, faults and books belong to the thread of [host] calls; what was
/// captured may be read from any.
class FakeHost
{
public:
    /// Marks the calling thread as being inside a call of a host; ends with this object.
    class Calling
    {
    public:
        Calling(FakeHost& host, HostCall call);
        ~Calling();
        Calling(const Calling&) = delete;
        Calling& operator=(const Calling&) = delete;
    };

    struct Tables
    {
        bf_host_log log;
        bf_host_clock clock;
        bf_host_wake wake;
        bf_host_config config;
        bf_host_secrets secrets;
        bf_host_data_dir dataDir;
        bf_host_ledger_accounts accounts;
        bf_host_ledger_post post;
        bf_host_http_routes routes;
    };

    struct Route
    {
        std::string path;
        std::uint32_t flags = 0;
        std::uint32_t bodyMax = 0;
    };

    /// How a host answers instead of doing its work. Positive and unknown numbers too.
    struct Faults
    {
        bf_status config = BF_OK;
        bf_status secretGet = BF_OK;
        bf_status secretPut = BF_OK;
        bf_status dataDir = BF_OK;
        bf_status registerRoute = BF_OK;
        bf_status tenants = BF_OK;
        bf_status list = BF_OK;
        bf_status watermark = BF_OK;
        bf_status heads = BF_OK;
        bf_status entries = BF_OK;
        std::function<void(bf_booked&)> spoilEntry;
        std::string words = "fault of the test"; ///< Of the error that goes with the status.
        std::uint32_t retryAfterMs = 0;
        /// Called instead of the books, with results that have the plugin's stride.
        std::function<bf_status(const bf_batch&, const std::vector<bf_change_result*>&)> post;
        std::optional<std::string> dataPath;  ///< Written by data-dir in place of a good one.
        std::optional<std::string> createdId; ///< Written by create() in place of a good one.
        std::optional<std::string> publicUrl; ///< Written in place of a good one.
        bf_status publicUrlStatus = BF_OK;
        /// Called instead of listing the accounts.
        std::function<bf_status(bf_ledger_account_visitor, void*)> visitAccounts;
    };

    /// Makes the folders; the data folder is empty.
    explicit FakeHost(std::string hostId = "fake-books");
    ~FakeHost();
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    [[nodiscard]] const bf_host* abi() { return &host_; }

    /// What create() is given; a test may spoil it before.
    [[nodiscard]] bf_host& description() { return host_; }

    Tables tables;
    std::set<std::string> withheld; ///< Extensions that are not offered.
    std::map<std::string, std::string> settings;
    std::map<std::string, std::string> secrets;
    std::vector<std::string> tenants{"main"};
    std::uint64_t revision = 1;                                ///< Of settings and secrets.
    std::string publicAddress = "https://books.example/plaid"; ///< "": none.
    Faults faults;
    FakeLedger books{"main"};
    std::vector<LedgerAccount> accounts;

    [[nodiscard]] std::string dataFolder() const { return folder_.path() + "/data"; }
    [[nodiscard]] std::string databaseUrl() const
    {
        return "sqlite:" + dataFolder() + "/bankfeed.db";
    }
    [[nodiscard]] const std::map<std::uint32_t, Route>& routes() const { return routes_; }

    /// What the host does when it calls stop(): every route is closed.
    void closeRoutes() { routes_.clear(); }

    // --- what was seen ---

    /// Notes a text that the plugin gave away: a line, an error, an answer.
    void capture(std::string_view text);
    /// Notes that a rule of the specification was broken.
    void broke(const std::string& rule);

    [[nodiscard]] std::vector<std::string> brokenRules() const;
    [[nodiscard]] bool logHolds(std::string_view text) const { return linesWith(text) > 0; }
    [[nodiscard]] std::size_t linesWith(std::string_view text) const;
    [[nodiscard]] std::size_t callsOf(const std::string& service) const;
    [[nodiscard]] std::uint32_t wakes() const;

    /// The captured texts that hold a secret of this host, as it is, in hexadecimal or in base64.
    [[nodiscard]] std::vector<std::string> leaks() const;

private:
    friend struct FakeHostServices;

    void makeTables();

    TemporaryFolder folder_;
    std::string hostId_;
    std::string pluginFolder_;
    int closedPort_ = -1; ///< Bound and not listening: connections to it are refused.
    bf_host host_{};
    std::map<std::uint32_t, Route> routes_;
    std::map<std::string, std::string> accountKeys_;

    mutable std::mutex mutex_;
    std::vector<std::string> captured_;
    std::vector<std::string> logged_;
    std::vector<std::string> broken_;
    std::set<std::string> everSecret_; ///< Every secret that was ever handed over.
    std::map<std::string, std::size_t> calls_;
    std::uint32_t wakes_ = 0;
};

/// The settings and secrets that a plugin's manifest may list.
[[nodiscard]] bool knownSetting(std::string_view key);
[[nodiscard]] bool knownSecret(std::string_view name);

} // namespace bankfeed::testing
