#include "web/Seats.h"

#include <algorithm>

namespace ledgerd
{

bool Seats::take(const void* connection, const std::string& network, bool limited)
{
    const std::lock_guard lock(mutex_);
    networks_.erase(
        connection); // a socket that ended without a word has left its address to a new one
    if (networks_.size() >= std::size_t{connections_} + waitingMax) return false;
    const auto same = std::count_if(networks_.begin(), networks_.end(),
        [&](const auto& seat) { return seat.second == network; });
    if (limited && same >= static_cast<std::ptrdiff_t>(perNetwork_)) return false;
    networks_.emplace(connection, limited ? network : "");
    return true;
}

void Seats::leave(const void* connection)
{
    const std::lock_guard lock(mutex_);
    networks_.erase(connection);
}

std::size_t Seats::taken() const
{
    const std::lock_guard lock(mutex_);
    return networks_.size();
}

} // namespace ledgerd
