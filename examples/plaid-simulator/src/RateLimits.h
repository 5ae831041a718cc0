// Plaid's published limits of calls, per Item and per client, by the virtual clock.
#pragma once

#include "VirtualClock.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace plaidsim
{

// Whose figures hold.
enum class LimitTable
{
    off,
    sandbox,
    production
};

struct LimitedCall
{
    std::string endpoint;
    std::string itemId;       // empty: none is known
    bool emptyCursor = false; // of /transactions/sync: from the beginning
};

class RateLimits
{
public:
    // Counts a call; answers the error code of the limit that it exceeds, and then does not count
    // it. `credits` is how many billed calls (balance, refresh) the client may make at all;
    // negative: without end.
    std::optional<std::string> exceeded(
        LimitTable table, std::int64_t credits, const LimitedCall& call, Nanos now);

private:
    std::map<std::pair<std::string, std::string>, std::deque<Nanos>> calls_;
    std::int64_t billed_ = 0;
};

} // namespace plaidsim
