// Civil dates as text "YYYY-MM-DD": the order of the text is the order of the days.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ledgerd
{

// A day that exists, from 1900-01-01 to 9999-12-31.
bool isCivilDate(std::string_view text);

// The day of a moment, in UTC.
std::string civilDateOf(std::int64_t utcNs);

// "2026-11-22T23:10:05.123Z"
std::string timestampOf(std::int64_t utcNs);

} // namespace ledgerd
