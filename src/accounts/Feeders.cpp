#include "accounts/Feeders.h"

namespace bankfeed::accounts
{

std::string Feeder::shownName() const
{
    return mask.empty() ? name : name + " \u2022\u2022" + mask;
}

Feeders Feeders::load(store::Unit& unit, const std::string& tenant, const Identity& identity)
{
    Feeders feeders;
    for (auto& link : store::AccountLinkRepository(unit, tenant).current())
    {
        Feeder feeder;
        feeder.bankAccountId = link.bankAccountId;
        if (const store::BankAccount* account = identity.find(link.bankAccountId))
        {
            feeder.name = account->name;
            feeder.mask = account->mask;
            feeder.connectionId = account->connectionId;
            feeder.live = identity.canStillFeed(*account);
            if (const store::Connection* connection = identity.connectionOf(*account))
                feeder.institution = connection->institutionName;
        }
        if (link.ledgerAccountId)
            feeders.bankOfLedger_.emplace(*link.ledgerAccountId, link.bankAccountId);
        feeder.link = std::move(link);
        const std::string bank = feeder.bankAccountId;
        feeders.byBank_.emplace(bank, std::move(feeder));
    }
    return feeders;
}

const Feeder* Feeders::ofBankAccount(const std::string& bankAccountId) const
{
    const auto found = byBank_.find(bankAccountId);
    return found == byBank_.end() ? nullptr : &found->second;
}

const Feeder* Feeders::ofLedgerAccount(const std::string& ledgerAccountId) const
{
    const auto found = bankOfLedger_.find(ledgerAccountId);
    return found == bankOfLedger_.end() ? nullptr : ofBankAccount(found->second);
}

bool Feeders::taken(const std::string& ledgerAccountId, const store::Connection& connection) const
{
    const Feeder* feeder = ofLedgerAccount(ledgerAccountId);
    return feeder != nullptr && feeder->standsInTheWayOf(connection);
}

} // namespace bankfeed::accounts
