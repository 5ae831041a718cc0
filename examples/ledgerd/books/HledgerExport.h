// The books as a journal that "hledger check --strict" accepts.
#pragma once

#include "books/Books.h"

#include <functional>
#include <string>
#include <string_view>

namespace ledgerd
{

// Writes one tenant's books, oldest entry first, from one consistent view: declarations of
// commodities and accounts, then entries with their number as code and, from feeds, root key,
// revision and kind as tags.
void writeHledger(
    Books& books, const std::string& tenant, const std::function<void(std::string_view)>& write);

} // namespace ledgerd
