// Pages of /transactions/sync as Plaid sends them, with every field.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bankfeed::bench
{

/// The account that all rows belong to.
inline constexpr const char* pagesAccount = "Qm7ZxV1bN9cKdL3wR5tYpE8uJ2sHfG4aX6oBi";

/// `count` pages of `rows` added rows each, with ids that are random, as Plaid's are; the same for
/// the same arguments. Page n is asked for with the cursor "page-n", the first with "".
[[nodiscard]] std::vector<std::string> bankPages(std::size_t count, std::size_t rows);

} // namespace bankfeed::bench
