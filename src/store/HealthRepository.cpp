#include "store/HealthRepository.h"

#include <string_view>

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

namespace
{

/// How many changes of a feed the books are not known to have.
constexpr std::string_view undelivered =
    "(next_seq - 1 - CASE WHEN acked_epoch = epoch THEN acked_seq ELSE 0 END)";

/// When the oldest of them was written.
constexpr std::string_view waitingSince = R"((SELECT o.created_at FROM outbox o
            WHERE o.feed_id = feed.feed_id AND o.epoch = feed.epoch
                AND o.seq > CASE WHEN feed.acked_epoch = feed.epoch THEN feed.acked_seq ELSE 0 END
            ORDER BY o.seq LIMIT 1))";

std::string conditionOf(HealthRepository::Which which)
{
    if (which == HealthRepository::Which::Behind)
        return " AND " + std::string(undelivered) + " > 0";
    if (which == HealthRepository::Which::Differing)
        return R"( AND EXISTS (SELECT 1 FROM bank_account b JOIN balance_proof p
            ON p.tenant_id = b.tenant_id AND p.bank_account_id = b.bank_account_id
            WHERE b.tenant_id = feed.tenant_id AND b.feed_id = feed.feed_id
                AND p.state = 'differs'))";
    return {};
}

} // namespace

HealthRepository::Feeds HealthRepository::feeds()
{
    const std::string open(undelivered);
    const Rows rows = unit_.query(
        "SELECT COUNT(*), "
        "CAST(COALESCE(SUM(CASE WHEN held_reason <> '' THEN 1 ELSE 0 END), 0) AS BIGINT), "
        "CAST(COALESCE(SUM(" +
            open +
            "), 0) AS BIGINT), "
            "CAST(COALESCE(SUM(CASE WHEN " +
            open +
            " > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), "
            "MIN(CASE WHEN " +
            open + " > 0 THEN " + std::string(waitingSince) +
            " ELSE NULL END) "
            "FROM feed WHERE tenant_id = $1",
        {tenant_});
    return {rows.number(0, 0), rows.number(0, 1), rows.number(0, 2), rows.number(0, 3),
        rows.maybeTime(0, 4)};
}

std::vector<HealthRepository::Feed> HealthRepository::feedsPage(
    Which which, const std::string& after, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= 200);
    const Rows rows =
        unit_.query("SELECT feed_id, " + std::string(undelivered) + ", CASE WHEN " +
                        std::string(undelivered) + " > 0 THEN " + std::string(waitingSince) +
                        " ELSE NULL END, delivered_at, held_reason FROM feed "
                        "WHERE tenant_id = $1 AND feed_id > $2" +
                        conditionOf(which) + " ORDER BY feed_id LIMIT $3",
            {tenant_, after, static_cast<std::int64_t>(count)});
    std::vector<Feed> feeds;
    for (std::size_t i = 0; i < rows.size(); ++i)
        feeds.push_back({rows.text(i, 0), rows.number(i, 1), rows.maybeTime(i, 2),
            rows.maybeTime(i, 3), rows.text(i, 4)});
    return feeds;
}

std::map<std::string, std::int64_t> HealthRepository::noticesByKind()
{
    const Rows rows = unit_.query(R"(SELECT kind, COUNT(*) FROM notice
        WHERE tenant_id = $1 AND cleared_at IS NULL GROUP BY kind)",
        {tenant_});
    std::map<std::string, std::int64_t> counts;
    for (std::size_t i = 0; i < rows.size(); ++i)
        counts[rows.text(i, 0)] = rows.number(i, 1);
    return counts;
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
