#include "sync/Overlaps.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/BookFacts.h"
#include "store/JobRepository.h"
#include "store/NoticeRepository.h"
#include "store/Places.h"
#include "store/RefusedRows.h"
#include "store/SuccessionRepository.h"
#include "store/TransactionRepository.h"
#include "sync/Booking.h"
#include "sync/OpeningBalance.h"
#include "sync/Removals.h"
#include "sync/RowApply.h"
#include "sync/Succession.h"

#include <algorithm>
#include <cstdlib>
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

/// The account of a decision, under the lock of its connection, and what it feeds.
struct Place
{
    store::Connection connection;
    store::LinkedAccount linked;

    [[nodiscard]] const std::string& ledgerAccount() const { return *linked.link->ledgerAccountId; }
};

Error unknownAccount()
{
    return Error::notFound("account.unknown", "There is no such account.");
}

Error feedsNothing()
{
    return Error::conflict("held.not_linked", "The account feeds no ledger account now.");
}

Result<Place> lockPlace(store::Unit& unit, const std::string& tenant, const std::string& accountId)
{
    const auto account = store::BankAccountRepository(unit, tenant).find(accountId);
    if (!account) return unknownAccount();
    auto connection = store::ConnectionRepository(unit, tenant).lock(account->connectionId);
    const auto link = store::AccountLinkRepository(unit, tenant).ofBankAccount(account->id);
    auto linked =
        link ? store::LinkedAccountRepository(unit, tenant).ofLink(link->id) : std::nullopt;
    if (!connection || !linked || !linked->link->ledgerAccountId) return feedsNothing();
    return Place{std::move(*connection), std::move(*linked)};
}

Result<std::vector<BankTransaction>> waitingRows(store::Unit& unit, const std::string& tenant,
    const store::BankAccount& account, const std::vector<std::string>& ids)
{
    auto rows = store::TransactionRepository(unit, tenant).find(account.connectionId, ids);
    if (rows.size() != ids.size() ||
        !std::all_of(rows.begin(), rows.end(),
            [&](const BankTransaction& row) { return waits(row, account.id); }))
        return Error::conflict(
            "held.changed", "Some of these do not wait for a decision any more.");
    return rows;
}

/// One decision while it is carried out.
class Decided
{
public:
    Decided(store::Unit& unit, const std::string& tenant, const Place& place, UtcTime now)
        : unit_(unit),
          tenant_(tenant),
          place_(place),
          now_(now),
          closed_(store::BookFacts(unit, tenant).periods(now))
    {
    }

    void leaveOut(BankTransaction row)
    {
        const BankTransaction before = row;
        row.lane = store::lane::beforeStart;
        row.laneReason = place_.linked.link->id;
        settle(before, std::move(row));
    }

    /// As a link that was asked for it: the start date is not in question.
    void bookIt(BankTransaction row)
    {
        const BankTransaction before = row;
        judge(row);
        settle(before, std::move(row));
    }

    /// Errors: Conflict "held.entry_taken".
    Result<void> takeEntry(BankTransaction row, const std::string& rootKey)
    {
        store::SuccessionRepository places(unit_, tenant_);
        auto entry = places.takeable(place_.linked.account.feedId, place_.linked.account.id,
            place_.ledgerAccount(), rootKey);
        if (!entry)
            return Error::conflict(
                "held.entry_taken", "The bank shows that entry as another transaction by now.");
        if (entry->connectionId != place_.connection.id)
            (void)store::ConnectionRepository(unit_, tenant_).lock(entry->connectionId);
        const BankTransaction before = row;
        const BankTransaction entryBefore = *entry;
        places.exchangeRootKeys(*entry, row, true);
        store::takePlace(row, *entry);
        store::leaveBehind(*entry);
        judge(row);
        settle(before, std::move(row));
        settle(entryBefore, std::move(*entry));
        return success();
    }

    std::vector<BankTransaction> rows;
    std::vector<FeedChange> changes;
    bool movesTheOpening = false;
    bool refused = false; ///< The books do not take one of them now.

private:
    /// Without the operator's rules: a person has looked at the row, and that is what they ask for.
    void judge(BankTransaction& row)
    {
        row.laneReason = store::heldReason::notLinked;
        if (auto change = book(row, &place_.linked, Occasion::Release, {}, closed_))
            changes.push_back({place_.linked.account.feedId, std::move(*change)});
    }

    void settle(const BankTransaction& before, BankTransaction row)
    {
        row.changedAt = now_;
        refused = refused || store::isRefusedReason(row.laneReason);
        movesTheOpening = movesTheOpening || movesOpening(*place_.linked.link, &before, row);
        rows.push_back(std::move(row));
    }

