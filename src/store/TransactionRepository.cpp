#include "store/TransactionRepository.h"

#include "base/Limits.h"
#include "store/BankAccountRepository.h"
#include "store/TransactionRows.h"

namespace bankfeed::store
{

namespace
{

/// Everything but the keys, the names and the first sight takes the new value.
const std::string& upsertTail()
{
    static const std::string sql = []
    {
        std::string sets;
        for (const auto& column : transactionColumns())
        {
            const std::string name = nameOfColumn(column);
            if (name == "connection_id" || name == "provider_transaction_id" ||
                name == "tenant_id" || name == "root_key" || name == "first_seen_at")
                continue;
            sets += (sets.empty() ? "" : ", ") + name + " = excluded." + name;
        }
        return "ON CONFLICT (connection_id, provider_transaction_id) DO UPDATE SET " + sets;
    }();
    return sql;
}

} // namespace

std::vector<BankTransaction> TransactionRepository::find(
    const std::string& connectionId, const std::vector<std::string>& providerTransactionIds)
{
    BF_ASSERT(providerTransactionIds.size() <= limits::rowsPerUnit);
    if (providerTransactionIds.empty()) return {};
    return transactionsOf(unit_.query(selectTransactions() +
                                          "WHERE tenant_id = $1 AND connection_id = $2 AND "
                                          "provider_transaction_id IN " +
                                          elementsOf(unit_, "$3"),
        {tenant_, connectionId, jsonListOf(providerTransactionIds)}));
}

std::vector<BankTransaction> TransactionRepository::ofRootKeys(
    const std::vector<std::string>& rootKeys)
{
    BF_ASSERT(rootKeys.size() <= limits::rowsPerUnit);
    if (rootKeys.empty()) return {};
    return transactionsOf(unit_.query(
        selectTransactions() + "WHERE tenant_id = $1 AND root_key IN " + elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(rootKeys)}));
}

void TransactionRepository::save(const std::vector<BankTransaction>& rows)
{
    BF_ASSERT(rows.size() <= limits::rowsPerUnit);
    if (rows.empty()) return;
    std::vector<Value> cells;
    cells.reserve(rows.size() * transactionColumns().size());
    for (const auto& row : rows)
    {
        BF_ASSERT(!row.lane.empty() && !row.rootKey.empty());
        cells.insert(cells.end(),
            {row.connectionId, row.providerTransactionId, tenant_, row.providerAccountId,
                Value(row.bankAccountId), row.amountExact, row.units, row.exponent, row.currency,
                row.currencyOfficial, row.rounded, row.bookedOn, row.authorizedOn, row.pending,
                row.pendingTransactionId, row.name, row.originalDescription, row.merchant,
                row.category, row.textRepaired, row.removed, row.lane, row.laneReason, row.rootKey,
                row.revision, row.sentLedgerAccountId, row.sentUnits, row.sentExponent,
                row.sentCurrency, row.sentBookedOn, row.sentFingerprint, row.entryMark,
                row.seenGeneration, row.firstSeenAt.ns, row.changedAt.ns, row.importId,
                row.undoAsked, row.ownRootKey});
    }
    unit_.insertMany("bank_transaction", transactionColumns(), cells, upsertTail());
}

void TransactionRepository::markSeen(const std::string& connectionId,
    const std::vector<std::string>& providerTransactionIds, std::int64_t generation)
{
    BF_ASSERT(providerTransactionIds.size() <= limits::rowsPerUnit);
    if (providerTransactionIds.empty()) return;
    unit_.execute(R"(UPDATE bank_transaction SET seen_generation = $1
        WHERE tenant_id = $2 AND connection_id = $3 AND provider_transaction_id IN )" +
                      elementsOf(unit_, "$4"),
        {generation, tenant_, connectionId, jsonListOf(providerTransactionIds)});
}

