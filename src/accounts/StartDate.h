// The start date of a link, changed later.
#pragma once

#include "base/Date.h"
#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/AuditRepository.h"
#include "store/Unit.h"

#include <cstdint>
#include <optional>
#include <string>

namespace bankfeed::accounts
{

struct StartDateWish
{
    std::string linkId;
    std::optional<Date> startDate; ///< Nothing: everything is booked.
    bool acceptOverlap = false;    ///< Earlier than the books' own entries, all the same.
};

struct StartDateChange
{
    bool earlier = false;  ///< Rows that were too old are being booked.
    std::int64_t stay = 0; ///< Booked rows that are older than the start date now: they stay.
    std::string conflict;  ///< Not empty: nothing was changed. See docs/console-api.md.
    std::string day;       ///< Of the conflict: the last day that is taken, or the last entry's.
};

/// Changes the start date of an active link, in the caller's unit. An earlier one releases the rows
/// that were too old, and an opening balance is measured again once they are booked; a later one
/// leaves what is booked as it is. What a person left out stays out. The same date changes nothing.
///
/// Errors: NotFound "link.unknown". Conflicts: "link.not_active" (not yet, or it has ended),
/// "link.start_in_future", "link.start_before_last_entry" when the ledger account had entries of
/// its own up to that day and acceptOverlap is not said. Any thread.
[[nodiscard]] Result<StartDateChange> changeStartDate(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const StartDateWish& wish, Random& random, UtcTime now);

} // namespace bankfeed::accounts
