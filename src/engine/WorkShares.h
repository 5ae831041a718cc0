// How many of the workers may be at what, so that a slow bank holds nobody else up.
#pragma once

#include "store/JobRepository.h"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace bankfeed::engine
{

/// Counts the jobs under way in this process. A call to the provider may take a minute and a half,
/// and most jobs are such calls. So of N workers at most N-1 are at those that may take long, and
/// at most N/2 (at least one) for one tenant; and at most N-1 are at one tenant's jobs of any kind.
/// What remains reads webhooks, opens link sessions and books. With one worker nothing can be kept
/// free. Any thread.
class WorkShares
{
public:
    /// How many workers there are, 0 when nobody counts them: then there is no limit.
    void share(int workers);

    /// What may be claimed now.
    [[nodiscard]] store::ClaimLimits limits() const;

    /// A job is under way while this lives.
    class Place
    {
    public:
        Place(WorkShares& shares, const store::JobLease& lease);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

    private:
        WorkShares& shares_;
        std::string tenant_;
        bool slow_;
    };

private:
    struct Busy
    {
        int all = 0;
        int slow = 0;
    };

    mutable std::mutex mutex_;
    int workers_ = 0;
    Busy busy_;                                        ///< Of all tenants, and of none.
    std::map<std::string, Busy, std::less<>> tenants_; ///< Of those that are at work.
    std::vector<std::string> lately_; ///< Whose jobs were begun; the last one last.
};

} // namespace bankfeed::engine
