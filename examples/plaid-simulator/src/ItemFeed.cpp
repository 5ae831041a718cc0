// How bank truth gets into an Item's log.
#include "World.h"

#include <algorithm>

namespace plaidsim
{

void World::share(Item& item, const std::string& bankAccountId)
{
    if (truth.account(bankAccountId) == nullptr || item.shared.count(bankAccountId) != 0) return;
    SharedAccount account;
    account.accountId = accountIds_.next();
    item.shared.emplace(bankAccountId, std::move(account));
    item.sharedOrder.push_back(bankAccountId);
}

void World::unshare(Item& item, const std::string& bankAccountId)
{
    const auto found = item.shared.find(bankAccountId);
    if (found == item.shared.end()) return;
    if (settings.deselectRemovesRows)
    {
        for (const auto& [rowId, row] : found->second.rows)
            item.log.append({TruthChange::removed, row});
    }
    item.retiredAccountIds.insert(found->second.accountId);
    item.shared.erase(found);
    std::erase(item.sharedOrder, bankAccountId);
}

std::vector<std::string> World::remaining(
    const Item& item, const std::vector<std::string>& bankAccountIds)
{
    const Institution* bank = truth.institution(item.institutionId);
    std::vector<std::string> kept = item.sharedOrder;
    if (bank != nullptr && bank->sharedAccountsStay) return kept;
    std::erase_if(kept,
        [&](const std::string& id) {
            return std::find(bankAccountIds.begin(), bankAccountIds.end(), id) ==
                   bankAccountIds.end();
        });
    return kept;
}

void World::select(Item& item, const std::vector<std::string>& bankAccountIds)
{
    const std::vector<std::string> before = item.sharedOrder;
    const std::vector<std::string> kept = remaining(item, bankAccountIds);
    for (const auto& id : before)
    {
        if (std::find(kept.begin(), kept.end(), id) == kept.end()) unshare(item, id);
    }
    for (const auto& id : bankAccountIds)
        share(item, id);
    const bool more = std::any_of(item.shared.begin(), item.shared.end(),
        [](const auto& entry) { return entry.second.loaded == Loaded::nothing; });
    if (more && item.transactionsOn) scheduleLoad(item, milliseconds(settings.selectionDelayMs));
}

void World::startTransactions(Item& item, int daysRequested)
{
    item.transactionsOn = true;
    item.daysRequested = daysRequested;
    item.products.push_back("transactions");
    scheduleLoad(item, milliseconds(settings.initialDelayMs));
}

// Ticking an account starts the fetch at once, before the Link session is over: a client may hear
// of transactions of an account that it has never seen.
void World::scheduleLoad(Item& item, Nanos untilRecent)
{
    const std::string id = item.id;
    const auto full = [this, id] { load(id, Loaded::everything); };
    const auto recent = [this, id, full]
    {
        load(id, Loaded::recent);
        if (settings.historyDelayMs == 0)
            full();
        else
            agenda.at(clock.now() + milliseconds(settings.historyDelayMs), full);
    };
    if (untilRecent == 0)
        recent();
    else
        agenda.at(clock.now() + untilRecent, recent);
}

void World::load(const std::string& itemId, Loaded goal)
{
    Item* found = item(itemId);
    if (found == nullptr || found->removed || found->error || !found->transactionsOn) return;
    const bool first = goal == Loaded::recent ? !found->initialDone : !found->historyDone;
    const bool fetches = std::any_of(found->shared.begin(), found->shared.end(),
        [&](auto& entry) {
            return entry.second.loaded ==
                   (goal == Loaded::recent ? Loaded::nothing : Loaded::recent);
        });
    if (!first && !fetches) return;
    catchUp(*found);
    const std::size_t count = loadRows(*found, goal);
    (goal == Loaded::recent ? found->initialDone : found->historyDone) = true;
    found->lastUpdate = clock.now();
    if (settings.legacyWebhooks)
    {
        notify(*found, "TRANSACTIONS",
            goal == Loaded::recent ? "INITIAL_UPDATE" : "HISTORICAL_UPDATE",
            {{"error", nullptr}, {"new_transactions", count}});
    }
    notifySyncUpdates(*found);
}

std::size_t World::loadRows(Item& item, Loaded goal)
{
    std::size_t count = 0;
    const Day recent = item.recentFrom(clock.now());
    for (const auto& bankAccountId : item.sharedOrder)
    {
        SharedAccount& shared = item.shared.at(bankAccountId);
        const BankAccount& account = *truth.account(bankAccountId);
        const Loaded needed = goal == Loaded::recent ? Loaded::nothing : Loaded::recent;
        if (shared.loaded != needed) continue;
        shared.loaded = goal;
        shared.journalSeen = account.journal.size();
        if (!account.hasTransactions()) continue;
        std::vector<std::shared_ptr<const BankTransaction>> rows;
        for (const auto& row : account.rows)
        {
            const Day from = goal == Loaded::recent ? recent : item.horizon();
            if (!row->removed && row->date >= from && shared.rows.count(row->id) == 0)
                rows.push_back(row);
        }
        std::stable_sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a->date < b->date; });
        for (const auto& row : rows)
            appendRow(item, shared, bankAccountId, row, TruthChange::added, false);
        count += rows.size();
    }
    return count;
}

