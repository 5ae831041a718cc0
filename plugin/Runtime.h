// The core, put together over the host's services and running.
#pragma once

#include "HostTables.h"

#include "base/Result.h"
#include "delivery/LedgerEvents.h"
#include "delivery/Relay.h"
#include "engine/LedgerAccountFeed.h"
#include "intake/WebhookIntake.h"

#include <cstdint>
#include <memory>
#include <string>

namespace bankfeed::console
{
class Console;
}

namespace bankfeed::plugin
{

class Runtime
{
public:
    /// Reads settings and secrets, opens the database, registers the routes, starts the threads.
    /// [host] Touches no network but the database's. When it fails nothing keeps running.
    [[nodiscard]] static Result<std::unique_ptr<Runtime>> start(const HostTables& tables);

    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    /// Tells threads and calls to the network to end. [host] Returns at once.
    void beginStop();

    /// Joins the threads until a moment of the host's monotonic clock, then closes the database.
    /// [host] False when threads are still at it: call again.
    [[nodiscard]] bool finishStop(std::int64_t deadlineMonoNs);

    // --- while running ---

    [[nodiscard]] intake::WebhookIntake& intake();    ///< [request]
    [[nodiscard]] console::Console& console();        ///< [request]
    [[nodiscard]] engine::LedgerAccountFeed& feeds(); ///< [request]
    [[nodiscard]] delivery::LedgerEvents& events();   ///< [host]
    /// Whether the host names this tenant among its own. [host]
    [[nodiscard]] Result<bool> knowsTenant(const std::string& tenant);
    [[nodiscard]] Result<delivery::PumpReport> pump(
        std::uint32_t batchMax, std::uint32_t budgetMs);     ///< [host]
    [[nodiscard]] Result<bool> tick(std::uint32_t budgetMs); ///< [host] True: call again soon.
    [[nodiscard]] Result<std::string> healthJson();          ///< [request]

    /// True when feeds are held, or the books have taken nothing of what waits for 10 minutes.
    [[nodiscard]] bool needsAttention() const; ///< [request] No I/O.

private:
    struct Parts;
    explicit Runtime(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

} // namespace bankfeed::plugin
