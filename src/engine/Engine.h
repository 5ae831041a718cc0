// Runs jobs: one at a time per call, durable, fenced.
#pragma once

#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "engine/ConnectionHealth.h"
#include "engine/WorkShares.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace bankfeed::engine
{

/// Does one bounded step of a job. Errors are those of the provider, the store or the ledger; the
/// engine decides when to try again. May throw BrokenInvariant.
using JobHandler = std::function<Result<store::JobEnd>(const store::JobLease&)>;

class Engine
{
public:
    /// All references must outlive this object. `handlers` has one entry per kind of job.
    Engine(store::Database& database, Clock& clock, Random& random, Log& log,
        ConnectionHealth& health, std::map<std::string, JobHandler, std::less<>> handlers);

    /// Says how many threads call runNext, once, before they begin: see WorkShares.
    void share(int workers) { shares_.share(workers); }

    /// Claims and runs one job that is due. False when none is that may run now. Any thread,
    /// several at once.
    /// Errors are those of the store; the caller waits a little and calls again.
    [[nodiscard]] Result<bool> runNext();

    /// When the next job is due that may run then; nothing when there is none.
    [[nodiscard]] Result<std::optional<UtcTime>> nextDue();

private:
    struct Ended
    {
        store::JobEnd end;
        bool well = false; ///< The handler did its step, without an error.
    };
    [[nodiscard]] Result<std::optional<store::JobLease>> claim(
        std::optional<WorkShares::Place>& place);
    [[nodiscard]] Ended run(const store::JobLease& lease);
    [[nodiscard]] Result<bool> end(
        const store::JobLease& lease, const Ended& ended, UtcTime startedAt);
    [[nodiscard]] store::JobEnd hold(const store::JobLease& lease, const std::string& what);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    ConnectionHealth& health_;
    WorkShares shares_;
    std::mutex claiming_; ///< From the look at the shares until the place in them is taken.
    std::map<std::string, JobHandler, std::less<>> handlers_;
};

} // namespace bankfeed::engine
