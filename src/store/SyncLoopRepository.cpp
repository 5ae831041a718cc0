#include "store/SyncLoopRepository.h"

#include "base/Limits.h"
#include "store/TransactionRows.h"

namespace bankfeed::store
{

namespace
{

constexpr const char* loopColumns =
    "loop_id, state, start_cursor, cursor, full_resync, pages, row_count, restarts, applied, "
    "history, looked, shown_accounts, held_removals, started_at, progress_at, added, modified, "
    "removed, held, booked";

const std::vector<std::string> stageColumns{"connection_id TEXT", "loop_id TEXT", "ordinal BIGINT",
    "kind TEXT", "provider_transaction_id TEXT", "provider_account_id TEXT", "amount_exact TEXT",
    "currency TEXT", "currency_official BIGINT", "booked_on TEXT", "authorized_on TEXT",
    "pending BIGINT", "pending_transaction_id TEXT", "name TEXT", "original_description TEXT",
    "merchant TEXT", "category TEXT", "text_repaired BIGINT"};

void addRow(std::vector<Value>& cells, const LoopRecord& loop, std::int64_t ordinal,
    const char* kind, const ProviderTransaction& row)
{
    cells.insert(cells.end(),
        {loop.connectionId, loop.loopId, ordinal, kind, row.providerTransactionId,
            row.providerAccountId, row.amount.exact, row.amount.currency, row.amount.official,
            row.date.text(), row.authorizedDate ? row.authorizedDate->text() : std::string(),
            row.pending, row.pendingTransactionId, row.name, row.originalDescription, row.merchant,
            row.category, row.textRepaired});
}

Date storedDate(const std::string& text)
{
    const auto date = Date::parse(text);
    BF_ASSERT(date.has_value());
    return *date;
}

StagedRow stagedAt(const Rows& rows, std::size_t i)
{
    StagedRow staged;
    staged.ordinal = rows.number(i, 0);
    staged.removed = rows.text(i, 1) == "removed";
    ProviderTransaction& row = staged.row;
    row.providerTransactionId = rows.text(i, 2);
    row.providerAccountId = rows.text(i, 3);
    if (staged.removed) return staged;
    row.amount = {rows.text(i, 4), rows.text(i, 5), rows.number(i, 6) != 0};
    row.date = storedDate(rows.text(i, 7));
    if (!rows.text(i, 8).empty()) row.authorizedDate = storedDate(rows.text(i, 8));
    row.pending = rows.number(i, 9) != 0;
    row.pendingTransactionId = rows.text(i, 10);
    row.name = rows.text(i, 11);
    row.originalDescription = rows.text(i, 12);
    row.merchant = rows.text(i, 13);
    row.category = rows.text(i, 14);
    row.textRepaired = rows.number(i, 15) != 0;
    return staged;
}

LoopRecord loopAt(const Rows& rows, std::size_t i)
{
    LoopRecord loop;
    loop.connectionId = rows.text(i, 20);
    loop.loopId = rows.text(i, 0);
    loop.state = rows.text(i, 1);
    loop.startCursor = rows.text(i, 2);
    loop.cursor = rows.text(i, 3);
    loop.fullResync = rows.number(i, 4) != 0;
    loop.pages = rows.number(i, 5);
    loop.rowCount = rows.number(i, 6);
    loop.restarts = rows.number(i, 7);
    loop.applied = rows.number(i, 8);
    loop.history = rows.text(i, 9);
    loop.looked = rows.number(i, 10);
    loop.shownAccounts = rows.text(i, 11);
    loop.heldRemovals = rows.text(i, 12);
    loop.startedAt = UtcTime{rows.number(i, 13)};
    loop.progressAt = UtcTime{rows.number(i, 14)};
    loop.counts = {rows.number(i, 15), rows.number(i, 16), rows.number(i, 17), rows.number(i, 18),
        rows.number(i, 19)};
    return loop;
}

} // namespace

std::optional<LoopRecord> SyncLoopRepository::find(const std::string& connectionId)
{
    const Rows rows = unit_.query(std::string("SELECT ") + loopColumns +
                                      ", connection_id FROM sync_loop WHERE tenant_id = $1 AND "
                                      "connection_id = $2",
        {tenant_, connectionId});
    if (rows.empty()) return std::nullopt;
    return loopAt(rows, 0);
}

std::map<std::string, LoopRecord> SyncLoopRepository::ofConnections(
    const std::vector<std::string>& connectionIds)
{
    std::map<std::string, LoopRecord> found;
    const Rows rows = unit_.query(std::string("SELECT ") + loopColumns +
                                      ", connection_id FROM sync_loop WHERE tenant_id = $1 AND "
                                      "connection_id IN " +
                                      elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(connectionIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 20), loopAt(rows, i));
    return found;
}

void SyncLoopRepository::save(const LoopRecord& loop)
{
    unit_.execute(std::string("INSERT INTO sync_loop (connection_id, tenant_id, ") + loopColumns +
                      R"() VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
            $15, $16, $17, $18, $19, $20, $21, $22)
        ON CONFLICT (connection_id) DO UPDATE SET loop_id = excluded.loop_id,
            state = excluded.state, start_cursor = excluded.start_cursor, cursor = excluded.cursor,
            full_resync = excluded.full_resync, pages = excluded.pages,
            row_count = excluded.row_count, restarts = excluded.restarts,
            applied = excluded.applied, history = excluded.history,
            looked = excluded.looked, shown_accounts = excluded.shown_accounts,
            held_removals = excluded.held_removals, started_at = excluded.started_at,
            progress_at = excluded.progress_at, added = excluded.added,
            modified = excluded.modified, removed = excluded.removed, held = excluded.held,
            booked = excluded.booked)",
        {loop.connectionId, tenant_, loop.loopId, loop.state, loop.startCursor, loop.cursor,
            loop.fullResync, loop.pages, loop.rowCount, loop.restarts, loop.applied, loop.history,
            loop.looked, loop.shownAccounts, loop.heldRemovals, loop.startedAt.ns,
            loop.progressAt.ns, loop.counts.added, loop.counts.modified, loop.counts.removed,
            loop.counts.held, loop.counts.booked});
}

