#include "LoopbackServer.h"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace bankfeed::testing
{

Connection::Connection(int descriptor, ssl_ctx_st* tls) : descriptor_(descriptor), tls_(tls) {}

Connection::~Connection()
{
    close();
    SSL_free(ssl_);
    ::close(descriptor_);
}

bool Connection::secure()
{
    if (tls_ == nullptr) return true;
    ssl_ = SSL_new(tls_);
    return SSL_set_fd(ssl_, descriptor_) == 1 && SSL_accept(ssl_) == 1;
}

std::size_t Connection::read(char* bytes, std::size_t size)
{
    const auto got = ssl_ != nullptr
                         ? static_cast<ssize_t>(SSL_read(ssl_, bytes, static_cast<int>(size)))
                         : ::recv(descriptor_, bytes, size, 0);
    if (got <= 0) return 0;
    plainBytes_ += static_cast<std::size_t>(got);
    return static_cast<std::size_t>(got);
}

std::string Connection::request()
{
    std::string text;
    char byte = 0;
    while (!text.ends_with("\r\n\r\n"))
    {
        if (read(&byte, 1) == 0) return "";
        text.push_back(byte);
    }
    const std::size_t at = text.find("Content-Length: ");
    std::size_t rest =
        at == std::string::npos ? 0 : static_cast<std::size_t>(std::atoi(text.c_str() + at + 16));
    while (rest > 0)
    {
        std::string piece(rest, '\0');
        const std::size_t got = read(piece.data(), piece.size());
        if (got == 0) return "";
        text.append(piece, 0, got);
        rest -= got;
    }
    return text;
}

bool Connection::send(std::string_view bytes)
{
    while (!bytes.empty())
    {
        const auto sent = ssl_ != nullptr
                              ? static_cast<ssize_t>(
                                    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())))
                              : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void Connection::drip(std::string_view bytes, std::int64_t pauseMs)
{
    for (const char byte : bytes)
    {
        // The pause ends early when the other side closes.
        pollfd poll{descriptor_, POLLRDHUP, 0};
        if (::poll(&poll, 1, static_cast<int>(pauseMs)) != 0) return;
        if (!send({&byte, 1})) return;
    }
}

void Connection::waitForBytes()
{
    pollfd poll{descriptor_, POLLIN, 0};
    ::poll(&poll, 1, 30'000);
}

void Connection::waitForEnd()
{
    pollfd poll{descriptor_, POLLRDHUP, 0};
    ::poll(&poll, 1, 30'000);
}

void Connection::close()
{
    const std::lock_guard lock(mutex_);
    if (!closed_) ::shutdown(descriptor_, SHUT_RDWR);
    closed_ = true;
}

void Connection::reset()
{
    const linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    const std::lock_guard lock(mutex_);
    closed_ = true; // The close of the descriptor sends the reset.
}

LoopbackServer::LoopbackServer(Script script, ssl_ctx_st* tls)
    : script_(std::move(script)), tls_(tls)
{
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
    {
        throw std::runtime_error("no loopback listener");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
}

LoopbackServer::~LoopbackServer()
{
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const auto& connection : open_)
            connection->close();
    }
    for (std::thread& thread : threads_)
        thread.join();
    ::close(listener_);
}

void LoopbackServer::accept()
{
    while (!ending_)
    {
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) continue;
        ++connections_;
        const std::lock_guard lock(mutex_);
        auto connection = std::make_shared<Connection>(descriptor, tls_);
        open_.push_back(connection);
        threads_.emplace_back(
            [this, connection]() mutable
            {
                // TLS writes without MSG_NOSIGNAL.
                sigset_t pipe;
                sigemptyset(&pipe);
                sigaddset(&pipe, SIGPIPE);
                pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
                if (connection->secure()) script_(*connection);
                requestBytes_ += connection->plainBytesRead();
                const std::lock_guard inner(mutex_);
                open_.remove(connection);
                connection.reset();
            });
    }
}

std::string LoopbackServer::url(std::string_view host, std::string_view scheme) const
{
    return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port_);
}

std::string httpAnswer(std::string_view body, std::string_view moreHeaders)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + std::string(moreHeaders) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string gzip(std::string_view bytes)
{
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("no deflate");
    std::string packed(deflateBound(&stream, bytes.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

} // namespace bankfeed::testing
