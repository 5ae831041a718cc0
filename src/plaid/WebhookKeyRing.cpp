#include "plaid/WebhookKeyRing.h"

#include "base/Limits.h"
#include "base/WebhookVerifier.h"
#include "plaid/PlaidRequest.h"
#include "plaid/RequestBody.h"
#include "plaid/WebhookKeyAnswer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::int64_t hourNs = 3600 * nsPerSecond;
/// A key is looked at again a day after it was fetched, to learn that it has expired. The hour
/// before, one caller tries and the others go on with what is there.
constexpr std::int64_t keptForNs = 24 * hourNs;
constexpr std::int64_t refreshAfterNs = 23 * hourNs;
constexpr std::int64_t refreshPauseNs = 60 * nsPerSecond;
/// How long a name that Plaid does not know is not asked for again.
constexpr std::int64_t refusedForNs = 300 * nsPerSecond;
/// And one whose fetch failed: long enough that a burst costs one fetch, short enough for Plaid's
/// first retry after 30 s.
constexpr std::int64_t pauseAfterFailureNs = 10 * nsPerSecond;
/// Unknown names of every sort cost at most nine fetches in a minute: four at once, and five that
/// grow back. New names never take the last one.
constexpr std::int64_t unknownEveryNs = 12 * nsPerSecond;
constexpr int unknownBurst = 4;
constexpr int keptForReturning = 1;
constexpr std::int64_t refreshEveryNs = 10 * nsPerSecond;
constexpr int refreshBurst = 3;
/// Plaid sends a webhook again after 30 s; who forges one for each request never comes back.
constexpr std::int64_t returningAfterNs = 20 * nsPerSecond;
/// A key that was not fetched for so long may have expired long ago.
constexpr std::int64_t storedForMs = std::int64_t{30} * 86'400'000;
constexpr std::size_t answerBytesMax = 16 * 1024;
constexpr int statusOk = 200;

Error notNow()
{
    return Error::retry("webhook.key_unavailable",
        "The key of a webhook cannot be fetched at the moment.", std::chrono::seconds{30});
}

Error unknownKey()
{
    return Error::denied(std::string(wellFormedRefused), "Plaid does not know the token's key.");
}

} // namespace

TokenBucket::TokenBucket(int burst, std::int64_t everyNs)
    : everyNs_(everyNs), spanNs_(burst * everyNs), worthNs_(spanNs_)
{
}

bool TokenBucket::take(std::int64_t nowNs, int leave)
{
    if (at_) worthNs_ = std::min(spanNs_, worthNs_ + std::max<std::int64_t>(0, nowNs - *at_));
    at_ = nowNs;
    if (worthNs_ < (1 + leave) * everyNs_) return false;
    worthNs_ -= everyNs_;
    return true;
}

WebhookKeyRing::WebhookKeyRing(HttpTransport& transport, Clock& clock, Log& log,
    PlaidSettings settings, WebhookKeyStore* stored)
    : transport_(transport),
      clock_(clock),
      log_(log),
      stored_(stored),
      settings_(std::move(settings)),
      unknownNames_(unknownBurst, unknownEveryNs),
      refreshes_(refreshBurst, refreshEveryNs)
{
    if (stored_ != nullptr) loadStored();
}

/// What is loaded is used at once, and looked at again at its first use: it may have expired.
void WebhookKeyRing::loadStored()
{
    const auto keys = stored_->load(plusMs(clock_.now(), -storedForMs));
    if (!keys.ok())
    {
        log_.write(LogLevel::Warning, "plaid",
            "The kept keys of webhooks cannot be read: " + keys.error().text);
        return;
    }
    const std::int64_t now = clock_.monoNs();
    for (const auto& one : *keys)
    {
        auto key = readWebhookKey(one.answer, one.keyId);
        if (key.ok() && kept_.size() < keysMax)
            kept_[one.keyId] = {std::move(key).value(), now, now, now};
    }
}

