// A server on loopback that does exactly what a test tells it, wrong things included.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

struct ssl_ctx_st;
struct ssl_st;

namespace bankfeed::testing
{

/// One accepted connection. Calls end quietly when the client or the test closes it.
class Connection
{
public:
    Connection(int descriptor, ssl_ctx_st* tls);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Does the TLS handshake, when there is one to do.
    bool secure();

    /// Reads one request: head, and body by its Content-Length. "" at the end.
    std::string request();

    /// False when the other side is gone.
    bool send(std::string_view bytes);

    /// Sends a byte at a time with a pause, until all is sent or somebody ends it.
    void drip(std::string_view bytes, std::int64_t pauseMs);

    /// Waits until the client has sent something, without reading it.
    void waitForBytes();

    /// Waits until the client closes the connection.
    void waitForEnd();

    void close();
    /// Closes with a reset instead of an end.
    void reset();

    [[nodiscard]] std::size_t plainBytesRead() const { return plainBytes_; }

private:
    std::size_t read(char* bytes, std::size_t size);

    int descriptor_;
    ssl_ctx_st* tls_;
    ssl_st* ssl_ = nullptr;
    std::atomic<std::size_t> plainBytes_ = 0;
    std::mutex mutex_;
    bool closed_ = false;
};

class LoopbackServer
{
public:
    using Script = std::function<void(Connection&)>;

    /// Serves every connection by the script, each on its own thread. `tls` may be null.
    explicit LoopbackServer(Script script, ssl_ctx_st* tls = nullptr);
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(
        std::string_view host = "127.0.0.1", std::string_view scheme = "http") const;

    [[nodiscard]] int connections() const { return connections_; }
    /// Bytes of requests that were read, decrypted.
    [[nodiscard]] std::size_t requestBytes() const { return requestBytes_; }

private:
    void accept();

    Script script_;
    ssl_ctx_st* tls_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> ending_ = false;
    std::atomic<int> connections_ = 0;
    std::atomic<std::size_t> requestBytes_ = 0;
    std::mutex mutex_;
    std::list<std::shared_ptr<Connection>> open_;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

/// "HTTP/1.1 200 OK" with a Content-Length.
[[nodiscard]] std::string httpAnswer(std::string_view body, std::string_view moreHeaders = "");

/// The bytes as one gzip member.
[[nodiscard]] std::string gzip(std::string_view bytes);

} // namespace bankfeed::testing
