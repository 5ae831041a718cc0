#include "sync/HeldRelease.h"

#include "base/Limits.h"
#include "store/LedgerAccountRepository.h"
#include "store/TransactionRepository.h"
#include "sync/Booking.h"
#include "sync/OpeningBalance.h"
#include "sync/RowApply.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::sync
{

namespace
{

using Partners = std::map<store::BookedKey, std::int64_t>;

/// What an earlier connection booked of the days of these rows, which are in the order of dates.
Partners partnersOf(store::Unit& unit, const std::string& tenant, const store::AccountLink& link,
    const std::vector<store::BankTransaction>& rows)
{
    if (rows.empty()) return {};
    return store::LedgerAccountRepository(unit, tenant)
        .bookedBefore(link, rows.front().bookedOn, rows.back().bookedOn);
}

/// When a login is connected anew, all ids are new, and the bank shows once more what the books
/// have: each of these rows takes one partner, and is left as if it were before the start. A row
/// without a partner is one that the bank booked late. Those given are neither removed nor pending.
bool isBooked(store::BankTransaction& row, const store::AccountLink& link, Partners& partners)
{
    if (row.revision > 0) return false;
    const auto partner = partners.find({row.bookedOn, row.units, row.currency});
    if (partner == partners.end() || partner->second <= 0) return false;
    --partner->second;
    row.lane = store::lane::beforeStart;
    row.laneReason = link.id;
    return true;
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
    auto rows = store::TransactionRepository(unit, lease.tenant)
                    .releasable(linked->account.id, link.id, link.startDate, limits::rowsPerUnit);
    std::vector<FeedChange> changes;
    Partners partners = partnersOf(unit, lease.tenant, link, rows);
    for (auto& row : rows)
    {
        if (isBooked(row, link, partners)) continue;
        if (auto change = book(row, &*linked, Occasion::Release))
            changes.push_back({linked->account.feedId, std::move(*change)});
    }
    saveBooked(unit, lease.tenant, rows, changes, parts_.random, now);
    store::AccountLinkRepository(unit, lease.tenant)
        .setRelease(
            link.id, link.releaseTotal, link.releaseDone + static_cast<std::int64_t>(rows.size()));
    outcome.booked = !changes.empty();
    outcome.more = rows.size() == limits::rowsPerUnit;
    if (!outcome.more) becomeActive(unit, lease, link, *connection, outcome);
    return outcome;
}

void HeldRelease::becomeActive(store::Unit& unit, const store::JobLease& lease,
    const store::AccountLink& link, const store::Connection& connection, Outcome& outcome)
{
    if (link.state != store::linkState::active)
        store::AccountLinkRepository(unit, lease.tenant)
            .setState(link.id, store::linkState::active);
    if (!isWanted(link) || connection.history != "complete") return;
    store::JobRepository(unit).ask(
        parts_.random, lease.tenant, store::job::opening, link.id, parts_.clock.now());
    outcome.asked = true;
}

} // namespace bankfeed::sync
