// When a webhook that failed is tried again.
#pragma once

#include "VirtualClock.h"

#include <optional>
#include <string>

namespace plaidsim
{

// The moment of the next attempt, or nothing when the webhook is given up. `attempts` have been
// made, the first at `first` and the last at `last`: 30 s after the first, then four times as long
// each time, up to 24 h after the first. `retryAfter` is what a 429 asked for; at most 4 h of it
// are honoured.
std::optional<Nanos> nextAttempt(
    Nanos first, Nanos last, unsigned attempts, std::optional<Nanos> retryAfter = std::nullopt);

// How long a Retry-After header asks to wait, from `now` on the virtual clock: "120", an HTTP date,
// or a moment by ISO 8601, with a zone ("2026-11-22T21:40:00Z", "...+02:00"). 0 for a moment that
// has passed; nothing for anything else.
std::optional<Nanos> retryAfterOf(const std::string& text, Nanos now);

} // namespace plaidsim