void World::appendRow(Item& item, SharedAccount& account, const std::string& bankAccountId,
    std::shared_ptr<const BankTransaction> row, TruthChange change, bool pageBreak)
{
    auto view = std::make_shared<ViewRow>();
    const auto known = account.rows.find(row->id);
    if (known != account.rows.end())
        *view = *known->second;
    else
    {
        view->transactionId = transactionIds_.next();
        view->accountId = account.accountId;
        view->bankAccountId = bankAccountId;
        if (row->matchedToPending && !row->replacesPending.empty())
        {
            const auto pending = account.pendingIds.find(row->replacesPending);
            if (pending != account.pendingIds.end()) view->pendingTransactionId = pending->second;
        }
    }
    if (row->pending) account.pendingIds[row->id] = view->transactionId;
    view->row = std::move(row);
    if (change == TruthChange::removed)
        account.rows.erase(view->row->id);
    else
        account.rows[view->row->id] = view;
    item.log.append({change, view, pageBreak});
}

void World::touch(Item& item)
{
    const auto& updates = item.log.updates();
    for (auto update = updates.rbegin(); update != updates.rend(); ++update)
    {
        const ViewRowPtr row = update->row;
        const auto account = item.shared.find(row->bankAccountId);
        if (account == item.shared.end()) continue;
        const auto now = account->second.rows.find(row->row->id);
        if (now == account->second.rows.end() || now->second != row) continue;
        item.log.append({TruthChange::modified, row});
        notifySyncUpdates(item);
        return;
    }
}

bool World::applyJournalLine(Item& item, SharedAccount& shared, const BankAccount& account,
    const JournalLine& line, std::vector<std::string>& removedIds)
{
    const auto& row = account.rows[line.row];
    const auto known = shared.rows.find(row->id);
    if (line.change == TruthChange::removed)
    {
        if (known == shared.rows.end()) return false;
        removedIds.push_back(known->second->transactionId);
        appendRow(item, shared, account.id, row, TruthChange::removed, line.pageBreak);
        return true;
    }
    if (row->removed) return false; // its removal is further on in the journal
    if (known != shared.rows.end())
    {
        appendRow(item, shared, account.id, row, TruthChange::modified, line.pageBreak);
        return true;
    }
    const Day from =
        shared.loaded == Loaded::everything ? item.horizon() : item.recentFrom(clock.now());
    if (row->date < from) return false;
    appendRow(item, shared, account.id, row, TruthChange::added, line.pageBreak);
    return true;
}

std::size_t World::catchUp(Item& item)
{
    if (item.removed || item.error) return 0;
    std::size_t added = 0;
    std::size_t updates = 0;
    std::vector<std::string> removedIds;
    for (const auto& bankAccountId : item.sharedOrder)
    {
        SharedAccount& shared = item.shared.at(bankAccountId);
        const BankAccount& account = *truth.account(bankAccountId);
        if (shared.loaded == Loaded::nothing || !account.hasTransactions()) continue;
        for (; shared.journalSeen < account.journal.size(); ++shared.journalSeen)
        {
            const JournalLine& line = account.journal[shared.journalSeen];
            if (!applyJournalLine(item, shared, account, line, removedIds)) continue;
            ++updates;
            if (line.change == TruthChange::added) ++added;
        }
    }
    if (updates == 0) return 0;
    item.lastUpdate = clock.now();
    if (settings.legacyWebhooks && added != 0)
        notify(item, "TRANSACTIONS", "DEFAULT_UPDATE",
            {{"error", nullptr}, {"new_transactions", added}});
    if (settings.legacyWebhooks && !removedIds.empty())
        notify(item, "TRANSACTIONS", "TRANSACTIONS_REMOVED",
            {{"error", nullptr}, {"removed_transactions", removedIds}});
    notifySyncUpdates(item);
    return updates;
}

} // namespace plaidsim
