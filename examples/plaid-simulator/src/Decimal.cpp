#include "Decimal.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace plaidsim
{

namespace
{

constexpr int mostDecimals = 12;

std::int64_t timesTen(std::int64_t units, int times)
{
    for (int i = 0; i < times; ++i)
    {
        if (__builtin_mul_overflow(units, std::int64_t{10}, &units))
            throw std::overflow_error("decimal out of range");
    }
    return units;
}

std::string plainText(std::int64_t units, int scale)
{
    std::string digits = std::to_string(units);
    const bool minus = digits.front() == '-';
    if (minus) digits.erase(0, 1);
    const auto decimals = static_cast<std::size_t>(scale);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    if (scale > 0) digits.insert(digits.size() - decimals, ".");
    return minus ? "-" + digits : digits;
}

// Reads the digits at `at` into units; answers how many there were, or -1 on overflow.
int readDigits(std::string_view text, std::size_t& at, std::int64_t& units)
{
    int count = 0;
    for (; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0; ++at)
    {
        if (__builtin_mul_overflow(units, std::int64_t{10}, &units) ||
            __builtin_add_overflow(units, std::int64_t{text[at] - '0'}, &units))
            return -1;
        ++count;
    }
    return count;
}

// An exponent such as "e-3" at `at`; nothing when it is malformed or absurd.
std::optional<int> readExponent(std::string_view text, std::size_t& at)
{
    if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return 0;
    ++at;
    bool minus = false;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) minus = text[at++] == '-';
    std::int64_t exponent = 0;
    const int digits = readDigits(text, at, exponent);
    if (digits < 1 || digits > 2) return std::nullopt;
    return static_cast<int>(minus ? -exponent : exponent);
}

} // namespace

std::optional<Decimal> Decimal::parse(std::string_view text)
{
    if (text.empty() || text.size() > 40) return std::nullopt;
    std::size_t at = text.front() == '-' ? 1 : 0;
    const std::size_t first = at;
    std::int64_t units = 0;
    const int whole = readDigits(text, at, units);
    if (whole < 1 || (whole > 1 && text[first] == '0')) return std::nullopt;
    int scale = 0;
    if (at < text.size() && text[at] == '.')
    {
        ++at;
        scale = readDigits(text, at, units);
        if (scale < 1) return std::nullopt;
    }
    const auto exponent = readExponent(text, at);
    if (!exponent || at != text.size()) return std::nullopt;
    scale -= *exponent;
    if (scale > mostDecimals || scale < -18) return std::nullopt;
    try
    {
        if (scale < 0) units = timesTen(units, -scale);
    }
    catch (const std::overflow_error&)
    {
        return std::nullopt;
    }
    Decimal value = of(text.front() == '-' ? -units : units, std::max(scale, 0));
    value.text_ = std::string(text);
    return value;
}

Decimal Decimal::of(std::int64_t units, int scale)
{
    Decimal value;
    value.units_ = units;
    value.scale_ = scale;
    value.text_ = plainText(units, scale);
    return value;
}

Decimal Decimal::negated() const
{
    return of(-units_, scale_);
}

Decimal Decimal::operator+(const Decimal& other) const
{
    const int scale = std::max(scale_, other.scale_);
    std::int64_t sum = 0;
    if (__builtin_add_overflow(
            timesTen(units_, scale - scale_), timesTen(other.units_, scale - other.scale_), &sum))
        throw std::overflow_error("decimal out of range");
    return of(sum, scale);
}

Decimal Decimal::operator-(const Decimal& other) const
{
    return *this + other.negated();
}

bool Decimal::operator==(const Decimal& other) const
{
    const int scale = std::max(scale_, other.scale_);
    return timesTen(units_, scale - scale_) == timesTen(other.units_, scale - other.scale_);
}

} // namespace plaidsim
