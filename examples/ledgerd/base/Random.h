// Random bytes from the system, through OpenSSL.
#pragma once

#include <cstddef>
#include <string>

namespace ledgerd
{

// `bytes` (1..64) random bytes as hex digits. Throws std::runtime_error when the system gives none.
std::string randomHex(std::size_t bytes);

// SHA-256 of `data`, as 64 hex digits.
std::string sha256Hex(const std::string& data);

// HMAC-SHA-256, as 64 hex digits.
std::string hmacSha256Hex(const std::string& key, const std::string& data);

// Compares in constant time for strings of one length.
bool equalSecrets(const std::string& a, const std::string& b);

} // namespace ledgerd
