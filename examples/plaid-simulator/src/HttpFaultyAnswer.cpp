#include "HttpFaultyAnswer.h"

#include <Poco/DeflatingStream.h>
#include <Poco/Exception.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <sstream>

namespace plaidsim
{

void StopSignal::raise()
{
    {
        const std::lock_guard lock(mutex_);
        raised_ = true;
    }
    changed_.notify_all();
}

bool StopSignal::sleep(double seconds)
{
    std::unique_lock lock(mutex_);
    return changed_.wait_for(
        lock, std::chrono::duration<double>(seconds), [this] { return raised_; });
}

namespace
{

std::string head(const HttpAnswer& answer, const std::string& more)
{
    const auto status = static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status);
    return "HTTP/1.1 " + std::to_string(answer.status) + " " +
           Poco::Net::HTTPResponse::getReasonForStatus(status) +
           "\r\nContent-Type: " + answer.contentType + "\r\nConnection: close\r\n" + more +
           "\r\n\r\n";
}

std::string lengthHeader(std::size_t length)
{
    return "Content-Length: " + std::to_string(length);
}

std::string gzipped(const std::string& text)
{
    std::ostringstream out;
    Poco::DeflatingOutputStream gzip(out, Poco::DeflatingStreamBuf::STREAM_GZIP);
    gzip << text;
    gzip.close();
    return out.str();
}

std::string chunks(const std::string& text)
{
    std::ostringstream out;
    for (std::size_t at = 0; at < text.size(); at += 1000)
    {
        const std::string piece = text.substr(at, 1000);
        out << std::hex << piece.size() << "\r\n" << piece << "\r\n";
    }
    out << "0\r\n\r\n";
    return out.str();
}

void sendAll(Poco::Net::StreamSocket& socket, const std::string& bytes)
{
    std::size_t sent = 0;
    while (sent < bytes.size())
    {
        const int n = socket.sendBytes(bytes.data() + sent, static_cast<int>(bytes.size() - sent));
        if (n <= 0) return;
        sent += static_cast<std::size_t>(n);
    }
}

void drip(Poco::Net::StreamSocket& socket, const HttpAnswer& answer, StopSignal& stop)
{
    const std::string bytes = head(answer, lengthHeader(answer.body.size())) + answer.body;
    const auto most = static_cast<std::size_t>(answer.seconds);
    for (std::size_t i = 0; i < bytes.size() && i < most; ++i)
    {
        sendAll(socket, bytes.substr(i, 1));
        if (stop.sleep(1)) return;
    }
}

std::string bytesOf(const HttpAnswer& answer)
{
    const std::string& body = answer.body;
    const std::string half = body.substr(0, body.size() / 2);
    switch (answer.delivery)
    {
    case Delivery::reset: return head(answer, lengthHeader(body.size())) + half;
    case Delivery::truncated: return head(answer, lengthHeader(half.size())) + half;
    case Delivery::wrongLength: return head(answer, lengthHeader(body.size() + 100)) + body;
    case Delivery::chunked: return head(answer, "Transfer-Encoding: chunked") + chunks(body);
    case Delivery::gzip: {
        const std::string packed = gzipped(body);
        return head(answer, "Content-Encoding: gzip\r\n" + lengthHeader(packed.size())) + packed;
    }
    case Delivery::byteOrderMark:
        return head(answer, lengthHeader(body.size() + 3)) + "\xEF\xBB\xBF" + body;
    default: return head(answer, lengthHeader(body.size())) + body;
    }
}

} // namespace

void deliverBadly(const HttpAnswer& answer, Poco::Net::HTTPServerRequest& request, StopSignal& stop)
{
    auto* connection = dynamic_cast<Poco::Net::HTTPServerRequestImpl*>(&request);
    if (connection == nullptr) return;
    Poco::Net::StreamSocket socket = connection->detachSocket();
    try
    {
        switch (answer.delivery)
        {
        case Delivery::refuse: break;
        case Delivery::hang: stop.sleep(answer.seconds); break;
        case Delivery::slowDrip: drip(socket, answer, stop); break;
        case Delivery::late:
            if (!stop.sleep(answer.seconds)) sendAll(socket, bytesOf(answer));
            break;
        default: sendAll(socket, bytesOf(answer)); break;
        }
        // With linger 0 closing sends a reset instead of an orderly end.
        if (answer.delivery == Delivery::reset || answer.delivery == Delivery::refuse)
            socket.setLinger(true, 0);
        socket.close();
    }
    catch (const Poco::Exception&)
    {
        // The client gave up first, as many of these faults want it to.
    }
}

} // namespace plaidsim
