#include "base/Utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bankfeed
{

namespace
{

struct CodePoint
{
    std::uint32_t value = 0;
    std::size_t size = 0; ///< 0: not valid here.
};

CodePoint decode(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80U) return {first, 1};
    std::size_t size = 0;
    std::uint32_t value = 0;
    std::uint32_t least = 0;
    if (first >= 0xC2U && first <= 0xDFU)
    {
        size = 2;
        value = first & 0x1FU;
        least = 0x80;
    }
    else if (first >= 0xE0U && first <= 0xEFU)
    {
        size = 3;
        value = first & 0x0FU;
        least = 0x800;
    }
    else if (first >= 0xF0U && first <= 0xF4U)
    {
        size = 4;
        value = first & 0x07U;
        least = 0x10000;
    }
    else
    {
        return {};
    }
    if (text.size() - at < size) return {};
    for (std::size_t i = 1; i < size; ++i)
    {
        if ((byte(i) & 0xC0U) != 0x80U) return {};
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    if (value < least || value > 0x10FFFFU || (value >= 0xD800U && value <= 0xDFFFU)) return {};
    return {value, size};
}

bool isControl(std::uint32_t c)
{
    return c < 0x20U || (c >= 0x7FU && c <= 0x9FU);
}

struct Span
{
    std::uint32_t first;
    std::uint32_t last;
};

/// What is not seen, and changes how its neighbours are seen, or makes two texts that look alike
/// different: direction, joiners, fillers, marks of order and annotation, tags. In order.
constexpr std::array invisible{Span{0x00AD, 0x00AD}, Span{0x061C, 0x061C}, Span{0x115F, 0x1160},
    Span{0x17B4, 0x17B5}, Span{0x180B, 0x180F}, Span{0x200B, 0x200F}, Span{0x202A, 0x202E},
    Span{0x2060, 0x206F}, Span{0x3164, 0x3164}, Span{0xFEFF, 0xFEFF}, Span{0xFFA0, 0xFFA0},
    Span{0xFFF0, 0xFFFB}, Span{0x1BCA0, 0x1BCA3}, Span{0x1D173, 0x1D17A}, Span{0xE0000, 0xE0FFF}};

bool isInvisible(std::uint32_t c)
{
    return std::any_of(invisible.begin(), invisible.end(),
        [c](const Span& span) { return c >= span.first && c <= span.last; });
}

bool isLineSeparator(std::uint32_t c)
{
    return c == 0x2028U || c == 0x2029U;
}

/// True when every byte is printable ASCII, as most texts of banks are. Without branches, so that
/// the compiler can look at many bytes at once.
bool isPlainAscii(std::string_view text)
{
    bool plain = true;
    for (const char c : text)
        plain &= c >= ' ' && c <= '~';
    return plain;
}

} // namespace

bool isUtf8(std::string_view bytes)
{
    for (std::size_t at = 0; at < bytes.size();)
    {
        const CodePoint point = decode(bytes, at);
        if (point.size == 0) return false;
        at += point.size;
    }
    return true;
}

std::string safeText(std::string_view text, std::size_t bytesMax)
{
    if (text.size() <= bytesMax && isPlainAscii(text)) return std::string(text);
    static constexpr std::string_view replacement = "\xEF\xBF\xBD";
    std::string safe;
    for (std::size_t at = 0; at < text.size();)
    {
        const CodePoint point = decode(text, at);
        const std::size_t size = point.size == 0 ? 1 : point.size;
        std::string_view piece = text.substr(at, size);
        if (point.size == 0 || isControl(point.value))
            piece = replacement;
        else if (isLineSeparator(point.value))
            piece = " ";
        else if (isInvisible(point.value))
            piece = {};
        if (safe.size() + piece.size() > bytesMax) break;
        safe.append(piece);
        at += size;
    }
    return safe;
}

std::string_view cutUtf8(std::string_view text, std::size_t bytesMax)
{
    if (text.size() <= bytesMax) return text;
    std::size_t end = bytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end);
}

} // namespace bankfeed
