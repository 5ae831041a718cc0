#include "sync/Imports.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/BookFacts.h"
#include "store/ConnectionRepository.h"
#include "store/LinkedAccountRepository.h"
#include "sync/Booking.h"
#include "sync/Removals.h"
#include "sync/RowApply.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;
using store::LinkedAccount;

Result<store::Import> ask(store::Unit& unit, const std::string& tenant, const store::Actor& actor,
    const std::string& importId, std::string_view state, Random& random, UtcTime now)
{
    store::ImportRepository imports(unit, tenant);
    auto import = imports.find(importId);
    if (!import) return Error::notFound("import.unknown", "There is no such import.");
    // Behind the lock of the job that may be at work on it.
    if (!store::ConnectionRepository(unit, tenant).lock(import->connectionId))
        return Error::notFound("import.unknown", "Its connection is gone.");
    import = imports.find(importId);
    if (!import) return Error::notFound("import.unknown", "There is no such import.");
    if (import->state == state) return *import;
    if (import->state != store::importState::booked)
        return Error::conflict("import.busy", "The import is being undone or booked again.");
    import->state = state;
    import->doneTo.clear();
    import->doneCount = 0;
    import->askedId = actor.id;
    import->askedBy = actor.name;
    imports.save(*import);
    store::JobRepository(unit).ask(random, tenant, store::job::import, importId, now);
    return *import;
}

/// Only where the entry came from; and only while the account still feeds something, because a
/// person who unlinked it does not want its rows. `book` knows that what the bank does not show as
/// posted does not come back.
bool mayComeBack(const BankTransaction& row, const LinkedAccount* account)
{
    return isUndone(row) && account != nullptr && account->link && account->link->ledgerAccountId;
}

} // namespace

std::string_view protectedBy(const BankTransaction& row, const store::ClosedPeriods& closed,
    const std::set<std::string>& closedAccounts)
{
    if (row.lane == store::lane::gone) return protectedReason::takenOver;
    if (row.lane == store::lane::voided) return protectedReason::takenBack;
    if (isUndone(row)) return {};
    if (row.entryMark == store::entryMark::removed) return protectedReason::removed;
    if (!inTheBooks(row)) return protectedReason::notBooked;
    if (row.entryMark == store::entryMark::reconciled) return protectedReason::reconciled;
    if (closed.closed(row.sentLedgerAccountId, row.sentBookedOn))
        return protectedReason::periodClosed;
    if (closedAccounts.contains(row.sentLedgerAccountId)) return protectedReason::accountClosed;
    return {};
}

std::set<std::string> ledgerAccountsOf(const std::vector<BankTransaction>& rows)
{
    std::set<std::string> ids;
    for (const auto& row : rows)
        if (!row.sentLedgerAccountId.empty()) ids.insert(row.sentLedgerAccountId);
    return ids;
}

Result<store::Import> askUndo(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const std::string& importId, Random& random, UtcTime now)
{
    return ask(unit, tenant, actor, importId, store::importState::undoing, random, now);
}

Result<store::Import> askRedo(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const std::string& importId, Random& random, UtcTime now)
{
    return ask(unit, tenant, actor, importId, store::importState::redoing, random, now);
}

Step Imports::step(const store::JobLease& lease)
{
    const auto outcome = parts_.database.write(
        [&](store::Unit& unit) -> Result<Outcome> { return portion(unit, lease); });
    if (!outcome.ok()) return outcome.error();
    if (outcome->told) parts_.wake.wake(WakeReason::Pump);
    return outcome->more ? again(parts_.clock.now()) : done();
}

Result<Imports::Outcome> Imports::portion(store::Unit& unit, const store::JobLease& lease)
{
    if (!store::JobRepository(unit).holds(lease)) return Outcome{};
    store::ImportRepository imports(unit, lease.tenant);
    const auto named = imports.find(lease.subject);
    if (!named) return Outcome{};
    (void)store::ConnectionRepository(unit, lease.tenant).lock(named->connectionId);
    auto import = imports.find(lease.subject);
    if (!import || import->state == store::importState::booked) return Outcome{};
    const bool undoing = import->state == store::importState::undoing;

    const auto accounts =
        store::LinkedAccountRepository(unit, lease.tenant).ofConnection(import->connectionId);
    std::map<std::string, const LinkedAccount*> byId;
    for (const auto& account : accounts)
        byId.emplace(account.account.id, &account);
    const UtcTime now = parts_.clock.now();
    const auto rows = imports.rows(*import, import->doneTo, limits::rowsPerUnit);
    store::BookFacts facts(unit, lease.tenant);
    const auto closed = facts.periods(now);
    const auto closedAccounts = facts.closedAccounts(ledgerAccountsOf(rows), now);
    std::vector<BankTransaction> touched;
    std::vector<FeedChange> changes;
    for (const auto& row : rows)
    {
        const auto found = byId.find(row.bankAccountId.value_or(""));
        const LinkedAccount* account = found == byId.end() ? nullptr : found->second;
        BankTransaction changed = row;
        std::optional<LedgerChange> change;
        if (undoing && account != nullptr && inTheBooks(row) &&
            protectedBy(row, closed, closedAccounts).empty())
            change = undo(changed);
        else if (!undoing && row.undoAsked)
        {
            // It never left, so there is nothing to tell.
            changed.undoAsked = false;
            touched.push_back(std::move(changed));
            continue;
        }
        else if (!undoing && mayComeBack(row, account))
            change = book(changed, account, Occasion::Decision, {}, closed);
        if (!change) continue;
        noteCameBack(facts, row, changed);
        changed.changedAt = now;
        changes.push_back({account->account.feedId, std::move(*change)});
        touched.push_back(std::move(changed));
    }
    saveBooked(unit, lease.tenant, touched, changes,
        {import->connectionId, lease.jobId, std::string(store::importCause::decision),
            import->askedBy},
        parts_.random, now);
    import->doneCount += static_cast<std::int64_t>(changes.size());
    Outcome outcome{rows.size() == limits::rowsPerUnit, !changes.empty()};
    if (outcome.more)
        import->doneTo = rows.back().providerTransactionId;
    else
        finish(unit, lease.tenant, *import, undoing);
    imports.save(*import);
    return outcome;
}

void Imports::finish(
    store::Unit& unit, const std::string& tenant, store::Import& import, bool undoing)
{
    const UtcTime now = parts_.clock.now();
    import.state = store::importState::booked;
    import.doneTo.clear();
    import.undoneAt = undoing ? std::optional(now) : std::nullopt;
    const auto connection = store::ConnectionRepository(unit, tenant).find(import.connectionId);
    if (!connection) return;
    noteKept(unit, tenant, *connection,
        store::LinkedAccountRepository(unit, tenant).ofConnection(connection->id), parts_.random,
        now);
    store::AuditRepository(unit, tenant)
        .append(now, {import.askedId, import.askedBy}, undoing ? "import.undone" : "import.redone",
            import.id,
            JsonObject()
                .text("institution", connection->institutionName)
                .text("connection_id", connection->id)
                .text("cause", import.cause)
                .number("rows", import.rows)
                .number("count", import.doneCount)
                .json());
}

} // namespace bankfeed::sync
