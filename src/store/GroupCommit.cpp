#include "store/GroupCommit.h"

#include "base/Limits.h"

#include <array>

namespace bankfeed::store
{

namespace
{

/// Failures of the database that the next unit would meet too.
bool concernsAll(const Error& error)
{
    return error.kind == ErrorKind::Retry || error.kind == ErrorKind::Unknown ||
           error.kind == ErrorKind::Exhausted || error.kind == ErrorKind::Stopping ||
           error.kind == ErrorKind::Corrupt || error.kind == ErrorKind::Denied;
}

} // namespace

Result<void> GroupCommit::run(const Work& work)
{
    Request own(work);
    std::unique_lock lock(mutex_);
    if (waiting_.size() >= waitingMax)
    {
        return Error::exhausted(
            "store.webhooks_waiting", "Too many webhooks wait for the database.");
    }
    waiting_.push_back(&own);
    if (led_)
        own.changed.wait(lock, [&] { return own.done || own.leads; });
    else
        led_ = true;
    if (!own.done) lead(lock);
    lock.unlock();
    if (own.thrown) std::rethrow_exception(own.thrown);
    return own.result;
}

std::size_t GroupCommit::waiting() const
{
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void GroupCommit::lead(std::unique_lock<std::mutex>& lock)
{
    // The leader is the oldest of those who wait, so its own work is in this group.
    std::array<Request*, limits::webhooksPerCommit> taken{};
    std::size_t count = 0;
    for (; count < taken.size() && !waiting_.empty(); ++count)
    {
        taken[count] = waiting_.front();
        waiting_.pop_front();
    }
    const Group group(taken.data(), count);
    lock.unlock();
    if (!commit(group)) commitEach(group);
    lock.lock();
    for (Request* request : group)
    {
        request->done = true;
        request->changed.notify_one();
    }
    led_ = !waiting_.empty();
    if (!led_) return;
    waiting_.front()->leads = true;
    waiting_.front()->changed.notify_one();
}

/// False when a piece of work failed for a reason of its own, so that the others should not fail
/// with it.
bool GroupCommit::commit(Group group)
{
    bool ownFault = false;
    Result<void> result;
    std::exception_ptr thrown;
    try
    {
        result = database_.writeFirst(
            [&](Unit& unit) -> Result<void>
            {
                ownFault = true;
                try
                {
                    for (const Request* request : group)
                        BF_TRY(request->work(unit));
                }
                catch (const StatementFailed& failed)
                {
                    ownFault = !concernsAll(failed.error());
                    throw;
                }
                ownFault = false;
                return success();
            });
    }
    catch (...)
    {
        thrown = std::current_exception();
    }
    if ((ownFault || thrown) && group.size() > 1) return false;
    for (Request* request : group)
    {
        request->result = result;
        request->thrown = thrown;
    }
    return true;
}

void GroupCommit::commitEach(Group group)
{
    for (std::size_t i = 0; i < group.size(); ++i)
    {
        (void)commit(group.subspan(i, 1));
        const Result<void>& result = group[i]->result;
        if (result.ok() || group[i]->thrown || !concernsAll(result.error())) continue;
        if (result.error().code.starts_with("store."))
        {
            for (Request* request : group.subspan(i + 1))
                request->result = result;
            return;
        }
    }
}

} // namespace bankfeed::store
