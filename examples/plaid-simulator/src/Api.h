// The simulated Plaid API: from a request's bytes to an answer's.
#pragma once

#include "ApiEndpoints.h"
#include "HttpExchange.h"

#include <optional>

namespace plaidsim
{

class RequestLog;
class World;
struct FaultCall;

class Api
{
public:
    // Both must outlive this.
    Api(World& world, RequestLog& log);

    // Answers one request. Locks the world. Never throws. Safe from any thread.
    HttpAnswer answer(const HttpRequest& request);

private:
    struct Outcome
    {
        int status = 200;
        Json body;
        std::optional<HttpAnswer> ready; // what is not JSON
        std::string fault;
    };

    Outcome perform(const HttpRequest& request, HttpAnswer& delivery);
    Outcome call(
        const std::string& path, const Endpoint& endpoint, const Json& body, HttpAnswer& delivery);
    void checkCaller(const HttpRequest& request, Json& body) const;
    FaultCall subjectOf(const std::string& path, const Json& body) const;

    World& world_;
    RequestLog& log_;
    EndpointTable endpoints_;
};

} // namespace plaidsim
