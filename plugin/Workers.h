// The threads that run jobs.
#pragma once

#include "base/Clock.h"
#include "base/Log.h"
#include "engine/Engine.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace bankfeed::plugin
{

/// Runs Engine::runNext on a few threads until told to stop. wake() is for any thread; the rest for
/// [host].
class Workers
{
public:
    Workers(engine::Engine& engine, Clock& clock, Log& log);
    ~Workers();

    void start(int threads);

    /// There may be a job: returns at once.
    void wake();

    /// Tells the threads to end after their current job. Returns at once.
    void stop();

    /// How long to wait for a moment of a monotonic clock: not at all when it is over, and never
    /// longer than an hour, whatever the deadline says.
    [[nodiscard]] static std::chrono::nanoseconds patience(
        std::int64_t deadlineMonoNs, std::int64_t nowMonoNs);

    /// Waits until all have ended, at most until `deadlineMonoNs` of the clock. True when they
    /// have, and are joined.
    [[nodiscard]] bool joinUntil(std::int64_t deadlineMonoNs);

private:
    void work();
    void rest();

    engine::Engine& engine_;
    Clock& clock_;
    Log& log_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::uint64_t wakes_ = 0;
    std::size_t running_ = 0;
    std::vector<std::thread> threads_;
};

} // namespace bankfeed::plugin
