#include "store/LedgerAccountRepository.h"

#include "store/Pages.h"
#include "store/TransactionRows.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace bankfeed::store
{

namespace
{

constexpr const char* columns =
    "ledger_account_id, name, type, is_open, feedable, currency, exponent, balance_units, "
    "last_entry_on";
constexpr const char* wishColumns =
    "request_id, link_id, name, type, currency, exponent, state, ledger_account_id, error_text, "
    "created_at";

LedgerAccount accountAt(const Rows& rows, std::size_t i)
{
    LedgerAccount found;
    found.id = rows.text(i, 0);
    found.name = rows.text(i, 1);
    found.type = static_cast<LedgerAccountType>(rows.number(i, 2));
    found.open = rows.number(i, 3) != 0;
    found.feedable = rows.number(i, 4) != 0;
    found.currency = rows.text(i, 5);
    found.exponent = static_cast<int>(rows.number(i, 6));
    found.balanceUnits = rows.number(i, 7);
    found.lastEntryOn = Date::parse(rows.text(i, 8));
    return found;
}

std::vector<LedgerAccount> accountsOf(const Rows& rows)
{
    std::vector<LedgerAccount> found;
    found.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(accountAt(rows, i));
    return found;
}

LedgerAccountWish wishAt(const Rows& rows, std::size_t i)
{
    return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),
        static_cast<LedgerAccountType>(rows.number(i, 3)), rows.text(i, 4),
        static_cast<int>(rows.number(i, 5)), rows.text(i, 6), rows.text(i, 7), rows.text(i, 8),
        UtcTime{rows.number(i, 9)}};
}

std::int64_t number(LedgerAccountType type)
{
    return static_cast<std::int64_t>(type);
}

/// For LIKE ... ESCAPE '!'.
std::string likeText(const std::string& text)
{
    std::string escaped;
    for (const char c : text)
    {
        if (c == '%' || c == '_' || c == '!') escaped.push_back('!');
        escaped.push_back(c);
    }
    return escaped;
}

} // namespace

std::vector<LedgerAccount> LedgerAccountRepository::page(
    const std::string& after, std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 5000);
    return accountsOf(unit_.query(std::string("SELECT ") + columns + R"( FROM ledger_account
        WHERE tenant_id = $1 AND ledger_account_id > $2 ORDER BY ledger_account_id LIMIT $3)",
        {tenant_, after, count}));
}

std::vector<LedgerAccount> LedgerAccountRepository::candidates()
{
    // Read by id, which has an index, and put in order here.
    auto found = allPages(candidatesMost,
        [&](const LedgerAccount* last)
        {
            return accountsOf(
                unit_.query(std::string("SELECT ") + columns + R"( FROM ledger_account a
                WHERE tenant_id = $1 AND ledger_account_id > $2 AND feedable = 1
                    AND type IN (1, 2) AND (is_open = 1 OR EXISTS (
                        SELECT 1 FROM account_link l WHERE l.tenant_id = a.tenant_id
                            AND l.ledger_account_id = a.ledger_account_id
                            AND l.ended_at IS NULL))
                ORDER BY ledger_account_id LIMIT $3)",
                    {tenant_, last == nullptr ? "" : last->id, rowsPerPage}));
        });
    std::sort(found.begin(), found.end(),
        [](const LedgerAccount& a, const LedgerAccount& b)
        { return std::tie(a.name, a.id) < std::tie(b.name, b.id); });
    return found;
}

std::optional<LedgerAccount> LedgerAccountRepository::find(const std::string& id)
{
    const auto found = accountsOf(unit_.query(std::string("SELECT ") + columns +
                                                  " FROM ledger_account WHERE tenant_id = $1 AND "
                                                  "ledger_account_id = $2",
        {tenant_, id}));
    if (found.empty()) return std::nullopt;
    return found.front();
}

