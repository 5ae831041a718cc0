#include "store/TakeBackRepository.h"

#include "base/Limits.h"
#include "store/ClosedEntries.h"
#include "store/TransactionRows.h"

#include <utility>

namespace bankfeed::store
{

namespace
{

/// FROM and WHERE of the rows; `first` and the three parameters behind it are valuesOf. A row was
/// told to the ledger account by whatever name that had then.
std::string ofLink(int first)
{
    const auto value = [&](int i) { return "$" + std::to_string(first + i); };
    return " FROM bank_transaction WHERE tenant_id = " + value(0) +
           " AND bank_account_id = " + value(1) + " AND ((revision > 0 AND " + value(2) +
           R"( IN (sent_ledger_account_id,
            (SELECT m.value FROM ledger_fact m WHERE m.tenant_id = bank_transaction.tenant_id
                AND m.kind = 'merged' AND m.subject = bank_transaction.sent_ledger_account_id))
            AND NOT EXISTS (SELECT 1 FROM import_batch i
                WHERE i.tenant_id = bank_transaction.tenant_id
                    AND i.import_id = bank_transaction.import_id AND i.began_at < )" +
           value(3) +
           R"())
        OR (revision = 0 AND lane = 'held' AND lane_reason IN ('overlap', 'undone'))))";
}

std::vector<Value> valuesOf(const std::string& tenant, const AccountLink& link)
{
    return {tenant, link.bankAccountId, link.ledgerAccountId.value_or(""), link.createdAt.ns};
}

} // namespace

std::vector<BankTransaction> TakeBackRepository::rows(const AccountLink& link, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    auto values = valuesOf(tenant_, link);
    values.emplace_back(static_cast<std::int64_t>(count));
    return transactionsOf(unit_.query("SELECT " + transactionColumnNames() + ofLink(1) +
                                          " ORDER BY booked_on, provider_transaction_id LIMIT $5",
        values));
}

std::vector<TakeBackRepository::Count> TakeBackRepository::counts(
    const AccountLink& link, UtcTime now)
{
    std::vector<Value> values{now.ns, now.ns};
    for (auto& value : valuesOf(tenant_, link))
        values.push_back(std::move(value));
    const Rows rows = unit_.query(
        R"(SELECT lane, lane_reason, entry_mark, closed, took, told, live, COUNT(*),
            MIN(booked_on), MAX(booked_on) FROM (SELECT lane, lane_reason, entry_mark, booked_on,
            CASE WHEN revision > 0 THEN 1 ELSE 0 END AS told,
            CASE WHEN own_root_key <> '' THEN 1 ELSE 0 END AS took,
            CASE WHEN revision > 0 AND entry_mark <> 'wanted' AND sent_fingerprint NOT LIKE '.%'
                THEN 1 ELSE 0 END AS live,
            CASE WHEN )" +
            inClosedPeriod("$1") + " THEN 1 WHEN " + inClosedAccount("$2") +
            " THEN 2 ELSE 0 END AS closed" + ofLink(3) +
            R"() judged GROUP BY lane, lane_reason, entry_mark, closed, took, told, live
        ORDER BY lane, lane_reason, entry_mark, closed, took, told, live)",
        values);
    std::vector<Count> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        Count one;
        one.standing = {link.bankAccountId, rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),
            rows.number(i, 3) == 1, rows.number(i, 3) == 2, rows.number(i, 7), rows.text(i, 8),
            rows.text(i, 9)};
        one.tookOver = rows.number(i, 4) != 0;
        one.told = rows.number(i, 5) != 0;
        one.live = rows.number(i, 6) != 0;
        found.push_back(std::move(one));
    }
    return found;
}

bool TakeBackRepository::anyTold(const AccountLink& link)
{
    return !unit_
                .query(R"(SELECT 1 FROM bank_transaction
        WHERE tenant_id = $1 AND bank_account_id = $2 AND revision > 0 LIMIT 1)",
                    {tenant_, link.bankAccountId})
                .empty();
}

std::optional<BankTransaction> TakeBackRepository::undoneBefore(
    const AccountLink& link, const BankTransaction& row)
{
    auto found = transactionsOf(unit_.query(selectTransactions() + R"(WHERE tenant_id = $1
            AND bank_account_id IN (SELECT bank_account_id FROM bank_account
                WHERE tenant_id = $2 AND feed_id = $3 AND bank_account_id <> $4)
            AND lane = 'gone' AND revision > 0 AND booked_on = $5 AND units = $6
            AND exponent = $7 AND currency = $8
        ORDER BY provider_transaction_id LIMIT 1)",
        {tenant_, tenant_, link.feedId, link.bankAccountId, row.bookedOn, row.units,
            static_cast<std::int64_t>(row.exponent), row.currency}));
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

void TakeBackRepository::giveRootKey(BankTransaction& row, const std::string& rootKey)
{
    row.rootKey = rootKey;
    const auto given = unit_.execute(R"(UPDATE bank_transaction SET root_key = $1
        WHERE tenant_id = $2 AND connection_id = $3 AND provider_transaction_id = $4)",
        {rootKey, tenant_, row.connectionId, row.providerTransactionId});
    BF_ASSERT(given == 1);
}

bool TakeBackRepository::importUnderWay(const std::string& connectionId)
{
    return !unit_
                .query(R"(SELECT 1 FROM import_batch WHERE tenant_id = $1 AND connection_id = $2
                    AND state <> 'booked' LIMIT 1)",
                    {tenant_, connectionId})
                .empty();
}

} // namespace bankfeed::store
