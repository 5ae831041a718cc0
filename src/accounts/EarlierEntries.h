// Entries of an account that are in the books already, elsewhere than where it is about to feed.
#pragma once

#include "accounts/Identity.h"
#include "base/Ledger.h"
#include "store/BankAccountRepository.h"
#include "store/Unit.h"

#include <optional>
#include <string>

namespace bankfeed::accounts
{

struct EarlierEntries
{
    LedgerAccount in; ///< Where they are now: after a merge, what the old one was merged into.
    std::string first;
    std::string last;
    bool own = true; ///< Told by this very row, so that none of its rows is told again; else by the
                     ///< account whose place it takes.
};

/// What the account, or the one at the bank that it was before (Identity::relationOf, re_issued),
/// told an open ledger account other than `chosen` ("" for a new one). Nothing when its last feed
/// went to `chosen`. Whoever links it with an opening balance, or from a day before the last of
/// these entries, has the same money in the books twice.
[[nodiscard]] std::optional<EarlierEntries> entriesElsewhere(store::Unit& unit,
    const std::string& tenant, const Identity& identity, const store::BankAccount& account,
    const std::string& chosen);

} // namespace bankfeed::accounts
