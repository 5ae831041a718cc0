#include "Tables.h"

#include <cstring>

namespace bankfeed::plugin
{

const void* tableOf(const char* id) noexcept
{
    const auto is = [id](const char* other) { return std::strcmp(id, other) == 0; };
    if (is(BF_EXT_PLUGIN_HTTP)) return &httpTable;
    if (is(BF_EXT_PLUGIN_DELIVERY)) return &deliveryTable;
    if (is(BF_EXT_PLUGIN_ACCOUNT_SYNC)) return &accountSyncTable;
    if (is(BF_EXT_PLUGIN_LEDGER_EVENTS)) return &ledgerEventsTable;
    if (is(BF_EXT_PLUGIN_MIGRATIONS)) return &migrationsTable;
    if (is(BF_EXT_PLUGIN_HEALTH)) return &healthTable;
    return nullptr;
}

} // namespace bankfeed::plugin
