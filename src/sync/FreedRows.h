// Rows that the books refused and would take now; and what a person removed from them and wants
// back.
#pragma once

#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/AuditRepository.h"
#include "sync/SyncParts.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bankfeed::sync
{

/// Books what was kept back until a period or an account was open, or an entry not reconciled, as
/// the bank shows it now: a row into the books, or the bank's last word on one that is in them. Any
/// thread.
class FreedRows
{
public:
    explicit FreedRows(const SyncParts& parts) : parts_(parts) {}

    /// One unit, of at most limits::rowsPerUnit rows of the connection that the lease names.
    [[nodiscard]] Step step(const store::JobLease& lease);

private:
    struct Outcome;
    [[nodiscard]] Result<Outcome> release(store::Unit& unit, const store::JobLease& lease);

    SyncParts parts_;
};

struct ImportAgain
{
    std::string bankAccountId;
    std::vector<std::string> transactions; ///< Provider's ids; 1 to limits::rowsPerUnit, each once.
};

/// Puts entries that a person took out back into the books, in the caller's unit: all of them or
/// none. Removals that the host tells of again, of before, do not count any more. How many changes
/// were written for the books.
///
/// Errors: Invalid "held.transactions" for none, too many or one twice; NotFound "account.unknown";
/// Conflict "held.changed" when one of them was not removed, or the bank shows it no more;
/// "held.period_closed" or "held.account_closed" when the books do not take one. Any thread.
[[nodiscard]] Result<std::int64_t> importAgain(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const ImportAgain& wish, Random& random, UtcTime now);

} // namespace bankfeed::sync
