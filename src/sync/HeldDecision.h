// What a person decides about held rows.
#pragma once

#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/AuditRepository.h"
#include "store/Unit.h"
#include "sync/Overlaps.h"

#include <cstdint>
#include <string>

namespace bankfeed::sync
{

/// Carries a decision about held rows out, in the caller's unit: all of it or nothing. Rows that
/// may be booked already (heldReason::overlap) are decideOverlaps' business. Those that were
/// undone, or are more precise than their currency (rounded), are booked; leaving a rounded one out
/// makes it before_start, and undone ones are out already. What its data keep out of the books
/// (isDataReason) is left out in a lane of its own, from which it is taken back to be judged anew;
/// when the bank changed it meanwhile (leftOutChanged), it is booked or left out again. How many
/// changes were written for the books.
///
/// Errors: those of decideOverlaps; Conflict "held.mixed" for rows that wait for different reasons;
/// Invalid "held.choice" for a choice that these rows do not have. Any thread.
[[nodiscard]] Result<std::int64_t> decideHeld(store::Unit& unit, const std::string& tenant,
    const store::Actor& actor, const OverlapDecision& decision, Random& random, UtcTime now);

} // namespace bankfeed::sync
