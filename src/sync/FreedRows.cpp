#include "sync/FreedRows.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/BookFacts.h"
#include "store/ConnectionRepository.h"
#include "store/LedgerContent.h"
#include "store/LinkedAccountRepository.h"
#include "store/RefusedRows.h"
#include "store/TransactionRepository.h"
#include "sync/Booking.h"
#include "sync/OpeningBalance.h"
#include "sync/RowApply.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;
using store::LinkedAccount;

/// The accounts that rows were given to, with their links; also of a later connection.
class AccountsOfRows
{
public:
    AccountsOfRows(store::Unit& unit, const std::string& tenant, const std::string& connectionId)
        : unit_(unit), tenant_(tenant)
    {
        for (auto& one : store::LinkedAccountRepository(unit, tenant).ofConnection(connectionId))
            byId_.emplace(one.account.id, std::move(one));
    }

    [[nodiscard]] const LinkedAccount* find(const std::optional<std::string>& id)
    {
        if (!id) return nullptr;
        if (const auto known = byId_.find(*id); known != byId_.end()) return &known->second;
        auto account = store::BankAccountRepository(unit_, tenant_).find(*id);
        if (!account) return nullptr;
        auto link = store::AccountLinkRepository(unit_, tenant_).ofBankAccount(*id);
        if (link && !store::mayBook(link->state)) link.reset();
        return &byId_.emplace(*id, LinkedAccount{std::move(*account), std::move(link)})
                    .first->second;
    }

private:
    store::Unit& unit_;
    const std::string& tenant_;
    std::map<std::string, LinkedAccount> byId_;
};

std::vector<std::string> rootKeysOf(const std::vector<BankTransaction>& rows)
{
    std::vector<std::string> keys;
    keys.reserve(rows.size());
    for (const auto& row : rows)
        keys.push_back(row.rootKey);
    return keys;
}

} // namespace

namespace
{

/// What the books refused as if this had become of the entry has run out, and was not told.
bool isBelievedNoMore(
    const BankTransaction& row, const std::map<std::string, store::EntryFact>& known)
{
    const auto found = known.find(row.rootKey);
    const store::EntryFact fact = found == known.end() ? store::EntryFact{} : found->second;
    if (row.entryMark == store::entryMark::reconciled) return !fact.isReconciled();
    return row.entryMark == store::entryMark::removed &&
           row.laneReason == store::refusedReason::removed && !fact.isRemoved();
}

/// A person had its entry imported again, and the books refused that.
bool isStillWanted(const BankTransaction& row, const std::map<std::string, store::EntryFact>& known)
{
    const auto fact = known.find(row.rootKey);
    return fact != known.end() && fact->second.value == store::entryAgain &&
           fact->second.revision > row.revision;
}

} // namespace

struct FreedRows::Outcome
{
    bool more = false;
    bool booked = false;
};

Step FreedRows::step(const store::JobLease& lease)
{
    const auto outcome = parts_.database.write(
        [&](store::Unit& unit) -> Result<Outcome> { return release(unit, lease); });
    if (!outcome.ok()) return outcome.error();
    if (outcome->booked) parts_.wake.wake(WakeReason::Pump);
    return outcome->more ? again(parts_.clock.now()) : done();
}

Result<FreedRows::Outcome> FreedRows::release(store::Unit& unit, const store::JobLease& lease)
{
    if (!store::JobRepository(unit).holds(lease)) return Outcome{};
    if (!store::ConnectionRepository(unit, lease.tenant).lock(lease.subject)) return Outcome{};
    const UtcTime now = parts_.clock.now();
    auto rows =
        store::RefusedRows(unit, lease.tenant).freed(lease.subject, now, limits::rowsPerUnit);
    if (rows.empty()) return Outcome{};
    store::BookFacts facts(unit, lease.tenant);
    const auto closed = facts.periods(now);
    const auto known = facts.entries(rootKeysOf(rows), now);
    AccountsOfRows accounts(unit, lease.tenant, lease.subject);
    std::vector<FeedChange> changes;
    std::set<std::string> touched;
    std::set<std::string> openings;
    bool moved = false;
    for (auto& row : rows)
    {
        const BankTransaction before = row;
        if (isBelievedNoMore(row, known)) row.entryMark.clear();
        const LinkedAccount* account = accounts.find(row.bankAccountId);
        if (account == nullptr) continue;
        row.changedAt = now;
        const auto occasion = isStillWanted(row, known) ? Occasion::Again : Occasion::Release;
        if (auto change = book(row, account, occasion, parts_.rules, closed))
            changes.push_back({account->account.feedId, std::move(*change)});
        moved = moved || row.laneReason != before.laneReason;
        touched.insert(account->account.id);
        // An undone row counts as told; one that the books refused with the rows is due already.
        if (account->link && !isUndone(row) &&
            (account->link->opening == store::openingState::due ||
                movesOpening(*account->link, &before, row)))
            openings.insert(account->link->id);
    }
    saveBooked(unit, lease.tenant, rows, changes,
        {lease.subject, lease.jobId, std::string(store::importCause::release), ""}, parts_.random,
        now);
    for (const auto& id : openings)
        store::measureOpeningAgain(unit, lease.tenant, id, parts_.random, now);
    store::RefusedRows(unit, lease.tenant).note(touched, parts_.random, now);
    return Outcome{moved && rows.size() == limits::rowsPerUnit, !changes.empty()};
}