void SyncLoopRepository::remove(const std::string& connectionId)
{
    unit_.execute("DELETE FROM sync_loop WHERE tenant_id = $1 AND connection_id = $2",
        {tenant_, connectionId});
}

void SyncLoopRepository::stage(const LoopRecord& loop, const TransactionPage& page)
{
    const std::size_t count = page.added.size() + page.modified.size() + page.removed.size();
    BF_ASSERT(count <= limits::rowsPerUnit);
    if (count == 0) return;
    std::vector<Value> cells;
    cells.reserve(count * stageColumns.size());
    std::int64_t ordinal = loop.rowCount;
    for (const auto& row : page.added)
        addRow(cells, loop, ordinal++, "added", row);
    for (const auto& row : page.modified)
        addRow(cells, loop, ordinal++, "modified", row);
    for (const auto& gone : page.removed)
    {
        ProviderTransaction row;
        row.providerTransactionId = gone.providerTransactionId;
        row.providerAccountId = gone.providerAccountId;
        addRow(cells, loop, ordinal++, "removed", row);
    }
    unit_.insertMany("sync_stage", stageColumns, cells, "");
}

std::vector<StagedRow> SyncLoopRepository::staged(const LoopRecord& loop, std::size_t count)
{
    const Rows rows = unit_.query(R"(SELECT ordinal, kind, provider_transaction_id,
            provider_account_id, amount_exact, currency, currency_official, booked_on,
            authorized_on, pending, pending_transaction_id, name, original_description, merchant,
            category, text_repaired
        FROM sync_stage WHERE connection_id = $1 AND loop_id = $2 ORDER BY ordinal LIMIT $3)",
        {loop.connectionId, loop.loopId, static_cast<std::int64_t>(count)});
    std::vector<StagedRow> found;
    found.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(stagedAt(rows, i));
    return found;
}

void SyncLoopRepository::discard(const LoopRecord& loop, std::int64_t lastOrdinal)
{
    unit_.execute(
        "DELETE FROM sync_stage WHERE connection_id = $1 AND loop_id = $2 AND ordinal <= $3",
        {loop.connectionId, loop.loopId, lastOrdinal});
}

std::int64_t SyncLoopRepository::discardOthers(
    const std::string& connectionId, const std::string& keepLoopId, std::size_t count)
{
    const Rows first = unit_.query(R"(SELECT loop_id, ordinal FROM sync_stage
        WHERE connection_id = $1 AND loop_id <> $2 ORDER BY loop_id, ordinal LIMIT 1)",
        {connectionId, keepLoopId});
    if (first.empty()) return 0;
    // Ordinals have no gaps, so a range of them is a bounded number of rows.
    return unit_.execute(R"(DELETE FROM sync_stage
        WHERE connection_id = $1 AND loop_id = $2 AND ordinal < $3)",
        {connectionId, first.text(0, 0), first.number(0, 1) + static_cast<std::int64_t>(count)});
}

} // namespace bankfeed::store
