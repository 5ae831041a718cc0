// A link that came to nothing in the books: it ends, and the question is open again.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/AccountLinkRepository.h"
#include "store/Unit.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bankfeed::accounts
{

struct FailedLink
{
    std::string_view notice; ///< ledgerAccountFailed or booksChanged; its subject is the link.
    std::string name;        ///< Of the ledger account that was wanted.
    /// More for the notice and the audit log, by name: "text", "reason", "from", "to".
    std::vector<std::pair<std::string, std::string>> more;
};

/// Ends the link, opens its bank account for decision, tells by a notice and in the audit log.
/// False when the link had ended already: nothing is written then.
bool endFailedLink(store::Unit& unit, Random& random, const std::string& tenant,
    const store::AccountLink& link, const FailedLink& failed, UtcTime now);

} // namespace bankfeed::accounts
