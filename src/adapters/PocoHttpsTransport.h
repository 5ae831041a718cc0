// HTTPS to the provider: Poco's sockets and TLS, our own reading of the answer.
#pragma once

#include "base/HttpTransport.h"
#include "base/Result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace bankfeed::adapters
{

struct TransportSettings
{
    std::string baseUrl; ///< See providerAddress() for what is allowed.
    bool allowDevelopmentEndpoint = false;
    std::string caFile;              ///< PEM file of trusted authorities; "" for the system's.
    std::size_t idleSessionsMax = 8; ///< Connections kept open between requests.

    /// How long. Plaid's front ends close idle connections after about a minute; ours is shorter,
    /// so that a request rarely meets a connection that is being closed.
    std::int64_t idleMsMax = 20'000;
};

/// See the port for what a call does. Two threads of its own: a deadline watch, and a resolver once
/// a name must be resolved. They end with the transport.
class PocoHttpsTransport final : public HttpTransport
{
public:
    /// Errors: Denied "http.address" for an address that is not allowed; Invalid "http.tls" when
    /// the authorities cannot be loaded.
    [[nodiscard]] static Result<std::unique_ptr<PocoHttpsTransport>> create(
        TransportSettings settings);

    /// No call may be under way: `abort`, wait for the callers, then destroy.
    ~PocoHttpsTransport() override;

    [[nodiscard]] Result<HttpResponse> post(const HttpRequest& request) override;
    void abort() override;

private:
    class Impl;
    explicit PocoHttpsTransport(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

} // namespace bankfeed::adapters
