#include "Cursor.h"

#include "Base64.h"

#include <charconv>
#include <vector>

namespace plaidsim
{

namespace
{

std::string checksum(const std::string& payload)
{
    return hexText(sha256("plaid-simulator cursor " + payload)).substr(0, 12);
}

std::vector<std::string> fields(const std::string& text)
{
    std::vector<std::string> parts(1);
    for (const char c : text)
    {
        if (c == '|')
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

template <typename Number>
bool readNumber(const std::string& text, Number& number)
{
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return result.ec == std::errc() && result.ptr == end;
}

} // namespace

std::string Cursor::encode() const
{
    const std::string payload = "1|" + itemId + "|" + stream + "|" + std::to_string(sequence) +
                                "|" + std::to_string(loopStart) + "|" + std::to_string(loopEnd) +
                                "|" + std::to_string(page);
    return base64(payload + "|" + checksum(payload));
}

std::optional<Cursor> Cursor::decode(const std::string& text)
{
    if (text.size() > 256) return std::nullopt;
    const auto plain = fromBase64(text);
    if (!plain) return std::nullopt;
    const auto parts = fields(*plain);
    if (parts.size() != 8 || parts[0] != "1") return std::nullopt;
    const std::string payload = plain->substr(0, plain->size() - parts[7].size() - 1);
    if (checksum(payload) != parts[7]) return std::nullopt;
    Cursor cursor;
    cursor.itemId = parts[1];
    cursor.stream = parts[2];
    if (!readNumber(parts[3], cursor.sequence) || !readNumber(parts[4], cursor.loopStart) ||
        !readNumber(parts[5], cursor.loopEnd) || !readNumber(parts[6], cursor.page))
        return std::nullopt;
    return cursor;
}

} // namespace plaidsim
