// The last look at an existing ledger account before a link feeds it.
#pragma once

#include "base/Ledger.h"
#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/AccountLinkRepository.h"
#include "store/Database.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bankfeed::accounts
{

/// A decision about an existing ledger account rests on its last entry: from there the feed starts,
/// and whether an opening balance is due. What the person saw is our copy of the books, seconds
/// old; who wrote an entry in these seconds and then had the feed begin would have it twice. So a
/// link waits in linkState::checkingBooks for a look at the books that began after the decision.
class BooksCheck
{
public:
    BooksCheck(store::Database& database, Random& random) : database_(database), random_(random) {}

    /// The links that wait. Read them before the host is asked for its accounts: only then did the
    /// look begin after the decision.
    [[nodiscard]] static std::vector<store::AccountLink> waiting(
        store::Unit& unit, const std::string& tenant);

    /// Has each link feed its ledger account when that is as the decision saw it: open, feedable,
    /// and with the same last entry. Else the link ends, the bank account is open for decision
    /// again, and a notice says so. `shown` is by id. How many links feed now.
    [[nodiscard]] Result<std::int64_t> settle(const std::string& tenant,
        const std::vector<store::AccountLink>& links, const std::vector<LedgerAccount>& shown,
        UtcTime now);

private:
    void reopen(store::Unit& unit, const std::string& tenant, const store::AccountLink& link,
        const LedgerAccount* account, UtcTime now);

    store::Database& database_;
    Random& random_;
};

} // namespace bankfeed::accounts
