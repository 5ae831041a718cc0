#include "store/ConnectionRepository.h"

#include "base/Limits.h"
#include "store/TransactionRows.h"

#include <limits>

namespace bankfeed::store
{

namespace
{

constexpr const char* columns =
    "connection_id, provider, provider_connection_id, institution_id, institution_name, "
    "access_token_sealed, state, state_reason, consent_ends_at, paused_at, cursor, history, "
    "generation, new_accounts_since, created_at, created_by, last_attempt_at, last_success_at, "
    "last_bank_update_at, last_webhook_at, error_code, error_text, error_request_id, removed_at, "
    "paused_by, replaces";

/// What an insert leaves empty.
constexpr const char* laterColumns =
    ", announced_at, announced_end_at, webhook_told, webhook_told_at, state_by_reading, error_of, "
    "sync_failed, doubles, balances_live_at, last_sync_at, last_sync_added, last_sync_modified, "
    "last_sync_removed, last_sync_held, last_sync_booked";

Connection connectionAt(const Rows& rows, std::size_t i)
{
    Connection found;
    found.id = rows.text(i, 0);
    found.provider = rows.text(i, 1);
    found.providerConnectionId = rows.text(i, 2);
    found.institutionId = rows.text(i, 3);
    found.institutionName = rows.text(i, 4);
    found.accessTokenSealed = rows.text(i, 5);
    found.state = rows.text(i, 6);
    found.stateReason = rows.text(i, 7);
    found.consentEndsAt = rows.maybeTime(i, 8);
    found.pausedAt = rows.maybeTime(i, 9);
    found.cursor = rows.text(i, 10);
    found.history = rows.text(i, 11);
    found.generation = rows.number(i, 12);
    found.newAccountsSince = rows.maybeTime(i, 13);
    found.createdAt = UtcTime{rows.number(i, 14)};
    found.createdBy = rows.text(i, 15);
    found.lastAttemptAt = rows.maybeTime(i, 16);
    found.lastSuccessAt = rows.maybeTime(i, 17);
    found.lastBankUpdateAt = rows.maybeTime(i, 18);
    found.lastWebhookAt = rows.maybeTime(i, 19);
    found.errorCode = rows.text(i, 20);
    found.errorText = rows.text(i, 21);
    found.errorRequestId = rows.text(i, 22);
    found.removedAt = rows.maybeTime(i, 23);
    found.pausedBy = rows.text(i, 24);
    found.replaces = rows.text(i, 25);
    found.announcedAt = rows.maybeTime(i, 26);
    found.announcedEndAt = rows.maybeTime(i, 27);
    if (!rows.isNull(i, 28)) found.webhookTold = rows.text(i, 28);
    found.webhookToldAt = rows.maybeTime(i, 29);
    found.stateByReading = rows.number(i, 30) != 0;
    found.errorOf = rows.text(i, 31);
    found.syncFailed = rows.number(i, 32) != 0;
    found.doubles = rows.text(i, 33);
    found.balancesLiveAt = rows.maybeTime(i, 34);
    found.lastSyncAt = rows.maybeTime(i, 35);
    found.lastSync = {rows.number(i, 36), rows.number(i, 37), rows.number(i, 38),
        rows.number(i, 39), rows.number(i, 40)};
    return found;
}

} // namespace

bool ConnectionRepository::insert(const Connection& c)
{
    return unit_.execute(
               std::string("INSERT INTO connection (tenant_id, ") + columns +
                   R"() VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
            $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
            ON CONFLICT (provider, provider_connection_id) DO NOTHING)",
               {tenant_, c.id, c.provider, c.providerConnectionId, c.institutionId,
                   c.institutionName, c.accessTokenSealed, c.state, c.stateReason,
                   Value(c.consentEndsAt), Value(c.pausedAt), c.cursor, c.history, c.generation,
                   Value(c.newAccountsSince), c.createdAt.ns, c.createdBy, Value(c.lastAttemptAt),
                   Value(c.lastSuccessAt), Value(c.lastBankUpdateAt), Value(c.lastWebhookAt),
                   c.errorCode, c.errorText, c.errorRequestId, Value(c.removedAt), c.pausedBy,
                   c.replaces}) > 0;
}

std::optional<Connection> ConnectionRepository::findWith(
    const std::string& id, std::string_view tail)
{
    std::string sql = std::string("SELECT ") + columns + laterColumns +
                      " FROM connection WHERE tenant_id = $1 AND connection_id = $2";
    sql += tail;
    const Rows rows = unit_.query(sql, {tenant_, id});
    if (rows.empty()) return std::nullopt;
    return connectionAt(rows, 0);
}

