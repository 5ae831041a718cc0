// The digests that prove to host and plugin that they mean the same change and the same history.
// The forms are those of the ABI (host-sdk, ext/ledger-post.h); a known-answer test keeps both
// implementations together.
#pragma once

#include "base/Ledger.h"
#include "base/Sha256.h"

namespace bankfeed
{

/// Over the content of a change: everything but sequence number and digests.
[[nodiscard]] Digest contentDigest(const LedgerChange& change);

/// The chain digest that follows `previous`; zeros at the start of an epoch.
[[nodiscard]] Digest nextInChain(const Digest& previous, std::uint64_t seq, const Digest& content);

} // namespace bankfeed
