// The bank's word that it will end a connection soon, which it says once and in a webhook only.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/ConnectionRepository.h"
#include "store/Unit.h"

#include <string>

namespace bankfeed::engine
{

/// Opens the notice for a connection that is well. A date comes with the connection's own answer,
/// if the bank names one, and is then told instead. Inside a unit.
void tellOfAnnouncedEnd(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime saidAt, UtcTime now);

/// The connection is well: clears the notice when its consent has a date, when somebody has logged
/// in since, or when what was announced did not come. Inside a unit.
void settleAnnouncedEnd(store::Unit& unit, const std::string& tenant,
    const std::string& connectionId, bool dated, UtcTime now);

} // namespace bankfeed::engine