namespace
{

/// One that the mirror never told of, because it was restored, is above the head that was removed.
void knowHead(BankTransaction& row, const LinkedAccount& account,
    const std::map<std::string, store::EntryFact>& known)
{
    const auto fact = known.find(row.rootKey);
    if (row.revision > 0 || fact == known.end() || !account.link || !account.link->ledgerAccountId)
        return;
    row.revision = fact->second.revision;
    row.sentLedgerAccountId = *account.link->ledgerAccountId;
}

/// Why the books do not take the row now; nothing when they do.
std::optional<Error> refusalOf(
    store::BookFacts& facts, const BankTransaction& row, const LinkedAccount& account, UtcTime now)
{
    std::string target = row.sentLedgerAccountId;
    if (target.empty() && account.link) target = account.link->ledgerAccountId.value_or("");
    if (facts.periods(now).closed(target, row.bookedOn))
        return Error::conflict("held.period_closed", "The period of one of these is closed.");
    if (!facts.closedAccounts({target}, now).empty())
        return Error::conflict("held.account_closed", "The ledger account is closed.");
    return std::nullopt;
}

} // namespace

Result<std::int64_t> importAgain(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const ImportAgain& wish, Random& random, UtcTime now)
{
    const auto& ids = wish.transactions;
    const std::set<std::string> once(ids.begin(), ids.end());
    if (ids.empty() || ids.size() > limits::rowsPerUnit || once.size() != ids.size())
        return Error::invalid("held.transactions", "Name 1 to 500 transactions, each once.");
    const auto account = store::BankAccountRepository(unit, tenant).find(wish.bankAccountId);
    if (!account) return Error::notFound("account.unknown", "There is no such account.");
    (void)store::ConnectionRepository(unit, tenant).lock(account->connectionId);
    AccountsOfRows accounts(unit, tenant, account->connectionId);
    const LinkedAccount& linked = *accounts.find(account->id);
    auto rows = store::TransactionRepository(unit, tenant).find(account->connectionId, ids);
    const bool good = rows.size() == ids.size() &&
                      std::all_of(rows.begin(), rows.end(),
                          [&](const BankTransaction& row)
                          {
                              return row.bankAccountId == account->id && !row.removed &&
                                     row.entryMark == store::entryMark::removed;
                          });
    if (!good)
        return Error::conflict("held.changed", "Some of these were not removed, or are gone.");
    store::BookFacts facts(unit, tenant);
    const auto generation = facts.position().generation;
    const auto known = facts.entries(rootKeysOf(rows), now);
    std::vector<FeedChange> changes;
    for (auto& row : rows)
    {
        if (const auto refusal = refusalOf(facts, row, linked, now)) return *refusal;
        knowHead(row, linked, known);
        facts.setEntry(
            row.rootKey, store::entryAgain, store::nextRevision(row.revision), generation);
        row.changedAt = now;
        auto change = book(row, &linked, Occasion::Again);
        // What waits for something else now would come by an amend of an entry that is gone.
        if (!change && row.revision > 0)
            return Error::conflict("held.changed", "Some of these cannot be booked now.");
        if (change) changes.push_back({account->feedId, std::move(*change)});
    }
    saveBooked(unit, tenant, rows, changes,
        {account->connectionId, "", std::string(store::importCause::decision), actor.name}, random,
        now);
    store::AuditRepository(unit, tenant)
        .append(now, actor, "transactions.imported_again", account->id,
            JsonObject()
                .text("account", account->name)
                .text("mask", account->mask)
                .number("count", static_cast<std::int64_t>(rows.size()))
                .json());
    return static_cast<std::int64_t>(changes.size());
}

} // namespace bankfeed::sync
