#include "base/Base64Url.h"

#include <array>
#include <cstdint>

namespace bankfeed
{

namespace
{

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t notADigit = 0xFF;

constexpr std::array<std::uint8_t, 256> makeDigits()
{
    std::array<std::uint8_t, 256> digits{};
    for (auto& digit : digits)
        digit = notADigit;
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return digits;
}

constexpr std::array<std::uint8_t, 256> digitOf = makeDigits();

} // namespace

std::string toBase64Url(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const char c : bytes)
    {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        have += 8;
        while (have >= 6)
        {
            have -= 6;
            text.push_back(alphabet[(bits >> have) & 0x3FU]);
        }
    }
    if (have > 0) text.push_back(alphabet[(bits << (6U - have)) & 0x3FU]);
    return text;
}

std::optional<std::string> fromBase64Url(std::string_view text)
{
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const char c : text)
    {
        const std::uint8_t digit = digitOf[static_cast<unsigned char>(c)];
        if (digit == notADigit) return std::nullopt;
        bits = (bits << 6U) | digit;
        have += 6;
        if (have >= 8)
        {
            have -= 8;
            bytes.push_back(static_cast<char>((bits >> have) & 0xFFU));
        }
    }
    if ((bits & ((1U << have) - 1U)) != 0) return std::nullopt;
    return bytes;
}

} // namespace bankfeed
