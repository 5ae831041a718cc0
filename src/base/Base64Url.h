// Bytes as base64url (RFC 4648, section 5), without padding as RFC 7515 wants it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bankfeed
{

[[nodiscard]] std::string toBase64Url(std::string_view bytes);

/// The bytes, or nothing for padding, blanks, other alphabets, an impossible length, or unused bits
/// that are not zero: every value has exactly one text, the one of toBase64Url.
[[nodiscard]] std::optional<std::string> fromBase64Url(std::string_view text);

} // namespace bankfeed
