#include "store/BankAccountRepository.h"

#include "store/NoticeRepository.h"
#include "store/Pages.h"
#include "store/TransactionRows.h"
#include "store/TransactionStates.h"

namespace bankfeed::store
{

namespace
{

constexpr const char* columns =
    "bank_account_id, connection_id, provider_account_id, persistent_id, feed_id, name, "
    "official_name, mask, type, subtype, currency, exponent, currency_official, feedable, "
    "balance_exact, available_exact, balance_as_of, state, missing_since, origin, first_seen_at, "
    "decision, decided_by, decided_at";

BankAccount accountAt(const Rows& rows, std::size_t i)
{
    BankAccount found;
    found.id = rows.text(i, 0);
    found.connectionId = rows.text(i, 1);
    found.providerAccountId = rows.text(i, 2);
    found.persistentId = rows.text(i, 3);
    found.feedId = rows.text(i, 4);
    found.name = rows.text(i, 5);
    found.officialName = rows.text(i, 6);
    found.mask = rows.text(i, 7);
    found.type = rows.text(i, 8);
    found.subtype = rows.text(i, 9);
    found.currency = rows.text(i, 10);
    found.exponent = rows.number(i, 11);
    found.currencyOfficial = rows.number(i, 12) != 0;
    found.feedable = rows.number(i, 13) != 0;
    found.balanceExact = rows.maybeText(i, 14);
    found.availableExact = rows.maybeText(i, 15);
    found.balanceAsOf = rows.maybeTime(i, 16);
    found.state = rows.text(i, 17);
    found.missingSince = rows.maybeTime(i, 18);
    found.origin = rows.text(i, 19);
    found.firstSeenAt = UtcTime{rows.number(i, 20)};
    found.decision = rows.text(i, 21);
    found.decidedBy = rows.text(i, 22);
    found.decidedAt = rows.maybeTime(i, 23);
    return found;
}

std::vector<BankAccount> accountsOf(const Rows& rows)
{
    std::vector<BankAccount> found;
    found.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(accountAt(rows, i));
    return found;
}

} // namespace

bool BankAccountRepository::insert(const BankAccount& a)
{
    return unit_.execute(std::string("INSERT INTO bank_account (tenant_id, ") + columns +
                             R"() VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
            $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
            ON CONFLICT DO NOTHING)",
               {tenant_, a.id, a.connectionId, a.providerAccountId, a.persistentId, a.feedId,
                   a.name, a.officialName, a.mask, a.type, a.subtype, a.currency, a.exponent,
                   a.currencyOfficial, a.feedable, Value(a.balanceExact), Value(a.availableExact),
                   Value(a.balanceAsOf), a.state, Value(a.missingSince), a.origin, a.firstSeenAt.ns,
                   a.decision, a.decidedBy, Value(a.decidedAt)}) > 0;
}

void BankAccountRepository::updateShown(const BankAccount& a)
{
    unit_.execute(R"(UPDATE bank_account SET persistent_id = $1, name = $2, official_name = $3,
            mask = $4, type = $5, subtype = $6, currency = $7, exponent = $8,
            currency_official = $9, feedable = $10, balance_exact = $11, available_exact = $12,
            balance_as_of = $13, state = $14, missing_since = $15
        WHERE tenant_id = $16 AND bank_account_id = $17)",
        {a.persistentId, a.name, a.officialName, a.mask, a.type, a.subtype, a.currency, a.exponent,
            a.currencyOfficial, a.feedable, Value(a.balanceExact), Value(a.availableExact),
            Value(a.balanceAsOf), a.state, Value(a.missingSince), tenant_, a.id});
}

void BankAccountRepository::setBalance(const std::string& id,
    const std::optional<std::string>& balanceExact,
    const std::optional<std::string>& availableExact, UtcTime asOf)
{
    unit_.execute(R"(UPDATE bank_account SET balance_exact = $1, available_exact = $2,
            balance_as_of = $3 WHERE tenant_id = $4 AND bank_account_id = $5)",
        {Value(balanceExact), Value(availableExact), asOf.ns, tenant_, id});
}

