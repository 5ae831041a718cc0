// The relay: ledger changes from the outbox into the host's books, each exactly once.
#pragma once

#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Log.h"
#include "base/Random.h"
#include "delivery/EpochRebuild.h"
#include "delivery/OpenQuestions.h"
#include "delivery/Quarantine.h"
#include "delivery/Stalls.h"
#include "delivery/Turn.h"
#include "store/Database.h"
#include "store/OutboxRepository.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace bankfeed::delivery
{

/// Host thread only: the host serialises pump. No unit is open during a call to the host.
///
/// For each feed the host's watermark, never our own notes, says where to go on: behind it when
/// both mean the same history, else in a new epoch that is built from the mirror (EpochRebuild).
/// After a start, and every quarter of an hour, every feed's watermark is read, because a host that
/// was restored from a backup does not say so; held feeds are tried again then.
class Relay
{
public:
    /// All references outlive this object.
    Relay(store::Database& database, Ledger& ledger, Clock& clock, Random& random, Log& log);

    /// Delivers at most `batchMax` batches (1..1000) and begins no further one after `budgetMs`,
    /// but always does one piece of work, so that no budget and no clock can keep it from its end.
    /// Errors: those of the store, and of the host when it cannot name its tenants. Any other
    /// answer of the host is no error of the pump: a feed whose outcome is unknown is looked at
    /// again in the next call, or when the host said it may be, and one whose change is refused is
    /// held, with a notice, while the others go on.
    [[nodiscard]] Result<PumpReport> pump(std::uint32_t batchMax, std::uint32_t budgetMs);

    /// The next calls read every feed's watermark, and try held feeds again.
    void lookAgain();

private:
    struct Visit;  // One feed's turn.
    struct Resume; // Where to go on with a feed.

    /// Where a tenant's round of feeds has come to.
    struct Round
    {
        std::string after;
        bool all = true; ///< Every feed, not only those known to have work.
        std::int64_t allSeenAtNs = 0;
        bool rebuilt = false; ///< A feed: rows may wait to be asked for.
    };

    [[nodiscard]] Result<void> visitTenant(Turn& turn, const std::string& tenant);
    [[nodiscard]] Result<bool> visitPage(Turn& turn, const std::string& tenant, Round& round);
    [[nodiscard]] Result<void> visitGuarded(Visit& visit);
    [[nodiscard]] Result<void> visitFeed(Visit& visit);
    [[nodiscard]] Result<bool> rebuildOn(Visit& visit);
    [[nodiscard]] Result<Resume> resumePoint(
        const Visit& visit, const std::optional<Watermark>& watermark);
    [[nodiscard]] Result<bool> send(Visit& visit, const Resume& resume);
    [[nodiscard]] Result<bool> nextBatch(Visit& visit, LedgerBatch& batch, std::uint64_t from);
    [[nodiscard]] Result<bool> siftOut(Visit& visit, const LedgerBatch& batch, std::uint64_t from,
        const std::optional<Quarantine::Refusal>& refusal);
    [[nodiscard]] Result<bool> refusedOne(
        Visit& visit, const PostOutcome& outcome, const LedgerBatch& batch, std::uint64_t from);
    [[nodiscard]] bool booksAgree(
        Visit& visit, const PostOutcome& outcome, std::uint64_t from, std::uint64_t last);
    void noteStall(const Visit& visit);
    [[nodiscard]] Result<bool> refused(Visit& visit, const PostOutcome& outcome);
    [[nodiscard]] bool mayRebuild(const Visit& visit) const;
    /// `behind`: so many changes wait behind the refused one that it cannot be set aside; 0: not
    /// so.
    [[nodiscard]] Result<void> hold(
        Visit& visit, const std::string& reason, std::size_t behind = 0);
    [[nodiscard]] Result<void> endHold(Visit& visit);
    void endHoldIn(store::Unit& unit, Visit& visit);
    [[nodiscard]] Result<void> settle(Visit& visit, std::uint64_t ackedSeq);
    [[nodiscard]] Result<void> tidy(const Visit& visit);

    store::Database& database_;
    Ledger& ledger_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    EpochRebuild rebuild_;
    Quarantine quarantine_;
    OpenQuestions questions_;
    std::map<std::string, Round> rounds_; ///< By tenant.
    std::string lastTenant_;              ///< The next call begins behind it.
    Stalls stalls_;
    /// By tenant and feed: rebuilds that a conflict asked for since the books last took something.
    std::map<std::pair<std::string, std::string>, int> conflicts_;
};

} // namespace bankfeed::delivery
