#include "engine/ForgeryWatch.h"

#include "base/JsonText.h"
#include "store/ConnectionRepository.h"
#include "store/NoticeRepository.h"

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t windowMs = 15 * 60'000;
constexpr std::uint64_t refusedMax = 10;
constexpr std::uint64_t shareMax = 5; ///< One in five.
constexpr std::int64_t quietMs = 3'600'000;
constexpr std::size_t samplesMax = 64;

} // namespace

ForgeryWatch::Judgement ForgeryWatch::judge(UtcTime now)
{
    const std::lock_guard lock(mutex_);
    const WebhookVerdicts total = verdicts_();
    if (samples_.empty()) lastForgedAt_ = now;
    while (samples_.size() >= samplesMax ||
           (samples_.size() > 1 && samples_.front().at < plusMs(now, -windowMs)))
        samples_.pop_front();
    if (samples_.empty()) samples_.push_back({now, {}}); // The count begins with the process.
    const WebhookVerdicts& begin = samples_.front().seen;
    const std::uint64_t refused = total.refused - begin.refused;
    const std::uint64_t all = total.all - begin.all;
    samples_.push_back({now, total});

    const bool more = total.refused != seen_;
    seen_ = total.refused;
    if (refused > refusedMax && refused * shareMax > all)
    {
        if (more) lastForgedAt_ = now;
        if (!open_) before_ = total.refused - refused;
        open_ = true;
        cleared_ = false;
        return {true, false, total.refused - before_};
    }
    return {false, !cleared_ && now >= plusMs(lastForgedAt_, quietMs), 0};
}

void ForgeryWatch::apply(store::Unit& unit, Random& random, const Judgement& judgement, UtcTime now)
{
    if (!judgement.open && !judgement.clear) return;
    const std::string params = JsonObject().raw("count", std::to_string(judgement.count)).json();
    for (const auto& tenant : store::ConnectionRepository::tenants(unit))
    {
        store::NoticeRepository notices(unit, tenant);
        if (judgement.open)
            notices.open(random, store::notice::forgedWebhooks, "", "warning", params, now);
        else
            notices.clear(store::notice::forgedWebhooks, "", now);
    }
}

void ForgeryWatch::applied(const Judgement& judgement)
{
    if (!judgement.clear) return;
    const std::lock_guard lock(mutex_);
    cleared_ = true;
    open_ = false;
}

} // namespace bankfeed::engine
