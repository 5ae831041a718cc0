#include "books/ClosedBooks.h"

namespace ledgerd::closed
{

std::string through(Unit& unit, const std::string& tenant)
{
    const Rows rows = unit.select("SELECT closed_through FROM tenant WHERE id = ?", "t", {tenant});
    return rows.empty() ? std::string() : rows.text(0, 0);
}

std::int64_t mergedInto(Unit& unit, const std::string& tenant, std::int64_t account)
{
    const Rows rows = unit.select(
        "SELECT merged_into FROM account WHERE tenant = ? AND id = ?", "i", {tenant, account});
    return rows.empty() || rows.integer(0, 0) == 0 ? account : rows.integer(0, 0);
}

} // namespace ledgerd::closed
