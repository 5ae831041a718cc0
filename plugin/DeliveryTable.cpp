// bankfeed.plugin.delivery/1: the host draws ledger changes.
#include "Boundary.h"
#include "PluginInstance.h"
#include "Runtime.h"
#include "Tables.h"

namespace bankfeed::plugin
{

namespace
{

constexpr std::uint32_t batchesMax = 1000;

bf_status pump(bf_plugin* plugin, std::uint32_t batch_max, std::uint32_t budget_ms,
    bf_pump_result* out, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || out == nullptr || out->struct_size < sizeof(bf_pump_result) ||
        batch_max < 1 || batch_max > batchesMax)
    {
        return misused(instance, err, "pump()",
            "pump() needs a plugin, a result with its size, and 1 to 1000 batches.");
    }
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::HostCall call(*instance, "pump()");
            if (!call) return call.refuse(err);
            const PluginInstance::Use runtime(*instance);
            if (!runtime) return runtime.refuse(err);
            const auto pumped = runtime->pump(batch_max, budget_ms);
            if (!pumped.ok()) return report(err, pumped.error());
            out->remaining = pumped->remaining ? 1U : 0U;
            out->delivered = pumped->delivered;
            out->feeds_held = static_cast<std::uint64_t>(pumped->feedsHeld);
            return BF_OK;
        });
}

} // namespace

const bf_plugin_delivery deliveryTable = {sizeof(bf_plugin_delivery), 0, pump};

} // namespace bankfeed::plugin
