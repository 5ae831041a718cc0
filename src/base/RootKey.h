// The names under which the books know bank transactions and opening balances.
//
// They follow from what the provider says alone, so that a plugin restored from a backup gives the
// same row the same name again, and the books recognise it.
#pragma once

#include "base/FeedIdentity.h"
#include "base/Netstring.h"
#include "base/Sha256.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace bankfeed
{

/// "tx1_" and 40 hexadecimal digits. `providerAccountId` and `providerTransactionId` are the ones
/// under which the transaction was first seen.
[[nodiscard]] inline std::string transactionRootKey(std::string_view tenant,
    std::string_view provider, std::string_view providerAccountId,
    std::string_view providerTransactionId)
{
    Netstrings parts;
    parts.add("bankfeed.tx/1").add(tenant).add(feedIdFor(tenant, provider, providerAccountId));
    parts.add(providerTransactionId);
    return "tx1_" + sha256Hex(parts.bytes()).substr(0, 40);
}

/// "ob1_" and 40 hexadecimal digits. `ordinal` counts the opening balances of a feed from 1: a
/// bank account that feeds another ledger account later has another one there.
[[nodiscard]] inline std::string openingRootKey(
    std::string_view tenant, std::string_view feedId, std::int64_t ordinal)
{
    Netstrings parts;
    parts.add("bankfeed.opening/1").add(tenant).add(feedId).add(ordinal);
    return "ob1_" + sha256Hex(parts.bytes()).substr(0, 40);
}

/// Whether it is of an opening balance. These sort before all of transactions.
[[nodiscard]] inline bool isOpeningRootKey(std::string_view rootKey)
{
    return rootKey.starts_with("ob1_");
}

} // namespace bankfeed