namespace
{

/// FROM and WHERE of what a resync did not show; $1..$7 are notSeenValues.
constexpr std::string_view notSeenSql = R"( FROM bank_transaction
    JOIN (SELECT provider_account_id AS shown_account, MIN(booked_on) AS oldest_shown
        FROM bank_transaction
        WHERE tenant_id = $1 AND connection_id = $2 AND seen_generation = $3 AND removed = 0
        GROUP BY provider_account_id) shown
        ON shown_account = provider_account_id AND booked_on >= oldest_shown
    WHERE tenant_id = $4 AND connection_id = $5 AND removed = 0 AND seen_generation < $6 )";

std::vector<Value> notSeenValues(
    const std::string& tenant, const std::string& connectionId, std::int64_t generation)
{
    return {tenant, connectionId, generation, tenant, connectionId, generation};
}

/// Whether a row is in the books: told of, and not voided (SentMark).
constexpr std::string_view inTheBooks = "(revision > 0 AND sent_fingerprint NOT LIKE '.%')";

} // namespace

std::vector<BankTransaction> TransactionRepository::notSeen(
    const std::string& connectionId, std::int64_t generation, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    auto values = notSeenValues(tenant_, connectionId, generation);
    values.emplace_back(static_cast<std::int64_t>(count));
    return transactionsOf(
        unit_.query("SELECT " + transactionColumnNames() + std::string(notSeenSql) +
                        "ORDER BY provider_transaction_id LIMIT $7",
            values));
}

std::map<std::string, TransactionRepository::Turnover> TransactionRepository::turnoverOfResync(
    const std::string& connectionId, std::int64_t generation, UtcTime loopStartedAt)
{
    std::map<std::string, Turnover> found;
    const Rows gone =
        unit_.query("SELECT bank_account_id, COUNT(*)" + std::string(notSeenSql) + "AND " +
                        std::string(inTheBooks) + " GROUP BY bank_account_id",
            notSeenValues(tenant_, connectionId, generation));
    for (std::size_t i = 0; i < gone.size(); ++i)
        found[gone.text(i, 0)].removals = gone.number(i, 1);
    addArrivals(connectionId, generation, loopStartedAt, found);
    return found;
}

std::map<std::string, TransactionRepository::Turnover> TransactionRepository::turnoverOfStage(
    const std::string& connectionId, const std::string& loopId, std::int64_t generation,
    UtcTime loopStartedAt)
{
    std::map<std::string, Turnover> found;
    const Rows gone = unit_.query(R"(SELECT t.bank_account_id, COUNT(*) FROM sync_stage s
        JOIN bank_transaction t ON t.connection_id = s.connection_id
            AND t.provider_transaction_id = s.provider_transaction_id
        WHERE s.connection_id = $1 AND s.loop_id = $2 AND s.kind = 'removed' AND t.tenant_id = $3
            AND t.removed = 0 AND t.revision > 0 AND t.sent_fingerprint NOT LIKE '.%'
        GROUP BY t.bank_account_id)",
        {connectionId, loopId, tenant_});
    for (std::size_t i = 0; i < gone.size(); ++i)
        found[gone.text(i, 0)].removals = gone.number(i, 1);
    const Rows added = unit_.query(R"(SELECT a.bank_account_id, COUNT(*) FROM sync_stage s
        JOIN bank_account a ON a.connection_id = s.connection_id
            AND a.provider_account_id = s.provider_account_id
        LEFT JOIN bank_transaction t ON t.connection_id = s.connection_id
            AND t.provider_transaction_id = s.provider_transaction_id
        WHERE s.connection_id = $1 AND s.loop_id = $2 AND s.kind = 'added' AND s.pending = 0
            AND a.tenant_id = $3 AND t.connection_id IS NULL
        GROUP BY a.bank_account_id)",
        {connectionId, loopId, tenant_});
    for (std::size_t i = 0; i < added.size(); ++i)
        found[added.text(i, 0)].arrivals = added.number(i, 1);
    addArrivals(connectionId, generation, loopStartedAt, found);
    return found;
}

