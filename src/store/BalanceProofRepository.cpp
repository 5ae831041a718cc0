#include "store/BalanceProofRepository.h"

#include "store/TransactionRows.h"

namespace bankfeed::store
{

namespace
{

constexpr const char* columns =
    "bank_account_id, ledger_account_id, state, reason, bank_exact, bank_as_of, ledger_exact, "
    "held_exact, pending_exact, before_start_exact, kept_exact, removed_exact, rounding_exact, "
    "undelivered, pending_included, difference_exact, unexplained_exact, since, looks, "
    "unproven_since, proven_at, noticed_exact, looked_at";

BalanceProof proofAt(const Rows& rows, std::size_t i)
{
    BalanceProof proof;
    proof.bankAccountId = rows.text(i, 0);
    proof.ledgerAccountId = rows.text(i, 1);
    proof.state = rows.text(i, 2);
    proof.reason = rows.text(i, 3);
    proof.bank = rows.text(i, 4);
    proof.bankAsOf = rows.maybeTime(i, 5);
    proof.ledger = rows.text(i, 6);
    proof.held = rows.text(i, 7);
    proof.pending = rows.text(i, 8);
    proof.beforeStart = rows.text(i, 9);
    proof.kept = rows.text(i, 10);
    proof.removed = rows.text(i, 11);
    proof.rounding = rows.text(i, 12);
    proof.undelivered = rows.number(i, 13);
    proof.pendingIncluded = rows.number(i, 14) != 0;
    proof.difference = rows.text(i, 15);
    proof.unexplained = rows.text(i, 16);
    proof.since = rows.maybeTime(i, 17);
    proof.looks = rows.number(i, 18);
    proof.unprovenSince = rows.maybeTime(i, 19);
    proof.provenAt = rows.maybeTime(i, 20);
    proof.noticed = rows.text(i, 21);
    proof.lookedAt = UtcTime{rows.number(i, 22)};
    return proof;
}

bool sayTheSame(const BalanceProof& a, const BalanceProof& b)
{
    return a.state == b.state && a.reason == b.reason && a.difference == b.difference &&
           a.unexplained == b.unexplained;
}

} // namespace

AccountSums BalanceProofRepository::sumsOf(const std::string& bankAccountId)
{
    AccountSums sums;
    const Rows rows = unit_.query(std::string(sumsSql), {tenant_, bankAccountId});
    sums.held = rows.number(0, 0);
    sums.heldUnknown = rows.number(0, 1);
    sums.pending = rows.number(0, 2);
    sums.beforeStart = rows.number(0, 3);
    sums.kept = rows.number(0, 4);
    sums.removed = rows.number(0, 5);
    const Rows rounded = unit_.query(std::string(roundedSql), {tenant_, bankAccountId});
    for (std::size_t i = 0; i < rounded.size(); ++i)
        sums.rounded.push_back({rounded.text(i, 0), rounded.number(i, 1)});
    return sums;
}

std::optional<UtcTime> BalanceProofRepository::deliveredAt(const std::string& feedId)
{
    const Rows rows = unit_.query(
        "SELECT delivered_at FROM feed WHERE tenant_id = $1 AND feed_id = $2", {tenant_, feedId});
    return rows.empty() ? std::nullopt : rows.maybeTime(0, 0);
}

std::vector<BalanceProof> BalanceProofRepository::proofsWhere(
    std::string_view where, const std::string& parameter)
{
    std::string sql =
        "SELECT " + std::string(columns) + " FROM balance_proof WHERE tenant_id = $1 AND ";
    sql += where;
    const Rows rows = unit_.query(sql, {tenant_, parameter});
    std::vector<BalanceProof> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(proofAt(rows, i));
    return found;
}

std::optional<BalanceProof> BalanceProofRepository::find(const std::string& bankAccountId)
{
    auto found = proofsWhere("bank_account_id = $2", bankAccountId);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::map<std::string, BalanceProof> BalanceProofRepository::ofConnection(
    const std::string& connectionId)
{
    std::map<std::string, BalanceProof> byAccount;
    for (auto& proof : proofsWhere("bank_account_id IN (SELECT bank_account_id FROM bank_account "
                                   "WHERE connection_id = $2)",
             connectionId))
    {
        const std::string id = proof.bankAccountId;
        byAccount.emplace(id, std::move(proof));
    }
    return byAccount;
}

std::map<std::string, BalanceProof> BalanceProofRepository::ofAccounts(
    const std::vector<std::string>& bankAccountIds)
{
    std::map<std::string, BalanceProof> found;
    for (auto& proof :
        proofsWhere("bank_account_id IN " + elementsOf(unit_, "$2"), jsonListOf(bankAccountIds)))
    {
        const std::string id = proof.bankAccountId;
        found.emplace(id, std::move(proof));
    }
    return found;
}

std::map<std::string, std::int64_t> BalanceProofRepository::differing(
    const std::vector<std::string>& connectionIds)
{
    std::map<std::string, std::int64_t> found;
    const Rows rows = unit_.query(R"(SELECT a.connection_id, COUNT(*) FROM bank_account a
        JOIN balance_proof p ON p.tenant_id = a.tenant_id AND p.bank_account_id = a.bank_account_id
        WHERE a.tenant_id = $1 AND p.state = 'differs' AND a.connection_id IN )" +
                                      elementsOf(unit_, "$2") + " GROUP BY a.connection_id",
        {tenant_, jsonListOf(connectionIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), rows.number(i, 1));
    return found;
}

void BalanceProofRepository::save(const BalanceProof& p)
{
    const auto before = find(p.bankAccountId);
    unit_.execute("DELETE FROM balance_proof WHERE tenant_id = $1 AND bank_account_id = $2",
        {tenant_, p.bankAccountId});
    unit_.execute(std::string("INSERT INTO balance_proof (tenant_id, ") + columns +
                      R"() VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
            $15, $16, $17, $18, $19, $20, $21, $22, $23, $24))",
        {tenant_, p.bankAccountId, p.ledgerAccountId, p.state, p.reason, p.bank, Value(p.bankAsOf),
            p.ledger, p.held, p.pending, p.beforeStart, p.kept, p.removed, p.rounding,
            p.undelivered, p.pendingIncluded, p.difference, p.unexplained, Value(p.since), p.looks,
            Value(p.unprovenSince), Value(p.provenAt), p.noticed, p.lookedAt.ns});
    if (before && sayTheSame(*before, p)) return;
    unit_.execute(R"(INSERT INTO balance_proof_past (tenant_id, bank_account_id, at, state, reason,
            bank_exact, ledger_exact, difference_exact, unexplained_exact)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING)",
        {tenant_, p.bankAccountId, p.lookedAt.ns, p.state, p.reason, p.bank, p.ledger, p.difference,
            p.unexplained});
    unit_.execute(R"(DELETE FROM balance_proof_past WHERE tenant_id = $1 AND bank_account_id = $2
            AND at < (SELECT MIN(at) FROM (SELECT at FROM balance_proof_past
                WHERE tenant_id = $3 AND bank_account_id = $4 ORDER BY at DESC LIMIT $5) newest))",
        {tenant_, p.bankAccountId, tenant_, p.bankAccountId, pastMost});
}

