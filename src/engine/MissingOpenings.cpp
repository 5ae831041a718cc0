#include "engine/MissingOpenings.h"

#include "base/JsonText.h"
#include "store/AccountLinkRepository.h"
#include "store/BalanceProofRepository.h"
#include "store/BankAccountRepository.h"
#include "store/NoticeRepository.h"

namespace bankfeed::engine
{

namespace
{

/// The books have what the bank says: whatever was measured, nothing is missing there.
bool booksAgree(store::Unit& unit, const std::string& tenant, const std::string& bankAccountId)
{
    const auto proof = store::BalanceProofRepository(unit, tenant).find(bankAccountId);
    return proof && proof->state == store::proofState::proven;
}

/// The link's own opening balance, or one that a link before it told of the same ledger account.
bool anyBooked(store::AccountLinkRepository& links, const store::AccountLink& link)
{
    return link.openingRevision > 0 ||
           (link.ledgerAccountId && links.toldOpenings(*link.ledgerAccountId, link.id).count > 0);
}

} // namespace

void tellOfMissingOpenings(store::Unit& unit, Random& random, const std::string& tenant,
    const store::Connection& connection, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    store::AccountLinkRepository links(unit, tenant);
    for (const auto& link : links.currentOfConnection(connection.id))
    {
        notices.clear(store::notice::openingOutstanding, link.id, now);
        // Measured, perhaps ahead of its rows, and not looked at again: whoever connects the
        // account anew measures what is left of it.
        const bool unchecked =
            link.opening == store::openingState::posted && link.openingChecks > 0;
        if (unchecked && !links.setOpeningDueAgain(link.id)) continue;
        if (link.opening != store::openingState::due && !unchecked) continue;
        if (booksAgree(unit, tenant, link.bankAccountId)) continue;
        const auto account = store::BankAccountRepository(unit, tenant).find(link.bankAccountId);
        if (!account) continue;
        notices.open(random, store::notice::openingMissing, link.id, "warning",
            JsonObject()
                .text("institution", connection.institutionName)
                .text("connection_id", connection.id)
                .text("bank_account", account->name)
                .text("bank_account_id", account->id)
                .number("booked", anyBooked(links, link) ? 1 : 0)
                .json(),
            now);
    }
}

void forgetMissingOpenings(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now)
{
    for (const auto& link :
        store::AccountLinkRepository(unit, tenant).currentOfConnection(connectionId))
        store::NoticeRepository(unit, tenant).clear(store::notice::openingMissing, link.id, now);
}

} // namespace bankfeed::engine
