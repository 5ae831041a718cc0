// Clock, log and wake of the core, over the host's tables. All three may be called from any thread.
#pragma once

#include "HostTables.h"

#include "base/Clock.h"
#include "base/Log.h"
#include "base/Wake.h"

#include <functional>

namespace bankfeed::plugin
{

class HostClock final : public Clock
{
public:
    explicit HostClock(const HostTables& tables) : tables_(tables) {}
    [[nodiscard]] UtcTime now() const override { return {tables_.clock->utc_ns(tables_.host)}; }
    [[nodiscard]] std::int64_t monoNs() const override
    {
        return tables_.clock->mono_ns(tables_.host);
    }

private:
    HostTables tables_;
};

class HostLog final : public Log
{
public:
    explicit HostLog(const HostTables& tables) : tables_(tables) {}

    /// Removes control bytes and what looks like a provider's token, cuts to BF_TEXT_MAX. The core
    /// does not log secrets; this is the second wall.
    void write(
        LogLevel level, std::string_view component, std::string_view message) noexcept override;

private:
    HostTables tables_;
};

class HostWake final : public Wake
{
public:
    /// `jobs` is called for WakeReason::Jobs; it must return at once.
    HostWake(const HostTables& tables, std::function<void()> jobs)
        : tables_(tables), jobs_(std::move(jobs))
    {
    }
    void wake(WakeReason reason) noexcept override;

private:
    HostTables tables_;
    std::function<void()> jobs_;
};

/// `text` with every provider token ("access-...", "public-...", "link-...") replaced.
[[nodiscard]] std::string withoutTokens(std::string_view text);

} // namespace bankfeed::plugin
