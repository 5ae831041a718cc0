// One living plugin: its life cycle, and the tables that it gives to the host.
#pragma once

#include "HostTables.h"

#include "base/Result.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>

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

    /// A line in the log that the host broke a rule, once per function.
    void noteMisuse(const char* function, std::string_view text) noexcept;

    [[nodiscard]] Result<void> start();
    [[nodiscard]] Result<void> stop(std::int64_t deadlineMonoNs);

    /// A [host] call under way. Empty when there is one already, or in a forked child.
    class HostCall
    {
    public:
        HostCall(PluginInstance& instance, const char* function);
        ~HostCall();
        HostCall(const HostCall&) = delete;
        HostCall& operator=(const HostCall&) = delete;
        explicit operator bool() const { return entered_; }

        /// Says why it is empty.
        bf_status refuse(bf_error* err) const;

    private:
        PluginInstance& instance_;
        const char* function_;
        bool entered_;
    };

    /// The running core, kept alive while the guard lives; empty when the plugin is not started or
    /// is stopping, and in a forked child.
    class Use
    {
    public:
        explicit Use(PluginInstance& instance);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        explicit operator bool() const { return runtime_ != nullptr; }
        Runtime* operator->() const { return runtime_; }
        Runtime& operator*() const { return *runtime_; }

        /// Says why it is empty.
        bf_status refuse(bf_error* err) const noexcept;

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
    std::atomic<bool> inHostCall_{false};
    std::mutex noteMutex_;
    std::set<std::string_view> noted_; ///< Functions, by the literals that name them.
};

/// The host called a function against the specification: BF_E_INVALID, and a line in its log.
/// `instance` may be nullptr; `function` is a literal.
bf_status misused(
    PluginInstance* instance, bf_error* err, const char* function, std::string_view text) noexcept;

} // namespace bankfeed::plugin
