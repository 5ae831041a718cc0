#include "store/BankChangeRepository.h"

#include "base/Limits.h"

#include <limits>

namespace bankfeed::store
{

namespace
{

const std::vector<std::string> columns{"tenant_id TEXT", "connection_id TEXT", "at BIGINT",
    "transaction_id TEXT", "bank_account_id TEXT", "kind TEXT", "outcome TEXT",
    "old_booked_on TEXT", "old_exact TEXT", "old_currency TEXT", "old_exponent BIGINT",
    "old_name TEXT", "old_merchant TEXT", "old_category TEXT", "old_pending BIGINT",
    "new_booked_on TEXT", "new_exact TEXT", "new_currency TEXT", "new_exponent BIGINT",
    "new_name TEXT", "new_merchant TEXT", "new_category TEXT", "new_pending BIGINT"};

constexpr std::string_view selected =
    "connection_id, at, transaction_id, bank_account_id, kind, outcome, old_booked_on, old_exact, "
    "old_currency, old_exponent, old_name, old_merchant, old_category, old_pending, new_booked_on, "
    "new_exact, new_currency, new_exponent, new_name, new_merchant, new_category, new_pending";

BankChange::Word wordOf(const BankTransaction& row)
{
    return {row.bookedOn, row.amountExact, row.currency, row.exponent, row.name, row.merchant,
        row.category, row.pending};
}

BankChange::Word wordAt(const Rows& rows, std::size_t i, std::size_t from)
{
    return {rows.text(i, from), rows.text(i, from + 1), rows.text(i, from + 2),
        static_cast<int>(rows.number(i, from + 3)), rows.text(i, from + 4), rows.text(i, from + 5),
        rows.text(i, from + 6), rows.number(i, from + 7) != 0};
}

void append(std::vector<Value>& cells, const BankChange::Word& word)
{
    cells.insert(
        cells.end(), {word.bookedOn, word.amountExact, word.currency, std::int64_t{word.exponent},
                         word.name, word.merchant, word.category, word.pending ? 1 : 0});
}

} // namespace

std::optional<BankChange> BankChange::between(
    const BankTransaction& before, const BankTransaction& after)
{
    BankChange change;
    change.before = wordOf(before);
    change.after = wordOf(after);
    if (before.removed != after.removed)
        change.kind = after.removed ? bankChange::takenBack : bankChange::returned;
    else if (!after.removed && change.before != change.after)
        change.kind = bankChange::amended;
    else
        return std::nullopt;
    change.connectionId = after.connectionId;
    change.transactionId = after.providerTransactionId;
    change.bankAccountId = after.bankAccountId.value_or("");
    change.at = after.changedAt;
    change.outcome = after.revision != before.revision ? bankChange::told : after.laneReason;
    return change;
}

void BankChangeRepository::add(const std::vector<BankChange>& changes)
{
    BF_ASSERT(changes.size() <= limits::rowsPerUnit);
    if (changes.empty()) return;
    std::vector<Value> cells;
    cells.reserve(changes.size() * columns.size());
    for (const auto& one : changes)
    {
        cells.insert(cells.end(), {tenant_, one.connectionId, one.at.ns, one.transactionId,
                                      one.bankAccountId, one.kind, one.outcome});
        append(cells, one.before);
        append(cells, one.after);
    }
    // Two words of the bank within one tick of the clock are one: what was before stays.
    unit_.insertMany("bank_change", columns, cells,
        R"(ON CONFLICT (connection_id, at, transaction_id) DO UPDATE SET kind = excluded.kind,
            outcome = excluded.outcome, new_booked_on = excluded.new_booked_on,
            new_exact = excluded.new_exact, new_currency = excluded.new_currency,
            new_exponent = excluded.new_exponent, new_name = excluded.new_name,
            new_merchant = excluded.new_merchant, new_category = excluded.new_category,
            new_pending = excluded.new_pending)");
}

std::vector<BankChange> BankChangeRepository::page(const std::string& connectionId,
    const std::string& bankAccountId, const std::optional<Key>& before, std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= 100);
    const Key key = before.value_or(Key{{std::numeric_limits<std::int64_t>::max()}, ""});
    std::vector<Value> values{tenant_};
    std::string which;
    if (!bankAccountId.empty() || !connectionId.empty())
    {
        which = bankAccountId.empty() ? " AND connection_id = $2" : " AND bank_account_id = $2";
        values.emplace_back(bankAccountId.empty() ? connectionId : bankAccountId);
    }
    const auto next = [&](Value value)
    {
        values.push_back(std::move(value));
        return "$" + std::to_string(values.size());
    };
    std::string sql = "SELECT " + std::string(selected) + " FROM bank_change WHERE tenant_id = $1" +
                      which + " AND (at < " + next(key.at.ns);
    sql += " OR (at = " + next(key.at.ns);
    sql += " AND transaction_id < " + next(key.transactionId);
    sql +=
        ")) ORDER BY at DESC, transaction_id DESC LIMIT " + next(static_cast<std::int64_t>(count));
    const Rows rows = unit_.query(sql, values);
    std::vector<BankChange> changes;
    for (std::size_t i = 0; i < rows.size(); ++i)
        changes.push_back(
            {rows.text(i, 0), rows.text(i, 2), rows.text(i, 3), UtcTime{rows.number(i, 1)},
                rows.text(i, 4), rows.text(i, 5), wordAt(rows, i, 6), wordAt(rows, i, 14)});
    return changes;
}

void BankChangeRepository::prune(Unit& unit, UtcTime before)
{
    unit.execute(R"(DELETE FROM bank_change WHERE (connection_id, at, transaction_id) IN
            (SELECT connection_id, at, transaction_id FROM bank_change
            WHERE at < $1 ORDER BY at LIMIT 500))",
        {before.ns});
}

} // namespace bankfeed::store