std::optional<Connection> ConnectionRepository::find(const std::string& id)
{
    return findWith(id, "");
}

std::optional<Connection> ConnectionRepository::lock(const std::string& id)
{
    return findWith(id, unit_.forUpdate());
}

void ConnectionRepository::lockAll()
{
    if (unit_.engine() != Engine::Postgresql) return; // Its writer is alone.
    unit_.query(R"(SELECT connection_id FROM connection
        WHERE tenant_id = $1 ORDER BY connection_id FOR UPDATE)",
        {tenant_});
}

std::optional<Connection> ConnectionRepository::findByProviderId(
    const std::string& provider, const std::string& providerConnectionId)
{
    const Rows rows =
        unit_.query(std::string("SELECT ") + columns + laterColumns + R"( FROM connection
        WHERE tenant_id = $1 AND provider = $2 AND provider_connection_id = $3)",
            {tenant_, provider, providerConnectionId});
    if (rows.empty()) return std::nullopt;
    return connectionAt(rows, 0);
}

std::vector<Connection> ConnectionRepository::all()
{
    const Rows rows =
        unit_.query(std::string("SELECT ") + columns + laterColumns + R"( FROM connection
        WHERE tenant_id = $1 ORDER BY created_at, connection_id LIMIT $2)",
            {tenant_, limits::connectionsPerTenant + 1});
    BF_ASSERT(rows.size() <= static_cast<std::size_t>(limits::connectionsPerTenant));
    std::vector<Connection> found;
    found.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(connectionAt(rows, i));
    return found;
}

namespace
{

/// What a search looks into; "" finds everything. The two parameters are the pattern.
std::string foundBy(const std::string& search, int first)
{
    if (search.empty()) return "";
    const auto parameter = [&](int n) { return "$" + std::to_string(first + n); };
    return " AND (LOWER(institution_name) LIKE LOWER(" + parameter(0) +
           ") ESCAPE '!' OR connection_id IN (SELECT connection_id FROM bank_account WHERE "
           "tenant_id = " +
           parameter(1) + " AND (LOWER(name || ' ' || official_name || ' ' || mask) LIKE LOWER(" +
           parameter(2) + ") ESCAPE '!')))";
}

void addSearch(std::vector<Value>& values, const std::string& tenant, const std::string& search)
{
    if (search.empty()) return;
    values.insert(values.end(), {holding(search), tenant, holding(search)});
}

} // namespace

std::vector<Connection> ConnectionRepository::page(
    const std::string& search, const std::optional<Place>& after, std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 100);
    std::vector<Value> values{tenant_};
    addSearch(values, tenant_, search);
    std::string sql = std::string("SELECT ") + columns + laterColumns +
                      " FROM connection WHERE tenant_id = $1" + foundBy(search, 2);
    // Ended ones are few and last: a flag that is reckoned keeps them there.
    const std::string ended = "(CASE WHEN removed_at IS NULL THEN 0 ELSE 1 END)";
    if (after)
    {
        const auto next = [&] { return "$" + std::to_string(values.size()); };
        values.emplace_back(after->ended);
        sql += " AND (" + ended + ", created_at, connection_id) > (" + next();
        values.emplace_back(after->createdAt);
        sql += ", " + next();
        values.emplace_back(after->id);
        sql += ", " + next() + ")";
    }
    values.emplace_back(count);
    sql += " ORDER BY " + ended + ", created_at, connection_id LIMIT $" +
           std::to_string(values.size());
    const Rows rows = unit_.query(sql, values);
    std::vector<Connection> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(connectionAt(rows, i));
    return found;
}

ConnectionRepository::Totals ConnectionRepository::totals(const std::string& search)
{
    std::vector<Value> values{tenant_};
    addSearch(values, tenant_, search);
    const Rows rows =
        unit_.query("SELECT COUNT(*), COUNT(removed_at) FROM connection WHERE tenant_id = $1" +
                        foundBy(search, 2),
            values);
    return {rows.number(0, 0) - rows.number(0, 1), rows.number(0, 1)};
}

std::map<std::string, Connection> ConnectionRepository::ofIds(const std::vector<std::string>& ids)
{
    std::map<std::string, Connection> found;
    if (ids.empty()) return found;
    const Rows rows = unit_.query(
        std::string("SELECT ") + columns + laterColumns +
            " FROM connection WHERE tenant_id = $1 AND connection_id IN " + elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(ids)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), connectionAt(rows, i));
    return found;
}

