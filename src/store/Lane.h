// Who may use a session next: webhooks first, then the others in the order in which they came.
#pragma once

#include "base/Result.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

namespace bankfeed::store
{

enum class Turn : std::uint8_t
{
    First,  ///< Webhooks.
    Normal, ///< Everything else.
};

/// A fixed number of places. Any thread.
///
/// Those who wait are served one class before the other, but after `firstsInARow` of the first
/// class one of the others goes, so that a flood of webhooks cannot stop all other work.
class Lane
{
public:
    static constexpr int firstsInARow = 16;

    /// `places` is at least 1.
    explicit Lane(int places);
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// Waits for a place, at most `waitMs` milliseconds. Errors: Retry "store.busy"; Stopping once
    /// the lane is closed.
    [[nodiscard]] Result<void> enter(Turn turn, std::int64_t waitMs);

    /// Gives the place back.
    void leave();

    /// Ends all waiting with Stopping, and admits nobody any more.
    void refuse();

    /// Refuses, and returns when every place has been given back.
    void close();

    /// How many wait now.
    [[nodiscard]] std::size_t waiting() const;

private:
    struct Waiter
    {
        std::condition_variable called;
        bool granted = false;
    };
    void grantNext();
    static bool drop(std::deque<Waiter*>& queue, const Waiter* waiter);

    mutable std::mutex mutex_;
    std::condition_variable emptied_;
    std::deque<Waiter*> first_;
    std::deque<Waiter*> normal_;
    int places_;
    int free_;
    int firstsInRow_ = 0;
    bool closed_ = false;
};

} // namespace bankfeed::store
