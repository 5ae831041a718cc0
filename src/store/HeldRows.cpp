#include "store/HeldRows.h"

#include "base/Limits.h"
#include "store/TransactionRows.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace bankfeed::store
{

namespace
{

constexpr std::array reasonsListed{heldReason::notLinked, heldReason::overflow,
    heldReason::noCurrency, heldReason::unknownCurrency, heldReason::currencyDiffers,
    heldReason::notANumber, heldReason::overlap, heldReason::undone, heldReason::rounded,
    heldReason::leftOutChanged, refusedReason::periodClosed, refusedReason::accountClosed,
    refusedReason::reconciled, refusedReason::removed};

constexpr std::array lanesListed{lane::pending, lane::beforeStart, lane::leftOut};

bool isLaneListed(std::string_view reason)
{
    return std::find(lanesListed.begin(), lanesListed.end(), reason) != lanesListed.end();
}

void add(
    HeldRows::Counts& counts, std::string_view where, std::string_view reason, std::int64_t count)
{
    if (count == 0) return;
    if (where == lane::pending)
        counts.pending += count;
    else if (where == lane::beforeStart)
        counts.beforeStart += count;
    else if (where == lane::leftOut)
        counts.leftOut += count;
    else
        counts.reasons[std::string(reason)] += count;
}

struct Kind
{
    std::string_view where;
    std::string_view reason; ///< "": whatever it says.
};

std::vector<Kind> kinds()
{
    std::vector<Kind> all;
    for (const auto reason : reasonsListed)
    {
        all.push_back({lane::held, reason});
        if (isRefusedReason(reason)) all.push_back({lane::booked, reason});
    }
    for (const auto where : lanesListed)
        all.push_back({where, {}});
    return all;
}

/// One count for each kind, each a look into an index: no engine can turn such counts into a walk
/// over all that is held, as it may do with a join while it knows nothing of how much that is.
std::string countsOfAccountSql(const std::vector<Kind>& all)
{
    std::string sql = "SELECT a.bank_account_id";
    for (const Kind& kind : all)
    {
        sql += ", (SELECT COUNT(*) FROM bank_transaction t WHERE t.bank_account_id = "
               "a.bank_account_id AND t.tenant_id = a.tenant_id AND t.removed = 0 AND t.lane = '";
        sql += kind.where;
        if (!kind.reason.empty()) sql += "' AND t.lane_reason = '" + std::string(kind.reason);
        sql += "')";
    }
    return sql + " FROM bank_account a WHERE a.tenant_id = $1 AND a.bank_account_id IN ";
}

} // namespace

bool HeldRows::isListed(std::string_view reason)
{
    return isLaneListed(reason) ||
           std::find(reasonsListed.begin(), reasonsListed.end(), reason) != reasonsListed.end();
}

std::int64_t HeldRows::Counts::held() const
{
    return std::accumulate(reasons.begin(), reasons.end(), std::int64_t{0},
        [](std::int64_t sum, const auto& one) { return sum + one.second; });
}

HeldRows::Counts HeldRows::totals()
{
    Counts counts;
    const auto take = [&](const Rows& rows)
    {
        for (std::size_t i = 0; i < rows.size(); ++i)
            add(counts, rows.text(i, 0), rows.text(i, 1), rows.number(i, 2));
    };
    // Account by account along the index of what is not booked. Whose link judged an early row is
    // no matter here.
    take(unit_.query(R"(SELECT lane, CASE WHEN lane = 'held' THEN lane_reason ELSE '' END, COUNT(*)
        FROM bank_transaction WHERE bank_account_id IN
            (SELECT bank_account_id FROM bank_account WHERE tenant_id = $1)
            AND lane IN ('held', 'pending', 'before_start') AND removed = 0 AND tenant_id = $2
        GROUP BY 1, 2)",
        {tenant_, tenant_}));
    // By the index of the few that the books refuse; the sum keeps that of all that waits away.
    take(unit_.query(R"(SELECT lane, lane_reason, COUNT(*) FROM bank_transaction
        WHERE tenant_id = $1 AND lane = 'booked' AND removed + 0 = 0 AND lane_reason IN
            ('period_closed', 'account_closed', 'reconciled', 'removed') GROUP BY 1, 2)",
        {tenant_}));
    take(unit_.query(R"(SELECT lane, '', COUNT(*) FROM bank_transaction
        WHERE tenant_id = $1 AND lane = 'left_out' AND removed = 0 GROUP BY 1)",
        {tenant_}));
    return counts;
}

std::map<std::string, HeldRows::Counts> HeldRows::ofAccounts(
    const std::vector<std::string>& bankAccountIds)
{
    std::map<std::string, Counts> counts;
    if (bankAccountIds.empty()) return counts;
    static const std::vector<Kind> all = kinds();
    static const std::string sql = countsOfAccountSql(all);
    const Rows rows =
        unit_.query(sql + elementsOf(unit_, "$2"), {tenant_, jsonListOf(bankAccountIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t k = 0; k < all.size(); ++k)
            add(counts[rows.text(i, 0)], all[k].where, all[k].reason, rows.number(i, k + 1));
    return counts;
}

std::vector<BankTransaction> HeldRows::page(const std::string& bankAccountId,
    const std::string& reason, const std::string& afterBookedOn, const std::string& afterId,
    std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= limits::rowsPerUnit);
    BF_ASSERT(reason.empty() || isListed(reason));
    const bool lane = isLaneListed(reason);
    const std::string from = afterBookedOn.empty() ? "9999-12-31" : afterBookedOn;
    std::string sql = selectTransactions() + "WHERE tenant_id = $1 AND bank_account_id = $2 AND " +
                      std::string(lane ? "removed = 0 AND lane = $3" : waitsSql);
    if (!lane && !reason.empty()) sql += " AND lane_reason = $3";
    std::vector<Value> values{tenant_, bankAccountId};
    if (!reason.empty()) values.emplace_back(reason);
    const auto next = [&](Value value)
    {
        values.push_back(std::move(value));
        return "$" + std::to_string(values.size());
    };
    // The first of these is what an index begins at.
    sql += " AND booked_on <= " + next(from);
    sql += " AND (booked_on < " + next(from);
    sql += " OR provider_transaction_id > " + next(afterId);
    sql += ") ORDER BY booked_on DESC, provider_transaction_id LIMIT " +
           next(static_cast<std::int64_t>(count));
    return transactionsOf(unit_.query(sql, values));
}

} // namespace bankfeed::store
