#include "engine/MissingOpenings.h"

#include "base/JsonText.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/NoticeRepository.h"

namespace bankfeed::engine
{

void tellOfMissingOpenings(store::Unit& unit, Random& random, const std::string& tenant,
    const store::Connection& connection, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    for (const auto& link :
        store::AccountLinkRepository(unit, tenant).currentOfConnection(connection.id))
    {
        notices.clear(store::notice::openingOutstanding, link.id, now);
        if (link.opening != store::openingState::due) continue;
        const auto account = store::BankAccountRepository(unit, tenant).find(link.bankAccountId);
        if (!account) continue;
        notices.open(random, store::notice::openingMissing, link.id, "warning",
            JsonObject()
                .text("institution", connection.institutionName)
                .text("connection_id", connection.id)
                .text("bank_account", account->name)
                .text("bank_account_id", account->id)
                .json(),
            now);
    }
}

void forgetMissingOpenings(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now)
{
    for (const auto& link :
        store::AccountLinkRepository(unit, tenant).currentOfConnection(connectionId))
        store::NoticeRepository(unit, tenant).clear(store::notice::openingMissing, link.id, now);
}

} // namespace bankfeed::engine
