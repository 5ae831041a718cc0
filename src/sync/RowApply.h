// Brings the mirror and the outbox to what the bank says, for a handful of rows in one unit.
#pragma once

#include "base/BankProvider.h"
#include "base/Ledger.h"
#include "base/Random.h"
#include "base/Time.h"
#include "store/LinkedAccountRepository.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bankfeed::sync
{

/// What the bank says of one transaction.
struct IncomingRow
{
    bool removed = false;
    ProviderTransaction row; ///< Of a removed one only the two ids.
};

/// A page in the order in which it is to be applied: added, modified, removed.
[[nodiscard]] std::vector<IncomingRow> incomingOf(const TransactionPage& page);

struct ApplyScope
{
    std::string tenant;
    std::string provider;
    std::string connectionId;
    std::int64_t generation = 0; ///< Of the loop: one above the connection's.
    bool fullResync = false;     ///< Rows without news are marked as seen.
    UtcTime now;
};

struct ApplyReport
{
    std::size_t written = 0;      ///< Mirror rows.
    std::size_t changes = 0;      ///< Ledger changes.
    bool accountsUnknown = false; ///< A row belongs to an account that is not known yet.
    std::size_t moved = 0; ///< Rows that the bank shows under another account than before: they
                           ///< stay where they were.
};

/// Applies at most limits::rowsPerUnit rows; of several with the same id the last one counts. The
/// unit holds the connection's lock. `accounts` are those of the connection.
ApplyReport applyRows(store::Unit& unit, const ApplyScope& scope,
    const std::vector<store::LinkedAccount>& accounts, const std::vector<IncomingRow>& incoming,
    Random& random);

/// A ledger change and the feed that it belongs to.
struct FeedChange
{
    std::string feedId;
    LedgerChange change;
};

/// Saves judged rows and appends their changes to the feeds, in their order.
void saveBooked(store::Unit& unit, const std::string& tenant,
    const std::vector<store::BankTransaction>& rows, const std::vector<FeedChange>& changes,
    Random& random, UtcTime now);

} // namespace bankfeed::sync