bool LedgerAccountRepository::nameTaken(const std::string& name, LedgerAccountType type)
{
    if (!unit_
             .query(R"(SELECT 1 FROM ledger_account WHERE tenant_id = $1 AND
            (LOWER(name) = LOWER($2) OR (type = $3 AND LOWER(name) LIKE LOWER($4) ESCAPE '!'))
            LIMIT 1)",
                 {tenant_, name, number(type), "%:" + likeText(name)})
             .empty())
        return true;
    return !unit_
                .query(R"(SELECT 1 FROM ledger_account_request
            WHERE tenant_id = $1 AND LOWER(name) = LOWER($2) AND state = 'waiting' LIMIT 1)",
                    {tenant_, name})
                .empty();
}

void LedgerAccountRepository::put(const std::vector<LedgerAccount>& accounts, UtcTime seenAt)
{
    if (accounts.empty()) return;
    std::vector<Value> cells;
    cells.reserve(accounts.size() * 11);
    for (const LedgerAccount& a : accounts)
    {
        const std::string lastEntry = a.lastEntryOn ? a.lastEntryOn->text() : std::string();
        cells.insert(
            cells.end(), {Value(tenant_), Value(a.id), Value(a.name), Value(number(a.type)),
                             Value(a.open), Value(a.feedable), Value(a.currency), Value(a.exponent),
                             Value(a.balanceUnits), Value(lastEntry), Value(seenAt.ns)});
    }
    unit_.insertMany("ledger_account",
        {"tenant_id TEXT", "ledger_account_id TEXT", "name TEXT", "type BIGINT", "is_open BIGINT",
            "feedable BIGINT", "currency TEXT", "exponent BIGINT", "balance_units BIGINT",
            "last_entry_on TEXT", "seen_at BIGINT"},
        cells,
        R"(ON CONFLICT (tenant_id, ledger_account_id) DO UPDATE SET name = excluded.name,
            type = excluded.type, is_open = excluded.is_open, feedable = excluded.feedable,
            currency = excluded.currency, exponent = excluded.exponent,
            balance_units = excluded.balance_units, last_entry_on = excluded.last_entry_on,
            seen_at = excluded.seen_at)");
}

void LedgerAccountRepository::close(const std::string& id, UtcTime seenAt)
{
    unit_.execute(R"(UPDATE ledger_account SET is_open = 0, seen_at = $1
        WHERE tenant_id = $2 AND ledger_account_id = $3)",
        {seenAt.ns, tenant_, id});
}

void LedgerAccountRepository::insertWish(const LedgerAccountWish& w)
{
    unit_.execute(std::string("INSERT INTO ledger_account_request (tenant_id, ") + wishColumns +
                      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        {tenant_, w.id, w.linkId, w.name, number(w.type), w.currency, w.exponent, w.state,
            w.ledgerAccountId, w.errorText, w.createdAt.ns});
}

std::optional<LedgerAccountWish> LedgerAccountRepository::findWish(const std::string& id)
{
    const Rows rows = unit_.query(std::string("SELECT ") + wishColumns +
                                      R"( FROM ledger_account_request
        WHERE tenant_id = $1 AND request_id = $2)",
        {tenant_, id});
    if (rows.empty()) return std::nullopt;
    return wishAt(rows, 0);
}

bool LedgerAccountRepository::any()
{
    return !unit_.query("SELECT 1 FROM ledger_account WHERE tenant_id = $1 LIMIT 1", {tenant_})
                .empty();
}

std::vector<LedgerAccountWish> LedgerAccountRepository::waiting(std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 1000);
    const Rows rows = unit_.query(std::string("SELECT ") + wishColumns +
                                      R"( FROM ledger_account_request
        WHERE tenant_id = $1 AND state = 'waiting' ORDER BY created_at, request_id LIMIT $2)",
        {tenant_, count});
    std::vector<LedgerAccountWish> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(wishAt(rows, i));
    return found;
}

