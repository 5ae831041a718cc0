#include "delivery/Relay.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/NoticeRepository.h"
#include "store/TenantErasureRepository.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace bankfeed::delivery
{

namespace
{

using store::Feed;
using store::OutboxRepository;
using store::Unit;

constexpr std::int64_t roundOfAllNs = 15LL * 60 * nsPerSecond;
constexpr std::size_t feedsPerPage = 200;

/// How long delivered changes are kept. A host whose backup is older gets its feeds written anew
/// from the mirror, which is never pruned.
constexpr std::int64_t outboxKeptMs = 180LL * 24 * 3600 * 1000;

/// So many rebuilds in a row that a conflict asked for, while the books took nothing of the feed.
/// One or two are normal, since syncs may land behind the place that a rebuild has come to.
constexpr int rebuildsOfConflict = 3;

/// Resume, rebuild, resume again: more in one visit means that something is wrong.
constexpr int roundsPerVisit = 2 * (1 + rebuildsOfConflict) + 2;

std::string wordOf(RefusalReason reason)
{
    switch (reason)
    {
    case RefusalReason::Gap: return "gap";
    case RefusalReason::Epoch: return "epoch";
    case RefusalReason::UnknownAccount: return "unknown_account";
    case RefusalReason::AccountClosed: return "account_closed";
    case RefusalReason::Currency: return "currency";
    case RefusalReason::NoEntry: return "no_entry";
    case RefusalReason::PeriodClosed: return "period_closed";
    case RefusalReason::Reconciled: return "reconciled";
    case RefusalReason::Invalid: return "invalid";
    case RefusalReason::Removed: return "removed";
    case RefusalReason::None: break;
    }
    return "refused";
}

bool same(const std::optional<Watermark>& a, const std::optional<Watermark>& b)
{
    if (a.has_value() != b.has_value()) return false;
    return !a ||
           (a->epoch == b->epoch && a->lastSeq == b->lastSeq && a->chainDigest == b->chainDigest);
}

} // namespace

struct Relay::Visit
{
    Turn& turn;
    std::string tenant;
    std::string feedId;
    Feed feed{};
    bool thorough = false; ///< A round over all feeds: there is time to tidy up.
    bool wasHeld = false;
    bool heldNow = false;                       ///< Too much waits behind a refused change.
    bool applied = false;                       ///< The books took a batch.
    bool outOfTurn = false;                     ///< The budget ran out in the middle of it.
    std::optional<Error> stalled{};             ///< Why the books take nothing now.
    std::optional<Watermark> watermark{};       ///< As read last, or what was sent since.
    std::optional<std::uint64_t> doubtedFrom{}; ///< Sent from here, and the books did not agree.

    [[nodiscard]] bool hasWork() const
    {
        return feed.state == store::feedState::rebuilding ||
               (feed.nextSeq > 1 &&
                   (feed.ackedEpoch != feed.epoch || feed.ackedSeq + 1 < feed.nextSeq));
    }
};

struct Relay::Resume
{
    enum class Kind : std::uint8_t
    {
        Nothing, ///< The books have everything.
        Send,
        Rebuild,
    };
    Kind kind = Kind::Nothing;
    std::uint64_t fromSeq = 1;
    bool epochStart = false;
    Digest previous{};
    bool restored = false; ///< The books were told what this outbox does not know.
};

Relay::Relay(store::Database& database, Ledger& ledger, Clock& clock, Random& random, Log& log)
    : database_(database),
      ledger_(ledger),
      clock_(clock),
      random_(random),
      log_(log),
      rebuild_(database, ledger, clock, random, log),
      quarantine_(database, clock, random, log),
      questions_(database, ledger, clock, random, log)
{
}

Result<PumpReport> Relay::pump(std::uint32_t batchMax, std::uint32_t budgetMs)
{
    std::vector<std::string> tenants;
    BF_TRY(ledger_.visitTenants(
        [&](const std::string& tenant) -> Result<void>
        {
            tenants.push_back(tenant);
            return success();
        }));
    std::sort(tenants.begin(), tenants.end());
    tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
    // Nothing more is told of a tenant whose data is being deleted.
    BF_LET(erased, database_.read([](store::Unit& unit) -> Result<std::vector<std::string>>
                       { return store::TenantErasureRepository::tenants(unit); }));
    std::erase_if(tenants, [&](const std::string& tenant)
        { return std::binary_search(erased.begin(), erased.end(), tenant); });
    std::erase_if(rounds_, [&](const auto& round)
        { return !std::binary_search(tenants.begin(), tenants.end(), round.first); });
    stalls_.keepOnly(tenants);
    questions_.keepOnly(tenants);
    std::erase_if(conflicts_, [&](const auto& one)
        { return !std::binary_search(tenants.begin(), tenants.end(), one.first.first); });
    // Behind the tenant at which the last call ended, so that none starves another.
    std::rotate(tenants.begin(), std::upper_bound(tenants.begin(), tenants.end(), lastTenant_),
        tenants.end());

    Turn turn{batchMax, clampedSum(clock_.monoNs(), std::int64_t{budgetMs} * nsPerMs), {}, clock_};
    for (const auto& tenant : tenants)
    {
        lastTenant_ = tenant;
        BF_TRY(visitTenant(turn, tenant));
        if (turn.over())
        {
            turn.report.remaining = turn.report.remaining || tenant != tenants.back();
            break;
        }
    }
    for (const auto& tenant : tenants)
    {
        BF_LET(held,
            database_.read(
                [&](Unit& unit) -> Result<std::int64_t> {
                    return store::NoticeRepository(unit, tenant).countOpen(store::notice::feedHeld);
                }));
        turn.report.feedsHeld += held;
    }
    turn.report.stalledSinceNs = stalls_.since();
    return turn.report;
}

void Relay::lookAgain()
{
    for (auto& [tenant, round] : rounds_)
        round.all = true;
}

Result<void> Relay::visitTenant(Turn& turn, const std::string& tenant)
{
    Round& round = rounds_[tenant];
    const std::int64_t now = clock_.monoNs();
    round.all = round.all || clampedDifference(now, round.allSeenAtNs) >= roundOfAllNs;
    const bool begins = round.all && round.after.empty();
    BF_TRY(questions_.ask(turn, tenant, begins, std::exchange(round.rebuilt, false)));
    // A round that begins in the middle goes once more over the beginning.
    int passes = round.after.empty() ? 1 : 2;
    while (passes > 0)
    {
        BF_LET(atEnd, visitPage(turn, tenant, round));
        if (turn.over() && !atEnd)
        {
            turn.report.remaining = true;
            return success();
        }
        if (!atEnd) continue;
        --passes;
        if (round.all)
        {
            round.all = false;
            round.allSeenAtNs = now;
        }
    }
    return success();
}

/// True when the list of feeds is at its end.
Result<bool> Relay::visitPage(Turn& turn, const std::string& tenant, Round& round)
{
    BF_LET(ids, database_.read(
                    [&](Unit& unit) -> Result<std::vector<std::string>>
                    {
                        OutboxRepository outbox(unit, tenant);
                        return round.all ? outbox.feeds(round.after, feedsPerPage)
                                         : outbox.feedsWithWork(round.after, feedsPerPage);
                    }));
    for (const auto& id : ids)
    {
        if (turn.over()) return false;
        round.after = id;
        if (stalls_.leftAlone(tenant, id, clock_.monoNs())) continue;
        Visit visit{turn, tenant, id};
        visit.thorough = round.all;
        BF_TRY(visitGuarded(visit));
        turn.worked = true;
        noteStall(visit);
        turn.report.remaining = turn.report.remaining || visit.outOfTurn;
    }
    if (ids.size() == feedsPerPage) return false;
    round.after.clear();
    return true;
}

void Relay::noteStall(const Visit& visit)
{
    if (!visit.stalled || !visit.hasWork())
        stalls_.ended(visit.tenant, visit.feedId);
    else
        stalls_.failed(
            visit.tenant, visit.feedId, visit.applied, visit.stalled->retryAfter, clock_.monoNs());
}

/// A broken feed must not keep the others waiting.
Result<void> Relay::visitGuarded(Visit& visit)
{
    try
    {
        return visitFeed(visit);
    }
    catch (const BrokenInvariant& broken)
    {
        log_.write(LogLevel::Error, "delivery", broken.what());
        return hold(visit, "broken");
    }
}

Result<void> Relay::visitFeed(Visit& visit)
{
    for (int i = 0; i < roundsPerVisit; ++i)
    {
        BF_LET(feed, database_.read([&](Unit& unit) -> Result<std::optional<Feed>>
                         { return OutboxRepository(unit, visit.tenant).feed(visit.feedId); }));
        if (!feed) return success();
        visit.feed = *feed;
        visit.wasHeld = visit.wasHeld || feed->onHold();
        if (feed->state == store::feedState::rebuilding)
        {
            BF_LET(rebuilt, rebuildOn(visit));
            if (!rebuilt) return success();
            continue;
        }
        const auto watermark = ledger_.watermark(visit.tenant, visit.feedId);
        if (!watermark.ok())
        {
            log_.write(LogLevel::Warning, "delivery",
                "The books do not say how far " + visit.feedId + " is: " + watermark.error().text);
            visit.stalled = watermark.error();
            return success();
        }
        visit.watermark = *watermark;
        BF_LET(resume, resumePoint(visit, *watermark));
        if (resume.kind == Resume::Kind::Nothing)
        {
            BF_TRY(settle(visit, feed->nextSeq - 1));
            return visit.thorough ? tidy(visit) : success();
        }
        if (resume.kind == Resume::Kind::Send)
        {
            BF_LET(lookAgain, send(visit, resume));
            if (!lookAgain) return success();
            continue;
        }
        BF_TRY(
            rebuild_.begin(visit.tenant, visit.feedId, feed->epoch, *watermark, resume.restored));
    }
    log_.write(LogLevel::Error, "delivery", "No end of looking again at " + visit.feedId);
    visit.stalled = Error::unknown("delivery.no_end", "No end of looking again.");
    return success();
}

/// True when the rebuild is complete.
Result<bool> Relay::rebuildOn(Visit& visit)
{
    while (!visit.turn.over())
    {
        visit.turn.spendBatch();
        auto complete = rebuild_.step(visit.tenant, visit.feedId);
        if (!complete.ok())
        {
            log_.write(LogLevel::Warning, "delivery",
                "The rebuild of " + visit.feedId + " waits: " + complete.error().text);
            // Books that break the rules do so again when they are asked again.
            if (complete.error().kind == ErrorKind::Invalid)
                BF_TRY(hold(visit, wordOf(RefusalReason::Invalid)));
            else
                visit.stalled = complete.error();
            return false;
        }
        if (visit.feed.onHold()) BF_TRY(endHold(visit));
        if (*complete)
        {
            rounds_[visit.tenant].rebuilt = true;
            return true;
        }
    }
    visit.outOfTurn = true;
    return false;
}

/// Of a rebuild that goes on.
Result<void> Relay::endHold(Visit& visit)
{
    visit.feed.heldReason.clear();
    return database_.write(
        [&](Unit& unit) -> Result<void>
        {
            endHoldIn(unit, visit);
            return success();
        });
}

void Relay::endHoldIn(Unit& unit, Visit& visit)
{
    visit.wasHeld = false;
    OutboxRepository(unit, visit.tenant).resume(visit.feedId);
    store::NoticeRepository(unit, visit.tenant)
        .clear(store::notice::feedHeld, visit.feedId, clock_.now());
}

Result<Relay::Resume> Relay::resumePoint(
    const Visit& visit, const std::optional<Watermark>& watermark)
{
    const Feed& feed = visit.feed;
    return database_.read(
        [&](Unit& unit) -> Result<Resume>
        {
            OutboxRepository outbox(unit, visit.tenant);
            const Resume rebuild{Resume::Kind::Rebuild, 0, false, {}};
            if (!watermark || watermark->epoch != feed.epoch)
            {
                // An epoch may begin only on the books that it was built for.
                if (!same(watermark, feed.base))
                    return Resume{Resume::Kind::Rebuild, 0, false, {}, watermark && !feed.base};
                if (feed.nextSeq == 1) return Resume{};
                if (outbox.oldest(feed.feedId, feed.epoch) != 1) return rebuild;
                return Resume{Resume::Kind::Send, 1, true, {}};
            }
            const std::uint64_t last = watermark->lastSeq;
            const Resume restored{Resume::Kind::Rebuild, 0, false, {}, true};
            if (last >= feed.nextSeq) return restored;
            std::optional<Digest> ours = Digest{};
            if (last == feed.nextSeq - 1)
                ours = feed.chainDigest;
            else if (last > 0)
                ours = outbox.digestAt(feed.feedId, feed.epoch, last);
            if (!ours) return rebuild;
            if (*ours != watermark->chainDigest) return restored;
            if (last == feed.nextSeq - 1) return Resume{};
            return Resume{Resume::Kind::Send, last + 1, false, *ours};
        });
}

/// True when the feed is to be looked at again at once.
Result<bool> Relay::send(Visit& visit, const Resume& resume)
{
    LedgerBatch batch{
        visit.tenant, visit.feedId, visit.feed.epoch, resume.epochStart, resume.previous, {}};
    std::uint64_t from = resume.fromSeq;
    while (!visit.turn.over())
    {
        BF_LET(good, nextBatch(visit, batch, from));
        if (batch.changes.empty())
        {
            BF_TRY(settle(visit, from - 1));
            return false;
        }
        visit.turn.spendBatch();
        if (!good)
        {
            BF_LET(goesOn, siftOut(visit, batch, from, std::nullopt));
            if (!goesOn) return !visit.heldNow;
            continue;
        }
        const auto outcome = ledger_.post(batch);
        if (!outcome.ok())
        {
            log_.write(LogLevel::Warning, "delivery",
                "What became of a batch of " + visit.feedId +
                    " is not known: " + outcome.error().text);
            // Sent again it is the same batch, so asking at once does not help.
            if (outcome.error().kind == ErrorKind::Corrupt)
                BF_TRY(hold(visit, "digest"));
            else if (outcome.error().kind == ErrorKind::Invalid)
                BF_TRY(hold(visit, wordOf(RefusalReason::Invalid)));
            else
                visit.stalled = outcome.error();
            return false;
        }
        if (outcome->kind == PostOutcome::Kind::Rejected && Quarantine::handles(outcome->reason))
        {
            BF_LET(goesOn, refusedOne(visit, *outcome, batch, from));
            if (!goesOn) return !visit.stalled && !visit.heldNow;
            continue;
        }
        if (outcome->kind != PostOutcome::Kind::Applied) return refused(visit, *outcome);
        if (!booksAgree(visit, *outcome, from, batch.changes.back().seq))
            return !visit.stalled.has_value();
        visit.applied = true;
        visit.turn.report.delivered += outcome->appliedNow;
        if (outcome->appliedNow > 0) conflicts_.erase({visit.tenant, visit.feedId});
        from += batch.changes.size();
        batch.epochStart = false;
        batch.previousDigest = batch.changes.back().chainDigest;
        visit.watermark = Watermark{visit.feed.epoch, from - 1, batch.previousDigest};
    }
    visit.outOfTurn = true;
    BF_TRY(settle(visit, from - 1));
    return false;
}

/// Fills in the changes from `from` on. False when the books are known not to take one of them.
Result<bool> Relay::nextBatch(Visit& visit, LedgerBatch& batch, std::uint64_t from)
{
    BF_LET(good,
        database_.read(
            [&](Unit& unit) -> Result<bool>
            {
                batch.changes =
                    OutboxRepository(unit, visit.tenant)
                        .range(visit.feedId, visit.feed.epoch, from, limits::changesPerBatch);
                BooksJudge judge(unit, visit.tenant, clock_.now());
                judge.learn(batch.changes);
                return std::all_of(batch.changes.begin(), batch.changes.end(),
                    [&](const LedgerChange& change) { return judge.reasonOf(change).empty(); });
            }));
    for (std::size_t i = 0; i < batch.changes.size(); ++i)
        BF_ASSERT(batch.changes[i].seq == from + i);
    return good;
}

/// True when the feed goes on behind `from` with the digests of before; false when it is to be
/// looked at again, or is held.
Result<bool> Relay::siftOut(Visit& visit, const LedgerBatch& batch, std::uint64_t from,
    const std::optional<Quarantine::Refusal>& refusal)
{
    const auto sifted = quarantine_.sift(
        visit.tenant, visit.feedId, visit.feed.epoch, from, batch.previousDigest, refusal);
    if (sifted.ok()) return *sifted > 0;
    if (sifted.error().kind != ErrorKind::Exhausted) return sifted.error();
    log_.write(LogLevel::Error, "delivery", visit.feedId + ": " + sifted.error().text);
    visit.heldNow = true;
    BF_TRY(hold(visit, refusal ? wordOf(refusal->reason) : "too_many", Quarantine::tailMax));
    return false;
}

/// The books refuse one transaction. True when the feed goes on without it. Nothing is replaced
/// that they might have by now: the watermark is read again first.
Result<bool> Relay::refusedOne(
    Visit& visit, const PostOutcome& outcome, const LedgerBatch& batch, std::uint64_t from)
{
    const auto watermark = ledger_.watermark(visit.tenant, visit.feedId);
    if (!watermark.ok())
    {
        visit.stalled = watermark.error();
        return false;
    }
    if (!same(*watermark, visit.watermark)) return false;
    BF_ASSERT(outcome.index < batch.changes.size());
    const LedgerChange& refused = batch.changes[outcome.index];
    // A post above a head brings back what a person had removed; somebody may have been faster, and
    // have reconciled it.
    const bool ofAnEntry = outcome.reason == RefusalReason::Removed ||
                           (outcome.reason == RefusalReason::Reconciled && refused.revision == 1);
    if (ofAnEntry && refused.kind == ChangeKind::Post)
        log_.write(LogLevel::HostMisbehaving, "delivery",
            "The host refused a post of " + visit.feedId + " with \"" + wordOf(outcome.reason) +
                "\", which cannot be said of it. It waits, and is tried again.");
    return siftOut(visit, batch, from, Quarantine::Refusal{refused.seq, outcome.reason});
}

/// True when the watermark that the host gave with its yes covers what was sent, `from` to `last`.
/// When it does not, the watermark is to be read; after the second such answer the feed is stalled.
bool Relay::booksAgree(
    Visit& visit, const PostOutcome& outcome, std::uint64_t from, std::uint64_t last)
{
    // A host that does not fill it in says nothing either way.
    if (!outcome.after) return true;
    if (outcome.after->epoch == visit.feed.epoch && outcome.after->lastSeq >= last) return true;
    log_.write(LogLevel::HostMisbehaving, "delivery",
        "The host said that a batch of " + visit.feedId +
            " is applied, but not by the watermark that it gave with it.");
    if (visit.doubtedFrom == from)
        visit.stalled = Error::unknown("delivery.contradiction", "The books do not move.");
    visit.doubtedFrom = from;
    return false;
}

/// True when the feed is to be looked at again at once.
Result<bool> Relay::refused(Visit& visit, const PostOutcome& outcome)
{
    const bool conflict = outcome.kind == PostOutcome::Kind::Conflict;
    const std::string reason = conflict ? "conflict" : wordOf(outcome.reason);
    if (outcome.reason == RefusalReason::Gap || outcome.reason == RefusalReason::Epoch)
    {
        // Somebody else delivered meanwhile; the next call reads the watermark.
        log_.write(LogLevel::Warning, "delivery",
            "The books have moved on (" + reason + ") for " + visit.feedId);
        visit.stalled = Error::unknown("delivery.moved_on", "The books have moved on.");
        return false;
    }
    // The books remember more of these rows than we do: an earlier life of this database told them.
    if ((conflict || outcome.reason == RefusalReason::NoEntry) && mayRebuild(visit))
    {
        const auto watermark = ledger_.watermark(visit.tenant, visit.feedId);
        if (!watermark.ok())
        {
            visit.stalled = watermark.error();
            return false;
        }
        BF_TRY(rebuild_.begin(visit.tenant, visit.feedId, visit.feed.epoch, *watermark));
        ++conflicts_[{visit.tenant, visit.feedId}];
        return true;
    }
    BF_TRY(hold(visit, reason));
    return false;
}

/// Whether a conflict is settled by a rebuild. After too many it is a person's business, and a
/// sync is not what causes it.
bool Relay::mayRebuild(const Visit& visit) const
{
    const auto found = conflicts_.find({visit.tenant, visit.feedId});
    if (found == conflicts_.end()) return conflicts_.size() < Stalls::feedsMax;
    return found->second < rebuildsOfConflict;
}

Result<void> Relay::hold(Visit& visit, const std::string& reason, std::size_t behind)
{
    conflicts_.erase({visit.tenant, visit.feedId});
    return database_.write(
        [&](Unit& unit) -> Result<void>
        {
            const bool began = OutboxRepository(unit, visit.tenant).hold(visit.feedId, reason);
            store::NoticeRepository notices(unit, visit.tenant);
            // A person may have given up what waits; it is tried again all the same.
            const bool news = (began && !visit.wasHeld) ||
                              OutboxRepository(unit, visit.tenant).hasSource(visit.feedId);
            if (!news && !notices.isOpen(store::notice::feedHeld, visit.feedId)) return success();
            const auto account =
                store::BankAccountRepository(unit, visit.tenant).findByFeed(visit.feedId);
            notices.open(random_, store::notice::feedHeld, visit.feedId, "error",
                JsonObject()
                    .text("bank_account", account ? account->name : std::string())
                    .text("bank_account_id", account ? account->id : std::string())
                    .text("reason", reason)
                    .number("behind", static_cast<std::int64_t>(behind))
                    .json(),
                clock_.now());
            return success();
        });
}

/// Notes how far the books are, and ends a hold whose cause is gone.
Result<void> Relay::settle(Visit& visit, std::uint64_t ackedSeq)
{
    const bool known = visit.feed.ackedEpoch == visit.feed.epoch && visit.feed.ackedSeq == ackedSeq;
    if ((known || ackedSeq == 0) && !visit.wasHeld) return success();
    return database_.write(
        [&](Unit& unit) -> Result<void>
        {
            OutboxRepository outbox(unit, visit.tenant);
            outbox.acked(visit.feedId, visit.feed.epoch, ackedSeq, clock_.now());
            if (visit.outOfTurn && !visit.applied) return success();
            endHoldIn(unit, visit);
            return success();
        });
}

/// Deletes what no resume will need, a bounded number of changes at a time.
Result<void> Relay::tidy(const Visit& visit)
{
    const UtcTime before = plusMs(clock_.now(), -outboxKeptMs);
    BF_LET(prunable,
        database_.read([&](Unit& unit) -> Result<bool>
            { return OutboxRepository(unit, visit.tenant).prunable(visit.feed, before); }));
    if (!prunable) return success();
    return database_.write(
        [&](Unit& unit) -> Result<void>
        {
            OutboxRepository(unit, visit.tenant).prune(visit.feedId, before, limits::rowsPerUnit);
            return success();
        });
}

} // namespace bankfeed::delivery
