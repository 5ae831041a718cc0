// What is kept aside, and why: the counts and lists that screens show.
#pragma once

#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// Two kinds of lists: rows that wait, each for its reason (heldReason, refusedReason), and the
/// rows of a lane beside them, which are known by its name: pending, before_start and left_out.
/// What the bank shows no more is in none.
class HeldRows
{
public:
    HeldRows(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    /// Whether there is a list of this reason or lane.
    [[nodiscard]] static bool isListed(std::string_view reason);

    struct Counts
    {
        std::map<std::string, std::int64_t> reasons; ///< Those that something waits for.
        std::int64_t pending = 0;
        std::int64_t beforeStart = 0;
        std::int64_t leftOut = 0;

        /// All that wait for a reason.
        [[nodiscard]] std::int64_t held() const;
    };
    /// Of the tenant. Reads entries of indexes alone, of what is not booked.
    [[nodiscard]] Counts totals();
    /// Of some bank accounts, at most 500; none of other tenants.
    [[nodiscard]] std::map<std::string, Counts> ofAccounts(
        const std::vector<std::string>& bankAccountIds);

    /// Rows of a bank account, newest first, behind the row (`afterBookedOn`, `afterId`); "" and
    /// "": from the first. `reason` is one that isListed, or "": all that wait.
    [[nodiscard]] std::vector<BankTransaction> page(const std::string& bankAccountId,
        const std::string& reason, const std::string& afterBookedOn, const std::string& afterId,
        std::size_t count);

    /// What follows `WHERE` for a row that waits; the index of it has the same words.
    static constexpr std::string_view waitsSql =
        "removed = 0 AND (lane = 'held' OR (lane = 'booked' AND lane_reason IN ('period_closed', "
        "'account_closed', 'reconciled', 'removed')))";

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
