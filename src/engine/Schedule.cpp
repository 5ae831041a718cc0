#include "engine/Schedule.h"

#include "store/ConnectionRepository.h"
#include "store/InboxRepository.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t connectionsPerStep = 200;
constexpr std::int64_t roundMs = 60'000;
constexpr std::int64_t inboxKeptMs = std::int64_t{30} * 86'400'000;

} // namespace

Schedule::Schedule(store::Database& database, Clock& clock, Random& random, std::int64_t intervalMs,
    UtcTime startedAt)
    : database_(database),
      clock_(clock),
      random_(random),
      intervalMs_(intervalMs),
      startedAtNs_(startedAt.ns)
{
}

Result<store::JobEnd> Schedule::run(const store::JobLease& lease)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            const UtcTime now = clock_.now();
            store::JobRepository jobs(unit);
            if (!jobs.holds(lease)) return store::JobEnd{};
            const UtcTime before = std::max(plusMs(now, -intervalMs_), UtcTime{startedAtNs_});
            const auto due =
                store::ConnectionRepository::dueForPoll(unit, before, connectionsPerStep);
            for (const auto& one : due)
            {
                // Marked now, so that the next round does not ask again while these jobs wait their
                // turn.
                store::ConnectionRepository(unit, one.tenant).recordAttempt(one.connectionId, now);
                jobs.ask(random_, one.tenant, store::job::refresh, one.connectionId, now);
                // A repair whose webhook was lost shows in the state; until then nothing can be
                // read.
                if (!one.needsUser)
                    jobs.ask(random_, one.tenant, store::job::sync, one.connectionId, now);
            }
            store::InboxRepository(unit).prune(plusMs(now, -inboxKeptMs));
            const bool more = std::ssize(due) == connectionsPerStep;
            const UtcTime next = more ? now : plusMs(now, std::min(roundMs, intervalMs_));
            return store::JobEnd{store::JobEnd::Kind::Again, next, {}, {}};
        });
}

} // namespace bankfeed::engine
