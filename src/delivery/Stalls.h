// Which feeds the books take nothing of, since when, and until when the host asked to be left
// alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::delivery
{

/// One thread. Moments are nanoseconds of the monotonic clock.
class Stalls
{
public:
    /// Feeds that are kept in mind; what is above it counts as going.
    static constexpr std::size_t feedsMax = 10'000;

    /// The longest time that a host can ask for.
    static constexpr std::chrono::milliseconds leftAloneMax{10 * 60 * 1000};

    /// The books do not take what waits. `progressed`: they took something before that.
    void failed(const std::string& tenant, const std::string& feedId, bool progressed,
        std::chrono::milliseconds retryAfter, std::int64_t nowNs);

    /// The feed is going, or is held.
    void ended(const std::string& tenant, const std::string& feedId);

    /// Forgets the feeds of all other tenants. `tenants` is sorted.
    void keepOnly(const std::vector<std::string>& tenants);

    [[nodiscard]] bool leftAlone(
        const std::string& tenant, const std::string& feedId, std::int64_t nowNs) const;

    /// The last progress, or the first failure, of the feed that has waited longest.
    [[nodiscard]] std::optional<std::int64_t> since() const;

private:
    struct Stall
    {
        std::int64_t sinceNs = 0;
        std::int64_t notBeforeNs = 0;
    };
    std::map<std::pair<std::string, std::string>, Stall> stalls_; ///< By tenant and feed.
};

} // namespace bankfeed::delivery