std::map<std::string, Connection> ConnectionRepository::successorsOf(
    const std::vector<std::string>& ids)
{
    std::map<std::string, Connection> found;
    if (ids.empty()) return found;
    const Rows rows =
        unit_.query(std::string("SELECT ") + columns + laterColumns + R"( FROM connection
        WHERE tenant_id = $1 AND replaces <> '' AND removed_at IS NULL AND replaces IN )" +
                        elementsOf(unit_, "$2") + " ORDER BY created_at DESC, connection_id",
            {tenant_, jsonListOf(ids)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 25), connectionAt(rows, i)); // The latest of each.
    return found;
}

std::int64_t ConnectionRepository::count()
{
    return unit_.query("SELECT COUNT(*) FROM connection WHERE tenant_id = $1", {tenant_})
        .number(0, 0);
}

void ConnectionRepository::setState(
    const std::string& id, std::string_view state, std::string_view reason, bool byReading)
{
    unit_.execute(R"(UPDATE connection SET state = $1, state_reason = $2, state_by_reading = $3
        WHERE tenant_id = $4 AND connection_id = $5)",
        {state, reason, byReading, tenant_, id});
}

void ConnectionRepository::pause(const std::string& id, UtcTime at, const std::string& by)
{
    unit_.execute(R"(UPDATE connection SET paused_at = $1, paused_by = $2
        WHERE tenant_id = $3 AND connection_id = $4)",
        {at.ns, by, tenant_, id});
}

void ConnectionRepository::resume(const std::string& id)
{
    unit_.execute(R"(UPDATE connection SET paused_at = NULL, paused_by = ''
        WHERE tenant_id = $1 AND connection_id = $2)",
        {tenant_, id});
}

void ConnectionRepository::setConsentEndsAt(const std::string& id, std::optional<UtcTime> endsAt)
{
    unit_.execute(
        "UPDATE connection SET consent_ends_at = $1 WHERE tenant_id = $2 AND connection_id = $3",
        {Value(endsAt), tenant_, id});
}

std::optional<Connection> ConnectionRepository::successorOf(const std::string& id)
{
    const Rows rows =
        unit_.query(std::string("SELECT ") + columns + laterColumns + R"( FROM connection
        WHERE tenant_id = $1 AND replaces = $2 AND replaces <> '' AND removed_at IS NULL
        ORDER BY created_at DESC, connection_id LIMIT 1)",
            {tenant_, id});
    if (rows.empty()) return std::nullopt;
    return connectionAt(rows, 0);
}

void ConnectionRepository::setReplaces(const std::string& id, const std::string& oldId)
{
    unit_.execute("UPDATE connection SET replaces = $1 WHERE tenant_id = $2 AND connection_id = $3",
        {oldId, tenant_, id});
}

void ConnectionRepository::setAccessToken(const std::string& id, const std::string& sealed)
{
    unit_.execute(R"(UPDATE connection SET access_token_sealed = $1
        WHERE tenant_id = $2 AND connection_id = $3)",
        {sealed, tenant_, id});
}

void ConnectionRepository::setFacts(const std::string& id, const std::string& institutionId,
    const std::string& institutionName, std::optional<UtcTime> lastBankUpdateAt)
{
    unit_.execute(R"(UPDATE connection SET
            institution_id = COALESCE(NULLIF($1, ''), institution_id),
            institution_name = COALESCE(NULLIF($2, ''), institution_name)
        WHERE tenant_id = $3 AND connection_id = $4)",
        {institutionId, institutionName, tenant_, id});
    if (!lastBankUpdateAt) return;
    unit_.execute(R"(UPDATE connection SET last_bank_update_at = $1
        WHERE tenant_id = $2 AND connection_id = $3)",
        {lastBankUpdateAt->ns, tenant_, id});
}

void ConnectionRepository::setInstitutionName(
    const std::string& institutionId, const std::string& name)
{
    unit_.execute(R"(UPDATE connection SET institution_name = $1
        WHERE tenant_id = $2 AND institution_id = $3)",
        {name, tenant_, institutionId});
}

void ConnectionRepository::setAnnouncedEnd(
    const std::string& id, std::optional<UtcTime> saidAt, std::optional<UtcTime> endsAt)
{
    unit_.execute(R"(UPDATE connection SET announced_at = $1, announced_end_at = $2
        WHERE tenant_id = $3 AND connection_id = $4)",
        {Value(saidAt), Value(endsAt), tenant_, id});
}

void ConnectionRepository::setWebhookTold(const std::string& id, const std::string& url, UtcTime at)
{
    unit_.execute(R"(UPDATE connection SET webhook_told = $1, webhook_told_at = $2
        WHERE tenant_id = $3 AND connection_id = $4)",
        {url, at.ns, tenant_, id});
}

