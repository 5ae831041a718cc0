// The tables that this plugin gives to the host, by their ids.
#pragma once

#include "bankfeed/bankfeed.h"

namespace bankfeed::plugin
{

extern const bf_plugin_http httpTable;
extern const bf_plugin_delivery deliveryTable;
extern const bf_plugin_account_sync accountSyncTable;
extern const bf_plugin_ledger_events ledgerEventsTable;
extern const bf_plugin_migrations migrationsTable;
extern const bf_plugin_health healthTable;

/// The table of an id, or nullptr. Static storage.
[[nodiscard]] const void* tableOf(const char* id) noexcept;

} // namespace bankfeed::plugin
