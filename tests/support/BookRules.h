// What books of tests do as every host: check digests, and list what a feed brought.
#pragma once

#include "base/Ledger.h"
#include "base/LedgerDigest.h"

#include <cstddef>
#include <string>

namespace bankfeed::testing
{

[[nodiscard]] inline bool digestsFit(const LedgerBatch& batch)
{
    Digest chain = batch.previousDigest;
    std::uint64_t seq = batch.changes.front().seq;
    for (const auto& change : batch.changes)
    {
        if (change.seq != seq++ || contentDigest(change) != change.contentDigest) return false;
        chain = nextInChain(chain, change.seq, change.contentDigest);
        if (chain != change.chainDigest) return false;
    }
    return true;
}

/// `entries` by root key.
template <class EntriesByKey>
[[nodiscard]] Ledger::Entries listedEntries(const EntriesByKey& entries, const std::string& feedId,
    const std::string& after, std::size_t count)
{
    Ledger::Entries found;
    for (auto at = entries.upper_bound(after); at != entries.end(); ++at)
    {
        const auto& [key, entry] = *at;
        if (entry.feedId != feedId) continue;
        found.more = found.entries.size() == count;
        if (found.more) break;
        const LedgerChange& last = entry.last;
        found.entries.push_back({key, entry.head, last.kind, entry.removed, entry.reconciled,
            last.ledgerAccountId, last.units, last.exponent, last.currency, last.bookedOn,
            last.description, last.originalDescription});
        found.last = key;
    }
    return found;
}

} // namespace bankfeed::testing
