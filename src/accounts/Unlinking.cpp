#include "accounts/Unlinking.h"

#include "accounts/Attention.h"
#include "base/JsonText.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"

namespace bankfeed::accounts
{

void tellOfDecision(store::Unit& unit, const std::string& tenant,
    const store::Connection& connection, Random& random, UtcTime now)
{
    store::JobRepository jobs(unit);
    if (!connection.replaces.empty())
        jobs.askAtOnce(random, tenant, store::job::handover, connection.id, now);
    if (const auto successor = store::ConnectionRepository(unit, tenant).successorOf(connection.id))
        jobs.askAtOnce(random, tenant, store::job::handover, successor->id, now);
    Attention attention(unit, random, tenant, now);
    const auto left = store::AccountLinkRepository(unit, tenant).currentOfConnection(connection.id);
    if (connection.ended() && left.empty())
        attention.clear(store::notice::accessRevoked, connection.id);
    attention.refresh(connection, /*justRead=*/false);
}

Result<Unlinked> stopFeeding(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const std::string& linkId, Random& random, UtcTime now)
{
    store::AccountLinkRepository links(unit, tenant);
    const auto unknown = Error::notFound("link.unknown", "There is no such link.");
    const auto named = links.find(linkId);
    if (!named) return unknown;
    store::BankAccountRepository accounts(unit, tenant);
    const auto account = accounts.find(named->bankAccountId);
    if (!account) return unknown;
    store::ConnectionRepository connections(unit, tenant);
    connections.lockAll(); // As every decision does: reviews look at who feeds what.
    const auto connection = connections.find(account->connectionId);
    if (!connection) return unknown;
    const auto link = links.find(linkId); // Behind the locks: nothing books meanwhile.
    if (!link || link->endedAt || link->state == store::linkState::takingBack)
        return Unlinked{account->id, "link.not_active"};
    // The host may be making it at this moment, and would show an account that nobody wants.
    if (!link->ledgerAccountId) return Unlinked{account->id, "link.waits_for_books"};
    (void)links.end(link->id, now);
    Attention(unit, random, tenant, now).clear(store::notice::rowsBeforeStart, link->id);
    accounts.setDecision(account->id, store::decision::aside, actor.name, now);
    const auto fed = store::LedgerAccountRepository(unit, tenant).find(*link->ledgerAccountId);
    store::AuditRepository(unit, tenant)
        .append(now, actor, "account.unlinked", account->id,
            JsonObject()
                .text("account", account->name)
                .text("mask", account->mask)
                .text("ledger_account", fed ? fed->name : std::string())
                .text("ended_link", link->id)
                .text("reason", "stopped")
                .json());
    tellOfDecision(unit, tenant, *connection, random, now);
    return Unlinked{account->id, {}};
}

} // namespace bankfeed::accounts
