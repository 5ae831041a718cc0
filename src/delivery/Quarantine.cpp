#include "delivery/Quarantine.h"

#include "base/LedgerDigest.h"
#include "base/Limits.h"
#include "base/RootKey.h"
#include "delivery/WriterLocks.h"
#include "store/LedgerContent.h"
#include "store/LinkedAccountRepository.h"
#include "store/RefusedRows.h"
#include "store/TransactionRepository.h"

#include <algorithm>
#include <map>
#include <utility>

namespace bankfeed::delivery
{

namespace
{

using store::BankTransaction;
using store::ToldBefore;

/// The day on which the books hold what the change is about; "" when they hold nothing.
std::string dayBefore(const LedgerChange& change)
{
    const auto told = ToldBefore::parse(change.before);
    const bool live = told && told->revision > 0 && told->units != 0;
    return live ? told->bookedOn : std::string();
}

LedgerChange noopAt(std::uint64_t seq)
{
    LedgerChange noop;
    noop.seq = seq;
    noop.kind = ChangeKind::Noop;
    noop.exponent = 0;
    noop.contentDigest = contentDigest(noop);
    return noop;
}

/// A refusedReason for a reason that Quarantine::handles.
std::string_view reasonFor(RefusalReason reason)
{
    switch (reason)
    {
    case RefusalReason::Reconciled: return store::refusedReason::reconciled;
    case RefusalReason::AccountClosed: return store::refusedReason::accountClosed;
    case RefusalReason::Removed: return store::refusedReason::removed;
    default: return store::refusedReason::periodClosed;
    }
}

/// A person took it out: what the books never had stays so, and what they do not let go now is
/// taken out when they do (sync/FreedRows).
void keepTheUndo(BankTransaction& row)
{
    if (row.lane == store::lane::booked)
    {
        row.undoAsked = row.laneReason != store::refusedReason::removed;
        return;
    }
    row.lane = store::lane::held;
    row.laneReason = store::heldReason::undone;
}

/// An entry that a person removed and another wants back: the books have nothing of it meanwhile.
void waitForItsPost(BankTransaction& row)
{
    row.entryMark = store::entryMark::wanted;
    row.lane = row.removed   ? store::lane::voided
               : row.pending ? store::lane::pending
                             : store::lane::held;
    if (row.lane != store::lane::held) row.laneReason.clear();
}

void settle(BankTransaction& row, std::string_view reason)
{
    row.laneReason = reason;
    if (store::inTheBooks(row))
    {
        row.lane = store::lane::booked;
        return;
    }
    if (!row.pending && !row.removed)
    {
        row.lane = store::lane::held;
        return;
    }
    row.laneReason.clear();
    if (row.removed)
        row.lane = row.revision > 0 ? store::lane::voided : store::lane::gone;
    else
        row.lane = store::lane::pending;
}

} // namespace

BooksJudge::BooksJudge(store::Unit& unit, const std::string& tenant, UtcTime now)
    : facts_(unit, tenant), now_(now), periods_(facts_.periods(now))
{
}

void BooksJudge::learn(const std::vector<LedgerChange>& changes)
{
    std::vector<std::string> keys;
    std::set<std::string> accounts;
    for (const auto& change : changes)
    {
        if (change.kind == ChangeKind::Noop) continue;
        keys.push_back(change.rootKey);
        accounts.insert(change.ledgerAccountId);
    }
    entries_ = facts_.entries(keys, now_);
    closedAccounts_ = facts_.closedAccounts(accounts, now_);
}

std::string_view BooksJudge::reasonOf(const LedgerChange& change) const
{
    namespace reason = store::refusedReason;
    if (change.kind == ChangeKind::Noop) return {};
    if (const auto found = entries_.find(change.rootKey); found != entries_.end())
    {
        if (found->second.isRemoved()) return reason::removed;
        if (found->second.isReconciled() && change.revision > 1) return reason::reconciled;
        // Somebody was faster than the post: the row is judged again, as one that is in the books.
        if (found->second.value == store::entryInBooks && change.kind == ChangeKind::Post &&
            change.revision > 1)
            return reason::removed;
    }
    if (periods_.closed(change.ledgerAccountId, change.bookedOn) ||
        periods_.closed(change.ledgerAccountId, dayBefore(change)))
        return reason::periodClosed;
    if (closedAccounts_.contains(change.ledgerAccountId)) return reason::accountClosed;
    return {};
}

bool Quarantine::handles(RefusalReason reason)
{
    return reason == RefusalReason::PeriodClosed || reason == RefusalReason::AccountClosed ||
           reason == RefusalReason::Reconciled || reason == RefusalReason::Removed;
}

void Quarantine::believe(
    store::Unit& unit, const std::string& tenant, const LedgerChange& change, RefusalReason reason)
{
    const UtcTime now = clock_.now();
    store::BookFacts facts(unit, tenant);
    switch (reason)
    {
    case RefusalReason::PeriodClosed: {
        // Which of the two days is closed they do not say; the earlier one is, if any is.
        const std::string before = dayBefore(change);
        const bool earlier = !before.empty() && before < change.bookedOn;
        facts.guess(store::factKind::period, change.ledgerAccountId,
            earlier ? before : change.bookedOn, now);
        break;
    }
    case RefusalReason::AccountClosed:
        facts.guess(store::factKind::account, change.ledgerAccountId, "closed", now);
        break;
    case RefusalReason::Reconciled:
        facts.guess(store::factKind::entry, change.rootKey, store::entryMark::reconciled, now);
        break;
    case RefusalReason::Removed:
        // Of what a person had imported again nothing is told any more: the person may once more.
        if (change.kind == ChangeKind::Post && change.revision > 1)
            facts.setEntry(change.rootKey, store::entryMark::removed,
                std::int64_t{change.revision} - 1, facts.position().generation);
        else
            facts.guess(store::factKind::entry, change.rootKey, store::entryMark::removed, now);
        break;
    default: break;
    }
}

/// Of one sifting.
struct Quarantine::Sifted
{
    struct Victim
    {
        std::string_view reason;
        std::string before; ///< Of its first change.
        bool isVoid = false;
        bool bringsBack = false; ///< Its first change posts what a person had removed.
        bool undoes = false;     ///< Its last change takes it out on a person's word.
    };
    std::vector<LedgerChange> tail; ///< All that waits.
    std::map<std::string, Victim> byKey;
    std::size_t first = 0; ///< In `tail`, of the first no-op.
    std::size_t count = 0;

