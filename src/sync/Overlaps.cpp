#include "sync/Overlaps.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/NoticeRepository.h"
#include "store/SuccessionRepository.h"
#include "store/TransactionRepository.h"
#include "sync/Booking.h"
#include "sync/OpeningBalance.h"
#include "sync/RowApply.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;

bool waits(const BankTransaction& row, const std::string& bankAccountId)
{
    return row.bankAccountId == bankAccountId && row.lane == store::lane::held &&
           row.laneReason == store::heldReason::overlap;
}

/// As a link that was asked for it: the start date is not in question.
std::optional<LedgerChange> carryOut(
    BankTransaction& row, const store::LinkedAccount& linked, OverlapChoice choice)
{
    if (choice == OverlapChoice::LeaveOut)
    {
        row.lane = store::lane::beforeStart;
        row.laneReason = linked.link->id;
        return std::nullopt;
    }
    row.laneReason = store::heldReason::notLinked;
    return book(row, &linked, Occasion::Release);
}

} // namespace

void noteOverlaps(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
    const store::BankAccount& account, Random& random, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    const std::int64_t count = store::SuccessionRepository(unit, tenant).overlapCount(account.id);
    if (count == 0)
    {
        notices.clear(store::notice::overlapHeld, account.id, now);
        return;
    }
    notices.open(random, store::notice::overlapHeld, account.id, "warning",
        JsonObject()
            .text("institution", connection.institutionName)
            .text("connection_id", connection.id)
            .text("bank_account", account.name)
            .text("bank_account_id", account.id)
            .number("count", count)
            .json(),
        now);
}

void noteNotShown(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
    const store::LinkedAccount& linked, Random& random, UtcTime now)
{
    const store::BankAccount& account = linked.account;
    const auto found = store::SuccessionRepository(unit, tenant)
                           .notShown(account, linked.link->id, linked.link->startDate,
                               *linked.link->ledgerAccountId);
    store::NoticeRepository notices(unit, tenant);
    if (!found)
    {
        notices.clear(store::notice::rowsNotShown, account.id, now);
        return;
    }
    notices.open(random, store::notice::rowsNotShown, account.id, "warning",
        JsonObject()
            .text("institution", connection.institutionName)
            .text("connection_id", connection.id)
            .text("bank_account", account.name)
            .text("bank_account_id", account.id)
            .number("count", found->count)
            .text("first_date", found->days.first)
            .text("last_date", found->days.last)
            .json(),
        now);
}

Result<std::int64_t> decideOverlaps(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const OverlapDecision& decision, Random& random, UtcTime now)
{
    const auto& ids = decision.transactions;
    const std::set<std::string> once(ids.begin(), ids.end());
    if (ids.empty() || ids.size() > limits::rowsPerUnit || once.size() != ids.size())
        return Error::invalid("held.transactions", "Name 1 to 500 transactions, each once.");
    store::BankAccountRepository accounts(unit, tenant);
    const auto account = accounts.find(decision.bankAccountId);
    if (!account) return Error::notFound("account.unknown", "There is no such account.");
    const auto connection = store::ConnectionRepository(unit, tenant).lock(account->connectionId);
    const auto link = store::AccountLinkRepository(unit, tenant).ofBankAccount(account->id);
    const auto linked =
        link ? store::LinkedAccountRepository(unit, tenant).ofLink(link->id) : std::nullopt;
    if (!connection || !linked || !linked->link->ledgerAccountId)
        return Error::conflict("held.not_linked", "The account feeds no ledger account now.");
    auto rows = store::TransactionRepository(unit, tenant).find(account->connectionId, ids);
    if (rows.size() != ids.size() ||
        !std::all_of(rows.begin(), rows.end(),
            [&](const BankTransaction& row) { return waits(row, account->id); }))
        return Error::conflict(
            "held.changed", "Some of these do not wait for a decision any more.");

    std::vector<FeedChange> changes;
    bool opening = false;
    for (auto& row : rows)
    {
        const BankTransaction before = row;
        row.changedAt = now;
        if (auto change = carryOut(row, *linked, decision.choice))
            changes.push_back({linked->account.feedId, std::move(*change)});
        opening = opening || movesOpening(*linked->link, &before, row);
    }
    saveBooked(unit, tenant, rows, changes, random, now);
    if (opening) store::AccountLinkRepository(unit, tenant).setOpeningDueAgain(linked->link->id);
    noteOverlaps(unit, tenant, *connection, *account, random, now);
    const bool booked = decision.choice == OverlapChoice::Book;
    store::AuditRepository(unit, tenant)
        .append(now, actor, booked ? "transactions.booked" : "transactions.left_out", account->id,
            JsonObject()
                .text("account", account->name)
                .text("mask", account->mask)
                .number("count", static_cast<std::int64_t>(rows.size()))
                .json());
    return static_cast<std::int64_t>(changes.size());
}

} // namespace bankfeed::sync
