#include "plaid/Base64Url.h"

#include <array>
#include <cstdint>

namespace bankfeed::plaid
{

namespace
{

constexpr std::uint8_t notADigit = 0xFF;

constexpr std::array<std::uint8_t, 256> makeDigits()
{
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<std::uint8_t, 256> digits{};
    for (auto& digit : digits)
        digit = notADigit;
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return digits;
}

constexpr std::array<std::uint8_t, 256> digitOf = makeDigits();

} // namespace

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

} // namespace bankfeed::plaid
