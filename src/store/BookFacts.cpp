#include "store/BookFacts.h"

#include "base/Limits.h"
#include "store/TransactionRepository.h"
#include "store/TransactionRows.h"

namespace bankfeed::store
{

namespace
{

constexpr std::int64_t hourMs = 3'600'000;
constexpr std::int64_t guessKeptMs = 30LL * 24 * hourMs;

constexpr std::string_view notRunOut = "(expires_at IS NULL OR expires_at > ";

} // namespace

void BookFacts::put(std::string_view kind, const std::string& subject, std::string_view value,
    std::int64_t revision, std::int64_t generation)
{
    unit_.execute(R"(INSERT INTO ledger_fact (tenant_id, kind, subject, value, revision, generation,
            tries, expires_at) VALUES ($1, $2, $3, $4, $5, $6, 0, NULL)
        ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET value = excluded.value,
            revision = excluded.revision, generation = excluded.generation, tries = 0,
            expires_at = NULL)",
        {tenant_, kind, subject, value, revision, generation});
}

void BookFacts::forget(std::string_view kind, const std::string& subject)
{
    unit_.execute("DELETE FROM ledger_fact WHERE tenant_id = $1 AND kind = $2 AND subject = $3",
        {tenant_, kind, subject});
}

void BookFacts::setEntry(const std::string& rootKey, std::string_view value, std::int64_t revision,
    std::int64_t generation)
{
    forget(factKind::entryGuess, rootKey);
    if (value.empty()) return forget(factKind::entry, rootKey);
    put(factKind::entry, rootKey, value, revision, generation);
}

void BookFacts::putOff(const std::string& rootKey, std::string_view value, std::int64_t revision,
    std::int64_t generation)
{
    put(factKind::putOff, rootKey, value, revision, generation);
}

void BookFacts::forgetPutOff(const std::string& rootKey)
{
    forget(factKind::putOff, rootKey);
}

std::vector<BookFacts::PutOff> BookFacts::whatWasPutOff(std::int64_t generation, std::int64_t count)
{
    const Rows rows = unit_.query(R"(SELECT subject, value, revision FROM ledger_fact
        WHERE tenant_id = $1 AND kind = 'put_off' AND generation = $2 ORDER BY subject LIMIT $3)",
        {tenant_, generation, count});
    std::vector<PutOff> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({rows.text(i, 0), rows.text(i, 1), rows.number(i, 2)});
    return found;
}

void BookFacts::setPeriod(
    const std::string& ledgerAccountId, const std::string& through, std::int64_t generation)
{
    unit_.execute(
        "DELETE FROM ledger_fact WHERE tenant_id = $1 AND kind = 'period_guess'", {tenant_});
    if (through.empty()) return forget(factKind::period, ledgerAccountId);
    put(factKind::period, ledgerAccountId, through, 0, generation);
}

void BookFacts::accountTold(const std::string& ledgerAccountId)
{
    forget(factKind::account, ledgerAccountId);
}

bool BookFacts::setMerged(const std::string& from, const std::string& into, std::int64_t generation)
{
    const std::string known = targetOf(from);
    // Told anew, merges come one by one, and the last one counts.
    const std::string further = targetOf(into);
    const std::string& target = further == from ? into : further;
    const auto moved = unit_.execute(R"(UPDATE ledger_fact SET value = $1 WHERE tenant_id = $2
        AND kind = 'merged' AND value = $3 AND subject <> $4)",
        {target, tenant_, from, from});
    put(factKind::merged, from, target, 0, generation);
    return moved > 0 || known != target;
}

std::string BookFacts::targetOf(const std::string& ledgerAccountId)
{
    const Rows went = unit_.query(R"(SELECT value FROM ledger_fact
        WHERE tenant_id = $1 AND kind = 'merged' AND subject = $2)",
        {tenant_, ledgerAccountId});
    return went.empty() ? ledgerAccountId : went.text(0, 0);
}

