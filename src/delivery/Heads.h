// What the books hold last of each of some transactions.
#pragma once

#include "base/Ledger.h"

#include <map>
#include <string>
#include <vector>

namespace bankfeed::delivery
{

using Heads = std::map<std::string, Head>; ///< By root key.

/// Asks the books; without keys it does not. Errors: those of the books, and Unknown
/// "delivery.heads" when they answer for another number of rows. Host thread; no unit is open.
[[nodiscard]] Result<Heads> headsOf(
    Ledger& ledger, const std::string& tenant, const std::vector<std::string>& rootKeys);

} // namespace bankfeed::delivery
