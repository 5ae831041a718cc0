#include "store/ImportRepository.h"

#include "base/Ids.h"
#include "base/Limits.h"
#include "store/ClosedEntries.h"
#include "store/TransactionRows.h"

#include <limits>

namespace bankfeed::store
{

namespace
{

constexpr const char* columns =
    "import_id, connection_id, cause, caused_by, row_count, began_at, ended_at, state, done_to, "
    "done_count, asked_id, asked_by, undone_at";

Import importAt(const Rows& rows, std::size_t i)
{
    Import import;
    import.id = rows.text(i, 0);
    import.connectionId = rows.text(i, 1);
    import.cause = rows.text(i, 2);
    import.by = rows.text(i, 3);
    import.rows = rows.number(i, 4);
    import.beganAt = UtcTime{rows.number(i, 5)};
    import.endedAt = UtcTime{rows.number(i, 6)};
    import.state = rows.text(i, 7);
    import.doneTo = rows.text(i, 8);
    import.doneCount = rows.number(i, 9);
    import.askedId = rows.text(i, 10);
    import.askedBy = rows.text(i, 11);
    import.undoneAt = rows.maybeTime(i, 12);
    return import;
}

} // namespace

std::string ImportRepository::add(
    const ImportRun& run, std::int64_t count, Random& random, UtcTime now)
{
    std::string id = newId(random, "imp");
    const std::string name = run.run.empty() ? id : run.run;
    const Rows rows = unit_.query(
        R"(INSERT INTO import_batch (import_id, tenant_id, connection_id, run, cause, caused_by,
                row_count, began_at, ended_at, state, done_to, done_count, asked_id, asked_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'booked', '', 0, '', '')
            ON CONFLICT (tenant_id, run) DO UPDATE SET
                row_count = import_batch.row_count + excluded.row_count,
                ended_at = excluded.ended_at
            RETURNING import_id)",
        {id, tenant_, run.connectionId, name, run.cause, run.by, count, now.ns, now.ns});
    return rows.text(0, 0);
}

std::optional<Import> ImportRepository::find(const std::string& id)
{
    const Rows rows = unit_.query("SELECT " + std::string(columns) +
                                      " FROM import_batch WHERE tenant_id = $1 AND import_id = $2",
        {tenant_, id});
    if (rows.empty()) return std::nullopt;
    return importAt(rows, 0);
}

std::vector<Import> ImportRepository::page(
    std::int64_t beforeBeganAt, const std::string& beforeId, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= 100);
    const std::int64_t before =
        beforeId.empty() ? std::numeric_limits<std::int64_t>::max() : beforeBeganAt;
    const Rows rows = unit_.query("SELECT " + std::string(columns) +
                                      R"( FROM import_batch WHERE tenant_id = $1
            AND (began_at < $2 OR (began_at = $3 AND import_id < $4))
            ORDER BY began_at DESC, import_id DESC LIMIT $5)",
        {tenant_, before, before, beforeId, static_cast<std::int64_t>(count)});
    std::vector<Import> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(importAt(rows, i));
    return found;
}

void ImportRepository::save(const Import& import)
{
    unit_.execute(R"(UPDATE import_batch SET state = $1, done_to = $2, done_count = $3,
            asked_id = $4, asked_by = $5, undone_at = $6 WHERE tenant_id = $7 AND import_id = $8)",
        {import.state, import.doneTo, import.doneCount, import.askedId, import.askedBy,
            Value(import.undoneAt), tenant_, import.id});
}

std::vector<BankTransaction> ImportRepository::rows(
    const Import& import, const std::string& afterId, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return transactionsOf(
        unit_.query(selectTransactions() + R"(WHERE tenant_id = $1 AND import_id = $2
            AND connection_id = $3 AND provider_transaction_id > $4
            ORDER BY provider_transaction_id LIMIT $5)",
            {tenant_, import.id, import.connectionId, afterId, static_cast<std::int64_t>(count)}));
}

std::vector<ImportRepository::Count> ImportRepository::counts(const Import& import, UtcTime now)
{
    const Rows rows =
        unit_.query("SELECT bank_account_id, lane, lane_reason, entry_mark, COUNT(*), "
                    "MIN(booked_on), MAX(booked_on), closed FROM (SELECT "
                    "bank_account_id, lane, lane_reason, entry_mark, booked_on, CASE "
                    "WHEN " +
                        inClosedPeriod("$1") + " THEN 1 WHEN " + inClosedAccount("$2") +
                        R"( THEN 2 ELSE 0 END AS closed FROM bank_transaction
            WHERE tenant_id = $3 AND import_id = $4 AND connection_id = $5) judged
        GROUP BY bank_account_id, lane, lane_reason, entry_mark, closed
        ORDER BY bank_account_id, lane, lane_reason, entry_mark, closed)",
            {now.ns, now.ns, tenant_, import.id, import.connectionId});
    std::vector<Count> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3),
            rows.number(i, 7) == 1, rows.number(i, 7) == 2, rows.number(i, 4), rows.text(i, 5),
            rows.text(i, 6)});
    return found;
}

std::vector<BankTransaction> ImportRepository::elsewhere(
    const Import& import, const std::string& afterId, std::size_t count, UtcTime now)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return transactionsOf(
        unit_.query(selectTransactions() + R"(WHERE tenant_id = $1 AND import_id = $2
            AND connection_id = $3 AND provider_transaction_id > $4
            AND (lane <> 'booked' OR entry_mark <> '' OR )" +
                        inClosedPeriod("$5") + " OR " + inClosedAccount("$6") + R"()
            AND NOT (lane = 'held' AND lane_reason = 'undone')
            ORDER BY provider_transaction_id LIMIT $7)",
            {tenant_, import.id, import.connectionId, afterId, now.ns, now.ns,
                static_cast<std::int64_t>(count)}));
}

void ImportRepository::prune(Unit& unit, UtcTime before)
{
    unit.execute(R"(DELETE FROM import_batch WHERE (tenant_id, import_id) IN
            (SELECT tenant_id, import_id FROM import_batch
            WHERE ended_at < $1 AND state = 'booked' ORDER BY ended_at LIMIT 500))",
        {before.ns});
}

} // namespace bankfeed::store
