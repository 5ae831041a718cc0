// The name of a feed: the same for a bank account for ever, across re-links.
#pragma once

#include "base/Netstring.h"
#include "base/Sha256.h"

#include <string>
#include <string_view>

namespace bankfeed
{

/// "feed_" and 40 hexadecimal digits of a hash over tenant, provider and the first account id that
/// the provider ever gave for the bank account.
[[nodiscard]] inline std::string feedIdFor(
    std::string_view tenant, std::string_view provider, std::string_view firstProviderAccountId)
{
    Netstrings parts;
    parts.add("bankfeed.feed/1").add(tenant).add(provider).add(firstProviderAccountId);
    return "feed_" + sha256Hex(parts.bytes()).substr(0, 40);
}

} // namespace bankfeed
