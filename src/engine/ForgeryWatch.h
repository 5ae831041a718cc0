// Opens a notice when somebody forges webhooks, and clears it when it is over.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

namespace bankfeed::engine
{

/// Webhooks since the start whose tokens had the right form.
struct WebhookVerdicts
{
    std::uint64_t all = 0;
    std::uint64_t refused = 0;
};

class ForgeryWatch
{
public:
    /// `verdicts` may be asked on any thread.
    explicit ForgeryWatch(std::function<WebhookVerdicts()> verdicts)
        : verdicts_(std::move(verdicts))
    {
    }

    struct Judgement
    {
        bool open = false;
        bool clear = false;
        std::uint64_t count = 0; ///< Refused since it began.
    };

    /// Looks at the counts; about once a minute. More than 10 refusals in 15 minutes that are more
    /// than a fifth of all open the notice; an hour without such clears it. What has no token of
    /// the right form is noise of the open internet and does not count.
    [[nodiscard]] Judgement judge(UtcTime now);

    /// Opens or clears the notice of every tenant that has a connection, at most 1000 of them.
    static void apply(store::Unit& unit, Random& random, const Judgement& judgement, UtcTime now);

    /// What was judged has been stored.
    void applied(const Judgement& judgement);

private:
    struct Sample
    {
        UtcTime at;
        WebhookVerdicts seen;
    };

    std::function<WebhookVerdicts()> verdicts_;
    std::mutex mutex_;
    std::deque<Sample> samples_; ///< Of the last 15 minutes, at most 64.
    std::uint64_t seen_ = 0;
    std::uint64_t before_ = 0; ///< What was refused before the notice opened.
    UtcTime lastForgedAt_;     ///< Or the first look: what was before a start is not known.
    bool open_ = false;
    bool cleared_ = false; ///< A notice from before the start may stand.
};

} // namespace bankfeed::engine
