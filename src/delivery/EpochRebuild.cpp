#include "delivery/EpochRebuild.h"

#include "base/Hex.h"
#include "base/LedgerDigest.h"
#include "base/Limits.h"
#include "base/RootKey.h"
#include "delivery/WriterLocks.h"
#include "store/BookFacts.h"
#include "store/LedgerContent.h"
#include "store/LinkedAccountRepository.h"
#include "store/Places.h"
#include "store/SuccessionRepository.h"
#include "store/TransactionRepository.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace bankfeed::delivery
{

namespace
{

using store::BankTransaction;
using store::Feed;

/// Behind every root key of an opening balance and before every one of a transaction.
constexpr const char* openingsDone = "ob1_~";

/// Above the head of the books, and not below what the mirror told last.
std::int64_t above(const Head& head, std::int64_t revision)
{
    return std::max(store::nextRevision(head.revision), revision);
}

std::int64_t above(const Head& head, const BankTransaction& row)
{
    const bool undone =
        row.lane == store::lane::held && row.laneReason == store::heldReason::undone;
    return undone ? std::max(store::nextUndoneRevision(head.revision), row.revision)
                  : above(head, row.revision);
}

/// A removed entry takes nothing but a post: one whose head is above that of its removal is in the
/// books again, and a restored mirror does not remember that it came, or who wanted it back.
bool cameBack(const store::EntryFact& fact, const BankTransaction& row, const Head& head)
{
    if (row.entryMark == store::entryMark::wanted) return head.revision > row.revision;
    return fact.value == store::entryMark::removed && fact.revision > 0 &&
           head.revision > fact.revision;
}

void noteCameBack(store::BookFacts& facts, BankTransaction& row, const Head& head)
{
    facts.setEntry(row.rootKey, store::entryAgain, head.revision, facts.position().generation);
    const bool waits = row.lane == store::lane::held && row.entryMark == store::entryMark::wanted;
    if (waits) row.lane = store::lane::booked;
    if (waits || row.laneReason == store::refusedReason::removed) row.laneReason.clear();
    row.entryMark.clear();
}

/// The post that brings an entry back, which a person wants and the books have not seen.
LedgerChange broughtBack(BankTransaction& row, const Head& head)
{
    const std::int64_t revision = above(head, row);
    row.revision = head.revision;
    auto post = store::changeOf(row, ChangeKind::Post, revision, row.sentLedgerAccountId);
    store::noteSent(row, post);
    return post;
}

/// What the books lack of a row, if anything. The row takes over the revision that the books hold
/// or will hold.
std::optional<LedgerChange> missing(
    BankTransaction& row, const Head& head, const store::EntryFact& fact)
{
    // What a person removed does not come back, not even with books that forgot the removal.
    const bool removed = row.entryMark == store::entryMark::removed;
    if (!removed) (void)store::noteBookedAgain(row, head);
    const auto sent = store::SentMark::parse(row.sentFingerprint);
    const bool live = !sent.fingerprint.empty();
    if (removed && head.revision > 0) return std::nullopt;
    if (row.laneReason == store::keptReason::forgotten)
    {
        // Nothing but the books says what it is.
        row.revision = head.revision;
        row.sentFingerprint = store::SentMark{"?", toHex(asBytes(head.contentDigest))}.text();
        if (head.revision == 0) store::leaveBehind(row);
        return std::nullopt;
    }
    if (head.revision == 0)
    {
        if (live && !removed)
        {
            if (row.entryMark == store::entryMark::wanted) row.entryMark.clear();
            row.revision = 1; // The books begin every key with 1.
            auto post =
                store::changeOf(row, ChangeKind::Post, row.revision, row.sentLedgerAccountId);
            store::noteSent(row, post);
            return post;
        }
        // Neither side has it: as if it had never been booked.
        row.revision = 0;
        row.sentLedgerAccountId.clear();
        row.sentUnits = 0;
        row.sentFingerprint.clear();
        if (removed) row.lane = row.removed ? store::lane::gone : store::lane::held;
        return std::nullopt;
    }
    // What waits for the books to take it, does so.
    if (row.entryMark == store::entryMark::wanted) return std::nullopt;
    if (live && fact.value == store::entryAgain && fact.revision > head.revision)
        return broughtBack(row, head);
    if (head.revision == row.revision && toHex(asBytes(head.contentDigest)) == sent.contentDigest)
        return std::nullopt;
    const auto same = [&](ChangeKind kind)
    {
        auto change = store::changeOf(row, kind, head.revision, row.sentLedgerAccountId);
        if (change.contentDigest != head.contentDigest) return false;
        store::noteSent(row, change);
        return true;
    };
    if (store::noteUndone(row, head)) return std::nullopt;
    if (live ? same(ChangeKind::Post) || same(ChangeKind::Amend) : same(ChangeKind::Void))
        return std::nullopt;
    auto change = store::changeOf(row, live ? ChangeKind::Amend : ChangeKind::Void,
        above(head, row), row.sentLedgerAccountId);
    // What the books hold is not what the mirror remembers of it, or there would be nothing to
    // tell: should they refuse, the row must not be taken for one that they have as it is.
    auto told = store::ToldBefore::of(row);
    told.revision = head.revision;
    told.fingerprint = store::SentMark{"?", toHex(asBytes(head.contentDigest))}.text();
    store::noteSent(row, change);
    change.before = told.text();
    return change;
}

/// The same for an opening balance.
std::optional<LedgerChange> missing(const std::string& tenant, const store::BankAccount& account,
    store::AccountLink& link, const Head& head)
{
    const auto change = [&](ChangeKind kind, std::int64_t revision)
    { return store::openingChangeOf(tenant, account, link, kind, revision); };
    if (head.revision == 0)
    {
        link.openingRevision = 1;
        return change(ChangeKind::Post, link.openingRevision);
    }
    for (const auto kind : {ChangeKind::Post, ChangeKind::Amend})
    {
        if (change(kind, head.revision).contentDigest != head.contentDigest) continue;
        link.openingRevision = head.revision;
        return std::nullopt;
    }
    link.openingRevision = above(head, link.openingRevision);
    auto amend = change(ChangeKind::Amend, link.openingRevision);
    amend.before = store::ToldBefore{head.revision, link.openingUnits, amend.exponent,
        amend.currency, link.openingOn, "", amend.ledgerAccountId}
                       .text();
    return amend;
}

} // namespace

struct EpochRebuild::Portion
{
    bool complete = false; ///< Nothing is rebuilding.
    Feed feed;
    std::optional<store::BankAccount> account;
    std::vector<std::string> keys;

    [[nodiscard]] bool openings() const { return feed.rebuildAfter.empty(); }
};

EpochRebuild::EpochRebuild(
    store::Database& database, Ledger& ledger, Clock& clock, Random& random, Log& log)
    : database_(database),
      ledger_(ledger),
      clock_(clock),
      random_(random),
      log_(log),
      recall_(database, ledger, clock, random, log)
{
}

Result<void> EpochRebuild::begin(const std::string& tenant, const std::string& feedId,
    std::uint64_t oldEpoch, const std::optional<Watermark>& base, bool restored)
{
    auto begun = database_.write(
        [&](store::Unit& unit) -> Result<bool>
        {
            store::OutboxRepository outbox(unit, tenant);
            if (!outbox.lockFeed(feedId)) return false;
            return outbox.startEpoch(feedId, oldEpoch,
                store::OutboxRepository::randomEpoch(random_), base, Recall::firstPlace(restored));
        });
    if (!begun.ok()) return begun.error();
    if (*begun)
        log_.write(LogLevel::Warning, "delivery",
            "The books and the outbox of " + feedId +
                " do not mean the same history; the feed is written anew from the mirror.");
    return success();
}

Result<bool> EpochRebuild::step(const std::string& tenant, const std::string& feedId)
{
    BF_LET(now, portion(tenant, feedId));
    if (now.complete) return true;
    if (Recall::isUnderWay(now.feed))
    {
        BF_TRY(recall_.step(tenant, now.feed, now.account));
        return false;
    }
    BF_LET(heads, headsOf(ledger_, tenant, now.keys));
    BF_LET(complete, write(tenant, now, heads));
    // What older epochs left in the outbox is of no use; the rest goes with the retention.
    BF_TRY(database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::OutboxRepository(unit, tenant).prune(feedId, UtcTime{0}, limits::rowsPerUnit);
            return success();
        }));
    return complete;
}

