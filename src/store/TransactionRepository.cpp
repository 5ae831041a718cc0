#include "store/TransactionRepository.h"

#include "base/JsonText.h"
#include "base/Limits.h"

#include <algorithm>

namespace bankfeed::store
{

namespace
{

const std::vector<std::string>& columns()
{
    static const std::vector<std::string> list{"connection_id TEXT", "provider_transaction_id TEXT",
        "tenant_id TEXT", "provider_account_id TEXT", "bank_account_id TEXT", "amount_exact TEXT",
        "units BIGINT", "exponent BIGINT", "currency TEXT", "currency_official BIGINT",
        "rounded BIGINT", "booked_on TEXT", "authorized_on TEXT", "pending BIGINT",
        "pending_transaction_id TEXT", "name TEXT", "original_description TEXT", "merchant TEXT",
        "category TEXT", "text_repaired BIGINT", "removed BIGINT", "lane TEXT", "lane_reason TEXT",
        "root_key TEXT", "revision BIGINT", "sent_ledger_account_id TEXT", "sent_units BIGINT",
        "sent_exponent BIGINT", "sent_currency TEXT", "sent_booked_on TEXT",
        "sent_fingerprint TEXT", "seen_generation BIGINT", "first_seen_at BIGINT",
        "changed_at BIGINT"};
    return list;
}

std::string nameOf(const std::string& column)
{
    return column.substr(0, column.find(' '));
}

/// SELECT in the order of columns().
const std::string& selectSql()
{
    static const std::string sql = []
    {
        std::string text = "SELECT ";
        for (const auto& column : columns())
            text += (text.size() > 7 ? ", " : "") + nameOf(column);
        return text + " FROM bank_transaction ";
    }();
    return sql;
}

/// Everything but the keys, the names and the first sight takes the new value.
const std::string& upsertTail()
{
    static const std::string sql = []
    {
        std::string sets;
        for (const auto& column : columns())
        {
            const std::string name = nameOf(column);
            if (name == "connection_id" || name == "provider_transaction_id" ||
                name == "tenant_id" || name == "root_key" || name == "first_seen_at")
                continue;
            sets += (sets.empty() ? "" : ", ") + name + " = excluded." + name;
        }
        return "ON CONFLICT (connection_id, provider_transaction_id) DO UPDATE SET " + sets;
    }();
    return sql;
}

BankTransaction rowAt(const Rows& rows, std::size_t i)
{
    BankTransaction row;
    row.connectionId = rows.text(i, 0);
    row.providerTransactionId = rows.text(i, 1);
    row.providerAccountId = rows.text(i, 3);
    row.bankAccountId = rows.maybeText(i, 4);
    row.amountExact = rows.text(i, 5);
    row.units = rows.number(i, 6);
    row.exponent = static_cast<int>(rows.number(i, 7));
    row.currency = rows.text(i, 8);
    row.currencyOfficial = rows.number(i, 9) != 0;
    row.rounded = rows.number(i, 10) != 0;
    row.bookedOn = rows.text(i, 11);
    row.authorizedOn = rows.text(i, 12);
    row.pending = rows.number(i, 13) != 0;
    row.pendingTransactionId = rows.text(i, 14);
    row.name = rows.text(i, 15);
    row.originalDescription = rows.text(i, 16);
    row.merchant = rows.text(i, 17);
    row.category = rows.text(i, 18);
    row.textRepaired = rows.number(i, 19) != 0;
    row.removed = rows.number(i, 20) != 0;
    row.lane = rows.text(i, 21);
    row.laneReason = rows.text(i, 22);
    row.rootKey = rows.text(i, 23);
    row.revision = rows.number(i, 24);
    row.sentLedgerAccountId = rows.text(i, 25);
    row.sentUnits = rows.number(i, 26);
    row.sentExponent = static_cast<int>(rows.number(i, 27));
    row.sentCurrency = rows.text(i, 28);
    row.sentBookedOn = rows.text(i, 29);
    row.sentFingerprint = rows.text(i, 30);
    row.seenGeneration = rows.number(i, 31);
    row.firstSeenAt = UtcTime{rows.number(i, 32)};
    row.changedAt = UtcTime{rows.number(i, 33)};
    return row;
}

std::vector<BankTransaction> rowsOf(const Rows& rows)
{
    std::vector<BankTransaction> found;
    found.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(rowAt(rows, i));
    return found;
}

/// A list of texts as one parameter, so that the statement's text never varies.
std::string jsonListOf(const std::vector<std::string>& texts)
{
    std::string json = "[";
    for (const auto& text : texts)
    {
        if (json.size() > 1) json.push_back(',');
        json += jsonString(text);
    }
    return json + "]";
}

/// The elements of such a list as the rows of a subquery; `parameter` is "$2".
std::string elementsOf(const Unit& unit, std::string_view parameter)
{
    if (unit.engine() == Engine::Postgresql)
        return "(SELECT json_array_elements_text(CAST(" + std::string(parameter) + " AS json)))";
    return "(SELECT value FROM json_each(" + std::string(parameter) + "))";
}

} // namespace

std::vector<BankTransaction> TransactionRepository::find(
    const std::string& connectionId, const std::vector<std::string>& providerTransactionIds)
{
    BF_ASSERT(providerTransactionIds.size() <= limits::rowsPerUnit);
    if (providerTransactionIds.empty()) return {};
    return rowsOf(unit_.query(selectSql() +
                                  "WHERE tenant_id = $1 AND connection_id = $2 AND "
                                  "provider_transaction_id IN " +
                                  elementsOf(unit_, "$3"),
        {tenant_, connectionId, jsonListOf(providerTransactionIds)}));
}

void TransactionRepository::save(const std::vector<BankTransaction>& rows)
{
    BF_ASSERT(rows.size() <= limits::rowsPerUnit);
    if (rows.empty()) return;
    std::vector<Value> cells;
    cells.reserve(rows.size() * columns().size());
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
                row.sentCurrency, row.sentBookedOn, row.sentFingerprint, row.seenGeneration,
                row.firstSeenAt.ns, row.changedAt.ns});
    }
    unit_.insertMany("bank_transaction", columns(), cells, upsertTail());
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

