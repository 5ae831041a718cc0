#include "store/RefusedRows.h"

#include "base/JsonText.h"
#include "base/Limits.h"
#include "store/BankAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/TransactionRows.h"

namespace bankfeed::store
{

namespace
{

/// Rows with a reason that does not hold any more; $1 the tenant, then three times the moment. What
/// is in the books aims at its own ledger account, anything else at that of the link, and both at
/// the one that they were merged into.
constexpr std::string_view freedSql = R"( FROM (SELECT r.*, COALESCE((SELECT f.value
            FROM ledger_fact f WHERE f.tenant_id = r.tenant_id AND f.kind = 'merged'
                AND f.subject = r.aimed_at), r.aimed_at) AS target
        FROM (SELECT b.*, CASE WHEN b.sent_ledger_account_id <> '' THEN b.sent_ledger_account_id
                ELSE COALESCE((SELECT l.ledger_account_id FROM account_link l
                    WHERE l.tenant_id = b.tenant_id AND l.bank_account_id = b.bank_account_id
                        AND l.ended_at IS NULL), '') END AS aimed_at
            FROM bank_transaction b WHERE b.tenant_id = $1 AND b.lane_reason IN
                ('period_closed', 'account_closed', 'reconciled', 'removed')) r) t
    WHERE ((lane_reason IN ('reconciled', 'removed') AND (entry_mark <> lane_reason
            OR NOT EXISTS (SELECT 1 FROM ledger_fact f WHERE f.tenant_id = t.tenant_id
                AND f.subject = t.root_key AND f.kind IN ('entry', 'entry_guess')
                AND f.value = t.lane_reason AND (f.expires_at IS NULL OR f.expires_at > $2))))
        OR (lane_reason = 'account_closed' AND NOT EXISTS (SELECT 1 FROM ledger_account a
            WHERE a.tenant_id = t.tenant_id AND a.ledger_account_id = t.target AND a.is_open = 0)
            AND NOT EXISTS (SELECT 1 FROM ledger_fact f WHERE f.tenant_id = t.tenant_id
                AND f.kind = 'account' AND f.subject = t.target
                AND (f.expires_at IS NULL OR f.expires_at > $3)))
        OR (lane_reason = 'period_closed' AND NOT EXISTS (SELECT 1 FROM ledger_fact f
            WHERE f.tenant_id = t.tenant_id AND f.kind IN ('period', 'period_guess')
                AND (f.subject = '' OR f.subject = t.target)
                AND (f.value >= t.booked_on
                    OR (t.revision > 0 AND f.value >= t.sent_booked_on))
                AND (f.expires_at IS NULL OR f.expires_at > $4)))))";

} // namespace

std::vector<BankTransaction> RefusedRows::freed(
    const std::string& connectionId, UtcTime now, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    return transactionsOf(
        unit_.query("SELECT " + transactionColumnNames() + std::string(freedSql) +
                        " AND connection_id = $5 ORDER BY booked_on, provider_transaction_id "
                        "LIMIT $6",
            {tenant_, now.ns, now.ns, now.ns, connectionId, static_cast<std::int64_t>(count)}));
}

std::vector<std::string> RefusedRows::connectionsWithFreed(UtcTime now, std::size_t count)
{
    const Rows rows = unit_.query("SELECT DISTINCT connection_id" + std::string(freedSql) +
                                      " ORDER BY connection_id LIMIT $5",
        {tenant_, now.ns, now.ns, now.ns, static_cast<std::int64_t>(count)});
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < rows.size(); ++i)
        ids.push_back(rows.text(i, 0));
    return ids;
}

void RefusedRows::note(const std::set<std::string>& bankAccountIds, Random& random, UtcTime now)
{
    NoticeRepository notices(unit_, tenant_);
    for (const auto& id : bankAccountIds)
    {
        std::int64_t count = 0;
        std::string first;
        std::string last;
        std::string reasons;
        const Rows rows = unit_.query(R"(SELECT lane_reason, COUNT(*), MIN(booked_on),
                MAX(booked_on) FROM bank_transaction WHERE tenant_id = $1 AND bank_account_id = $2
                AND lane IN ('held', 'booked')
                AND (lane_reason IN ('period_closed', 'account_closed', 'reconciled')
                    OR (lane = 'held' AND lane_reason = 'removed' AND EXISTS (SELECT 1
                        FROM ledger_fact f WHERE f.tenant_id = bank_transaction.tenant_id
                            AND f.kind = 'entry_guess' AND f.value = 'removed'
                            AND f.subject = bank_transaction.root_key)))
            GROUP BY lane_reason ORDER BY lane_reason)",
            {tenant_, id});
        for (std::size_t i = 0; i < rows.size(); ++i)
        {
            count += rows.number(i, 1);
            if (first.empty() || rows.text(i, 2) < first) first = rows.text(i, 2);
            if (last < rows.text(i, 3)) last = rows.text(i, 3);
            reasons += (reasons.empty() ? "" : " ") + rows.text(i, 0);
        }
        if (count == 0)
        {
            notices.clear(notice::rowsRefused, id, now);
            continue;
        }
        const auto account = BankAccountRepository(unit_, tenant_).find(id);
        notices.open(random, notice::rowsRefused, id, "warning",
            JsonObject()
                .text("bank_account", account ? account->name : std::string())
                .text("bank_account_id", id)
                .number("count", count)
                .text("reasons", reasons)
                .text("first_date", first)
                .text("last_date", last)
                .json(),
            now);
    }
}

} // namespace bankfeed::store
