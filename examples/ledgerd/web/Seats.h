// Who is connected, so that one address cannot take all connections, and none is held by somebody
// who asks for nothing.
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

    // Takes a seat for a connection, named by `socket`, whose descriptor stays open until leave().
    // When there is none, the connection that has had no whole request for longest is shut down for
    // it: of the same network when that has its share, of any when all are taken. False when
    // everybody is busy. `limited`: whether the share of a network holds for it.
    bool take(const void* socket, int descriptor, const std::string& network, bool limited);
    void leave(const void* socket);

    // From a whole request to the end of its answer a connection is busy. False when it has been
    // shut down already.
    bool beginWork(const void* socket);
    void endWork(const void* socket);

    bool halfTaken() const { return taken() > connections_ / 2; }
    bool full() const { return taken() >= connections_; }

private:
    struct Seat
    {
        std::string network; // "" where no share holds
        int descriptor = -1;
        bool busy = false;
        bool dismissed = false;
        std::uint64_t since = 0; // larger is later
    };

    std::size_t taken() const;
    bool dismiss(const std::string* network);

    const std::uint32_t connections_;
    const std::uint32_t perNetwork_;
    mutable std::mutex mutex_;
    std::map<const void*, Seat> seats_;
    std::uint64_t moments_ = 0;
};

} // namespace ledgerd
