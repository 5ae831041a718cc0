#include "books/LedgerEvents.h"

#include "base/Random.h"

namespace ledgerd::events
{

void add(Unit& unit, const std::string& tenant, LedgerEvent event)
{
    unit.run("INSERT INTO event (tenant, event_id, kind, subject, into_account, state, revision,"
             " through) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        {tenant, "ev-" + randomHex(16), event.kind, event.subject, event.into, event.state,
            event.revision, event.through});
}

std::int64_t last(Unit& unit, const std::string& tenant)
{
    return unit.select("SELECT COALESCE(MAX(seq), 0) FROM event WHERE tenant = ?", "i", {tenant})
        .integer(0, 0);
}

std::int64_t seqOf(Unit& unit, const std::string& tenant, const std::string& id)
{
    const Rows rows =
        unit.select("SELECT seq FROM event WHERE tenant = ? AND event_id = ?", "i", {tenant, id});
    return rows.empty() ? 0 : rows.integer(0, 0);
}

std::vector<LedgerEvent> after(
    Unit& unit, const std::string& tenant, std::int64_t seq, std::size_t count)
{
    const Rows rows = unit.select(
        "SELECT seq, event_id, kind, subject, into_account, state, revision, through FROM event"
        " WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT " +
            std::to_string(count),
        "ititt"
        "iit",
        {tenant, seq});
    std::vector<LedgerEvent> found;
    for (std::size_t row = 0; row < rows.size(); ++row)
        found.push_back(
            {rows.integer(row, 0), rows.text(row, 1), rows.integer(row, 2), rows.text(row, 3),
                rows.text(row, 4), rows.integer(row, 5), rows.integer(row, 6), rows.text(row, 7)});
    return found;
}

} // namespace ledgerd::events