std::optional<UtcTime> ConnectionRepository::newestWebhookAt()
{
    const Rows rows =
        unit_.query("SELECT MAX(last_webhook_at) FROM connection WHERE tenant_id = $1", {tenant_});
    return rows.maybeTime(0, 0);
}

void ConnectionRepository::setLastWebhookAt(const std::string& id, UtcTime at)
{
    unit_.execute(
        "UPDATE connection SET last_webhook_at = $1 WHERE tenant_id = $2 AND connection_id = $3",
        {at.ns, tenant_, id});
}

void ConnectionRepository::recordAttempt(const std::string& id, UtcTime at)
{
    unit_.execute(
        "UPDATE connection SET last_attempt_at = $1 WHERE tenant_id = $2 AND connection_id = $3",
        {at.ns, tenant_, id});
}

void ConnectionRepository::recordSuccess(const std::string& id, UtcTime at)
{
    unit_.execute(R"(UPDATE connection SET last_success_at = $1, error_code = '', error_text = '',
            error_request_id = '', error_of = '', sync_failed = 0
        WHERE tenant_id = $2 AND connection_id = $3)",
        {at.ns, tenant_, id});
}

void ConnectionRepository::recordSync(const std::string& id, UtcTime at, const SyncCounts& counts)
{
    unit_.execute(R"(UPDATE connection SET last_sync_at = $1, last_sync_added = $2,
            last_sync_modified = $3, last_sync_removed = $4, last_sync_held = $5,
            last_sync_booked = $6
        WHERE tenant_id = $7 AND connection_id = $8)",
        {at, counts.added, counts.modified, counts.removed, counts.held, counts.booked, tenant_,
            id});
}

void ConnectionRepository::recordError(
    const std::string& id, const Error& error, std::string_view jobKind)
{
    unit_.execute(
        R"(UPDATE connection SET error_code = $1, error_text = $2, error_request_id = $3,
            error_of = $4 WHERE tenant_id = $5 AND connection_id = $6)",
        {error.providerCode.empty() ? error.code : error.providerCode, error.text,
            error.providerRequestId, jobKind, tenant_, id});
}

void ConnectionRepository::setSyncFailed(const std::string& id)
{
    unit_.execute(
        "UPDATE connection SET sync_failed = 1 WHERE tenant_id = $1 AND connection_id = $2",
        {tenant_, id});
}

void ConnectionRepository::clearErrorOf(const std::string& id, std::string_view jobKind)
{
    unit_.execute(R"(UPDATE connection SET error_code = '', error_text = '', error_request_id = '',
            error_of = '' WHERE tenant_id = $1 AND connection_id = $2 AND error_of = $3)",
        {tenant_, id, jobKind});
}

void ConnectionRepository::setDoubles(const std::string& id, const std::string& otherId)
{
    unit_.execute("UPDATE connection SET doubles = $1 WHERE tenant_id = $2 AND connection_id = $3",
        {otherId, tenant_, id});
}

bool ConnectionRepository::isDoubled(const std::string& id)
{
    return !unit_
                .query(R"(SELECT connection_id FROM connection
        WHERE tenant_id = $1 AND doubles = $2 AND removed_at IS NULL LIMIT 1)",
                    {tenant_, id})
                .empty();
}

void ConnectionRepository::setNewAccountsSince(const std::string& id, std::optional<UtcTime> since)
{
    unit_.execute(R"(UPDATE connection SET new_accounts_since = $1
        WHERE tenant_id = $2 AND connection_id = $3)",
        {Value(since), tenant_, id});
}

void ConnectionRepository::setSyncPosition(const std::string& id, const std::string& cursor,
    std::string_view history, std::int64_t generation)
{
    unit_.execute(R"(UPDATE connection SET cursor = $1, history = $2, generation = $3
        WHERE tenant_id = $4 AND connection_id = $5)",
        {cursor, history, generation, tenant_, id});
}

ConnectionRepository::BankAsked ConnectionRepository::bankAsked(const std::string& id)
{
    const Rows rows = unit_.query(R"(SELECT bank_asked_at, bank_ask_refused FROM connection
        WHERE tenant_id = $1 AND connection_id = $2)",
        {tenant_, id});
    if (rows.empty()) return {};
    return {rows.maybeTime(0, 0), rows.text(0, 1)};
}

