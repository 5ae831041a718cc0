// What can feed a ledger, and which kind of ledger account it belongs to.
#pragma once

#include "base/Ledger.h"

#include <string>
#include <string_view>

namespace bankfeed::accounts
{

/// True for accounts whose transactions the provider gives as a cash ledger: depository, credit,
/// and student loans. Investment and other loan accounts show balances only.
[[nodiscard]] bool feedableType(std::string_view type, std::string_view subtype);

/// Liability for what is owed (credit, loan), else Asset.
[[nodiscard]] LedgerAccountType ledgerTypeFor(std::string_view type);

/// "asset", "liability", "equity", "income", "expense"
[[nodiscard]] std::string_view nameOf(LedgerAccountType type);

/// How a stored currency looks to a ledger.
struct ShownCurrency
{
    std::string code; ///< "" when it is none that can be booked.
    int exponent = 0;
    bool official = true;
};

/// An empty code stays empty: there is no default currency.
[[nodiscard]] ShownCurrency shownCurrency(const std::string& code, bool official);

} // namespace bankfeed::accounts