bool LedgerAccountRepository::wishMade(const std::string& id, const std::string& ledgerAccountId)
{
    return unit_.execute(R"(UPDATE ledger_account_request
        SET state = 'made', ledger_account_id = $1
        WHERE tenant_id = $2 AND request_id = $3 AND state = 'waiting')",
               {ledgerAccountId, tenant_, id}) > 0;
}

bool LedgerAccountRepository::wishFailed(const std::string& id, const std::string& errorText)
{
    return unit_.execute(R"(UPDATE ledger_account_request SET state = 'failed', error_text = $1
        WHERE tenant_id = $2 AND request_id = $3 AND state = 'waiting')",
               {errorText, tenant_, id}) > 0;
}

bool LedgerAccountRepository::renameWish(const std::string& id, const std::string& name)
{
    return unit_.execute(R"(UPDATE ledger_account_request SET name = $1
        WHERE tenant_id = $2 AND request_id = $3 AND state = 'waiting')",
               {name, tenant_, id}) > 0;
}

std::vector<FailedWish> LedgerAccountRepository::failuresOf(const std::string& connectionId)
{
    const Rows rows = unit_.query(R"(SELECT b.bank_account_id, w.state, w.name, w.error_text
        FROM ledger_account_request w
        JOIN account_link l ON l.link_id = w.link_id
        JOIN bank_account b ON b.bank_account_id = l.bank_account_id
        WHERE w.tenant_id = $1 AND w.state IN ('failed', 'changed') AND b.connection_id = $2
            AND b.decision = 'open'
        ORDER BY w.created_at DESC, w.request_id LIMIT 500)",
        {tenant_, connectionId});
    std::vector<FailedWish> found;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (seen.insert(rows.text(i, 0)).second)
            found.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3)});
    return found;
}

std::vector<std::string> LedgerAccountRepository::failedLinksOf(const std::string& bankAccountId)
{
    const Rows rows = unit_.query(R"(SELECT w.link_id FROM ledger_account_request w
        JOIN account_link l ON l.link_id = w.link_id
        WHERE w.tenant_id = $1 AND w.state IN ('failed', 'changed') AND l.bank_account_id = $2
        ORDER BY w.created_at DESC, w.request_id LIMIT 100)",
        {tenant_, bankAccountId});
    std::vector<std::string> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(rows.text(i, 0));
    return found;
}

std::string LedgerAccountRepository::wishedName(const std::string& linkId)
{
    const Rows rows = unit_.query(R"(SELECT name FROM ledger_account_request
        WHERE tenant_id = $1 AND link_id = $2 ORDER BY created_at DESC LIMIT 1)",
        {tenant_, linkId});
    return rows.empty() ? std::string() : rows.text(0, 0);
}

std::map<std::string, std::string> LedgerAccountRepository::wishedNames(
    const std::vector<std::string>& linkIds)
{
    std::map<std::string, std::string> found;
    if (linkIds.empty()) return found;
    const Rows rows = unit_.query(R"(SELECT link_id, name FROM ledger_account_request
        WHERE tenant_id = $1 AND link_id IN )" +
                                      elementsOf(unit_, "$2") + " ORDER BY created_at DESC",
        {tenant_, jsonListOf(linkIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), rows.text(i, 1)); // The latest of each.
    return found;
}

std::map<std::string, std::string> LedgerAccountRepository::namesOf(
    const std::vector<std::string>& ids)
{
    std::map<std::string, std::string> found;
    if (ids.empty()) return found;
    const Rows rows = unit_.query(R"(SELECT ledger_account_id, name FROM ledger_account
        WHERE tenant_id = $1 AND ledger_account_id IN )" +
                                      elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(ids)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), rows.text(i, 1));
    return found;
}

void LedgerAccountRepository::pruneWishes(Unit& unit, UtcTime before)
{
    unit.execute(R"(DELETE FROM ledger_account_request WHERE request_id IN
        (SELECT request_id FROM ledger_account_request
            WHERE state = 'made' AND created_at < $1 LIMIT 500))",
        {before.ns});
}

} // namespace bankfeed::store
