#include "store/Sessions.h"

#include <utility>

namespace bankfeed::store
{

Sessions::Sessions(int places, std::int64_t waitMs, Open open)
    : lane_(places), waitMs_(waitMs), open_(std::move(open))
{
    idle_.reserve(static_cast<std::size_t>(places));
}

Sessions::Loan::Loan(Sessions& owner) : owner_(&owner) {}

Sessions::Loan::Loan(Loan&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)),
      session_(std::move(other.session_)),
      keep_(other.keep_)
{
}

Sessions::Loan::~Loan()
{
    if (owner_ == nullptr) return;
    if (keep_) owner_->put(std::move(session_));
    session_.reset();
    owner_->lane_.leave();
}

Result<Sessions::Loan> Sessions::take(Turn turn)
{
    BF_TRY(lane_.enter(turn, waitMs_));
    Loan loan(*this);
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty())
        {
            loan.session_ = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!loan.session_)
    {
        BF_LET(opened, open_());
        loan.session_ = std::move(opened);
    }
    return loan;
}

void Sessions::put(std::unique_ptr<Session> session)
{
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(session));
}

void Sessions::close()
{
    lane_.close();
    const std::lock_guard lock(mutex_);
    idle_.clear();
}

} // namespace bankfeed::store