Result<EpochRebuild::Portion> EpochRebuild::portion(
    const std::string& tenant, const std::string& feedId)
{
    return database_.read(
        [&](store::Unit& unit) -> Result<Portion>
        {
            Portion portion;
            const auto feed = store::OutboxRepository(unit, tenant).feed(feedId);
            portion.complete = !feed || feed->state != store::feedState::rebuilding;
            if (portion.complete) return portion;
            portion.feed = *feed;
            portion.account = store::BankAccountRepository(unit, tenant).findByFeed(feedId);
            if (!portion.account || Recall::isUnderWay(*feed)) return portion;
            if (portion.openings())
            {
                for (const auto& link :
                    store::LinkedAccountRepository(unit, tenant).openingsOf(feedId))
                    portion.keys.push_back(openingRootKey(tenant, feedId, link.openingOrdinal));
                return portion;
            }
            for (const auto& row :
                store::TransactionRepository(unit, tenant)
                    .toldOf(feedId, portion.feed.rebuildAfter, limits::changesPerBatch))
                portion.keys.push_back(row.rootKey);
            return portion;
        });
}

Result<bool> EpochRebuild::write(
    const std::string& tenant, const Portion& portion, const Heads& heads)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<bool>
        {
            store::OutboxRepository outbox(unit, tenant);
            lockWriters(unit, tenant, portion.feed.feedId);
            const auto feed = outbox.lockFeed(portion.feed.feedId);
            if (!feed || feed->state != store::feedState::rebuilding ||
                feed->epoch != portion.feed.epoch ||
                feed->rebuildAfter != portion.feed.rebuildAfter)
                return false;
            if (!portion.account)
            {
                outbox.rebuiltTo(feed->feedId, openingsDone, true);
                return true;
            }
            if (portion.openings())
            {
                (void)rebuildOpenings(unit, tenant, portion, heads);
                return false;
            }
            bool complete = false;
            return rebuildRows(unit, tenant, portion, heads, complete) && complete;
        });
}

