// Polling: with every webhook lost, or with no public address at all, nothing is missed, it only
// comes later.
#pragma once

#include "base/Clock.h"
#include "base/Random.h"
#include "engine/ForgeryWatch.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <atomic>
#include <cstdint>
#include <functional>

namespace bankfeed::engine
{

class Schedule
{
public:
    /// intervalMs: how old the last look at a connection may be. startedAt: every connection is
    /// looked at once after it. verdicts: see ForgeryWatch.
    Schedule(
        store::Database& database, Clock& clock, Random& random, std::int64_t intervalMs,
        UtcTime startedAt,
        std::function<WebhookVerdicts()> verdicts = [] { return WebhookVerdicts{}; });

    /// Asks for refresh and sync of what is due, up to 200 connections a step and spread
    /// over the time until the next one, so that 10,000 take some minutes; deletes what is past
    /// its time.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

    /// Whatever was looked at before `moment` is due, as it is after a start. Any thread.
    void lookAgainAfter(UtcTime moment) { startedAtNs_ = moment.ns; }

private:
    [[nodiscard]] UtcTime somewhenWithin(UtcTime now, std::int64_t ms);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    std::int64_t intervalMs_;
    std::atomic<std::int64_t> startedAtNs_;
    ForgeryWatch forgeries_;
};

} // namespace bankfeed::engine
