#include "sync/RowApply.h"

#include "base/Limits.h"
#include "base/RootKey.h"
#include "store/OutboxRepository.h"
#include "sync/Booking.h"
#include "sync/OpeningBalance.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;
using store::LinkedAccount;

/// The latest word on each id, in the order of these words.
std::vector<const IncomingRow*> lastOfEach(const std::vector<IncomingRow>& incoming)
{
    std::unordered_map<std::string_view, std::size_t> last;
    for (std::size_t i = 0; i < incoming.size(); ++i)
        last[incoming[i].row.providerTransactionId] = i;
    std::vector<const IncomingRow*> kept;
    kept.reserve(last.size());
    for (std::size_t i = 0; i < incoming.size(); ++i)
    {
        if (last[incoming[i].row.providerTransactionId] == i) kept.push_back(&incoming[i]);
    }
    return kept;
}

/// One run of applyRows.
class Application
{
public:
    Application(
        store::Unit& unit, const ApplyScope& scope, const std::vector<LinkedAccount>& accounts)
        : unit_(unit), scope_(scope)
    {
        for (const auto& account : accounts)
        {
            byProviderId_.emplace(account.account.providerAccountId, &account);
            byId_.emplace(account.account.id, &account);
        }
    }

    void load(const std::vector<const IncomingRow*>& incoming)
    {
        std::vector<std::string> ids;
        ids.reserve(incoming.size());
        for (const auto* one : incoming)
            ids.push_back(one->row.providerTransactionId);
        for (auto& row :
            store::TransactionRepository(unit_, scope_.tenant).find(scope_.connectionId, ids))
            stored_.emplace(row.providerTransactionId, std::move(row));
    }

    void apply(const IncomingRow& incoming)
    {
        const auto found = stored_.find(incoming.row.providerTransactionId);
        const BankTransaction* before = found == stored_.end() ? nullptr : &found->second;
        if (incoming.removed)
        {
            if (before != nullptr && !before->removed) remove(*before);
            return;
        }
        BankTransaction row = before != nullptr ? *before : newRow(incoming.row);
        fill(row, incoming.row);
        row.removed = false;
        settle(row, before, incoming.row.providerAccountId);
    }

    std::vector<BankTransaction> rows;
    std::vector<FeedChange> changes;
    std::vector<std::string> onlySeen;
    std::set<std::string> openingsMoved; ///< Links whose opening balance is to be measured again.
    ApplyReport report;

private:
    BankTransaction newRow(const ProviderTransaction& shown) const
    {
        BankTransaction row;
        row.connectionId = scope_.connectionId;
        row.providerTransactionId = shown.providerTransactionId;
        row.providerAccountId = shown.providerAccountId;
        row.rootKey = transactionRootKey(
            scope_.tenant, scope_.provider, shown.providerAccountId, shown.providerTransactionId);
        row.firstSeenAt = scope_.now;
        return row;
    }

    /// Everything that the bank says, but not under which account: a row never moves.
    static void fill(BankTransaction& row, const ProviderTransaction& shown)
    {
        setAmount(row, shown.amount);
        row.bookedOn = shown.date.text();
        row.authorizedOn = shown.authorizedDate ? shown.authorizedDate->text() : std::string();
        row.pending = shown.pending;
        row.pendingTransactionId = shown.pendingTransactionId;
        row.name = shown.name;
        row.originalDescription = shown.originalDescription;
        row.merchant = shown.merchant;
        row.category = shown.category;
        row.textRepaired = shown.textRepaired;
    }

    static bool sameContent(const BankTransaction& a, const BankTransaction& b)
    {
        return a.amountExact == b.amountExact && a.currency == b.currency &&
               a.currencyOfficial == b.currencyOfficial && a.bookedOn == b.bookedOn &&
               a.authorizedOn == b.authorizedOn && a.pending == b.pending &&
               a.pendingTransactionId == b.pendingTransactionId && a.name == b.name &&
               a.originalDescription == b.originalDescription && a.merchant == b.merchant &&
               a.category == b.category && a.textRepaired == b.textRepaired &&
               a.removed == b.removed && a.bankAccountId == b.bankAccountId;
    }

    const LinkedAccount* accountOf(BankTransaction& row, std::string_view shownUnder)
    {
        const auto shown = byProviderId_.find(shownUnder);
        const LinkedAccount* now = shown == byProviderId_.end() ? nullptr : shown->second;
        if (row.bankAccountId)
        {
            if (now != nullptr && now->account.id != *row.bankAccountId) ++report.moved;
            return ownAccount(*row.bankAccountId);
        }
        if (now == nullptr)
            report.accountsUnknown = true;
        else
            row.bankAccountId = now->account.id;
        return now;
    }

