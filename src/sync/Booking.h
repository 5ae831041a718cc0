// The rules of booking, in one place: what a bank transaction means for the books.
#pragma once

#include "base/BankProvider.h"
#include "base/Ledger.h"
#include "store/BookFacts.h"
#include "store/LedgerContent.h"
#include "store/LinkedAccountRepository.h"
#include "store/TransactionRepository.h"

#include <cstdint>
#include <optional>

namespace bankfeed::sync
{

/// Why a row is judged.
enum class Occasion : std::uint8_t
{
    BankSpoke, ///< The bank showed, changed or removed it.
    Release,   ///< A link was made for its account.
    Decision,  ///< A person wants it booked, whatever held it back.
    Again,     ///< A person wants an entry that was removed from the books imported again.
};

/// What the operator decided about booking.
struct BookingRules
{
    bool holdRounded = false; ///< Amounts that are more precise than their currency wait for a
                              ///< person before they are booked for the first time.
};

/// Fills in the amount of a row: exact text, units, currency. What cannot be booked gets 0 units;
/// `book` says why.
void setAmount(store::BankTransaction& row, const ProviderAmount& amount);

using store::inTheBooks;

/// Judges a row by its content, its account (nothing: not known) and that account's link. Sets
/// lane, reason, revision and what was sent; gives the change for the outbox, if there is one. The
/// same row judged twice gives no second change.
///
/// - pending: the books do not hear of it;
/// - removed before it was booked: nor this; but where it could have been booked, they are asked
///   whether they have it from a life that the mirror forgot (goneNotKnown);
/// - posted, linked, on or after the start date: a post, and after that an amend whenever the
///   content that the books hold has changed;
/// - held because it may be booked already under another id: stays held until a person decides;
/// - left out by a person, or changed by the bank after that: stays so until a person decides;
/// - taken out of the books by a person (undone): stays so, whatever the bank says of it;
/// - in the books although a person took it out (undoAsked): that, as soon as the books let it go;
/// - more precise than its currency, with the rule holdRounded: held before its first post, but not
///   again when all that it waited for since were books that did not take it;
/// - booked and then removed (or pending again, or not bookable any more): a void;
/// - after a void, when the bank shows it again: an amend;
/// - removed from the books by a person: nothing, whatever the bank says;
///   But of an undone row whose empty entry was removed, a person's Decision to book it is as good
///   as Again (noteCameBack is called then); where it cannot be booked now, it stays as it is;
/// - imported again: what the books had counts no more, and they are told by a post;
/// - reconciled, or into or out of a closed period: nothing now, with the reason (refusedReason).
///
/// Amends and voids go to the ledger account that the post went to, whatever is linked today. The
/// start date is judged once, at the first time the row is posted and linked.
[[nodiscard]] std::optional<LedgerChange> book(store::BankTransaction& row,
    const store::LinkedAccount* account, Occasion occasion, const BookingRules& rules = {},
    const store::ClosedPeriods& closed = {});

/// The bank states another amount or currency of a row that a person left out: the books may have
/// it by hand, so that it waits for a person, even where it could be booked now.
void askAgain(store::BankTransaction& row);

/// Whether a person took the row out of the books.
[[nodiscard]] bool isUndone(const store::BankTransaction& row);

/// After `book` on a Decision: when it brought back a row whose entry a person had removed, the
/// removals that the books told of before do not count any more. They may be told again.
void noteCameBack(store::BookFacts& facts, const store::BankTransaction& before,
    const store::BankTransaction& after);

/// Takes a row that is in the books out of them, on a person's word. Its entry is neither
/// reconciled nor in a closed period. `book` does not bring it back but for Occasion::Decision.
[[nodiscard]] LedgerChange undo(store::BankTransaction& row);

} // namespace bankfeed::sync
