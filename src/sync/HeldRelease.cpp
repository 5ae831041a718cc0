#include "sync/HeldRelease.h"

#include "base/Limits.h"
#include "store/OutboxRepository.h"
#include "store/RefusedRows.h"
#include "store/SuccessionRepository.h"
#include "store/TransactionRepository.h"
#include "sync/Booking.h"
#include "sync/OpeningBalance.h"
#include "sync/Overlaps.h"
#include "sync/Removals.h"
#include "sync/RowApply.h"
#include "sync/Succession.h"
#include "sync/UndoneRows.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::sync
{

namespace
{

/// Gives rows that the books have already, through the account before this one, their places there.
/// Those that may be in the books are held.
void succeed(Succession& succession, const store::LinkedAccount& linked,
    std::vector<store::BankTransaction>& rows)
{
    std::vector<Succession::Newcomer> newcomers;
    for (auto& row : rows)
        if (row.revision == 0) newcomers.push_back({&row, true});
    succession.match(newcomers);
    for (const auto& one : newcomers)
    {
        store::BankTransaction& row = *one.row;
        if (row.revision > 0 || row.bookedOn < linked.link->startDate ||
            !succession.mayBeBooked(row))
            continue;
        row.lane = store::lane::held;
        row.laneReason = store::heldReason::overlap;
    }
}

/// Once no row is left to match.
std::vector<store::BankTransaction> certainlyNew(
    Succession& succession, const store::LinkedAccount& linked)
{
    auto rows = succession.certainlyNew(linked);
    for (auto& row : rows)
        row.laneReason = store::heldReason::notLinked;
    return rows;
}

/// What a person took out of the books does not come back under other ids.
void holdUndone(store::Unit& unit, const std::string& tenant, const store::LinkedAccount& linked,
    std::vector<store::BankTransaction>& rows)
{
    UndoneRows undone(unit, tenant);
    if (!undone.load({linked})) return;
    std::vector<UndoneRows::Newcomer> newcomers;
    for (auto& row : rows)
    {
        const bool overlaps =
            row.lane == store::lane::held && row.laneReason == store::heldReason::overlap;
        if (row.revision == 0 && !overlaps && row.bookedOn >= linked.link->startDate)
            newcomers.push_back({&row});
    }
    undone.match(newcomers, {});
}

/// One import for the whole run of the job, in however many units.
store::ImportRun runOf(
    const store::JobLease& lease, const store::AccountLink& link, const std::string& connectionId)
{
    store::ImportRun run{connectionId, lease.jobId, std::string(store::importCause::release), ""};
    if (link.state == store::linkState::releasing)
    {
        const bool anew = !link.startChangedBy.empty();
        run.cause = anew ? store::importCause::startDate : store::importCause::link;
        run.by = anew ? link.startChangedBy : link.createdBy;
    }
    return run;
}

} // namespace

struct HeldRelease::Outcome
{
    bool more = false;
    bool booked = false;
    bool asked = false;
};

Step HeldRelease::step(const store::JobLease& lease)
{
    const auto outcome = parts_.database.write(
        [&](store::Unit& unit) -> Result<Outcome> { return release(unit, lease); });
    if (!outcome.ok()) return outcome.error();
    if (outcome->booked) parts_.wake.wake(WakeReason::Pump);
    if (outcome->asked) parts_.wake.wake(WakeReason::Jobs);
    return outcome->more ? again(parts_.clock.now()) : done();
}

Result<HeldRelease::Outcome> HeldRelease::release(store::Unit& unit, const store::JobLease& lease)
{
    if (!store::JobRepository(unit).holds(lease)) return Outcome{};
    const auto named = store::AccountLinkRepository(unit, lease.tenant).find(lease.subject);
    if (!named) return Outcome{};
    const auto bankAccount =
        store::BankAccountRepository(unit, lease.tenant).find(named->bankAccountId);
    if (!bankAccount) return Outcome{};
    // The connection first, so that a sync that saw no link has put its rows aside before we look.
    const auto connection =
        store::ConnectionRepository(unit, lease.tenant).lock(bankAccount->connectionId);
    const auto linked = store::LinkedAccountRepository(unit, lease.tenant).ofLink(lease.subject);
    if (!connection || !linked || !linked->link->ledgerAccountId) return Outcome{};

    const auto count = static_cast<std::int64_t>(limits::rowsPerUnit);
    Outcome outcome;
    if (store::BankAccountRepository(unit, lease.tenant).adoptOrphans(linked->account, count) ==
        count)
    {
        outcome.more = true;
        return outcome;
    }
    const store::AccountLink& link = *linked->link;
    const UtcTime now = parts_.clock.now();
    store::TransactionRepository mirror(unit, lease.tenant);
    auto rows = mirror.releasable(
        linked->account.id, link.id, link.startDate, limits::rowsPerUnit, link.startBefore);
    // Those that it found too old itself, before somebody gave it another start: judged anew.
    for (auto& row : rows)
        if (row.lane == store::lane::beforeStart) row.laneReason.clear();
    Succession succession(unit, lease.tenant);
    const bool succeeds = succession.load({*linked});
    const bool allMatched = rows.empty();
    if (allMatched)
        rows = certainlyNew(succession, *linked);
    else if (succeeds)
        succeed(succession, *linked, rows);
    holdUndone(unit, lease.tenant, *linked, rows);
    std::vector<FeedChange> changes;
    const auto closed = store::BookFacts(unit, lease.tenant).periods(now);
    bool refused = false;
    for (auto& row : rows)
    {
        if (auto change = book(row, &*linked, Occasion::Release, parts_.rules, closed))
            changes.push_back({linked->account.feedId, std::move(*change)});
    }
    for (const auto& row : rows)
        refused = refused || store::isRefusedReason(row.laneReason);
    saveBooked(
        unit, lease.tenant, rows, changes, runOf(lease, link, connection->id), parts_.random, now);
    if (refused)
        store::RefusedRows(unit, lease.tenant).note({linked->account.id}, parts_.random, now);
    store::AccountLinkRepository(unit, lease.tenant)
        .setRelease(
            link.id, link.releaseTotal, link.releaseDone + static_cast<std::int64_t>(rows.size()));
    outcome.booked = !changes.empty();
    outcome.more = rows.size() == limits::rowsPerUnit ||
                   (!allMatched && store::SuccessionRepository(unit, lease.tenant)
                                       .overlapSpan(linked->account.id)
                                       .has_value());
    if (!outcome.more) becomeActive(unit, lease, link, *connection, *linked, outcome);
    return outcome;
}

void HeldRelease::becomeActive(store::Unit& unit, const store::JobLease& lease,
    const store::AccountLink& link, const store::Connection& connection,
    const store::LinkedAccount& linked, Outcome& outcome)
{
    if (link.state != store::linkState::active)
    {
        store::AccountLinkRepository(unit, lease.tenant).setReleased(link.id);
        // Although nothing is told: books that were told before this mirror was restored from a
        // backup may have entries of the feed.
        (void)store::OutboxRepository(unit, lease.tenant)
            .ensureFeed(linked.account.feedId, parts_.random);
    }
    const UtcTime now = parts_.clock.now();
    noteOverlaps(unit, lease.tenant, connection, linked.account, parts_.random, now);
    // Rows that were kept when access to the account was lost may have given their places.
    if (store::SuccessionRepository(unit, lease.tenant).goesOn(link.feedId))
        noteKept(unit, lease.tenant, connection,
            store::LinkedAccountRepository(unit, lease.tenant).ofConnection(connection.id),
            parts_.random, now);
    if (connection.history == "complete")
        noteNotShown(unit, lease.tenant, connection, linked, parts_.random, now);
    if (!isWanted(link) || connection.history != "complete") return;
    store::JobRepository(unit).ask(
        parts_.random, lease.tenant, store::job::opening, link.id, parts_.clock.now());
    outcome.asked = true;
}

} // namespace bankfeed::sync
