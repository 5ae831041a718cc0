#include "adapters/DeadlineWatch.h"

#include "adapters/QuietThread.h"

#include <sys/socket.h>

#include <algorithm>

namespace bankfeed::adapters
{

DeadlineWatch::DeadlineWatch()
{
    thread_ = startQuietThread([this] { run(); });
}

DeadlineWatch::~DeadlineWatch()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void DeadlineWatch::cut(Watched& watched, Fate fate)
{
    watched.fate = fate;
    ::shutdown(watched.descriptor, SHUT_RDWR);
}

DeadlineWatch::Guard::Guard(DeadlineWatch& watch, int descriptor, Moment deadline) : watch_(watch)
{
    const std::lock_guard lock(watch_.mutex_);
    id_ = watch_.nextId_++;
    Watched& watched = watch_.watched_[id_];
    watched.descriptor = descriptor;
    watched.deadline = deadline;
    if (watch_.aborted_) cut(watched, Fate::Aborted);
    watch_.changed_.notify_all();
}

DeadlineWatch::Guard::~Guard()
{
    const std::lock_guard lock(watch_.mutex_);
    watch_.watched_.erase(id_);
}

DeadlineWatch::Fate DeadlineWatch::Guard::fate() const
{
    const std::lock_guard lock(watch_.mutex_);
    return watch_.watched_.at(id_).fate;
}

void DeadlineWatch::abort()
{
    const std::lock_guard lock(mutex_);
    aborted_ = true;
    for (auto& [id, watched] : watched_)
        cut(watched, Fate::Aborted);
}

bool DeadlineWatch::aborted() const
{
    const std::lock_guard lock(mutex_);
    return aborted_;
}

void DeadlineWatch::run()
{
    std::unique_lock lock(mutex_);
    while (!ending_)
    {
        const Moment now = std::chrono::steady_clock::now();
        Moment next = Moment::max();
        for (auto& [id, watched] : watched_)
        {
            if (watched.fate != Fate::Running) continue;
            if (watched.deadline <= now)
                cut(watched, Fate::Expired);
            else
                next = std::min(next, watched.deadline);
        }
        // Waiting until Moment::max() would overflow in the standard library.
        if (next == Moment::max())
            changed_.wait(lock);
        else
            changed_.wait_until(lock, next);
    }
}

} // namespace bankfeed::adapters
