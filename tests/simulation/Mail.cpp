#include "Mail.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace bankfeed::simulation
{

namespace
{

constexpr std::int64_t secondNs = 1'000'000'000;
constexpr std::int64_t dayNs = 86'400 * secondNs;
constexpr std::size_t seenMax = 20;
/// A clock that is so far off makes genuine webhooks look old, or not yet made.
constexpr std::int64_t clockOffMaxMs = 50'000;

int hand(
    intake::WebhookIntake& intake, const std::string& token, const std::string& body, UtcTime now)
{
    const std::vector<WebhookHeader> headers{
        {"Content-Type", "application/json"}, {"Plaid-Verification", token}};
    return intake.handle(headers, body, now);
}

} // namespace

void Mail::collect()
{
    while (!plaid_.outlet.sent.empty())
    {
        plaidsim::Webhook webhook = std::move(plaid_.outlet.sent.front());
        plaid_.outlet.sent.pop_front();
        if (webhook.lost || fate_.strikes(Trouble::WebhookLost)) continue;
        const std::int64_t now = plaid_.times.now().ns;
        const int copies = fate_.strikes(Trouble::WebhookTwice) ? 2 : 1;
        for (int i = 0; i < copies; ++i)
        {
            const bool late = fate_.strikes(Trouble::WebhookLate);
            const std::int64_t by = late ? fate_.between(1, 6 * 3600) : fate_.between(0, 2);
            underWay_.push_back({webhook, now + by * secondNs, 0, now});
        }
        if (seen_.size() < seenMax) seen_.push_back(std::move(webhook));
    }
}

std::int64_t Mail::nextDueNs() const
{
    std::int64_t next = INT64_MAX;
    for (const auto& letter : underWay_)
        next = std::min(next, letter.dueNs);
    return next;
}

bool Mail::deliverOne(intake::WebhookIntake& intake)
{
    const std::int64_t now = plaid_.times.now().ns;
    std::vector<std::size_t> due;
    for (std::size_t i = 0; i < underWay_.size(); ++i)
        if (underWay_[i].dueNs <= now) due.push_back(i);
    if (due.empty()) return false;
    const std::size_t chosen = due[fate_.calm() ? 0 : fate_.below(due.size())];
    Letter letter = std::move(underWay_[chosen]);
    underWay_.erase(underWay_.begin() + static_cast<std::ptrdiff_t>(chosen));

    plaid_.times.pass(1); // No two arrive at the same moment.
    const UtcTime at = plaid_.times.now();
    const bool clockIsWrong = std::abs(plaid_.times.skewMs()) >= clockOffMaxMs;
    const std::string token = plaid_.signer.sign(letter.webhook.body, seconds(at));
    const int status = hand(intake, token, letter.webhook.body, plaid_.times.core.now());
    journal_.tell(at, "webhook " + letter.webhook.code + " " + std::to_string(status));
    if (status == 200) return true;
    if (status == 401 && !clockIsWrong)
        journal_.broken("a genuine webhook was refused: " + letter.webhook.code);
    // 30 s, then four times as long each time, for a day.
    std::int64_t wait = 30 * secondNs;
    for (int i = 0; i < letter.attempts; ++i)
        wait *= 4;
    ++letter.attempts;
    letter.dueNs = at.ns + wait;
    if (letter.dueNs - letter.firstNs < dayNs) underWay_.push_back(std::move(letter));
    return true;
}

void Mail::forge(intake::WebhookIntake& intake)
{
    if (seen_.empty()) return;
    using plaidsim::Forgery;
    static const std::vector<Forgery> ways{Forgery::badSignature, Forgery::swappedHalves,
        Forgery::derSignature, Forgery::wrongBodyHash, Forgery::unknownKid, Forgery::algNone,
        Forgery::algHs256, Forgery::none};
    const Forgery way = fate_.pick(ways);
    std::string body = fate_.pick(seen_).body;
    const UtcTime at = plaid_.times.core.now();
    const bool stale = fate_.oneIn(2);
    const std::int64_t signedAt = seconds(at) - (way == Forgery::none && stale ? 301 : 0);
    const std::string token = plaid_.signer.sign(body, signedAt, way);
    if (way == Forgery::none && !stale) body += "\n";
    const auto before = intake.counts().stored;
    const int status = hand(intake, token, body, at);
    journal_.tell(at, "forged webhook " + std::to_string(status));
    if (status == 200 || intake.counts().stored != before)
        journal_.broken("a forged webhook was taken");
}

} // namespace bankfeed::simulation
