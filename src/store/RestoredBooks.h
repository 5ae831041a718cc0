// Books that were restored from a backup: what people are told of the removals and merges that such
// books do not know.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <set>
#include <string>

namespace bankfeed::store
{

/// Lives as long as its unit, on its thread.
class RestoredBooks
{
public:
    RestoredBooks(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// Opens (only with `isNews`), brings up to date or clears the notices about entries that were
    /// removed and are in the books again (entryBack), of these bank accounts.
    void noteBack(
        const std::set<std::string>& bankAccountIds, bool isNews, Random& random, UtcTime now);

    /// A person has seen which they are.
    void forgetBack(const std::string& bankAccountId);

    /// Opens, or clears, the notices about bank accounts whose ledger account another one was
    /// merged into, which books that were restored from before the merge did not tell again and
    /// list as open. At most 100 merges are looked at.
    void noteForgottenMerges(std::int64_t generation, Random& random, UtcTime now);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
