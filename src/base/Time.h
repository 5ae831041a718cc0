// Moments and durations. The core has no clock: a moment comes from the Clock port, or from the
// database of a peer.
#pragma once

#include <cstdint>
#include <limits>

namespace bankfeed
{

// Clocks come from outside, and a clock may say anything: at its ends, time stands still instead of
// overflowing.
[[nodiscard]] constexpr std::int64_t clampedSum(std::int64_t a, std::int64_t b)
{
    using Limits = std::numeric_limits<std::int64_t>;
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b < 0 ? Limits::min() : Limits::max();
}
[[nodiscard]] constexpr std::int64_t clampedDifference(std::int64_t a, std::int64_t b)
{
    using Limits = std::numeric_limits<std::int64_t>;
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b > 0 ? Limits::min() : Limits::max();
}
[[nodiscard]] constexpr std::int64_t clampedProduct(std::int64_t a, std::int64_t b)
{
    using Limits = std::numeric_limits<std::int64_t>;
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(a, b, &product)) return product;
    return (a < 0) != (b < 0) ? Limits::min() : Limits::max();
}

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
    return {clampedSum(time.ns, clampedProduct(ms, nsPerMs))};
}
[[nodiscard]] constexpr std::int64_t seconds(UtcTime time)
{
    return time.ns / nsPerSecond;
}

} // namespace bankfeed