void BalanceProofRepository::remove(const std::string& bankAccountId)
{
    for (const char* table : {"balance_proof", "balance_proof_past"})
        unit_.execute(
            std::string("DELETE FROM ") + table + " WHERE tenant_id = $1 AND bank_account_id = $2",
            {tenant_, bankAccountId});
}

std::vector<BalanceProofRepository::Past> BalanceProofRepository::past(
    const std::string& bankAccountId)
{
    const Rows rows = unit_.query(R"(SELECT at, state, reason, bank_exact, ledger_exact,
            difference_exact, unexplained_exact FROM balance_proof_past
        WHERE tenant_id = $1 AND bank_account_id = $2 ORDER BY at DESC LIMIT $3)",
        {tenant_, bankAccountId, pastMost});
    std::vector<Past> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({UtcTime{rows.number(i, 0)}, rows.text(i, 1), rows.text(i, 2),
            rows.text(i, 3), rows.text(i, 4), rows.text(i, 5), rows.text(i, 6)});
    return found;
}

std::map<std::string, std::int64_t> BalanceProofRepository::countByState()
{
    const Rows rows = unit_.query(
        "SELECT state, COUNT(*) FROM balance_proof WHERE tenant_id = $1 GROUP BY state", {tenant_});
    std::map<std::string, std::int64_t> counts;
    for (std::size_t i = 0; i < rows.size(); ++i)
        counts[rows.text(i, 0)] = rows.number(i, 1);
    return counts;
}

} // namespace bankfeed::store
