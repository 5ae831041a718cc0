#include "accounts/TakeBack.h"

#include "accounts/Attention.h"
#include "accounts/Unlinking.h"
#include "base/FeedIdentity.h"
#include "base/Ids.h"
#include "base/JsonText.h"
#include "store/BookFacts.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/OutboxRepository.h"
#include "store/TakeBackRepository.h"

namespace bankfeed::accounts
{

std::optional<TakenBackLink> takenBackLink(
    store::Unit& unit, const std::string& tenant, const std::string& linkId)
{
    store::AccountLinkRepository links(unit, tenant);
    store::BankAccountRepository accounts(unit, tenant);
    auto link = links.find(linkId);
    if (!link || link->continues.empty()) return std::nullopt;
    auto old = links.find(link->continues);
    auto account = accounts.find(link->bankAccountId);
    auto oldAccount = old ? accounts.find(old->bankAccountId) : std::nullopt;
    if (!account || !oldAccount) return std::nullopt;
    return TakenBackLink{
        std::move(*link), std::move(*account), std::move(*old), std::move(*oldAccount)};
}

bool isBeingTakenBack(const store::AccountLink& link)
{
    return !link.takenBackBy.empty() && link.state != store::linkState::takenBack;
}

std::string_view takeBackConflict(
    store::Unit& unit, const std::string& tenant, const store::AccountLink& link)
{
    if (isBeingTakenBack(link)) return {};
    if (link.endedAt) return "link.not_active";
    if (link.continues.empty()) return "link.continues_nothing";
    if (!link.ledgerAccountId || link.state == store::linkState::checkingBooks)
        return "link.waits_for_books";
    const auto account = store::BankAccountRepository(unit, tenant).find(link.bankAccountId);
    if (account && store::TakeBackRepository(unit, tenant).importUnderWay(account->connectionId))
        return "import.busy";
    return {};
}

std::string_view whyNotAgain(
    store::Unit& unit, const std::string& tenant, const TakenBackLink& taken)
{
    store::AccountLinkRepository links(unit, tenant);
    const store::AccountLink& old = taken.oldLink;
    if (!old.endedAt || !links.endedForAnother(old.id)) return "ended_before";
    const auto connection =
        store::ConnectionRepository(unit, tenant).find(taken.oldAccount.connectionId);
    if (!connection || connection->ended() ||
        taken.oldAccount.state == store::accountState::notShared)
        return "not_shared";
    if (links.ofBankAccount(taken.oldAccount.id)) return "linked_elsewhere";
    const std::string ledgerAccountId = old.ledgerAccountId.value_or("");
    const auto feeder = links.ofLedgerAccount(ledgerAccountId);
    if (ledgerAccountId.empty() || (feeder && feeder->id != taken.link.id))
        return "ledger_account_taken";
    const auto ledger = store::LedgerAccountRepository(unit, tenant).find(ledgerAccountId);
    const bool merged = store::BookFacts(unit, tenant).targetOf(ledgerAccountId) != ledgerAccountId;
    if (merged || (ledger && !ledger->open)) return "ledger_account_closed";
    return {};
}

void beginTakeBack(store::Unit& unit, const std::string& tenant, const store::Actor& actor,
    const TakenBackLink& taken, UtcTime now)
{
    (void)store::AccountLinkRepository(unit, tenant)
        .beginTakingBack(taken.link.id, actor.id, actor.name);
    store::NoticeRepository notices(unit, tenant);
    notices.clear(store::notice::rowsBeforeStart, taken.link.id, now);
}

namespace
{

/// One that nobody writes: its own, unless that was used for something else.
std::string freeFeed(
    store::Unit& unit, const std::string& tenant, const TakenBackLink& taken, Random& random)
{
    const auto connection =
        store::ConnectionRepository(unit, tenant).find(taken.account.connectionId);
    const std::string own =
        feedIdFor(tenant, connection ? connection->provider : "", taken.account.providerAccountId);
    const auto feed = store::OutboxRepository(unit, tenant).feed(own);
    const bool used = own == taken.link.feedId || (feed && feed->nextSeq > 1) ||
                      !store::BankAccountRepository(unit, tenant).ofFeed(own).empty();
    return used ? newId(random, "feed") : own;
}

/// It has told what it told in the other's name; from now on it is another account.
void partFeeds(store::Unit& unit, const std::string& tenant, const TakenBackLink& taken,
    Random& random, UtcTime now)
{
    store::BankAccountRepository accounts(unit, tenant);
    // Ended by something else meanwhile, and decided anew.
    if (store::AccountLinkRepository(unit, tenant).ofBankAccount(taken.account.id)) return;
    accounts.setDecision(taken.account.id, store::decision::open, taken.link.takenBackBy, now);
    // What it told elsewhere under this feed has no other.
    if (taken.account.feedId == taken.link.feedId &&
        !store::TakeBackRepository(unit, tenant).anyTold(taken.link))
        accounts.setFeed(taken.account.id, freeFeed(unit, tenant, taken, random));
}

std::string feedAgain(store::Unit& unit, const std::string& tenant, const TakenBackLink& taken,
    Random& random, UtcTime now)
{
    const std::string why(whyNotAgain(unit, tenant, taken));
    if (!why.empty()) return why;
    store::AccountLinkRepository links(unit, tenant);
    if (!links.resume(taken.oldLink.id)) return "ledger_account_taken";
    (void)links.setOpeningDueAgain(taken.oldLink.id);
    store::BankAccountRepository(unit, tenant)
        .setDecision(taken.oldAccount.id, store::decision::linked, taken.link.takenBackBy, now);
    store::JobRepository(unit).ask(random, tenant, store::job::release, taken.oldLink.id, now);
    return {};
}

} // namespace

std::string finishTakeBack(store::Unit& unit, const std::string& tenant, const TakenBackLink& taken,
    Random& random, UtcTime now)
{
    store::AccountLinkRepository(unit, tenant).endTakingBack(taken.link.id, now);
    partFeeds(unit, tenant, taken, random, now);
    std::string why = feedAgain(unit, tenant, taken, random, now);
    const auto fed =
        store::LedgerAccountRepository(unit, tenant).find(taken.link.ledgerAccountId.value_or(""));
    store::AuditRepository(unit, tenant)
        .append(now, {taken.link.takenBackById, taken.link.takenBackBy}, "account.taken_back",
            taken.account.id,
            JsonObject()
                .text("account", taken.account.name)
                .text("mask", taken.account.mask)
                .text("ledger_account", fed ? fed->name : std::string())
                .text("ended_link", taken.link.id)
                .text("old_account", taken.oldAccount.name)
                .text("old_mask", taken.oldAccount.mask)
                .text("resumed_link", why.empty() ? taken.oldLink.id : std::string())
                .text("reason", why)
                .json());
    store::ConnectionRepository connections(unit, tenant);
    for (const auto& id : {taken.account.connectionId, taken.oldAccount.connectionId})
        if (const auto connection = connections.find(id))
            tellOfDecision(unit, tenant, *connection, random, now);
    return why;
}

} // namespace bankfeed::accounts
