#include "books/Corrections.h"

#include "base/CivilDate.h"
#include "books/Accounts.h"
#include "books/ClosedBooks.h"
#include "books/Journal.h"
#include "books/LedgerEvents.h"

#include <bankfeed/ext/ledger-events.h>

namespace ledgerd::corrections
{

namespace
{

struct Head
{
    std::int64_t revision = 0;
    std::string bookedOn;
    std::string description;
    std::string state;
};

Result<Head> headOf(Unit& unit, const std::string& tenant, const std::string& rootKey)
{
    const Rows rows = unit.select("SELECT revision, booked_on, description, state FROM head"
                                  " WHERE tenant = ? AND root_key = ?",
        "ittt", {tenant, rootKey});
    if (rows.empty()) return notFound("There is no such bank transaction.");
    return Head{rows.integer(0, 0), rows.text(0, 1), rows.text(0, 2), rows.text(0, 3)};
}

void setState(Unit& unit, const std::string& tenant, const std::string& rootKey, const char* state,
    std::int64_t revision, std::int64_t told)
{
    unit.run("UPDATE head SET state = ? WHERE tenant = ? AND root_key = ?",
        {std::string(state), tenant, rootKey});
    events::add(unit, tenant, {0, "", BF_EVENT_ENTRY, rootKey, "", told, revision, ""});
}

// The opposite of all entries of a bank transaction.
Result<std::vector<Leg>> oppositeOf(
    Unit& unit, const std::string& tenant, const std::string& rootKey, EntryWriter& writer)
{
    const Rows rows = unit.select(
        "SELECT p.account_id, SUM(p.units) FROM posting p JOIN entry e ON e.id = p.entry_id"
        " WHERE e.tenant = ? AND e.root_key = ? GROUP BY p.account_id HAVING SUM(p.units) <> 0",
        "ii", {tenant, rootKey});
    std::vector<Leg> legs;
    for (std::size_t row = 0; row < rows.size(); ++row)
    {
        // What was merged since is in the other account now.
        const auto account =
            accounts::find(unit, tenant, closed::mergedInto(unit, tenant, rows.integer(row, 0)));
        if (!account) return account.failure();
        writer.know(*account);
        legs.push_back({account->id, -rows.integer(row, 1)});
    }
    return legs;
}

} // namespace

Done remove(Unit& unit, const std::string& tenant, const std::string& rootKey,
    const std::string& person, std::int64_t utcNs)
{
    const auto head = headOf(unit, tenant, rootKey);
    if (!head) return head.failure();
    if (head->state != "in_books")
        return invalid("A bank transaction that is " + head->state + " cannot be removed.");
    if (head->bookedOn <= closed::through(unit, tenant))
        return invalid("The period of this bank transaction is closed.");
    EntryWriter writer(unit, tenant, utcNs);
    auto legs = oppositeOf(unit, tenant, rootKey, writer);
    if (!legs) return legs.failure();
    if (!legs->empty())
    {
        NewEntry entry;
        entry.bookedOn = head->bookedOn;
        entry.description = "Removed: " + head->description;
        entry.kind = "remove";
        entry.rootKey = rootKey;
        entry.revision = head->revision;
        entry.madeBy = person;
        entry.legs = std::move(*legs);
        if (const auto added = writer.add(entry); !added) return added.failure();
        writer.write();
    }
    // Its revision and digest stay: they tell a restored plugin that there is nothing to do.
    unit.run("UPDATE head SET units = 0 WHERE tenant = ? AND root_key = ?", {tenant, rootKey});
    setState(unit, tenant, rootKey, "removed", head->revision, BF_ENTRY_REMOVED);
    return done();
}

Done reconcile(Unit& unit, const std::string& tenant, const std::string& rootKey, bool reconciled)
{
    const auto head = headOf(unit, tenant, rootKey);
    if (!head) return head.failure();
    if (head->state == "removed") return invalid("The bank transaction was removed.");
    setState(unit, tenant, rootKey, reconciled ? "reconciled" : "in_books", head->revision,
        reconciled ? BF_ENTRY_RECONCILED : BF_ENTRY_IN_BOOKS);
    return done();
}

Done closePeriod(Unit& unit, const std::string& tenant, const std::string& through)
{
    if (!through.empty() && !isCivilDate(through))
        return invalid("A date is written like 2026-01-31.");
    unit.run("UPDATE tenant SET closed_through = ? WHERE id = ?", {through, tenant});
    events::add(unit, tenant, {0, "", BF_EVENT_PERIOD, "", "", 0, 0, through});
    return done();
}

Done merge(Unit& unit, const std::string& tenant, std::int64_t from, std::int64_t into,
    const std::string& person, std::int64_t utcNs)
{
    const auto source = accounts::find(unit, tenant, from);
    const auto target = accounts::find(unit, tenant, into);
    if (!source) return source.failure();
    if (!target) return target.failure();
    const bool fit = from != into && source->type == target->type &&
                     source->currency == target->currency && source->role == Role::none &&
                     target->role == Role::none && target->open &&
                     closed::mergedInto(unit, tenant, from) == from;
    if (!fit) return invalid("Merge an account into another open one of its type and currency.");
    if (source->balance != 0)
    {
        NewEntry entry;
        entry.bookedOn = civilDateOf(utcNs);
        entry.description = "Merged: " + source->name;
        entry.madeBy = person;
        entry.legs = {{into, source->balance}, {from, -source->balance}};
        if (entry.bookedOn <= closed::through(unit, tenant))
            return invalid("The period of today is closed.");
        EntryWriter writer(unit, tenant, utcNs);
        writer.know(*source);
        writer.know(*target);
        if (const auto added = writer.add(entry); !added) return added.failure();
        writer.write();
    }
    unit.run("UPDATE account SET open = 0, merged_into = ? WHERE tenant = ? AND (id = ? OR "
             "merged_into = ?)",
        {into, tenant, from, from});
    unit.run(
        "UPDATE head SET account_id = ? WHERE tenant = ? AND account_id = ?", {into, tenant, from});
    events::add(unit, tenant,
        {0, "", BF_EVENT_ACCOUNT_MERGED, accountText(from), accountText(into), 0, 0, ""});
    return done();
}

} // namespace ledgerd::corrections
