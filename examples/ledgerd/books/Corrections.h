// What people do to books that are fed: bank transactions removed or reconciled, periods closed,
// accounts merged. Each writes the event that plugins are told, in the same unit.
#pragma once

#include "base/Result.h"
#include "books/Database.h"

#include <cstdint>
#include <string>

namespace ledgerd::corrections
{

// Takes a bank transaction out: an entry with the opposite of all its entries, and its head says
// so. Nothing is deleted. The bank's later word on it is refused. Failure: notFound; invalid when
// it is removed or reconciled, or in a closed period.
Done remove(Unit& unit, const std::string& tenant, const std::string& rootKey,
    const std::string& person, std::int64_t utcNs);

// Compared with a statement: from then on it is refused what would change it. Failure: notFound;
// invalid when it is removed.
Done reconcile(Unit& unit, const std::string& tenant, const std::string& rootKey, bool reconciled);

// Nothing is booked on or before `through` from then on; "" opens everything. Failure: invalid when
// it is not a day.
Done closePeriod(Unit& unit, const std::string& tenant, const std::string& through);

// Moves what is in an account to another, closes it, and remembers where it went: changes of a feed
// that name it are booked there. Failure: notFound; invalid when they do not go together.
Done merge(Unit& unit, const std::string& tenant, std::int64_t from, std::int64_t into,
    const std::string& person, std::int64_t utcNs);

} // namespace ledgerd::corrections
