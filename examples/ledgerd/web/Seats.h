// Who is connected, so that one address cannot take all connections.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace ledgerd
{

constexpr std::uint32_t waitingMax = 256; // connections that wait for a thread

class Seats
{
public:
    // `connections` are served at once; one network has at most `perNetwork` of them and of those
    // that wait.
    Seats(std::uint32_t connections, std::uint32_t perNetwork)
        : connections_(connections), perNetwork_(perNetwork)
    {
    }

    // Takes a seat for a connection, named by its socket. False when there is none. `limited`:
    // whether the share of a network holds for it.
    bool take(const void* connection, const std::string& network, bool limited);
    void leave(const void* connection);

    bool halfTaken() const { return taken() > connections_ / 2; }
    bool full() const { return taken() >= connections_; }

private:
    std::size_t taken() const;

    const std::uint32_t connections_;
    const std::uint32_t perNetwork_;
    mutable std::mutex mutex_;
    std::map<const void*, std::string> networks_; // "" where no share holds
};

} // namespace ledgerd
