// The one exported function of the library, and create().

// Before any header of the ABI: it makes plugin.h declare the entry as visible.
#define BF_BUILDING_PLUGIN 1

#include "Boundary.h"
#include "HostTables.h"
#include "PluginInstance.h"
#include "Version.h"

#include <memory>

namespace bankfeed::plugin
{

namespace
{

/// The oldest minor version of the ABI that this plugin can live with; the manifest says the same.
constexpr std::uint32_t hostMinorLeast = 0;

bf_status create(const bf_host* host, bf_plugin** out, bf_error* err) noexcept
{
    if (out == nullptr)
        return report(err, BF_E_INVALID, "create() was called without a place for the plugin.");
    *out = nullptr;
    return guarded(err,
        [&]() -> bf_status
        {
            const auto tables = HostTables::fetch(host);
            if (!tables.ok()) return report(err, BF_E_UNSUPPORTED, tables.error().text);
            auto instance = std::make_unique<PluginInstance>(*tables);
            *out = instance.release()->abi(); // destroy() takes it back.
            return BF_OK;
        });
}

const bf_entry entry = {
    sizeof(bf_entry), BF_ABI_MINOR, BANKFEED_PLUGIN_ID, BANKFEED_VERSION, create};

} // namespace

} // namespace bankfeed::plugin

extern "C" const bf_entry* bankfeed_entry_v1(uint32_t host_abi_minor)
{
    using namespace bankfeed::plugin;
    // Comparing an unsigned number with a minimum of zero is always true today; the check is for
    // the day it is not.
    return std::uint64_t{host_abi_minor} + 1U > hostMinorLeast ? &entry : nullptr;
}
