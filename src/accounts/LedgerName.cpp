#include "accounts/LedgerName.h"

#include "base/Utf8.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace bankfeed::accounts
{

namespace
{

struct Range
{
    std::uint32_t first;
    std::uint32_t last;
};

/// Unicode's category Zs, and the tabulator.
constexpr std::array<Range, 8> spaces{{{0x09, 0x09}, {0x20, 0x20}, {0xA0, 0xA0}, {0x1680, 0x1680},
    {0x2000, 0x200A}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}}};

/// Format characters and fillers that show nothing, but for the two joiners.
constexpr std::array<Range, 12> unseen{{{0xAD, 0xAD}, {0x034F, 0x034F}, {0x061C, 0x061C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180E}, {0x200B, 0x200B}, {0x200E, 0x200F},
    {0x202A, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164}, {0xFEFF, 0xFEFF}}};

/// They shape letters, so that they stay inside of words.
constexpr Range joiners{0x200C, 0x200D};

template <std::size_t N>
bool isOneOf(const std::array<Range, N>& ranges, std::uint32_t c)
{
    return std::any_of(ranges.begin(), ranges.end(),
        [c](const Range& range) { return c >= range.first && c <= range.last; });
}

/// How many bytes the character has that begins with this byte, in UTF-8 that is valid.
std::size_t sizeOf(unsigned char first)
{
    if (first < 0x80U) return 1;
    if (first < 0xE0U) return 2;
    return first < 0xF0U ? 3 : 4;
}

std::uint32_t valueOf(std::string_view character)
{
    constexpr std::array<std::uint32_t, 5> masks{0, 0x7F, 0x1F, 0x0F, 0x07};
    std::uint32_t value = static_cast<unsigned char>(character[0]) & masks.at(character.size());
    for (const char c : character.substr(1))
        value = (value << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    return value;
}

} // namespace

std::string tidyName(std::string_view name)
{
    if (!isUtf8(name)) return std::string(name);
    std::string out;
    std::string between; // What is written only if a character follows that is seen.
    while (!name.empty())
    {
        const std::string_view character =
            name.substr(0, sizeOf(static_cast<unsigned char>(name[0])));
        name.remove_prefix(character.size());
        const std::uint32_t c = valueOf(character);
        if (isOneOf(spaces, c))
            between = " ";
        else if (c >= joiners.first && c <= joiners.last)
        {
            if (between.empty()) between = character;
        }
        else if (!isOneOf(unseen, c))
        {
            if (!out.empty()) out += between;
            between.clear();
            out += character;
        }
    }
    return out;
}

} // namespace bankfeed::accounts
