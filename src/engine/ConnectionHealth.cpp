#include "engine/ConnectionHealth.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "base/Limits.h"
#include "engine/AnnouncedEnd.h"
#include "engine/MissingOpenings.h"
#include "store/AuditRepository.h"
#include "store/ConnectionRepository.h"
#include "store/InstitutionRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t expiringWithinDays = 14;
constexpr std::int64_t backoffBaseMs = 1'000;
constexpr std::int64_t backoffCapMs = 300'000;
constexpr std::int64_t rateLimitLeastMs = 30'000;
constexpr std::int64_t laterMs = 3'600'000;
constexpr std::int64_t waitMs = 60'000;
constexpr std::int64_t failuresBeforeNotice = 5;
constexpr std::uint64_t budgetSpreadMs = 10'000;

bool isConnectionJob(const store::JobLease& lease)
{
    return lease.kind == store::job::refresh || lease.kind == store::job::sync ||
           lease.kind == store::job::disconnect;
}

std::string failureParams(
    const store::Connection& connection, const Error& error, const store::JobEnd& end)
{
    return JsonObject()
        .text("institution", connection.institutionName)
        .text("code", error.providerCode.empty() ? error.code : error.providerCode)
        .text("text", error.text)
        .text("request_id", error.providerRequestId)
        .text("next_try_at",
            end.kind == store::JobEnd::Kind::Failed ? rfc3339(end.dueAt) : std::string())
        .json();
}

std::string institutionParams(
    const store::Connection& connection, const std::string& code, const Error& error)
{
    return JsonObject()
        .text("institution", connection.institutionName)
        .text("code", code)
        .text("request_id", error.providerRequestId)
        .json();
}

/// Full jitter: between zero and base * 2^attempts, capped. Spreads the tries of many connections.
std::int64_t backoffMs(Random& random, std::int64_t attempts)
{
    const std::int64_t doublings = std::clamp<std::int64_t>(attempts, 0, 12);
    const std::int64_t ceiling = std::min(backoffCapMs, backoffBaseMs << doublings);
    return 100 + static_cast<std::int64_t>(random.u64() % static_cast<std::uint64_t>(ceiling));
}

} // namespace

ConnectionHealth::ConnectionHealth(
    store::Database& database, Clock& clock, Random& random, Log& log)
    : database_(database),
      clock_(clock),
      random_(random),
      log_(log),
      outages_(database, clock, random)
{
}

void ConnectionHealth::wentWell(store::Unit& unit, const std::string& tenant,
    const std::string& connectionId, const ConnectionFacts& facts, UtcTime now)
{
    store::ConnectionRepository connections(unit, tenant);
    store::NoticeRepository notices(unit, tenant);
    const auto connection = connections.find(connectionId);
    if (!connection) return;
    // The bank's own word on its name goes before the connection's.
    const auto bank = store::InstitutionRepository(unit, tenant).find(facts.institutionId);
    connections.setFacts(connectionId, facts.institutionId,
        bank && !bank->name.empty() ? bank->name : facts.institutionName, facts.lastGoodUpdateAt);
    connections.setConsentEndsAt(connectionId, facts.consentEndsAt);
    outages_.answered(unit, tenant,
        facts.institutionId.empty() ? connection->institutionId : facts.institutionId,
        store::job::refresh, now);
    connections.clearErrorOf(connectionId, store::job::refresh);
    // The login is well, as it was when the reading was refused: see readWell.
    if (connection->stateByReading) return;
    notices.clear(store::notice::needsLogin, connectionId, now);
    notices.clear(store::notice::accessRevoked, connectionId, now);
    // It stands for both jobs that ask the bank: it goes when neither fails any more. A sync that
    // was refused for good has no job that fails.
    if (!connection->syncFailed &&
        store::JobRepository(unit).status(tenant, store::job::sync, connectionId).attempts == 0)
        notices.clear(store::notice::syncFailing, connectionId, now);

    const bool expiring = facts.consentEndsAt && facts.consentEndsAt->ns - now.ns <
                                                     expiringWithinDays * 86'400 * nsPerSecond;
    if (expiring)
    {
        const auto params = JsonObject()
                                .text("institution", connection->institutionName)
                                .text("ends_at", rfc3339(*facts.consentEndsAt))
                                .json();
        notices.open(random_, store::notice::consentEnding, connectionId,
            severityOfEnd(*facts.consentEndsAt, now), params, now);
    }
    else
    {
        notices.clear(store::notice::consentEnding, connectionId, now);
    }
    if (connection->ended()) forgetMissingOpenings(unit, tenant, connectionId, now);
    settleAnnouncedEnd(unit, random_, tenant, *connection, facts, expiring, now);
    // The webhook of a repair may be lost: what was not read while a login was missing is read now.
    if (connection->state == store::connectionState::needsUser || connection->ended())
        store::JobRepository(unit).ask(random_, tenant, store::job::sync, connectionId, now);
    changeState(unit, tenant, connectionId,
        expiring ? store::connectionState::expiring : store::connectionState::healthy, "", now);
}