void WebhookKeyRing::store(const std::string& keyId, std::string answerText)
{
    if (stored_ == nullptr) return;
    const auto kept = stored_->keep({keyId, std::move(answerText)}, clock_.now());
    if (!kept.ok())
        log_.write(LogLevel::Warning, "plaid",
            "A webhook key could not be kept for the next start: " + kept.error().text);
}

/// One token for a name that is asked for. The last one is for names that came back: a flood of
/// ever new names cannot spend it, and who repeats names gets no more than all together.
bool WebhookKeyRing::mayFetch(std::string_view keyId, std::int64_t now)
{
    for (const auto* half : {&waiting_, &waitingLonger_})
    {
        const auto before = half->find(keyId);
        if (before == half->end()) continue;
        const bool returning = now - before->second >= returningAfterNs;
        return unknownNames_.take(now, returning ? 0 : keptForReturning);
    }
    if (unknownNames_.take(now, keptForReturning)) return true;
    if (waiting_.size() >= waitingMax / 2) waitingLonger_ = std::exchange(waiting_, {});
    waiting_.emplace(keyId, now);
    return false;
}

void WebhookKeyRing::setCredentials(const Secret& clientId, const Secret& secret)
{
    const std::lock_guard lock(mutex_);
    settings_.clientId = clientId;
    settings_.secret = secret;
    std::erase_if(
        refused_, [](const auto& one) { return one.second.error.kind != ErrorKind::Denied; });
}

/// What can be said without a fetch: the kept key, or that the name was refused a moment ago.
/// Nothing when a fetch is due.
std::optional<Result<WebhookKey>> WebhookKeyRing::known(std::string_view keyId, std::int64_t now)
{
    if (const auto found = kept_.find(keyId); found != kept_.end())
    {
        Kept& kept = found->second;
        kept.lastUse = now;
        const bool usable = now - kept.fetchedAt < keptForNs;
        const bool fetching = underWay_.find(keyId) != underWay_.end();
        if (usable && (fetching || now < kept.refreshAt)) return kept.key;
        if (fetching) return std::nullopt;
        if (now >= kept.refreshAt)
        {
            kept.refreshAt = now + refreshPauseNs;
            if (refreshes_.take(now)) return std::nullopt;
        }
        if (usable) return kept.key;
        return notNow();
    }
    if (const auto found = refused_.find(keyId); found != refused_.end())
    {
        if (now < found->second.until) return found->second.error;
        refused_.erase(found);
    }
    if (underWay_.find(keyId) == underWay_.end() && !mayFetch(keyId, now)) return notNow();
    return std::nullopt;
}

WebhookKeyRing::Counts WebhookKeyRing::counts()
{
    const std::lock_guard lock(mutex_);
    const std::int64_t now = clock_.monoNs();
    Counts counts{kept_.size(), 0, 0, underWay_.size()};
    for (const auto& [name, kept] : kept_)
        if (kept.key.expiredAt) ++counts.expired;
    for (const auto& [name, refused] : refused_)
        if (refused.until > now) ++counts.refused;
    return counts;
}

Result<WebhookKey> WebhookKeyRing::find(std::string_view keyId)
{
    std::unique_lock lock(mutex_);
    const std::int64_t now = clock_.monoNs();
    if (auto answer = known(keyId, now)) return *std::move(answer);
    if (underWay_.find(keyId) == underWay_.end()) return fetchAndKeep(std::string(keyId), lock);

    // Somebody is fetching this key: its result is ours too. But a thread that stands here serves
    // nobody, and the sender comes again.
    if (waiters_ >= waitersMax) return notNow();
    ++waiters_;
    fetched_.wait_for(lock, std::chrono::milliseconds{limits::keyFetchWaitMs},
        [&] { return underWay_.find(keyId) == underWay_.end(); });
    --waiters_;
    if (const auto found = kept_.find(keyId);
        found != kept_.end() && clock_.monoNs() - found->second.fetchedAt < keptForNs)
    {
        return found->second.key;
    }
    if (const auto found = refused_.find(keyId); found != refused_.end())
        return found->second.error;
    return notNow();
}

