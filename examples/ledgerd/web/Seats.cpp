#include "web/Seats.h"

#include <algorithm>
#include <sys/socket.h>

namespace ledgerd
{

bool Seats::take(const void* socket, int descriptor, const std::string& network, bool limited)
{
    const std::lock_guard lock(mutex_);
    seats_.erase(socket); // one that ended without a word has left its place in memory to a new one
    const auto same = std::count_if(seats_.begin(), seats_.end(),
        [&](const auto& seat) { return seat.second.network == network && !seat.second.dismissed; });
    if (limited && same >= static_cast<std::ptrdiff_t>(perNetwork_) && !dismiss(&network))
        return false;
    if (seats_.size() >= connections_) dismiss(nullptr);
    if (seats_.size() >= std::size_t{connections_} + waitingMax) return false;
    seats_.emplace(socket, Seat{limited ? network : "", descriptor, false, false, ++moments_});
    return true;
}

void Seats::leave(const void* socket)
{
    const std::lock_guard lock(mutex_);
    seats_.erase(socket);
}

bool Seats::beginWork(const void* socket)
{
    const std::lock_guard lock(mutex_);
    const auto found = seats_.find(socket);
    if (found == seats_.end() || found->second.dismissed) return false;
    found->second.busy = true;
    return true;
}

void Seats::endWork(const void* socket)
{
    const std::lock_guard lock(mutex_);
    const auto found = seats_.find(socket);
    if (found == seats_.end()) return;
    found->second.busy = false;
    found->second.since = ++moments_;
}

// A dismissed connection keeps its seat until its thread has noticed.
bool Seats::dismiss(const std::string* network)
{
    Seat* oldest = nullptr;
    for (auto& [socket, seat] : seats_)
        if (!seat.busy && !seat.dismissed && (network == nullptr || seat.network == *network) &&
            (oldest == nullptr || seat.since < oldest->since))
            oldest = &seat;
    if (oldest == nullptr) return false;
    oldest->dismissed = true;
    ::shutdown(oldest->descriptor, SHUT_RDWR);
    return true;
}

std::size_t Seats::taken() const
{
    const std::lock_guard lock(mutex_);
    return seats_.size();
}

} // namespace ledgerd
