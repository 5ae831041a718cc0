// Who else writes what the books are told, and is kept out for the length of a unit.
//
// Connections are locked first, and in one order for everybody, or two units could each wait for
// the other.
#pragma once

#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::delivery
{

/// Locks the connections of all accounts that write a feed or wrote it.
void lockWriters(store::Unit& unit, const std::string& tenant, const std::string& feedId);

/// Locks the connections of these rows, and `others`, and returns the rows as they then are, by
/// root key. Keys that no row has are left out. At most limits::rowsPerUnit keys.
[[nodiscard]] std::map<std::string, store::BankTransaction> lockRows(store::Unit& unit,
    const std::string& tenant, const std::vector<std::string>& rootKeys,
    std::set<std::string> others = {});

} // namespace bankfeed::delivery
