// Plaid's keys for signing webhooks, of one environment.
#pragma once

#include "base/Clock.h"
#include "base/HttpTransport.h"
#include "base/Log.h"
#include "base/WebhookKeyStore.h"
#include "plaid/Es256Key.h"
#include "plaid/PlaidSettings.h"

#include <atomic>
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

    /// Takes one, or says no. `leave` more must be in it, which are kept for somebody else.
    bool take(std::int64_t nowNs, int leave = 0);

private:
    std::int64_t everyNs_;
    std::int64_t spanNs_;            ///< What a full bucket is worth.
    std::int64_t worthNs_;           ///< What is in it.
    std::optional<std::int64_t> at_; ///< When it was last looked at.
};

/// Fetches keys when they are asked for and keeps the good ones. Whoever sends us webhooks chooses
/// the key's name, so every fetch is limited: one at a time for a name, a few for all unknown names
/// together, and none for a name that was refused a moment ago. Names that do not lead to a key
/// never push out a key. One of the few fetches is kept for a name that comes again after a while,
/// as a genuine sender's does: names that are new at every request cannot spend it. Keys survive a
/// restart in the store. Any thread.
class WebhookKeyRing
{
public:
    static constexpr std::size_t keysMax = 16;
    static constexpr std::size_t refusedMax = 256;
    static constexpr int waitersMax = 8; ///< Threads that wait for others' fetches, of all names.
    static constexpr std::size_t waitingMax = 4096; ///< 30 s of 136 new names a second.

    /// The ports must outlive the ring. `stored`: what was kept before is there at once; null: keys
    /// are not kept over a restart.
    WebhookKeyRing(HttpTransport& transport, Clock& clock, Log& log, PlaidSettings settings,
        WebhookKeyStore* stored = nullptr);

    /// The key of that name; `keyId` is a UUID. Waits at most limits::keyFetchWaitMs; while
    /// waitersMax threads wait already, and no key is kept, the answer is Retry at once.
    /// Errors: Denied when Plaid does not know the key in this environment; Retry when that cannot
    /// be known now; Stopping.
    [[nodiscard]] Result<WebhookKey> find(std::string_view keyId);

    /// The credentials of every fetch that begins from now on. What was not to be had with the old
    /// ones is asked for again.
    void setCredentials(const Secret& clientId, const Secret& secret);

    /// How many keys were asked for since the start, whatever came of it. Any thread.
    [[nodiscard]] std::uint64_t fetches() const { return fetches_; }

    struct Counts
    {
        std::size_t kept = 0;
        std::size_t expired = 0; ///< Of these: withdrawn by Plaid.
        std::size_t refused = 0; ///< Names that led to no key a moment ago.
        std::size_t underWay = 0;
    };
    [[nodiscard]] Counts counts();

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
    Result<WebhookKey> fetch(const std::string& keyId, std::string& answerText);
    void loadStored();
    void store(const std::string& keyId, std::string answerText);
    bool mayFetch(std::string_view keyId, std::int64_t now);
    void keep(const std::string& keyId, const WebhookKey& key);
    void refuse(const std::string& keyId, const Error& error);

    HttpTransport& transport_;
    Clock& clock_;
    Log& log_;
    WebhookKeyStore* stored_;
    PlaidSettings settings_; ///< clientId and secret change, under mutex_; the rest never does.

    std::atomic<std::uint64_t> fetches_ = 0;
    std::mutex mutex_;
    std::condition_variable fetched_;
    std::map<std::string, Kept, std::less<>> kept_;
    std::map<std::string, Refused, std::less<>> refused_;
    int waiters_ = 0;
    std::set<std::string, std::less<>> underWay_; ///< Names being fetched.
    /// Unknown names and when each was first asked for: the newer half, and the half before it.
    std::map<std::string, std::int64_t, std::less<>> waiting_;
    std::map<std::string, std::int64_t, std::less<>> waitingLonger_;
    TokenBucket unknownNames_; ///< One for all of them, new or returning.
    TokenBucket refreshes_;
};

} // namespace bankfeed::plaid
