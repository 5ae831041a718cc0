// One living plugin: its life cycle, and the tables that it gives to the host.
#pragma once

#include "HostTables.h"

#include "base/Result.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

namespace bankfeed::plugin
{

class Runtime;

class PluginInstance
{
public:
    explicit PluginInstance(const HostTables& tables);
    ~PluginInstance();
    PluginInstance(const PluginInstance&) = delete;
    PluginInstance& operator=(const PluginInstance&) = delete;

    /// The instance behind a bf_plugin that create() gave; nullptr for anything else.
    [[nodiscard]] static PluginInstance* of(const bf_plugin* plugin) noexcept;

    [[nodiscard]] bf_plugin* abi() noexcept { return &abi_; }
    [[nodiscard]] const HostTables& tables() const { return tables_; }

    /// True in a child of the process that created the instance: its threads are not there.
    [[nodiscard]] bool forked() const;

    /// True from start() to the end of stop().
    [[nodiscard]] bool started();

    [[nodiscard]] Result<void> start();
    [[nodiscard]] Result<void> stop(std::int64_t deadlineMonoNs);

    /// The running core, kept alive while the guard lives; empty when the plugin is not started or
    /// is stopping.
    class Use
    {
    public:
        explicit Use(PluginInstance& instance);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        explicit operator bool() const { return runtime_ != nullptr; }
        Runtime* operator->() const { return runtime_; }

    private:
        PluginInstance& instance_;
        Runtime* runtime_;
    };

private:
    enum class State : std::uint8_t
    {
        Stopped,
        Running,
        Stopping,
    };

    bf_plugin abi_{};
    HostTables tables_;
    std::int64_t createdInProcess_;
    std::mutex mutex_;
    std::condition_variable idle_;
    State state_ = State::Stopped;
    std::int64_t inUse_ = 0;
    std::unique_ptr<Runtime> runtime_;
};

} // namespace bankfeed::plugin
