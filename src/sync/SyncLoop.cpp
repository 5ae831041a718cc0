#include "sync/SyncLoop.h"

#include "base/Ids.h"
#include "base/Limits.h"
#include "store/LinkedAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/SuccessionRepository.h"
#include "sync/EarlyRows.h"
#include "sync/OpeningBalance.h"

#include <array>
#include <set>
#include <utility>

namespace bankfeed::sync
{

namespace
{

using store::LoopRecord;
using store::Unit;
namespace loopState = store::loopState;

/// How long to wait for a history that is not there yet, when no webhook tells. Then the schedule
/// takes over.
constexpr std::array<std::int64_t, 10> waitsMs{
    10'000, 30'000, 120'000, 600'000, 600'000, 600'000, 600'000, 600'000, 600'000, 600'000};

/// A loop that could not go on for so long begins again: its cursor is too old to trust. How long
/// it takes in all does not count, or one that is slow (a long history, a budget of calls, a
/// machine that sleeps most of the time) would begin again for ever.
constexpr std::int64_t loopIdleMaxMs = 6LL * 3600 * 1000;

/// An opening balance that found news asked for this sync; the pause keeps the two from chasing
/// each other.
constexpr std::int64_t openingAfterMs = 1'000;

/// A check of an opening balance comes so much later, when the bank has brought rows and balance
/// to the same day.
constexpr std::int64_t openingCheckAfterMs = 6LL * 3600 * 1000;

/// What is delivered within that time is counted.
constexpr std::int64_t proofAfterMs = 45'000;

std::string wordOf(HistoryState history, const std::string& before)
{
    switch (history)
    {
    case HistoryState::NotReady: return "not_ready";
    case HistoryState::RecentReady: return "recent";
    case HistoryState::Complete: return "complete";
    case HistoryState::Unknown: break;
    }
    return before == "not_ready" ? "unknown" : before;
}

bool awaitsHistory(const std::string& history)
{
    return history == "not_ready" || history == "recent";
}

std::size_t rowsOf(const TransactionPage& page)
{
    return page.added.size() + page.modified.size() + page.removed.size();
}

/// A unit that is given up, because the bank must be asked for its accounts first.
Error lookFirst()
{
    return Error::conflict("sync.look_first", "Booked rows are to go.");
}

bool asksToLook(const Error& error)
{
    return error.code == "sync.look_first";
}

/// Of LoopRecord::looked.
constexpr std::int64_t lookedForStage = 1;
constexpr std::int64_t lookedForResync = 2;

bool isPassedOver(const Error& error)
{
    return error.code == "job.lease_lost" || error.code == "sync.passed_over";
}

/// The notice stands for both jobs that ask the bank: it goes when neither fails any more.
void recordSuccess(
    Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now)
{
    store::ConnectionRepository(unit, tenant).recordSuccess(connectionId, now);
    if (store::JobRepository(unit).status(tenant, store::job::refresh, connectionId).attempts == 0)
        store::NoticeRepository(unit, tenant).clear(store::notice::syncFailing, connectionId, now);
}

std::vector<IncomingRow> incomingOf(const std::vector<store::StagedRow>& staged)
{
    std::vector<IncomingRow> incoming;
    incoming.reserve(staged.size());
    for (const auto& one : staged)
        incoming.push_back({one.removed, one.row});
    return incoming;
}

} // namespace

struct SyncLoop::View
{
    std::string tenant;
    bool syncable = false;
    bool ended = false; ///< The bank gives nothing any more.
    std::string provider;
    std::string connectionId;
    std::string connectionCursor;
    std::int64_t generation = 0;
    std::string history;
    std::optional<LoopRecord> loop;
    /// Root keys of what was kept as forgotten before the bank was asked.
    std::set<std::string> forgotten;

