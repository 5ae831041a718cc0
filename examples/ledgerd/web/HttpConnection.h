// One connection of the HTTP server: reads requests under a deadline, writes answers.
#pragma once

#include "web/HttpServer.h"
#include "web/Seats.h"

#include <atomic>

namespace Poco::Net
{
class StreamSocket;
class TCPServerConnection;
} // namespace Poco::Net

namespace ledgerd
{

// What all connections share.
struct ConnectionContext
{
    HttpHandler* handler = nullptr;
    HttpLimits limits;
    const Clock& clock;
    const Log& log;
    Seats seats;
    std::atomic<bool> stopping{false};

    bool isTrustedProxy(const std::string& address) const;
};

// The address of the other side, in canonical form. Throws Poco's exceptions when it is gone.
std::string peerOf(const Poco::Net::StreamSocket& socket);

// The caller owns it. `context` outlives it. The socket has a seat, which ends with the connection.
Poco::Net::TCPServerConnection* makeHttpConnection(
    const Poco::Net::StreamSocket& socket, ConnectionContext& context);

} // namespace ledgerd
