// Takes webhooks: verify, store, answer.
#pragma once

#include "base/Log.h"
#include "base/Random.h"
#include "base/Wake.h"
#include "base/WebhookVerifier.h"
#include "store/GroupCommit.h"

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bankfeed::intake
{

/// How webhooks fared since the start. For health and for alarms.
struct IntakeCounts
{
    std::uint64_t stored = 0;
    std::uint64_t repeated = 0; ///< The same request again: answered 200, stored once.
    std::uint64_t refused = 0;  ///< Forged, stale or malformed: 401.
    std::uint64_t postponed =
        0; ///< Could not be verified or stored now: 503, the provider sends again.
    std::uint64_t notUnderstood = 0; ///< Genuine, but not what the protocol says: 200, kept.
    std::uint64_t wellFormed = 0;    ///< Had a token of the right form, and were judged.
    std::uint64_t forged = 0;        ///< Of these and of refused: the token was not true.
    std::uint64_t unknownKind = 0;   ///< Genuine, of a type and code nobody told us of: 200, kept.
};

class WebhookIntake
{
public:
    /// All references must outlive this object.
    WebhookIntake(WebhookVerifier& verifier, store::GroupCommit& commits, Random& random,
        Wake& wake, Log& log);

    /// Handles one request and gives the HTTP status to answer with: 200, 401, 413 or 503. Any
    /// thread, many at once. `body` is the bytes as received.
    [[nodiscard]] int handle(
        const std::vector<WebhookHeader>& headers, std::string_view body, UtcTime receivedAt);

    [[nodiscard]] IntakeCounts counts() const;

private:
    int refuse(const Error& error, UtcTime receivedAt);
    int postpone(LogLevel level, const std::string& what, UtcTime receivedAt);
    void countOdd(const VerifiedWebhook& webhook, UtcTime receivedAt);
    int storeVerified(const VerifiedWebhook& webhook, UtcTime receivedAt);

    WebhookVerifier& verifier_;
    store::GroupCommit& commits_;
    Random& random_;
    Wake& wake_;
    Log& log_;
    std::atomic<std::uint64_t> stored_{0};
    std::atomic<std::uint64_t> repeated_{0};
    std::atomic<std::uint64_t> refused_{0};
    std::atomic<std::uint64_t> postponed_{0};
    std::atomic<std::uint64_t> notUnderstood_{0};
    std::atomic<std::uint64_t> wellFormed_{0};
    std::atomic<std::uint64_t> forged_{0};
    std::atomic<std::uint64_t> unknownKind_{0};
    std::atomic<std::int64_t> lastRefusalLoggedNs_{0};
    std::atomic<std::int64_t> lastPostponementLoggedNs_{0};
    std::atomic<std::int64_t> lastOddLoggedNs_{0};
};

} // namespace bankfeed::intake
