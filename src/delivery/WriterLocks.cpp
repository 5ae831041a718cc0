#include "delivery/WriterLocks.h"

#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"

#include <utility>

namespace bankfeed::delivery
{

void lockWriters(store::Unit& unit, const std::string& tenant, const std::string& feedId)
{
    std::set<std::string> connections;
    for (const auto& account : store::BankAccountRepository(unit, tenant).ofFeed(feedId))
        connections.insert(account.connectionId);
    for (const auto& id : connections)
    {
        const auto connection = store::ConnectionRepository(unit, tenant).lock(id);
        BF_ASSERT(connection.has_value());
    }
}

std::map<std::string, store::BankTransaction> lockRows(store::Unit& unit, const std::string& tenant,
    const std::vector<std::string>& rootKeys, std::set<std::string> others)
{
    store::TransactionRepository mirror(unit, tenant);
    for (const auto& row : mirror.ofRootKeys(rootKeys))
        others.insert(row.connectionId);
    // One that was deleted meanwhile has no rows to keep.
    for (const auto& id : others)
        (void)store::ConnectionRepository(unit, tenant).lock(id);
    std::map<std::string, store::BankTransaction> rows;
    for (auto& row : mirror.ofRootKeys(rootKeys))
    {
        std::string key = row.rootKey;
        rows.emplace(std::move(key), std::move(row));
    }
    return rows;
}

} // namespace bankfeed::delivery
