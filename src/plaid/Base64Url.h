// Base64url without padding (RFC 4648, section 5), strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bankfeed::plaid
{

/// The bytes, or nothing for padding, blanks, other alphabets, an impossible length, or unused bits
/// that are not zero: every value has exactly one text.
[[nodiscard]] std::optional<std::string> fromBase64Url(std::string_view text);

} // namespace bankfeed::plaid
