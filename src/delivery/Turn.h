// One call of Relay::pump: what it may still do, and what it has come to.
#pragma once

#include "base/Clock.h"

#include <cstdint>
#include <optional>

namespace bankfeed::delivery
{

struct PumpReport
{
    bool remaining = false;      ///< There is more; call again soon.
    std::uint64_t delivered = 0; ///< Changes that the books applied during this call.
    bool jobsAsked = false;      ///< There are jobs to wake somebody for.
    std::int64_t feedsHeld = 0;  ///< Feeds that wait for a person, who has not given them up.
    /// Since when, on the monotonic clock, the books have not taken what waits for them: of the
    /// feed that has waited longest. Nothing when none waits.
    std::optional<std::int64_t> stalledSinceNs{};
};

/// Budget and report of one call.
struct Turn
{
    std::uint32_t batchesLeft = 0;
    std::int64_t untilNs = 0;
    PumpReport report;
    const Clock& clock;
    bool worked = false; ///< A feed was visited, a batch sent or a part of a rebuild done.

    [[nodiscard]] bool over() const
    {
        return batchesLeft == 0 || (worked && clock.monoNs() >= untilNs);
    }
    void spendBatch()
    {
        --batchesLeft;
        worked = true;
    }
};

} // namespace bankfeed::delivery
