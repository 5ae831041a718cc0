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

class ForgeryWatch
{
public:
    /// `refused` gives how many webhooks were refused since the start; any thread.
    explicit ForgeryWatch(std::function<std::uint64_t()> refused) : refused_(std::move(refused)) {}

    struct Judgement
    {
        bool open = false;
        bool clear = false;
        std::uint64_t count = 0; ///< Refused since it began.
    };

    /// Looks at the count; about once a minute. More than 10 in 15 minutes open the notice, a quiet
    /// hour clears it.
    [[nodiscard]] Judgement judge(UtcTime now);

    /// Opens or clears the notice of every tenant that has a connection, at most 1000 of them.
    static void apply(store::Unit& unit, Random& random, const Judgement& judgement, UtcTime now);

    /// What was judged has been stored.
    void applied(const Judgement& judgement);

private:
    struct Sample
    {
        UtcTime at;
        std::uint64_t refused = 0;
    };

    std::function<std::uint64_t()> refused_;
    std::mutex mutex_;
    std::deque<Sample> samples_; ///< Of the last 15 minutes, at most 64.
    std::uint64_t seen_ = 0;
    std::uint64_t before_ = 0; ///< What was refused before the notice opened.
    UtcTime lastRefusalAt_;    ///< Or the first look: what was before a start is not known.
    bool open_ = false;
    bool cleared_ = false; ///< A notice from before the start may stand.
};

} // namespace bankfeed::engine
