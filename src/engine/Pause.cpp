#include "engine/Pause.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "engine/BankJobs.h"
#include "engine/TenantErasure.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"

namespace bankfeed::engine
{

namespace
{

Result<store::Connection> pausable(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId)
{
    auto found = store::ConnectionRepository(unit, tenant).lock(connectionId);
    if (!found) return Error::notFound("connection.unknown", "There is no such connection.");
    if (found->removedAt)
        return Error::conflict("connection.removed", "The connection has been ended.");
    return std::move(*found);
}

/// The connection that a job asks the bank about; "" when there is none any more.
std::string connectionOf(store::Unit& unit, const store::JobLease& lease)
{
    if (lease.kind != store::job::opening) return lease.subject;
    const auto link = store::AccountLinkRepository(unit, lease.tenant).find(lease.subject);
    if (!link) return {};
    const auto account = store::BankAccountRepository(unit, lease.tenant).find(link->bankAccountId);
    return account ? account->connectionId : std::string();
}

} // namespace

Result<bool> isLeftAlone(store::Database& database, const store::JobLease& lease)
{
    return database.read(
        [&](store::Unit& unit) -> Result<bool>
        {
            if (isErasing(unit, lease.tenant)) return true;
            if (!asksTheProviderByItself(lease.kind)) return false;
            const std::string id = connectionOf(unit, lease);
            const auto connection = store::ConnectionRepository(unit, lease.tenant).find(id);
            if (connection && connection->pausedAt) return true;
            return store::JobRepository(unit)
                .status(lease.tenant, store::job::disconnect, id)
                .exists;
        });
}

Result<void> pauseConnection(store::Unit& unit, const std::string& tenant,
    const std::string& connectionId, const store::Actor& who, UtcTime now)
{
    BF_LET(connection, pausable(unit, tenant, connectionId));
    if (connection.pausedAt) return success();
    store::ConnectionRepository(unit, tenant).pause(connectionId, now, who.name);
    store::AuditRepository(unit, tenant)
        .append(now, who, "connection.paused", connectionId,
            JsonObject().text("institution", connection.institutionName).json());
    return success();
}

Result<void> resumeConnection(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, const store::Actor& who, UtcTime now)
{
    BF_LET(connection, pausable(unit, tenant, connectionId));
    if (!connection.pausedAt) return success();
    store::ConnectionRepository(unit, tenant).resume(connectionId);
    store::JobRepository jobs(unit);
    jobs.askAtOnce(random, tenant, store::job::refresh, connectionId, now);
    jobs.askAtOnce(random, tenant, store::job::sync, connectionId, now);
    store::AuditRepository(unit, tenant)
        .append(now, who, "connection.resumed", connectionId,
            JsonObject()
                .text("institution", connection.institutionName)
                .text("paused_since", rfc3339(*connection.pausedAt))
                .json());
    return success();
}

} // namespace bankfeed::engine
