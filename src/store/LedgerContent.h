// What the books are told of a stored row. One place, because two rooms write changes: sync when
// the bank says something, and delivery when it writes a feed anew from the mirror.
#pragma once

#include "base/Ledger.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/TransactionRepository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bankfeed::store
{

inline constexpr std::string_view suspenseRole = "role:suspense";
inline constexpr std::string_view openingRole = "role:opening-balances";

/// The category of a void that a person asked for, for whoever reads the books.
inline constexpr std::string_view undoneCategory = "bankfeed:undone";

/// The revision of a void that a person asked for is a multiple of this, and no other change's is:
/// a plugin that is restored from before it reads in the head that the row is to stay out of the
/// books, whatever the bank says of the row by then.
inline constexpr std::int64_t undoneEvery = 1'000;
[[nodiscard]] constexpr bool isUndoneRevision(std::int64_t revision)
{
    return revision > 0 && revision % undoneEvery == 0;
}
/// The revision behind `revision` (0..) of such a void, and of any other change.
[[nodiscard]] constexpr std::int64_t nextUndoneRevision(std::int64_t revision)
{
    return (revision / undoneEvery + 1) * undoneEvery;
}
[[nodiscard]] constexpr std::int64_t nextRevision(std::int64_t revision)
{
    return revision + (isUndoneRevision(revision + 1) ? 2 : 1);
}

/// The change that states the row's bank leg in `ledgerAccountId`, with its content digest. A void
/// has units 0, the currency and the day that the books were told last, and else the row's own
/// content.
[[nodiscard]] LedgerChange changeOf(const BankTransaction& row, ChangeKind kind,
    std::int64_t revision, const std::string& ledgerAccountId);

/// The change that states an opening balance.
[[nodiscard]] LedgerChange openingChangeOf(const std::string& tenant, const BankAccount& account,
    const AccountLink& link, ChangeKind kind, std::int64_t revision);

/// What must differ before the books hear of a changed row: amount, currency, dates, the bank's
/// texts. Not the provider's guesses (merchant, category), which change all the time. 32
/// hexadecimal digits.
[[nodiscard]] std::string fingerprintOf(const BankTransaction& row);

/// The column sent_fingerprint: "<fingerprint>.<content digest in hexadecimal>"; the fingerprint is
/// "" after a void.
struct SentMark
{
    std::string fingerprint;
    std::string contentDigest;

    [[nodiscard]] static SentMark parse(const std::string& text);
    [[nodiscard]] std::string text() const { return fingerprint + "." + contentDigest; }
};

/// Whether the books hold an entry for the row: told of, and not taken back, nor removed and wanted
/// back.
[[nodiscard]] bool inTheBooks(const BankTransaction& row);

/// What the books were told of a row or an opening balance, as LedgerChange::before keeps it.
struct ToldBefore
{
    std::int64_t revision = 0; ///< 0: nothing.
    std::int64_t units = 0;
    int exponent = 0;
    std::string currency;
    std::string bookedOn;
    std::string fingerprint; ///< SentMark; "" of an opening balance.
    std::string ledgerAccountId;

    /// Nothing for a text that `text` did not write.
    [[nodiscard]] static std::optional<ToldBefore> parse(const std::string& text);
    [[nodiscard]] std::string text() const;
    /// Of a row as it is now.
    [[nodiscard]] static ToldBefore of(const BankTransaction& row);
    void putBack(BankTransaction& row) const;
};

/// Notes in the row that `change` is written to the outbox, and in the change what was told before.
void noteSent(BankTransaction& row, LedgerChange& change);

/// Notes that the books hold something of the row that the mirror did not tell, as it is now: what
/// the bank says is told above it.
void noteNotOurs(BankTransaction& row, const Head& head);

/// Notes that the books were told what the row says now, if their latest change, of which the row
/// knows revision and content digest alone, says that. False, and nothing is noted, otherwise.
bool noteTold(BankTransaction& row);

/// What a mirror that was restored from a backup learns from the books of a row that it left out as
/// older than the start date, which was an earlier one since: it is booked, and what the bank says
/// of it now is told when that is something else. Never of a void.
void noteBooked(BankTransaction& row, const BookedEntry& entry, UtcTime now);

/// What a mirror that was restored from a backup learns from the books of an entry that it does not
/// know: a row of this account, kept as forgotten. Never of a void.
[[nodiscard]] BankTransaction forgottenRow(
    const BookedEntry& entry, const BankAccount& account, UtcTime now);

/// Whether a row may be the one that is kept as forgotten: day, amount, currency and, where the
/// books keep them, the bank's words are the same.
[[nodiscard]] bool saysTheSame(const BankTransaction& forgotten, const BankTransaction& row);

/// Notes that the books say by their head that a person took the row out of them. False, and
/// nothing is noted, when they do not, or when the mirror knows something later.
[[nodiscard]] bool noteUndone(BankTransaction& row, const Head& head);

/// Notes that the books hold an entry that the mirror takes for undone, above the undo: a person
/// had it booked again, in a life of this database that a restore took away. The row is booked, and
/// nobody knows what was told. False, and nothing is noted, otherwise; also of a void.
bool noteBookedAgain(BankTransaction& row, const Head& head);

} // namespace bankfeed::store
