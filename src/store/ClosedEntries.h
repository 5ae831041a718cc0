// Which entries of bank_transaction lie where nothing can be changed now, as conditions for SQL.
#pragma once

#include <string>
#include <string_view>

namespace bankfeed::store
{

/// Whether the entry of the row is in a period that is closed, as ClosedPeriods has it; the
/// parameter is the moment.
[[nodiscard]] std::string inClosedPeriod(std::string_view now);

/// Whether its ledger account is closed, as BookFacts::closedAccounts has it.
[[nodiscard]] std::string inClosedAccount(std::string_view now);

} // namespace bankfeed::store
