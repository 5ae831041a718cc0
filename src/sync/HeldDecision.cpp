#include "sync/HeldDecision.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/ConnectionRepository.h"
#include "store/ImportRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/RefusedRows.h"
#include "store/TransactionRepository.h"
#include "sync/Booking.h"
#include "sync/OpeningBalance.h"
#include "sync/RowApply.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;

/// The one reason for which they all wait; "" when there is none. Rows of other accounts, and those
/// that the bank shows no more, wait for nothing.
std::string reasonOf(const std::vector<BankTransaction>& rows, const std::string& bankAccountId)
{
    std::string reason;
    for (const auto& row : rows)
    {
        if (row.bankAccountId != bankAccountId || row.lane != store::lane::held || row.removed ||
            (!reason.empty() && row.laneReason != reason))
            return {};
        reason = row.laneReason;
    }
    return reason;
}

bool mixed(const std::vector<BankTransaction>& rows)
{
    return std::any_of(rows.begin(), rows.end(),
        [&](const BankTransaction& row) { return row.laneReason != rows.front().laneReason; });
}

Result<std::int64_t> bookThem(store::Unit& unit, const std::string& tenant,
    const store::LinkedAccount& linked, std::vector<BankTransaction> rows, bool leaveOut,
    const store::ImportRun& run, Random& random, UtcTime now)
{
    store::BookFacts facts(unit, tenant);
    const auto closed = facts.periods(now);
    std::vector<FeedChange> changes;
    bool opening = false;
    bool refused = false;
    for (auto& row : rows)
    {
        const BankTransaction before = row;
        row.changedAt = now;
        if (leaveOut)
        {
            row.lane = store::lane::beforeStart;
            row.laneReason = linked.link->id;
        }
        else if (auto change = book(row, &linked, Occasion::Decision, {}, closed))
            changes.push_back({linked.account.feedId, std::move(*change)});
        noteCameBack(facts, before, row);
        refused = refused || store::isRefusedReason(row.laneReason);
        // An undone row is told, as far as the opening balance goes.
        opening = opening || (!isUndone(before) && movesOpening(*linked.link, &before, row));
    }
    saveBooked(unit, tenant, rows, changes, run, random, now);
    if (refused) store::RefusedRows(unit, tenant).note({linked.account.id}, random, now);
    if (opening) store::measureOpeningAgain(unit, tenant, linked.link->id, random, now);
    return static_cast<std::int64_t>(changes.size());
}

} // namespace

Result<std::int64_t> decideHeld(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const OverlapDecision& decision, Random& random, UtcTime now)
{
    const auto& ids = decision.transactions;
    const auto account = store::BankAccountRepository(unit, tenant).find(decision.bankAccountId);
    const std::set<std::string> once(ids.begin(), ids.end());
    if (!account || ids.empty() || ids.size() > limits::rowsPerUnit || once.size() != ids.size())
        return decideOverlaps(unit, tenant, actor, decision, random, now);
    const auto connection = store::ConnectionRepository(unit, tenant).lock(account->connectionId);
    auto rows = store::TransactionRepository(unit, tenant).find(account->connectionId, ids);
    const std::string reason = reasonOf(rows, account->id);
    const bool ours = reason == store::heldReason::undone || reason == store::heldReason::rounded;
    if (!connection || rows.size() != ids.size() || !ours)
    {
        if (rows.size() == ids.size() && mixed(rows))
            return Error::conflict("held.mixed", "These wait for different reasons.");
        return decideOverlaps(unit, tenant, actor, decision, random, now);
    }
    const bool leaveOut = decision.choice == OverlapChoice::LeaveOut;
    if (decision.choice != OverlapChoice::Book &&
        !(leaveOut && reason == store::heldReason::rounded))
        return Error::invalid("held.choice", "There is no such choice about these.");
    const auto link = store::AccountLinkRepository(unit, tenant).ofBankAccount(account->id);
    const auto linked =
        link ? store::LinkedAccountRepository(unit, tenant).ofLink(link->id) : std::nullopt;
    if (!linked || !linked->link->ledgerAccountId)
        return Error::conflict("held.not_linked", "The account feeds no ledger account now.");
    const auto count = static_cast<std::int64_t>(rows.size());
    BF_LET(written, bookThem(unit, tenant, *linked, std::move(rows), leaveOut,
                        {connection->id, "", std::string(store::importCause::decision), actor.name},
                        random, now));
    store::AuditRepository(unit, tenant)
        .append(now, actor, leaveOut ? "transactions.left_out" : "transactions.booked", account->id,
            JsonObject()
                .text("account", account->name)
                .text("mask", account->mask)
                .text("reason", reason)
                .number("count", count)
                .json());
    return written;
}

} // namespace bankfeed::sync
