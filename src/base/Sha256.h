// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bankfeed
{

using Digest = std::array<std::uint8_t, 32>;

/// The SHA-256 of some bytes.
[[nodiscard]] Digest sha256(std::string_view bytes);

/// The SHA-256 of some bytes in 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256Hex(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104).
[[nodiscard]] Digest hmacSha256(std::string_view key, std::string_view bytes);

[[nodiscard]] std::string_view asBytes(const Digest& digest);

} // namespace bankfeed
