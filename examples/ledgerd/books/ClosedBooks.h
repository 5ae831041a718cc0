// What of the books takes nothing any more: days, and accounts that were merged away. People close
// with books/Corrections.h; whoever books asks here.
#pragma once

#include "books/Database.h"

#include <cstdint>
#include <string>

namespace ledgerd::closed
{

// The last closed day; "" when none is.
std::string through(Unit& unit, const std::string& tenant);

// Where an account has gone; itself when nowhere.
std::int64_t mergedInto(Unit& unit, const std::string& tenant, std::int64_t account);

} // namespace ledgerd::closed
