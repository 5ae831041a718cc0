#include "base/Address.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

namespace ledgerd
{

namespace
{

template <class Bits>
std::string written(int family, const Bits& bits)
{
    char out[INET6_ADDRSTRLEN] = {};
    return ::inet_ntop(family, &bits, out, sizeof out) == nullptr ? std::string() : out;
}

} // namespace

std::optional<std::string> canonicalAddress(const std::string& text)
{
    in_addr v4{};
    if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return written(AF_INET, v4);
    in6_addr v6{};
    if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return std::nullopt;
    if (!IN6_IS_ADDR_V4MAPPED(&v6)) return written(AF_INET6, v6);
    std::memcpy(&v4, &v6.s6_addr[12], sizeof v4);
    return written(AF_INET, v4);
}

std::string networkOf(const std::string& address)
{
    in6_addr v6{};
    if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return address;
    std::memset(&v6.s6_addr[8], 0, 8);
    return written(AF_INET6, v6) + "/64";
}

} // namespace ledgerd