    /// Takes the next change in; `reason` "": only if another of the same transaction is out.
    void take(LedgerChange change, std::string_view reason)
    {
        if (change.kind != ChangeKind::Noop && (!reason.empty() || byKey.contains(change.rootKey)))
        {
            if (count++ == 0) first = tail.size();
            byKey.try_emplace(
                change.rootKey, Victim{reason, change.before, change.kind == ChangeKind::Void,
                                    change.kind == ChangeKind::Post && change.revision > 1});
            byKey.at(change.rootKey).undoes =
                change.kind == ChangeKind::Void && store::isUndoneRevision(change.revision);
            change = noopAt(change.seq);
        }
        tail.push_back(std::move(change));
    }
};

Result<std::size_t> Quarantine::sift(const std::string& tenant, const std::string& feedId,
    std::uint64_t epoch, std::uint64_t from, const Digest& previous,
    const std::optional<Refusal>& refusal)
{
    BF_LET(count, database_.write(
                      [&](store::Unit& unit) -> Result<std::size_t>
                      {
                          lockWriters(unit, tenant, feedId);
                          const auto feed = store::OutboxRepository(unit, tenant).lockFeed(feedId);
                          if (!feed || feed->epoch != epoch || from >= feed->nextSeq)
                              return std::size_t{0};
                          if (feed->nextSeq - from > tailMax)
                              return Error::exhausted(
                                  "delivery.tail", "Too many changes wait behind a refused one.");
                          Sifted sifted;
                          collect(unit, tenant, *feed, from, refusal, sifted);
                          if (sifted.count == 0) return std::size_t{0};
                          chainAnew(unit, tenant, *feed, previous, sifted);
                          putBack(unit, tenant, feedId, sifted);
                          return sifted.count;
                      }));
    if (count > 0)
        log_.write(LogLevel::Info, "delivery",
            std::to_string(count) + " changes of " + feedId +
                " are kept back, because the books do not take them now.");
    return count;
}

void Quarantine::collect(store::Unit& unit, const std::string& tenant, const store::Feed& feed,
    std::uint64_t from, const std::optional<Refusal>& refusal, Sifted& sifted)
{
    store::OutboxRepository outbox(unit, tenant);
    if (refusal)
    {
        const auto refused = outbox.range(feed.feedId, feed.epoch, refusal->seq, 1);
        BF_ASSERT(refused.size() == 1 && refused[0].seq == refusal->seq);
        believe(unit, tenant, refused[0], refusal->reason);
    }
    BooksJudge judge(unit, tenant, clock_.now());
    for (std::uint64_t seq = from; seq < feed.nextSeq;)
    {
        auto chunk = outbox.range(feed.feedId, feed.epoch, seq, limits::changesPerBatch);
        BF_ASSERT(!chunk.empty() && chunk.front().seq == seq);
        judge.learn(chunk);
        seq += chunk.size();
        for (auto& change : chunk)
        {
            std::string_view reason = judge.reasonOf(change);
            // A refusal that our picture of the books does not explain counts as well.
            if (reason.empty() && refusal && change.seq == refusal->seq)
                reason = reasonFor(refusal->reason);
            sifted.take(std::move(change), reason);
        }
    }
}

void Quarantine::chainAnew(store::Unit& unit, const std::string& tenant, const store::Feed& feed,
    const Digest& previous, Sifted& sifted)
{
    store::OutboxRepository outbox(unit, tenant);
    Digest chain = sifted.first == 0 ? previous : sifted.tail[sifted.first - 1].chainDigest;
    std::vector<LedgerChange> part;
    for (std::size_t i = sifted.first; i < sifted.tail.size(); ++i)
    {
        LedgerChange& change = sifted.tail[i];
        chain = nextInChain(chain, change.seq, change.contentDigest);
        change.chainDigest = chain;
        part.push_back(change);
        if (part.size() < limits::rowsPerUnit && i + 1 < sifted.tail.size()) continue;
        outbox.rewrite(feed.feedId, feed.epoch, part);
        part.clear();
    }
    outbox.setChain(feed.feedId, chain);
}

void Quarantine::putBack(
    store::Unit& unit, const std::string& tenant, const std::string& feedId, Sifted& sifted)
{
    const UtcTime now = clock_.now();
    store::TransactionRepository mirror(unit, tenant);
    store::BookFacts facts(unit, tenant);
    std::set<std::string> accounts;
    std::vector<std::string> keys;
    const auto rowsOf = [&]
    {
        auto rows = mirror.ofRootKeys(keys);
        const auto known = facts.entries(keys, now);
        for (auto& row : rows)
        {
            const auto& victim = sifted.byKey.at(row.rootKey);
            const auto told = ToldBefore::parse(victim.before);
            BF_ASSERT(told.has_value());
            // One that the mirror never had is asked for again (UnknownRemovals).
            const bool neverHad = victim.isVoid && told->revision == 0;
            const std::string account = row.sentLedgerAccountId;
            told->putBack(row);
            row.changedAt = now;
            settle(row, victim.reason);
            const auto fact = known.find(row.rootKey);
            const bool inBooks = fact != known.end() && fact->second.value == store::entryInBooks;
            if (victim.bringsBack && !inBooks && victim.reason != store::refusedReason::removed)
                waitForItsPost(row);
            if (victim.undoes) keepTheUndo(row);
            if (neverHad)
            {
                row.laneReason = store::goneNotKnown;
                row.sentLedgerAccountId = account;
            }
            if (inBooks && fact->second.revision == 0)
                store::noteNotOurs(row, {static_cast<std::uint32_t>(row.revision), {}});
            if (inBooks)
                facts.setEntry(row.rootKey, "", 0, 0); // Said once: the row is in them now.
            else if (victim.reason == store::refusedReason::removed)
                row.entryMark = store::entryMark::removed;
            if (victim.reason == store::refusedReason::reconciled)
                row.entryMark = store::entryMark::reconciled;
            if (row.bankAccountId) accounts.insert(*row.bankAccountId);
        }
        mirror.save(rows);
        keys.clear();
    };
    for (const auto& [key, victim] : sifted.byKey)
    {
        keys.push_back(key);
        if (keys.size() == limits::rowsPerUnit) rowsOf();
    }
    rowsOf();
    putBackOpenings(unit, tenant, feedId, sifted);
    store::RefusedRows(unit, tenant).note(accounts, random_, now);
}

void Quarantine::putBackOpenings(
    store::Unit& unit, const std::string& tenant, const std::string& feedId, const Sifted& sifted)
{
    // Root keys of opening balances come first.
    if (!isOpeningRootKey(sifted.byKey.begin()->first)) return;
    for (auto& link : store::LinkedAccountRepository(unit, tenant).openingsOf(feedId))
    {
        const auto found = sifted.byKey.find(openingRootKey(tenant, feedId, link.openingOrdinal));
        if (found == sifted.byKey.end()) continue;
        const auto told = ToldBefore::parse(found->second.before);
        BF_ASSERT(told.has_value());
        link.opening = store::openingState::due;
        link.openingRevision = told->revision;
        link.openingUnits = told->units;
        if (!told->bookedOn.empty()) link.openingOn = told->bookedOn;
        link.openingMeasuredOn.clear();
        store::AccountLinkRepository(unit, tenant).saveOpening(link);
    }
}

} // namespace bankfeed::delivery
