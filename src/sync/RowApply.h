// Brings the mirror and the outbox to what the bank says, for a handful of rows in one unit.
#pragma once

#include "base/BankProvider.h"
#include "base/Ledger.h"
#include "base/Random.h"
#include "base/Time.h"
#include "store/ImportRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/SyncCounts.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"
#include "sync/Booking.h"
#include "sync/Removals.h"

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
    RemovalJudgement removals = {};
    std::string run = {}; ///< Of the import: units of one loop name the same. "": this unit alone.
    BookingRules rules = {};
};

struct ApplyReport
{
    std::size_t written = 0;      ///< Mirror rows.
    std::size_t changes = 0;      ///< Ledger changes.
    bool accountsUnknown = false; ///< A row belongs to an account that is not known yet.
    bool lookFirst = false;  ///< Booked rows would go, and the bank was not asked for its accounts:
                             ///< the unit is to be given up.
    std::size_t moved = 0;   ///< Booked rows that the bank shows under another account than before:
                             ///< they stay where they were.
    bool accessLost = false; ///< Rows are gone with the access to their account.
    bool keptChanged = false; ///< There are other booked rows with a reason than before.
    store::SyncCounts counts; ///< What the bank's rows came to.

    /// What another call in the same unit came to.
    void add(const ApplyReport& other);
};

/// Applies at most limits::rowsPerUnit rows; of several with the same id the last one counts. The
/// unit holds the connection's lock. `accounts` are those of the connection.
///
/// A removed row leaves the books only when the bank still shows its account and most of the
/// account does not go with it; else it stays booked, with its reason (keptReason). Such rows may
/// come back under new ids: a new row takes over the oldest one with the same account, day, amount,
/// currency and description, and one without a partner that is not younger than they are is held. A
/// row that is not in the books and comes back under another account is another row there.
ApplyReport applyRows(store::Unit& unit, const ApplyScope& scope,
    const std::vector<store::LinkedAccount>& accounts, const std::vector<IncomingRow>& incoming,
    Random& random);

/// A ledger change and the feed that it belongs to.
struct FeedChange
{
    std::string feedId;
    LedgerChange change;
};

/// Saves judged rows and appends their changes to the feeds, in their order. Rows that are booked
/// for the first time become part of the run's import.
void saveBooked(store::Unit& unit, const std::string& tenant,
    std::vector<store::BankTransaction>& rows, const std::vector<FeedChange>& changes,
    const store::ImportRun& run, Random& random, UtcTime now);

} // namespace bankfeed::sync
