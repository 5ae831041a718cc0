// A decision that is taken back: that an account goes on with the feed of another.
#pragma once

#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/AccountLinkRepository.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/Unit.h"

#include <optional>
#include <string>
#include <string_view>

namespace bankfeed::accounts
{

/// The link that is taken back, and the one whose feed it went on with.
struct TakenBackLink
{
    store::AccountLink link;
    store::BankAccount account;
    store::AccountLink oldLink;
    store::BankAccount oldAccount;
};

/// Nothing when there is no such link, or it goes on with nobody's feed.
[[nodiscard]] std::optional<TakenBackLink> takenBackLink(
    store::Unit& unit, const std::string& tenant, const std::string& linkId);

/// Whether the work of taking it back is under way, also when something else ended it meanwhile.
[[nodiscard]] bool isBeingTakenBack(const store::AccountLink& link);

/// Why the link cannot be taken back now; "" when it can, or that is under way: "link.not_active"
/// (it has ended), "link.continues_nothing", "link.waits_for_books" (the ledger account is being
/// looked at), "import.busy" (an import of its connection is being undone or booked again).
[[nodiscard]] std::string_view takeBackConflict(
    store::Unit& unit, const std::string& tenant, const store::AccountLink& link);

/// Why the old account will not feed the ledger account again by itself; "" when it will:
/// "ended_before" (not for this link), "not_shared", "linked_elsewhere", "ledger_account_taken",
/// "ledger_account_closed".
[[nodiscard]] std::string_view whyNotAgain(
    store::Unit& unit, const std::string& tenant, const TakenBackLink& taken);

/// The link feeds nothing from now on; the ledger account stays taken until finishTakeBack. In the
/// caller's unit, which has locked all connections, and when takeBackConflict is "".
void beginTakeBack(store::Unit& unit, const std::string& tenant, const store::Actor& actor,
    const TakenBackLink& taken, UtcTime now);

/// Once no row of its account has anything in the books there: the link ends, its account writes a
/// feed of its own and is open for decision, and the old link feeds again, if nothing is in its way
/// (whyNotAgain). Gives the reason, "" when it does. In the caller's unit, which has locked all
/// connections.
std::string finishTakeBack(store::Unit& unit, const std::string& tenant, const TakenBackLink& taken,
    Random& random, UtcTime now);

} // namespace bankfeed::accounts
