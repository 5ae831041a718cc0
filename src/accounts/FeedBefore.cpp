#include "accounts/FeedBefore.h"

#include "store/AccountLinkRepository.h"
#include "store/OutboxRepository.h"
#include "store/SuccessionRepository.h"

namespace bankfeed::accounts
{

namespace
{

struct Place
{
    store::BankAccount account;
    store::AccountLink link;
};

/// Whose place the account takes in this ledger account.
std::optional<Place> placeOf(store::Unit& unit, const std::string& tenant,
    const std::optional<Relation>& relation, const std::string& ledgerAccountId)
{
    if (!relation || relation->kind != "re_issued") return std::nullopt;
    auto old = store::BankAccountRepository(unit, tenant).find(relation->bankAccountId);
    if (!old) return std::nullopt;
    store::AccountLinkRepository links(unit, tenant);
    auto link = links.ofBankAccount(old->id);
    if (!link) link = links.lastEnded(old->id);
    if (!link || link->ledgerAccountId != ledgerAccountId) return std::nullopt;
    return Place{std::move(*old), std::move(*link)};
}

/// An account that took the place of this one feeds the books.
bool isWrittenByAnother(
    store::Unit& unit, const std::string& tenant, const store::BankAccount& account)
{
    store::AccountLinkRepository links(unit, tenant);
    for (const auto& other : store::BankAccountRepository(unit, tenant).ofFeed(account.feedId))
        if (other.id != account.id && links.ofBankAccount(other.id)) return true;
    return false;
}

} // namespace

std::optional<FeedBefore> feedBefore(store::Unit& unit, const std::string& tenant,
    const store::BankAccount& account, const std::optional<Relation>& relation,
    const LedgerAccount& ledgerAccount)
{
    if (!ledgerAccount.lastEntryOn) return std::nullopt;
    const auto place = placeOf(unit, tenant, relation, ledgerAccount.id);
    if (!place ||
        feedToWrite(unit, tenant, account, relation, ledgerAccount.id) != place->account.feedId)
        return std::nullopt;
    const auto span = store::SuccessionRepository(unit, tenant)
                          .bookedSpan(place->account.feedId, account.id, ledgerAccount.id);
    if (!span) return std::nullopt;
    // What is before the start of the old feed is in its opening balance, or written by hand.
    const std::string& start =
        place->link.startDate.empty() ? place->link.openingOn : place->link.startDate;
    const auto from = Date::parse(start.empty() ? span->first : start);
    const auto until = Date::parse(span->last);
    // An entry behind the last one of the feed was written by somebody else.
    if (!from || !until || *ledgerAccount.lastEntryOn > *until) return std::nullopt;
    return FeedBefore{place->account.id, ledgerAccount.id, *from, *until};
}

std::string feedToWrite(store::Unit& unit, const std::string& tenant,
    const store::BankAccount& account, const std::optional<Relation>& relation,
    const std::string& ledgerAccountId)
{
    const auto place = placeOf(unit, tenant, relation, ledgerAccountId);
    if (!place) return isWrittenByAnother(unit, tenant, account) ? std::string() : account.feedId;
    if (place->account.feedId == account.feedId) return account.feedId;
    const auto own = store::OutboxRepository(unit, tenant).feed(account.feedId);
    return own && own->nextSeq > 1 ? account.feedId : place->account.feedId;
}

} // namespace bankfeed::accounts
