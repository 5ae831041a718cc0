// The host's tables, fetched once. A missing one is a clean refusal, not a crash.
#pragma once

#include "base/Result.h"

#include "bankfeed/bankfeed.h"

namespace bankfeed::plugin
{

/// Pointers into the host; valid as long as the instance.
struct HostTables
{
    const bf_host* host = nullptr;
    const bf_host_log* log = nullptr;
    const bf_host_clock* clock = nullptr;
    const bf_host_wake* wake = nullptr;
    const bf_host_config* config = nullptr;
    const bf_host_secrets* secrets = nullptr;
    const bf_host_data_dir* dataDir = nullptr;
    const bf_host_ledger_accounts* ledgerAccounts = nullptr;
    const bf_host_ledger_post* ledgerPost = nullptr;
    const bf_host_http_routes* httpRoutes = nullptr;

    /// Fetches all that this plugin requires. Error Invalid names the first that is missing or too
    /// short.
    [[nodiscard]] static Result<HostTables> fetch(const bf_host* host);
};

} // namespace bankfeed::plugin
