// A clock that stands still until a test moves it.
#pragma once

#include "base/Clock.h"

#include <atomic>

namespace bankfeed::testing
{

class ManualClock final : public Clock
{
public:
    explicit ManualClock(std::int64_t unixSeconds = 1'767'225'600) // 2026-01-01
        : nowNs_(unixSeconds * nsPerSecond)
    {
    }

    [[nodiscard]] UtcTime now() const override { return {nowNs_.load()}; }
    [[nodiscard]] std::int64_t monoNs() const override { return monoNs_.load(); }

    /// Lets time pass on both clocks.
    void advanceMs(std::int64_t ms)
    {
        nowNs_ += ms * nsPerMs;
        monoNs_ += ms * nsPerMs;
    }

    /// Sets the time of day, as an operator or a bad time server would.
    void jumpTo(UtcTime time) { nowNs_ = time.ns; }

private:
    std::atomic<std::int64_t> nowNs_;
    std::atomic<std::int64_t> monoNs_{1'000 * nsPerSecond};
};

} // namespace bankfeed::testing