void BankAccountRepository::setDecision(
    const std::string& id, std::string_view decision, const std::string& by, UtcTime at)
{
    unit_.execute(R"(UPDATE bank_account SET decision = $1, decided_by = $2, decided_at = $3
        WHERE tenant_id = $4 AND bank_account_id = $5)",
        {decision, by, at.ns, tenant_, id});
    // It asked for a decision.
    if (decision != decision::open)
        NoticeRepository(unit_, tenant_).clear(notice::mergedAway, id, at);
}

std::optional<BankAccount> BankAccountRepository::find(const std::string& id)
{
    const Rows rows =
        unit_.query(std::string("SELECT ") + columns +
                        " FROM bank_account WHERE tenant_id = $1 AND bank_account_id = $2",
            {tenant_, id});
    if (rows.empty()) return std::nullopt;
    return accountAt(rows, 0);
}

std::optional<BankAccount> BankAccountRepository::findByFeed(const std::string& feedId)
{
    const Rows rows = unit_.query(std::string("SELECT ") + columns + R"( FROM bank_account b
        WHERE tenant_id = $1 AND feed_id = $2
        ORDER BY (SELECT COUNT(*) FROM account_link l WHERE l.tenant_id = $3 AND
            l.bank_account_id = b.bank_account_id AND l.ended_at IS NULL) DESC,
            first_seen_at DESC, bank_account_id LIMIT 1)",
        {tenant_, feedId, tenant_});
    if (rows.empty()) return std::nullopt;
    return accountAt(rows, 0);
}

std::vector<BankAccount> BankAccountRepository::ofFeed(const std::string& feedId)
{
    return accountsOf(unit_.query(std::string("SELECT ") + columns + R"( FROM bank_account
        WHERE tenant_id = $1 AND feed_id = $2 ORDER BY bank_account_id)",
        {tenant_, feedId}));
}

void BankAccountRepository::setFeed(const std::string& id, const std::string& feedId)
{
    unit_.execute(
        "UPDATE bank_account SET feed_id = $1 WHERE tenant_id = $2 AND bank_account_id = $3",
        {feedId, tenant_, id});
}

std::vector<BankAccount> BankAccountRepository::ofConnection(const std::string& connectionId)
{
    return accountsOf(unit_.query(std::string("SELECT ") + columns + R"( FROM bank_account
        WHERE tenant_id = $1 AND connection_id = $2
        ORDER BY first_seen_at, name, bank_account_id)",
        {tenant_, connectionId}));
}

std::vector<BankAccount> BankAccountRepository::ofConnections(
    const std::vector<std::string>& connectionIds, std::int64_t most)
{
    BF_ASSERT(most >= 1 && most <= limits::accountsPerConnection);
    return accountsOf(
        unit_.query(std::string("SELECT ") + columns + " FROM (SELECT " + columns + R"(,
            ROW_NUMBER() OVER (PARTITION BY connection_id
                ORDER BY first_seen_at, name, bank_account_id) AS place
        FROM bank_account WHERE tenant_id = $1 AND connection_id IN )" +
                        elementsOf(unit_, "$2") + R"() numbered WHERE place <= $3
        ORDER BY connection_id, place)",
            {tenant_, jsonListOf(connectionIds), most}));
}

std::map<std::string, BankAccountRepository::Tally> BankAccountRepository::tallies(
    const std::vector<std::string>& connectionIds)
{
    std::map<std::string, Tally> found;
    const Rows rows = unit_.query(R"(SELECT connection_id, COUNT(*),
            SUM(CASE WHEN state = 'shared' AND feedable = 1 AND decision = 'open'
                THEN 1 ELSE 0 END)
        FROM bank_account WHERE tenant_id = $1 AND connection_id IN )" +
                                      elementsOf(unit_, "$2") + " GROUP BY connection_id",
        {tenant_, jsonListOf(connectionIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), Tally{rows.number(i, 1), rows.number(i, 2)});
    return found;
}

