// The opening balance of an account that is new to the books: the bank's balance minus what they
// were told, by whichever connection of the account.
#pragma once

#include "base/BankProvider.h"
#include "store/LinkedAccountRepository.h"
#include "store/TransactionRepository.h"
#include "sync/SyncParts.h"

#include <cstdint>
#include <string>

namespace bankfeed::sync
{

/// Whether what the bank now says of a row (`before`: what was stored, if anything) makes another
/// opening balance of a posted one: it counts otherwise than before, and the measured balance may
/// hold it. A row of a later day is in neither, or in both the balance and the books.
[[nodiscard]] bool movesOpening(const store::AccountLink& link,
    const store::BankTransaction* before, const store::BankTransaction& after);

/// Whether the opening balance is to be measured: it is due, or a check of it is outstanding.
[[nodiscard]] bool isWanted(const store::AccountLink& link);

/// Reads the bank's balance and then proves that nothing has happened since the last sync: only
/// then do balance and booked rows speak of the same moment. They may still disagree, for a bank
/// brings both to us in its own time. So a posted one is measured again, from a new balance, when
/// a row moves it (movesOpening), and each such measurement is checked by another at a later sync.
/// Any thread.
class OpeningBalance
{
public:
    explicit OpeningBalance(const SyncParts& parts) : parts_(parts) {}

    /// One attempt for the link that the lease names. Done when it is measured or not wanted, or
    /// when the history is not complete (the sync that completes it asks again). Errors of its own:
    /// "opening.not_shared", "opening.no_balance" when the bank names no balance,
    /// "opening.currency_differs" when it is in another currency than the account,
    /// "opening.overflow" when it does not fit the books.
    [[nodiscard]] Step step(const store::JobLease& lease);

private:
    struct Before; // What was stored before the bank was asked.
    enum class Came : std::uint8_t
    {
        Done,
        Booked,
        TooLate, ///< A sync, or a rebuild of the feed, came in between.
    };

    [[nodiscard]] Result<Before> before(const store::JobLease& lease);
    [[nodiscard]] Step askForSync(const Before& before, const store::JobLease& lease);
    [[nodiscard]] Step post(
        const Before& before, std::int64_t balanceUnits, const store::JobLease& lease);

    [[nodiscard]] Result<Came> write(store::Unit& unit, const store::LinkedAccount& linked,
        std::int64_t balanceUnits, const std::string& tenant);

    SyncParts parts_;
};

} // namespace bankfeed::sync
