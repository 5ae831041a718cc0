#include "accounts/StartDate.h"

#include "accounts/LinkingChecks.h"
#include "base/JsonText.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/NoticeRepository.h"
#include "store/TransactionRepository.h"

#include <algorithm>

namespace bankfeed::accounts
{

namespace
{

StartDateChange refused(const char* conflict, const std::string& day = {})
{
    StartDateChange change;
    change.conflict = conflict;
    change.day = day;
    return change;
}

} // namespace

Result<StartDateChange> changeStartDate(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const StartDateWish& wish, Random& random, UtcTime now)
{
    store::AccountLinkRepository links(unit, tenant);
    const auto unknown = Error::notFound("link.unknown", "There is no such link.");
    const auto named = links.find(wish.linkId);
    if (!named) return unknown;
    const auto account = store::BankAccountRepository(unit, tenant).find(named->bankAccountId);
    if (!account || !store::ConnectionRepository(unit, tenant).lock(account->connectionId))
        return unknown;
    const auto link = links.find(wish.linkId); // Behind the lock: nothing books meanwhile.
    if (!link || link->endedAt || link->state != store::linkState::active)
        return refused("link.not_active");
    const std::string start = wish.startDate ? wish.startDate->text() : std::string();
    StartDateChange change;
    if (start == link->startDate) return change;
    change.earlier = start < link->startDate;
    const Date latest = latestStart(
        link->booksLastEntryOn.empty() ? std::nullopt : Date::parse(link->booksLastEntryOn), now);
    if (start > latest.text()) return refused("link.start_in_future", latest.text());
    if (change.earlier && !link->booksLastEntryOn.empty() && start <= link->booksLastEntryOn &&
        !wish.acceptOverlap)
        return refused("link.start_before_last_entry", link->booksLastEntryOn);
    if (!change.earlier)
        change.stay = store::TransactionRepository(unit, tenant).bookedBefore(account->id, start);
    if (!links.setStartDate(
            link->id, start, actor.name, change.earlier ? link->startDate : std::string()))
        return refused("link.not_active");
    if (change.earlier)
    {
        store::JobRepository(unit).ask(random, tenant, store::job::release, link->id, now);
        (void)links.setOpeningDueAgain(link->id);
        store::NoticeRepository(unit, tenant).clear(store::notice::rowsBeforeStart, link->id, now);
    }
    store::AuditRepository(unit, tenant)
        .append(now, actor, "link.start_changed", account->id,
            JsonObject()
                .text("account", account->name)
                .text("mask", account->mask)
                .text("link_id", link->id)
                .text("from", link->startDate)
                .text("to", start)
                .number("stay", change.stay)
                .json());
    return change;
}

} // namespace bankfeed::accounts