void BookFacts::guess(
    std::string_view kind, const std::string& subject, std::string_view value, UtcTime now)
{
    const bool ofPeriod = kind == factKind::period;
    const bool ofEntry = kind == factKind::entry;
    const std::string whose = ofEntry ? subject : targetOf(subject);
    const std::string_view guessed = ofPeriod  ? factKind::periodGuess
                                     : ofEntry ? factKind::entryGuess
                                               : kind;
    const Rows before = unit_.query(R"(SELECT tries, value, expires_at FROM ledger_fact
        WHERE tenant_id = $1 AND kind = $2 AND subject = $3)",
        {tenant_, guessed, whose});
    std::int64_t tries = 0;
    std::string known(value);
    if (!before.empty())
    {
        if (before.isNull(0, 2)) return;
        const bool holds = before.number(0, 2) > now.ns;
        tries = std::min<std::int64_t>(before.number(0, 0) + (holds ? 0 : 1), 5);
        // Of a period that goes on being refused day after day, one guess grows.
        if (ofPeriod && before.text(0, 1) > known) known = before.text(0, 1);
    }
    const std::int64_t until = plusMs(now, std::min<std::int64_t>(hourMs << tries, 24 * hourMs)).ns;
    unit_.execute(R"(INSERT INTO ledger_fact (tenant_id, kind, subject, value, revision, generation,
            tries, expires_at) VALUES ($1, $2, $3, $4, 0, 0, $5, $6)
        ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET value = excluded.value,
            tries = excluded.tries, expires_at = excluded.expires_at)",
        {tenant_, guessed, whose, known, tries, until});
}

bool BookFacts::forgetOlder(std::int64_t generation, std::int64_t count)
{
    const Rows old = unit_.query(R"(SELECT kind, subject FROM ledger_fact WHERE tenant_id = $1
        AND expires_at IS NULL AND generation < $2
        AND (kind IN ('period', 'put_off') OR (kind = 'entry' AND value = 'reconciled')) LIMIT $3)",
        {tenant_, generation, count});
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < old.size(); ++i)
    {
        forget(old.text(i, 0), old.text(i, 1));
        if (old.text(i, 0) == factKind::entry) keys.push_back(old.text(i, 1));
    }
    if (!keys.empty())
        unit_.execute(R"(UPDATE bank_transaction SET entry_mark = '' WHERE tenant_id = $1
            AND entry_mark = 'reconciled' AND root_key IN )" +
                          elementsOf(unit_, "$2"),
            {tenant_, jsonListOf(keys)});
    return old.size() < static_cast<std::size_t>(count);
}

bool BookFacts::anyToForget(std::int64_t generation)
{
    return !unit_
                .query(R"(SELECT 1 FROM ledger_fact WHERE tenant_id = $1 AND expires_at IS NULL
        AND ((kind = 'put_off' AND generation <= $2) OR (generation < $3
            AND (kind = 'period' OR (kind = 'entry' AND value = 'reconciled')))) LIMIT 1)",
                    {tenant_, generation, generation})
                .empty();
}

bool BookFacts::anyMerged()
{
    return !unit_
                .query("SELECT 1 FROM ledger_fact WHERE tenant_id = $1 AND kind = 'merged' LIMIT 1",
                    {tenant_})
                .empty();
}

std::vector<BookFacts::Removal> BookFacts::untoldRemovals(
    std::int64_t generation, std::int64_t count)
{
    const Rows rows = unit_.query(R"(SELECT subject, value, revision FROM ledger_fact
        WHERE tenant_id = $1 AND kind = 'entry' AND value IN ('removed', 'again')
            AND generation < $2 ORDER BY subject LIMIT $3)",
        {tenant_, generation, count});
    std::vector<Removal> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({rows.text(i, 0), rows.text(i, 1), rows.number(i, 2)});
    return found;
}

