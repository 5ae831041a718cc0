// Port: one HTTPS request to the provider.
#pragma once

#include "base/Result.h"
#include "base/Secret.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed
{

struct HttpRequest
{
    std::string path; ///< "/transactions/sync"; the transport knows the host.
    std::vector<std::pair<std::string, Secret>>
        headers;                      ///< Beside Content-Type and Accept-Encoding.
    Secret body;                      ///< JSON; it may hold tokens.
    std::int64_t deadlineMs = 30'000; ///< For everything, from connect to the last byte.
    std::size_t answerBytesMax = 0;   ///< Of the decoded body.
    bool repeatable = false; ///< To be asked twice does no harm, and costs nothing; see `post`.
};

struct HttpResponse
{
    int status = 0;
    std::string body;              ///< Complete: length and chunks were checked, gzip was undone.
    std::int64_t retryAfterMs = 0; ///< From Retry-After; 0 when absent.
    std::string date; ///< The Date header, for noticing that our clock is wrong; may be "".
};

class HttpTransport
{
public:
    virtual ~HttpTransport() = default;

    /// Sends one POST and reads the whole answer. Any thread; blocks until `deadlineMs` at most. No
    /// redirects, no retries but one: a connection that was kept open from an earlier request may
    /// turn out to be dead, and then a repeatable request is sent once more on a new one, within
    /// the same deadline.
    ///
    /// Error kinds: Retry when nothing was sent (no connection, TLS refused); Unknown when the
    /// request may have had its effect (timeout, reset, short or oversized answer); Stopping after
    /// `abort`.
    [[nodiscard]] virtual Result<HttpResponse> post(const HttpRequest& request) = 0;

    /// Ends all requests under way, and those to come, with Stopping. Any thread.
    virtual void abort() = 0;
};

} // namespace bankfeed
