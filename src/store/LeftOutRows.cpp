#include "store/LeftOutRows.h"

#include "base/Limits.h"
#include "store/TransactionRows.h"

namespace bankfeed::store
{

void LeftOutRows::note(const std::vector<std::string>& rootKeys, const Actor& actor, UtcTime at)
{
    BF_ASSERT(rootKeys.size() <= limits::rowsPerUnit);
    if (rootKeys.empty()) return;
    std::vector<Value> cells;
    for (const auto& key : rootKeys)
        cells.insert(cells.end(), {tenant_, key, actor.id, actor.name, at.ns});
    unit_.insertMany("left_out_row",
        {"tenant_id TEXT", "root_key TEXT", "left_out_by_id TEXT", "left_out_by TEXT",
            "left_out_at BIGINT"},
        cells,
        "ON CONFLICT (tenant_id, root_key) DO UPDATE SET left_out_by_id = excluded.left_out_by_id, "
        "left_out_by = excluded.left_out_by, left_out_at = excluded.left_out_at");
}

void LeftOutRows::forget(const std::vector<std::string>& rootKeys)
{
    BF_ASSERT(rootKeys.size() <= limits::rowsPerUnit);
    if (rootKeys.empty()) return;
    unit_.execute(
        "DELETE FROM left_out_row WHERE tenant_id = $1 AND root_key IN " + elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(rootKeys)});
}

std::map<std::string, LeftOutRows::Said> LeftOutRows::of(const std::vector<std::string>& rootKeys)
{
    BF_ASSERT(rootKeys.size() <= limits::rowsPerUnit);
    std::map<std::string, Said> found;
    if (rootKeys.empty()) return found;
    const Rows rows = unit_.query("SELECT root_key, left_out_by, left_out_at FROM left_out_row "
                                  "WHERE tenant_id = $1 AND root_key IN " +
                                      elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(rootKeys)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), Said{rows.text(i, 1), UtcTime{rows.number(i, 2)}});
    return found;
}

} // namespace bankfeed::store
