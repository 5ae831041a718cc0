#include "books/Journal.h"

#include "base/CivilDate.h"

#include <algorithm>
#include <limits>

namespace ledgerd
{

EntryWriter::EntryWriter(Unit& unit, std::string tenant, std::int64_t utcNs)
    : unit_(unit),
      tenant_(std::move(tenant)),
      utcNs_(utcNs),
      nextId_(unit.select("SELECT COALESCE(MAX(id), 0) + 1 FROM entry", "i").integer(0, 0))
{
}

const Account* EntryWriter::account(std::int64_t id) const
{
    const auto found = accounts_.find(id);
    return found == accounts_.end() ? nullptr : &found->second;
}

Done EntryWriter::checkLegs(const NewEntry& entry) const
{
    if (!isCivilDate(entry.bookedOn)) return invalid("A date is written like 2026-01-31.");
    if (entry.legs.size() < 2 || entry.legs.size() > 50)
        return invalid("An entry has between 2 and 50 lines.");
    std::map<std::string, std::int64_t> sums;
    std::map<std::int64_t, std::int64_t> balances;
    for (const Leg& leg : entry.legs)
    {
        const Account* known = account(leg.account);
        if (known == nullptr) return notFound("There is no such account.");
        const auto balance = balances.try_emplace(leg.account, known->balance).first;
        // The smallest number has no positive twin, so pages could not show its magnitude.
        if (leg.units == std::numeric_limits<std::int64_t>::min() ||
            !addInto(sums[known->currency.code], leg.units) || !addInto(balance->second, leg.units))
            return invalid("The amount is too large for " + known->name + ".");
    }
    for (const auto& [currency, sum] : sums)
        if (sum != 0) return invalid("The lines in " + currency + " do not add up to zero.");
    return done();
}

Result<std::int64_t> EntryWriter::add(const NewEntry& entry)
{
    if (Done checked = checkLegs(entry); !checked) return checked.failure();
    const std::int64_t id = nextId_++;
    ids_.push_back(id);
    tenants_.push_back(tenant_);
    days_.push_back(entry.bookedOn);
    descriptions_.push_back(entry.description);
    sources_.push_back(entry.source);
    kinds_.push_back(entry.kind);
    feeds_.push_back(entry.feedId);
    rootKeys_.push_back(entry.rootKey);
    revisions_.push_back(entry.revision);
    authorized_.push_back(entry.authorizedOn);
    merchants_.push_back(entry.merchant);
    originals_.push_back(entry.originalDescription);
    categories_.push_back(entry.category);
    makers_.push_back(entry.madeBy);
    created_.push_back(utcNs_);
    std::int64_t line = 0;
    for (const Leg& leg : entry.legs)
    {
        postingEntries_.push_back(id);
        lines_.push_back(++line);
        postingAccounts_.push_back(leg.account);
        postingDays_.push_back(entry.bookedOn);
        units_.push_back(leg.units);
        Account& account = accounts_.at(leg.account);
        addInto(account.balance, leg.units); // checked above
        account.lastEntryOn = std::max(account.lastEntryOn, entry.bookedOn);
        touched_[leg.account] = true;
    }
    return id;
}

void EntryWriter::write()
{
    // Postings first: see Schema.cpp.
    unit_.insertMany(
        "INSERT INTO posting (entry_id, line, account_id, booked_on, units) VALUES (?, ?, ?, ?, ?)",
        {postingEntries_, lines_, postingAccounts_, postingDays_, units_});
    unit_.insertMany(
        "INSERT INTO entry (id, tenant, booked_on, description, source, kind, feed_id, root_key, "
        "revision,"
        " authorized_on, merchant, original_description, category, made_by, created_utc_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {ids_, tenants_, days_, descriptions_, sources_, kinds_, feeds_, rootKeys_, revisions_,
            authorized_, merchants_, originals_, categories_, makers_, created_});
    std::vector<std::int64_t> balances, ids;
    std::vector<std::string> days;
    for (const auto& [id, isTouched] : touched_)
    {
        const Account& account = accounts_.at(id);
        ids.push_back(id);
        balances.push_back(account.balance);
        days.push_back(account.lastEntryOn);
    }
    unit_.insertMany("UPDATE account SET balance_units = ?, last_entry_on = ? WHERE id = ?",
        {std::move(balances), std::move(days), std::move(ids)});
}

} // namespace ledgerd
