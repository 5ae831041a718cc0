// Whose a bank account is, for many at once.
#pragma once

#include "store/Unit.h"

#include <map>
#include <string>
#include <vector>

namespace bankfeed::store
{

/// The connections of some bank accounts of a tenant, at most 500, by bank account. In the caller's
/// unit.
[[nodiscard]] std::map<std::string, std::string> connectionsOfAccounts(
    Unit& unit, const std::string& tenant, const std::vector<std::string>& bankAccountIds);

} // namespace bankfeed::store
