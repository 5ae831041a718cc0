#include "base/LedgerDigest.h"

#include "base/Netstring.h"

#include <string>

namespace bankfeed
{

Digest contentDigest(const LedgerChange& change)
{
    Netstrings parts;
    parts.add("bankfeed.change/1").add(static_cast<std::int64_t>(change.kind)).add(change.rootKey);
    parts.add(std::int64_t{change.revision}).add(change.ledgerAccountId).add(change.counterAccount);
    parts.add(change.units).add(std::int64_t{change.exponent}).add(change.currency);
    parts.add(change.bookedOn)
        .add(change.authorizedOn)
        .add(change.description)
        .add(change.originalDescription);
    parts.add(change.merchant).add(change.category);
    return sha256(parts.bytes());
}

Digest nextInChain(const Digest& previous, std::uint64_t seq, const Digest& content)
{
    Netstrings parts;
    parts.add(asBytes(previous)).add(std::string_view(std::to_string(seq))).add(asBytes(content));
    return sha256(parts.bytes());
}

} // namespace bankfeed
