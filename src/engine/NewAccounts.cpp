#include "engine/NewAccounts.h"

#include "base/JsonText.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/LinkSessionRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

/// By so much the provider's clock may be ahead of ours.
constexpr std::int64_t clocksApartMs = 60'000;

bool dealtWith(
    store::Unit& unit, const std::string& tenant, const store::Connection& connection, UtcTime said)
{
    if (connection.removedAt || connection.createdAt >= said) return true;
    if (connection.newAccountsSince && *connection.newAccountsSince >= said) return true;
    // It is the last webhook of all: one that came since was this one.
    if (connection.lastWebhookAt && plusMs(*connection.lastWebhookAt, clocksApartMs) >= said)
        return true;
    if (store::LinkSessionRepository(unit, tenant).accountsChosenSince(connection.id, said))
        return true;
    const auto accounts = store::BankAccountRepository(unit, tenant).ofConnection(connection.id);
    return std::any_of(accounts.begin(), accounts.end(),
        [&](const store::BankAccount& account) { return account.firstSeenAt >= said; });
}

} // namespace

void tellOfNewAccounts(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime since, UtcTime now)
{
    store::ConnectionRepository connections(unit, tenant);
    const auto connection = connections.find(connectionId);
    if (!connection) return;
    connections.setNewAccountsSince(connectionId, since);
    const auto params = JsonObject().text("institution", connection->institutionName).json();
    store::NoticeRepository(unit, tenant)
        .open(random, store::notice::newAccounts, connectionId, "info", params, now);
}

void catchUpOnNewAccounts(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, const ConnectionFacts& facts, UtcTime now)
{
    if (!facts.newAccountsSaidAt) return;
    const auto connection = store::ConnectionRepository(unit, tenant).find(connectionId);
    if (!connection || dealtWith(unit, tenant, *connection, *facts.newAccountsSaidAt)) return;
    tellOfNewAccounts(unit, random, tenant, connectionId, *facts.newAccountsSaidAt, now);
}

} // namespace bankfeed::engine
