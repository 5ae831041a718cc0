// The plugin in the process of a test, called as a host calls it. What it gives away is captured by
// its host.
#pragma once

#include "support/FakeHost.h"

#include "bankfeed/bankfeed.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// The plugin's one exported function; these tests are linked with it.
extern "C" const bf_entry* bankfeed_entry_v1(std::uint32_t host_abi_minor);

namespace bankfeed::testing
{

struct Answer
{
    bf_status status = BF_OK;
    std::string text;
    bool retryable = false;
    std::uint32_t retryAfterMs = 0;
};

/// A request of the outside; `principal` is whoever is logged in.
struct Asked
{
    std::uint32_t routeId = 1;
    std::string method = "POST";
    std::string path{};
    std::string query{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    bool loggedIn = false;
    std::uint32_t capabilities = BF_CAN_VIEW | BF_CAN_LINK | BF_CAN_OPERATE;
    std::string tenant = "main";
    std::size_t extraStride = 0; ///< Bytes behind each header that a newer host would have.
};

struct Replied
{
    bf_status status = BF_OK;     ///< Of the call.
    std::uint32_t httpStatus = 0; ///< 0: none was given.
    std::multimap<std::string, std::string> headers;
    std::string body;
    std::string text; ///< Of the error.
};

/// How the host's side of an answer behaves.
struct ReplyFaults
{
    bf_status setStatus = BF_OK;
    bf_status addHeader = BF_OK;
    bf_status write = BF_OK;
};

/// bf_error with its size.
[[nodiscard]] bf_error emptyError();

/// A deadline so many milliseconds from now, on the clock of FakeHost.
[[nodiscard]] std::int64_t monoIn(std::int64_t ms);

class HostedPlugin
{
public:
    /// Creates the instance; `created()` says what became of it.
    explicit HostedPlugin(FakeHost& host);
    /// Stops and destroys it.
    ~HostedPlugin();
    HostedPlugin(const HostedPlugin&) = delete;
    HostedPlugin& operator=(const HostedPlugin&) = delete;

    [[nodiscard]] const Answer& created() const { return created_; }
    [[nodiscard]] bf_plugin* abi() { return plugin_; }

    [[nodiscard]] Answer start();
    [[nodiscard]] Answer stop(std::int64_t ms = 20'000);
    [[nodiscard]] Answer apply();
    [[nodiscard]] Answer migrationStatus(bf_migration_status& out);
    [[nodiscard]] Answer stopUntil(std::int64_t deadlineMonoNs);
    [[nodiscard]] Answer pump(
        bf_pump_result& out, std::uint32_t batches = 1000, std::uint32_t budgetMs = 10'000);
    [[nodiscard]] Answer tick(bf_tick_result& out);
    [[nodiscard]] Answer feedStatus(bf_feed_status& out, const std::string& ledgerAccount);
    [[nodiscard]] Answer position(bf_event_position& out, const std::string& tenant = "main");
    [[nodiscard]] Answer tell(const bf_event_batch& batch);
    [[nodiscard]] Replied handle(const Asked& asked, const ReplyFaults& faults = {});
    [[nodiscard]] Answer health(std::string& json);
    [[nodiscard]] Answer live(std::uint32_t& state);

    /// Migrates if need be, and starts. Throws std::runtime_error when it does not.
    void run();

    template <class Table>
    const Table* table(const char* id)
    {
        return static_cast<const Table*>(plugin_->get_extension(plugin_, id));
    }

private:
    template <class Body>
    Answer call(HostCall kind, Body&& body);

    FakeHost& host_;
    bf_plugin* plugin_ = nullptr;
    Answer created_;
};

} // namespace bankfeed::testing
