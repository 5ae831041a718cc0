#include "sync/RowApply.h"

#include "base/Limits.h"
#include "base/RootKey.h"
#include "store/BankChangeRepository.h"
#include "store/ConnectionRepository.h"
#include "store/LedgerContent.h"
#include "store/LeftOutRows.h"
#include "store/OutboxRepository.h"
#include "store/RefusedRows.h"
#include "sync/Booking.h"
#include "sync/KeptRows.h"
#include "sync/OpeningBalance.h"
#include "sync/Succession.h"
#include "sync/UndoneRows.h"

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
        : unit_(unit),
          scope_(scope),
          accounts_(accounts),
          mirror_(unit, scope.tenant),
          kept_(mirror_),
          succession_(unit, scope.tenant),
          facts_(unit, scope.tenant),
          closed_(facts_.periods(scope.now))
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
        for (auto& row : mirror_.find(scope_.connectionId, ids))
            stored_.emplace(row.providerTransactionId, std::move(row));
        recognise(incoming);
        loadRemovals(incoming);
        loadKept(incoming);
        succeed(incoming);
        holdUndone(incoming);
        if (scope_.removals.looked)
            waiting_ = scope_.removals.waiting ? *scope_.removals.waiting
                                               : waitingOf(mirror_, turnoverOf(incoming));
    }

    void apply(const IncomingRow& incoming)
    {
        const auto found = stored_.find(incoming.row.providerTransactionId);
        const BankTransaction* before = found == stored_.end() ? nullptr : &found->second;
        if (const auto newcomer = newcomers_.find(incoming.row.providerTransactionId);
            newcomer != newcomers_.end())
            return settle(newcomer->second, before, incoming.row.providerAccountId);
        if (incoming.removed)
        {
            if (kept_.tookOver(incoming.row.providerTransactionId)) return;
            if (before == nullptr)
                noteNotKnown(incoming.row);
            else if (!before->removed || isForgotten(*before))
            {
                ++report.counts.removed;
                remove(*before);
            }
            return;
        }
        if (before != nullptr && isOfAnotherAccount(*before, incoming.row.providerAccountId))
        {
            if (inTheBooks(*before)) return stayPut(*before);
            before = comeUnder(*before, incoming.row);
        }
        else if (before == nullptr)
            before = kept_.partnerOf(incoming.row.providerTransactionId);
        BankTransaction row = before != nullptr ? *before : newRow(incoming.row);
        fill(row, incoming.row);
        row.removed = false;
        if (before == nullptr && isTwinOfRemoved(row))
            holdAsUndone(row);
        else if (before == nullptr && overlapsKept(row))
        {
            row.lane = store::lane::held;
            row.laneReason = store::heldReason::overlap;
        }
        settle(row, before, incoming.row.providerAccountId);
    }

    std::vector<BankTransaction> rows;
    std::vector<FeedChange> changes;
    std::vector<std::string> onlySeen;
    std::set<std::string> openingsMoved; ///< Links whose opening balance is to be measured again.
    std::vector<std::string> leftOutNoMore; ///< Root keys.
    std::vector<store::BankChange> bankChanges;
    std::set<std::string> refusalsMoved; ///< Bank accounts with other refused rows than before.
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
        if (removedInBooks_.contains(row.rootKey)) row.entryMark = store::entryMark::removed;
        return row;
    }

    /// A mirror that was restored hears of a removal before it sees the row again.
    void loadRemovals(const std::vector<const IncomingRow*>& incoming)
    {
        std::vector<std::string> keys;
        for (const auto* one : incoming)
            if (!one->removed && !stored_.contains(one->row.providerTransactionId))
                keys.push_back(transactionRootKey(scope_.tenant, scope_.provider,
                    one->row.providerAccountId, one->row.providerTransactionId));
        for (const auto& [key, fact] : facts_.entries(keys, scope_.now))
            if (fact.value == store::entryMark::removed) removedInBooks_.insert(key);
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

    static bool sameMoney(const BankTransaction& a, const BankTransaction& b)
    {
        return a.amountExact == b.amountExact && a.currency == b.currency &&
               a.currencyOfficial == b.currencyOfficial;
    }

    static bool sameContent(const BankTransaction& a, const BankTransaction& b)
    {
        return sameMoney(a, b) && a.bookedOn == b.bookedOn && a.authorizedOn == b.authorizedOn &&
               a.pending == b.pending && a.pendingTransactionId == b.pendingTransactionId &&
               a.name == b.name && a.originalDescription == b.originalDescription &&
               a.merchant == b.merchant && a.category == b.category &&
               a.textRepaired == b.textRepaired && a.removed == b.removed &&
               a.bankAccountId == b.bankAccountId;
    }

    /// Gone before it was seen; or booked by what a backup has forgotten, and then the books know
    /// it by the root key, which follows from the ids. A void of it says today, in the account's
    /// currency.
    void noteNotKnown(const ProviderTransaction& gone)
    {
        const LinkedAccount* account = shownAs(gone.providerAccountId);
        if (account == nullptr || !account->link || !account->link->ledgerAccountId) return;
        BankTransaction row = newRow(gone);
        row.bankAccountId = account->account.id;
        row.amountExact = "0";
        row.currency = account->account.currency;
        row.currencyOfficial = account->account.currencyOfficial;
        row.exponent = static_cast<int>(account->account.exponent);
        row.bookedOn = Date::ofUtc(scope_.now).text();
        row.removed = true;
        row.lane = store::lane::gone;
        row.laneReason = store::goneNotKnown;
        row.sentLedgerAccountId = *account->link->ledgerAccountId;
        row.seenGeneration = scope_.generation;
        row.changedAt = scope_.now;
        rows.push_back(std::move(row));
    }

    [[nodiscard]] const LinkedAccount* shownAs(std::string_view providerAccountId) const
    {
        const auto shown = byProviderId_.find(providerAccountId);
        return shown == byProviderId_.end() ? nullptr : shown->second;
    }

    [[nodiscard]] bool isOfAnotherAccount(
        const BankTransaction& row, std::string_view shownUnder) const
    {
        const LinkedAccount* now = shownAs(shownUnder);
        return now != nullptr && row.bankAccountId && now->account.id != *row.bankAccountId;
    }

    /// A booked row that the bank shows under another account stays where it is, as it was.
    void stayPut(const BankTransaction& before)
    {
        ++report.moved;
        BankTransaction row = before;
        row.seenGeneration = scope_.generation;
        keep(row, before.laneReason.empty() ? store::keptReason::moved : before.laneReason);
    }

    void keep(BankTransaction& row, std::string_view reason)
    {
        row.lane = store::lane::booked;
        row.laneReason = reason;
        row.changedAt = scope_.now;
        report.keptChanged = true;
        rows.push_back(row);
    }

    /// The id of a row that is not in the books is used under another account now: that is another
    /// row. Gives the one that this account had under the id before, if any.
    const BankTransaction* comeUnder(const BankTransaction& old, const ProviderTransaction& shown)
    {
        const std::string id = shown.providerTransactionId;
        // By the keys that follow from the ids: what a row's own key is may have come from another.
        mirror_.retire(scope_.connectionId, id, retired(old.providerAccountId, id),
            old.revision > 0 ? store::lane::voided : store::lane::gone);
        stored_.erase(id);
        const std::string before = retired(shown.providerAccountId, id);
        for (auto& row : mirror_.find(scope_.connectionId, {before}))
        {
            mirror_.rename(scope_.connectionId, before, id);
            row.providerTransactionId = id;
            return &stored_.emplace(id, std::move(row)).first->second;
        }
        return nullptr;
    }

    [[nodiscard]] std::string retired(
        const std::string& providerAccountId, const std::string& id) const
    {
        return "retired:" +
               transactionRootKey(scope_.tenant, scope_.provider, providerAccountId, id);
    }

    const LinkedAccount* accountOf(BankTransaction& row, std::string_view shownUnder)
    {
        if (row.bankAccountId) return ownAccount(*row.bankAccountId);
        const LinkedAccount* now = shownAs(shownUnder);
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
        if (link && !store::mayBook(link->state)) link.reset();
        elsewhere_.push_back(std::make_unique<LinkedAccount>(std::move(*account), std::move(link)));
        byId_.emplace(bankAccountId, elsewhere_.back().get());
        return elsewhere_.back().get();
    }

    void remove(const BankTransaction& before)
    {
        BankTransaction row = before;
        row.removed = true;
        if (inTheBooks(before) && before.entryMark != store::entryMark::removed)
        {
            const LinkedAccount* account = ownAccount(*before.bankAccountId);
            if (!scope_.removals.looked)
            {
                report.lookFirst = true;
                return;
            }
            // An account that lives on under another id of the provider's is shown as that.
            if (!scope_.removals.shows(before.providerAccountId) &&
                !scope_.removals.shows(account->account.providerAccountId))
            {
                report.accessLost = true;
                keep(row, store::keptReason::accessLost);
                return noteChange(before, rows.back());
            }
            if (waiting_.contains(account->account.id))
            {
                keep(row, store::keptReason::manyRemoved);
                return noteChange(before, rows.back());
            }
        }
        settle(row, &before, before.providerAccountId);
    }

    void settle(BankTransaction& row, const BankTransaction* before, std::string_view shownUnder)
    {
        const LinkedAccount* account = accountOf(row, shownUnder);
        const bool kept =
            before != nullptr && before->lane == store::lane::booked && !before->laneReason.empty();
        if (before != nullptr && !kept && sameContent(row, *before))
        {
            if (scope_.fullResync) onlySeen.push_back(row.providerTransactionId);
            return;
        }
        report.keptChanged = report.keptChanged || kept;
        row.changedAt = scope_.now;
        row.seenGeneration = scope_.generation;
        if (before != nullptr && isForgotten(*before) && !row.removed) (void)store::noteTold(row);
        const bool wasLeftOut = before != nullptr && before->lane == store::lane::leftOut;
        if (wasLeftOut && !row.removed && !row.pending && !sameMoney(row, *before)) askAgain(row);
        auto change = book(row, account, Occasion::BankSpoke, scope_.rules, closed_);
        if (wasLeftOut && row.lane != store::lane::leftOut) leftOutNoMore.push_back(row.rootKey);
        count(row, before == nullptr, change);
        if (change)
        {
            BF_ASSERT(account != nullptr);
            changes.push_back({account->account.feedId, std::move(*change)});
        }
        if (row.bankAccountId &&
            (store::isRefusedReason(row.laneReason) ||
                (before != nullptr && store::isRefusedReason(before->laneReason))))
            refusalsMoved.insert(*row.bankAccountId);
        if (account != nullptr && account->link && movesOpening(*account->link, before, row))
            openingsMoved.insert(account->link->id);
        if (before != nullptr) noteChange(*before, row);
        rows.push_back(row);
    }

    /// What the bank says otherwise of a row that the books have.
    void noteChange(const BankTransaction& before, const BankTransaction& after)
    {
        if (!inTheBooks(before)) return;
        if (auto change = store::BankChange::between(before, after))
            bankChanges.push_back(std::move(*change));
    }

    /// A removed row was counted as it came.
    void count(const BankTransaction& row, bool isNew, const std::optional<LedgerChange>& change)
    {
        store::SyncCounts& counts = report.counts;
        if (row.removed) return;
        ++(isNew ? counts.added : counts.modified);
        if (isNew && row.lane == store::lane::held) ++counts.held;
        if (row.importId.empty() && change && change->kind == ChangeKind::Post) ++counts.booked;
    }

    static bool isForgotten(const BankTransaction& row)
    {
        return row.lane == store::lane::booked && row.laneReason == store::keptReason::forgotten;
    }

    /// Rows that only the books knew, and that the bank speaks of: their root keys follow from its
    /// ids. Those whose entry another row took over meanwhile, too: they are rows of their own
    /// then.
    void recognise(const std::vector<const IncomingRow*>& incoming)
    {
        if (!mirror_.anyForgotten()) return;
        std::unordered_map<std::string, const ProviderTransaction*> shown;
        std::vector<std::string> ids;
        for (const auto* one : incoming)
        {
            if (stored_.contains(one->row.providerTransactionId)) continue;
            ids.push_back(std::string(store::forgottenId) + newRow(one->row).rootKey);
            shown.emplace(ids.back(), &one->row);
        }
        for (auto& row : mirror_.forgotten(ids))
        {
            const ProviderTransaction& now = *shown.at(row.providerTransactionId);
            if (row.connectionId != scope_.connectionId)
                (void)store::ConnectionRepository(unit_, scope_.tenant).lock(row.connectionId);
            mirror_.recognise(row, scope_.connectionId, now.providerTransactionId);
            row.connectionId = scope_.connectionId;
            row.providerTransactionId = now.providerTransactionId;
            row.providerAccountId = now.providerAccountId;
            stored_.emplace(now.providerTransactionId, std::move(row));
        }
    }

    void loadKept(const std::vector<const IncomingRow*>& incoming)
    {
        std::vector<std::string> accounts;
        for (const auto& [id, account] : byId_)
            accounts.push_back(id);
        std::vector<std::string> leaving;
        for (const auto* one : incoming)
            if (one->removed) leaving.push_back(one->row.providerTransactionId);
        if (!kept_.load(accounts, scope_.connectionId)) return;
        std::vector<NewcomerRow> newcomers;
        for (const auto* one : incoming)
        {
            if (one->removed) continue;
            const ProviderTransaction& shown = one->row;
            const LinkedAccount* account = shownAs(shown.providerAccountId);
            const auto found = stored_.find(shown.providerTransactionId);
            if (found != stored_.end())
                kept_.noteReturn(found->second);
            else if (account != nullptr && !shown.pending)
            {
                BankTransaction row = newRow(shown);
                setAmount(row, shown.amount);
                newcomers.push_back({shown.providerTransactionId, account->account.id,
                    shown.date.text(), shown.amount.exact, shown.amount.currency,
                    KeptRows::textOf(shown.originalDescription, shown.name), row.rootKey, row.units,
                    row.exponent});
            }
        }
        kept_.match(scope_.connectionId, newcomers, leaving);
        std::erase_if(stored_, [&](const auto& one) { return kept_.tookOver(one.first); });
    }

    /// Rows that an account, connected anew, may have booked before: they take their places in the
    /// books, or are held when that is not certain.
    void succeed(const std::vector<const IncomingRow*>& incoming)
    {
        if (!succession_.load(accounts_)) return;
        std::vector<Succession::Newcomer> newcomers;
        for (const auto* one : incoming)
        {
            const std::string& id = one->row.providerTransactionId;
            const LinkedAccount* account = shownAs(one->row.providerAccountId);
            if (one->removed || one->row.pending || account == nullptr || !account->link) continue;
            const auto found = stored_.find(id);
            const bool stored = found != stored_.end();
            if (stored ? !isNewToTheBooks(found->second, *account) : kept_.partnerOf(id) != nullptr)
                continue;
            BankTransaction row = stored ? found->second : newRow(one->row);
            fill(row, one->row);
            row.removed = false;
            row.bankAccountId = account->account.id;
            if (stored && sameContent(row, found->second)) continue;
            auto& kept = newcomers_.emplace(id, std::move(row)).first->second;
            newcomers.push_back({&kept, stored});
        }
        succession_.match(newcomers);
        learnAnew(succession_.given());
        for (const auto& one : newcomers)
        {
            BankTransaction& row = *one.row;
            const LinkedAccount& account = *byId_.at(*row.bankAccountId);
            if (row.revision > 0 || row.bookedOn < account.link->startDate) continue;
            if (isTwinOfRemoved(row))
            {
                holdAsUndone(row);
                continue;
            }
            if (!succession_.mayBeBooked(row) && (one.stored || !overlapsKept(row))) continue;
            row.lane = store::lane::held;
            row.laneReason = store::heldReason::overlap;
        }
    }

    /// Rows that a person took out of the books do not come back under other ids.
    void holdUndone(const std::vector<const IncomingRow*>& incoming)
    {
        UndoneRows undone(unit_, scope_.tenant);
        if (!undone.load(accounts_)) return;
        std::set<std::string> going;
        std::vector<BankTransaction> shown;
        shown.reserve(incoming.size()); // Their addresses stay.
        std::vector<UndoneRows::Newcomer> newcomers;
        for (const auto* one : incoming)
        {
            const std::string& id = one->row.providerTransactionId;
            if (one->removed) going.insert(id);
            const LinkedAccount* account = shownAs(one->row.providerAccountId);
            if (one->removed || one->row.pending || account == nullptr || !account->link) continue;
            const auto filled = newcomers_.find(id);
            const auto found = stored_.find(id);
            if (filled == newcomers_.end() && found == stored_.end() &&
                kept_.partnerOf(id) != nullptr)
                continue;
            BankTransaction row = filled != newcomers_.end() ? filled->second
                                  : found != stored_.end()   ? found->second
                                                             : newRow(one->row);
            const bool waits =
                row.lane.empty() || row.lane == store::lane::pending ||
                row.lane == store::lane::gone || row.lane == store::lane::voided ||
                (row.lane == store::lane::held && row.laneReason == store::heldReason::notLinked);
            if (!waits || inTheBooks(row) || one->row.date.text() < account->link->startDate)
                continue;
            fill(row, one->row);
            row.removed = false;
            if (!row.bankAccountId) row.bankAccountId = account->account.id;
            if (found != stored_.end() && sameContent(row, found->second)) continue;
            shown.push_back(std::move(row));
            newcomers.push_back({&shown.back()});
        }
        undone.match(newcomers, going);
        for (const auto& one : newcomers)
            if (one.matched)
                newcomers_.insert_or_assign(one.row->providerTransactionId, std::move(*one.row));
        learnAnew(undone.taken());
    }

    /// What was just written of rows that the bank may speak of in the same page: what is said of
    /// them next is said of rows that the books do not know any more.
    void learnAnew(const std::vector<BankTransaction>& written)
    {
        for (const auto& one : written)
            if (const auto found = stored_.find(one.providerTransactionId);
                found != stored_.end() && one.connectionId == scope_.connectionId)
                found->second = one;
    }

    /// Nobody has judged it yet.
    static bool isNewToTheBooks(const BankTransaction& row, const LinkedAccount& account)
    {
        const bool waits =
            row.lane == store::lane::pending || row.lane == store::lane::gone ||
            (row.lane == store::lane::held && row.laneReason == store::heldReason::notLinked);
        return row.revision == 0 && waits &&
               (!row.bankAccountId || *row.bankAccountId == account.account.id);
    }

    /// It may be the row whose entry a person removed, under another id: then it stays out as well.
    [[nodiscard]] bool isTwinOfRemoved(const BankTransaction& row) const
    {
        return !row.pending && kept_.isTwinOfRemoved(row.providerTransactionId);
    }

    static void holdAsUndone(BankTransaction& row)
    {
        row.lane = store::lane::held;
        row.laneReason = store::heldReason::undone;
    }

    [[nodiscard]] bool overlapsKept(const BankTransaction& row) const
    {
        const LinkedAccount* account = shownAs(row.providerAccountId);
        return account != nullptr && !row.pending &&
               kept_.overlaps(account->account.id, row.bookedOn);
    }

    /// What these rows take and bring, when they are the whole loop.
    std::map<std::string, store::TransactionRepository::Turnover> turnoverOf(
        const std::vector<const IncomingRow*>& incoming) const
    {
        std::map<std::string, store::TransactionRepository::Turnover> turnover;
        for (const auto* one : incoming)
        {
            const auto found = stored_.find(one->row.providerTransactionId);
            if (one->removed && found != stored_.end() &&
                (!found->second.removed || isForgotten(found->second)) && inTheBooks(found->second))
                ++turnover[*found->second.bankAccountId].removals;
            const LinkedAccount* account = shownAs(one->row.providerAccountId);
            if (!one->removed && found == stored_.end() && !one->row.pending && account != nullptr)
                ++turnover[account->account.id].arrivals;
        }
        return turnover;
    }

    store::Unit& unit_;
    const ApplyScope& scope_;
    const std::vector<LinkedAccount>& accounts_;
    store::TransactionRepository mirror_;
    KeptRows kept_;
    Succession succession_;
    store::BookFacts facts_;
    const store::ClosedPeriods closed_;
    std::set<std::string> removedInBooks_; ///< Root keys of rows that are new to the mirror.
    RemovalJudgement::Words waiting_;
    std::map<std::string, const LinkedAccount*, std::less<>> byProviderId_;
    std::map<std::string, const LinkedAccount*, std::less<>> byId_;
    std::vector<std::unique_ptr<LinkedAccount>> elsewhere_;
    std::unordered_map<std::string, BankTransaction> stored_;
    std::unordered_map<std::string, BankTransaction>
        newcomers_; ///< Filled in; their addresses stay.
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

void ApplyReport::add(const ApplyReport& other)
{
    written += other.written;
    changes += other.changes;
    moved += other.moved;
    accountsUnknown = accountsUnknown || other.accountsUnknown;
    lookFirst = lookFirst || other.lookFirst;
    accessLost = accessLost || other.accessLost;
    keptChanged = keptChanged || other.keptChanged;
    counts.add(other.counts);
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
    saveBooked(unit, scope.tenant, application.rows, application.changes,
        {scope.connectionId, scope.run, std::string(store::importCause::sync), ""}, random,
        scope.now);
    store::BankChangeRepository(unit, scope.tenant).add(application.bankChanges);
    store::LeftOutRows(unit, scope.tenant).forget(application.leftOutNoMore);
    store::RefusedRows(unit, scope.tenant).note(application.refusalsMoved, random, scope.now);
    for (const auto& linkId : application.openingsMoved)
        store::AccountLinkRepository(unit, scope.tenant).setOpeningDueAgain(linkId);
    return application.report;
}

namespace
{

/// The rows that the books hear of for the first time name the import that this is.
void noteImport(store::Unit& unit, const std::string& tenant, std::vector<BankTransaction>& rows,
    const std::vector<FeedChange>& changes, const store::ImportRun& run, Random& random,
    UtcTime now)
{
    std::set<std::string_view> posted;
    for (const auto& one : changes)
        if (one.change.kind == ChangeKind::Post) posted.insert(one.change.rootKey);
    std::vector<BankTransaction*> first;
    for (auto& row : rows)
        if (row.importId.empty() && posted.contains(row.rootKey)) first.push_back(&row);
    if (first.empty()) return;
    const std::string id = store::ImportRepository(unit, tenant)
                               .add(run, static_cast<std::int64_t>(first.size()), random, now);
    for (auto* row : first)
        row->importId = id;
}

} // namespace

void saveBooked(store::Unit& unit, const std::string& tenant, std::vector<BankTransaction>& rows,
    const std::vector<FeedChange>& changes, const store::ImportRun& run, Random& random,
    UtcTime now)
{
    noteImport(unit, tenant, rows, changes, run, random, now);
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
