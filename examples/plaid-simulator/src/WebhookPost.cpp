#include "WebhookSender.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/NullStream.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

namespace plaidsim
{

namespace
{

std::string retryAfter(const Poco::Net::HTTPResponse& response)
{
    if (response.getStatus() != Poco::Net::HTTPResponse::HTTP_TOO_MANY_REQUESTS) return {};
    return response.get("Retry-After", "");
}

} // namespace

WebhookAnswer postWebhook(const std::string& url, const std::string& body,
    const std::optional<std::string>& jwt, Nanos timeout)
{
    try
    {
        const Poco::URI uri(url);
        if (uri.getScheme() != "http") return {0, "only http:// addresses are supported", {}};
        Poco::Net::HTTPClientSession session(uri.getHost(), uri.getPort());
        session.setTimeout(Poco::Timespan(timeout / 1000));
        const std::string path = uri.getPathAndQuery();
        Poco::Net::HTTPRequest request(
            "POST", path.empty() ? "/" : path, Poco::Net::HTTPMessage::HTTP_1_1);
        request.setContentType("application/json");
        request.setContentLength64(static_cast<Poco::Int64>(body.size()));
        if (jwt) request.set("Plaid-Verification", *jwt);
        session.sendRequest(request) << body << std::flush;
        Poco::Net::HTTPResponse response;
        session.receiveResponse(response);
        return {static_cast<int>(response.getStatus()), "", retryAfter(response)};
    }
    catch (const Poco::TimeoutException&)
    {
        return {0, "timeout", {}};
    }
    catch (const Poco::Exception& problem)
    {
        return {0, problem.displayText(), {}};
    }
    catch (const std::exception& problem)
    {
        return {0, problem.what(), {}};
    }
}

} // namespace plaidsim
