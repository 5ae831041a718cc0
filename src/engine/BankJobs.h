// Which jobs ask the provider about a connection.
#pragma once

#include "store/JobRepository.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace bankfeed::engine
{

/// Those that nobody has to have asked for: a pause holds all of them, and while the provider
/// refuses our own access one of them tries. What ends a connection, and what a link session does,
/// is a person's, and goes on.
[[nodiscard]] inline bool asksTheProviderByItself(std::string_view kind)
{
    constexpr std::array kinds{store::job::refresh, store::job::sync, store::job::opening,
        store::job::proof, store::job::askBank, store::job::askBalances};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

} // namespace bankfeed::engine