    [[nodiscard]] bool sealed() const { return loop && loop->state == loopState::sealed; }
    [[nodiscard]] bool staging() const { return loop && loop->state == loopState::staging; }
    [[nodiscard]] bool fullResync() const { return staging() && loop->fullResync; }
    [[nodiscard]] std::int64_t pages() const { return staging() ? loop->pages : 0; }
    [[nodiscard]] const std::string& cursor() const
    {
        return staging() ? loop->cursor : connectionCursor;
    }
};

struct SyncLoop::Ended
{
    bool booked = false;              ///< The outbox has something new.
    bool asked = false;               ///< Jobs were asked for.
    std::optional<UtcTime> lookAgain; ///< The history is not complete.
    ApplyReport applied;
};

Step SyncLoop::step(const store::JobLease& lease)
{
    BF_LET(now, view(lease));
    if (!now.syncable) return done();
    // What was read to its end is the bank's last word, and goes to the books.
    if (now.sealed()) return applyStaged(now, lease);
    if (now.ended) return dropUnfinished(now, lease);
    if (now.staging())
    {
        if (plusMs(now.loop->progressAt, loopIdleMaxMs) < parts_.clock.now())
        {
            BF_TRY(restart(now, lease, now.loop->restarts, now.loop->fullResync));
            return onTheWay(parts_.clock.now());
        }
        if (now.loop->pages == 0) return dropLeftovers(now, lease);
    }
    return fetch(now, lease);
}

Result<SyncLoop::View> SyncLoop::view(const store::JobLease& lease)
{
    return parts_.database.read(
        [&](Unit& unit) -> Result<View>
        {
            View view;
            view.tenant = lease.tenant;
            view.connectionId = lease.subject;
            const auto connection =
                store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
            if (!connection || connection->pausedAt ||
                connection->state == store::connectionState::removed)
                return view;
            view.syncable = true;
            view.ended = connection->ended();
            view.provider = connection->provider;
            view.connectionCursor = connection->cursor;
            view.generation = connection->generation;
            view.history = connection->history;
            view.loop = store::SyncLoopRepository(unit, lease.tenant).find(lease.subject);
            for (const auto& row : store::TransactionRepository(unit, lease.tenant)
                                       .forgottenOf(lease.subject, limits::rowsPerUnit))
                view.forgotten.insert(row.rootKey);
            return view;
        });
}

Result<store::Connection> SyncLoop::enter(
    Unit& unit, const View& view, const store::JobLease& lease)
{
    if (!store::JobRepository(unit).holds(lease))
        return Error::conflict("job.lease_lost", "Another run of this job has taken over.");
    auto connection = store::ConnectionRepository(unit, view.tenant).lock(view.connectionId);
    const auto loop = store::SyncLoopRepository(unit, view.tenant).find(view.connectionId);
    const bool sameLoop =
        loop.has_value() == view.loop.has_value() &&
        (!loop || (loop->loopId == view.loop->loopId && loop->state == view.loop->state &&
                      loop->pages == view.loop->pages && loop->cursor == view.loop->cursor));
    // Who has paused it finds the books as they were: what comes now is asked for again later.
    if (!connection || connection->removedAt || connection->pausedAt || !sameLoop ||
        connection->cursor != view.connectionCursor || connection->generation != view.generation)
        return Error::conflict("sync.passed_over", "The connection was synced meanwhile.");
    return std::move(*connection);
}

Step SyncLoop::fetch(const View& view, const store::JobLease& lease)
{
    auto token = parts_.tokens.accessToken(view.tenant, view.connectionId);
    if (!token.ok()) return token.error();
    const auto page = parts_.provider.transactions(*token, view.cursor());
    if (!page.ok()) return onProviderError(view, lease, page.error());
    const TransactionPage& rows = page.value();

    if (rows.nextCursor.empty())
    {
        if (rowsOf(rows) == 0 && !rows.hasMore && view.pages() == 0)
            return nothingReady(view, lease);
        return giveUpLoop(view, lease,
            Error::corrupt("sync.cursor_missing", "The bank sent rows without a cursor."));
    }
    if (rowsOf(rows) > limits::transactionsPerPage)
        return giveUpLoop(view, lease,
            Error::exhausted("sync.page_too_large", "The bank sent a page that is too large."));
    if (rows.hasMore && rows.nextCursor == view.cursor())
        return giveUpLoop(view, lease,
            Error::corrupt("sync.cursor_repeats", "The bank sent the same page again and again."));
    if (rows.hasMore && view.pages() + 1 >= limits::pagesPerLoop)
        return giveUpLoop(view, lease,
            Error::exhausted("sync.too_many_pages", "The bank sent pages without an end."));
    return onPage(view, lease, rows);
}

Step SyncLoop::onPage(const View& view, const store::JobLease& lease, const TransactionPage& page)
{
    const bool fitsOneUnit = !page.hasMore && view.pages() == 0 && !view.fullResync();
    return fitsOneUnit ? applyPage(view, lease, page, {}) : stagePage(view, lease, page);
}

Step SyncLoop::onProviderError(const View& view, const store::JobLease& lease, const Error& error)
{
    const bool resync = error.remedy == Remedy::Resync;
    if (error.remedy != Remedy::Restart && !resync) return error;
    if (!resync || view.fullResync())
    {
        const std::int64_t restarts = (view.staging() ? view.loop->restarts : 0) + 1;
        if (restarts <= limits::restartsPerLoop)
        {
            BF_TRY(restart(view, lease, restarts, view.fullResync()));
            return onTheWay(plusMs(parts_.clock.now(), 500LL << restarts));
        }
        if (view.fullResync())
            return giveUpLoop(view, lease,
                Error::retry(
                    "sync.keeps_changing", "The bank's data changes faster than it can be read."));
    }
    parts_.log.write(LogLevel::Warning, "sync",
        "The stored cursor of " + view.connectionId + " is of no use; everything is read anew.");
    BF_TRY(restart(view, lease, 0, true));
    return onTheWay(parts_.clock.now());
}

Result<void> SyncLoop::restart(
    const View& view, const store::JobLease& lease, std::int64_t restarts, bool full)
{
    auto written = parts_.database.write(
        [&](Unit& unit) -> Result<void>
        {
            BF_TRY(enter(unit, view, lease));
            LoopRecord loop;
            loop.connectionId = view.connectionId;
            loop.loopId = newId(parts_.random, "loop");
            loop.state = loopState::staging;
            loop.startCursor = full ? std::string() : view.connectionCursor;
            loop.cursor = loop.startCursor;
            loop.fullResync = full;
            loop.restarts = restarts;
            loop.history = view.history;
            loop.startedAt = parts_.clock.now();
            loop.progressAt = loop.startedAt;
            store::SyncLoopRepository(unit, view.tenant).save(loop);
            return success();
        });
    if (!written.ok() && isPassedOver(written.error())) return success();
    return written;
}

Step SyncLoop::giveUpLoop(const View& view, const store::JobLease& lease, const Error& error)
{
    if (view.staging()) BF_TRY(restart(view, lease, 0, view.fullResync()));
    return error;
}

Step SyncLoop::dropLeftovers(const View& view, const store::JobLease& lease)
{
    auto dropped = parts_.database.write(
        [&](Unit& unit) -> Result<std::int64_t>
        {
            BF_TRY(enter(unit, view, lease));
            return store::SyncLoopRepository(unit, view.tenant)
                .discardOthers(view.connectionId, view.loop->loopId, limits::rowsPerUnit);
        });
    if (!dropped.ok()) return isPassedOver(dropped.error()) ? Step(done()) : dropped.error();
    if (*dropped > 0) return onTheWay(parts_.clock.now());
    return fetch(view, lease);
}

/// Of a connection that ended while it was read: half of a loop says nothing. Should the access
/// come back, it is read again from where the last whole loop ended.
Step SyncLoop::dropUnfinished(const View& view, const store::JobLease& lease)
{
    auto dropped = parts_.database.write(
        [&](Unit& unit) -> Result<std::int64_t>
        {
            BF_TRY(enter(unit, view, lease));
            store::SyncLoopRepository loops(unit, view.tenant);
            loops.remove(view.connectionId);
            return loops.discardOthers(view.connectionId, "", limits::rowsPerUnit);
        });
    if (!dropped.ok()) return isPassedOver(dropped.error()) ? Step(done()) : dropped.error();
    return *dropped > 0 ? again(parts_.clock.now()) : done();
}

Step SyncLoop::nothingReady(const View& view, const store::JobLease& lease)
{
    const UtcTime now = parts_.clock.now();
    std::optional<UtcTime> next;
    auto written = parts_.database.write(
        [&](Unit& unit) -> Result<void>
        {
            BF_LET(connection, enter(unit, view, lease));
            next.reset();
            store::SyncLoopRepository loops(unit, view.tenant);
            LoopRecord loop = view.loop.value_or(LoopRecord{});
            const std::int64_t waits =
                loop.state == loopState::waiting || view.fullResync() ? loop.applied : 0;
            if (waits < static_cast<std::int64_t>(waitsMs.size()))
                next = plusMs(now, waitsMs[static_cast<std::size_t>(waits)]);
            recordSuccess(unit, view.tenant, connection.id, now);
            if (view.fullResync())
            {
                loop.applied = next ? waits + 1 : 0;
                loops.save(loop);
                return success();
            }
            if (!next)
            {
                loops.remove(view.connectionId);
                return success();
            }
            loop = LoopRecord{};
            loop.connectionId = view.connectionId;
            loop.loopId = newId(parts_.random, "loop");
            loop.state = loopState::waiting;
            loop.applied = waits + 1;
            loop.startedAt = now;
            loops.save(loop);
            return success();
        });
    if (!written.ok()) return isPassedOver(written.error()) ? Step(done()) : written.error();
    return next ? again(*next) : done();
}

Step SyncLoop::applyPage(const View& view, const store::JobLease& lease,
    const TransactionPage& page, const RemovalJudgement& removals)
{
    const UtcTime now = parts_.clock.now();
    const auto applied = parts_.database.write(
        [&](Unit& unit) -> Result<Ended>
        {
            BF_LET(connection, enter(unit, view, lease));
            const auto accounts =
                store::LinkedAccountRepository(unit, view.tenant).ofConnection(view.connectionId);
            const ApplyScope scope{view.tenant, view.provider, view.connectionId,
                view.generation + 1, false, now, removals, "", parts_.rules};
            const std::vector<IncomingRow> incoming = incomingOf(page);
            ApplyReport report = applyRows(unit, scope, accounts, incoming, parts_.random);
            if (report.lookFirst) return lookFirst();
            const std::string history = wordOf(page.history, view.history);
            // What the bank has not shown again by the end of what it has to say is not there.
            const auto missed =
                history == "complete" ? forgottenFrom(unit, view) : std::vector<IncomingRow>{};
            if (!missed.empty() && missed.size() + incoming.size() <= limits::rowsPerUnit)
                report.add(applyRows(unit, scope, accounts, missed, parts_.random));
            if (report.lookFirst) return lookFirst();
            if (view.history == "complete")
                noteEarlyRows(
                    unit, view.tenant, connection, accounts, incoming, parts_.random, now);
            Ended end = finish(unit, view, connection, page.nextCursor, history,
                rowsOf(page) > 0 ? std::optional(report.counts) : std::nullopt);
            noteApplied(unit, view, connection, accounts, report, end);
            return end;
        });
    if (applied.ok() || !asksToLook(applied.error())) return ended(applied);
    BF_LET(looked, lookAtAccounts(view));
    return applyPage(view, lease, page, looked);
}

Result<RemovalJudgement> SyncLoop::lookAtAccounts(const View& view)
{
    BF_LET(token, parts_.tokens.accessToken(view.tenant, view.connectionId));
    BF_LET(accounts, parts_.provider.accounts(token));
    RemovalJudgement judgement;
    judgement.looked = true;
    judgement.shownAccounts = marksOf(accounts);
    return judgement;
}

Step SyncLoop::judgeRemovals(const View& view, const store::JobLease& lease)
{
    BF_LET(looked, lookAtAccounts(view));
    auto judged = parts_.database.write(
        [&](Unit& unit) -> Result<void>
        {
            BF_TRY(enter(unit, view, lease));
            store::SyncLoopRepository loops(unit, view.tenant);
            LoopRecord loop = *view.loop;
            const bool staged = !loops.staged(loop, 1).empty();
            loop.looked = staged ? lookedForStage : lookedForResync;
            loop.shownAccounts = textOf(looked.shownAccounts);
            store::TransactionRepository mirror(unit, view.tenant);
            const std::int64_t generation = view.generation + 1;
            loop.heldRemovals = textOf(waitingOf(mirror,
                staged ? mirror.turnoverOfStage(
                             view.connectionId, loop.loopId, generation, loop.startedAt)
                       : mirror.turnoverOfResync(view.connectionId, generation, loop.startedAt)));
            loops.save(loop);
            return success();
        });
    if (!judged.ok()) return isPassedOver(judged.error()) ? Step(done()) : judged.error();
    return again(parts_.clock.now());
}

Step SyncLoop::stagePage(
    const View& view, const store::JobLease& lease, const TransactionPage& page)
{
    const UtcTime now = parts_.clock.now();
    auto staged = parts_.database.write(
        [&](Unit& unit) -> Result<void>
        {
            BF_TRY(enter(unit, view, lease));
            LoopRecord loop;
            if (view.staging())
                loop = *view.loop;
            else
            {
                loop.connectionId = view.connectionId;
                loop.loopId = newId(parts_.random, "loop");
                loop.state = loopState::staging;
                loop.startCursor = view.connectionCursor;
                loop.startedAt = now;
                loop.history = view.history;
            }
            store::SyncLoopRepository loops(unit, view.tenant);
            loops.stage(loop, page);
            loop.pages += 1;
            loop.rowCount += static_cast<std::int64_t>(rowsOf(page));
            loop.cursor = page.nextCursor;
            loop.progressAt = now;
            loop.history = wordOf(page.history, loop.history);
            if (!page.hasMore)
            {
                loop.state = loopState::sealed;
                loop.applied = 0;
                store::ConnectionRepository(unit, view.tenant)
                    .setSyncPosition(
                        view.connectionId, page.nextCursor, view.history, view.generation);
            }
            loops.save(loop);
            return success();
        });
    if (!staged.ok()) return isPassedOver(staged.error()) ? Step(done()) : staged.error();
    // A page is not yet a loop: one that fails at the same page again and again must come to its
    // longer pauses, and to a notice.
    return page.hasMore ? onTheWay(now) : again(now);
}

Step SyncLoop::applyStaged(const View& view, const store::JobLease& lease)
{
    const UtcTime now = parts_.clock.now();
    bool more = false;
    auto applied = parts_.database.write(
        [&](Unit& unit) -> Result<Ended>
        {
            BF_LET(connection, enter(unit, view, lease));
            store::SyncLoopRepository loops(unit, view.tenant);
            LoopRecord loop = *view.loop;
            const auto accounts =
                store::LinkedAccountRepository(unit, view.tenant).ofConnection(view.connectionId);
            ApplyScope scope{view.tenant, view.provider, view.connectionId, view.generation + 1,
                loop.fullResync, now, {}, loop.loopId, parts_.rules};
            const auto staged = loops.staged(loop, limits::rowsPerUnit);
            scope.removals = {loop.looked == (staged.empty() ? lookedForResync : lookedForStage),
                wordsIn(loop.shownAccounts), wordsIn(loop.heldRemovals)};
            std::vector<IncomingRow> incoming = incomingOf(staged);
            // Only a history that is all there says what is not in it.
            if (staged.empty() && loop.fullResync && loop.history == "complete")
                incoming = missingFrom(unit, view, scope.generation);
            const ApplyReport report = applyRows(unit, scope, accounts, incoming, parts_.random);
            if (report.lookFirst) return lookFirst();
            if (view.history == "complete")
                noteEarlyRows(
                    unit, view.tenant, connection, accounts, incoming, parts_.random, now);

            more = !incoming.empty() && (loop.fullResync || staged.size() == limits::rowsPerUnit);
            Ended end;
            if (!staged.empty()) loops.discard(loop, staged.back().ordinal);
            loop.counts.add(report.counts);
            if (more)
            {
                loop.applied += static_cast<std::int64_t>(staged.size());
                loops.save(loop);
            }
            else
                end = finish(unit, view, connection, connection.cursor, loop.history, loop.counts);
            noteApplied(unit, view, connection, accounts, report, end);
            return end;
        });
    if (!applied.ok() && asksToLook(applied.error())) return judgeRemovals(view, lease);
    if (!applied.ok() || !more) return ended(applied);
    const auto step = ended(applied);
    return step.ok() ? Step(again(now)) : step;
}

std::vector<IncomingRow> SyncLoop::forgottenFrom(Unit& unit, const View& view)
{
    std::vector<IncomingRow> incoming;
    if (view.forgotten.empty()) return incoming;
    for (const auto& row : store::TransactionRepository(unit, view.tenant)
                               .forgottenOf(view.connectionId, limits::rowsPerUnit))
    {
        if (!view.forgotten.contains(row.rootKey)) continue;
        IncomingRow one;
        one.removed = true;
        one.row.providerTransactionId = row.providerTransactionId;
        one.row.providerAccountId = row.providerAccountId;
        incoming.push_back(std::move(one));
    }
    return incoming;
}

std::vector<IncomingRow> SyncLoop::missingFrom(
    Unit& unit, const View& view, std::int64_t generation)
{
    std::vector<IncomingRow> incoming;
    for (const auto& row : store::TransactionRepository(unit, view.tenant)
                               .notSeen(view.connectionId, generation, limits::rowsPerUnit))
    {
        IncomingRow one;
        one.removed = true;
        one.row.providerTransactionId = row.providerTransactionId;
        one.row.providerAccountId = row.providerAccountId;
        incoming.push_back(std::move(one));
    }
    return incoming;
}

void SyncLoop::noteApplied(Unit& unit, const View& view, const store::Connection& connection,
    const std::vector<store::LinkedAccount>& accounts, const ApplyReport& applied, Ended& end)
{
    const UtcTime now = parts_.clock.now();
    end.booked = applied.changes > 0;
    end.applied = applied;
    if (applied.keptChanged) noteKept(unit, view.tenant, connection, accounts, parts_.random, now);
    if (!applied.accountsUnknown && !applied.accessLost) return;
    end.asked = true;
    store::JobRepository(unit).ask(
        parts_.random, view.tenant, store::job::refresh, connection.id, now);
}

SyncLoop::Ended SyncLoop::finish(Unit& unit, const View& view, const store::Connection& connection,
    const std::string& cursor, const std::string& history,
    const std::optional<store::SyncCounts>& brought)
{
    const UtcTime now = parts_.clock.now();
    store::ConnectionRepository(unit, view.tenant)
        .recordSync(connection.id, now, brought.value_or(store::SyncCounts{}));
    store::ConnectionRepository(unit, view.tenant)
        .setSyncPosition(connection.id, cursor, history, view.generation + 1);
    recordSuccess(unit, view.tenant, connection.id, now);

    Ended end;
    store::SyncLoopRepository loops(unit, view.tenant);
    const bool waited = view.loop && view.loop->state == loopState::waiting && !brought;
    const std::int64_t waits = waited ? view.loop->applied : 0;
    if (awaitsHistory(history) && waits < static_cast<std::int64_t>(waitsMs.size()))
    {
        end.lookAgain = plusMs(now, waitsMs[static_cast<std::size_t>(waits)]);
        LoopRecord loop;
        loop.connectionId = connection.id;
        loop.loopId = newId(parts_.random, "loop");
        loop.state = loopState::waiting;
        loop.applied = waits + 1;
        loop.startedAt = now;
        loops.save(loop);
    }
    else if (view.loop)
        loops.remove(connection.id);

    // They are judged by a loop that begins after they were remembered, and is short.
    if (history == "complete" &&
        !store::TransactionRepository(unit, view.tenant).forgottenOf(connection.id, 1).empty())
    {
        end.asked = true;
        store::JobRepository(unit).ask(
            parts_.random, view.tenant, store::job::sync, connection.id, now);
    }

    bool feeds = false;
    const bool becameComplete = history == "complete" && connection.history != history;
    store::SuccessionRepository places(unit, view.tenant);
    store::NoticeRepository notices(unit, view.tenant);
    for (const auto& link :
        store::AccountLinkRepository(unit, view.tenant).currentOfConnection(connection.id))
    {
        if (link.state != store::linkState::active) continue;
        feeds = true;
        // With what this loop brought it may be certain by now that they are new, or that some that
        // are booked are shown no more.
        if ((becameComplete && places.goesOn(link.feedId)) ||
            places.overlapSpan(link.bankAccountId) ||
            notices.isOpen(store::notice::overlapHeld, link.bankAccountId))
        {
            end.asked = true;
            store::JobRepository(unit).ask(
                parts_.random, view.tenant, store::job::release, link.id, now);
        }
        if (!isWanted(link) || history != "complete") continue;
        end.asked = true;
        const bool due = link.opening == store::openingState::due;
        store::JobRepository(unit).ask(parts_.random, view.tenant, store::job::opening, link.id,
            now, plusMs(now, due ? openingAfterMs : openingCheckAfterMs));
    }
    if (feeds)
    {
        // When the books have had the time to take what this loop brought.
        store::JobRepository(unit).ask(parts_.random, view.tenant, store::job::proof, connection.id,
            now, plusMs(now, proofAfterMs));
    }
    return end;
}

Step SyncLoop::ended(const Result<Ended>& ended)
{
    if (!ended.ok()) return isPassedOver(ended.error()) ? Step(done()) : ended.error();
    const Ended& end = ended.value();
    if (end.booked) parts_.wake.wake(WakeReason::Pump);
    if (end.asked) parts_.wake.wake(WakeReason::Jobs);
    if (end.applied.moved > 0)
        parts_.log.write(LogLevel::Warning, "sync",
            "The bank shows " + std::to_string(end.applied.moved) +
                " transactions under another account than before; they stay where they were.");
    return end.lookAgain ? again(*end.lookAgain) : done();
}

} // namespace bankfeed::sync
