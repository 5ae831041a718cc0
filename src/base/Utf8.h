// Text from outside: valid UTF-8, bounded, without characters that no database and no screen should
// see.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bankfeed
{

/// True when the bytes are valid UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above
/// U+10FFFF.
[[nodiscard]] bool isUtf8(std::string_view bytes);

/// A text as it may be stored and shown: NUL, C0 and C1 controls become U+FFFD, line and paragraph
/// separators a space; what is not seen but changes how a text reads is dropped (marks of
/// direction, joiners and other zero-width characters, fillers, tags); and what is left is cut to
/// `bytesMax` bytes at a character. The input must be UTF-8.
[[nodiscard]] std::string safeText(std::string_view text, std::size_t bytesMax);

/// The longest head of `text` that has at most `bytesMax` bytes and ends at a character.
[[nodiscard]] std::string_view cutUtf8(std::string_view text, std::size_t bytesMax);

} // namespace bankfeed
