// ASCII letters without regard to case, whatever the locale: the names and words of HTTP.
#pragma once

#include <algorithm>
#include <string_view>

namespace bankfeed
{

[[nodiscard]] constexpr char lowerAscii(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool sameWord(std::string_view a, std::string_view b) noexcept
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
        [](char x, char y) { return lowerAscii(x) == lowerAscii(y); });
}

} // namespace bankfeed