void ConnectionHealth::changeState(store::Unit& unit, const std::string& tenant,
    const std::string& connectionId, std::string_view state, const std::string& reason, UtcTime now,
    bool byReading)
{
    store::ConnectionRepository connections(unit, tenant);
    const auto connection = connections.lock(connectionId);
    if (!connection || connection->removedAt) return;
    if (connection->state == state && connection->stateReason == reason &&
        connection->stateByReading == byReading)
        return;
    connections.setState(connectionId, state, reason, byReading);
    if (connection->state == state) return;
    const auto detail = JsonObject()
                            .text("from", connection->state)
                            .text("to", state)
                            .text("reason", reason)
                            .json();
    store::AuditRepository(unit, tenant)
        .append(now, store::Actor::system(), "connection.state_changed", connectionId, detail);
}

void ConnectionHealth::readWell(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now)
{
    const auto connection = store::ConnectionRepository(unit, tenant).find(connectionId);
    if (!connection || !connection->stateByReading) return;
    store::NoticeRepository notices(unit, tenant);
    notices.clear(store::notice::needsLogin, connectionId, now);
    notices.clear(store::notice::accessRevoked, connectionId, now);
    changeState(unit, tenant, connectionId, store::connectionState::healthy, "", now);
    store::JobRepository(unit).ask(random_, tenant, store::job::refresh, connectionId, now);
}

store::JobEnd ConnectionHealth::afterFailure(const store::JobLease& lease, const Error& error)
{
    const UtcTime now = clock_.now();
    if (error.kind == ErrorKind::Stopping) return {store::JobEnd::Kind::Again, now, {}, {}};
    if (error.code == callBudgetCode) return untilTheBudgetAllows(lease, error, now);
    log_.write(LogLevel::Warning, "engine",
        "The job " + lease.kind + " of " + (lease.subject.empty() ? "all" : lease.subject) +
            " failed (" + (error.providerCode.empty() ? error.code : error.providerCode) +
            "): " + error.text +
            (error.providerRequestId.empty() ? "" : " Request " + error.providerRequestId + "."));
    const store::JobEnd end = nextTry(lease, error, now);
    const auto recorded = record(lease, error, end, now);
    if (recorded.ok()) return *recorded;
    log_.write(
        LogLevel::Error, "engine", "The failure could not be recorded: " + recorded.error().text);
    return end;
}

/// Many jobs are told the same moment: what a person waits for takes it, the others come a little
/// later and not all at once.
store::JobEnd ConnectionHealth::untilTheBudgetAllows(
    const store::JobLease& lease, const Error& error, UtcTime now)
{
    std::int64_t wait = std::max<std::int64_t>(error.retryAfter.count(), 1);
    if (lease.urgency != store::Urgency::Person)
        wait += static_cast<std::int64_t>(random_.u64() % budgetSpreadMs);
    return {store::JobEnd::Kind::Waits, plusMs(now, wait), {}, {}};
}

