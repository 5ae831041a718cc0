#include "store/RestoredBooks.h"

#include "base/JsonText.h"
#include "store/BankAccountRepository.h"
#include "store/NoticeRepository.h"

namespace bankfeed::store
{

void RestoredBooks::noteBack(
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

void RestoredBooks::forgetBack(const std::string& bankAccountId)
{
    unit_.execute(R"(DELETE FROM ledger_fact WHERE tenant_id = $1 AND kind = 'entry'
        AND value = 'back' AND subject IN (SELECT root_key FROM bank_transaction
            WHERE tenant_id = $2 AND bank_account_id = $3))",
        {tenant_, tenant_, bankAccountId});
}

void RestoredBooks::noteForgottenMerges(std::int64_t generation, Random& random, UtcTime now)
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

} // namespace bankfeed::store
