// Threads that leave the host's signals alone.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace bankfeed::adapters
{

/// Starts a thread in which every signal is blocked, so that the host's handlers run where the host
/// expects them. A synchronous fault still ends the process.
template <class Function>
[[nodiscard]] std::thread startQuietThread(Function function)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try
    {
        std::thread thread{std::move(function)};
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return thread;
    }
    catch (...)
    {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
}

/// While it lives, writing to a broken connection raises no SIGPIPE in this thread. TLS writes
/// without MSG_NOSIGNAL, and the default action of the signal would end the host.
class PipeSignalGuard
{
public:
    PipeSignalGuard();
    ~PipeSignalGuard();
    PipeSignalGuard(const PipeSignalGuard&) = delete;
    PipeSignalGuard& operator=(const PipeSignalGuard&) = delete;

private:
    bool pendingBefore_ = false;
    bool blockedBefore_ = false;
};

} // namespace bankfeed::adapters
