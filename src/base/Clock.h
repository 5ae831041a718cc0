// Port: time. The only source of time in the core.
#pragma once

#include "base/Time.h"

#include <cstdint>

namespace bankfeed
{

class Clock
{
public:
    virtual ~Clock() = default;

    /// The time of day. Any thread. May jump.
    [[nodiscard]] virtual UtcTime now() const = 0;

    /// Nanoseconds since some fixed moment. Any thread. Never goes back: for deadlines, leases and
    /// backoff.
    [[nodiscard]] virtual std::int64_t monoNs() const = 0;
};

} // namespace bankfeed
