#include "adapters/PocoHttpsTransport.h"

#include "adapters/AddressResolver.h"
#include "adapters/DeadlineWatch.h"
#include "adapters/HttpAnswerReader.h"
#include "adapters/ProviderAddress.h"
#include "adapters/QuietThread.h"
#include "adapters/TlsContext.h"
#include "base/Limits.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

namespace bankfeed::adapters
{

namespace
{

using Moment = DeadlineWatch::Moment;

/// An open connection, with TLS or plain.
struct Session
{
    Poco::Net::StreamSocket socket;
    Moment idleSince{};

    [[nodiscard]] int descriptor() const { return static_cast<int>(socket.impl()->sockfd()); }

    /// Ends the connection without TLS's farewell, which could block on a peer that reads nothing.
    void drop() const { ::shutdown(descriptor(), SHUT_RDWR); }

    /// An idle connection must be silent; bytes or an end mean that the server has finished with
    /// it.
    [[nodiscard]] bool silent() const
    {
        pollfd poll{descriptor(), POLLIN, 0};
        return ::poll(&poll, 1, 0) == 0;
    }
};

using SessionPtr = std::unique_ptr<Session>;

/// Poco's way of reading, as the answer reader wants it.
class SessionSource final : public ByteSource
{
public:
    explicit SessionSource(Session& session) : session_(session) {}

    [[nodiscard]] Result<std::size_t> read(char* bytes, std::size_t size) override
    {
        try
        {
            const int got = session_.socket.receiveBytes(bytes, static_cast<int>(size));
            silent_ = silent_ && got <= 0;
            return static_cast<std::size_t>(std::max(got, 0));
        }
        catch (const Poco::Exception&)
        {
            return Error::unknown(
                "http.connection", "The connection to the provider broke before the answer ended.");
        }
    }

    /// True while not a byte has come.
    [[nodiscard]] bool silent() const { return silent_; }

private:
    Session& session_;
    bool silent_ = true;
};

bool isHeaderName(std::string_view name)
{
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                [](char c) {
                                    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                                           (c >= '0' && c <= '9') || c == '-';
                                });
}

bool isHeaderValue(std::string_view value)
{
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool isPath(std::string_view path)
{
    return path.starts_with('/') && std::all_of(path.begin(), path.end(),
                                        [](char c) {
                                            return (c >= 'a' && c <= 'z') ||
                                                   (c >= '0' && c <= '9') || c == '/' || c == '_' ||
                                                   c == '-';
                                        });
}

bool isProper(const HttpRequest& request)
{
    return isPath(request.path) && request.deadlineMs > 0 &&
           std::all_of(request.headers.begin(), request.headers.end(),
               [](const auto& header)
               { return isHeaderName(header.first) && isHeaderValue(header.second.reveal()); });
}

/// The head of the request. Reserved once, so that no freed memory keeps a credential.
Secret headOf(const HttpRequest& request, const std::string& host)
{
    std::string head;
    std::size_t size = 512 + request.path.size() + host.size();
    for (const auto& [name, value] : request.headers)
        size += name.size() + value.size() + 4;
    head.reserve(size);
    head.append("POST ").append(request.path).append(" HTTP/1.1\r\nHost: ").append(host);
    head.append("\r\nUser-Agent: bankfeed\r\nContent-Type: application/json\r\n"
                "Accept: application/json\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n"
                "Content-Length: ");
    head.append(std::to_string(request.body.size())).append("\r\n");
    for (const auto& [name, value] : request.headers)
        head.append(name).append(": ").append(value.reveal()).append("\r\n");
    head.append("\r\n");
    Secret secret{head};
    wipe(head);
    return secret;
}

Error noConnection()
{
    return Error::retry("http.connect", "The provider cannot be reached at the moment.");
}

Error tlsRefused()
{
    return Error::retry("http.tls_refused",
        "The provider's TLS certificate or protocol is not acceptable; nothing was sent.");
}

Error timedOut(bool sent)
{
    constexpr const char* code = "http.timeout";
    constexpr const char* text = "The provider did not answer in time.";
    return sent ? Error::unknown(code, text) : Error::retry(code, text);
}

} // namespace

class PocoHttpsTransport::Impl
{
public:
    Impl(TransportSettings settings, ProviderAddress address, Poco::Net::Context::Ptr context)
        : settings_(std::move(settings)),
          address_(std::move(address)),
          hostHeader_(address_.hostHeader()),
          context_(std::move(context)),
          resolver_(address_.host)
    {
    }

