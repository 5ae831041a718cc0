#include "Workers.h"

#include "adapters/QuietThread.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <chrono>
#include <exception>

namespace bankfeed::plugin
{

namespace
{

/// The longest rest: a clock that was set, or a lost wake, costs no more than this.
constexpr std::int64_t restMaxMs = 1'000;
constexpr std::int64_t restAfterErrorMs = 500;

constexpr std::int64_t patienceMaxNs = 3'600 * nsPerSecond;

} // namespace

Workers::Workers(engine::Engine& engine, Clock& clock, Log& log)
    : engine_(engine), clock_(clock), log_(log)
{
}

Workers::~Workers()
{
    stop();
    for (auto& thread : threads_)
    {
        if (thread.joinable()) thread.join();
    }
}

void Workers::start(int threads)
{
    engine_.share(threads);
    const std::lock_guard lock(mutex_);
    stopping_ = false;
    for (int i = 0; i < threads; ++i)
    {
        threads_.push_back(adapters::startQuietThread([this] { work(); }));
        ++running_;
    }
}

void Workers::wake()
{
    {
        const std::lock_guard lock(mutex_);
        ++wakes_;
    }
    changed_.notify_one();
}

void Workers::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
}

std::chrono::nanoseconds Workers::patience(std::int64_t deadlineMonoNs, std::int64_t nowMonoNs)
{
    return std::chrono::nanoseconds(
        std::clamp<std::int64_t>(clampedDifference(deadlineMonoNs, nowMonoNs), 0, patienceMaxNs));
}

bool Workers::joinUntil(std::int64_t deadlineMonoNs)
{
    {
        std::unique_lock lock(mutex_);
        const auto left = patience(deadlineMonoNs, clock_.monoNs());
        if (!changed_.wait_for(lock, left, [this] { return running_ == 0; })) return false;
    }
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
    return true;
}

void Workers::work()
{
    for (;;)
    {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) break;
        }
        try
        {
            const auto ran = engine_.runNext();
            if (ran.ok() && *ran) continue;
            if (!ran.ok() && ran.error().kind != ErrorKind::Stopping)
                log_.write(LogLevel::Error, "engine", "No job could be taken: " + ran.error().text);
            rest();
        }
        catch (const std::exception& broken)
        {
            log_.write(LogLevel::PluginMisbehaving, "engine", broken.what());
            std::unique_lock lock(mutex_);
            changed_.wait_for(
                lock, std::chrono::milliseconds(restAfterErrorMs), [this] { return stopping_; });
        }
    }
    OPENSSL_thread_stop(); // What OpenSSL keeps per thread goes with the thread.
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
}

void Workers::rest()
{
    std::uint64_t seen = 0;
    {
        const std::lock_guard lock(mutex_);
        seen = wakes_;
    }
    std::int64_t waitMs = restMaxMs;
    const auto due = engine_.nextDue();
    if (!due.ok())
        waitMs = restAfterErrorMs;
    else if (*due)
        waitMs = std::clamp<std::int64_t>(
            clampedDifference((*due)->ns, clock_.now().ns) / nsPerMs, 0, restMaxMs);
    // A job may be due and yet not to be had, because another worker is at it.
    waitMs = std::max<std::int64_t>(waitMs, 5);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(waitMs),
        [this, seen] { return stopping_ || wakes_ != seen; });
}

} // namespace bankfeed::plugin
