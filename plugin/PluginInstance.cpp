#include "PluginInstance.h"

#include "Boundary.h"
#include "Runtime.h"
#include "Tables.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace bankfeed::plugin
{

namespace
{

bf_status startPlugin(bf_plugin* plugin, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr)
        return report(err, BF_E_INVALID, "start() was called without a plugin.");
    if (instance->forked())
    {
        return report(err, BF_E_UNSUPPORTED,
            "The host forked after it created the plugin. Create "
            "and start it in the same process.");
    }
    return guarded(err, [&] { return instance->start(); });
}

bf_status stopPlugin(bf_plugin* plugin, std::int64_t deadline, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr)
        return report(err, BF_E_INVALID, "stop() was called without a plugin.");
    return guarded(err, [&] { return instance->stop(deadline); });
}

void destroyPlugin(bf_plugin* plugin) noexcept
{
    delete PluginInstance::of(plugin);
}

const void* extensionOf(const bf_plugin* plugin, const char* id) noexcept
{
    if (PluginInstance::of(plugin) == nullptr || id == nullptr) return nullptr;
    return tableOf(id);
}

} // namespace

PluginInstance::PluginInstance(const HostTables& tables)
    : tables_(tables), createdInProcess_(getpid())
{
    abi_.struct_size = sizeof abi_;
    abi_.abi_minor = BF_ABI_MINOR;
    abi_.ctx = this;
    abi_.start = startPlugin;
    abi_.stop = stopPlugin;
    abi_.destroy = destroyPlugin;
    abi_.get_extension = extensionOf;
}

PluginInstance::~PluginInstance() = default;

PluginInstance* PluginInstance::of(const bf_plugin* plugin) noexcept
{
    if (plugin == nullptr || plugin->ctx == nullptr) return nullptr;
    auto* const instance = static_cast<PluginInstance*>(plugin->ctx);
    return &instance->abi_ == plugin ? instance : nullptr;
}

bool PluginInstance::forked() const
{
    return getpid() != createdInProcess_;
}

bool PluginInstance::started()
{
    const std::lock_guard lock(mutex_);
    return state_ != State::Stopped;
}

Result<void> PluginInstance::start()
{
    {
        const std::lock_guard lock(mutex_);
        if (state_ != State::Stopped)
            return Error::invalid(
                "plugin.started", "The plugin is started already; call stop() first.");
    }
    BF_LET(runtime, Runtime::start(tables_));
    const std::lock_guard lock(mutex_);
    runtime_ = std::move(runtime);
    state_ = State::Running;
    return success();
}

Result<void> PluginInstance::stop(std::int64_t deadlineMonoNs)
{
    const auto busy = []
    {
        return Error::retry("plugin.busy",
            "The plugin is still ending its work; call stop() again.",
            std::chrono::milliseconds(500));
    };
    Runtime* runtime = nullptr;
    {
        std::unique_lock lock(mutex_);
        if (state_ == State::Stopped) return success();
        state_ = State::Stopping;
        runtime = runtime_.get();
    }
    runtime->beginStop();
    {
        std::unique_lock lock(mutex_);
        const std::int64_t left = deadlineMonoNs - tables_.clock->mono_ns(tables_.host);
        const auto wait = std::chrono::nanoseconds(std::max<std::int64_t>(0, left));
        if (!idle_.wait_for(lock, wait, [this] { return inUse_ == 0; })) return busy();
    }
    if (!runtime->finishStop(deadlineMonoNs)) return busy();
    const std::lock_guard lock(mutex_);
    runtime_.reset();
    state_ = State::Stopped;
    return success();
}

PluginInstance::Use::Use(PluginInstance& instance) : instance_(instance), runtime_(nullptr)
{
    const std::lock_guard lock(instance_.mutex_);
    if (instance_.state_ != State::Running) return;
    ++instance_.inUse_;
    runtime_ = instance_.runtime_.get();
}

PluginInstance::Use::~Use()
{
    if (runtime_ == nullptr) return;
    const std::lock_guard lock(instance_.mutex_);
    --instance_.inUse_;
    instance_.idle_.notify_all();
}

} // namespace bankfeed::plugin