void ConnectionRepository::setBankAsked(const std::string& id, const BankAsked& asked)
{
    unit_.execute(R"(UPDATE connection SET bank_asked_at = $1, bank_ask_refused = $2
        WHERE tenant_id = $3 AND connection_id = $4)",
        {Value(asked.at), asked.refused, tenant_, id});
}

ConnectionRepository::BalancesAsked ConnectionRepository::balancesAsked(const std::string& id)
{
    const Rows rows = unit_.query(R"(SELECT balances_asked_at, balances_refused,
            balances_error_code, balances_error_text, balances_error_request_id FROM connection
        WHERE tenant_id = $1 AND connection_id = $2)",
        {tenant_, id});
    if (rows.empty()) return {};
    return {rows.maybeTime(0, 0), rows.number(0, 1) != 0, rows.text(0, 2), rows.text(0, 3),
        rows.text(0, 4)};
}

std::map<std::string, ConnectionRepository::BalancesAsked> ConnectionRepository::balancesAsked(
    const std::vector<std::string>& ids)
{
    std::map<std::string, BalancesAsked> found;
    const Rows rows = unit_.query(R"(SELECT connection_id, balances_asked_at, balances_refused,
            balances_error_code, balances_error_text, balances_error_request_id FROM connection
        WHERE tenant_id = $1 AND balances_asked_at IS NOT NULL AND connection_id IN )" +
                                      elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(ids)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), BalancesAsked{rows.maybeTime(i, 1), rows.number(i, 2) != 0,
                                           rows.text(i, 3), rows.text(i, 4), rows.text(i, 5)});
    return found;
}

void ConnectionRepository::setBalancesAsked(const std::string& id, const BalancesAsked& asked)
{
    unit_.execute(R"(UPDATE connection SET balances_asked_at = $1, balances_refused = $2,
            balances_error_code = $3, balances_error_text = $4, balances_error_request_id = $5
        WHERE tenant_id = $6 AND connection_id = $7)",
        {Value(asked.at), asked.refused, asked.errorCode, asked.errorText, asked.errorRequestId,
            tenant_, id});
}

void ConnectionRepository::setBalancesLiveAt(const std::string& id, UtcTime at)
{
    unit_.execute(
        "UPDATE connection SET balances_live_at = $1 WHERE tenant_id = $2 AND connection_id = $3",
        {at.ns, tenant_, id});
}

void ConnectionRepository::markRemoved(const std::string& id, std::string_view reason, UtcTime at)
{
    unit_.execute(R"(UPDATE connection SET state = 'removed', state_reason = $1,
            access_token_sealed = '', new_accounts_since = NULL, paused_at = NULL, paused_by = '',
            removed_at = $2
        WHERE tenant_id = $3 AND connection_id = $4)",
        {reason, at.ns, tenant_, id});
}

std::vector<ConnectionRepository::Due> ConnectionRepository::dueForPoll(
    Unit& unit, UtcTime before, std::int64_t count, std::optional<UtcTime> notAfter)
{
    BF_ASSERT(count >= 1 && count <= 1000);
    const Rows rows = unit.query(R"(SELECT tenant_id, connection_id, state, state_by_reading
        FROM connection
        WHERE state IN ('linking', 'healthy', 'expiring', 'needs_user') AND paused_at IS NULL
            AND (last_attempt_at IS NULL OR last_attempt_at < $1 OR last_attempt_at > $2)
            AND NOT EXISTS (SELECT 1 FROM job
                WHERE job.kind = 'disconnect' AND job.subject = connection.connection_id)
            AND NOT EXISTS (SELECT 1 FROM tenant_erasure
                WHERE tenant_erasure.tenant_id = connection.tenant_id)
            AND NOT EXISTS (SELECT 1 FROM outage
                WHERE outage.tenant_id = connection.tenant_id
                    AND outage.institution_id = connection.institution_id)
        ORDER BY COALESCE(last_attempt_at, 0), connection_id LIMIT $3)",
        {before.ns, notAfter ? notAfter->ns : std::numeric_limits<std::int64_t>::max(), count});
    std::vector<Due> due;
    for (std::size_t i = 0; i < rows.size(); ++i)
        due.push_back({rows.text(i, 0), rows.text(i, 1),
            rows.text(i, 2) == connectionState::needsUser && rows.number(i, 3) == 0});
    return due;
}

std::vector<std::string> ConnectionRepository::tenants(Unit& unit)
{
    const Rows rows = unit.query("SELECT DISTINCT tenant_id FROM connection WHERE removed_at IS "
                                 "NULL ORDER BY tenant_id LIMIT 1000");
    std::vector<std::string> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(rows.text(i, 0));
    return found;
}

} // namespace bankfeed::store
