#include "sync/TakenBack.h"

#include "base/Ids.h"
#include "base/RootKey.h"
#include "store/BookFacts.h"
#include "store/ConnectionRepository.h"
#include "store/LedgerContent.h"
#include "store/OutboxRepository.h"
#include "store/Places.h"
#include "store/RefusedRows.h"
#include "store/SuccessionRepository.h"
#include "store/TakeBackRepository.h"
#include "sync/Booking.h"
#include "sync/Imports.h"
#include "sync/Removals.h"
#include "sync/RowApply.h"

#include <set>
#include <utility>
#include <vector>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;

/// Each may write one row of the other account, too.
constexpr std::size_t rowsPerPortion = 200;
/// Rows of the account itself may have handed an entry on among them.
constexpr int handedOnMost = 8;

std::string_view reasonOf(const store::TakeBackRepository::Count& count)
{
    BankTransaction row; // As much of one as the judgement asks for.
    row.lane = count.standing.lane;
    row.laneReason = count.standing.laneReason;
    row.entryMark = count.standing.entryMark;
    row.revision = 1;
    row.sentFingerprint = "told.";
    store::ClosedPeriods closed;
    if (count.standing.periodClosed)
    {
        row.sentBookedOn = count.standing.last;
        closed.close("", count.standing.last);
    }
    std::set<std::string> closedAccounts;
    if (count.standing.accountClosed) closedAccounts.insert(row.sentLedgerAccountId);
    return protectedBy(row, closed, closedAccounts);
}

/// As if it had never been booked, whatever the books have of it.
void beFree(BankTransaction& row)
{
    store::leaveBehind(row);
    row.importId.clear();
    row.ownRootKey.clear();
    row.lane = row.removed   ? store::lane::gone
               : row.pending ? store::lane::pending
                             : store::lane::held;
    if (row.lane == store::lane::held) row.laneReason = store::heldReason::notLinked;
}

/// One portion while it is worked on.
class Portion
{
public:
    Portion(store::Unit& unit, const std::string& tenant, const TakeBack& takeBack, Random& random,
        UtcTime now)
        : unit_(unit),
          tenant_(tenant),
          takeBack_(takeBack),
          random_(random),
          now_(now),
          repository_(unit, tenant),
          mirror_(unit, tenant),
          closed_(store::BookFacts(unit, tenant).periods(now))
    {
    }

    void giveUp(const std::vector<BankTransaction>& rows)
    {
        closedAccounts_ =
            store::BookFacts(unit_, tenant_).closedAccounts(ledgerAccountsOf(rows), now_);
        for (BankTransaction row : rows)
        {
            if (row.revision == 0)
                letGo(row);
            else if (auto old = before(row))
                giveBack(row, *old);
            else
                leaveEntry(row);
            row.changedAt = now_;
            rows_.push_back(std::move(row));
        }
        // Behind the rows that had the keys: no two may have one.
        mirror_.save(rows_);
        saveBooked(unit_, tenant_, others_, changes_,
            {takeBack_.oldAccount.connectionId, "", std::string(store::importCause::decision),
                takeBack_.link.takenBackBy},
            random_, now_);
    }

    [[nodiscard]] bool told() const { return !changes_.empty(); }

private:
    void tell(LedgerChange change)
    {
        changes_.push_back({takeBack_.link.feedId, std::move(change)});
    }

    /// Held because of entries there; the row that it was taken for stays out in its place again.
    void letGo(BankTransaction& row)
    {
        if (isUndone(row))
            if (auto undone = repository_.undoneBefore(takeBack_.link, row))
            {
                undone->lane = store::lane::held;
                undone->laneReason = store::heldReason::undone;
                if (undone->importId.empty()) undone->importId = row.importId;
                mirror_.save({*undone});
            }
        row.entryMark.clear();
        beFree(row);
    }

    /// The row that had the entry before, while it is still as it was left.
    std::optional<BankTransaction> before(const BankTransaction& row)
    {
        std::string key = row.ownRootKey;
        for (int i = 0; i < handedOnMost && !key.empty(); ++i)
        {
            auto found = mirror_.ofRootKeys({key});
            if (found.empty()) return std::nullopt;
            BankTransaction& one = found.front();
            const bool left = one.lane == store::lane::gone && one.revision == 0;
            if (!left || !one.bankAccountId) return std::nullopt;
            if (*one.bankAccountId != takeBack_.account.id) return std::move(one);
            key = one.ownRootKey;
        }
        return std::nullopt;
    }

    void giveBack(BankTransaction& row, BankTransaction old)
    {
        const std::string oldsOwn = old.ownRootKey;
        store::SuccessionRepository(unit_, tenant_).exchangeRootKeys(row, old, true);
        old.ownRootKey = oldsOwn;
        store::takePlace(old, row);
        beFree(row);
        // The bank's last word on it; that it went with its access changes nothing in the books.
        const bool removed = std::exchange(old.removed, false);
        old.lane = inTheBooks(old) ? store::lane::booked : store::lane::voided;
        old.laneReason.clear();
        const store::LinkedAccount linked{
            *old.bankAccountId == takeBack_.oldAccount.id
                ? takeBack_.oldAccount
                : store::BankAccountRepository(unit_, tenant_).find(*old.bankAccountId).value(),
            takeBack_.oldLink};
        if (auto change = book(old, &linked, Occasion::Release, {}, closed_))
            tell(std::move(*change));
        old.removed = removed;
        if (removed && old.lane == store::lane::booked && old.laneReason.empty())
            old.laneReason = store::keptReason::accessLost;
        old.changedAt = now_;
        others_.push_back(std::move(old));
    }

