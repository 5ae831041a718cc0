// The two alphabets of RFC 4648.
#pragma once

#include <optional>
#include <string>

namespace plaidsim
{

// With padding.
std::string base64(const std::string& bytes);
std::optional<std::string> fromBase64(const std::string& text);

// The URL alphabet without padding, as in JSON web tokens.
std::string base64Url(const std::string& bytes);

// 32 bytes.
std::string sha256(const std::string& bytes);

// Lower-case hexadecimal.
std::string hexText(const std::string& bytes);

} // namespace plaidsim
