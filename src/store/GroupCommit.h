// Concurrent webhook inserts share one commit.
#pragma once

#include "store/Database.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>

namespace bankfeed::store
{

/// Has no thread of its own: the first caller commits for those who came meanwhile, and hands over
/// to one of those who came since. Any thread; also on one thread alone.
class GroupCommit
{
public:
    /// At most this many callers wait; more are turned away.
    static constexpr std::size_t waitingMax = 1024;

    /// Writes what one caller wants written, and returns success, or an error that concerns it
    /// alone. It may run several times and on another caller's thread, while its own caller waits;
    /// it has no effects but those on the database and on what its caller reads after `run`.
    using Work = std::function<Result<void>(Unit&)>;

    explicit GroupCommit(Database& database) : database_(database) {}
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    /// Returns when `work` is committed, together with at most limits::webhooksPerCommit - 1
    /// others.
    ///
    /// When one piece of work of a group fails, the group is rolled back and each is run again in a
    /// unit of its own. Errors: that of `work`; those of Database::writeFirst; Exhausted
    /// "store.webhooks_waiting". What `work` throws is thrown here.
    [[nodiscard]] Result<void> run(const Work& work);

    /// How many wait for a commit that has not begun.
    [[nodiscard]] std::size_t waiting() const;

private:
    struct Request
    {
        explicit Request(const Work& wanted) : work(wanted) {}
        const Work& work;
        Result<void> result;
        std::exception_ptr thrown;
        bool done = false;
        bool leads = false;
        std::condition_variable changed;
    };
    using Group = std::span<Request* const>;

    void lead(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool commit(Group group);
    void commitEach(Group group);

    Database& database_;
    mutable std::mutex mutex_;
    std::deque<Request*> waiting_;
    bool led_ = false;
};

} // namespace bankfeed::store
