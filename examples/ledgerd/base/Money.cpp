#include "base/Money.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ledgerd
{

namespace
{

// Currencies whose minor unit is not a hundredth; every other code of three capitals counts as 2.
constexpr std::array<std::pair<std::string_view, int>, 24> unusual{{
    {"BHD", 3},
    {"BIF", 0},
    {"CLF", 4},
    {"CLP", 0},
    {"DJF", 0},
    {"GNF", 0},
    {"IQD", 3},
    {"ISK", 0},
    {"JOD", 3},
    {"JPY", 0},
    {"KMF", 0},
    {"KRW", 0},
    {"KWD", 3},
    {"LYD", 3},
    {"OMR", 3},
    {"PYG", 0},
    {"RWF", 0},
    {"TND", 3},
    {"UGX", 0},
    {"UYW", 4},
    {"VND", 0},
    {"VUV", 0},
    {"XAF", 0},
    {"XOF", 0},
}};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

// Commas must cut the whole part into groups of three, counted from the right.
bool dropGrouping(std::string_view whole, std::string& digits)
{
    const bool grouped = whole.find(',') != std::string_view::npos;
    std::size_t fromRight = 0;
    for (std::size_t i = whole.size(); i-- > 0;)
    {
        ++fromRight;
        if (grouped && fromRight % 4 == 0)
        {
            if (whole[i] != ',' || i == 0) return false;
        }
        else if (!isDigit(whole[i]))
            return false;
    }
    std::copy_if(whole.begin(), whole.end(), std::back_inserter(digits), isDigit);
    return true;
}

} // namespace

bool isCurrencyCode(std::string_view code)
{
    return !code.empty() && code.size() <= 11 &&
           std::all_of(code.begin(), code.end(),
               [](char c)
               {
                   return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          c == '.' || c == '_' || c == '-';
               });
}

int isoExponent(std::string_view code)
{
    for (const auto& [name, exponent] : unusual)
        if (name == code) return exponent;
    const bool threeCapitals = code.size() == 3 && std::all_of(code.begin(), code.end(),
                                                       [](char c) { return c >= 'A' && c <= 'Z'; });
    return threeCapitals ? 2 : -1;
}

// Which people read, and copy out of a page into a form.
constexpr const char* minusSign = "\u2212";

std::string formatUnits(std::int64_t units, std::uint32_t exponent, bool grouped)
{
    // The magnitude as unsigned, because the smallest int64 has no positive twin.
    const std::uint64_t magnitude =
        units < 0 ? ~static_cast<std::uint64_t>(units) + 1u : static_cast<std::uint64_t>(units);
    std::string digits = std::to_string(magnitude);
    if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
    std::string whole = digits.substr(0, digits.size() - exponent);
    if (grouped)
        for (std::size_t at = whole.size(); at > 3;)
        {
            at -= 3;
            whole.insert(at, 1, ',');
        }
    std::string out = units >= 0 ? "" : grouped ? minusSign : "-";
    out += whole;
    if (exponent > 0) out += "." + digits.substr(digits.size() - exponent);
    return out;
}

Result<std::int64_t> parseUnits(std::string_view text, std::uint32_t exponent)
{
    bool negative = text.starts_with(minusSign);
    if (negative)
        text.remove_prefix(std::string_view(minusSign).size());
    else if (!text.empty() && (text.front() == '-' || text.front() == '+'))
    {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    std::string digits;
    if (whole.empty() || !dropGrouping(whole, digits) ||
        (point != std::string_view::npos && fraction.empty()) ||
        !std::all_of(fraction.begin(), fraction.end(), isDigit))
        return invalid("An amount is written like 1234.50 or -12.");
    if (fraction.size() > exponent)
        return invalid(
            "This currency has " + std::to_string(exponent) + " digits after the point.");
    digits += fraction;
    digits.append(exponent - fraction.size(), '0');

    std::int64_t units = 0;
    for (const char digit : digits)
    {
        const std::int64_t step = negative ? '0' - digit : digit - '0';
        if (__builtin_mul_overflow(units, 10, &units) ||
            __builtin_add_overflow(units, step, &units))
            return invalid("The amount is too large.");
    }
    return units;
}

bool addInto(std::int64_t& sum, std::int64_t units)
{
    std::int64_t result = 0;
    if (__builtin_add_overflow(sum, units, &result)) return false;
    sum = result;
    return true;
}

bool subtract(std::int64_t a, std::int64_t b, std::int64_t& out)
{
    return !__builtin_sub_overflow(a, b, &out);
}

} // namespace ledgerd
