// One time for everybody: the core's clock and the bank's.
#pragma once

#include "Agenda.h"
#include "VirtualClock.h"

#include "support/ManualClock.h"

#include <cstdint>
#include <functional>

namespace bankfeed::simulation
{

class Times
{
public:
    /// Begins on a day at `beginSeconds`.
    explicit Times(std::int64_t beginSeconds)
        : core(beginSeconds),
          bank(plaidsim::VirtualClock::Mode::stepped, beginSeconds * nsPerSecond)
    {
    }

    testing::ManualClock core;
    plaidsim::VirtualClock bank;

    /// Does what is due at the bank and says when the next such moment is; set once there is a
    /// bank.
    std::function<void()> runDue = [] {};
    std::function<std::int64_t()> nextDue = [] { return INT64_MAX; };

    /// The world's time. The core's is `skewMs` ahead of it.
    [[nodiscard]] UtcTime now() const { return {bank.now()}; }
    [[nodiscard]] std::int64_t skewMs() const { return skewMs_; }
    /// What was planned by the core's clock when it was farthest ahead comes so much later.
    [[nodiscard]] std::int64_t aheadMaxMs() const { return aheadMaxMs_; }

    /// Somebody sets the core's clock so far ahead of the world's, or behind it.
    void setSkew(std::int64_t ms)
    {
        core.jumpTo({core.now().ns + (ms - skewMs_) * nsPerMs});
        skewMs_ = ms;
        if (ms > aheadMaxMs_) aheadMaxMs_ = ms;
    }

    /// Lets time pass, moment by moment at the bank.
    void pass(std::int64_t ms)
    {
        const std::int64_t until = core.now().ns + (ms - skewMs_) * nsPerMs;
        while (nextDue() <= until)
        {
            moveTo(nextDue());
            runDue();
        }
        moveTo(until);
        runDue();
    }

private:
    /// The core's clock knows whole milliseconds here: it follows.
    void moveTo(std::int64_t ns)
    {
        bank.advanceTo(ns);
        const std::int64_t ms = (ns - core.now().ns) / nsPerMs + skewMs_;
        if (ms > 0) core.advanceMs(ms);
    }

    std::int64_t skewMs_ = 0;
    std::int64_t aheadMaxMs_ = 0;
};

} // namespace bankfeed::simulation
