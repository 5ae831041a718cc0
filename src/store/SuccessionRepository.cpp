#include "store/SuccessionRepository.h"

#include "base/Limits.h"
#include "store/TransactionRows.h"

#include <utility>

namespace bankfeed::store
{

namespace
{

/// That what a row of `table` was told to aims at the ledger account `parameter`: by its own name,
/// or because its account was merged into that one.
std::string aimsAt(std::string_view parameter, const std::string& table, const std::string& column)
{
    const std::string aim = table + "." + column;
    return std::string(parameter) + " IN (" + aim +
           ", (SELECT value FROM ledger_fact f WHERE f.tenant_id = " + table +
           ".tenant_id AND f.kind = 'merged' AND f.subject = " + aim + "))";
}

std::string rowAimsAt(std::string_view parameter)
{
    return aimsAt(parameter, "bank_transaction", "sent_ledger_account_id");
}

/// Booked rows of the other accounts of a feed in a ledger account; $1..$5.
std::string bookedByOthers()
{
    return R"( FROM bank_transaction
    WHERE tenant_id = $1 AND bank_account_id IN (SELECT bank_account_id FROM bank_account
        WHERE tenant_id = $2 AND feed_id = $3 AND bank_account_id <> $4)
    AND lane = 'booked' AND )" +
           rowAimsAt("$5");
}

/// What an account may take over in a ledger account; $1..$5.
std::string takeableByOne()
{
    return R"(WHERE tenant_id = $1
    AND bank_account_id IN (SELECT bank_account_id FROM bank_account
        WHERE tenant_id = $2 AND feed_id = $3)
    AND (bank_account_id <> $4 OR removed = 1) AND lane = 'booked' AND )" +
           rowAimsAt("$5");
}

} // namespace

bool SuccessionRepository::goesOn(const std::string& feedId)
{
    return unit_
               .query("SELECT COUNT(*) FROM bank_account WHERE tenant_id = $1 AND feed_id = $2",
                   {tenant_, feedId})
               .number(0, 0) > 1;
}

std::optional<SuccessionRepository::Span> SuccessionRepository::toldSpan(
    const std::string& feedId, const std::string& ledgerAccountId)
{
    // The day of an entry that was amended away from it counts too: a host's last entry stays.
    const Rows rows = unit_.query(R"(SELECT MIN(day), MAX(day) FROM (
        SELECT booked_on AS day FROM bank_transaction WHERE tenant_id = $1 AND revision > 0
            AND )" + rowAimsAt("$2") + R"( AND bank_account_id IN
            (SELECT bank_account_id FROM bank_account WHERE tenant_id = $3 AND feed_id = $4)
        UNION ALL SELECT booked_on FROM outbox WHERE feed_id = $5 AND booked_on <> '' AND )" +
                                      aimsAt("$6", "outbox", "ledger_account_id") + R"(
        UNION ALL SELECT opening_on FROM account_link WHERE tenant_id = $7 AND feed_id = $8
            AND ledger_account_id = $9 AND opening_revision > 0) told)",
        {tenant_, ledgerAccountId, tenant_, feedId, feedId, ledgerAccountId, tenant_, feedId,
            ledgerAccountId});
    if (rows.isNull(0, 0)) return std::nullopt;
    return Span{rows.text(0, 0), rows.text(0, 1)};
}

std::string SuccessionRepository::lastBookedOn(
    const std::string& bankAccountId, const std::string& ledgerAccountId)
{
    const Rows rows = unit_.query(R"(SELECT booked_on FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND lane = 'booked' AND )" +
                                      rowAimsAt("$3") + " ORDER BY booked_on DESC LIMIT 1",
        {tenant_, bankAccountId, ledgerAccountId});
    return rows.empty() ? std::string() : rows.text(0, 0);
}

std::vector<BankTransaction> SuccessionRepository::bookedLike(const std::string& feedId,
    const std::string& exceptAccountId, const std::string& ledgerAccountId, const std::string& from,
    const std::string& to, const std::vector<std::int64_t>& units)
{
    std::string list = "[";
    for (const std::int64_t amount : units)
    {
        if (list.size() > 1) list.push_back(',');
        list += "\"" + std::to_string(amount) + "\"";
    }
    list += "]";
    return transactionsOf(unit_.query("SELECT " + transactionColumnNames() + bookedByOthers() +
                                          " AND booked_on >= $6 AND booked_on <= $7 AND "
                                          "CAST(units AS TEXT) IN " +
                                          elementsOf(unit_, "$8") +
                                          " ORDER BY booked_on, provider_transaction_id LIMIT $9",
        {tenant_, tenant_, feedId, exceptAccountId, ledgerAccountId, from, to, list,
            bookedLikeMax}));
}

std::vector<std::string> SuccessionRepository::bookedDays(const std::string& feedId,
    const std::string& exceptAccountId, const std::string& ledgerAccountId, const std::string& from,
    const std::string& to)
{
    const Rows rows = unit_.query("SELECT DISTINCT booked_on" + bookedByOthers() +
                                      " AND booked_on >= $6 AND booked_on <= $7 ORDER BY booked_on",
        {tenant_, tenant_, feedId, exceptAccountId, ledgerAccountId, from, to});
    std::vector<std::string> days;
    for (std::size_t i = 0; i < rows.size(); ++i)
        days.push_back(rows.text(i, 0));
    return days;
}

