#include "PluginInstance.h"

#include "Boundary.h"
#include "HostPorts.h"
#include "Runtime.h"
#include "Tables.h"
#include "Workers.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

namespace bankfeed::plugin
{

namespace
{

bf_status refuseForked(bf_error* err) noexcept
{
    return report(err, BF_E_UNSUPPORTED,
        "The host forked after it created the plugin. Create "
        "and start it in the same process.");
}

bf_status startPlugin(bf_plugin* plugin, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr)
        return report(err, BF_E_INVALID, "start() was called without a plugin.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::HostCall call(*instance, "start()");
            if (!call) return call.refuse(err);
            const auto started = instance->start();
            return started.ok() ? BF_OK : report(err, started.error());
        });
}

bf_status stopPlugin(bf_plugin* plugin, std::int64_t deadline, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr)
        return report(err, BF_E_INVALID, "stop() was called without a plugin.");
    return guarded(err,
        [&]() -> bf_status
        {
            const PluginInstance::HostCall call(*instance, "stop()");
            if (!call) return call.refuse(err);
            const auto stopped = instance->stop(deadline);
            return stopped.ok() ? BF_OK : report(err, stopped.error());
        });
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

PluginInstance::~PluginInstance()
{
    // The threads, and what they hold, are the parent's; so are the connections of the database.
    // Not even a line is written about it.
    if (forked()) (void)runtime_.release(); // NOLINT(bugprone-unused-return-value)
}

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

void PluginInstance::noteMisuse(const char* function, std::string_view text) noexcept
{
    if (forked()) return;
    try
    {
        {
            const std::lock_guard lock(noteMutex_);
            if (!noted_.insert(function).second) return;
        }
        HostLog(tables_).write(LogLevel::HostMisbehaving, "boundary",
            std::string(text) + " It is said once for this function.");
    }
    catch (...) // Out of memory: the host has the status all the same.
    {
    }
}

bf_status misused(
    PluginInstance* instance, bf_error* err, const char* function, std::string_view text) noexcept
{
    if (instance != nullptr) instance->noteMisuse(function, text);
    return report(err, BF_E_INVALID, text);
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
        const auto wait = Workers::patience(deadlineMonoNs, tables_.clock->mono_ns(tables_.host));
        if (!idle_.wait_for(lock, wait, [this] { return inUse_ == 0; })) return busy();
    }
    if (!runtime->finishStop(deadlineMonoNs)) return busy();
    const std::lock_guard lock(mutex_);
    runtime_.reset();
    state_ = State::Stopped;
    return success();
}

PluginInstance::HostCall::HostCall(PluginInstance& instance, const char* function)
    : instance_(instance),
      function_(function),
      entered_(!instance.forked() && !instance.inHostCall_.exchange(true))
{
}

PluginInstance::HostCall::~HostCall()
{
    if (entered_) instance_.inHostCall_ = false;
}

bf_status PluginInstance::HostCall::refuse(bf_error* err) const
{
    if (instance_.forked()) return refuseForked(err);
    return misused(&instance_, err, function_,
        std::string(function_) +
            " came while another call that is tagged [host] was under way: the host must make one "
            "at a time.");
}

PluginInstance::Use::Use(PluginInstance& instance) : instance_(instance), runtime_(nullptr)
{
    // Before the lock, which a thread of the parent may have held when it forked.
    if (instance_.forked()) return;
    const std::lock_guard lock(instance_.mutex_);
    if (instance_.state_ != State::Running) return;
    ++instance_.inUse_;
    runtime_ = instance_.runtime_.get();
}

bf_status PluginInstance::Use::refuse(bf_error* err) const noexcept
{
    return instance_.forked() ? refuseForked(err) : report(err, Error::stopping());
}

PluginInstance::Use::~Use()
{
    if (runtime_ == nullptr) return;
    const std::lock_guard lock(instance_.mutex_);
    --instance_.inUse_;
    instance_.idle_.notify_all();
}

} // namespace bankfeed::plugin