std::vector<BankTransaction> TransactionRepository::notSeen(
    const std::string& connectionId, std::int64_t generation, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    const Rows seen = unit_.query(R"(SELECT provider_account_id, MIN(booked_on)
        FROM bank_transaction
        WHERE tenant_id = $1 AND connection_id = $2 AND seen_generation = $3 AND removed = 0
        GROUP BY provider_account_id)",
        {tenant_, connectionId, generation});
    if (seen.empty()) return {};
    std::vector<std::string> accounts;
    std::string oldest = seen.text(0, 1);
    for (std::size_t i = 0; i < seen.size(); ++i)
    {
        accounts.push_back(seen.text(i, 0));
        oldest = std::min(oldest, seen.text(i, 1));
    }
    return rowsOf(
        unit_.query(selectSql() + R"(WHERE tenant_id = $1 AND connection_id = $2
            AND removed = 0 AND seen_generation < $3 AND booked_on >= $4
            AND provider_account_id IN )" +
                        elementsOf(unit_, "$5") + " ORDER BY provider_transaction_id LIMIT $6",
            {tenant_, connectionId, generation, oldest, jsonListOf(accounts),
                static_cast<std::int64_t>(count)}));
}

std::vector<BankTransaction> TransactionRepository::releasable(const std::string& bankAccountId,
    const std::string& linkId, const std::string& startDate, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return rowsOf(unit_.query(selectSql() + R"(WHERE tenant_id = $1 AND bank_account_id = $2
            AND removed = 0 AND ((lane = 'held' AND lane_reason = 'not_linked')
                OR (lane = 'before_start' AND lane_reason <> $3 AND booked_on >= $4))
            ORDER BY booked_on, provider_transaction_id LIMIT $5)",
        {tenant_, bankAccountId, linkId, startDate, static_cast<std::int64_t>(count)}));
}

std::int64_t TransactionRepository::sentUnits(
    const std::string& bankAccountId, const std::string& ledgerAccountId)
{
    return unit_
        .query(R"(SELECT CAST(COALESCE(SUM(sent_units), 0) AS BIGINT) FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND sent_ledger_account_id = $3)",
            {tenant_, bankAccountId, ledgerAccountId})
        .number(0, 0);
}

std::string TransactionRepository::earliestBookedOn(const std::string& bankAccountId)
{
    return unit_
        .query(R"(SELECT COALESCE(MIN(booked_on), '') FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND lane = 'booked')",
            {tenant_, bankAccountId})
        .text(0, 0);
}

std::vector<BankTransaction> TransactionRepository::toldOf(
    const std::string& bankAccountId, const std::string& afterRootKey, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return rowsOf(unit_.query(selectSql() + R"(WHERE tenant_id = $1 AND bank_account_id = $2
            AND revision > 0 AND root_key > $3 ORDER BY root_key LIMIT $4)",
        {tenant_, bankAccountId, afterRootKey, static_cast<std::int64_t>(count)}));
}

std::map<std::string, TransactionRepository::LaneCounts> TransactionRepository::laneCounts(
    const std::string& connectionId)
{
    const Rows rows = unit_.query(R"(SELECT t.bank_account_id, t.lane, COUNT(*)
        FROM bank_transaction t JOIN bank_account a ON a.bank_account_id = t.bank_account_id
        WHERE a.tenant_id = $1 AND a.connection_id = $2
        GROUP BY t.bank_account_id, t.lane)",
        {tenant_, connectionId});
    std::map<std::string, LaneCounts> counts;
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        auto& one = counts[rows.text(i, 0)];
        const std::string& where = rows.text(i, 1);
        if (where == lane::pending) one.pending = rows.number(i, 2);
        if (where == lane::held) one.held = rows.number(i, 2);
        if (where == lane::beforeStart) one.beforeStart = rows.number(i, 2);
        if (where == lane::booked) one.booked = rows.number(i, 2);
    }
    return counts;
}

std::vector<BankTransaction> TransactionRepository::heldPage(const std::string& bankAccountId,
    const std::string& afterBookedOn, const std::string& afterId, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    const std::string from = afterBookedOn.empty() ? "9999-12-31" : afterBookedOn;
    return rowsOf(unit_.query(selectSql() + R"(WHERE tenant_id = $1 AND bank_account_id = $2
            AND lane = 'held'
            AND (booked_on < $3 OR (booked_on = $4 AND provider_transaction_id > $5))
            ORDER BY booked_on DESC, provider_transaction_id LIMIT $6)",
        {tenant_, bankAccountId, from, from, afterId, static_cast<std::int64_t>(count)}));
}

} // namespace bankfeed::store