void TransactionRepository::addArrivals(const std::string& connectionId, std::int64_t generation,
    UtcTime loopStartedAt, std::map<std::string, Turnover>& found)
{
    const Rows rows = unit_.query(R"(SELECT bank_account_id, COUNT(*) FROM bank_transaction
        WHERE tenant_id = $1 AND connection_id = $2 AND seen_generation = $3
            AND first_seen_at >= $4 AND removed = 0 AND pending = 0 AND bank_account_id IS NOT NULL
        GROUP BY bank_account_id)",
        {tenant_, connectionId, generation, loopStartedAt.ns});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found[rows.text(i, 0)].arrivals += rows.number(i, 1);
}

std::int64_t TransactionRepository::bookedCount(const std::string& bankAccountId)
{
    return unit_
        .query(R"(SELECT COUNT(*) FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND lane = 'booked')",
            {tenant_, bankAccountId})
        .number(0, 0);
}

std::int64_t TransactionRepository::bookedBefore(
    const std::string& bankAccountId, const std::string& day)
{
    return unit_
        .query(R"(SELECT COUNT(*) FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND lane = 'booked' AND booked_on < $3)",
            {tenant_, bankAccountId, day})
        .number(0, 0);
}

std::vector<BankTransaction> TransactionRepository::keptOnes(
    const std::vector<std::string>& bankAccountIds, const std::vector<std::string>& days,
    const std::vector<std::string>& amounts, const std::vector<std::string>& leaving)
{
    if (bankAccountIds.empty() || days.empty() || amounts.empty()) return {};
    return transactionsOf(unit_.query(
        selectTransactions() +
            "WHERE tenant_id = $1 AND lane = 'booked' AND "
            "((lane_reason <> '' AND removed = 1) OR (entry_mark <> '' AND (removed = "
            "1 OR EXISTS (SELECT 1 FROM sync_stage s WHERE s.connection_id = "
            "bank_transaction.connection_id AND s.kind = 'removed' AND "
            "s.provider_transaction_id = bank_transaction.provider_transaction_id) OR "
            "provider_transaction_id IN " +
            elementsOf(unit_, "$2") + "))) AND bank_account_id IN " + elementsOf(unit_, "$3") +
            " AND booked_on IN " + elementsOf(unit_, "$4") + " AND amount_exact IN " +
            elementsOf(unit_, "$5") + " ORDER BY booked_on, provider_transaction_id LIMIT $6",
        {tenant_, jsonListOf(leaving), jsonListOf(bankAccountIds), jsonListOf(days),
            jsonListOf(amounts), static_cast<std::int64_t>(limits::rowsPerUnit)}));
}

std::vector<BankTransaction> TransactionRepository::tombstonesLike(
    const std::vector<std::string>& bankAccountIds, const std::vector<std::string>& days,
    const std::vector<std::string>& amounts)
{
    if (bankAccountIds.empty() || days.empty() || amounts.empty()) return {};
    return transactionsOf(
        unit_.query(selectTransactions() +
                        "WHERE tenant_id = $1 AND entry_mark <> '' AND entry_mark = 'removed' AND "
                        "bank_account_id IN " +
                        elementsOf(unit_, "$2") + " AND booked_on IN " + elementsOf(unit_, "$3") +
                        " AND amount_exact IN " + elementsOf(unit_, "$4") +
                        " ORDER BY booked_on, provider_transaction_id LIMIT $5",
            {tenant_, jsonListOf(bankAccountIds), jsonListOf(days), jsonListOf(amounts),
                static_cast<std::int64_t>(limits::rowsPerUnit)}));
}

namespace
{

/// Word for word as the index has it.
constexpr const char* hasForgottenId =
    "provider_transaction_id >= 'forgotten:' AND provider_transaction_id < 'forgotten;'";

} // namespace

bool TransactionRepository::anyForgotten()
{
    return !unit_
                .query(std::string("SELECT 1 FROM bank_transaction WHERE tenant_id = $1 AND ") +
                           hasForgottenId + " LIMIT 1",
                    {tenant_})
                .empty();
}

