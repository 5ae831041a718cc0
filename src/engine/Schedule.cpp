#include "engine/Schedule.h"

#include "engine/BankOutages.h"
#include "store/BankChangeRepository.h"
#include "store/ConnectionRepository.h"
#include "store/ImportRepository.h"
#include "store/InboxRepository.h"
#include "store/InstitutionRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/LinkSessionRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>
#include <utility>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t connectionsPerStep = 200;
/// A step's connections are read over so long, and the next step comes when they are: some 1,200
/// connections a minute, well within what the provider allows one client.
constexpr std::int64_t stepMs = 10'000;
/// So few are read at once: nobody notices, and nobody waits.
constexpr std::int64_t readAtOnce = 10;
constexpr std::int64_t roundMs = 60'000;
constexpr std::int64_t inboxKeptMs = std::int64_t{30} * 86'400'000;
/// What a run booked, as something that can be taken back; the rows themselves stay.
constexpr std::int64_t importsKeptMs = std::int64_t{400} * 86'400'000;
/// Notices that were cleared, link sessions that ended, ledger accounts that were made.
constexpr std::int64_t endedKeptMs = std::int64_t{90} * 86'400'000;

} // namespace

Schedule::Schedule(store::Database& database, Clock& clock, Random& random, std::int64_t intervalMs,
    UtcTime startedAt, std::function<WebhookVerdicts()> verdicts)
    : database_(database),
      clock_(clock),
      random_(random),
      intervalMs_(intervalMs),
      startedAtNs_(startedAt.ns),
      forgeries_(std::move(verdicts))
{
}

/// Spread evenly and without a pattern, so that many connections make no storm.
UtcTime Schedule::somewhenWithin(UtcTime now, std::int64_t ms)
{
    const auto span = static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 1));
    return plusMs(now, static_cast<std::int64_t>(random_.u64() % span));
}

Result<store::JobEnd> Schedule::run(const store::JobLease& lease)
{
    const UtcTime now = clock_.now();
    const auto judged = forgeries_.judge(now);
    auto end = database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            store::JobRepository jobs(unit);
            if (!jobs.holds(lease)) return store::JobEnd{};
            // A clock that was ahead may have written either moment: it does not count then.
            const UtcTime started{startedAtNs_};
            const UtcTime interval = plusMs(now, -intervalMs_);
            const UtcTime before = started > now ? interval : std::max(interval, started);
            const auto due = store::ConnectionRepository::dueForPoll(
                unit, before, connectionsPerStep, plusMs(now, store::scheduleAheadMs));
            const bool more = std::ssize(due) == connectionsPerStep;
            const std::int64_t spreadMs = std::min(stepMs, intervalMs_ / 50);
            for (const auto& one : due)
            {
                const UtcTime at =
                    std::ssize(due) <= readAtOnce ? now : somewhenWithin(now, spreadMs);
                // Marked now, so that the next round does not ask again while these jobs wait their
                // turn.
                store::ConnectionRepository(unit, one.tenant).recordAttempt(one.connectionId, now);
                jobs.ask(random_, one.tenant, store::job::refresh, one.connectionId, now, at);
                // A repair whose webhook was lost shows in the state; until then nothing can be
                // read.
                if (!one.needsUser)
                    jobs.ask(random_, one.tenant, store::job::sync, one.connectionId, now, at);
            }
            ForgeryWatch::apply(unit, random_, judged, now);
            BankOutages::forgetStale(unit, now);
            store::InboxRepository(unit).prune(plusMs(now, -inboxKeptMs));
            store::NoticeRepository::prune(unit, plusMs(now, -endedKeptMs));
            store::LinkSessionRepository::prune(unit, plusMs(now, -endedKeptMs));
            store::ImportRepository::prune(unit, plusMs(now, -importsKeptMs));
            store::BankChangeRepository::prune(unit, plusMs(now, -importsKeptMs));
            store::InstitutionRepository::prune(unit, plusMs(now, -endedKeptMs));
            store::LedgerAccountRepository::pruneWishes(unit, plusMs(now, -endedKeptMs));
            const UtcTime next = plusMs(now, more ? spreadMs : std::min(roundMs, intervalMs_));
            return store::JobEnd{store::JobEnd::Kind::Again, next, {}, {}};
        });
    if (end.ok()) forgeries_.applied(judged);
    return end;
}

} // namespace bankfeed::engine
