#include "sync/HeldDecision.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/ConnectionRepository.h"
#include "store/ImportRepository.h"
#include "store/LeftOutRows.h"
#include "store/LinkedAccountRepository.h"
#include "store/RefusedRows.h"
#include "store/TransactionRepository.h"
#include "sync/Booking.h"
#include "sync/OpeningBalance.h"
#include "sync/RowApply.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;

/// What a row waits for: the reason that it is held for, or that it was left out; "" for nothing,
/// as those of other accounts, and those that the bank shows no more.
std::string waitsFor(const BankTransaction& row, const std::string& bankAccountId)
{
    if (row.bankAccountId != bankAccountId || row.removed) return {};
    if (row.lane == store::lane::leftOut) return row.lane;
    return row.lane == store::lane::held ? row.laneReason : std::string();
}

/// The one that they all wait for; "" when there is none.
std::string reasonOf(const std::vector<BankTransaction>& rows, const std::string& bankAccountId)
{
    std::string reason;
    for (const auto& row : rows)
    {
        const auto own = waitsFor(row, bankAccountId);
        if (own.empty() || (!reason.empty() && own != reason)) return {};
        reason = own;
    }
    return reason;
}

/// The choices about rows that wait for a reason; those about the others are decideOverlaps'.
std::vector<OverlapChoice> choicesOf(const std::string& reason)
{
    if (reason == store::heldReason::undone) return {OverlapChoice::Book};
    if (reason == store::heldReason::rounded || reason == store::heldReason::leftOutChanged)
        return {OverlapChoice::Book, OverlapChoice::LeaveOut};
    if (store::isDataReason(reason)) return {OverlapChoice::LeaveOut};
    if (reason == store::lane::leftOut) return {OverlapChoice::TakeBack};
    return {};
}

bool mixed(const std::vector<BankTransaction>& rows)
{
    return std::any_of(rows.begin(), rows.end(),
        [&](const BankTransaction& row)
        { return row.lane != rows.front().lane || row.laneReason != rows.front().laneReason; });
}

/// What a link would make of a row that is not left out any more, or a person's word of one that is
/// to be booked.
std::optional<LedgerChange> judgeAnew(BankTransaction& row, const store::LinkedAccount& linked,
    OverlapChoice choice, const store::ClosedPeriods& closed)
{
    if (choice == OverlapChoice::Book) return book(row, &linked, Occasion::Decision, {}, closed);
    if (row.laneReason == store::heldReason::leftOutChanged)
    {
        askAgain(row);
        return std::nullopt;
    }
    row.lane = store::lane::held;
    row.laneReason = store::heldReason::notLinked;
    return book(row, &linked, Occasion::Release, {}, closed);
}

/// Leaves a row out, as one that is older than its link; one whose data keep it out of the books,
/// or kept it, stands apart, because the bank may correct them.
void leaveOut(BankTransaction& row, const store::LinkedAccount& linked)
{
    if (row.laneReason == store::heldReason::rounded)
    {
        row.lane = store::lane::beforeStart;
        row.laneReason = linked.link->id;
    }
    else
        row.lane = store::lane::leftOut;
}

Result<std::int64_t> carryOut(store::Unit& unit, const std::string& tenant,
    const store::LinkedAccount& linked, std::vector<BankTransaction> rows, OverlapChoice choice,
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
        if (choice == OverlapChoice::LeaveOut)
            leaveOut(row, linked);
        else if (auto change = judgeAnew(row, linked, choice, closed))
            changes.push_back({linked.account.feedId, std::move(*change)});
        noteCameBack(facts, before, row);
        refused = refused || store::isRefusedReason(row.laneReason);
        // An undone row is told, as far as the opening balance goes.
        // One that is left out for its data was told before as little as after.
        const bool apart = row.lane == store::lane::leftOut ||
                           (before.lane == store::lane::leftOut && row.lane == store::lane::held);
        opening =
            opening || (!isUndone(before) && !apart && movesOpening(*linked.link, &before, row));
    }
    saveBooked(unit, tenant, rows, changes, run, random, now);
    if (refused) store::RefusedRows(unit, tenant).note({linked.account.id}, random, now);
    if (opening) store::measureOpeningAgain(unit, tenant, linked.link->id, random, now);
    return static_cast<std::int64_t>(changes.size());
}

std::string_view actionOf(OverlapChoice choice)
{
    if (choice == OverlapChoice::LeaveOut) return "transactions.left_out";
    return choice == OverlapChoice::TakeBack ? "transactions.taken_back" : "transactions.booked";
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
    const auto choices = choicesOf(reason);
    if (!connection || rows.size() != ids.size() || choices.empty())
    {
        if (rows.size() == ids.size() && mixed(rows))
            return Error::conflict("held.mixed", "These wait for different reasons.");
        return decideOverlaps(unit, tenant, actor, decision, random, now);
    }
    if (std::find(choices.begin(), choices.end(), decision.choice) == choices.end())
        return Error::invalid("held.choice", "There is no such choice about these.");
    const auto link = store::AccountLinkRepository(unit, tenant).ofBankAccount(account->id);
    const auto linked =
        link ? store::LinkedAccountRepository(unit, tenant).ofLink(link->id) : std::nullopt;
    if (!linked || !linked->link->ledgerAccountId)
        return Error::conflict("held.not_linked", "The account feeds no ledger account now.");
    const auto count = static_cast<std::int64_t>(rows.size());
    std::vector<std::string> keys;
    for (const auto& row : rows)
        keys.push_back(row.rootKey);
    BF_LET(written, carryOut(unit, tenant, *linked, std::move(rows), decision.choice,
                        {connection->id, "", std::string(store::importCause::decision), actor.name},
                        random, now));
    store::LeftOutRows said(unit, tenant);
    if (decision.choice != OverlapChoice::LeaveOut)
        said.forget(keys);
    else if (reason != store::heldReason::rounded)
        said.note(keys, actor, now);
    store::AuditRepository(unit, tenant)
        .append(now, actor, actionOf(decision.choice), account->id,
            JsonObject()
                .text("account", account->name)
                .text("mask", account->mask)
                .text("reason", reason)
                .number("count", count)
                .json());
    return written;
}

} // namespace bankfeed::sync
