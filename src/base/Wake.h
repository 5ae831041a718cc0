// Port: tells those who do the work that there is some. A hint; nothing is lost when it is lost.
#pragma once

#include <cstdint>

namespace bankfeed
{

enum class WakeReason : std::uint8_t
{
    Jobs, ///< The engine has a job that is due.
    Pump, ///< The outbox has changes.
    Tick, ///< The host is asked for ledger accounts.
};

class Wake
{
public:
    virtual ~Wake() = default;

    /// Any thread. Returns at once.
    virtual void wake(WakeReason reason) noexcept = 0;
};

} // namespace bankfeed
