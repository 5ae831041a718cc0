// The open sessions of one kind, and the lane before them. Internal to the store.
#pragma once

#include "store/Lane.h"
#include "store/Session.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace bankfeed::store
{

/// Opens sessions when they are needed, at most as many as there are places, and keeps sound ones
/// for the next user. Any thread.
class Sessions
{
public:
    using Open = std::function<Result<std::unique_ptr<Session>>()>;

    Sessions(int places, std::int64_t waitMs, Open open);

    /// A place in the lane with a session. Gives both back at the end of its life.
    class Loan
    {
    public:
        Loan(Loan&& other) noexcept;
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        Loan& operator=(Loan&&) = delete;
        ~Loan();

        [[nodiscard]] Session& session() { return *session_; }

        /// Says that the session is sound and may be used again. Without it, it is thrown away.
        void keep() { keep_ = true; }

    private:
        friend class Sessions;
        explicit Loan(Sessions& owner);

        Sessions* owner_;
        std::unique_ptr<Session> session_;
        bool keep_ = false;
    };

    /// Waits for a place. Errors: those of Lane::enter, and of opening a session.
    [[nodiscard]] Result<Loan> take(Turn turn);

    /// Puts an open session on the shelf, before anybody uses it.
    void put(std::unique_ptr<Session> session);

    /// Ends all waiting, and lends no more.
    void refuse() { lane_.refuse(); }

    /// Refuses, waits for those at work, and closes every session.
    void close();

private:
    Lane lane_;
    std::int64_t waitMs_;
    Open open_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Session>> idle_;
};

} // namespace bankfeed::store