namespace
{

/// Whether account `a` has something that HeldRows::page lists for `reason`, of which each use is a
/// `parameter` of its own: a look into an index for each account. Asked with EXISTS, PostgreSQL
/// may rather walk over all that is held.
template <class Parameter>
std::string hasListed(const std::string& reason, Parameter parameter)
{
    const auto any = [](const std::string& which)
    {
        return "(SELECT 1 FROM bank_transaction t WHERE t.bank_account_id = a.bank_account_id AND "
               "t.removed = 0 AND t.lane " +
               which + " LIMIT 1) IS NOT NULL";
    };
    if (reason == lane::pending || reason == lane::beforeStart || reason == lane::leftOut)
        return any("= " + parameter(reason));
    const auto only = [&]
    { return reason.empty() ? std::string() : " AND t.lane_reason = " + parameter(reason); };
    std::string sql = "(" + any("= 'held'" + only());
    sql += " OR " + any("= 'booked' AND t.lane_reason <> '' AND t.lane_reason IN ('period_closed', "
                        "'account_closed', 'reconciled', 'removed')" +
                        only());
    return sql + ")";
}

} // namespace

std::vector<BankAccountRepository::HeldAccount> BankAccountRepository::withHeld(
    const std::string& reason, const std::string& search, const std::optional<HeldPlace>& after,
    std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 500);
    std::vector<Value> values{tenant_};
    const auto next = [&](Value value)
    {
        values.push_back(std::move(value));
        return "$" + std::to_string(values.size());
    };
    std::string own;
    for (const char* part = columns; *part != 0; ++part)
        own +=
            part == columns || part[-1] == ' ' ? std::string("a.") + *part : std::string(1, *part);
    std::string sql = "SELECT " + own + R"(, c.institution_name, c.state FROM bank_account a
        JOIN connection c ON c.connection_id = a.connection_id
        WHERE a.tenant_id = $1 AND )" +
                      hasListed(reason, next);
    if (!search.empty())
        sql += " AND LOWER(c.institution_name || ' ' || a.name || ' ' || a.official_name || ' ' || "
               "a.mask) LIKE LOWER(" +
               next(holding(search)) + ") ESCAPE '!'";
    if (after)
    {
        sql +=
            " AND (c.institution_name, a.name, a.bank_account_id) > (" + next(after->institution);
        sql += ", " + next(after->name);
        sql += ", " + next(after->id) + ")";
    }
    sql += " ORDER BY c.institution_name, a.name, a.bank_account_id LIMIT " + next(count);
    const Rows rows = unit_.query(sql, values);
    std::vector<HeldAccount> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({accountAt(rows, i), rows.text(i, 24), rows.text(i, 25)});
    return found;
}

std::vector<BankAccount> BankAccountRepository::all()
{
    return allPages(allMost,
        [&](const BankAccount* last)
        {
            return accountsOf(unit_.query(std::string("SELECT ") + columns + R"( FROM bank_account
                WHERE tenant_id = $1 AND (connection_id, bank_account_id) > ($2, $3)
                ORDER BY connection_id, bank_account_id LIMIT $4)",
                {tenant_, last == nullptr ? "" : last->connectionId,
                    last == nullptr ? "" : last->id, rowsPerPage}));
        });
}

std::int64_t BankAccountRepository::count()
{
    return unit_.query("SELECT COUNT(*) FROM bank_account WHERE tenant_id = $1", {tenant_})
        .number(0, 0);
}

std::int64_t BankAccountRepository::countToDecide(const std::string& connectionId)
{
    return unit_
        .query(R"(SELECT COUNT(*) FROM bank_account WHERE tenant_id = $1 AND connection_id = $2
            AND state = 'shared' AND feedable = 1 AND decision = 'open')",
            {tenant_, connectionId})
        .number(0, 0);
}

std::int64_t BankAccountRepository::adoptOrphans(const BankAccount& account, std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 500);
    return unit_.execute(R"(UPDATE bank_transaction SET bank_account_id = $1
        WHERE connection_id = $2 AND provider_transaction_id IN (
            SELECT provider_transaction_id FROM bank_transaction
            WHERE connection_id = $3 AND provider_account_id = $4 AND bank_account_id IS NULL
                AND tenant_id = $5
            ORDER BY provider_transaction_id LIMIT $6))",
        {account.id, account.connectionId, account.connectionId, account.providerAccountId, tenant_,
            count});
}

} // namespace bankfeed::store