    /// The entry stays with a row of the other account, which nobody shows; voided, where nobody
    /// keeps it.
    void leaveEntry(BankTransaction& row)
    {
        BankTransaction entry = row;
        entry.connectionId = takeBack_.oldAccount.connectionId;
        entry.providerTransactionId = std::string(store::takenBackId) + row.rootKey;
        entry.providerAccountId = takeBack_.oldAccount.providerAccountId;
        entry.bankAccountId = takeBack_.oldAccount.id;
        entry.removed = true;
        entry.pending = false;
        entry.importId.clear();
        entry.ownRootKey.clear();
        entry.changedAt = now_;
        const bool another = !row.ownRootKey.empty(); // That row has something else by now.
        if (!inTheBooks(entry))
        {
            entry.lane = store::lane::voided;
            entry.laneReason.clear();
            if (entry.entryMark == store::entryMark::wanted)
                entry.entryMark = store::entryMark::removed;
        }
        else if (!another && protectedBy(row, closed_, closedAccounts_).empty())
        {
            entry.lane = store::lane::booked;
            entry.laneReason.clear();
            tell(undo(entry));
        }
        else
            keep(entry);
        repository_.giveRootKey(row, transactionRootKey(tenant_, "taken_back",
                                         newId(random_, "key"), row.providerTransactionId));
        beFree(row);
        others_.push_back(std::move(entry));
    }

    static void keep(BankTransaction& entry)
    {
        entry.lane = store::lane::booked;
        if (entry.entryMark == store::entryMark::removed)
            entry.laneReason = store::refusedReason::removed;
        // A person had asked for that already: it goes when the books let it go.
        else if (!std::exchange(entry.undoAsked, false) ||
                 !store::isRefusedReason(entry.laneReason))
            entry.laneReason = store::keptReason::takenBack;
    }

    store::Unit& unit_;
    const std::string& tenant_;
    const TakeBack& takeBack_;
    Random& random_;
    const UtcTime now_;
    store::TakeBackRepository repository_;
    store::TransactionRepository mirror_;
    const store::ClosedPeriods closed_;
    std::set<std::string> closedAccounts_;
    std::vector<BankTransaction> rows_;
    std::vector<BankTransaction> others_;
    std::vector<FeedChange> changes_;
};

/// What the link told of an opening balance was that of another account.
GivenUp takeOpeningOut(store::Unit& unit, const std::string& tenant, const TakeBack& takeBack,
    Random& random, UtcTime now)
{
    store::AccountLink link = takeBack.link;
    if (link.openingRevision == 0 || link.openingUnits == 0 || !link.ledgerAccountId ||
        store::BookFacts(unit, tenant).periods(now).closed(*link.ledgerAccountId, link.openingOn))
        return {};
    store::OutboxRepository outbox(unit, tenant);
    const auto feed = outbox.feed(link.feedId);
    if (feed && feed->state == store::feedState::rebuilding) return {true, false, true};
    const store::ToldBefore before{link.openingRevision, link.openingUnits,
        static_cast<int>(takeBack.account.exponent), takeBack.account.currency, link.openingOn, "",
        *link.ledgerAccountId};
    link.openingUnits = 0;
    ++link.openingRevision;
    store::AccountLinkRepository(unit, tenant).saveOpening(link);
    std::vector<LedgerChange> change{store::openingChangeOf(
        tenant, takeBack.account, link, ChangeKind::Amend, link.openingRevision)};
    change.front().before = before.text();
    outbox.append(link.feedId, change, random, now);
    return {false, true, false};
}

} // namespace

std::int64_t TakeBackCounts::stayInAll() const
{
    std::int64_t sum = 0;
    for (const auto& [reason, count] : stay)
        sum += count;
    return sum;
}

TakeBackCounts countTakeBack(
    store::Unit& unit, const std::string& tenant, const store::AccountLink& link, UtcTime now)
{
    TakeBackCounts counts;
    for (const auto& one : store::TakeBackRepository(unit, tenant).counts(link, now))
    {
        const std::int64_t rows = one.standing.rows;
        if (!one.told)
            counts.waiting += rows;
        else if (one.tookOver)
            counts.givesBack += rows;
        else if (one.live)
        {
            const auto reason = reasonOf(one);
            if (reason.empty())
                counts.takesOut += rows;
            else
                counts.stay[std::string(reason)] += rows;
        }
    }
    return counts;
}

GivenUp giveUpRows(store::Unit& unit, const std::string& tenant, const TakeBack& takeBack,
    Random& random, UtcTime now)
{
    const auto rows = store::TakeBackRepository(unit, tenant).rows(takeBack.link, rowsPerPortion);
    if (rows.empty()) return takeOpeningOut(unit, tenant, takeBack, random, now);
    Portion portion(unit, tenant, takeBack, random, now);
    portion.giveUp(rows);
    return {true, portion.told(), false};
}

void noteGivenUp(store::Unit& unit, const std::string& tenant, const TakeBack& takeBack,
    Random& random, UtcTime now)
{
    for (const auto& id :
        std::set<std::string>{takeBack.account.connectionId, takeBack.oldAccount.connectionId})
        if (const auto connection = store::ConnectionRepository(unit, tenant).find(id))
            noteKept(unit, tenant, *connection,
                store::LinkedAccountRepository(unit, tenant).ofConnection(id), random, now);
    store::RefusedRows(unit, tenant)
        .note({takeBack.account.id, takeBack.oldAccount.id}, random, now);
}

} // namespace bankfeed::sync
