// Rows that are held because the books may have them already, under another id: what people are
// told of them, and what they decide.
#pragma once

#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bankfeed::sync
{

/// Opens, brings up to date or clears the notice about such rows of a bank account.
void noteOverlaps(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
    const store::BankAccount& account, Random& random, UtcTime now);

/// The same for booked rows that the bank showed through the account before this one and, with its
/// history complete, does not show through this one: it took them back in between, and nobody told.
void noteNotShown(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
    const store::LinkedAccount& linked, Random& random, UtcTime now);

enum class OverlapChoice : std::uint8_t
{
    Book,        ///< The books do not have it.
    LeaveOut,    ///< They do, as an entry by hand.
    SameAs,      ///< They do, as the entry that the decision names: it follows the bank's row now.
    ImportAgain, ///< A person removed them from the books: importAgain carries it out.
    TakeBack,    ///< Of rows that were left out: they wait again for what they waited for.
};

struct OverlapDecision
{
    std::string bankAccountId;
    std::vector<std::string> transactions; ///< Provider's ids; 1 to limits::rowsPerUnit, each once.
    OverlapChoice choice = OverlapChoice::LeaveOut;
    std::string entry; ///< Of SameAs, for one transaction: the entry's root key. "" otherwise.
};

/// Entries of the books that a held row may be: without a row that the bank shows, within
/// Succession::daysFar of its day. At most entriesShown, those of its amount first, then the
/// nearest.
///
/// Errors: NotFound "account.unknown"; Conflict "held.not_linked", "held.changed" as below.
[[nodiscard]] Result<std::vector<store::BankTransaction>> entriesLike(store::Unit& unit,
    const std::string& tenant, const std::string& bankAccountId, const std::string& transactionId);
inline constexpr std::size_t entriesShown = 50;

/// Carries the decision out, in the caller's unit: all of it or nothing. What is booked goes into
/// the outbox; what is left out becomes before_start, and is not asked for again; an entry that
/// changes hands is amended to what the bank says now. How many changes were written for the books.
/// A release is asked for, which books what the decision has made certain.
///
/// Errors: Invalid "held.transactions" for none, too many or one twice; NotFound "account.unknown";
/// Conflict "held.not_linked" when the account feeds nothing now, "held.changed" when one of the
/// rows is not held for this any more, "held.entry_taken" when the entry is not to be had. Any
/// thread.
[[nodiscard]] Result<std::int64_t> decideOverlaps(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const OverlapDecision& decision, Random& random, UtcTime now);

} // namespace bankfeed::sync
