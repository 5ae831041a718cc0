/* Its create() always fails, and says which SQLite it was bound to. */
#define BF_BUILDING_PLUGIN
#include <bankfeed/bankfeed.h>

#include <sqlite3.h>
#include <stdio.h>

static bf_status create(const bf_host* host, bf_plugin** out, bf_error* err)
{
    (void)host;
    (void)out;
    (void)snprintf(err->text, sizeof err->text, "%s", sqlite3_libversion());
    return BF_E_UNSUPPORTED;
}

const bf_entry* bankfeed_entry_v1(uint32_t host_abi_minor)
{
    static const bf_entry entry = {
        (uint32_t)sizeof entry, BF_ABI_MINOR, "asks-sqlite", PLUGIN_VERSION, create};
    (void)host_abi_minor;
    return &entry;
}
