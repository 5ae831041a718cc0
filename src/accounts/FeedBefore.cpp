#include "accounts/FeedBefore.h"

#include "store/AccountLinkRepository.h"
#include "store/OutboxRepository.h"
#include "store/SuccessionRepository.h"
#include "store/TransactionRepository.h"

namespace bankfeed::accounts
{

namespace
{

struct Place
{
    store::BankAccount account;
    store::AccountLink link;
};

/// Whose place the account takes in this ledger account: that of the last one that fed it, when the
/// two may be one at the bank and nothing can come from it any more. Other relatives, such as one
/// that was never linked in between, are not asked: what counts is who wrote these entries.
std::optional<Place> placeOf(store::Unit& unit, const std::string& tenant, const Identity& identity,
    const store::BankAccount& account, const std::string& ledgerAccountId)
{
    auto link = store::AccountLinkRepository(unit, tenant).lastOfLedgerAccount(ledgerAccountId);
    if (!link || link->bankAccountId == account.id) return std::nullopt;
    auto old = store::BankAccountRepository(unit, tenant).find(link->bankAccountId);
    if (!old || !identity.givesWay(*old, account) || !identity.mayBeSame(account, *old))
        return std::nullopt;
    return Place{std::move(*old), std::move(*link)};
}

/// The account itself fed this ledger account last, and a person ended that: what it booked keeps
/// its rows, so that only what came since, or was missed, is new.
std::optional<Place> ownPlace(store::Unit& unit, const std::string& tenant,
    const store::BankAccount& account, const std::string& ledgerAccountId)
{
    auto link = store::AccountLinkRepository(unit, tenant).lastOfLedgerAccount(ledgerAccountId);
    if (!link || !link->endedAt || link->bankAccountId != account.id ||
        link->feedId != account.feedId)
        return std::nullopt;
    return Place{account, std::move(*link)};
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

/// Whether the ledger account holds more, or less, than it was told: entries by hand, which may be
/// rows that the feed could not bring. What a person took out of the books they hold no more.
bool othersWroteThere(
    store::Unit& unit, const std::string& tenant, const LedgerAccount& ledgerAccount)
{
    const auto rows = store::TransactionRepository(unit, tenant).toldIn(ledgerAccount.id);
    const auto openings =
        store::AccountLinkRepository(unit, tenant).toldOpenings(ledgerAccount.id, "");
    std::int64_t told = 0;
    return __builtin_add_overflow(rows.units, openings.units, &told) ||
           __builtin_sub_overflow(told, rows.takenOut, &told) || told != ledgerAccount.balanceUnits;
}

} // namespace

std::optional<FeedBefore> feedBefore(store::Unit& unit, const std::string& tenant,
    const Identity& identity, const store::BankAccount& account, const LedgerAccount& ledgerAccount)
{
    if (!ledgerAccount.lastEntryOn) return std::nullopt;
    auto place = placeOf(unit, tenant, identity, account, ledgerAccount.id);
    if (!place) place = ownPlace(unit, tenant, account, ledgerAccount.id);
    if (!place ||
        feedToWrite(unit, tenant, identity, account, ledgerAccount.id) != place->account.feedId)
        return std::nullopt;
    const auto told =
        store::SuccessionRepository(unit, tenant).toldSpan(place->account.feedId, ledgerAccount.id);
    if (!told || othersWroteThere(unit, tenant, ledgerAccount)) return std::nullopt;
    // What is before the start of the old feed is in its opening balance, or written by hand.
    const std::string& start =
        place->link.startDate.empty() ? place->link.openingOn : place->link.startDate;
    const auto from = Date::parse(start.empty() ? told->first : start);
    const auto until = Date::parse(told->last);
    // An entry behind the last one of the feed was written by somebody else.
    if (!from || !until || *ledgerAccount.lastEntryOn > *until) return std::nullopt;
    return FeedBefore{place->account.id, ledgerAccount.id, *from, *until};
}

std::optional<std::string> placeTaken(store::Unit& unit, const std::string& tenant,
    const Identity& identity, const store::BankAccount& account, const std::string& ledgerAccountId)
{
    const auto place = placeOf(unit, tenant, identity, account, ledgerAccountId);
    if (!place) return std::nullopt;
    return place->account.id;
}

std::string feedToWrite(store::Unit& unit, const std::string& tenant, const Identity& identity,
    const store::BankAccount& account, const std::string& ledgerAccountId)
{
    const auto place = placeOf(unit, tenant, identity, account, ledgerAccountId);
    if (!place) return isWrittenByAnother(unit, tenant, account) ? std::string() : account.feedId;
    if (place->account.feedId == account.feedId) return account.feedId;
    const auto own = store::OutboxRepository(unit, tenant).feed(account.feedId);
    return own && own->nextSeq > 1 ? account.feedId : place->account.feedId;
}

} // namespace bankfeed::accounts
