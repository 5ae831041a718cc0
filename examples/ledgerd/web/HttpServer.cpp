#include "web/HttpServer.h"

#include "base/Address.h"
#include "base/LogBudget.h"
#include "web/HttpConnection.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/Net/TCPServerParams.h>
#include <Poco/ThreadPool.h>
#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>

namespace ledgerd
{

namespace
{

class Factory : public Poco::Net::TCPServerConnectionFactory
{
public:
    explicit Factory(ConnectionContext& context) : context_(context) {}
    Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override
    {
        return makeHttpConnection(socket, context_);
    }

private:
    ConnectionContext& context_;
};

// Decides in the accepting thread, before a connection costs a thread of its own.
class Doorway : public Poco::Net::TCPServerConnectionFilter
{
public:
    explicit Doorway(ConnectionContext& context) : context_(context), budget_(context.clock) {}

    bool accept(const Poco::Net::StreamSocket& socket) override
    {
        try
        {
            const std::string peer = peerOf(socket);
            if (context_.seats.take(socket.impl(), socket.impl()->sockfd(), networkOf(peer),
                    !context_.isTrustedProxy(peer)))
                return true;
            // As far as it goes without waiting.
            constexpr std::string_view busy =
                "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
                "Content-Length: 0\r\nConnection: close\r\n\r\n";
            [[maybe_unused]] const auto sent = ::send(
                socket.impl()->sockfd(), busy.data(), busy.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (const auto keptBack = budget_.line(networkOf(peer)))
                context_.log.warning(
                    "http", "no connection is left for " + peer + moreInTheMeantime(*keptBack));
        }
        catch (const Poco::Exception&) // it went away already
        {
        }
        return false;
    }

private:
    ConnectionContext& context_;
    LogBudget budget_;
};

Poco::Net::ServerSocket bound(const std::string& address, std::uint16_t port)
{
    const std::string where = address + ":" + std::to_string(port);
    try
    {
        Poco::Net::ServerSocket socket;
        socket.bind(Poco::Net::SocketAddress(address, port), true, false);
        socket.listen(256);
        return socket;
    }
    catch (const Poco::Exception& e)
    {
        const bool inUse = e.code() == EADDRINUSE;
        throw HttpServer::BindError(
            inUse ? "Another process listens at " + where +
                        "; stop it, or choose another port with \"listen\"."
                  : "Cannot listen at " + where + ": " + e.displayText() + ".",
            inUse);
    }
}

} // namespace

struct HttpServer::State
{
    ConnectionContext context;
    Poco::Net::ServerSocket socket;
    Poco::ThreadPool threads;
    std::unique_ptr<Poco::Net::TCPServer> server;
};

HttpServer::HttpServer(const std::string& address, std::uint16_t port, HttpLimits limits,
    const Clock& clock, const Log& log)
    : state_(new State{ConnectionContext{nullptr, limits, clock, log,
                           Seats(limits.maxConnections, limits.connectionsPerAddress), {}},
          bound(address, port),
          Poco::ThreadPool("http", 2, static_cast<int>(limits.maxConnections), 30), nullptr})
{
}

HttpServer::~HttpServer()
{
    stop();
}

std::uint16_t HttpServer::port() const
{
    return state_->socket.address().port();
}

void HttpServer::start(HttpHandler& handler)
{
    state_->context.handler = &handler;
    Poco::Net::TCPServerParams::Ptr params(new Poco::Net::TCPServerParams);
    params->setMaxThreads(static_cast<int>(state_->context.limits.maxConnections));
    // The seats are the limit: what has one is never dropped in the queue, which would keep the
    // seat.
    params->setMaxQueued(static_cast<int>(state_->context.limits.maxConnections + waitingMax));
    state_->server = std::make_unique<Poco::Net::TCPServer>(
        new Factory(state_->context), state_->threads, state_->socket, params);
    state_->server->setConnectionFilter(new Doorway(state_->context));
    state_->server->start();
}

void HttpServer::stop()
{
    state_->context.stopping = true;
    if (!state_->server) return;
    state_->server->stop();
    state_->threads.joinAll();
    state_->server.reset();
}

} // namespace ledgerd
