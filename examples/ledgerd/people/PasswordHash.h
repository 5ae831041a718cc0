// Passwords as scrypt hashes: "scrypt$15$8$1$<salt>$<hash>", salt and hash in base64.
#pragma once

#include <string>
#include <string_view>

namespace ledgerd
{

constexpr std::size_t passwordMin = 8;   // bytes
constexpr std::size_t passwordMax = 256; // bytes

// A hash with a fresh salt. Takes about 100 ms and 32 MiB, on purpose. Throws when OpenSSL fails.
std::string hashPassword(const std::string& password);

// Whether `hash` has the form above, with parameters that are neither weak nor dear (cost 14..17, r
// 8, p 1).
bool isPasswordHash(std::string_view hash);

// Compares in constant time. False also when `hash` is not a hash.
bool passwordMatches(const std::string& password, std::string_view hash);

} // namespace ledgerd
