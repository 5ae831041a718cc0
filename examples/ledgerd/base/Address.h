// Network addresses as text.
#pragma once

#include <optional>
#include <string>

namespace ledgerd
{

// The one way to write an address: "::ffff:10.0.0.1" is "10.0.0.1". Nothing when `text` is none.
std::optional<std::string> canonicalAddress(const std::string& text);

// Whom an address stands for where something is counted per address. A household or a rented server
// has 64 bits of IPv6 addresses to choose from, so all of them are one; IPv4 stays as it is.
std::string networkOf(const std::string& address);

} // namespace ledgerd
