// Moments and durations. The core has no clock: a moment comes from the Clock port, or from the
// database of a peer.
#pragma once

#include <cstdint>

namespace bankfeed
{

/// A moment, in nanoseconds since 1970-01-01T00:00:00Z.
struct UtcTime
{
    std::int64_t ns = 0;

    friend auto operator<=>(const UtcTime&, const UtcTime&) = default;
};

inline constexpr std::int64_t nsPerMs = 1'000'000;
inline constexpr std::int64_t nsPerSecond = 1'000'000'000;

[[nodiscard]] constexpr UtcTime plusMs(UtcTime time, std::int64_t ms)
{
    return {time.ns + ms * nsPerMs};
}
[[nodiscard]] constexpr std::int64_t seconds(UtcTime time)
{
    return time.ns / nsPerSecond;
}

} // namespace bankfeed
