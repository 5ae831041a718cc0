// Dates and timestamps in the forms of the wire.
#pragma once

#include "VirtualClock.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace plaidsim
{

using Day = std::chrono::sys_days;

// "2026-11-20" as a day; nothing when it is not such a date.
std::optional<Day> parseDay(std::string_view text);

// "2026-11-20".
std::string dayText(Day day);

// The UTC day of a moment.
Day dayOf(Nanos moment);

// "2026-11-22T21:40:00Z".
std::string timestamp(Nanos moment);

// "2026-11-22T21:40:00.412906Z", as Link sessions carry.
std::string preciseTimestamp(Nanos moment);

} // namespace plaidsim
