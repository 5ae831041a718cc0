// Polling: with every webhook lost, or with no public address at all, nothing is missed, it only
// comes later.
#pragma once

#include "base/Clock.h"
#include "base/Random.h"
#include "store/Database.h"
#include "store/JobRepository.h"

namespace bankfeed::engine
{

class Schedule
{
public:
    /// intervalMs: how old the last look at a connection may be. startedAt: every connection is
    /// looked at once after it.
    Schedule(store::Database& database, Clock& clock, Random& random, std::int64_t intervalMs,
        UtcTime startedAt);

    /// Asks for refresh and sync of what is due, up to 200 connections a step; deletes what is past
    /// its time.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    store::Database& database_;
    Clock& clock_;
    Random& random_;
    std::int64_t intervalMs_;
    UtcTime startedAt_;
};

} // namespace bankfeed::engine
