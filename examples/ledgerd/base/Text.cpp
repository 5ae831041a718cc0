#include "base/Text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace ledgerd
{

namespace
{

// The character at the start of `text`. Returns its length in bytes, 0 when it is ill-formed.
std::size_t decodeOne(std::string_view text, std::uint32_t& code)
{
    const auto byte = [&](std::size_t i)
    { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t first = byte(0);
    if (first < 0x80)
    {
        code = first;
        return 1;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    code = first & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i)
    {
        if ((byte(i) & 0xC0u) != 0x80u) return 0;
        code = (code << 6) | (byte(i) & 0x3Fu);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
    return length;
}

bool mustNotBeShown(std::uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
           code == 0xFEFF || code == 0x061C;
}

// The blanks of Unicode (category Zs), and what is drawn as a blank or as nothing.
bool isBlankToTheEye(std::uint32_t code)
{
    constexpr std::array<std::uint32_t, 13> single{0x20, 0xA0, 0xAD, 0x034F, 0x115F, 0x1160, 0x1680,
        0x180E, 0x2800, 0x3000, 0x3164, 0xFFA0, 0xFFFC};
    return std::find(single.begin(), single.end(), code) != single.end() ||
           (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F ||
           (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F) ||
           mustNotBeShown(code);
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool isBlank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

constexpr std::string_view base64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

bool isUtf8(std::string_view text)
{
    while (!text.empty())
    {
        std::uint32_t code = 0;
        const std::size_t length = decodeOne(text, code);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string oneLine(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty())
    {
        std::uint32_t code = 0;
        const std::size_t length = decodeOne(text, code);
        if (length == 0)
        {
            out += "\xEF\xBF\xBD";
            text.remove_prefix(1);
            continue;
        }
        if (mustNotBeShown(code))
            out += ' ';
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

std::string singleBlanks(std::string_view text)
{
    std::string out;
    const std::string line = oneLine(text);
    std::string_view rest = line;
    bool blank = false;
    while (!rest.empty())
    {
        std::uint32_t code = 0;
        const std::size_t length = decodeOne(rest, code);
        if (isBlankToTheEye(code))
            blank = true;
        else
        {
            if (blank && !out.empty()) out += ' ';
            blank = false;
            out += rest.substr(0, length);
        }
        rest.remove_prefix(length);
    }
    return out;
}

std::string cutUtf8(std::string_view text, std::size_t bytes)
{
    if (text.size() <= bytes) return std::string(text);
    std::size_t end = bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u)
        --end;
    return std::string(text.substr(0, end));
}

std::string trimmed(std::string_view text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return std::string(text);
}

std::string lowerAscii(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool equalsIgnoringCase(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && lowerAscii(a) == lowerAscii(b);
}

std::vector<std::string> splitList(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    while (true)
    {
        const std::size_t at = text.find(separator);
        std::string part = trimmed(text.substr(0, at));
        if (!part.empty()) parts.push_back(std::move(part));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

bool percentDecode(std::string_view text, bool plusIsBlank, std::string& out)
{
    out.clear();
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        if (text[i] == '+' && plusIsBlank)
            out += ' ';
        else if (text[i] != '%')
            out += text[i];
        else
        {
            if (i + 2 >= text.size()) return false;
            const int high = hexDigit(text[i + 1]);
            const int low = hexDigit(text[i + 2]);
            if (high < 0 || low < 0) return false;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return true;
}

std::string percentEncode(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text)
    {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain)
            out += c;
        else
        {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15u];
        }
    }
    return out;
}

std::string toHex(const unsigned char* bytes, std::size_t size)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(size * 2, '0');
    for (std::size_t i = 0; i < size; ++i)
    {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15u];
    }
    return out;
}

bool fromHex(std::string_view hex, unsigned char* bytes, std::size_t size)
{
    if (hex.size() != size * 2) return false;
    for (std::size_t i = 0; i < size; ++i)
    {
        const int high = hexDigit(hex[2 * i]);
        const int low = hexDigit(hex[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i] = static_cast<unsigned char>(high * 16 + low);
    }
    return true;
}

std::string toBase64(std::string_view bytes)
{
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3)
    {
        const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = (group << 8) | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k)
            out += k <= have ? base64Alphabet[(group >> (18 - 6 * k)) & 63u] : '=';
    }
    return out;
}

bool fromBase64(std::string_view text, std::string& out)
{
    out.clear();
    if (text.size() % 4 != 0) return false;
    for (std::size_t i = 0; i < text.size(); i += 4)
    {
        std::uint32_t group = 0;
        std::size_t have = 0;
        for (std::size_t k = 0; k < 4; ++k)
        {
            const std::size_t digit = base64Alphabet.find(text[i + k]);
            if (digit != std::string_view::npos && have == k)
            {
                group |= static_cast<std::uint32_t>(digit) << (18 - 6 * k);
                ++have;
            }
            else if (text[i + k] != '=' || k < 2 || i + 4 != text.size())
                return false;
        }
        if ((have == 2 && (group & 0xFFFFu) != 0) || (have == 3 && (group & 0xFFu) != 0))
            return false;
        for (std::size_t k = 0; k + 1 < have; ++k)
            out += static_cast<char>((group >> (16 - 8 * k)) & 0xFFu);
    }
    return true;
}

} // namespace ledgerd