    store::Unit& unit_;
    const std::string& tenant_;
    const Place& place_;
    UtcTime now_;
    const store::ClosedPeriods closed_;
};

Result<void> carryOut(
    Decided& decided, std::vector<BankTransaction> rows, const OverlapDecision& decision)
{
    for (auto& row : rows)
    {
        switch (decision.choice)
        {
        case OverlapChoice::Book: decided.bookIt(std::move(row)); break;
        case OverlapChoice::LeaveOut: decided.leaveOut(std::move(row)); break;
        case OverlapChoice::ImportAgain:
        case OverlapChoice::TakeBack: BF_ASSERT(false); break;
        case OverlapChoice::SameAs:
            BF_TRY(decided.takeEntry(std::move(row), decision.entry));
            break;
        }
    }
    return success();
}

std::string_view actionOf(OverlapChoice choice)
{
    switch (choice)
    {
    case OverlapChoice::Book: return "transactions.booked";
    case OverlapChoice::LeaveOut: return "transactions.left_out";
    case OverlapChoice::ImportAgain:
    case OverlapChoice::TakeBack:
    case OverlapChoice::SameAs: break;
    }
    return "transactions.matched";
}

std::int32_t dayOf(const std::string& text)
{
    const auto day = Date::parse(text);
    return day ? day->daysSinceEpoch() : 0;
}

std::string farFrom(const std::string& text, int days)
{
    const auto day = Date::parse(text);
    return day ? day->plusDays(days).text() : text;
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

Result<std::vector<BankTransaction>> entriesLike(store::Unit& unit, const std::string& tenant,
    const std::string& bankAccountId, const std::string& transactionId)
{
    const auto account = store::BankAccountRepository(unit, tenant).find(bankAccountId);
    if (!account) return unknownAccount();
    const auto link = store::AccountLinkRepository(unit, tenant).ofBankAccount(bankAccountId);
    if (!link || !link->ledgerAccountId) return feedsNothing();
    BF_LET(rows, waitingRows(unit, tenant, *account, {transactionId}));
    const BankTransaction& row = rows.front();
    auto entries = store::SuccessionRepository(unit, tenant)
                       .takeable(account->feedId, account->id, *link->ledgerAccountId,
                           {farFrom(row.bookedOn, -Succession::daysFar),
                               farFrom(row.bookedOn, Succession::daysFar)},
                           row.units, limits::rowsPerUnit);
    const auto rank = [&](const BankTransaction& entry)
    {
        return std::pair(
            entry.units != row.units, std::abs(dayOf(entry.bookedOn) - dayOf(row.bookedOn)));
    };
    std::stable_sort(entries.begin(), entries.end(),
        [&](const BankTransaction& a, const BankTransaction& b) { return rank(a) < rank(b); });
    if (entries.size() > entriesShown) entries.resize(entriesShown);
    return entries;
}

Result<std::int64_t> decideOverlaps(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const OverlapDecision& decision, Random& random, UtcTime now)
{
    const auto& ids = decision.transactions;
    const std::set<std::string> once(ids.begin(), ids.end());
    if (ids.empty() || ids.size() > limits::rowsPerUnit || once.size() != ids.size())
        return Error::invalid("held.transactions", "Name 1 to 500 transactions, each once.");
    if (decision.choice == OverlapChoice::TakeBack)
        return Error::conflict("held.changed", "Some of these are not left out any more.");
    if (decision.choice == OverlapChoice::SameAs && ids.size() != 1)
        return Error::invalid("held.transactions", "One transaction can be one entry.");
    BF_LET(place, lockPlace(unit, tenant, decision.bankAccountId));
    BF_LET(rows, waitingRows(unit, tenant, place.linked.account, ids));

    Decided decided(unit, tenant, place, now);
    BF_TRY(carryOut(decided, std::move(rows), decision));
    saveBooked(unit, tenant, decided.rows, decided.changes,
        {place.connection.id, "", std::string(store::importCause::decision), actor.name}, random,
        now);
    const store::BankAccount& account = place.linked.account;
    const std::string& linkId = place.linked.link->id;
    if (decided.refused) store::RefusedRows(unit, tenant).note({account.id}, random, now);
    if (decided.movesTheOpening)
        store::AccountLinkRepository(unit, tenant).setOpeningDueAgain(linkId);
    store::JobRepository(unit).ask(random, tenant, store::job::release, linkId, now);
    noteOverlaps(unit, tenant, place.connection, account, random, now);
    store::AuditRepository(unit, tenant)
        .append(now, actor, actionOf(decision.choice), account.id,
            JsonObject()
                .text("account", account.name)
                .text("mask", account.mask)
                .number("count", static_cast<std::int64_t>(ids.size()))
                .json());
    return static_cast<std::int64_t>(decided.changes.size());
}

} // namespace bankfeed::sync
