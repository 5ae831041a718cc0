// Cuts connections at their deadline, whatever they are doing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace bankfeed::adapters
{

/// One thread that shuts a socket down when its time is over. The thread that is blocked on the
/// socket, in whatever library, returns with an error. A timeout per read does not do this: it
/// starts again with every byte.
class DeadlineWatch
{
public:
    using Moment = std::chrono::steady_clock::time_point;

    enum class Fate : std::uint8_t
    {
        Running,
        Expired,
        Aborted,
    };

    DeadlineWatch();
    ~DeadlineWatch(); ///< No Guard may be left.
    DeadlineWatch(const DeadlineWatch&) = delete;
    DeadlineWatch& operator=(const DeadlineWatch&) = delete;

    /// Watches one socket while it lives. Must end before the socket is closed, because a closed
    /// descriptor may be another's by then.
    class Guard
    {
    public:
        Guard(DeadlineWatch& watch, int descriptor, Moment deadline);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

        /// What became of the connection so far.
        [[nodiscard]] Fate fate() const;

    private:
        DeadlineWatch& watch_;
        std::uint64_t id_;
    };

    /// Shuts down every watched socket, and those to come.
    void abort();
    [[nodiscard]] bool aborted() const;

private:
    struct Watched
    {
        int descriptor = -1;
        Moment deadline;
        Fate fate = Fate::Running;
    };

    void run();
    static void cut(Watched& watched, Fate fate);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint64_t, Watched> watched_;
    std::uint64_t nextId_ = 1;
    bool aborted_ = false;
    bool ending_ = false;
    std::thread thread_;
};

} // namespace bankfeed::adapters
