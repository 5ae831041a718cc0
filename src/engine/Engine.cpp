#include "engine/Engine.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/ImportRepository.h"
#include "store/LinkSessionRepository.h"
#include "store/NoticeRepository.h"

#include <exception>
#include <utility>

namespace bankfeed::engine
{

namespace
{

/// How long a subject rests after a state that must not exist.
constexpr std::int64_t holdMs = 3'600'000;
constexpr std::string_view brokenCode = "broken_invariant";

struct About
{
    std::string subject; ///< The connection, where there is one; else the job's subject.
    std::string institution;
    bool connection = false;
};

/// What a person knows of a job.
About aboutOf(store::Unit& unit, const store::JobLease& lease)
{
    std::string connectionId = lease.subject;
    About about{lease.subject, "", false};
    if (lease.kind == store::job::linkSession)
    {
        const auto session = store::LinkSessionRepository(unit, lease.tenant).find(lease.subject);
        if (!session) return about;
        about.institution = session->institutionName;
        connectionId = session->connectionId.value_or("");
    }
    else if (lease.kind == store::job::release || lease.kind == store::job::opening ||
             lease.kind == store::job::takeBack)
    {
        const auto link = store::AccountLinkRepository(unit, lease.tenant).find(lease.subject);
        if (!link) return about;
        const auto account =
            store::BankAccountRepository(unit, lease.tenant).find(link->bankAccountId);
        if (!account) return about;
        connectionId = account->connectionId;
    }
    else if (lease.kind == store::job::import)
    {
        const auto import = store::ImportRepository(unit, lease.tenant).find(lease.subject);
        if (!import) return about;
        connectionId = import->connectionId;
    }
    const auto connection = store::ConnectionRepository(unit, lease.tenant).find(connectionId);
    if (!connection) return about;
    return {connection->id, connection->institutionName, true};
}

/// A job went well: the notice of its broken invariant goes, unless another job of the same
/// connection is on hold.
void clearBroken(store::Unit& unit, const store::JobLease& lease, UtcTime now)
{
    if (lease.tenant.empty()) return;
    store::NoticeRepository notices(unit, lease.tenant);
    if (!notices.anyOpen(store::notice::brokenInvariant)) return;
    const About about = aboutOf(unit, lease);
    if (about.connection &&
        store::JobRepository(unit).anyEndedWith(lease.tenant, about.subject, brokenCode))
        return;
    notices.clear(store::notice::brokenInvariant, about.subject, now);
}

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

Result<std::optional<store::JobLease>> Engine::claim(std::optional<WorkShares::Place>& place)
{
    const std::lock_guard lock(claiming_);
    const auto allowed = shares_.limits();
    BF_LET(lease, database_.write(
                      [&](store::Unit& unit) -> Result<std::optional<store::JobLease>> {
                          return store::JobRepository(unit).claim(
                              clock_.now(), limits::jobLeaseMs, allowed);
                      }));
    if (lease) place.emplace(shares_, *lease);
    return lease;
}

Result<bool> Engine::runNext()
{
    std::optional<WorkShares::Place> place;
    BF_LET(lease, claim(place));
    if (!lease) return false;

    const UtcTime startedAt = clock_.now();
    const Ended ended = run(*lease);

    // When this is lost the lease runs out and the job runs again: every handler can be repeated.
    BF_TRY(end(*lease, ended, startedAt));
    return true;
}

Result<bool> Engine::end(const store::JobLease& lease, const Ended& ended, UtcTime startedAt)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<bool>
        {
            const UtcTime now = clock_.now();
            if (!store::JobRepository(unit).end(lease, now, ended.end)) return false;
            if (!ended.well) return true;
            clearBroken(unit, lease, now);
            if (health_.outages().wentWell(unit, lease, startedAt, now))
                health_.readWell(unit, lease.tenant, lease.subject, now);
            return true;
        });
}

Engine::Ended Engine::run(const store::JobLease& lease)
{
    const auto handler = handlers_.find(lease.kind);
    if (handler == handlers_.end())
        return {hold(lease, "there is no handler for jobs of kind " + lease.kind), false};
    try
    {
        const auto held = health_.outages().gate(lease);
        if (!held.ok()) return {health_.afterFailure(lease, held.error()), false};
        if (*held) return {**held, false};
        const auto end = handler->second(lease);
        if (end.ok()) return {*end, true};
        return {health_.afterFailure(lease, end.error()), false};
    }
    catch (const std::exception& broken)
    {
        return {hold(lease, broken.what()), false};
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
                if (!store::JobRepository(unit).holds(lease)) return success();
                const About about = aboutOf(unit, lease);
                store::NoticeRepository(unit, lease.tenant)
                    .open(random_, store::notice::brokenInvariant, about.subject, "error",
                        JsonObject().text("institution", about.institution).json(), now);
                return success();
            });
        if (!noticed.ok())
            log_.write(
                LogLevel::Error, "engine", "No notice could be opened: " + noticed.error().text);
    }
    return {store::JobEnd::Kind::Failed, plusMs(now, holdMs), std::string(brokenCode),
        "Held after an internal error."};
}

Result<std::optional<UtcTime>> Engine::nextDue()
{
    const auto allowed = shares_.limits();
    return database_.read([&](store::Unit& unit) -> Result<std::optional<UtcTime>>
        { return store::JobRepository(unit).nextDue(allowed); });
}

} // namespace bankfeed::engine
