#include "store/Lane.h"

#include <algorithm>
#include <chrono>

namespace bankfeed::store
{

Lane::Lane(int places) : places_(places), free_(places)
{
    BF_ASSERT(places >= 1);
}

Result<void> Lane::enter(Turn turn, std::int64_t waitMs)
{
    std::unique_lock lock(mutex_);
    if (closed_) return Error::stopping();
    if (free_ > 0 && first_.empty() && normal_.empty())
    {
        --free_;
        return success();
    }
    Waiter self;
    auto& queue = turn == Turn::First ? first_ : normal_;
    queue.push_back(&self);
    const auto called = [&] { return self.granted || closed_; };
    const bool woken = self.called.wait_for(lock, std::chrono::milliseconds(waitMs), called);
    if (self.granted) return success();
    drop(queue, &self);
    if (woken) return Error::stopping();
    return Error::retry("store.busy", "The database is busy; nobody finished in time.");
}

void Lane::leave()
{
    const std::lock_guard lock(mutex_);
    ++free_;
    BF_ASSERT(free_ <= places_);
    if (!closed_) grantNext();
    if (free_ == places_) emptied_.notify_all();
}

void Lane::grantNext()
{
    if (free_ == 0 || (first_.empty() && normal_.empty())) return;
    const bool otherTurn = first_.empty() || (firstsInRow_ >= firstsInARow && !normal_.empty());
    auto& queue = otherTurn ? normal_ : first_;
    firstsInRow_ = otherTurn ? 0 : firstsInRow_ + 1;
    Waiter* next = queue.front();
    queue.pop_front();
    --free_;
    next->granted = true;
    next->called.notify_one();
}

void Lane::refuse()
{
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (Waiter* waiter : first_)
        waiter->called.notify_one();
    for (Waiter* waiter : normal_)
        waiter->called.notify_one();
}

void Lane::close()
{
    refuse();
    std::unique_lock lock(mutex_);
    emptied_.wait(lock, [&] { return free_ == places_; });
}

std::size_t Lane::waiting() const
{
    const std::lock_guard lock(mutex_);
    return first_.size() + normal_.size();
}

bool Lane::drop(std::deque<Waiter*>& queue, const Waiter* waiter)
{
    const auto at = std::find(queue.begin(), queue.end(), waiter);
    if (at == queue.end()) return false;
    queue.erase(at);
    return true;
}

} // namespace bankfeed::store
