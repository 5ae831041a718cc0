#include "web/HttpConnection.h"

#include "base/Address.h"
#include "base/Text.h"

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Timespan.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <openssl/crypto.h>

namespace ledgerd
{

namespace
{

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t readBytes = std::size_t{16} * 1024; // per recv

// The client went away, was too slow, or the server stops: the connection just ends.
struct Gone
{
};

std::string httpDate(std::int64_t utcNs)
{
    const std::time_t seconds = utcNs / nsPerSecond;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char out[64];
    static_cast<void>(std::snprintf(out, sizeof out, "%s, %02d %s %04d %02d:%02d:%02d GMT",
        days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
        months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
        parts.tm_min, parts.tm_sec));
    return out;
}

// Bytes of one connection, read ahead, each read under the deadline of the whole request. What was
// taken out is overwritten: a connection lives on with the cookies and tokens of earlier requests.
class Reader
{
public:
    Reader(Poco::Net::StreamSocket& socket, ConnectionContext& context)
        : socket_(socket), context_(context)
    {
        // Never moved to a larger place, which would leave its bytes behind.
        buffer_.reserve(headBytesMax + 3 * readBytes);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { drop(buffer_.size()); }

    // Waits for the first byte of a request. False when none came in time, or the server stops.
    bool waitForRequest()
    {
        if (!buffer_.empty()) return true;
        const auto by = SteadyClock::now() + std::chrono::nanoseconds(context_.limits.idleNs);
        while (!context_.stopping && SteadyClock::now() < by)
            if (readable(by)) return fill();
        return false;
    }

    void beginRequest()
    {
        begun_ = SteadyClock::now();
        inHead_ = true;
    }
    void endHead() { inHead_ = false; }

    // The whole request is read: from now on its connection is not shut down for another's sake.
    void endReading()
    {
        if (!context_.seats.beginWork(socket_.impl())) throw Gone();
    }
    void endRequest() { context_.seats.endWork(socket_.impl()); }

    // The bytes up to `mark`, which is taken away as well. An answer of more than `limit` bytes:
    // false.
    bool until(std::string_view mark, std::size_t limit, std::string& out)
    {
        std::size_t from = 0;
        while (true)
        {
            const std::size_t at = buffer_.find(mark, from);
            if (at != std::string::npos && at <= limit)
            {
                out = buffer_.substr(0, at);
                drop(at + mark.size());
                return true;
            }
            if (buffer_.size() > limit + mark.size() || at != std::string::npos) return false;
            from = buffer_.size() < mark.size() ? 0 : buffer_.size() - mark.size() + 1;
            need();
        }
    }

    void exactly(std::uint64_t size, std::string& out)
    {
        while (size > 0)
        {
            if (buffer_.empty()) need();
            const std::size_t part =
                static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer_.size()));
            out.append(buffer_, 0, part);
            drop(part);
            size -= part;
        }
    }

private:
    bool readable(SteadyClock::time_point by)
    {
        const auto left =
            std::chrono::duration_cast<std::chrono::microseconds>(by - SteadyClock::now()).count();
        // Short steps, so that stopping the server is noticed.
        const auto step = std::clamp<std::int64_t>(left, 0, 200'000);
        return socket_.poll(Poco::Timespan(step), Poco::Net::Socket::SELECT_READ);
    }

    // A crowd shortens the time for heads that are under way, too.
    SteadyClock::time_point deadline() const
    {
        const HttpLimits& limits = context_.limits;
        const bool hurry = inHead_ && context_.seats.halfTaken();
        return begun_ +
               std::chrono::nanoseconds(
                   hurry ? std::min(limits.requestNs, limits.crowdedHeadNs) : limits.requestNs);
    }

    void need()
    {
        while (SteadyClock::now() < deadline())
            if (readable(deadline()))
            {
                if (!fill()) throw Gone();
                return;
            }
        throw Gone();
    }

    bool fill()
    {
        const std::size_t had = buffer_.size();
        buffer_.resize(had + readBytes);
        const int got = socket_.receiveBytes(&buffer_[had], static_cast<int>(readBytes));
        buffer_.resize(had + static_cast<std::size_t>(std::max(got, 0)));
        return got > 0;
    }

    void drop(std::size_t size)
    {
        const std::size_t rest = buffer_.size() - size;
        std::copy(
            buffer_.end() - static_cast<std::ptrdiff_t>(rest), buffer_.end(), buffer_.begin());
        OPENSSL_cleanse(&buffer_[rest], size);
        buffer_.resize(rest);
    }

    Poco::Net::StreamSocket& socket_;
    ConnectionContext& context_;
    SteadyClock::time_point begun_{};
    bool inHead_ = false;
    std::string buffer_;
};

// For whom a trusted proxy speaks: in X-Forwarded-For each hop has added, at the end, the address
// that it saw. What stands before the last one that no proxy of ours wrote, anybody may have made
// up.
std::string speaksFor(
    const HttpRequest& request, const std::string& peer, const ConnectionContext& context)
{
    if (!context.isTrustedProxy(peer)) return peer;
    std::string hops;
    for (const auto& [name, value] : request.headers)
        if (equalsIgnoringCase(name, "x-forwarded-for")) hops += value + ",";
    const std::vector<std::string> list = splitList(hops, ',');
    for (auto hop = list.rbegin(); hop != list.rend(); ++hop)
    {
        const auto address = canonicalAddress(*hop);
        if (!address) return peer;
        if (!context.isTrustedProxy(*address)) return *address;
    }
    return peer;
}

class HttpConnection : public Poco::Net::TCPServerConnection
{
public:
    HttpConnection(const Poco::Net::StreamSocket& socket, ConnectionContext& context)
        : TCPServerConnection(socket), context_(context)
    {
    }
    ~HttpConnection() override { context_.seats.leave(socket().impl()); }

