#include "CivilTime.h"

#include <cctype>
#include <cstdio>

namespace plaidsim
{

using namespace std::chrono;

std::optional<Day> parseDay(std::string_view text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto number = [&](std::size_t from, std::size_t length)
    {
        int value = 0;
        for (std::size_t i = from; i < from + length; ++i)
        {
            if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return -1;
            value = value * 10 + (text[i] - '0');
        }
        return value;
    };
    const int y = number(0, 4);
    const int m = number(5, 2);
    const int d = number(8, 2);
    if (y < 0 || m < 0 || d < 0) return std::nullopt;
    const year_month_day date{
        year{y}, month{static_cast<unsigned>(m)}, std::chrono::day{static_cast<unsigned>(d)}};
    if (!date.ok()) return std::nullopt;
    return sys_days{date};
}

std::string dayText(Day day)
{
    const year_month_day date{day};
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

Day dayOf(Nanos moment)
{
    return floor<std::chrono::days>(sys_time<nanoseconds>{nanoseconds{moment}});
}

namespace
{

std::string timeOfDay(Nanos moment)
{
    const auto whole = floor<std::chrono::seconds>(sys_time<nanoseconds>{nanoseconds{moment}});
    const auto inDay = (whole - floor<std::chrono::days>(whole)).count();
    char text[80];
    std::snprintf(text, sizeof text, "T%02d:%02d:%02d", static_cast<int>(inDay / 3600),
        static_cast<int>(inDay / 60 % 60), static_cast<int>(inDay % 60));
    return dayText(dayOf(moment)) + text;
}

} // namespace

std::string timestamp(Nanos moment)
{
    return timeOfDay(moment) + "Z";
}

std::string preciseTimestamp(Nanos moment)
{
    char fraction[40];
    std::snprintf(
        fraction, sizeof fraction, ".%06dZ", static_cast<int>(moment % 1'000'000'000 / 1000));
    return timeOfDay(moment) + fraction;
}

} // namespace plaidsim
