#include "CutProxy.h"

#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace bankfeed::testing
{

namespace
{

constexpr int pollMs = 20;

sockaddr* generic(sockaddr_in& address)
{
    return static_cast<sockaddr*>(static_cast<void*>(&address));
}

sockaddr_in loopback(int port)
{
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool sendAll(int to, std::string_view bytes)
{
    while (!bytes.empty())
    {
        const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

} // namespace

CutProxy::CutProxy(int serverPort) : serverPort_(serverPort)
{
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, generic(address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic(address), &size) != 0)
        throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
}

CutProxy::~CutProxy()
{
    stop();
}

void CutProxy::stop()
{
    if (stopping_.exchange(true)) return;
    acceptor_.join();
    ::close(listener_);
    for (std::thread& relay : relays_)
        relay.join();
}

void CutProxy::accept()
{
    while (!stopping_)
    {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, pollMs) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client >= 0) relays_.emplace_back([this, client] { relay(client); });
    }
}

void CutProxy::relay(int client)
{
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(serverPort_);
    bool open = ::connect(server, generic(address), sizeof address) == 0;
    std::array<char, 65536> bytes{};
    while (open && !stopping_)
    {
        std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
        if (::poll(ends.data(), ends.size(), pollMs) <= 0) continue;
        if (ends[1].revents != 0)
        {
            const ssize_t got = ::recv(server, bytes.data(), bytes.size(), 0);
            open = got > 0 && sendAll(client, {bytes.data(), static_cast<std::size_t>(got)});
        }
        if (open && ends[0].revents != 0) open = fromClient(client, server);
    }
    ::close(client);
    ::close(server);
}

bool CutProxy::fromClient(int client, int server)
{
    std::array<char, 65536> bytes{};
    const ssize_t got = ::recv(client, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
    // The whole statement: "READ COMMITTED" is in the one that begins.
    const bool commits = text.ends_with(std::string_view("COMMIT\0", 7));
    const Cut cut = commits ? cut_.exchange(Cut::Never) : Cut::Never;
    if (cut == Cut::BeforeTheServerSeesIt) return false;
    if (!sendAll(server, text)) return false;
    if (cut == Cut::Never) return true;
    // The server has answered when it has something to say.
    pollfd answer{server, POLLIN, 0};
    ::poll(&answer, 1, 10'000);
    return false;
}

} // namespace bankfeed::testing
