#include "accounts/FailedLink.h"

#include "accounts/Attention.h"
#include "base/JsonWriter.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"

namespace bankfeed::accounts
{

bool endFailedLink(store::Unit& unit, Random& random, const std::string& tenant,
    const store::AccountLink& link, const FailedLink& failed, UtcTime now)
{
    if (!store::AccountLinkRepository(unit, tenant).end(link.id, now)) return false;
    store::BankAccountRepository accounts(unit, tenant);
    accounts.setDecision(link.bankAccountId, store::decision::open, "", now);
    const auto account = accounts.find(link.bankAccountId);
    const auto connection =
        account ? store::ConnectionRepository(unit, tenant).find(account->connectionId)
                : std::nullopt;
    JsonWriter params;
    params.beginObject();
    if (connection)
        params.member("institution", connection->institutionName)
            .member("connection_id", connection->id)
            .member("bank_account", account->name)
            .member("bank_account_id", account->id);
    params.member("name", failed.name);
    for (const auto& [name, text] : failed.more)
        params.member(name, text);
    params.endObject();
    Attention attention(unit, random, tenant, now);
    attention.open(failed.notice, link.id, "warning", params.text());
    if (connection) attention.refresh(*connection, /*justRead=*/false);
    store::AuditRepository(unit, tenant)
        .append(
            now, store::Actor::system(), "account.link_failed", link.bankAccountId, params.text());
    return true;
}

} // namespace bankfeed::accounts
