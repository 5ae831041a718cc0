// HTTP/1.1 over Poco's TCP server, one thread per connection, with a limit on everything.
//
// Poco's own HTTPServer is not used: it decodes header values before a handler sees them, and takes
// a duplicate Content-Length; a signed webhook needs its bytes as they came. See README.md.
#pragma once

#include "base/Log.h"
#include "web/HttpMessage.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ledgerd
{

// What the server asks of the application. All functions run on many threads at once.
class HttpHandler
{
public:
    virtual ~HttpHandler() = default;

    // The largest body that this request may have. `request` has no body yet.
    virtual std::uint64_t bodyMax(const HttpRequest& request) = 0;

    virtual HttpResponse handle(const HttpRequest& request) = 0;
};

struct HttpLimits
{
    std::uint32_t maxConnections = 128;
    std::uint32_t connectionsPerAddress = 32;
    std::int64_t requestNs = 10 * nsPerSecond; // from the first byte of a request to its last
    std::int64_t idleNs = 5 * nsPerSecond;     // between requests of one connection
    // From the first byte to the end of the head, while more than half of the connections are
    // taken.
    std::int64_t crowdedHeadNs = 2'500'000'000;
    std::uint32_t requestsPerConnection = 1000;
    // Proxies of ours, in canonical form: connectionsPerAddress does not hold for them, and they
    // say in X-Forwarded-For whom they speak for.
    std::vector<std::string> trustedProxies;
};

class HttpServer
{
public:
    // Binds at once, so that the port is known; accepts after start(). Throws std::runtime_error
    // with a sentence for the operator (portInUse is then set when that is the cause). handler,
    // clock and log outlive the server.
    struct BindError : std::runtime_error
    {
        BindError(const std::string& text, bool inUse) : std::runtime_error(text), portInUse(inUse)
        {
        }
        bool portInUse;
    };
    HttpServer(const std::string& address, std::uint16_t port, HttpLimits limits,
        const Clock& clock, const Log& log);
    ~HttpServer(); // stops
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::uint16_t port() const;
    void start(HttpHandler& handler);

    // Accepts no more, lets running requests end, and joins every thread.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace ledgerd
