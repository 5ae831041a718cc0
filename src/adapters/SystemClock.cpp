#include "adapters/SystemClock.h"

#include <chrono>

namespace bankfeed::adapters
{

UtcTime SystemClock::now() const
{
    using namespace std::chrono;
    return {duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

std::int64_t SystemClock::monoNs() const
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

} // namespace bankfeed::adapters
