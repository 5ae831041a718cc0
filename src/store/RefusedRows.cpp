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

void RefusedRows::noteBack(
    const std::set<std::string>& bankAccountIds, bool isNews, Random& random, UtcTime now)
{
    NoticeRepository notices(unit_, tenant_);
    for (const auto& id : bankAccountIds)
    {
        if (!isNews && !notices.isOpen(notice::removalsBack, id)) continue;
        const Rows rows = unit_.query(R"(SELECT COUNT(*), COALESCE(MIN(booked_on), ''),
                COALESCE(MAX(booked_on), '') FROM bank_transaction
            WHERE tenant_id = $1 AND bank_account_id = $2 AND root_key IN (SELECT subject
                FROM ledger_fact WHERE tenant_id = $3 AND kind = 'entry' AND value = 'back'))",
            {tenant_, id, tenant_});
        if (rows.number(0, 0) == 0)
        {
            notices.clear(notice::removalsBack, id, now);
            continue;
        }
        const auto account = BankAccountRepository(unit_, tenant_).find(id);
        notices.open(random, notice::removalsBack, id, "warning",
            JsonObject()
                .text("bank_account", account ? account->name : std::string())
                .text("bank_account_id", id)
                .number("count", rows.number(0, 0))
                .text("first_date", rows.text(0, 1))
                .text("last_date", rows.text(0, 2))
                .json(),
            now);
    }
}

void RefusedRows::noteForgottenMerges(std::int64_t generation, Random& random, UtcTime now)
{
    const Rows rows = unit_.query(R"(SELECT l.bank_account_id, COALESCE(a.name, m.subject),
            COALESCE(i.name, m.value), CASE WHEN m.generation < $1 AND a.is_open = 1 THEN 1 ELSE 0
            END AS is_forgotten
        FROM ledger_fact m
        JOIN account_link l ON l.tenant_id = m.tenant_id AND l.ledger_account_id = m.value
            AND l.ended_at IS NULL
        LEFT JOIN ledger_account a ON a.tenant_id = m.tenant_id
            AND a.ledger_account_id = m.subject
        LEFT JOIN ledger_account i ON i.tenant_id = m.tenant_id AND i.ledger_account_id = m.value
        WHERE m.tenant_id = $2 AND m.kind = 'merged' ORDER BY is_forgotten, m.subject LIMIT 100)",
        {generation, tenant_});
    NoticeRepository notices(unit_, tenant_);
    std::set<std::string> told;
    for (std::size_t i = rows.size(); i-- > 0;)
    {
        const std::string id = rows.text(i, 0);
        if (rows.number(i, 3) == 0)
        {
            if (!told.contains(id)) notices.clear(notice::mergeForgotten, id, now);
            continue;
        }
        if (!told.insert(id).second) continue;
        const auto account = BankAccountRepository(unit_, tenant_).find(id);
        notices.open(random, notice::mergeForgotten, id, "warning",
            JsonObject()
                .text("bank_account", account ? account->name : std::string())
                .text("bank_account_id", id)
                .text("from", rows.text(i, 1))
                .text("into", rows.text(i, 2))
                .json(),
            now);
    }
}

void RefusedRows::forgetBack(const std::string& bankAccountId)
{
    unit_.execute(R"(DELETE FROM ledger_fact WHERE tenant_id = $1 AND kind = 'entry'
        AND value = 'back' AND subject IN (SELECT root_key FROM bank_transaction
            WHERE tenant_id = $2 AND bank_account_id = $3))",
        {tenant_, tenant_, bankAccountId});
}

} // namespace bankfeed::store
