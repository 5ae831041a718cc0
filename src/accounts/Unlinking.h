// A decision that is taken back: a bank account feeds its ledger account no more.
#pragma once

#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/AuditRepository.h"
#include "store/ConnectionRepository.h"
#include "store/Unit.h"

#include <string>

namespace bankfeed::accounts
{

struct Unlinked
{
    std::string bankAccountId;
    std::string conflict; ///< Not empty: nothing was changed. See docs/console-api.md.
};

/// Ends a link on a person's word, in the caller's unit; the account is kept aside and may be
/// linked again. Nothing leaves the books: what is booked stays, what waits in the outbox is
/// delivered, and corrections of the bank still reach the entries that are there. What comes from
/// now on is held.
///
/// Errors: NotFound "link.unknown". Conflicts: "link.not_active" when it has ended before,
/// "link.waits_for_books" while the books are asked for a new ledger account. Any thread.
[[nodiscard]] Result<Unlinked> stopFeeding(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const std::string& linkId, Random& random, UtcTime now);

/// What a hand-over waits for may have happened; and nobody needs to be told of the end of a
/// connection that feeds nothing any more. After a decision about one of its accounts.
void tellOfDecision(store::Unit& unit, const std::string& tenant,
    const store::Connection& connection, Random& random, UtcTime now);

} // namespace bankfeed::accounts
