#include "RetrySchedule.h"

#include <algorithm>

namespace plaidsim
{

std::optional<Nanos> nextAttempt(
    Nanos first, Nanos last, unsigned attempts, std::optional<Nanos> retryAfter)
{
    Nanos delay = seconds(30);
    for (unsigned i = 1; i < attempts && delay < hours(24); ++i)
        delay *= 4;
    if (retryAfter) delay = std::clamp<Nanos>(*retryAfter, 0, hours(4));
    const Nanos next = last + delay;
    return next - first > hours(24) ? std::nullopt : std::optional<Nanos>(next);
}

} // namespace plaidsim
