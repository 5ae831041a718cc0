#include "engine/Engine.h"

#include "base/Limits.h"
#include "store/NoticeRepository.h"

#include <exception>
#include <utility>

namespace bankfeed::engine
{

namespace
{

/// How long a subject rests after a state that must not exist.
constexpr std::int64_t holdMs = 3'600'000;

} // namespace

Engine::Engine(store::Database& database, Clock& clock, Random& random, Log& log,
    ConnectionHealth& health, std::map<std::string, JobHandler, std::less<>> handlers)
    : database_(database),
      clock_(clock),
      random_(random),
      log_(log),
      health_(health),
      handlers_(std::move(handlers))
{
}

Result<bool> Engine::runNext()
{
    BF_LET(
        lease, database_.write([&](store::Unit& unit) -> Result<std::optional<store::JobLease>>
                   { return store::JobRepository(unit).claim(clock_.now(), limits::jobLeaseMs); }));
    if (!lease) return false;

    const store::JobEnd end = run(*lease);

    // When this is lost the lease runs out and the job runs again: every handler can be repeated.
    BF_TRY(database_.write([&](store::Unit& unit) -> Result<bool>
        { return store::JobRepository(unit).end(*lease, clock_.now(), end); }));
    return true;
}

store::JobEnd Engine::run(const store::JobLease& lease)
{
    const auto handler = handlers_.find(lease.kind);
    if (handler == handlers_.end())
        return hold(lease, "there is no handler for jobs of kind " + lease.kind);
    try
    {
        const auto end = handler->second(lease);
        if (end.ok()) return *end;
        return health_.afterFailure(lease, end.error());
    }
    catch (const std::exception& broken)
    {
        return hold(lease, broken.what());
    }
}

store::JobEnd Engine::hold(const store::JobLease& lease, const std::string& what)
{
    log_.write(LogLevel::PluginMisbehaving, "engine",
        "The job " + lease.kind + " of " + lease.subject +
            " met a state that must not exist, and rests for an hour: " + what);
    const UtcTime now = clock_.now();
    if (!lease.tenant.empty())
    {
        const auto noticed = database_.write(
            [&](store::Unit& unit) -> Result<void>
            {
                store::NoticeRepository(unit, lease.tenant)
                    .open(
                        random_, store::notice::brokenInvariant, lease.subject, "error", "{}", now);
                return success();
            });
        if (!noticed.ok())
            log_.write(
                LogLevel::Error, "engine", "No notice could be opened: " + noticed.error().text);
    }
    return {store::JobEnd::Kind::Failed, plusMs(now, holdMs), "broken_invariant",
        "Held after an internal error."};
}

Result<std::optional<UtcTime>> Engine::nextDue()
{
    return database_.read([](store::Unit& unit) -> Result<std::optional<UtcTime>>
        { return store::JobRepository(unit).nextDue(); });
}

} // namespace bankfeed::engine
