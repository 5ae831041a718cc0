// Opening balances that no sync will measure any more, because their connection ended before.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/ConnectionRepository.h"
#include "store/Unit.h"

#include <string>

namespace bankfeed::engine
{

/// Opens a notice for each account link whose opening balance is due: until the account is
/// connected anew or somebody enters it by hand, the books differ from the bank by it. One that is
/// booked and was not checked by a later balance is due again, and told of too. Nothing is told
/// where the balance proof says that the books have what the bank has. Inside the unit in which the
/// connection ends, before its proofs are removed.
void tellOfMissingOpenings(store::Unit& unit, Random& random, const std::string& tenant,
    const store::Connection& connection, UtcTime now);

/// The connection came back: its next sync measures them. Inside a unit.
void forgetMissingOpenings(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now);

} // namespace bankfeed::engine