bool EpochRebuild::rebuildRows(store::Unit& unit, const std::string& tenant, const Portion& portion,
    Heads heads, bool& complete)
{
    store::TransactionRepository mirror(unit, tenant);
    auto rows =
        mirror.toldOf(portion.feed.feedId, portion.feed.rebuildAfter, limits::changesPerBatch);
    store::BookFacts facts(unit, tenant);
    const auto known = facts.entries(portion.keys, clock_.now());
    const std::string last = rows.empty() ? portion.feed.rebuildAfter : rows.back().rootKey;
    takePlaces(unit, tenant, portion, rows, heads);
    std::vector<BankTransaction> touched;
    std::vector<LedgerChange> changes;
    for (auto& row : rows)
    {
        const auto head = heads.find(row.rootKey);
        if (head == heads.end()) return false; // A sync came in between.
        const auto found = known.find(row.rootKey);
        const store::EntryFact fact = found == known.end() ? store::EntryFact{} : found->second;
        const auto before = std::tuple{row.revision, row.sentFingerprint, row.entryMark, row.lane};
        if (cameBack(fact, row, head->second)) noteCameBack(facts, row, head->second);
        if (auto change = missing(row, head->second, fact)) changes.push_back(std::move(*change));
        if (before != std::tuple{row.revision, row.sentFingerprint, row.entryMark, row.lane})
            touched.push_back(row);
    }
    mirror.save(touched);
    complete = rows.size() < limits::changesPerBatch;
    store::OutboxRepository outbox(unit, tenant);
    outbox.rebuiltTo(portion.feed.feedId, last, complete);
    outbox.append(portion.feed.feedId, changes, random_, clock_.now());
    return true;
}

/// Rows that came while nobody knew what was forgotten.
void EpochRebuild::takePlaces(store::Unit& unit, const std::string& tenant, const Portion& portion,
    std::vector<BankTransaction>& rows, Heads& heads)
{
    std::vector<BankTransaction*> fresh;
    std::set<std::string> days;
    std::set<std::int64_t> units;
    for (auto& row : rows)
    {
        const auto head = heads.find(row.rootKey);
        const bool wanted = row.lane == store::lane::booked && !row.removed &&
                            row.entryMark != store::entryMark::removed;
        if (!wanted || head == heads.end() || head->second.revision > 0) continue;
        fresh.push_back(&row);
        days.insert(row.bookedOn);
        units.insert(row.units);
    }
    if (fresh.empty()) return;
    store::TransactionRepository mirror(unit, tenant);
    auto forgotten = mirror.forgottenLike(
        portion.feed.feedId, {days.begin(), days.end()}, {units.begin(), units.end()});
    std::vector<BankTransaction> given;
    std::vector<BankTransaction> taking;
    for (auto* row : fresh)
    {
        const auto old = std::find_if(forgotten.begin(), forgotten.end(),
            [&](const BankTransaction& one) { return store::saysTheSame(one, *row); });
        if (old == forgotten.end()) continue;
        store::SuccessionRepository(unit, tenant).exchangeRootKeys(*old, *row, true);
        store::takePlace(*row, *old);
        const auto told =
            fromHex(store::SentMark::parse(row->sentFingerprint).contentDigest).value_or("");
        Head head{static_cast<std::uint32_t>(row->revision), {}};
        BF_ASSERT(told.size() == head.contentDigest.size());
        std::copy(told.begin(), told.end(), head.contentDigest.begin());
        heads[row->rootKey] = head;
        (void)store::noteTold(*row);
        store::leaveBehind(*old);
        taking.push_back(*row);
        given.push_back(std::move(*old));
        forgotten.erase(old);
    }
    mirror.save(taking);
    mirror.save(given);
}

bool EpochRebuild::rebuildOpenings(
    store::Unit& unit, const std::string& tenant, const Portion& portion, const Heads& heads)
{
    const std::string& feedId = portion.feed.feedId;
    std::vector<LedgerChange> changes;
    for (auto& link : store::LinkedAccountRepository(unit, tenant).openingsOf(feedId))
    {
        const auto head = heads.find(openingRootKey(tenant, feedId, link.openingOrdinal));
        if (head == heads.end()) return false; // An opening balance came in between.
        const auto before = link.openingRevision;
        if (auto change = missing(tenant, *portion.account, link, head->second))
            changes.push_back(std::move(*change));
        if (before != link.openingRevision)
            store::AccountLinkRepository(unit, tenant).saveOpening(link);
    }
    store::OutboxRepository outbox(unit, tenant);
    outbox.rebuiltTo(feedId, openingsDone, false);
    outbox.append(feedId, changes, random_, clock_.now());
    return true;
}

} // namespace bankfeed::delivery
