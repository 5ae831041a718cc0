// Plaid's keys for signing webhooks, of one environment.
#pragma once

#include "base/Clock.h"
#include "base/HttpTransport.h"
#include "base/Log.h"
#include "plaid/Es256Key.h"
#include "plaid/PlaidSettings.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace bankfeed::plaid
{

struct WebhookKey
{
    std::shared_ptr<const Es256Key> key;
    std::optional<std::int64_t>
        expiredAt; ///< Unix seconds; tokens issued from then on are refused.
};

/// How often something may happen: `burst` at once, then one every `everyNs`.
class TokenBucket
{
public:
    TokenBucket(int burst, std::int64_t everyNs);

    /// Takes one, or says no.
    bool take(std::int64_t nowNs);

private:
    std::int64_t everyNs_;
    std::int64_t spanNs_;            ///< What a full bucket is worth.
    std::int64_t worthNs_;           ///< What is in it.
    std::optional<std::int64_t> at_; ///< When it was last looked at.
};

/// Fetches keys when they are asked for and keeps the good ones. Whoever sends us webhooks chooses
/// the key's name, so every fetch is limited: one at a time for a name, a few for all unknown names
/// together, and none for a name that was refused a moment ago. Names that do not lead to a key
/// never push out a key. Any thread.
class WebhookKeyRing
{
public:
    static constexpr std::size_t keysMax = 16;
    static constexpr std::size_t refusedMax = 256;

    /// The ports must outlive the ring.
    WebhookKeyRing(HttpTransport& transport, Clock& clock, Log& log, PlaidSettings settings);

    /// The key of that name; `keyId` is a UUID. Waits at most limits::keyFetchWaitMs.
    /// Errors: Denied when Plaid does not know the key in this environment; Retry when that cannot
    /// be known now; Stopping.
    [[nodiscard]] Result<WebhookKey> find(std::string_view keyId);

    /// The credentials of every fetch that begins from now on. What was not to be had with the old
    /// ones is asked for again.
    void setCredentials(const Secret& clientId, const Secret& secret);

    [[nodiscard]] const std::string& environment() const { return settings_.environment; }

private:
    struct Kept
    {
        WebhookKey key;
        std::int64_t fetchedAt = 0; ///< Monotonic, as all times here.
        std::int64_t refreshAt = 0; ///< From then on it should be fetched again.
        std::int64_t lastUse = 0;
    };
    struct Refused
    {
        Error error;
        std::int64_t until = 0;
    };

    std::optional<Result<WebhookKey>> known(std::string_view keyId, std::int64_t now);
    Result<WebhookKey> fetchAndKeep(std::string keyId, std::unique_lock<std::mutex>& lock);
    Result<WebhookKey> fetch(const std::string& keyId);
    void keep(const std::string& keyId, const WebhookKey& key);
    void refuse(const std::string& keyId, const Error& error);

    HttpTransport& transport_;
    Clock& clock_;
    Log& log_;
    PlaidSettings settings_; ///< clientId and secret change, under mutex_; the rest never does.

    std::mutex mutex_;
    std::condition_variable fetched_;
    std::map<std::string, Kept, std::less<>> kept_;
    std::map<std::string, Refused, std::less<>> refused_;
    std::set<std::string, std::less<>> underWay_; ///< Names being fetched.
    TokenBucket unknownNames_;
    TokenBucket refreshes_;
};

} // namespace bankfeed::plaid
