// What this mirror has forgotten, and the books know.
#pragma once

#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Log.h"
#include "base/Random.h"
#include "store/BankAccountRepository.h"
#include "store/Database.h"
#include "store/OutboxRepository.h"
#include "store/TransactionRepository.h"

#include <optional>
#include <string>
#include <vector>

namespace bankfeed::delivery
{

/// The first part of a rebuild. A plugin that was restored from a backup does not know what it told
/// the books since: entries of rows that the bank may have given other ids by then, or taken back.
/// The books list what they hold of the feed; what the mirror does not know becomes a row of it,
/// kept as forgotten (store::keptReason). The next sync looks for each: what the bank shows takes
/// the entry over, under its own id or as a row that says the same, and what it does not show is
/// taken out of the books like any row that it took back.
///
/// A row that it left out as older than a start date, and that the books have, is booked; and an
/// opening balance that they were told since stands until it is measured anew.
///
/// Of books that do not list what they hold, people are told.
///
/// Units are bounded. Host thread only; no unit is open while the books are asked.
class Recall
{
public:
    /// All references outlive this object.
    Recall(store::Database& database, Ledger& ledger, Clock& clock, Random& random, Log& log)
        : database_(database), ledger_(ledger), clock_(clock), random_(random), log_(log)
    {
    }

    /// Where a rebuild begins (Feed::rebuildAfter): before all root keys. `restored`: the books
    /// were told what this outbox does not know.
    [[nodiscard]] static std::string firstPlace(bool restored);
    [[nodiscard]] static bool isUnderWay(const store::Feed& feed);

    /// One page of what the books hold. Errors: those of the books (unknown: try again later) and
    /// of the store.
    [[nodiscard]] Result<void> step(const std::string& tenant, const store::Feed& feed,
        const std::optional<store::BankAccount>& account);

private:
    using Found = std::optional<Ledger::Entries>;

    void write(store::Unit& unit, const std::string& tenant, const store::Feed& feed,
        const store::BankAccount& account, const Found& found);
    [[nodiscard]] std::vector<store::BankTransaction> newsOf(store::Unit& unit,
        const std::string& tenant, const store::BankAccount& account,
        const std::vector<BookedEntry>& entries);
    void takeOpenings(store::Unit& unit, const std::string& tenant, const std::string& feedId,
        const std::vector<BookedEntry>& entries);
    void tellForgotten(
        store::Unit& unit, const std::string& tenant, const store::BankAccount& account);
    void tellRestored(store::Unit& unit, const std::string& tenant, const std::string& feedId,
        const store::BankAccount& account);

    store::Database& database_;
    Ledger& ledger_;
    Clock& clock_;
    Random& random_;
    Log& log_;
};

} // namespace bankfeed::delivery
