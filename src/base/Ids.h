// Ids that we make: a short word for what it names, and 128 random bits. Unguessable, and never a
// row number.
#pragma once

#include "base/Random.h"

#include <string>
#include <string_view>

namespace bankfeed
{

/// "con_" and 26 characters of Crockford base32, for example. `prefix` is 2..4 lower-case letters.
[[nodiscard]] std::string newId(Random& random, std::string_view prefix);

} // namespace bankfeed
