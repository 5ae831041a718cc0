// Clock, log and wake of the core, over the host's tables. All three may be called from any thread.
#pragma once

#include "HostTables.h"

#include "base/Clock.h"
#include "base/Log.h"
#include "base/Secret.h"
#include "base/Wake.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

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

    /// Removes control bytes, what looks like a provider's token, and the secrets that it was told
    /// of, cuts to BF_TEXT_MAX. The core does not log secrets; this is the second wall.
    void write(
        LogLevel level, std::string_view component, std::string_view message) noexcept override;

    /// From now on `secret` is taken out of every line; the last `secretsMost` are kept, because a
    /// secret that was changed is one still. Shorter ones than `secretLeast` are not: they would
    /// cut words.
    void hide(const Secret& secret);

    static constexpr std::size_t secretsMost = 8;
    static constexpr std::size_t secretLeast = 8;

private:
    [[nodiscard]] std::string withoutSecrets(std::string text);

    HostTables tables_;
    std::mutex mutex_;
    std::deque<Secret> secrets_;
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
