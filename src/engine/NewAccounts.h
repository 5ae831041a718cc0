// What is done when the provider says that a bank has accounts that are not shared.
#pragma once

#include "base/BankProvider.h"
#include "base/Random.h"
#include "store/Unit.h"

#include <string>

namespace bankfeed::engine
{

/// Remembers it, opens the notice and tells the audit, once however often it is said. `since`: when
/// it was said.
void tellOfNewAccounts(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime since, UtcTime now);

/// The same for a webhook that never arrived: the provider's facts name the last one that it sent.
/// What a person or a later look has dealt with is not told again.
void catchUpOnNewAccounts(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, const ConnectionFacts& facts, UtcTime now);

} // namespace bankfeed::engine
