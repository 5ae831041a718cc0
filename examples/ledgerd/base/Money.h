// Exact amounts: whole minor units and an exponent; no floating point anywhere.
#pragma once

#include "base/Result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ledgerd
{

constexpr std::uint32_t exponentMax = 18;

struct Currency
{
    std::string code;           // 1..11 bytes of [A-Za-z0-9._-]
    std::uint32_t exponent = 2; // digits after the point, 0..18
    bool operator==(const Currency&) const = default;
};

bool isCurrencyCode(std::string_view code);

// The exponent that ISO 4217 gives the code; -1 when this list does not hold it.
int isoExponent(std::string_view code);

// 1234 and 2 give "12.34"; with `grouped`, for people, "1,234.50", and a minus sign instead of a
// hyphen.
std::string formatUnits(std::int64_t units, std::uint32_t exponent, bool grouped = false);

// "-12.3" with exponent 2 gives -1230. Fails on anything but an optional sign, digits (commas as
// thousands marks may stand between groups of three) and one point, on more digits than the
// currency has, and on overflow.
Result<std::int64_t> parseUnits(std::string_view text, std::uint32_t exponent);

// False on overflow; `sum` is then unchanged.
bool addInto(std::int64_t& sum, std::int64_t units);
bool subtract(std::int64_t a, std::int64_t b, std::int64_t& out);

} // namespace ledgerd