    /// The account that a row was given to; it may belong to a later connection by now.
    const LinkedAccount* ownAccount(const std::string& bankAccountId)
    {
        if (const auto known = byId_.find(bankAccountId); known != byId_.end())
            return known->second;
        auto account = store::BankAccountRepository(unit_, scope_.tenant).find(bankAccountId);
        BF_ASSERT(account.has_value());
        auto link = store::AccountLinkRepository(unit_, scope_.tenant).ofBankAccount(bankAccountId);
        elsewhere_.push_back(std::make_unique<LinkedAccount>(std::move(*account), std::move(link)));
        byId_.emplace(bankAccountId, elsewhere_.back().get());
        return elsewhere_.back().get();
    }

    void remove(const BankTransaction& before)
    {
        BankTransaction row = before;
        row.removed = true;
        settle(row, &before, before.providerAccountId);
    }

    void settle(BankTransaction& row, const BankTransaction* before, std::string_view shownUnder)
    {
        const LinkedAccount* account = accountOf(row, shownUnder);
        if (before != nullptr && sameContent(row, *before))
        {
            if (scope_.fullResync) onlySeen.push_back(row.providerTransactionId);
            return;
        }
        row.changedAt = scope_.now;
        row.seenGeneration = scope_.generation;
        if (auto change = book(row, account, Occasion::BankSpoke))
        {
            BF_ASSERT(account != nullptr);
            changes.push_back({account->account.feedId, std::move(*change)});
        }
        if (account != nullptr && account->link && movesOpening(*account->link, before, row))
            openingsMoved.insert(account->link->id);
        rows.push_back(row);
    }

    store::Unit& unit_;
    const ApplyScope& scope_;
    std::map<std::string, const LinkedAccount*, std::less<>> byProviderId_;
    std::map<std::string, const LinkedAccount*, std::less<>> byId_;
    std::vector<std::unique_ptr<LinkedAccount>> elsewhere_;
    std::unordered_map<std::string, BankTransaction> stored_;
};

} // namespace

std::vector<IncomingRow> incomingOf(const TransactionPage& page)
{
    std::vector<IncomingRow> incoming;
    incoming.reserve(page.added.size() + page.modified.size() + page.removed.size());
    for (const auto& row : page.added)
        incoming.push_back({false, row});
    for (const auto& row : page.modified)
        incoming.push_back({false, row});
    for (const auto& gone : page.removed)
    {
        IncomingRow one;
        one.removed = true;
        one.row.providerTransactionId = gone.providerTransactionId;
        one.row.providerAccountId = gone.providerAccountId;
        incoming.push_back(std::move(one));
    }
    return incoming;
}

ApplyReport applyRows(store::Unit& unit, const ApplyScope& scope,
    const std::vector<LinkedAccount>& accounts, const std::vector<IncomingRow>& incoming,
    Random& random)
{
    BF_ASSERT(incoming.size() <= limits::rowsPerUnit);
    Application application(unit, scope, accounts);
    const auto latest = lastOfEach(incoming);
    application.load(latest);
    for (const auto* one : latest)
        application.apply(*one);
    store::TransactionRepository(unit, scope.tenant)
        .markSeen(scope.connectionId, application.onlySeen, scope.generation);
    application.report.written = application.rows.size();
    application.report.changes = application.changes.size();
    saveBooked(unit, scope.tenant, application.rows, application.changes, random, scope.now);
    for (const auto& linkId : application.openingsMoved)
        store::AccountLinkRepository(unit, scope.tenant).setOpeningDueAgain(linkId);
    return application.report;
}

void saveBooked(store::Unit& unit, const std::string& tenant,
    const std::vector<BankTransaction>& rows, const std::vector<FeedChange>& changes,
    Random& random, UtcTime now)
{
    store::TransactionRepository(unit, tenant).save(rows);
    // In the order of the feeds' ids, so that two units never wait for each other's locks.
    std::map<std::string, std::vector<LedgerChange>> byFeed;
    for (const auto& one : changes)
        byFeed[one.feedId].push_back(one.change);
    store::OutboxRepository outbox(unit, tenant);
    for (auto& [feedId, feedChanges] : byFeed)
        outbox.append(feedId, feedChanges, random, now);
}

} // namespace bankfeed::sync
