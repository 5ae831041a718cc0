#include "store/AccountOwners.h"

#include "store/TransactionRows.h"

namespace bankfeed::store
{

std::map<std::string, std::string> connectionsOfAccounts(
    Unit& unit, const std::string& tenant, const std::vector<std::string>& bankAccountIds)
{
    std::map<std::string, std::string> found;
    if (bankAccountIds.empty()) return found;
    const Rows rows = unit.query(R"(SELECT bank_account_id, connection_id FROM bank_account
        WHERE tenant_id = $1 AND bank_account_id IN )" +
                                     elementsOf(unit, "$2"),
        {tenant, jsonListOf(bankAccountIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0), rows.text(i, 1));
    return found;
}

} // namespace bankfeed::store
