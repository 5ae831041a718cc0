#include "store/TenantErasureRepository.h"

namespace bankfeed::store
{

namespace
{

constexpr const char* columns =
    "asked_at, asked_by_id, asked_by_name, give_up, round_at, rounds, tokens_ended, tokens_lost, "
    "lost, row_count, connections, transactions";

} // namespace

std::optional<TenantErasure> TenantErasureRepository::find()
{
    const Rows rows = unit_.query(
        std::string("SELECT ") + columns + " FROM tenant_erasure WHERE tenant_id = $1", {tenant_});
    if (rows.empty()) return std::nullopt;
    TenantErasure found;
    found.askedAt = UtcTime{rows.number(0, 0)};
    found.askedById = rows.text(0, 1);
    found.askedByName = rows.text(0, 2);
    found.giveUp = rows.number(0, 3) != 0;
    found.roundAt = UtcTime{rows.number(0, 4)};
    found.rounds = rows.number(0, 5);
    found.tokensEnded = rows.number(0, 6);
    found.tokensLost = rows.number(0, 7);
    found.lost = rows.text(0, 8);
    found.erased = {rows.number(0, 9), rows.number(0, 10), rows.number(0, 11)};
    return found;
}

bool TenantErasureRepository::begin(const TenantErasure& one)
{
    return unit_.execute(std::string("INSERT INTO tenant_erasure (tenant_id, ") + columns +
                             R"() VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (tenant_id) DO NOTHING)",
               {tenant_, one.askedAt.ns, one.askedById, one.askedByName, one.giveUp, one.roundAt.ns,
                   one.rounds, one.tokensEnded, one.tokensLost, one.lost, one.erased.all,
                   one.erased.connections, one.erased.transactions}) > 0;
}

void TenantErasureRepository::save(const TenantErasure& one)
{
    unit_.execute(R"(UPDATE tenant_erasure SET give_up = $1, round_at = $2, rounds = $3,
            tokens_ended = $4, tokens_lost = $5, lost = $6, row_count = $7, connections = $8,
            transactions = $9 WHERE tenant_id = $10)",
        {one.giveUp, one.roundAt.ns, one.rounds, one.tokensEnded, one.tokensLost, one.lost,
            one.erased.all, one.erased.connections, one.erased.transactions, tenant_});
}

void TenantErasureRepository::end()
{
    unit_.execute("DELETE FROM tenant_erasure WHERE tenant_id = $1", {tenant_});
}

bool TenantErasureRepository::erasedSince(UtcTime moment)
{
    if (find()) return true;
    // Of an erased tenant nothing is older than the entry of its end.
    const Rows rows = unit_.query(
        "SELECT action, at FROM audit WHERE tenant_id = $1 ORDER BY seq LIMIT 1", {tenant_});
    return !rows.empty() && rows.text(0, 0) == "tenant.erased" && rows.number(0, 1) >= moment.ns;
}

std::vector<TenantErasureRepository::Holding> TenantErasureRepository::holding(std::int64_t count)
{
    const Rows rows = unit_.query(R"(SELECT connection_id, provider_connection_id, institution_name,
            error_code, error_text, error_request_id FROM connection
        WHERE tenant_id = $1 AND access_token_sealed <> '' AND removed_at IS NULL
        ORDER BY COALESCE(last_attempt_at, 0), connection_id LIMIT $2)",
        {tenant_, count});
    std::vector<Holding> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3),
            rows.text(i, 4), rows.text(i, 5)});
    return found;
}

std::int64_t TenantErasureRepository::untried(UtcTime moment)
{
    return unit_
        .query(R"(SELECT COUNT(*) FROM connection
        WHERE tenant_id = $1 AND access_token_sealed <> '' AND removed_at IS NULL
            AND COALESCE(last_attempt_at, 0) < $2)",
            {tenant_, moment.ns})
        .number(0, 0);
}

void TenantErasureRepository::endLinkSessions(UtcTime now)
{
    unit_.execute(R"(UPDATE link_session SET state = 'failed', error_code = 'tenant.erasing',
            error_text = 'The data of the tenant is being deleted.', link_token_sealed = '',
            hosted_url_sealed = '', public_token_sealed = '', finished_at = $1
        WHERE tenant_id = $2 AND finished_at IS NULL)",
        {now.ns, tenant_});
}

std::vector<std::string> TenantErasureRepository::tenants(Unit& unit)
{
    const Rows rows =
        unit.query("SELECT tenant_id FROM tenant_erasure ORDER BY tenant_id LIMIT 10000");
    std::vector<std::string> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(rows.text(i, 0));
    return found;
}

} // namespace bankfeed::store
