#include "HttpListener.h"

#include "HttpFaultyAnswer.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace plaidsim
{

namespace
{

constexpr std::size_t largestBody = 8 * 1024 * 1024;
constexpr int mostThreads = 64;

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
        [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

HttpRequest readRequest(Poco::Net::HTTPServerRequest& from)
{
    HttpRequest request;
    request.method = from.getMethod();
    const Poco::URI uri(from.getURI());
    request.path = uri.getPath();
    request.query = uri.getRawQuery();
    for (const auto& [name, value] : from)
        request.headers[lower(name)] = value;
    char buffer[16 * 1024];
    std::istream& in = from.stream();
    while (in.read(buffer, sizeof buffer) || in.gcount() > 0)
    {
        request.body.append(buffer, static_cast<std::size_t>(in.gcount()));
        if (request.body.size() <= largestBody) continue;
        request.bodyTooLarge = true;
        request.body.clear();
        break;
    }
    return request;
}

void writeAnswer(const HttpAnswer& answer, Poco::Net::HTTPServerResponse& to)
{
    to.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status));
    to.setReason(Poco::Net::HTTPResponse::getReasonForStatus(to.getStatus()));
    for (const auto& [name, value] : answer.headers)
        to.set(name, value);
    if (!answer.body.empty()) to.setContentType(answer.contentType);
    to.setContentLength64(static_cast<Poco::Int64>(answer.body.size()));
    to.send().write(answer.body.data(), static_cast<std::streamsize>(answer.body.size()));
}

class Handler : public Poco::Net::HTTPRequestHandler
{
public:
    Handler(const HttpHandler& handler, StopSignal& stop) : handler_(handler), stop_(stop) {}

    void handleRequest(
        Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override
    {
        try
        {
            const HttpRequest plain = readRequest(request);
            const HttpAnswer answer = handler_(plain);
            // What was not read of a request must not be taken for the next one.
            if (plain.bodyTooLarge) response.setKeepAlive(false);
            if (answer.delivery == Delivery::whole)
                writeAnswer(answer, response);
            else
                deliverBadly(answer, request, stop_);
        }
        catch (const Poco::Exception&)
        {
            // The client is gone, or sent what is not HTTP; there is nobody to tell.
        }
    }

private:
    const HttpHandler& handler_;
    StopSignal& stop_;
};

class Factory : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    Factory(const HttpHandler& handler, StopSignal& stop) : handler_(handler), stop_(stop) {}

    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest&) override
    {
        return new Handler(handler_, stop_);
    }

private:
    const HttpHandler& handler_;
    StopSignal& stop_;
};

Poco::Net::ServerSocket bound(std::uint16_t port)
{
    try
    {
        Poco::Net::ServerSocket socket;
        socket.bind(Poco::Net::SocketAddress("127.0.0.1", port), true, false);
        socket.listen(256);
        return socket;
    }
    catch (const Poco::Exception&)
    {
        throw std::runtime_error("port " + std::to_string(port) +
                                 " on 127.0.0.1 is in use or not allowed; choose "
                                 "another one, or 0 for a free one");
    }
}

} // namespace

struct HttpListener::Impl
{
    Impl(std::uint16_t port, HttpHandler toCall)
        : handler(std::move(toCall)),
          pool(2, mostThreads),
          socket(bound(port)),
          server(new Factory(handler, stop), pool, socket, parameters())
    {
        server.start();
    }

    static Poco::Net::HTTPServerParams::Ptr parameters()
    {
        Poco::Net::HTTPServerParams::Ptr params(new Poco::Net::HTTPServerParams);
        params->setMaxThreads(mostThreads);
        params->setMaxQueued(512);
        params->setKeepAlive(true);
        params->setKeepAliveTimeout(Poco::Timespan(5, 0));
        params->setMaxKeepAliveRequests(0);
        params->setTimeout(Poco::Timespan(30, 0));
        return params;
    }

    HttpHandler handler;
    StopSignal stop;
    Poco::ThreadPool pool;
    Poco::Net::ServerSocket socket;
    Poco::Net::HTTPServer server;
};

HttpListener::HttpListener(std::uint16_t port, HttpHandler handler)
    : impl_(std::make_unique<Impl>(port, std::move(handler)))
{
}

HttpListener::~HttpListener()
{
    impl_->stop.raise();
    impl_->server.stopAll(true);
    impl_->pool.joinAll();
}

std::uint16_t HttpListener::port() const
{
    return impl_->socket.address().port();
}

} // namespace plaidsim
