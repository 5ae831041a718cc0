// Something that one thread waits for and another makes happen.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace bankfeed::testing
{

class Moment
{
public:
    void happen()
    {
        const std::lock_guard lock(mutex_);
        happened_ = true;
        changed_.notify_all();
    }

    /// Throws std::runtime_error when it does not happen within 60 seconds.
    void await()
    {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(60), [&] { return happened_; }))
            throw std::runtime_error("something did not happen in time");
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool happened_ = false;
};

/// Calls `reached` every millisecond until it is true. Throws std::runtime_error after 60 seconds.
/// For how many wait in a queue of the core, which tells nobody of it; everything else is a Moment.
template <class Condition>
void awaitUntil(Condition&& reached)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!reached())
    {
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error("something did not happen in time");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

} // namespace bankfeed::testing