    Result<HttpResponse> post(const HttpRequest& request);
    void abort();

private:
    Result<SessionPtr> connect(Moment deadline);
    Result<std::vector<Poco::Net::IPAddress>> hosts(Moment deadline);
    Result<SessionPtr> connectTo(const Poco::Net::SocketAddress& to, Moment deadline);
    Result<void> encrypt(Session& session, Moment deadline);
    struct Conversation
    {
        Result<HttpAnswer> answer;
        bool dead = false; ///< The connection ended before a byte of an answer.
    };
    Conversation converse(Session& session, const HttpRequest& request, Moment deadline);
    Conversation converseAnew(SessionPtr& session, const HttpRequest& request, Moment deadline);
    static Result<void> send(Session& session, std::string_view bytes);
    SessionPtr takeIdle();
    void giveBack(SessionPtr session);

    const TransportSettings settings_;
    const ProviderAddress address_;
    const std::string hostHeader_;
    Poco::Net::Context::Ptr context_;
    DeadlineWatch watch_;
    AddressResolver resolver_;
    std::mutex mutex_;
    std::vector<SessionPtr> idle_;
};

SessionPtr PocoHttpsTransport::Impl::takeIdle()
{
    const std::lock_guard lock(mutex_);
    const Moment now = std::chrono::steady_clock::now();
    while (!idle_.empty())
    {
        SessionPtr session = std::move(idle_.back());
        idle_.pop_back();
        const std::chrono::milliseconds most{settings_.idleMsMax};
        if (now - session->idleSince < most && session->silent()) return session;
        session->drop();
    }
    return nullptr;
}

void PocoHttpsTransport::Impl::giveBack(SessionPtr session)
{
    session->idleSince = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (idle_.size() >= settings_.idleSessionsMax || watch_.aborted())
        session->drop();
    else
        idle_.push_back(std::move(session));
}

void PocoHttpsTransport::Impl::abort()
{
    watch_.abort();
    resolver_.abort();
    const std::lock_guard lock(mutex_);
    for (const SessionPtr& session : idle_)
        session->drop();
    idle_.clear();
}

Result<std::vector<Poco::Net::IPAddress>> PocoHttpsTransport::Impl::hosts(Moment deadline)
{
    std::vector<Poco::Net::IPAddress> hosts;
    Poco::Net::IPAddress numeric;
    if (Poco::Net::IPAddress::tryParse(address_.host, numeric))
    {
        hosts.push_back(numeric);
        return hosts;
    }
    BF_LET(names, resolver_.addresses(deadline));
    for (const std::string& name : names)
    {
        if (!Poco::Net::IPAddress::tryParse(name, numeric)) continue;
        if (!address_.loopback || numeric.isLoopback()) hosts.push_back(numeric);
    }
    return hosts;
}

Result<SessionPtr> PocoHttpsTransport::Impl::connect(Moment deadline)
{
    BF_LET(hosts, this->hosts(deadline));
    Error last = noConnection();
    for (const Poco::Net::IPAddress& host : hosts)
    {
        auto session = connectTo({host, address_.port}, deadline);
        if (session.ok() && address_.tls)
        {
            auto encrypted = encrypt(*session.value(), deadline);
            if (!encrypted.ok()) return encrypted.error();
        }
        if (session.ok()) return session;
        last = session.error();
        if (last.kind == ErrorKind::Stopping) break;
    }
    return last;
}

Result<SessionPtr> PocoHttpsTransport::Impl::connectTo(
    const Poco::Net::SocketAddress& to, Moment deadline)
{
    const Moment limit = std::min(deadline,
        std::chrono::steady_clock::now() + std::chrono::milliseconds{limits::connectTimeoutMs});
    try
    {
        auto session = std::make_unique<Session>();
        session->socket.connectNB(to);
        const int descriptor = session->descriptor();
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        const DeadlineWatch::Guard guard(watch_, descriptor, limit);
        pollfd poll{descriptor, POLLOUT, 0};
        // The watch shuts the socket down at the limit, which ends this wait.
        while (::poll(&poll, 1, -1) < 0 && errno == EINTR)
        {
        }
        if (guard.fate() == DeadlineWatch::Fate::Aborted) return Error::stopping();
        if (guard.fate() == DeadlineWatch::Fate::Expired) return noConnection();
        if (session->socket.impl()->socketError() != 0) return noConnection();
        session->socket.setBlocking(true);
        session->socket.setNoDelay(true);
        return session;
    }
    catch (const Poco::Exception&)
    {
        return noConnection();
    }
}

Result<void> PocoHttpsTransport::Impl::encrypt(Session& session, Moment deadline)
{
    const DeadlineWatch::Guard guard(watch_, session.descriptor(), deadline);
    try
    {
        session.socket =
            Poco::Net::SecureStreamSocket::attach(session.socket, address_.host, context_);
        return success();
    }
    catch (const Poco::Exception&)
    {
        if (guard.fate() == DeadlineWatch::Fate::Aborted) return Error::stopping();
        if (guard.fate() == DeadlineWatch::Fate::Expired) return timedOut(false);
        return tlsRefused();
    }
}

Result<void> PocoHttpsTransport::Impl::send(Session& session, std::string_view bytes)
{
    try
    {
        while (!bytes.empty())
        {
            const int sent = session.socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
            if (sent <= 0) break;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        if (bytes.empty()) return success();
    }
    catch (const Poco::Exception&)
    {
        // The same as a socket that takes no more.
    }
    return Error::unknown(
        "http.connection", "The connection to the provider broke while the request was sent.");
}

PocoHttpsTransport::Impl::Conversation PocoHttpsTransport::Impl::converse(
    Session& session, const HttpRequest& request, Moment deadline)
{
    const DeadlineWatch::Guard guard(watch_, session.descriptor(), deadline);
    SessionSource source(session);
    auto answer = [&]() -> Result<HttpAnswer>
    {
        BF_TRY(send(session, headOf(request, hostHeader_).reveal()));
        BF_TRY(send(session, request.body.reveal()));
        return readHttpAnswer(source, request.answerBytesMax);
    }();
    const DeadlineWatch::Fate fate = guard.fate();
    if (fate == DeadlineWatch::Fate::Aborted) return {Error::stopping()};
    if (!answer.ok() && fate == DeadlineWatch::Fate::Expired) return {timedOut(true)};
    if (answer.ok() && fate != DeadlineWatch::Fate::Running) answer->reusable = false;
    const bool dead = !answer.ok() && source.silent();
    return {std::move(answer), dead};
}

PocoHttpsTransport::Impl::Conversation PocoHttpsTransport::Impl::converseAnew(
    SessionPtr& session, const HttpRequest& request, Moment deadline)
{
    auto connected = connect(deadline);
    if (!connected.ok()) return {connected.error()};
    session = std::move(connected).value();
    return converse(*session, request, deadline);
}

Result<HttpResponse> PocoHttpsTransport::Impl::post(const HttpRequest& request)
{
    if (!isProper(request))
    {
        // The same request will not get better by waiting.
        Error failure =
            Error::invalid("http.request", "The request has a malformed path or header.");
        failure.remedy = Remedy::Stop;
        return failure;
    }
    if (watch_.aborted()) return Error::stopping();
    const PipeSignalGuard quiet;
    const Moment deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{request.deadlineMs};
    SessionPtr session = takeIdle();
    const bool kept = session != nullptr;
    Conversation had =
        kept ? converse(*session, request, deadline) : converseAnew(session, request, deadline);
    // The server may have closed the connection at the very moment in which we used it again.
    if (kept && had.dead && request.repeatable)
    {
        session->drop();
        session = nullptr;
        had = converseAnew(session, request, deadline);
    }
    if (!had.answer.ok())
    {
        if (session) session->drop();
        return had.answer.error();
    }
    if (had.answer->reusable)
        giveBack(std::move(session));
    else
        session->drop();
    return std::move(had.answer->response);
}

PocoHttpsTransport::PocoHttpsTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

PocoHttpsTransport::~PocoHttpsTransport()
{
    impl_->abort();
}

Result<std::unique_ptr<PocoHttpsTransport>> PocoHttpsTransport::create(TransportSettings settings)
{
    BF_LET(address, providerAddress(settings.baseUrl, settings.allowDevelopmentEndpoint));
    Poco::Net::Context::Ptr context;
    try
    {
        if (address.tls) context = makeTlsContext(address, settings.caFile);
    }
    catch (const Poco::Exception&)
    {
        return Error::invalid(
            "http.tls", "The file of trusted certificate authorities cannot be loaded.");
    }
    return std::unique_ptr<PocoHttpsTransport>(new PocoHttpsTransport(
        std::make_unique<Impl>(std::move(settings), std::move(address), std::move(context))));
}

Result<HttpResponse> PocoHttpsTransport::post(const HttpRequest& request)
{
    return impl_->post(request);
}

void PocoHttpsTransport::abort()
{
    impl_->abort();
}

} // namespace bankfeed::adapters
