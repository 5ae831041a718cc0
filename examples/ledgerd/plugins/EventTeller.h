// Tells a plugin what people did in the books: see <bankfeed/ext/ledger-events.h>.
#pragma once

#include "books/Books.h"

#include <bankfeed/ext/ledger-events.h>
#include <string>

namespace ledgerd
{

// The plugin says how far it was told; that, and no note of ours, is where to go on: it may have
// been restored from a backup, or the tenant's data deleted. For the plugin's own thread, inside a
// [host] call.
class EventTeller
{
public:
    explicit EventTeller(Books& books) : books_(books) {}

    // Tells what is new, of every tenant. BF_OK, or the plugin's status when it did not take it: it
    // is told again then.
    bf_status tell(bf_plugin* plugin, const bf_plugin_ledger_events& table, bf_error& err);

private:
    bf_status tellTenant(bf_plugin* plugin, const bf_plugin_ledger_events& table,
        const std::string& tenant, bf_error& err);

    Books& books_;
};

} // namespace ledgerd