    // Poco's exceptions end here.
    void run() override
    {
        try
        {
            serve();
        }
        catch (const Gone&)
        {
        }
        catch (const Poco::Exception&) // the socket is gone
        {
        }
        catch (const std::exception& e)
        {
            context_.log.error("http", e.what());
        }
    }

private:
    void serve()
    {
        socket().setNoDelay(true);
        socket().setSendTimeout(Poco::Timespan(10, 0));
        const std::string peer = peerOf(socket());
        Reader reader(socket(), context_);
        for (std::uint32_t count = 1; count <= context_.limits.requestsPerConnection; ++count)
        {
            if (!reader.waitForRequest()) return;
            HttpRequest request;
            const unsigned fault = read(reader, request);
            if (fault != 0)
            {
                refuse(fault);
                return;
            }
            reader.endReading();
            request.remoteAddress = speaksFor(request, peer, context_);
            request.receivedUtcNs = context_.clock.utcNs();
            // A crowded server keeps no idle connections: they would hold threads that others need.
            const bool keep = request.keepAlive && !context_.stopping &&
                              count < context_.limits.requestsPerConnection &&
                              !context_.seats.full();
            send(handled(request), request.method == "HEAD", keep);
            if (!keep) return;
            reader.endRequest();
        }
    }

    // Reads one request. Returns the status to refuse it with, or 0.
    unsigned read(Reader& reader, HttpRequest& request)
    {
        reader.beginRequest();
        std::string head;
        if (!reader.until("\r\n\r\n", headBytesMax, head)) return 431;
        reader.endHead();
        if (const unsigned fault = parseHead(head, request); fault != 0) return fault;
        const std::uint64_t limit = context_.handler->bodyMax(request);
        if (request.contentLength > limit) return 413;
        if (request.expectsContinue && (request.chunked || request.contentLength > 0))
            sendAll("HTTP/1.1 100 Continue\r\n\r\n");
        if (request.chunked) return readChunks(reader, limit, request.body);
        request.body.reserve(request.contentLength);
        reader.exactly(request.contentLength, request.body);
        return 0;
    }

    unsigned readChunks(Reader& reader, std::uint64_t limit, std::string& body)
    {
        std::string line;
        while (true)
        {
            if (!reader.until("\r\n", 256, line) || hasControl(line)) return 400;
            const std::string digits = line.substr(0, line.find(';'));
            std::uint64_t size = 0;
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
            if (digits.empty() || digits.size() > 8 || error != std::errc() ||
                end != digits.data() + digits.size())
                return 400;
            if (size == 0) break;
            if (body.size() + size > limit) return 413;
            reader.exactly(size, body);
            if (!reader.until("\r\n", 0, line)) return 400;
        }
        Headers trailers; // read as strictly as headers, and not used
        while (true)
        {
            if (!reader.until("\r\n", 4096, line)) return 400;
            if (line.empty()) return 0;
            if (const unsigned fault = parseHeaderLine(line, trailers); fault != 0) return fault;
        }
    }

    HttpResponse handled(const HttpRequest& request)
    {
        try
        {
            return context_.handler->handle(request);
        }
        catch (const std::exception& e)
        {
            context_.log.error("http", request.method + " " + request.path + ": " + e.what());
        }
        catch (...)
        {
            context_.log.error("http", request.method + " " + request.path + ": unknown exception");
        }
        HttpResponse failed;
        failed.status = 500;
        failed.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
        failed.body = "Something went wrong; the log says more.\n";
        return failed;
    }

    void refuse(unsigned status)
    {
        HttpResponse response;
        response.status = status;
        response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
        response.body = std::string(reasonPhrase(status)) + "\n";
        send(response, false, false);
        // What the client still sends is taken for a moment, else its system may drop our answer.
        socket().shutdownSend();
        std::array<char, readBytes> rest;
        const auto by = SteadyClock::now() + std::chrono::milliseconds(500);
        while (SteadyClock::now() < by &&
               socket().poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ))
            if (socket().receiveBytes(rest.data(), static_cast<int>(rest.size())) <= 0) return;
    }

    void send(const HttpResponse& response, bool headOnly, bool keepAlive)
    {
        std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " +
                          reasonPhrase(response.status) + "\r\n";
        for (const auto& [name, value] : response.headers)
            out.append(name).append(": ").append(value).append("\r\n");
        out += "Date: " + httpDate(context_.clock.utcNs()) + "\r\n";
        const bool noBody = response.status == 204 || response.status == 304;
        if (!noBody) out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
        out += keepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
        if (!headOnly && !noBody) out += response.body;
        sendAll(out);
    }

    void sendAll(std::string_view bytes)
    {
        const auto by = SteadyClock::now() + std::chrono::nanoseconds(context_.limits.requestNs);
        while (!bytes.empty())
        {
            const int sent = socket().sendBytes(bytes.data(), static_cast<int>(bytes.size()));
            if (sent <= 0 || SteadyClock::now() > by) throw Gone();
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    ConnectionContext& context_;
};

} // namespace

bool ConnectionContext::isTrustedProxy(const std::string& address) const
{
    const auto& known = limits.trustedProxies;
    return std::find(known.begin(), known.end(), address) != known.end();
}

std::string peerOf(const Poco::Net::StreamSocket& socket)
{
    const std::string address = socket.peerAddress().host().toString();
    return canonicalAddress(address).value_or(address);
}

Poco::Net::TCPServerConnection* makeHttpConnection(
    const Poco::Net::StreamSocket& socket, ConnectionContext& context)
{
    return new HttpConnection(socket, context);
}

} // namespace ledgerd