/// Fetches, and stores, with the lock released.
Result<WebhookKey> WebhookKeyRing::fetchAndKeep(
    std::string keyId, std::unique_lock<std::mutex>& lock)
{
    underWay_.insert(keyId);
    lock.unlock();
    Result<WebhookKey> fetched = Error::internal("webhook.key_unavailable", "");
    std::string answerText;
    try
    {
        fetched = fetch(keyId, answerText);
    }
    catch (...)
    {
        lock.lock();
        underWay_.erase(keyId);
        fetched_.notify_all();
        throw;
    }
    lock.lock();
    underWay_.erase(keyId);
    fetched_.notify_all();
    if (fetched.ok())
    {
        keep(keyId, *fetched);
        lock.unlock();
        store(keyId, std::move(answerText));
        return fetched;
    }
    if (fetched.error().kind == ErrorKind::Stopping) return fetched;
    const auto old = kept_.find(keyId);
    if (old == kept_.end())
    {
        refuse(keyId, fetched.error());
        return fetched;
    }
    if (fetched.error().kind == ErrorKind::Denied)
    {
        kept_.erase(old); // Plaid has withdrawn it.
        refuse(keyId, fetched.error());
        return fetched;
    }
    if (clock_.monoNs() - old->second.fetchedAt < keptForNs) return old->second.key;
    return fetched;
}

Result<WebhookKey> WebhookKeyRing::fetch(const std::string& keyId, std::string& answerText)
{
    ++fetches_;
    RequestBody body;
    body.text("key_id", keyId);
    HttpRequest request;
    std::vector<Secret> secrets;
    {
        const std::lock_guard lock(mutex_);
        secrets = {settings_.clientId, settings_.secret};
        request = plaidRequest(settings_, "/webhook_verification_key/get", body.finish(),
            limits::keyFetchWaitMs, answerBytesMax);
    }
    auto answer = transport_.post(request);
    if (!answer.ok())
    {
        if (answer.error().kind == ErrorKind::Stopping) return answer.error();
        log_.write(LogLevel::Warning, "plaid", "A webhook key could not be fetched.");
        return notNow();
    }
    if (answer->status != statusOk)
    {
        const Error error = errorOfAnswer(*answer, SentSecrets(std::move(secrets)));
        log_.write(LogLevel::Warning, "plaid",
            "A webhook key was refused: " + error.providerCode +
                " request_id=" + error.providerRequestId);
        return error.providerCode == "INVALID_WEBHOOK_VERIFICATION_KEY_ID" ? unknownKey()
                                                                           : notNow();
    }
    answerText = answer->body;
    auto key = readWebhookKey(std::move(answer->body), keyId);
    if (key.ok()) return key;
    log_.write(LogLevel::Error, "plaid", key.error().text);
    return notNow();
}

void WebhookKeyRing::keep(const std::string& keyId, const WebhookKey& key)
{
    const std::int64_t now = clock_.monoNs();
    const bool isNew = kept_.find(keyId) == kept_.end();
    if (isNew)
    {
        // A new key often means that an old one has expired: learn of it at its next use.
        for (auto& [name, kept] : kept_)
            kept.refreshAt = std::min(kept.refreshAt, now);
        if (kept_.size() >= keysMax)
        {
            kept_.erase(std::min_element(kept_.begin(), kept_.end(),
                [](const auto& a, const auto& b) { return a.second.lastUse < b.second.lastUse; }));
        }
    }
    kept_[keyId] = {key, now, now + refreshAfterNs, now};
}

void WebhookKeyRing::refuse(const std::string& keyId, const Error& error)
{
    if (refused_.size() >= refusedMax)
    {
        refused_.erase(std::min_element(refused_.begin(), refused_.end(),
            [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
    }
    const bool final = error.kind == ErrorKind::Denied;
    refused_[keyId] = {error, clock_.monoNs() + (final ? refusedForNs : pauseAfterFailureNs)};
}

} // namespace bankfeed::plaid
