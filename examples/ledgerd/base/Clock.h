// The two clocks of ledgerd and of its plugins. A test derives from it.
#pragma once

#include <chrono>
#include <cstdint>

namespace ledgerd
{

class Clock
{
public:
    virtual ~Clock() = default;

    // Nanoseconds since 1970-01-01T00:00:00Z. Any thread.
    virtual std::int64_t utcNs() const
    {
        using namespace std::chrono;
        return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
    }

    // Nanoseconds since some fixed moment; never goes back. Any thread.
    virtual std::int64_t monoNs() const
    {
        using namespace std::chrono;
        return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
    }
};

constexpr std::int64_t nsPerMs = 1'000'000;
constexpr std::int64_t nsPerSecond = 1'000'000'000;

} // namespace ledgerd