std::vector<BankTransaction> TransactionRepository::forgotten(const std::vector<std::string>& ids)
{
    if (ids.empty()) return {};
    return transactionsOf(
        unit_.query(selectTransactions() + "WHERE tenant_id = $1 AND " + hasForgottenId +
                        " AND provider_transaction_id IN " + elementsOf(unit_, "$2"),
            {tenant_, jsonListOf(ids)}));
}

std::vector<BankTransaction> TransactionRepository::forgottenOf(
    const std::string& connectionId, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return transactionsOf(
        unit_.query(selectTransactions() + "WHERE tenant_id = $1 AND " + hasForgottenId +
                        " AND connection_id = $2 AND lane = 'booked' AND lane_reason = 'forgotten' "
                        "ORDER BY provider_transaction_id LIMIT $3",
            {tenant_, connectionId, static_cast<std::int64_t>(count)}));
}

std::vector<BankTransaction> TransactionRepository::forgottenLike(const std::string& feedId,
    const std::vector<std::string>& days, const std::vector<std::int64_t>& units)
{
    if (days.empty() || units.empty()) return {};
    std::vector<std::string> amounts;
    for (const std::int64_t amount : units)
        amounts.push_back(std::to_string(amount));
    return transactionsOf(unit_.query(
        selectTransactions() + "WHERE tenant_id = $1 AND " + hasForgottenId +
            " AND lane = 'booked' AND lane_reason = 'forgotten' AND bank_account_id IN (SELECT "
            "bank_account_id FROM bank_account WHERE tenant_id = $2 AND feed_id = $3) AND "
            "booked_on IN " +
            elementsOf(unit_, "$4") + " AND CAST(units AS TEXT) IN " + elementsOf(unit_, "$5") +
            " ORDER BY booked_on, provider_transaction_id LIMIT $6",
        {tenant_, tenant_, feedId, jsonListOf(days), jsonListOf(amounts),
            static_cast<std::int64_t>(limits::rowsPerUnit)}));
}

void TransactionRepository::recognise(
    const BankTransaction& row, const std::string& connectionId, const std::string& newId)
{
    const auto renamed = unit_.execute(R"(UPDATE bank_transaction SET connection_id = $1,
            provider_transaction_id = $2
        WHERE tenant_id = $3 AND connection_id = $4 AND provider_transaction_id = $5)",
        {connectionId, newId, tenant_, row.connectionId, row.providerTransactionId});
    BF_ASSERT(renamed == 1);
}

bool TransactionRepository::anyMarked(const std::string& connectionId)
{
    return !unit_
                .query(R"(SELECT 1 FROM bank_transaction WHERE tenant_id = $1
        AND connection_id = $2 AND entry_mark <> '' LIMIT 1)",
                    {tenant_, connectionId})
                .empty();
}

std::vector<TransactionRepository::Kept> TransactionRepository::kept(
    const std::vector<std::string>& bankAccountIds)
{
    std::vector<Kept> found;
    if (bankAccountIds.empty()) return found;
    const Rows rows = unit_.query(
        R"(SELECT bank_account_id, lane_reason, COUNT(*), MAX(booked_on) FROM bank_transaction
        WHERE tenant_id = $1 AND lane = 'booked' AND lane_reason <> '' AND bank_account_id IN )" +
            elementsOf(unit_, "$2") + " GROUP BY bank_account_id, lane_reason",
        {tenant_, jsonListOf(bankAccountIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({rows.text(i, 0), rows.text(i, 1), rows.number(i, 2), rows.text(i, 3)});
    return found;
}

std::vector<BankTransaction> TransactionRepository::notKnown(std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return transactionsOf(
        unit_.query(selectTransactions() + R"(WHERE tenant_id = $1 AND lane = 'gone'
            AND lane_reason = 'not_known' ORDER BY connection_id, provider_transaction_id LIMIT $2)",
            {tenant_, static_cast<std::int64_t>(count)}));
}

void TransactionRepository::rename(
    const std::string& connectionId, const std::string& id, const std::string& newId)
{
    const auto renamed = unit_.execute(R"(UPDATE bank_transaction SET provider_transaction_id = $1
        WHERE tenant_id = $2 AND connection_id = $3 AND provider_transaction_id = $4)",
        {newId, tenant_, connectionId, id});
    BF_ASSERT(renamed == 1);
}

