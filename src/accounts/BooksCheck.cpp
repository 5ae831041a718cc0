#include "accounts/BooksCheck.h"

#include "accounts/Attention.h"
#include "base/Ids.h"
#include "base/JsonWriter.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"

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

bool asDecided(const store::AccountLink& link, const LedgerAccount* account)
{
    return account && account->open && account->feedable &&
           lastEntryOf(account) == link.booksLastEntryOn;
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
                           if (!asDecided(link, account))
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
    if (!store::AccountLinkRepository(unit, tenant).end(link.id, now)) return;
    store::BankAccountRepository accounts(unit, tenant);
    accounts.setDecision(link.bankAccountId, store::decision::open, "", now);
    store::LedgerAccountRepository ledger(unit, tenant);
    const std::string ledgerAccountId = link.ledgerAccountId.value_or("");
    const auto known = ledger.find(ledgerAccountId);
    store::LedgerAccountWish changed;
    changed.id = newId(random_, "lar");
    changed.linkId = link.id;
    changed.name = account ? account->name : known ? known->name : std::string();
    changed.state = "changed";
    changed.ledgerAccountId = ledgerAccountId;
    changed.createdAt = now;
    ledger.insertWish(changed);

    const auto bankAccount = accounts.find(link.bankAccountId);
    const auto connection =
        bankAccount ? store::ConnectionRepository(unit, tenant).find(bankAccount->connectionId)
                    : std::nullopt;
    JsonWriter params;
    params.beginObject();
    if (connection)
        params.member("institution", connection->institutionName)
            .member("connection_id", connection->id)
            .member("bank_account", bankAccount->name)
            .member("bank_account_id", bankAccount->id);
    params.member("name", changed.name).endObject();
    Attention attention(unit, random_, tenant, now);
    attention.open(store::notice::booksChanged, link.id, "warning", params.text());
    if (connection) attention.refresh(*connection, /*justRead=*/false);
    JsonWriter detail;
    detail.beginObject();
    if (bankAccount) detail.member("account", bankAccount->name).member("mask", bankAccount->mask);
    detail.member("ledger_account", changed.name).member("reason", "books_changed");
    detail.member("from", link.booksLastEntryOn).member("to", lastEntryOf(account)).endObject();
    store::AuditRepository(unit, tenant)
        .append(
            now, store::Actor::system(), "account.link_failed", link.bankAccountId, detail.text());
}

} // namespace bankfeed::accounts