Result<store::JobEnd> ConnectionHealth::record(
    const store::JobLease& lease, const Error& error, const store::JobEnd& end, UtcTime now)
{
    const bool opening = lease.kind == store::job::opening;
    if (!isConnectionJob(lease) && !opening) return end;
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            // A later run knows better.
            if (!store::JobRepository(unit).holds(lease)) return end;
            store::ConnectionRepository connections(unit, lease.tenant);
            const auto linked =
                opening ? store::LinkedAccountRepository(unit, lease.tenant).ofLink(lease.subject)
                        : std::nullopt;
            const auto connection =
                connections.find(linked ? linked->account.connectionId : lease.subject);
            if (!connection || connection->removedAt) return end;
            const auto waits = outages_.met(unit, lease, *connection, error, now);
            if (opening)
            {
                recordOpening(unit, lease, error, *linked, now);
                return waits.value_or(end);
            }
            connections.recordError(lease.subject, error, lease.kind);
            if (!waits) applyRemedy(unit, lease, error, end, now);
            return waits.value_or(end);
        });
}

void ConnectionHealth::recordOpening(store::Unit& unit, const store::JobLease& lease,
    const Error& error, const store::LinkedAccount& linked, UtcTime now)
{
    const store::BankAccount& account = linked.account;
    const auto connection =
        store::ConnectionRepository(unit, lease.tenant).find(account.connectionId);
    if (!connection || connection->removedAt) return;
    if (error.remedy == Remedy::Repair || error.remedy == Remedy::Relink ||
        error.remedy == Remedy::Stop || error.remedy == Remedy::Refetch)
        store::JobRepository(unit).ask(
            random_, lease.tenant, store::job::refresh, connection->id, now);
    // A check may fail; the amount stands. And one that the bank did not answer is tried again
    // before anybody hears of it.
    const bool answered = error.code.starts_with("opening.");
    if (linked.link->opening != store::openingState::due ||
        (!answered && lease.attempts + 1 < failuresBeforeNotice))
        return;
    store::NoticeRepository(unit, lease.tenant)
        .open(random_, store::notice::openingOutstanding, lease.subject, "warning",
            JsonObject()
                .text("institution", connection->institutionName)
                .text("connection_id", connection->id)
                .text("bank_account", account.name)
                .text("bank_account_id", account.id)
                .text("code", error.providerCode.empty() ? error.code : error.providerCode)
                .text("text", error.text)
                .json(),
            now);
}

