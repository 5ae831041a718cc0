// The simulator's only clock.
#pragma once

#include <atomic>
#include <cstdint>

namespace plaidsim
{

// Nanoseconds since 1970-01-01T00:00:00Z, or a length of time in nanoseconds.
using Nanos = std::int64_t;

constexpr Nanos milliseconds(std::int64_t n)
{
    return n * 1'000'000;
}
constexpr Nanos seconds(std::int64_t n)
{
    return n * 1'000'000'000;
}
constexpr Nanos minutes(std::int64_t n)
{
    return seconds(n * 60);
}
constexpr Nanos hours(std::int64_t n)
{
    return minutes(n * 60);
}
constexpr Nanos days(std::int64_t n)
{
    return hours(n * 24);
}

// In mode `real` it shows the wall clock plus an offset that only grows; in mode `stepped` it
// stands still until somebody steps it. It never runs backwards by our own doing. Safe from any
// thread.
class VirtualClock
{
public:
    enum class Mode
    {
        real,
        stepped
    };

    // `start` is the first reading; 0 means the wall clock of this moment.
    explicit VirtualClock(Mode mode, Nanos start = 0);

    Nanos now() const;

    // Moves forward by `by` nanoseconds; a negative value does nothing.
    void advance(Nanos by);

    // Moves forward to `to`; does nothing when that moment has passed.
    void advanceTo(Nanos to);

    Mode mode() const { return mode_; }

private:
    Mode mode_;
    // Mode real: what is added to the wall clock. Mode stepped: the reading itself.
    std::atomic<Nanos> value_;
};

} // namespace plaidsim
