#include "plaid/JsonTokens.h"

#include <cstdint>

namespace bankfeed::plaid
{

namespace
{

int hexDigit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The code unit of "\uXXXX" whose digits start at `at`; negative when they are not four digits.
int codeUnit(std::string_view text, std::size_t at)
{
    if (at + 4 > text.size()) return -1;
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i)
    {
        const int digit = hexDigit(text[at + i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

void appendUtf8(std::string& out, std::uint32_t point)
{
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80U)
    {
        put(point);
    }
    else if (point < 0x800U)
    {
        put(0xC0U | (point >> 6U));
        put(0x80U | (point & 0x3FU));
    }
    else if (point < 0x10000U)
    {
        put(0xE0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
    else
    {
        put(0xF0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3FU));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
}

char simpleEscape(char c)
{
    switch (c)
    {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
    }
}

} // namespace

bool isJsonNumber(std::string_view token)
{
    std::size_t at = 0;
    const auto digits = [&]
    {
        const std::size_t from = at;
        while (at < token.size() && isJsonDigit(token[at]))
            ++at;
        return at - from;
    };
    if (at < token.size() && token[at] == '-') ++at;
    const bool zero = at < token.size() && token[at] == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (at < token.size() && token[at] == '.')
    {
        ++at;
        if (digits() == 0) return false;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E'))
    {
        ++at;
        if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
        if (digits() == 0) return false;
    }
    return at == token.size();
}

std::size_t escapeSize(std::string_view text, std::size_t at)
{
    const char kind = text.data()[at + 1];
    if (kind == 'u') return codeUnit(text, at + 2) >= 0 ? 6 : 0;
    return simpleEscape(kind) != '\0' ? 2 : 0;
}

void undoEscapes(std::string_view raw, std::string& out, bool& repaired)
{
    constexpr std::uint32_t replacement = 0xFFFD;
    out.clear();
    for (std::size_t i = 0; i < raw.size();)
    {
        if (raw[i] != '\\')
        {
            out.push_back(raw[i]);
            ++i;
            continue;
        }
        if (raw[i + 1] != 'u')
        {
            out.push_back(simpleEscape(raw[i + 1]));
            i += 2;
            continue;
        }
        auto point = static_cast<std::uint32_t>(codeUnit(raw, i + 2));
        i += 6;
        if (point >= 0xD800U && point <= 0xDBFFU && raw.substr(i, 2) == "\\u")
        {
            const auto low = static_cast<std::uint32_t>(codeUnit(raw, i + 2));
            if (low >= 0xDC00U && low <= 0xDFFFU)
            {
                point = 0x10000U + ((point - 0xD800U) << 10U) + (low - 0xDC00U);
                i += 6;
            }
        }
        if (point == 0 || (point >= 0xD800U && point <= 0xDFFFU))
        {
            point = replacement;
            repaired = true;
        }
        appendUtf8(out, point);
    }
}

} // namespace bankfeed::plaid
