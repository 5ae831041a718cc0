// Civil dates: a day on the calendar, with no time zone that could shift a booking.
#pragma once

#include "base/Time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bankfeed
{

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
class Date
{
public:
    /// "YYYY-MM-DD", a day that exists, years 1900..2199. Nothing else.
    [[nodiscard]] static std::optional<Date> parse(std::string_view text);

    /// The UTC day of a moment.
    [[nodiscard]] static Date ofUtc(UtcTime time);

    [[nodiscard]] std::string text() const;
    [[nodiscard]] Date plusDays(std::int32_t days) const;
    [[nodiscard]] std::int32_t daysSinceEpoch() const { return days_; }

    friend auto operator<=>(const Date&, const Date&) = default;

private:
    explicit Date(std::int32_t days) : days_(days) {}
    std::int32_t days_;
};

/// RFC 3339 text in UTC with whole seconds: "2026-11-22T21:40:00Z".
[[nodiscard]] std::string rfc3339(UtcTime time);

/// Reads RFC 3339 with "Z" or an offset and up to nine digits of a second. Nothing when it is
/// something else.
[[nodiscard]] std::optional<UtcTime> parseRfc3339(std::string_view text);

/// Reads the date of an HTTP header, "Sun, 06 Nov 1994 08:49:37 GMT": the only form that may be
/// sent today (RFC 9110, 5.6.7). The name of the weekday is not checked.
[[nodiscard]] std::optional<UtcTime> parseHttpDate(std::string_view text);

} // namespace bankfeed