void ConnectionHealth::applyRemedy(store::Unit& unit, const store::JobLease& lease,
    const Error& error, const store::JobEnd& end, UtcTime now)
{
    store::NoticeRepository notices(unit, lease.tenant);
    const auto connection = store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
    const std::string code = error.providerCode.empty() ? error.code : error.providerCode;
    const bool ending = lease.kind == store::job::disconnect;
    const bool nothingToRead = error.concern == Concern::Access;
    const bool byReading = lease.kind == store::job::sync && nothingToRead;
    // Who says something about a login has taken our keys.
    if (error.kind == ErrorKind::Provider &&
        (error.remedy == Remedy::Repair || error.remedy == Remedy::Relink))
        outages_.setUpAnswered(unit, now);
    const auto tellOfFailure = [&](std::string_view severity)
    {
        if (lease.kind == store::job::sync)
            store::ConnectionRepository(unit, lease.tenant).setSyncFailed(lease.subject);
        notices.open(random_, store::notice::syncFailing, lease.subject, severity,
            failureParams(*connection, error, end), now);
    };
    switch (ending && error.remedy != Remedy::Stop ? Remedy::None : error.remedy)
    {
    case Remedy::Repair:
        changeState(unit, lease.tenant, lease.subject, store::connectionState::needsUser, code, now,
            byReading);
        // One thing is asked for at a time: what there is to say of the consent, a login will show.
        notices.clear(store::notice::consentEnding, lease.subject, now);
        forgetAnnouncedEnd(unit, lease.tenant, lease.subject, now);
        notices.clear(store::notice::accessRevoked, lease.subject, now);
        notices.open(random_, store::notice::needsLogin, lease.subject, "error",
            institutionParams(*connection, code, error), now);
        break;
    case Remedy::Relink:
        // The provider has the connection, and it gives nothing to read: a new one is needed, and
        // until then somebody may mend it on the other side.
        changeState(unit, lease.tenant, lease.subject,
            nothingToRead                       ? store::connectionState::needsUser
            : code == "USER_PERMISSION_REVOKED" ? store::connectionState::revoked
                                                : store::connectionState::gone,
            code, now, byReading);
        notices.clear(store::notice::needsLogin, lease.subject, now);
        notices.clear(store::notice::consentEnding, lease.subject, now);
        forgetAnnouncedEnd(unit, lease.tenant, lease.subject, now);
        // A repeated word of what is known opens nothing that a person, or a connection that took
        // its place, has done away with.
        if (connection->ended() && !notices.isOpen(store::notice::accessRevoked, lease.subject))
            break;
        notices.open(random_, store::notice::accessRevoked, lease.subject, "error",
            institutionParams(*connection, code, error), now);
        if (connection->ended() || nothingToRead) break;
        tellOfMissingOpenings(unit, random_, lease.tenant, *connection, now);
        // What was read to its end is applied, and what was not is dropped: see SyncLoop.
        store::JobRepository(unit).ask(random_, lease.tenant, store::job::sync, lease.subject, now);
        break;
    case Remedy::Stop: tellOfFailure("error"); break;
    default:
        if (lease.attempts + 1 < failuresBeforeNotice) break;
        tellOfFailure("warning");
    }
    // What a call came to may be older than a repair that has been read since: the connection
    // itself has the last word, whichever of two answers was written last.
    const bool doubtful = lease.kind == store::job::sync && !byReading &&
                          (error.remedy == Remedy::Repair || error.remedy == Remedy::Relink);
    if (doubtful || error.remedy == Remedy::Refetch)
        store::JobRepository(unit).ask(
            random_, lease.tenant, store::job::refresh, lease.subject, now);
}

store::JobEnd ConnectionHealth::nextTry(
    const store::JobLease& lease, const Error& error, UtcTime now)
{
    store::JobEnd end{store::JobEnd::Kind::Failed, now,
        error.providerCode.empty() ? error.code : error.providerCode, error.text};
    std::int64_t wait = backoffMs(random_, lease.attempts);
    // A person has said that it ends, and nobody else would ask for it again: it never gives up.
    const bool givesUp = lease.kind != store::job::disconnect;
    const bool worn = lease.attempts + 1 >= limits::jobAttempts;
    switch (error.remedy)
    {
    case Remedy::Repair:
    case Remedy::Relink:
    case Remedy::Stop:
        if (!givesUp)
        {
            wait = laterMs;
            break;
        }
        // A person must act, or the schedule looks again; trying on its own would only hammer.
        end.kind = store::JobEnd::Kind::Done;
        return end;
    case Remedy::Later: wait = laterMs; break;
    case Remedy::Wait:
    case Remedy::Refetch: wait = std::max(wait, lease.attempts == 0 ? 2'000 : waitMs); break;
    default: break;
    }
    if (error.providerCode.ends_with("LIMIT")) wait += rateLimitLeastMs;
    wait = std::max(wait, static_cast<std::int64_t>(error.retryAfter.count()));
    if (worn && !givesUp) wait = std::max(wait, laterMs);
    if (worn && givesUp && (isConnectionJob(lease) || lease.kind == store::job::opening))
    {
        // The notice stands; the schedule takes over: each sync asks for what is outstanding.
        end.kind = store::JobEnd::Kind::Done;
        return end;
    }
    end.dueAt = plusMs(now, wait);
    return end;
}

} // namespace bankfeed::engine
