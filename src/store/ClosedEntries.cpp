#include "store/ClosedEntries.h"

namespace bankfeed::store
{

namespace
{

/// Where the entry of a row is, by the name that the books have for it today.
constexpr std::string_view targetOfEntry = R"(COALESCE((SELECT m.value FROM ledger_fact m
        WHERE m.tenant_id = bank_transaction.tenant_id AND m.kind = 'merged'
            AND m.subject = bank_transaction.sent_ledger_account_id),
        bank_transaction.sent_ledger_account_id))";

} // namespace

std::string inClosedPeriod(std::string_view now)
{
    return R"((lane = 'booked' AND sent_booked_on <> '' AND EXISTS (SELECT 1 FROM ledger_fact f
        WHERE f.tenant_id = bank_transaction.tenant_id AND f.kind IN ('period', 'period_guess') AND f.subject IN ('', )" +
           std::string(targetOfEntry) + R"()
            AND f.value >= bank_transaction.sent_booked_on
            AND (f.expires_at IS NULL OR f.expires_at > )" +
           std::string(now) + ")))";
}

std::string inClosedAccount(std::string_view now)
{
    const std::string target(targetOfEntry);
    return R"((lane = 'booked' AND sent_booked_on <> '' AND (EXISTS (SELECT 1 FROM ledger_account a
        WHERE a.tenant_id = bank_transaction.tenant_id AND a.is_open = 0
            AND a.ledger_account_id = )" +
           target + R"() OR EXISTS (SELECT 1 FROM ledger_fact f
        WHERE f.tenant_id = bank_transaction.tenant_id AND f.kind = 'account' AND f.subject = )" +
           target + " AND (f.expires_at IS NULL OR f.expires_at > " + std::string(now) + "))))";
}

} // namespace bankfeed::store