void TransactionRepository::retire(const std::string& connectionId, const std::string& id,
    const std::string& newId, std::string_view lane)
{
    rename(connectionId, id, newId);
    // One that a person took out of the books stays out of them, under whatever id.
    unit_.execute(R"(UPDATE bank_transaction SET removed = 1,
            lane = CASE WHEN lane_reason = 'undone' THEN lane ELSE $1 END,
            lane_reason = CASE WHEN lane_reason = 'undone' THEN lane_reason ELSE '' END
        WHERE tenant_id = $2 AND connection_id = $3 AND provider_transaction_id = $4)",
        {std::string(lane), tenant_, connectionId, newId});
}

std::vector<BankTransaction> TransactionRepository::releasable(const std::string& bankAccountId,
    const std::string& linkId, const std::string& startDate, std::size_t count,
    const std::string& startBefore)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return transactionsOf(
        unit_.query(selectTransactions() + R"(WHERE tenant_id = $1 AND bank_account_id = $2
            AND removed = 0 AND ((lane = 'held' AND lane_reason = 'not_linked')
                OR (lane = 'held' AND lane_reason IN
                        ('currency_differs', 'no_currency', 'unknown_currency')
                    AND revision = 0 AND EXISTS (SELECT 1 FROM bank_account a
                        WHERE a.bank_account_id = bank_transaction.bank_account_id
                            AND a.currency = bank_transaction.currency AND a.currency <> ''
                            AND a.currency_official = bank_transaction.currency_official))
                OR (lane = 'before_start' AND booked_on >= $3
                    AND (lane_reason <> $4 OR booked_on < $5)))
            ORDER BY booked_on, provider_transaction_id LIMIT $6)",
            {tenant_, bankAccountId, startDate, linkId, startBefore,
                static_cast<std::int64_t>(count)}));
}

TransactionRepository::Told TransactionRepository::toldIn(const std::string& ledgerAccountId)
{
    // Rows that a person took out of the books, by an undo or there, count as told, as far as the
    // bank shows them: they are missing there, and no opening balance makes up for that. So it is
    // with what the books do not take now: it counts as the bank shows it, and comes, or stays
    // away, without moving anything.
    const Rows rows = unit_.query(R"(SELECT
            CAST(COALESCE(SUM(CASE WHEN lane <> 'held' OR lane_reason NOT IN ('undone', 'removed')
                    THEN sent_units
                WHEN removed = 0 AND pending = 0 THEN units ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN removed = 1 OR pending = 1 THEN 0
                WHEN lane = 'held' AND lane_reason IN ('undone', 'rounded', 'period_closed',
                    'account_closed', 'reconciled', 'removed') THEN units
                WHEN lane = 'booked' AND currency = sent_currency AND exponent = sent_exponent
                    THEN units
                ELSE sent_units END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN lane = 'booked' AND entry_mark = 'removed' THEN sent_units
                WHEN lane = 'held' AND lane_reason IN ('undone', 'removed') AND removed = 0
                    AND pending = 0 THEN units ELSE 0 END), 0) AS BIGINT),
            COALESCE(MIN(CASE WHEN lane = 'booked' OR (lane = 'held' AND removed = 0
                AND lane_reason IN ('undone', 'removed')) THEN booked_on END), '')
        FROM bank_transaction t WHERE t.tenant_id = $1
            AND ($2 IN (t.sent_ledger_account_id, (SELECT value FROM ledger_fact f
                WHERE f.tenant_id = t.tenant_id AND f.kind = 'merged'
                    AND f.subject = t.sent_ledger_account_id))
                OR (t.lane = 'held' AND t.lane_reason IN ('undone', 'removed')
                    AND t.sent_ledger_account_id = '')
                OR (t.lane = 'held' AND t.sent_ledger_account_id = '' AND EXISTS (SELECT 1
                    FROM account_link l WHERE l.tenant_id = t.tenant_id AND l.ended_at IS NULL
                        AND l.bank_account_id = t.bank_account_id AND l.ledger_account_id = $3)))
            AND bank_account_id IN (SELECT bank_account_id FROM account_link
                WHERE tenant_id = $4 AND ledger_account_id = $5))",
        {tenant_, ledgerAccountId, ledgerAccountId, tenant_, ledgerAccountId});
    return {rows.number(0, 0), rows.number(0, 1), rows.number(0, 2), rows.text(0, 3)};
}

