#include "engine/TenantErasure.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/ConnectionRepository.h"
#include "store/TenantErasureRepository.h"

#include <algorithm>
#include <optional>

namespace bankfeed::engine
{

namespace
{

/// Between two rounds over the connections that the provider does not end: a minute, then twice as
/// long each time, up to an hour. It never gives up by itself.
constexpr std::int64_t roundApartMs = 60'000;
constexpr std::int64_t roundApartMostMs = 3'600'000;
constexpr std::int64_t lostNamed = 100;
/// On PostgreSQL a unit of a request may have looked at the fence a moment before it stood, and
/// commit later: many times as long as a unit waits for anything. SQLite has one writer at a time.
constexpr std::int64_t lastUnitsMs = 30'000;

store::JobEnd again(UtcTime at)
{
    return {store::JobEnd::Kind::Again, at, {}, {}};
}

/// Nobody's name: the id says who it was to the host, and to nobody else.
std::string detailOf(const store::TenantErasure& erasure)
{
    return JsonObject()
        .text("asked_at", rfc3339(erasure.askedAt))
        .number("connections", erasure.erased.connections)
        .number("transactions", erasure.erased.transactions)
        .number("rows", erasure.erased.all)
        .number("tokens_ended", erasure.tokensEnded)
        .number("tokens_lost", erasure.tokensLost)
        .text("lost", erasure.lost)
        .json();
}

void lose(store::TenantErasure& erasure, const std::string& providerConnectionId)
{
    if (erasure.tokensLost++ >= lostNamed) return;
    erasure.lost += (erasure.lost.empty() ? "" : " ") + providerConnectionId;
}

} // namespace

void beginErasure(store::Unit& unit, Random& random, const std::string& tenant,
    const store::Actor& who, bool giveUp, UtcTime now)
{
    store::TenantErasureRepository erasures(unit, tenant);
    store::TenantErasure erasure;
    erasure.askedAt = now;
    erasure.roundAt = now;
    erasure.askedById = who.id;
    erasure.askedByName = who.name;
    erasure.giveUp = giveUp;
    if (!erasures.begin(erasure) && giveUp)
    {
        erasure = erasures.find().value();
        erasure.giveUp = true;
        erasures.save(erasure);
    }
    erasures.endLinkSessions(now);
    store::JobRepository(unit).askAtOnce(random, tenant, store::job::eraseTenant, tenant, now);
}

bool isErasing(store::Unit& unit, const std::string& tenant)
{
    return store::TenantErasureRepository(unit, tenant).find().has_value();
}

struct TenantErasure::Target
{
    bool erasing = false;
    std::optional<store::TenantErasureRepository::Holding> connection;
};

Result<store::JobEnd> TenantErasure::run(const store::JobLease& lease)
{
    BF_LET(target, database_.read(
                       [&](store::Unit& unit) -> Result<Target>
                       {
                           store::TenantErasureRepository erasures(unit, lease.tenant);
                           Target found;
                           found.erasing = erasures.find().has_value();
                           const auto holding = erasures.holding(1);
                           if (!holding.empty()) found.connection = holding.front();
                           return found;
                       }));
    if (!target.erasing) return store::JobEnd{};
    if (!target.connection) return eraseSome(lease);
    const auto ended = endAtProvider(lease, target);
    if (!ended.ok() && ended.error().kind == ErrorKind::Stopping) return again(clock_.now());
    return note(lease, target, ended);
}

Result<void> TenantErasure::endAtProvider(const store::JobLease& lease, const Target& target)
{
    BF_LET(token, tokens_.accessToken(lease.tenant, target.connection->connectionId));
    return provider_.removeConnection(token);
}

Result<store::JobEnd> TenantErasure::note(
    const store::JobLease& lease, const Target& target, const Result<void>& ended)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            const UtcTime now = clock_.now();
            store::ConnectionRepository connections(unit, lease.tenant);
            store::TenantErasureRepository erasures(unit, lease.tenant);
            store::TenantErasure erasure = erasures.find().value();
            const std::string& id = target.connection->connectionId;
            if (ended.ok() || erasure.giveUp)
            {
                connections.markRemoved(id, ended.ok() ? "disconnected" : "token_lost", now);
                if (ended.ok())
                    ++erasure.tokensEnded;
                else
                    lose(erasure, target.connection->providerConnectionId);
                erasures.save(erasure);
                return again(now);
            }
            const Error& error = ended.error();
            connections.recordError(id, error, store::job::eraseTenant);
            connections.recordAttempt(id, now);
            // The others may go.
            if (erasures.untried(erasure.roundAt) > 0) return again(now);
            const std::int64_t doublings = std::min<std::int64_t>(erasure.rounds++, 6);
            const UtcTime due = plusMs(now, std::min(roundApartMs << doublings, roundApartMostMs));
            erasure.roundAt = due;
            erasures.save(erasure);
            return store::JobEnd{store::JobEnd::Kind::Failed, due,
                error.providerCode.empty() ? error.code : error.providerCode, error.text};
        });
}

Result<store::JobEnd> TenantErasure::eraseSome(const store::JobLease& lease)
{
    auto end = database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            const UtcTime now = clock_.now();
            store::TenantErasureRepository erasures(unit, lease.tenant);
            auto erasure = erasures.find();
            if (!erasure) return store::JobEnd{};
            // A connection that came meanwhile is ended first.
            if (!erasures.holding(1).empty()) return again(now);
            const auto gone = store::eraseRows(unit, lease.tenant, limits::rowsPerUnit);
            if (gone.all > 0)
            {
                erasure->erased.all += gone.all;
                erasure->erased.connections += gone.connections;
                erasure->erased.transactions += gone.transactions;
                erasures.save(*erasure);
                return again(now);
            }
            const UtcTime quiet = plusMs(erasure->askedAt, lastUnitsMs);
            if (unit.engine() == store::Engine::Postgresql && now < quiet) return again(quiet);
            erasures.end();
            store::AuditRepository(unit, lease.tenant)
                .append(now, {erasure->askedById, erasure->askedById}, "tenant.erased",
                    lease.tenant, detailOf(*erasure));
            return store::JobEnd{};
        });
    if (end.ok() && end->kind == store::JobEnd::Kind::Done)
        log_.write(LogLevel::Info, "engine", "The data of a tenant has been deleted.");
    return end;
}

} // namespace bankfeed::engine
