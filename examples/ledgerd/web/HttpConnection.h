// One connection of the HTTP server: reads requests under a deadline, writes answers.
#pragma once

#include "web/HttpServer.h"

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
    std::atomic<bool> stopping{false};
    std::atomic<std::uint32_t> active{0};
};

// The caller owns it. `context` outlives it.
Poco::Net::TCPServerConnection* makeHttpConnection(
    const Poco::Net::StreamSocket& socket, ConnectionContext& context);

} // namespace ledgerd
