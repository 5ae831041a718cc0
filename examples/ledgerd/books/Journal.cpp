#include "books/Journal.h"

#include "base/CivilDate.h"
#include "base/Text.h"
#include "books/ClosedBooks.h"

#include <algorithm>

namespace ledgerd
{

namespace
{

const std::string entryColumns =
    "e.id, e.booked_on, e.description, e.source, e.kind, e.root_key, e.revision,"
    " e.authorized_on, e.merchant, e.original_description, e.category, e.made_by,"
    " COALESCE((SELECT h.description FROM head h WHERE h.tenant = e.tenant"
    " AND h.root_key = e.root_key), ''),"
    " COALESCE((SELECT h.state FROM head h WHERE h.tenant = e.tenant"
    " AND h.root_key = e.root_key AND e.root_key <> ''), '')";
constexpr std::string_view entryTypes = "itttttittttttt";

Entry entryOf(const Rows& rows, std::size_t row)
{
    Entry entry;
    entry.id = rows.integer(row, 0);
    entry.bookedOn = rows.text(row, 1);
    entry.description = rows.text(row, 2);
    entry.source = rows.text(row, 3);
    entry.kind = rows.text(row, 4);
    entry.rootKey = rows.text(row, 5);
    entry.revision = rows.integer(row, 6);
    entry.authorizedOn = rows.text(row, 7);
    entry.merchant = rows.text(row, 8);
    entry.originalDescription = rows.text(row, 9);
    entry.category = rows.text(row, 10);
    entry.madeBy = rows.text(row, 11);
    entry.latestDescription = rows.text(row, 12);
    entry.state = rows.text(row, 13);
    return entry;
}

// Fills in the postings of entries that are already in hand, in one statement.
void addPostings(Unit& unit, const std::vector<Entry*>& entries)
{
    if (entries.empty()) return;
    std::string ids = "[";
    for (const Entry* entry : entries)
        ids += (ids.size() > 1 ? "," : "") + std::to_string(entry->id);
    ids += "]";
    const Rows rows = unit.select(
        "SELECT p.entry_id, p.account_id, a.name, a.currency, a.exponent, p.units FROM posting p"
        " JOIN account a ON a.id = p.account_id WHERE p.entry_id IN (SELECT value FROM "
        "json_each(?))"
        " ORDER BY p.entry_id, p.line",
        "iittii", {ids});
    std::map<std::int64_t, Entry*> byId;
    for (Entry* entry : entries)
        byId[entry->id] = entry;
    for (std::size_t row = 0; row < rows.size(); ++row)
    {
        Posting posting;
        posting.account = rows.integer(row, 1);
        posting.accountName = rows.text(row, 2);
        posting.currency.code = rows.text(row, 3);
        posting.currency.exponent = static_cast<std::uint32_t>(rows.integer(row, 4));
        posting.units = rows.integer(row, 5);
        byId.at(rows.integer(row, 0))->postings.push_back(std::move(posting));
    }
}

std::vector<Entry> entriesOf(Unit& unit, const Rows& rows)
{
    std::vector<Entry> entries;
    entries.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
        entries.push_back(entryOf(rows, row));
    std::vector<Entry*> pointers;
    pointers.reserve(entries.size());
    for (Entry& entry : entries)
        pointers.push_back(&entry);
    addPostings(unit, pointers);
    return entries;
}

std::string limited(std::size_t limit)
{
    return " LIMIT " + std::to_string(std::clamp<std::size_t>(limit, 1, pageMax));
}

// The newest page has no upper end: a date beyond every civil date stands for it.
Position upperEnd(const Position& before)
{
    return before.bookedOn.empty() ? Position{"~", 0} : before;
}

} // namespace

namespace journal
{

Result<std::int64_t> addByHand(
    Unit& unit, const std::string& tenant, const NewEntry& entry, std::int64_t utcNs)
{
    NewEntry cleaned = entry;
    cleaned.source = "hand";
    cleaned.kind.clear();
    cleaned.description = trimmed(oneLine(entry.description));
    if (cleaned.description.empty() || cleaned.description.size() > descriptionMax)
        return invalid("An entry needs a description of at most 500 bytes.");
    if (cleaned.bookedOn <= closed::through(unit, tenant))
        return invalid("The period of that day is closed.");
    EntryWriter writer(unit, tenant, utcNs);
    for (const Leg& leg : cleaned.legs)
    {
        const auto account = accounts::find(unit, tenant, leg.account);
        if (!account) return account.failure();
        if (!account->open) return invalid("The account " + account->name + " is closed.");
        writer.know(*account);
    }
    auto id = writer.add(cleaned);
    if (id) writer.write();
    return id;
}

std::vector<Entry> page(
    Unit& unit, const std::string& tenant, const Position& before, std::size_t limit)
{
    const Position end = upperEnd(before);
    return entriesOf(
        unit, unit.select("SELECT " + entryColumns +
                              " FROM entry e WHERE e.tenant = ? AND (e.booked_on, e.id) < (?, ?)"
                              " ORDER BY e.booked_on DESC, e.id DESC" +
                              limited(limit),
                  entryTypes, {tenant, end.bookedOn, end.id}));
}

std::vector<Entry> pageForward(
    Unit& unit, const std::string& tenant, const Position& after, std::size_t limit)
{
    return entriesOf(
        unit, unit.select("SELECT " + entryColumns +
                              " FROM entry e WHERE e.tenant = ? AND (e.booked_on, e.id) > (?, ?)"
                              " ORDER BY e.booked_on, e.id" +
                              limited(limit),
                  entryTypes, {tenant, after.bookedOn, after.id}));
}

std::vector<RegisterLine> accountPage(Unit& unit, const std::string& tenant, const Account& account,
    const Position& before, std::size_t limit)
{
    const Position end = upperEnd(before);
    const Rows newer =
        unit.select("SELECT COALESCE(SUM(units), 0) FROM posting WHERE account_id = ?"
                    " AND (booked_on, entry_id) >= (?, ?)",
            "i", {account.id, end.bookedOn, end.id});
    const Rows rows = unit.select(
        "SELECT " + entryColumns +
            ", SUM(p.units)"
            " FROM posting p JOIN entry e ON e.id = p.entry_id"
            " WHERE p.account_id = ? AND e.tenant = ? AND (p.booked_on, p.entry_id) < (?, ?)"
            " GROUP BY p.booked_on, p.entry_id ORDER BY p.booked_on DESC, p.entry_id DESC" +
            limited(limit),
        std::string(entryTypes) + "i", {account.id, tenant, end.bookedOn, end.id});

    std::vector<RegisterLine> lines;
    // Modulo 2^64 on purpose: the balance itself fits, whatever the sums on the way to it.
    auto balance = static_cast<std::uint64_t>(account.balance) -
                   static_cast<std::uint64_t>(newer.integer(0, 0));
    for (std::size_t row = 0; row < rows.size(); ++row)
    {
        RegisterLine line;
        line.entry = entryOf(rows, row);
        line.units = rows.integer(row, 14);
        line.balance = static_cast<std::int64_t>(balance);
        balance -= static_cast<std::uint64_t>(line.units);
        lines.push_back(std::move(line));
    }
    std::vector<Entry*> pointers;
    pointers.reserve(lines.size());
    for (RegisterLine& line : lines)
        pointers.push_back(&line.entry);
    addPostings(unit, pointers);
    return lines;
}

Result<Entry> find(Unit& unit, const std::string& tenant, std::int64_t id)
{
    std::vector<Entry> found = entriesOf(unit,
        unit.select("SELECT " + entryColumns + " FROM entry e WHERE e.tenant = ? AND e.id = ?",
            entryTypes, {tenant, id}));
    if (found.empty()) return notFound("There is no such entry.");
    return std::move(found.front());
}

std::vector<TrialBalanceLine> trialBalance(Unit& unit, const std::string& tenant)
{
    const Rows rows = unit.select(
        "SELECT p.account_id, SUM(p.units) FROM posting p JOIN account a ON a.id = p.account_id"
        " WHERE a.tenant = ? GROUP BY p.account_id",
        "ii", {tenant});
    std::map<std::int64_t, std::int64_t> sums;
    for (std::size_t row = 0; row < rows.size(); ++row)
        sums[rows.integer(row, 0)] = rows.integer(row, 1);
    std::vector<TrialBalanceLine> lines;
    for (const Account& account : accounts::list(unit, tenant))
        if (const auto sum = sums.find(account.id); sum != sums.end())
            lines.push_back({account, sum->second});
    return lines;
}

} // namespace journal

} // namespace ledgerd
