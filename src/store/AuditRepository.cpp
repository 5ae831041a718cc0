#include "store/AuditRepository.h"

#include "base/Netstring.h"
#include "base/Sha256.h"

#include <algorithm>
#include <limits>

namespace bankfeed::store
{

namespace
{

std::string hashOf(const std::string& previous, const std::string& tenant, const AuditEntry& entry)
{
    Netstrings parts;
    parts.add("bankfeed.audit/1")
        .add(previous)
        .add(tenant)
        .add(entry.seq)
        .add(entry.at.ns)
        .add(entry.actor.id);
    parts.add(entry.actor.name).add(entry.action).add(entry.subject).add(entry.detail);
    return sha256Hex(parts.bytes());
}

constexpr const char* columns =
    "seq, at, actor_id, actor_name, action, subject, detail, previous_hash, hash";

AuditEntry entryAt(const Rows& rows, std::size_t i)
{
    return {rows.number(i, 0), UtcTime{rows.number(i, 1)}, {rows.text(i, 2), rows.text(i, 3)},
        rows.text(i, 4), rows.text(i, 5), rows.text(i, 6)};
}

} // namespace

void AuditRepository::append(UtcTime at, const Actor& actor, std::string_view action,
    const std::string& subject, const std::string& detail)
{
    // On PostgreSQL two writers could read the same head. All wait for the lock on the first entry,
    // and look for the head once they have it; the primary key catches who makes the first entry.
    if (unit_.engine() == Engine::Postgresql)
        unit_.query("SELECT seq FROM audit WHERE tenant_id = $1 AND seq = 1 FOR UPDATE", {tenant_});
    const Rows head = unit_.query(
        "SELECT seq, hash FROM audit WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1", {tenant_});
    AuditEntry entry{
        head.empty() ? 1 : head.number(0, 0) + 1, at, actor, std::string(action), subject, detail};
    const std::string previous = head.empty() ? std::string() : head.text(0, 1);
    unit_.execute(
        R"(INSERT INTO audit (tenant_id, seq, at, actor_id, actor_name, action, subject, detail,
            previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))",
        {tenant_, entry.seq, entry.at.ns, entry.actor.id, entry.actor.name, entry.action,
            entry.subject, entry.detail, previous, hashOf(previous, tenant_, entry)});
}

namespace
{

/// What an entry may be about that is of a connection, or of a bank account; every mark is its id.
constexpr std::string_view ofConnection = R"( AND subject IN (SELECT CAST(? AS TEXT)
        UNION ALL SELECT bank_account_id FROM bank_account WHERE connection_id = ?
        UNION ALL SELECT l.link_id FROM account_link l JOIN bank_account b
            ON b.bank_account_id = l.bank_account_id WHERE b.connection_id = ?
        UNION ALL SELECT session_id FROM link_session WHERE connection_id = ?
        UNION ALL SELECT import_id FROM import_batch WHERE connection_id = ?))";
constexpr std::string_view ofAccount = R"( AND subject IN (SELECT CAST(? AS TEXT)
        UNION ALL SELECT link_id FROM account_link WHERE bank_account_id = ?))";

/// The condition with a number in the place of each mark; each stands for the same value.
void addCondition(std::string& sql, std::vector<Value>& values, std::string_view condition,
    const std::string& value)
{
    for (const char c : condition)
    {
        if (c != '?')
        {
            sql += c;
            continue;
        }
        values.emplace_back(value);
        sql += "$" + std::to_string(values.size());
    }
}

} // namespace

std::vector<AuditEntry> AuditRepository::entries(
    std::int64_t before, std::int64_t count, const AuditFilter& filter)
{
    BF_ASSERT(count >= 1 && count <= 200);
    const std::int64_t limit = before > 0 ? before : std::numeric_limits<std::int64_t>::max();
    std::vector<Value> values{tenant_, limit};
    std::string sql =
        std::string("SELECT ") + columns + " FROM audit WHERE tenant_id = $1 AND seq < $2";
    if (!filter.actorId.empty()) addCondition(sql, values, " AND actor_id = ?", filter.actorId);
    if (!filter.bankAccountId.empty())
        addCondition(sql, values, ofAccount, filter.bankAccountId);
    else if (!filter.connectionId.empty())
        addCondition(sql, values, ofConnection, filter.connectionId);
    values.emplace_back(count);
    sql += " ORDER BY seq DESC LIMIT $" + std::to_string(values.size());
    const Rows rows = unit_.query(sql, values);
    std::vector<AuditEntry> entries;
    for (std::size_t i = 0; i < rows.size(); ++i)
        entries.push_back(entryAt(rows, i));
    return entries;
}

std::vector<Actor> AuditRepository::actors(std::size_t count)
{
    BF_ASSERT(count >= 1 && count <= 200);
    // From one to the next by the index: a log has many entries and few people.
    std::vector<Actor> actors;
    std::string after;
    while (actors.size() < count)
    {
        const Rows next =
            unit_.query("SELECT MIN(actor_id) FROM audit WHERE tenant_id = $1 AND actor_id > $2",
                {tenant_, after});
        if (next.empty() || next.isNull(0, 0)) break;
        after = next.text(0, 0);
        const Rows last = unit_.query(R"(SELECT actor_name FROM audit
            WHERE tenant_id = $1 AND actor_id = $2 ORDER BY seq DESC LIMIT 1)",
            {tenant_, after});
        actors.push_back({after, last.text(0, 0)});
    }
    return actors;
}

AuditCheck AuditRepository::check(const AuditPosition& from, std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 1000);
    const Rows rows =
        unit_.query(std::string("SELECT ") + columns +
                        " FROM audit WHERE tenant_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
            {tenant_, from.seq, count + 1});
    AuditCheck check{from, 0, rows.size() <= static_cast<std::size_t>(count)};
    std::size_t i = 0;
    if (from.seq > 0)
    {
        if (rows.empty() || rows.number(0, 0) != from.seq || rows.text(0, 8) != from.hash)
        {
            check.broken = from.seq;
            return check;
        }
        i = 1;
    }
    const std::size_t end = std::min(rows.size(), i + static_cast<std::size_t>(count));
    for (; i < end; ++i)
    {
        const AuditEntry entry = entryAt(rows, i);
        const std::string hash = hashOf(check.upTo.hash, tenant_, entry);
        if (entry.seq != check.upTo.seq + 1 || rows.text(i, 7) != check.upTo.hash ||
            rows.text(i, 8) != hash)
        {
            check.broken = check.upTo.seq + 1;
            return check;
        }
        check.upTo = {entry.seq, hash};
    }
    return check;
}

std::string AuditRepository::tenantAfter(Unit& unit, const std::string& tenant)
{
    const Rows rows = unit.query("SELECT MIN(tenant_id) FROM audit WHERE tenant_id > $1", {tenant});
    return rows.empty() || rows.isNull(0, 0) ? std::string() : rows.text(0, 0);
}

std::int64_t AuditRepository::firstBroken()
{
    AuditPosition at;
    for (;;)
    {
        const AuditCheck next = check(at, 1000);
        if (next.broken != 0 || next.atHead) return next.broken;
        at = next.upTo;
    }
}

} // namespace bankfeed::store
