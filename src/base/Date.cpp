#include "base/Date.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace bankfeed
{

namespace
{

constexpr std::int64_t nsPerDay = 86'400 * nsPerSecond;

std::int64_t floorDiv(std::int64_t value, std::int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

bool digits(std::string_view text, int& out)
{
    if (text.empty()) return false;
    for (const char c : text)
    {
        if (c < '0' || c > '9') return false;
    }
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    return code == std::errc{} && end == text.data() + text.size();
}

std::chrono::year_month_day civil(std::int32_t days)
{
    return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{days}}};
}

} // namespace

std::optional<Date> Date::parse(std::string_view text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    int year = 0;
    int month = 0;
    int day = 0;
    if (!digits(text.substr(0, 4), year) || !digits(text.substr(5, 2), month) ||
        !digits(text.substr(8, 2), day))
    {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || year < 1900 || year > 2199) return std::nullopt;
    return Date{static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count())};
}

Date Date::ofUtc(UtcTime time)
{
    return Date{static_cast<std::int32_t>(floorDiv(time.ns, nsPerDay))};
}

std::string Date::text() const
{
    const auto date = civil(days_);
    std::array<char, 40> buffer{}; // wide enough for any int, as the compiler checks
    const int size =
        std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
            static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return {buffer.data(), static_cast<std::size_t>(size)};
}

Date Date::plusDays(std::int32_t days) const
{
    return Date{days_ + days};
}

std::string rfc3339(UtcTime time)
{
    const std::int64_t day = floorDiv(time.ns, nsPerDay);
    const std::int64_t second = floorDiv(time.ns - day * nsPerDay, nsPerSecond);
    std::array<char, 40> clock{};
    std::snprintf(clock.data(), clock.size(), "T%02d:%02d:%02dZ", static_cast<int>(second / 3600),
        static_cast<int>(second / 60 % 60), static_cast<int>(second % 60));
    return Date::ofUtc(time).text() + clock.data();
}

std::optional<UtcTime> parseRfc3339(std::string_view text)
{
    if (text.size() < 20 || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
        text[16] != ':')
    {
        return std::nullopt;
    }
    const auto date = Date::parse(text.substr(0, 10));
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!date || !digits(text.substr(11, 2), hour) || !digits(text.substr(14, 2), minute) ||
        !digits(text.substr(17, 2), second) || hour > 23 || minute > 59 || second > 60)
    {
        return std::nullopt;
    }
    std::size_t at = 19;
    std::int64_t fraction = 0;
    if (text[at] == '.')
    {
        std::size_t end = at + 1;
        while (end < text.size() && text[end] >= '0' && text[end] <= '9')
            ++end;
        const std::size_t count = end - at - 1;
        int value = 0;
        if (count == 0 || count > 9 || !digits(text.substr(at + 1, count), value))
            return std::nullopt;
        fraction = value;
        for (std::size_t i = count; i < 9; ++i)
            fraction *= 10;
        at = end;
    }
    std::int64_t offset = 0;
    const std::string_view zone = text.substr(at);
    if (zone != "Z" && zone != "z")
    {
        int hours = 0;
        int minutes = 0;
        if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' ||
            !digits(zone.substr(1, 2), hours) || !digits(zone.substr(4, 2), minutes) ||
            hours > 23 || minutes > 59)
        {
            return std::nullopt;
        }
        offset = (hours * 3600 + minutes * 60) * (zone[0] == '-' ? -1 : 1);
    }
    const std::int64_t total =
        date->daysSinceEpoch() * std::int64_t{86'400} + hour * 3600 + minute * 60 + second - offset;
    return UtcTime{total * nsPerSecond + fraction};
}

std::optional<UtcTime> parseHttpDate(std::string_view text)
{
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT")
        return std::nullopt;
    const std::size_t month = months.find(text.substr(8, 3));
    if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || month == std::string_view::npos ||
        month % 3 != 0)
    {
        return std::nullopt;
    }
    const std::size_t number = month / 3 + 1;
    std::string rfc{text.substr(12, 4)};
    rfc.append(number < 10 ? "-0" : "-").append(std::to_string(number)).append("-");
    rfc.append(text.substr(5, 2)).append("T").append(text.substr(17, 8)).append("Z");
    return parseRfc3339(rfc);
}

} // namespace bankfeed
