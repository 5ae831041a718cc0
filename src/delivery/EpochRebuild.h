// Writes a feed anew from the mirror, when plugin and books no longer mean the same history.
#pragma once

#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Log.h"
#include "base/Random.h"
#include "delivery/Heads.h"
#include "delivery/Recall.h"
#include "store/BankAccountRepository.h"
#include "store/Database.h"
#include "store/OutboxRepository.h"
#include "store/TransactionRepository.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::delivery
{

/// For every row that the books were told of it compares the head that the books hold with what
/// they should hold: equal needs nothing; a row they do not know is posted; any other gets an amend
/// (or void) above the head, and the mirror takes over that revision. Before that it learns of
/// entries that it has forgotten, and a row that the books do not know takes the place of one that
/// says the same.
///
/// Units are bounded. Syncs may go on beside it: what they change behind the rebuild's position is
/// appended to the new epoch, what they change ahead of it is found when the rebuild comes there.
/// Host thread only.
class EpochRebuild
{
public:
    /// All references outlive this object.
    EpochRebuild(store::Database& database, Ledger& ledger, Clock& clock, Random& random, Log& log);

    /// Begins a new epoch. `base` is the watermark just read; nothing when the books do not know
    /// the feed. `restored`: it says that they were told what this outbox does not know. Success,
    /// too, when somebody else began one meanwhile.
    [[nodiscard]] Result<void> begin(const std::string& tenant, const std::string& feedId,
        std::uint64_t oldEpoch, const std::optional<Watermark>& base, bool restored = false);

    /// Looks for what was forgotten (Recall), does the opening balances, or the next
    /// limits::changesPerBatch rows. True when the rebuild is complete; false when there is more,
    /// or when a sync came in between and the same rows must be looked at again. Errors: those of
    /// the books (unknown: try again later) and of the store.
    [[nodiscard]] Result<bool> step(const std::string& tenant, const std::string& feedId);

private:
    struct Portion; // What one step is about.

    [[nodiscard]] Result<Portion> portion(const std::string& tenant, const std::string& feedId);
    [[nodiscard]] Result<bool> write(
        const std::string& tenant, const Portion& portion, const Heads& heads);
    [[nodiscard]] bool rebuildRows(store::Unit& unit, const std::string& tenant,
        const Portion& portion, Heads heads, bool& complete);
    void takePlaces(store::Unit& unit, const std::string& tenant, const Portion& portion,
        std::vector<store::BankTransaction>& rows, Heads& heads);
    [[nodiscard]] bool rebuildOpenings(
        store::Unit& unit, const std::string& tenant, const Portion& portion, const Heads& heads);

    store::Database& database_;
    Ledger& ledger_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    Recall recall_;
};

} // namespace bankfeed::delivery
