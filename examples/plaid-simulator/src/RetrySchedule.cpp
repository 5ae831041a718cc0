#include "RetrySchedule.h"

#include <Poco/DateTime.h>
#include <Poco/DateTimeParser.h>
#include <Poco/RegularExpression.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <vector>

namespace plaidsim
{

std::optional<Nanos> nextAttempt(
    Nanos first, Nanos last, unsigned attempts, std::optional<Nanos> retryAfter)
{
    Nanos delay = seconds(30);
    for (unsigned i = 1; i < attempts && delay < hours(24); ++i)
        delay *= 4;
    if (retryAfter) delay = std::clamp<Nanos>(*retryAfter, 0, hours(4));
    const Nanos next = last + delay;
    return next - first > hours(24) ? std::nullopt : std::optional<Nanos>(next);
}

namespace
{

// The moment that a text of one of the two forms names. Poco's parser alone takes nearly anything
// for a date.
std::optional<Nanos> momentOf(const std::string& text)
{
    static const Poco::RegularExpression http(
        "^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT\\z");
    static const Poco::RegularExpression iso("^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{"
                                             "2})(\\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})\\z");
    constexpr std::size_t longest = 64;
    std::vector<std::string> parts;
    std::string plain = text;
    const char* format = nullptr;
    if (text.size() > longest) return std::nullopt;
    if (http.match(text))
        format = "%w, %d %b %Y %H:%M:%S %Z";
    else if (iso.split(text, parts) == 4)
    {
        format = "%Y-%m-%dT%H:%M:%S%z";
        plain = parts[1] + parts[3]; // Whole seconds are enough.
    }
    int zone = 0;
    Poco::DateTime moment;
    if (format == nullptr || !Poco::DateTimeParser::tryParse(format, plain, moment, zone))
        return std::nullopt;
    return moment.timestamp().epochMicroseconds() * 1000 - seconds(zone);
}

} // namespace

std::optional<Nanos> retryAfterOf(const std::string& text, Nanos now)
{
    int count = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size())
        return count < 0 ? std::nullopt : std::optional<Nanos>(seconds(count));
    try
    {
        const auto at = momentOf(text);
        return at ? std::optional<Nanos>(std::max<Nanos>(0, *at - now)) : std::nullopt;
    }
    catch (const std::exception&)
    {
        return std::nullopt; // an hour 25
    }
}

} // namespace plaidsim
