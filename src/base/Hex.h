// Bytes as hexadecimal digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bankfeed
{

/// Two lower-case digits a byte.
[[nodiscard]] std::string toHex(std::string_view bytes);

/// The bytes, or nothing when the text is not pairs of hexadecimal digits.
[[nodiscard]] std::optional<std::string> fromHex(std::string_view text);

} // namespace bankfeed
