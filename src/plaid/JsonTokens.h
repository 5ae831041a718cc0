// What a JSON document is made of: numbers, escapes, strings (RFC 8259). Part of JsonReader.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bankfeed::plaid
{

[[nodiscard]] constexpr bool isJsonBlank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

[[nodiscard]] constexpr bool isJsonDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// RFC 8259, section 6: no leading plus, no leading zeros.
[[nodiscard]] bool isJsonNumber(std::string_view token);

/// How many bytes an escape has that starts with the backslash at `at`; 0 when it is none. The text
/// must end with a NUL behind its last byte.
[[nodiscard]] std::size_t escapeSize(std::string_view text, std::size_t at);

/// Undoes the escapes of a string whose escapes were all checked. NUL and halves of surrogate pairs
/// become U+FFFD and set `repaired`.
void undoEscapes(std::string_view raw, std::string& out, bool& repaired);

} // namespace bankfeed::plaid