void BookFacts::forgetGuesses(UtcTime now)
{
    unit_.execute(R"(DELETE FROM ledger_fact WHERE tenant_id = $1 AND expires_at IS NOT NULL
        AND expires_at < $2)",
        {tenant_, plusMs(now, -guessKeptMs).ns});
}

ClosedPeriods BookFacts::periods(UtcTime now)
{
    ClosedPeriods periods;
    const Rows rows = unit_.query(R"(SELECT subject, value FROM ledger_fact
        WHERE tenant_id = $1 AND kind IN ('period', 'period_guess') AND )" +
                                      std::string(notRunOut) + "$2)",
        {tenant_, now.ns});
    for (std::size_t i = 0; i < rows.size(); ++i)
        periods.close(rows.text(i, 0), rows.text(i, 1));
    if (rows.empty()) return periods;
    const Rows moved = unit_.query(R"(SELECT subject, value FROM ledger_fact m
        WHERE tenant_id = $1 AND kind = 'merged' AND EXISTS (SELECT 1 FROM ledger_fact f
            WHERE f.tenant_id = m.tenant_id AND f.kind IN ('period', 'period_guess')
                AND f.subject IN (m.subject, m.value)))",
        {tenant_});
    for (std::size_t i = 0; i < moved.size(); ++i)
        periods.move(moved.text(i, 0), moved.text(i, 1));
    return periods;
}

std::map<std::string, EntryFact> BookFacts::entries(
    const std::vector<std::string>& rootKeys, UtcTime now)
{
    BF_ASSERT(rootKeys.size() <= limits::rowsPerUnit + limits::changesPerBatch);
    std::map<std::string, EntryFact> found;
    if (rootKeys.empty()) return found;
    const Rows rows =
        unit_.query(R"(SELECT subject, value, revision, kind, generation FROM ledger_fact
        WHERE tenant_id = $1 AND kind IN ('entry', 'entry_guess') AND )" +
                        std::string(notRunOut) + "$2) AND subject IN " + elementsOf(unit_, "$3"),
            {tenant_, now.ns, jsonListOf(rootKeys)});
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        EntryFact& fact = found[rows.text(i, 0)];
        if (rows.text(i, 3) == factKind::entryGuess)
            fact.believed = rows.text(i, 1);
        else
        {
            fact.value = rows.text(i, 1);
            fact.revision = rows.number(i, 2);
            fact.generation = rows.number(i, 4);
        }
    }
    return found;
}

std::set<std::string> BookFacts::closedAccounts(
    const std::set<std::string>& ledgerAccountIds, UtcTime now)
{
    std::set<std::string> closed;
    for (const auto& id : ledgerAccountIds)
    {
        const std::string target = targetOf(id);
        const bool shut = !unit_
                               .query(R"(SELECT 1 FROM ledger_account WHERE tenant_id = $1
                AND ledger_account_id = $2 AND is_open = 0 UNION ALL SELECT 1 FROM ledger_fact
                WHERE tenant_id = $3 AND kind = 'account' AND subject = $4 AND )" +
                                          std::string(notRunOut) + "$5)",
                                   {tenant_, target, tenant_, target, now.ns})
                               .empty();
        if (shut) closed.insert(id);
    }
    return closed;
}

EventPosition BookFacts::position()
{
    const Rows rows = unit_.query(R"(SELECT event_id, generation, retelling
        FROM ledger_event_position WHERE tenant_id = $1)",
        {tenant_});
    if (rows.empty()) return {};
    return {rows.text(0, 0), rows.number(0, 1), rows.number(0, 2) != 0};
}

void BookFacts::setPosition(const EventPosition& position)
{
    unit_.execute(R"(INSERT INTO ledger_event_position (tenant_id, event_id, generation, retelling)
        VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id) DO UPDATE SET event_id = excluded.event_id,
            generation = excluded.generation, retelling = excluded.retelling)",
        {tenant_, position.eventId, position.generation, position.retelling ? 1 : 0});
}

} // namespace bankfeed::store