std::vector<BankTransaction> TransactionRepository::undoneLike(
    const std::vector<std::string>& feedIds, const std::vector<std::string>& days,
    const std::vector<std::int64_t>& units)
{
    std::vector<std::string> amounts;
    for (const std::int64_t amount : units)
        amounts.push_back(std::to_string(amount));
    if (feedIds.empty() || days.empty() || amounts.empty()) return {};
    return transactionsOf(unit_.query(
        selectTransactions() +
            "WHERE tenant_id = $1 AND lane = 'held' AND lane_reason = 'undone' AND bank_account_id "
            "IN (SELECT bank_account_id FROM bank_account WHERE tenant_id = $2 AND feed_id IN " +
            elementsOf(unit_, "$3") + ") AND booked_on IN " + elementsOf(unit_, "$4") +
            " AND CAST(units AS TEXT) IN " + elementsOf(unit_, "$5") +
            " ORDER BY booked_on, provider_transaction_id LIMIT $6",
        {tenant_, tenant_, jsonListOf(feedIds), jsonListOf(days), jsonListOf(amounts),
            undoneLikeMax}));
}

bool TransactionRepository::anyUndone(const std::vector<std::string>& feedIds)
{
    if (feedIds.empty()) return false;
    return !unit_
                .query("SELECT 1 FROM bank_transaction WHERE tenant_id = $1 AND lane = 'held' AND "
                       "lane_reason = 'undone' AND bank_account_id IN (SELECT bank_account_id FROM "
                       "bank_account WHERE tenant_id = $2 AND feed_id IN " +
                           elementsOf(unit_, "$3") + ") LIMIT 1",
                    {tenant_, tenant_, jsonListOf(feedIds)})
                .empty();
}

std::vector<BankTransaction> TransactionRepository::toldOf(
    const std::string& feedId, const std::string& afterRootKey, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    // Along the root keys, page by page: by its accounts (which || keeps from being looked up)
    // every page would read and sort all rows of the feed.
    return transactionsOf(
        unit_.query(selectTransactions() + R"(WHERE tenant_id = $1 AND bank_account_id || '' IN
            (SELECT bank_account_id FROM bank_account WHERE tenant_id = $2 AND feed_id = $3)
            AND revision > 0 AND root_key > $4 ORDER BY root_key LIMIT $5)",
            {tenant_, tenant_, feedId, afterRootKey, static_cast<std::int64_t>(count)}));
}

std::map<std::string, TransactionRepository::LaneCounts> TransactionRepository::laneCounts(
    const std::string& connectionId)
{
    std::vector<std::string> ids;
    for (const auto& account : BankAccountRepository(unit_, tenant_).ofConnection(connectionId))
        ids.push_back(account.id);
    return laneCounts(ids);
}

