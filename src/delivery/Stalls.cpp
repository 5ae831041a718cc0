#include "delivery/Stalls.h"

#include "base/Time.h"

#include <algorithm>

namespace bankfeed::delivery
{

void Stalls::failed(const std::string& tenant, const std::string& feedId, bool progressed,
    std::chrono::milliseconds retryAfter, std::int64_t nowNs)
{
    const auto key = std::make_pair(tenant, feedId);
    if (stalls_.size() >= feedsMax && !stalls_.contains(key)) return;
    Stall& stall = stalls_.try_emplace(key, Stall{nowNs, 0}).first->second;
    if (progressed) stall.sinceNs = nowNs;
    const auto asked = std::clamp(retryAfter, std::chrono::milliseconds(0), leftAloneMax);
    stall.notBeforeNs = clampedSum(nowNs, std::chrono::nanoseconds(asked).count());
}

void Stalls::ended(const std::string& tenant, const std::string& feedId)
{
    stalls_.erase({tenant, feedId});
}

void Stalls::keepOnly(const std::vector<std::string>& tenants)
{
    std::erase_if(stalls_, [&](const auto& stall)
        { return !std::binary_search(tenants.begin(), tenants.end(), stall.first.first); });
}

bool Stalls::leftAlone(
    const std::string& tenant, const std::string& feedId, std::int64_t nowNs) const
{
    const auto stall = stalls_.find({tenant, feedId});
    return stall != stalls_.end() && nowNs < stall->second.notBeforeNs;
}

std::optional<std::int64_t> Stalls::since() const
{
    std::optional<std::int64_t> longest;
    for (const auto& [key, stall] : stalls_)
        longest = std::min(longest.value_or(stall.sinceNs), stall.sinceNs);
    return longest;
}

} // namespace bankfeed::delivery
