// Rows that the books do not take now (refusedReason): what people are told of them, and which of
// them are free again.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::store
{

/// Lives as long as its unit, on its thread.
class RefusedRows
{
public:
    RefusedRows(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// Rows whose reason is gone: the period or the account is open, the entry is not reconciled
    /// or removed any more, or what was believed of it has run out. Of one connection, oldest
    /// first, at most limits::rowsPerUnit.
    [[nodiscard]] std::vector<BankTransaction> freed(
        const std::string& connectionId, UtcTime now, std::size_t count);

    /// The connections that have some, at most `count`.
    [[nodiscard]] std::vector<std::string> connectionsWithFreed(UtcTime now, std::size_t count);

    /// Opens, brings up to date or clears the notices about what waits, of these bank accounts.
    /// Entries that a person took out are not waiting; but what the books refused as one of those
    /// and never had is.
    void note(const std::set<std::string>& bankAccountIds, Random& random, UtcTime now);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
