// Sends webhooks from its own thread, on the simulator's clock, and keeps a log of every attempt.
#pragma once

#include "VirtualClock.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace plaidsim
{

class WebhookSigner;

struct Webhook
{
    std::string url;
    std::string body; // the exact bytes that are signed and sent
    std::string type;
    std::string code;
    std::string itemId; // empty for LINK webhooks
    bool lost = false;  // a fault: it goes into the log, and nowhere else
};

// Where the model leaves its webhooks.
class WebhookOutlet
{
public:
    virtual ~WebhookOutlet() = default;
    virtual void send(Webhook webhook) = 0;
};

struct WebhookAttempt
{
    std::uint64_t index = 0;   // of the attempt, from 0; it counts on when the log drops its oldest
    std::uint64_t webhook = 0; // attempts of one webhook share this
    unsigned attempt = 1;
    Nanos at = 0;
    Webhook what;
    std::string jwt;     // empty when none was sent
    int status = 0;      // of the answer; 0 when there was none
    std::string problem; // why there was no answer: "suppressed", "timeout", ...
};

// What one POST came to.
struct WebhookAnswer
{
    int status = 0;
    std::string problem;
    std::string retryAfter; // the header of a 429, as it came
};

struct SenderSettings
{
    bool enabled = true;         // false: webhooks are logged as suppressed and never sent
    bool resignRetries = true;   // false: a retry carries the first attempt's token
    bool giveUpRule = true;      // no retries for an endpoint that refused over 90 % in 24 h
    Nanos timeout = seconds(10); // of real time
};

class WebhookSender : public WebhookOutlet
{
public:
    // Both must outlive the sender.
    WebhookSender(const VirtualClock& clock, const WebhookSigner& signer);
    ~WebhookSender() override;

    // Queues a webhook for delivery at once; never blocks on the network. When 10000 are waiting
    // the webhook is dropped and logged with the problem "queue full"; a lost one with "lost".
    void send(Webhook webhook) override;

    // Sends now, past the queue and without retries, with the given token (none: no header).
    // Blocks for at most the timeout.
    WebhookAnswer sendRaw(const Webhook& webhook, const std::optional<std::string>& jwt);

    // When the next delivery is due; nothing when none waits.
    std::optional<Nanos> nextDue() const;

    // Returns when nothing that is due at the clock's present reading is waiting or under way.
    // False when `realTime` passed first.
    bool drain(Nanos realTime);

    // The clock was moved.
    void clockMoved();

    void configure(const SenderSettings& settings);
    SenderSettings settings() const;

    // The last 20000 attempts, oldest first.
    std::vector<WebhookAttempt> attempts() const;
    std::optional<WebhookAttempt> attempt(std::uint64_t index) const;

private:
    struct Delivery
    {
        std::uint64_t id = 0;
        Webhook what;
        unsigned attempts = 0;
        Nanos first = 0;
        std::string jwt;
    };

    void run();
    void deliver(Delivery delivery);
    void record(WebhookAttempt attempt);
    bool endpointIsHopeless(const std::string& url) const;

    const VirtualClock& clock_;
    const WebhookSigner& signer_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<Nanos, Delivery> waiting_;
    std::deque<WebhookAttempt> log_;
    SenderSettings settings_;
    std::uint64_t nextIndex_ = 0;
    std::uint64_t nextWebhook_ = 1;
    bool busy_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

// POSTs a webhook over plain HTTP. Never throws.
WebhookAnswer postWebhook(const std::string& url, const std::string& body,
    const std::optional<std::string>& jwt, Nanos timeout);

} // namespace plaidsim
