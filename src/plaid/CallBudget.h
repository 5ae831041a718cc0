// Keeps our calls within Plaid's published rate limits, per connection and per client.
#pragma once

#include "base/Clock.h"
#include "base/Result.h"
#include "base/Secret.h"

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::plaid
{

/// Counts the calls of the last minute exactly, and keeps to what Plaid says when it refuses one
/// all the same. Any thread.
class CallBudget
{
public:
    /// counts: false against a simulator, where nobody counts; what it refuses holds all the same.
    CallBudget(Clock& clock, bool production, bool counts = true);

    /// Notes one call of `path`, or says when it may be tried: Error Retry callBudgetCode. Calls
    /// without an access token count for the client only.
    [[nodiscard]] Result<void> spend(std::string_view path, const Secret& accessToken);

    /// Plaid has refused a call as one too many: for `waitMs`, at most a day, `spend` refuses those
    /// like it, whichever job they are of and whoever asked for it.
    void refused(std::string_view path, const Secret& accessToken, std::int64_t waitMs);

    /// Calls a minute; 0: no limit is published.
    struct Limit
    {
        std::size_t perConnection = 0;
        std::size_t perClient = 0;
    };
    [[nodiscard]] static Limit limitOf(std::string_view path, bool production);

    /// How the client's limits are used, for those who operate the plugin: calls of the last
    /// minute.
    struct Use
    {
        std::string path;
        std::size_t used = 0;
        std::size_t limit = 0;
        std::int64_t waitMs = 0; ///< For so long Plaid has asked to wait with it; 0: it has not.
    };
    [[nodiscard]] std::vector<Use> uses();

private:
    using Calls = std::deque<std::int64_t>; ///< Moments of the calls of the last minute.

    [[nodiscard]] std::int64_t waitFor(Calls& calls, std::size_t limit, std::int64_t now) const;
    void dropIdle(std::int64_t now);
    [[nodiscard]] Result<void> count(
        std::string_view path, const Secret& accessToken, std::int64_t now);

    Clock& clock_;
    bool production_;
    bool counts_;
    std::mutex mutex_;
    std::map<std::string, Calls, std::less<>> calls_; ///< By path, or path and token's hash.
    std::map<std::string, std::int64_t, std::less<>> refusedUntil_; ///< By the same.
};

} // namespace bankfeed::plaid
