#include "engine/WorkShares.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

/// Among so many tenants the turn goes round.
constexpr std::size_t latelyMost = 16;

} // namespace

void WorkShares::share(int workers)
{
    const std::lock_guard lock(mutex_);
    workers_ = workers;
}

store::ClaimLimits WorkShares::limits() const
{
    const std::lock_guard lock(mutex_);
    store::ClaimLimits limits;
    limits.lately = lately_;
    if (workers_ == 0) return limits;
    const int most = std::max(1, workers_ - 1);
    const int slowOfOne = std::max(1, workers_ / 2);
    limits.slow = busy_.slow < most;
    for (const auto& [tenant, busy] : tenants_)
    {
        if (busy.all >= most && workers_ > 1) limits.nothingOf.push_back(tenant);
        if (busy.slow >= slowOfOne) limits.nothingSlowOf.push_back(tenant);
    }
    return limits;
}

WorkShares::Place::Place(WorkShares& shares, const store::JobLease& lease)
    : shares_(shares), tenant_(lease.tenant), slow_(store::job::maybeSlow(lease.kind))
{
    const std::lock_guard lock(shares_.mutex_);
    if (slow_) ++shares_.busy_.slow;
    if (tenant_.empty()) return;
    Busy& busy = shares_.tenants_[tenant_];
    ++busy.all;
    if (slow_) ++busy.slow;
    auto& lately = shares_.lately_;
    std::erase(lately, tenant_);
    if (lately.size() >= latelyMost) lately.erase(lately.begin());
    lately.push_back(tenant_);
}

WorkShares::Place::~Place()
{
    const std::lock_guard lock(shares_.mutex_);
    if (slow_) --shares_.busy_.slow;
    const auto found = shares_.tenants_.find(tenant_);
    if (found == shares_.tenants_.end()) return;
    --found->second.all;
    if (slow_) --found->second.slow;
    if (found->second.all == 0) shares_.tenants_.erase(found);
}

} // namespace bankfeed::engine
