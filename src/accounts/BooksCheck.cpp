#include "accounts/BooksCheck.h"

#include "accounts/FailedLink.h"
#include "base/Ids.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/SuccessionRepository.h"

#include <algorithm>

namespace bankfeed::accounts
{

namespace
{

/// In one look; the others have the next.
constexpr std::int64_t linksPerLook = 1000;

const LedgerAccount* findById(const std::vector<LedgerAccount>& shown, const std::string& id)
{
    const auto found = std::lower_bound(shown.begin(), shown.end(), id,
        [](const LedgerAccount& account, const std::string& wanted)
        { return account.id < wanted; });
    return found == shown.end() || found->id != id ? nullptr : &*found;
}

std::string lastEntryOf(const LedgerAccount* account)
{
    return account && account->lastEntryOn ? account->lastEntryOn->text() : std::string();
}

/// What the feed itself wrote there meanwhile, through the connection before, is no news.
bool isOfTheFeed(store::Unit& unit, const std::string& tenant, const store::AccountLink& link,
    const std::string& lastEntry)
{
    if (lastEntry <= link.booksLastEntryOn) return false;
    const auto told = store::SuccessionRepository(unit, tenant)
                          .toldSpan(link.feedId, link.ledgerAccountId.value_or(""));
    return told && lastEntry <= told->last;
}

bool asDecided(store::Unit& unit, const std::string& tenant, const store::AccountLink& link,
    const LedgerAccount* account)
{
    if (!account || !account->open || !account->feedable) return false;
    const std::string lastEntry = lastEntryOf(account);
    return lastEntry == link.booksLastEntryOn || isOfTheFeed(unit, tenant, link, lastEntry);
}

} // namespace

std::vector<store::AccountLink> BooksCheck::waiting(store::Unit& unit, const std::string& tenant)
{
    return store::AccountLinkRepository(unit, tenant).checkingBooks(linksPerLook);
}

Result<std::int64_t> BooksCheck::settle(const std::string& tenant,
    const std::vector<store::AccountLink>& links, const std::vector<LedgerAccount>& shown,
    UtcTime now)
{
    std::int64_t feeding = 0;
    for (const store::AccountLink& link : links)
    {
        const LedgerAccount* account = findById(shown, link.ledgerAccountId.value_or(""));
        BF_LET(
            feeds, database_.write(
                       [&](store::Unit& unit) -> Result<bool>
                       {
                           if (!asDecided(unit, tenant, link, account))
                           {
                               reopen(unit, tenant, link, account, now);
                               return false;
                           }
                           if (!store::AccountLinkRepository(unit, tenant).booksAsDecided(link.id))
                               return false;
                           store::JobRepository(unit).ask(
                               random_, tenant, store::job::release, link.id, now);
                           return true;
                       }));
        if (feeds) ++feeding;
    }
    return feeding;
}

void BooksCheck::reopen(store::Unit& unit, const std::string& tenant,
    const store::AccountLink& link, const LedgerAccount* account, UtcTime now)
{
    store::LedgerAccountRepository ledger(unit, tenant);
    store::LedgerAccountWish changed;
    changed.id = newId(random_, "lar");
    changed.linkId = link.id;
    changed.state = "changed";
    changed.ledgerAccountId = link.ledgerAccountId.value_or("");
    changed.createdAt = now;
    const auto known = ledger.find(changed.ledgerAccountId);
    changed.name = account ? account->name : known ? known->name : std::string();
    const FailedLink failed{store::notice::booksChanged, changed.name,
        {{"reason", "books_changed"}, {"from", link.booksLastEntryOn},
            {"to", lastEntryOf(account)}}};
    if (endFailedLink(unit, random_, tenant, link, failed, now)) ledger.insertWish(changed);
}

} // namespace bankfeed::accounts
