// bankfeed.plugin.health/1: for the host's monitoring.
#include "Boundary.h"
#include "PluginInstance.h"
#include "Runtime.h"
#include "Tables.h"

namespace bankfeed::plugin
{

namespace
{

bf_status live(bf_plugin* plugin, std::uint32_t* state, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || state == nullptr)
        return misused(instance, err, "live()", "live() needs a plugin and a place for the state.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::Use runtime(*instance);
            *state = BF_HEALTH_FAILED;
            if (instance->forked()) return runtime.refuse(err);
            if (runtime) *state = runtime->needsAttention() ? BF_HEALTH_DEGRADED : BF_HEALTH_OK;
            return BF_OK;
        });
}

bf_status reportJson(bf_plugin* plugin, const bf_sink* json, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || json == nullptr || json->write == nullptr)
        return misused(instance, err, "report()", "report() needs a plugin and a sink.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::Use runtime(*instance);
            if (!runtime) return runtime.refuse(err);
            const auto text = runtime->healthJson();
            if (!text.ok()) return report(err, text.error());
            return json->write(json->ctx, text->data(), text->size());
        });
}

} // namespace

const bf_plugin_health healthTable = {sizeof(bf_plugin_health), 0, live, reportJson};

} // namespace bankfeed::plugin
