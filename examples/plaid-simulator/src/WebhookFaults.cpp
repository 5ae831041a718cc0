// How webhooks leave the model, and what ordered misfortune does to them on the way.
#include "World.h"

#include <algorithm>

namespace plaidsim
{

namespace
{

constexpr std::size_t mostHeld = 10'000;

Nanos nanosOf(double seconds)
{
    return static_cast<Nanos>(seconds * 1e9);
}

} // namespace

void World::sendWebhook(const std::string& url, const Json& body, const std::string& itemId)
{
    Webhook webhook{url, prettyText(body), body.at("webhook_type").get<std::string>(),
        body.at("webhook_code").get<std::string>(), itemId};
    FaultCall call;
    call.webhookType = webhook.type;
    call.webhookCode = webhook.code;
    call.itemId = itemId;
    if (const Item* about = item(itemId))
    {
        call.loginId = about->loginId;
        call.institutionId = about->institutionId;
    }
    const auto fault = faults.strike(call, clock.now());
    if (fault && fault->kind == FaultKind::webhookHeld)
        return hold(std::move(webhook), nanosOf(fault->seconds));
    if (fault && fault->kind == FaultKind::webhookLate)
        return agenda.at(clock.now() + nanosOf(fault->seconds),
            [this, webhook = std::move(webhook)] { outlet_.send(webhook); });
    webhook.lost = fault && fault->kind == FaultKind::webhookLost;
    const std::int64_t times = fault && fault->kind == FaultKind::webhookDoubled ? fault->times : 1;
    for (std::int64_t i = 0; i < times; ++i)
        outlet_.send(webhook);
    if (!webhook.lost) releaseHeld(url);
}

// Until another webhook to the same address has gone ahead, or until the time is up.
void World::hold(Webhook webhook, Nanos atMost)
{
    if (held_.size() >= mostHeld) return outlet_.send(std::move(webhook));
    const std::uint64_t id = nextHeld_++;
    held_.push_back({id, std::move(webhook)});
    agenda.at(clock.now() + atMost,
        [this, id]
        {
            const auto found = std::find_if(
                held_.begin(), held_.end(), [&](const HeldWebhook& one) { return one.id == id; });
            if (found == held_.end()) return;
            Webhook due = std::move(found->webhook);
            held_.erase(found);
            outlet_.send(std::move(due));
        });
}

void World::releaseHeld(const std::string& url)
{
    std::vector<HeldWebhook> others;
    for (HeldWebhook& one : held_)
    {
        if (one.webhook.url == url)
            outlet_.send(std::move(one.webhook));
        else
            others.push_back(std::move(one));
    }
    held_ = std::move(others);
}

} // namespace plaidsim
