#include "WebhookSender.h"

#include "RetrySchedule.h"
#include "WebhookSigner.h"

#include <algorithm>
#include <chrono>

namespace plaidsim
{

namespace
{

constexpr std::size_t mostWaiting = 10'000;
constexpr std::size_t longestLog = 20'000;
// Below this many attempts in 24 h an endpoint is not judged.
constexpr int judgedFrom = 10;

} // namespace

WebhookSender::WebhookSender(const VirtualClock& clock, const WebhookSigner& signer)
    : clock_(clock), signer_(signer), thread_([this] { run(); })
{
}

WebhookSender::~WebhookSender()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void WebhookSender::send(Webhook webhook)
{
    {
        const std::lock_guard lock(mutex_);
        const std::uint64_t id = nextWebhook_++;
        const Nanos now = clock_.now();
        const bool full = waiting_.size() >= mostWaiting;
        if (!settings_.enabled || full || webhook.lost)
        {
            const char* problem = webhook.lost ? "lost" : full ? "queue full" : "suppressed";
            record({0, id, 1, now, std::move(webhook), "", 0, problem});
            return;
        }
        waiting_.emplace(now, Delivery{id, std::move(webhook), 0, now, ""});
    }
    changed_.notify_all();
}

WebhookAnswer WebhookSender::sendRaw(const Webhook& webhook, const std::optional<std::string>& jwt)
{
    const Nanos at = clock_.now();
    const WebhookAnswer answer = postWebhook(webhook.url, webhook.body, jwt, settings().timeout);
    const std::lock_guard lock(mutex_);
    record({0, nextWebhook_++, 1, at, webhook, jwt.value_or(""), answer.status, answer.problem});
    return answer;
}

std::optional<Nanos> WebhookSender::nextDue() const
{
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->first;
}

bool WebhookSender::drain(Nanos realTime)
{
    std::unique_lock lock(mutex_);
    changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::nanoseconds(realTime),
        [this] {
            return stopping_ ||
                   (!busy_ && (waiting_.empty() || waiting_.begin()->first > clock_.now()));
        });
}

void WebhookSender::clockMoved()
{
    changed_.notify_all();
}

void WebhookSender::configure(const SenderSettings& settings)
{
    const std::lock_guard lock(mutex_);
    settings_ = settings;
}

SenderSettings WebhookSender::settings() const
{
    const std::lock_guard lock(mutex_);
    return settings_;
}

std::vector<WebhookAttempt> WebhookSender::attempts() const
{
    const std::lock_guard lock(mutex_);
    return {log_.begin(), log_.end()};
}

std::optional<WebhookAttempt> WebhookSender::attempt(std::uint64_t index) const
{
    const std::lock_guard lock(mutex_);
    for (const auto& attempt : log_)
    {
        if (attempt.index == index) return attempt;
    }
    return std::nullopt;
}

void WebhookSender::run()
{
    std::unique_lock lock(mutex_);
    while (!stopping_)
    {
        if (waiting_.empty())
        {
            changed_.wait(lock);
            continue;
        }
        const Nanos wait = waiting_.begin()->first - clock_.now();
        if (wait > 0)
        {
            // A stopped clock moves only by clockMoved(); the bound only limits what a lost
            // notification could cost.
            changed_.wait_for(lock, std::chrono::nanoseconds(std::min(wait, milliseconds(500))));
            continue;
        }
        Delivery delivery = std::move(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        busy_ = true;
        lock.unlock();
        deliver(std::move(delivery));
        lock.lock();
        busy_ = false;
        changed_.notify_all();
    }
}

void WebhookSender::deliver(Delivery delivery)
{
    const SenderSettings settings = this->settings();
    const Nanos at = clock_.now();
    if (delivery.attempts == 0) delivery.first = at;
    if (delivery.jwt.empty() || settings.resignRetries)
        delivery.jwt = signer_.sign(delivery.what.body, at / seconds(1));
    ++delivery.attempts;
    const WebhookAnswer answer =
        settings.enabled
            ? postWebhook(delivery.what.url, delivery.what.body, delivery.jwt, settings.timeout)
            : WebhookAnswer{0, "suppressed", {}};

    const std::lock_guard lock(mutex_);
    record({0, delivery.id, delivery.attempts, at, delivery.what, delivery.jwt, answer.status,
        answer.problem});
    if (answer.status == 200 || !settings.enabled) return;
    if (settings.giveUpRule && endpointIsHopeless(delivery.what.url)) return;
    const auto next =
        nextAttempt(delivery.first, at, delivery.attempts, retryAfterOf(answer.retryAfter, at));
    if (next) waiting_.emplace(*next, std::move(delivery));
}

void WebhookSender::record(WebhookAttempt attempt)
{
    attempt.index = nextIndex_++;
    log_.push_back(std::move(attempt));
    if (log_.size() > longestLog) log_.pop_front();
}

bool WebhookSender::endpointIsHopeless(const std::string& url) const
{
    int all = 0;
    int refused = 0;
    const Nanos since = clock_.now() - hours(24);
    for (const auto& attempt : log_)
    {
        if (attempt.what.url != url || attempt.at < since || attempt.problem == "suppressed" ||
            attempt.problem == "lost")
            continue;
        ++all;
        if (attempt.status != 200) ++refused;
    }
    return all >= judgedFrom && refused * 10 > all * 9;
}

} // namespace plaidsim
