// Text from outside: is it UTF-8, and what of it may be shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ledgerd
{

// True when `text` is well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool isUtf8(std::string_view text);

// One line for screens, logs and exports: control characters and the marks that turn the direction
// of writing become a space, ill-formed bytes become U+FFFD. Never longer than three times the
// input.
std::string oneLine(std::string_view text);

// What a reader sees as blanks and nothing, as single blanks within the text: every blank of
// Unicode, and signs that have no width. Two names that look the same are then the same.
std::string singleBlanks(std::string_view text);

// Cut at a whole character, to at most `bytes` bytes.
std::string cutUtf8(std::string_view text, std::size_t bytes);

std::string trimmed(std::string_view text);
std::string lowerAscii(std::string_view text);
bool equalsIgnoringCase(std::string_view a, std::string_view b);

// Splits at `separator`, trims the parts and drops empty ones.
std::vector<std::string> splitList(std::string_view text, char separator);

// "%41" to "A" and, in forms, "+" to a blank. False when an escape is broken; `out` is then
// undefined.
bool percentDecode(std::string_view text, bool plusIsBlank, std::string& out);
std::string percentEncode(std::string_view text);

std::string toHex(const unsigned char* bytes, std::size_t size);
// False unless `hex` is exactly `size` bytes in lower or upper case digits.
bool fromHex(std::string_view hex, unsigned char* bytes, std::size_t size);

std::string toBase64(std::string_view bytes);
// Strict: padded, no blanks, no line ends. False when `text` is not that.
bool fromBase64(std::string_view text, std::string& out);

} // namespace ledgerd
