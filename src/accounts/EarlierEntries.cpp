#include "accounts/EarlierEntries.h"

#include "store/AccountLinkRepository.h"
#include "store/BookFacts.h"
#include "store/LedgerAccountRepository.h"
#include "store/SuccessionRepository.h"

namespace bankfeed::accounts
{

namespace
{

/// Where the last link of a bank account that has ended told its entries.
struct LastFed
{
    std::string ledgerAccountId; ///< By now.
    std::optional<store::SuccessionRepository::Span> told;
};

std::optional<LastFed> lastFedBy(
    store::Unit& unit, const std::string& tenant, const std::string& bankAccountId)
{
    const auto link = store::AccountLinkRepository(unit, tenant).lastEnded(bankAccountId);
    if (!link || !link->ledgerAccountId) return std::nullopt;
    LastFed fed{store::BookFacts(unit, tenant).targetOf(*link->ledgerAccountId), {}};
    store::SuccessionRepository places(unit, tenant);
    fed.told = places.toldSpan(link->feedId, *link->ledgerAccountId);
    if (!fed.told) fed.told = places.toldSpan(link->feedId, fed.ledgerAccountId);
    return fed;
}

/// A person took back that the account goes on with that one.
bool isOther(store::Unit& unit, const std::string& tenant, const store::BankAccount& account,
    const std::string& otherId)
{
    store::AccountLinkRepository links(unit, tenant);
    for (const auto& link : links.takenBackOf(account.id))
        if (const auto old = links.find(link.continues); old && old->bankAccountId == otherId)
            return true;
    return false;
}

} // namespace

std::optional<EarlierEntries> entriesElsewhere(store::Unit& unit, const std::string& tenant,
    const Identity& identity, const store::BankAccount& account, const std::string& chosen)
{
    std::vector<std::string> askedOf{account.id};
    const auto relation = identity.relationOf(account);
    if (relation && relation->kind == "re_issued" &&
        !isOther(unit, tenant, account, relation->bankAccountId))
        askedOf.push_back(relation->bankAccountId);
    for (const std::string& id : askedOf)
    {
        const auto fed = lastFedBy(unit, tenant, id);
        if (!fed || !fed->told) continue;
        if (fed->ledgerAccountId == chosen) return std::nullopt;
        // One that people closed is done with: its money was moved on by them.
        auto in = store::LedgerAccountRepository(unit, tenant).find(fed->ledgerAccountId);
        if (!in || !in->open) continue;
        return EarlierEntries{std::move(*in), fed->told->first, fed->told->last, id == account.id};
    }
    return std::nullopt;
}

} // namespace bankfeed::accounts
