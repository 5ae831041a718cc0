#include "sync/Succession.h"

#include "base/Date.h"
#include "base/Limits.h"
#include "store/ConnectionRepository.h"
#include "store/Places.h"
#include "sync/KeptRows.h"

#include <algorithm>
#include <set>
#include <utility>

namespace bankfeed::sync
{

namespace
{

/// Banks re-date a booking by days, and seldom by weeks: about any row, an entry that is left so
/// near may be it; about one of the same money, also one that is farther away.
constexpr int daysNear = 10;
constexpr int daysFar = Succession::daysFar;

std::string shifted(const std::string& day, int days)
{
    const auto date = Date::parse(day);
    return date ? date->plusDays(days).text() : day;
}

/// Whether one of these entries, of a day behind `after`, has the same money as a row of another
/// day.
bool isLeftFarAway(const store::BankTransaction& row,
    const std::vector<store::BankTransaction>& entries, const std::string& after)
{
    const std::string from = shifted(row.bookedOn, -daysFar);
    const std::string to = shifted(row.bookedOn, daysFar);
    return std::any_of(entries.begin(), entries.end(),
        [&](const store::BankTransaction& entry)
        {
            return sameMoney(entry, row) && entry.bookedOn > after && entry.bookedOn >= from &&
                   entry.bookedOn <= to;
        });
}

} // namespace

bool Succession::load(const std::vector<store::LinkedAccount>& accounts)
{
    std::set<std::string> connections; // In one order for everybody.
    for (const auto& linked : accounts)
    {
        if (!linked.link || !linked.link->ledgerAccountId) continue;
        Before before{linked.account.feedId, *linked.link->ledgerAccountId, {}, {}, {}};
        for (const auto& old :
            store::BankAccountRepository(unit_, tenant_).ofFeed(linked.account.feedId))
        {
            if (old.id == linked.account.id) continue;
            before.lastBookedOn =
                std::max(before.lastBookedOn, places_.lastBookedOn(old.id, before.ledgerAccountId));
            if (old.connectionId != linked.account.connectionId)
                connections.insert(old.connectionId);
        }
        if (!before.lastBookedOn.empty()) before_.emplace(linked.account.id, std::move(before));
    }
    if (before_.empty()) return false;
    store::ConnectionRepository repository(unit_, tenant_);
    for (const auto& id : connections)
        (void)repository.lock(id);
    return true;
}

void Succession::readAlike(
    Before& before, const std::string& accountId, const std::vector<Newcomer>& newcomers)
{
    const std::string last = shifted(before.lastBookedOn, daysFar);
    std::string from = "9999-12-31";
    std::string to;
    std::set<std::int64_t> units;
    for (const auto& one : newcomers)
    {
        if (one.row->bankAccountId != accountId || one.row->bookedOn > last) continue;
        from = std::min(from, one.row->bookedOn);
        to = std::max(to, one.row->bookedOn);
        units.insert(one.row->units);
    }
    if (!units.empty())
        before.alike = places_.bookedLike(before.feedId, accountId, before.ledgerAccountId,
            shifted(from, -daysFar), shifted(to, daysFar), {units.begin(), units.end()});
}

void Succession::readDaysLeft(
    Before& before, const std::string& accountId, const std::string& from, const std::string& to)
{
    for (const auto& day : places_.bookedDays(before.feedId, accountId, before.ledgerAccountId,
             shifted(from, -daysNear), shifted(to, daysNear)))
        for (int i = -daysNear; i <= daysNear; ++i)
            before.daysLeft.insert(shifted(day, i));
}

std::vector<store::BankTransaction>::iterator Succession::partnerOf(
    const store::BankTransaction& row, Before& before)
{
    const auto text = KeptRows::textOf(row.originalDescription, row.name);
    auto found = before.alike.end();
    for (auto old = before.alike.begin(); old != before.alike.end(); ++old)
    {
        if (old->bookedOn != row.bookedOn || !sameMoney(*old, row)) continue;
        if (KeptRows::textOf(old->originalDescription, old->name) == text) return old;
        if (found == before.alike.end()) found = old;
    }
    return found;
}

void Succession::match(const std::vector<Newcomer>& newcomers)
{
    given_.clear();
    for (auto& [accountId, before] : before_)
    {
        readAlike(before, accountId, newcomers);
        // Those of the same words first, so that no other takes their place.
        std::vector<Newcomer> unmatched;
        for (const bool sameWords : {true, false})
        {
            for (const auto& one : sameWords ? newcomers : std::exchange(unmatched, {}))
            {
                if (one.row->bankAccountId != accountId) continue;
                const auto old = partnerOf(*one.row, before);
                if (old == before.alike.end()) continue;
                const bool same = KeptRows::textOf(old->originalDescription, old->name) ==
                                  KeptRows::textOf(one.row->originalDescription, one.row->name);
                if (sameWords && !same)
                {
                    unmatched.push_back(one);
                    continue;
                }
                places_.exchangeRootKeys(*old, *one.row, one.stored);
                store::takePlace(*one.row, *old);
                store::leaveBehind(*old);
                given_.push_back(std::move(*old));
                before.alike.erase(old);
            }
        }
    }
    for (std::size_t begin = 0; begin < given_.size(); begin += limits::rowsPerUnit)
    {
        const auto end = std::min(given_.size(), begin + limits::rowsPerUnit);
        mirror_.save({given_.begin() + static_cast<std::ptrdiff_t>(begin),
            given_.begin() + static_cast<std::ptrdiff_t>(end)});
    }
    for (auto& [accountId, before] : before_)
    {
        std::string from = "9999-12-31";
        std::string to;
        for (const auto& one : newcomers)
        {
            if (one.row->bankAccountId != accountId || one.row->revision > 0) continue;
            from = std::min(from, one.row->bookedOn);
            to = std::max(to, one.row->bookedOn);
        }
        if (from <= shifted(before.lastBookedOn, daysNear))
            readDaysLeft(before, accountId, from, to);
    }
}

bool Succession::mayBeBooked(const store::BankTransaction& row) const
{
    const auto found = before_.find(row.bankAccountId.value_or(""));
    if (found == before_.end()) return false;
    return found->second.daysLeft.contains(row.bookedOn) ||
           isLeftFarAway(row, found->second.alike, "");
}

std::vector<store::BankTransaction> Succession::certainlyNew(const store::LinkedAccount& linked)
{
    const std::string& accountId = linked.account.id;
    const auto span = places_.overlapSpan(accountId);
    if (!span) return {};
    std::vector<std::string> days;
    const auto found = before_.find(accountId);
    if (found != before_.end())
    {
        readDaysLeft(found->second, accountId, span->first, span->last);
        days.assign(found->second.daysLeft.begin(), found->second.daysLeft.end());
    }
    auto rows = places_.overlapsBeside(accountId, days, limits::rowsPerUnit);
    if (found != before_.end()) dropThoseLeftFarAway(found->second, accountId, rows);
    // They may be held for rows of the account's own that are kept, too.
    KeptRows kept(mirror_);
    if (kept.load({accountId}))
        std::erase_if(rows, [&](const store::BankTransaction& row)
            { return kept.overlaps(accountId, row.bookedOn); });
    return rows;
}

void Succession::dropThoseLeftFarAway(
    Before& before, const std::string& accountId, std::vector<store::BankTransaction>& rows)
{
    std::vector<Newcomer> asked;
    for (auto& row : rows)
        asked.push_back({&row, true});
    before.alike.clear();
    readAlike(before, accountId, asked);
    const std::string first = places_.firstShownOn(accountId);
    std::erase_if(rows,
        [&](const store::BankTransaction& row) { return isLeftFarAway(row, before.alike, first); });
}

} // namespace bankfeed::sync
