#include "VirtualClock.h"

#include <chrono>

namespace plaidsim
{

namespace
{

Nanos wall()
{
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

} // namespace

VirtualClock::VirtualClock(Mode mode, Nanos start) : mode_(mode), value_(0)
{
    if (mode == Mode::real)
        value_ = start == 0 ? 0 : start - wall();
    else
        value_ = start == 0 ? wall() : start;
}

Nanos VirtualClock::now() const
{
    return mode_ == Mode::real ? wall() + value_.load() : value_.load();
}

void VirtualClock::advance(Nanos by)
{
    if (by > 0) value_ += by;
}

void VirtualClock::advanceTo(Nanos to)
{
    advance(to - now());
}

} // namespace plaidsim
