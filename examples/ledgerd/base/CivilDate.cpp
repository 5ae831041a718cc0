#include "base/CivilDate.h"

#include <chrono>
#include <cstdio>

namespace ledgerd
{

namespace
{

int numberAt(std::string_view text, std::size_t from, std::size_t length)
{
    int number = 0;
    for (std::size_t i = from; i < from + length; ++i)
    {
        if (text[i] < '0' || text[i] > '9') return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

std::chrono::sys_time<std::chrono::nanoseconds> moment(std::int64_t utcNs)
{
    return std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(utcNs));
}

} // namespace

bool isCivilDate(std::string_view text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const int year = numberAt(text, 0, 4);
    const int month = numberAt(text, 5, 2);
    const int day = numberAt(text, 8, 2);
    if (year < 1900 || month < 1 || day < 1) return false;
    return std::chrono::year_month_day(std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day)))
        .ok();
}

std::string civilDateOf(std::int64_t utcNs)
{
    return timestampOf(utcNs).substr(0, 10);
}

std::string timestampOf(std::int64_t utcNs)
{
    const auto time = moment(utcNs);
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
    char out[64];
    static_cast<void>(std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count())));
    return out;
}

} // namespace ledgerd
