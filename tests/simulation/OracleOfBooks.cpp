// What must be true of the books: each entry, each row of the mirror, each row at the bank.
#include "Oracle.h"
#include "OracleAmounts.h"

#include "base/RootKey.h"

#include <algorithm>
#include <set>
#include <utility>

namespace bankfeed::simulation
{

// --- mirror and books
// -----------------------------------------------------------------------------

void Oracle::compareEntries()
{
    std::map<std::string, std::int64_t> openings;
    for (const auto& link : links_)
        if (link.openingRevision > 0)
            openings[openingRootKey(tenant_, link.feedId, link.openingOrdinal)] = link.openingUnits;
    std::map<std::string, const MirrorRow*> byRoot;
    for (const auto& row : mirror_)
        if (row.revision > 0) byRoot[row.rootKey] = &row;
    for (const auto& [key, entry] : books_.state.entries)
    {
        const auto opening = openings.find(key);
        if (opening != openings.end())
        {
            if (entry.last.units != opening->second)
                broken("an opening balance differs from what the mirror says: " + key);
            openings.erase(opening);
            continue;
        }
        const auto found = byRoot.find(key);
        if (entry.removed) excused_.insert(entry.last.ledgerAccountId);
        if (found != byRoot.end() && found->second->marked)
        {
            excused_.insert(entry.last.ledgerAccountId);
            byRoot.erase(found);
            continue;
        }
        if (found != byRoot.end() && entry.removed)
            broken(
                "removed from the books, and the mirror does not know: " + about(*found->second));
        if (found == byRoot.end() && (entry.removed || leftNoTrace(key)))
        {
            excused_.insert(entry.last.ledgerAccountId);
            continue;
        }
        if (found == byRoot.end())
            broken("an entry that nobody knows: " + key + " " + std::to_string(entry.last.units) +
                   " on " + entry.last.bookedOn);
        const MirrorRow& row = *found->second;
        const bool isVoid = entry.last.kind == ChangeKind::Void;
        if (row.live == isVoid)
            broken("entry and mirror differ about life and death: " + about(row));
        if (static_cast<std::int64_t>(entry.head.revision) != row.revision)
            broken("the books have revision " + std::to_string(entry.head.revision) + " of " +
                   about(row));
        if (!isVoid && (entry.last.units != row.sentUnits || entry.last.bookedOn != row.sentOn ||
                           entry.last.ledgerAccountId != row.sentAccount))
            broken("the books have " + std::to_string(entry.last.units) + " on " +
                   entry.last.bookedOn + " for " + about(row));
        byRoot.erase(found);
    }
    std::erase_if(byRoot, [](const auto& one) { return one.second->marked; });
    if (!byRoot.empty()) broken("the books lack " + about(*byRoot.begin()->second));
    if (!openings.empty()) broken("the books lack an opening balance " + openings.begin()->first);
}

bool Oracle::leftNoTrace(const std::string& rootKey) const
{
    const auto found = forgotten_.find(rootKey);
    if (plaid_.world.settings.ghostRemovals || found == forgotten_.end()) return false;
    const auto& items = plaid_.world.items();
    return std::none_of(items.begin(), items.end(),
        [&](const auto& item)
        {
            return std::any_of(item.second->shared.begin(), item.second->shared.end(),
                [&](const auto& account)
                {
                    return std::any_of(account.second.rows.begin(), account.second.rows.end(),
                        [&](const auto& row)
                        { return row.second->transactionId == found->second; });
                });
        });
}

// --- what must be in the books
// --------------------------------------------------------------------

bool Oracle::everIn(const TruthRow& truth, const std::string& from, bool before) const
{
    const auto& versions = bank_.versions(truth.accountId, truth.rowId);
    return std::any_of(versions.begin(), versions.end(),
        [&](const Version& one) { return !one.pending && (one.date < from) == before; });
}

void Oracle::compareLanes()
{
    for (const auto& row : mirror_)
    {
        const auto account = accounts_.find(row.bankAccountId);
        const auto link = current_.find(row.bankAccountId);
        if (account == accounts_.end() || link == current_.end() ||
            link->second.state != "active" || !shared(account->second))
            continue;
        if (row.providerAccountId == account->second.providerAccountId)
            compareLane(row, link->second);
    }
}

void Oracle::compareLane(const MirrorRow& row, const LinkRow& link)
{
    if (row.marked) return;
    if (row.removed)
    {
        const bool kept = row.lane == "booked" && !row.reason.empty();
        if (!kept && row.live) broken("removed, and in the books: " + about(row));
        return;
    }
    if (row.pending)
    {
        if (row.live) broken("pending, and in the books: " + about(row));
        return;
    }
    const auto truth = truths_.find(row.id);
    if (truth == truths_.end()) broken("the bank does not know " + about(row));
    if (isTwinOfRemoved(row)) return;
    if (row.lane == "held") broken("held, and nobody knows why: " + about(row));
    if (row.lane == "before_start")
    {
        if (!everIn(truth->second, link.startDate, true) && !bookedElsewhere(row))
            broken("left out, though it is not before " + link.startDate + ": " + about(row));
        return;
    }
    if (row.lane != "booked" || !row.reason.empty()) broken("in no lane for it: " + about(row));
    if (row.sentUnits != row.units || row.sentOn != row.bookedOn)
        broken("the books were told something else of " + about(row));
    const bool isWanted = std::any_of(links_.begin(), links_.end(),
        [&](const LinkRow& one)
        {
            return books_.nowOf(one.ledgerAccountId) == books_.nowOf(row.sentAccount) &&
                   wanted(one, truth->second);
        });
    if (!isWanted) broken("booked, though no link wants it: " + about(row));
}

bool Oracle::isTwinOfRemoved(const MirrorRow& row) const
{
    const auto self = truths_.find(row.id);
    if (row.lane != "held" || row.reason != "undone" || self == truths_.end()) return false;
    const auto& own = bank_.versions(self->second.accountId, self->second.rowId);
    return std::any_of(mirror_.begin(), mirror_.end(),
        [&](const MirrorRow& other)
        {
            const auto truth = truths_.find(other.id);
            if (!other.marked || truth == truths_.end() ||
                truth->second.accountId != self->second.accountId)
                return false;
            const auto& versions = bank_.versions(truth->second.accountId, truth->second.rowId);
            return std::any_of(versions.begin(), versions.end(),
                [&](const Version& one)
                {
                    return std::any_of(own.begin(), own.end(),
                        [&](const Version& mine) {
                            return mine.date == one.date && mine.amount.text() == one.amount.text();
                        });
                });
        });
}

bool Oracle::mayBeItsTwin(const MirrorRow& row) const
{
    const std::string& account = truths_.at(row.id).accountId;
    std::set<TruthRow> alike;
    std::size_t live = 0;
    for (const auto& other : mirror_)
    {
        const auto truth = truths_.find(other.id);
        if (truth == truths_.end() || truth->second.accountId != account ||
            other.bookedOn != row.bookedOn || other.units != row.units)
            continue;
        alike.insert(truth->second);
        if (other.live && books_.nowOf(other.sentAccount) == books_.nowOf(row.sentAccount)) ++live;
    }
    return alike.size() > 1 && live <= alike.size();
}

void Oracle::compareTruth()
{
    std::map<std::pair<TruthRow, std::string>, const MirrorRow*> booked;
    std::set<TruthRow> removed; ///< By a person, from the books; and what may be such a row.
    for (const auto& row : mirror_)
    {
        const auto truth = truths_.find(row.id);
        if ((row.marked || isTwinOfRemoved(row)) && truth != truths_.end())
            removed.insert(truth->second);
        if (!row.live || truth == truths_.end()) continue;
        const auto made =
            booked.emplace(std::pair(truth->second, books_.nowOf(row.sentAccount)), &row);
        // Two accounts of the books that people merged may each have had it: two logins fed them.
        const bool byMerge = made.first->second->sentAccount != row.sentAccount;
        if (!made.second && !byMerge && !mayBeItsTwin(row))
            broken("booked twice: " + about(row) + " and " + about(*made.first->second));
    }
    for (const auto& [bankAccountId, link] : current_)
    {
        const auto& account = accounts_.at(bankAccountId);
        if (link.state != "active" || !shared(account)) continue;
        const auto& item = *plaid_.world.item(itemOf_.at(account.connectionId));
        std::string name;
        const auto* one = item.byAccountId(account.providerAccountId, &name);
        for (const auto& [rowId, view] : one->rows)
        {
            const TruthRow truth{name, rowId};
            if (view->row->pending || everIn(truth, link.startDate, true) ||
                removed.contains(truth))
                continue;
            // What went into another account by a merge stays there, and is not booked again.
            const bool elsewhere = std::any_of(books_.merged.begin(), books_.merged.end(),
                [&](const auto& merge) {
                    return booked.contains({truth, books_.nowOf(merge.first)});
                });
            if (!elsewhere && !booked.contains({truth, books_.nowOf(link.ledgerAccountId)}))
                broken("never booked in " + link.ledgerAccountId + ": " + name + " " + rowId);
        }
    }
}

bool Oracle::isExcused(const std::string& ledgerAccountId) const
{
    if (std::any_of(excused_.begin(), excused_.end(),
            [&](const std::string& one) { return books_.nowOf(one) == ledgerAccountId; }))
        return true;
    // By a merge it may have the money of two accounts at the bank.
    std::set<std::string> sources;
    for (const auto& row : mirror_)
    {
        const auto truth = truths_.find(row.id);
        if (row.live && truth != truths_.end() && books_.nowOf(row.sentAccount) == ledgerAccountId)
            sources.insert(truth->second.accountId);
    }
    return sources.size() > 1;
}

void Oracle::compareBalances()
{
    for (const auto& [bankAccountId, link] : current_)
    {
        const auto& account = accounts_.at(bankAccountId);
        if (link.state != "active" || link.opening != "posted" || !shared(account)) continue;
        const bool odd = std::any_of(mirror_.begin(), mirror_.end(),
            [&](const MirrorRow& row)
            {
                const bool here = row.bankAccountId == bankAccountId ||
                                  books_.nowOf(row.sentAccount) == link.ledgerAccountId;
                return here && (row.rounded || row.lane == "held" || !row.reason.empty());
            });
        if (odd || isExcused(link.ledgerAccountId)) continue;
        const auto& truth = *plaid_.world.truth.account(accountsOf_.at(account.providerAccountId));
        const int exponent = exponentOf(account.currency);
        const std::int64_t bank = unitsOf(truth.currentBalance(), exponent);
        const std::int64_t expected = truth.isDebt() ? -bank : bank;
        const std::int64_t fed = books_.fed(link.ledgerAccountId);
        if (fed != expected)
            broken("the books have " + std::to_string(fed) + " in " + link.ledgerAccountId +
                   ", the bank " + std::to_string(expected) + " in " + truth.id);
    }
}

} // namespace bankfeed::simulation
