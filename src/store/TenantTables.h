// The tables that hold rows of tenants, and the end of a tenant's rows.
#pragma once

#include "store/Unit.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

struct TenantTable
{
    std::string_view name;
    std::string_view key;   ///< Its columns; what a row is found by.
    std::string_view where; ///< The rows of tenant $1.
};

/// Every table with rows of tenants, in the order in which they are erased: what rows are found by
/// goes after them, and the audit log last. A table that is added to the schema is added here; a
/// test compares the two.
[[nodiscard]] const std::vector<TenantTable>& tenantTables();

/// The tables whose rows belong to no tenant, or tell of the erasure itself.
[[nodiscard]] const std::vector<std::string_view>& tenantlessTables();

struct ErasedRows
{
    std::int64_t all = 0;
    std::int64_t connections = 0;
    std::int64_t transactions = 0;
};

/// Deletes at most `count` rows of the tenant, whatever they are; not its erasure and the job of
/// it. Nothing is left when there were none.
[[nodiscard]] ErasedRows eraseRows(Unit& unit, const std::string& tenant, std::size_t count);

} // namespace bankfeed::store