std::map<std::string, std::int64_t> TransactionRepository::lateRows(
    const std::vector<std::string>& linkIds)
{
    std::map<std::string, std::int64_t> found;
    if (linkIds.empty()) return found;
    const Rows rows = unit_.query(R"(SELECT t.bank_account_id, COUNT(*) FROM notice n
        JOIN account_link l ON l.link_id = n.subject
        JOIN bank_transaction t ON t.bank_account_id = l.bank_account_id
            AND t.lane = 'before_start' AND t.lane_reason = l.link_id
            AND t.first_seen_at >= n.opened_at
        WHERE n.tenant_id = $1 AND n.kind = 'rows_before_start' AND n.cleared_at IS NULL
            AND n.subject IN )" + elementsOf(unit_, "$2") +
                                      " GROUP BY t.bank_account_id",
        {tenant_, jsonListOf(linkIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), rows.number(i, 1));
    return found;
}

std::map<std::string, TransactionRepository::LaneCounts> TransactionRepository::laneCounts(
    const std::vector<std::string>& bankAccountIds)
{
    std::map<std::string, LaneCounts> counts;
    if (bankAccountIds.empty()) return counts;
    const std::string ids = jsonListOf(bankAccountIds);
    // Three counts, each from an index alone: what a screen shows must not read every row.
    const Rows rows = unit_.query(R"(SELECT bank_account_id, lane, COUNT(*) FROM bank_transaction
        WHERE bank_account_id IN )" + elementsOf(unit_, "$1") +
                                      R"( AND lane IN ('held', 'pending', 'before_start')
            AND (lane <> 'held' OR removed = 0) AND tenant_id = $2
        GROUP BY bank_account_id, lane)",
        {ids, tenant_});
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        auto& one = counts[rows.text(i, 0)];
        const std::string& where = rows.text(i, 1);
        if (where == lane::pending) one.pending = rows.number(i, 2);
        if (where == lane::held) one.held = rows.number(i, 2);
        if (where == lane::beforeStart) one.beforeStart = rows.number(i, 2);
    }
    const Rows booked = unit_.query(R"(SELECT t.bank_account_id, COUNT(*) FROM bank_account a
        JOIN bank_transaction t ON t.bank_account_id = a.bank_account_id AND t.lane = 'booked'
        WHERE a.tenant_id = $1 AND a.bank_account_id IN )" +
                                        elementsOf(unit_, "$2") + " GROUP BY t.bank_account_id",
        {tenant_, ids});
    for (std::size_t i = 0; i < booked.size(); ++i)
        counts[booked.text(i, 0)].booked = booked.number(i, 1);
    // Apart, along the index of the few that have a reason: a screen reads no row that has none.
    const Rows apart = unit_.query(R"(SELECT bank_account_id,
            SUM(CASE WHEN removed = 0 AND lane_reason IN
                ('period_closed', 'account_closed', 'reconciled', 'removed') THEN 1 ELSE 0 END),
            SUM(CASE WHEN entry_mark = 'removed' THEN 1 ELSE 0 END)
        FROM bank_transaction WHERE bank_account_id IN )" +
                                       elementsOf(unit_, "$1") + R"( AND lane = 'booked'
            AND lane_reason <> '' AND tenant_id = $2 GROUP BY bank_account_id)",
        {ids, tenant_});
    for (std::size_t i = 0; i < apart.size(); ++i)
    {
        auto& one = counts[apart.text(i, 0)];
        one.refused = apart.number(i, 1);
        one.takenOut = apart.number(i, 2);
    }
    return counts;
}

TransactionRepository::EarlyRows TransactionRepository::earlyRows(
    const std::string& bankAccountId, const std::string& linkId, UtcTime since)
{
    const Rows rows = unit_.query(R"(SELECT COUNT(*), MIN(booked_on), MAX(booked_on)
        FROM bank_transaction WHERE tenant_id = $1 AND bank_account_id = $2 AND
        lane = 'before_start' AND lane_reason = $3 AND first_seen_at >= $4)",
        {tenant_, bankAccountId, linkId, since.ns});
    return {
        rows.number(0, 0), rows.maybeText(0, 1).value_or(""), rows.maybeText(0, 2).value_or("")};
}

} // namespace bankfeed::store
