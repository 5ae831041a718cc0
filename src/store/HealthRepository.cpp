#include "store/HealthRepository.h"

namespace bankfeed::store
{

std::map<std::string, std::int64_t> HealthRepository::connectionsByState()
{
    const Rows rows = unit_.query(
        "SELECT state, COUNT(*) FROM connection WHERE tenant_id = $1 GROUP BY state", {tenant_});
    std::map<std::string, std::int64_t> counts;
    for (std::size_t i = 0; i < rows.size(); ++i)
        counts[rows.text(i, 0)] = rows.number(i, 1);
    return counts;
}

HealthRepository::Jobs HealthRepository::jobs()
{
    // Whoever is between two steps waits for the next one, as one that has not begun does.
    const Rows rows = unit_.query(R"(SELECT
            CAST(COALESCE(SUM(CASE WHEN state = 'running' THEN 0 ELSE 1 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN state = 'running' THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN attempts > 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
            MIN(CASE WHEN state = 'running' THEN NULL ELSE due_at END)
        FROM job WHERE tenant_id = $1)",
        {tenant_});
    Jobs jobs{rows.number(0, 0), rows.number(0, 1), rows.number(0, 2), std::nullopt};
    if (!rows.isNull(0, 3)) jobs.nextDueAt = UtcTime{rows.number(0, 3)};
    return jobs;
}

HealthRepository::Feeds HealthRepository::feeds()
{
    const Rows rows = unit_.query(R"(SELECT COUNT(*),
            CAST(COALESCE(SUM(CASE WHEN held_reason <> '' THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(next_seq - 1
                - CASE WHEN acked_epoch = epoch THEN acked_seq ELSE 0 END), 0) AS BIGINT)
        FROM feed WHERE tenant_id = $1)",
        {tenant_});
    return {rows.number(0, 0), rows.number(0, 1), rows.number(0, 2)};
}

std::int64_t HealthRepository::ledgerAccounts()
{
    return unit_.query("SELECT COUNT(*) FROM ledger_account WHERE tenant_id = $1", {tenant_})
        .number(0, 0);
}

std::int64_t HealthRepository::ledgerAccountsWaiting()
{
    return unit_
        .query(R"(SELECT COUNT(*) FROM ledger_account_request
            WHERE tenant_id = $1 AND state = 'waiting')",
            {tenant_})
        .number(0, 0);
}

} // namespace bankfeed::store
