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
    const Rows rows = unit_.query(R"(SELECT state, COUNT(*),
            CAST(SUM(CASE WHEN attempts > 0 THEN 1 ELSE 0 END) AS BIGINT), MIN(due_at)
        FROM job WHERE tenant_id = $1 GROUP BY state)",
        {tenant_});
    Jobs jobs;
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        const bool ready = rows.text(i, 0) == "ready";
        (ready ? jobs.waiting : jobs.running) += rows.number(i, 1);
        jobs.failing += rows.number(i, 2);
        if (ready) jobs.nextDueAt = UtcTime{rows.number(i, 3)};
    }
    return jobs;
}

HealthRepository::Feeds HealthRepository::feeds()
{
    const Rows rows = unit_.query(R"(SELECT COUNT(*),
            CAST(COALESCE(SUM(CASE WHEN state = 'held' THEN 1 ELSE 0 END), 0) AS BIGINT),
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