std::string SuccessionRepository::firstShownOn(const std::string& bankAccountId)
{
    const Rows rows = unit_.query(R"(SELECT booked_on FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND removed = 0 AND pending = 0
        ORDER BY booked_on LIMIT 1)",
        {tenant_, bankAccountId});
    return rows.empty() ? std::string() : rows.text(0, 0);
}

std::vector<BankTransaction> SuccessionRepository::takeable(const std::string& feedId,
    const std::string& accountId, const std::string& ledgerAccountId, const Span& days,
    std::int64_t units, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return transactionsOf(
        unit_.query(selectTransactions() + takeableByOne() +
                        " AND booked_on >= $6 AND booked_on <= $7 ORDER BY CASE WHEN units = $8 "
                        "THEN 0 ELSE 1 END, booked_on, provider_transaction_id LIMIT $9",
            {tenant_, tenant_, feedId, accountId, ledgerAccountId, days.first, days.last, units,
                static_cast<std::int64_t>(count)}));
}

std::optional<BankTransaction> SuccessionRepository::takeable(const std::string& feedId,
    const std::string& accountId, const std::string& ledgerAccountId, const std::string& rootKey)
{
    auto found =
        transactionsOf(unit_.query(selectTransactions() + takeableByOne() + " AND root_key = $6",
            {tenant_, tenant_, feedId, accountId, ledgerAccountId, rootKey}));
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::vector<BankTransaction> SuccessionRepository::overlapsBeside(
    const std::string& bankAccountId, const std::vector<std::string>& days, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return transactionsOf(unit_.query(
        selectTransactions() + R"(WHERE tenant_id = $1 AND bank_account_id = $2
            AND lane = 'held' AND lane_reason = 'overlap' AND booked_on NOT IN )" +
            elementsOf(unit_, "$3") + " ORDER BY booked_on, provider_transaction_id LIMIT $4",
        {tenant_, bankAccountId, jsonListOf(days), static_cast<std::int64_t>(count)}));
}

std::optional<SuccessionRepository::Span> SuccessionRepository::overlapSpan(
    const std::string& bankAccountId)
{
    const Rows rows = unit_.query(R"(SELECT MIN(booked_on), MAX(booked_on) FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND lane = 'held' AND lane_reason = 'overlap')",
        {tenant_, bankAccountId});
    if (rows.isNull(0, 0)) return std::nullopt;
    return Span{rows.text(0, 0), rows.text(0, 1)};
}

std::optional<SuccessionRepository::NotShown> SuccessionRepository::notShown(
    const BankAccount& account, const std::string& linkId, const std::string& startDate,
    const std::string& ledgerAccountId)
{
    const Rows own = unit_.query(R"(SELECT MIN(booked_on), CAST(COALESCE(SUM(CASE
            WHEN lane = 'before_start' AND lane_reason = $1 AND booked_on >= $2 THEN 1
            WHEN lane = 'held' AND lane_reason = 'overlap' THEN 1 ELSE 0 END), 0) AS BIGINT)
        FROM bank_transaction WHERE tenant_id = $3 AND bank_account_id = $4 AND removed = 0
            AND pending = 0)",
        {linkId, startDate, tenant_, account.id});
    const auto first = own.maybeText(0, 0);
    if (!first) return std::nullopt;
    // Of the first day the bank may show a part.
    const Rows left = unit_.query("SELECT COUNT(*), MIN(booked_on), MAX(booked_on)" +
                                      bookedByOthers() + " AND booked_on > $6",
        {tenant_, tenant_, account.feedId, account.id, ledgerAccountId, *first});
    const std::int64_t count = left.number(0, 0) - own.number(0, 1);
    if (count <= 0) return std::nullopt;
    return NotShown{count, {left.text(0, 1), left.text(0, 2)}};
}

std::int64_t SuccessionRepository::overlapCount(const std::string& bankAccountId)
{
    return unit_
        .query(R"(SELECT COUNT(*) FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND lane = 'held' AND lane_reason = 'overlap')",
            {tenant_, bankAccountId})
        .number(0, 0);
}

void SuccessionRepository::exchangeRootKeys(
    BankTransaction& old, BankTransaction& row, bool rowIsStored)
{
    const auto give = [&](const BankTransaction& to, const std::string& key)
    {
        const auto given = unit_.execute(R"(UPDATE bank_transaction SET root_key = $1
            WHERE tenant_id = $2 AND connection_id = $3 AND provider_transaction_id = $4)",
            {key, tenant_, to.connectionId, to.providerTransactionId});
        BF_ASSERT(given == 1);
    };
    row.ownRootKey = row.rootKey;
    std::swap(old.rootKey, row.rootKey);
    // No two rows may have one key, not even for a moment.
    if (rowIsStored)
    {
        give(old, "exchange:" + old.rootKey);
        give(row, row.rootKey);
    }
    give(old, old.rootKey);
}

} // namespace bankfeed::store
