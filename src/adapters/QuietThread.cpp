#include "adapters/QuietThread.h"

#include <ctime>

namespace bankfeed::adapters
{

namespace
{

sigset_t pipeSignal()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

} // namespace

PipeSignalGuard::PipeSignalGuard()
{
    sigset_t pending;
    sigpending(&pending);
    pendingBefore_ = sigismember(&pending, SIGPIPE) == 1;
    const sigset_t set = pipeSignal();
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &set, &before);
    blockedBefore_ = sigismember(&before, SIGPIPE) == 1;
}

PipeSignalGuard::~PipeSignalGuard()
{
    const sigset_t set = pipeSignal();
    if (!pendingBefore_)
    {
        const timespec now{};
        while (sigtimedwait(&set, nullptr, &now) == SIGPIPE)
        {
        }
    }
    if (!blockedBefore_) pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

} // namespace bankfeed::adapters
