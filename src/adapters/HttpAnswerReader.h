// Reads one HTTP/1.1 answer, strictly: it is complete and well-formed, or it is an error.
#pragma once

#include "base/HttpTransport.h"
#include "base/Result.h"

#include <cstddef>

namespace bankfeed::adapters
{

/// Where the bytes come from: a socket, or a test.
class ByteSource
{
public:
    virtual ~ByteSource() = default;

    /// Blocks until there is at least one byte; 0 at the end. An error ends the answer with it.
    [[nodiscard]] virtual Result<std::size_t> read(char* bytes, std::size_t size) = 0;
};

struct HttpAnswer
{
    HttpResponse response;
    bool reusable = false; ///< The connection may carry another request.
};

/// Reads the answer to a POST. Interim answers (1xx) are passed over. A body needs a
/// Content-Length or chunks; one that ends with the connection cannot be told from a cut one and is
/// refused. `bodyBytesMax` holds for the body as sent and as decoded.
///
/// Errors, all of kind Unknown: "http.short" when the connection ended before the answer,
/// "http.malformed", "http.too_large", "http.encoding"; and what the source says.
[[nodiscard]] Result<HttpAnswer> readHttpAnswer(ByteSource& source, std::size_t bodyBytesMax);

/// Undoes gzip: one member, complete, its checksum right, nothing behind it, at most `bytesMax`
/// bytes when decoded.
[[nodiscard]] Result<std::string> gunzip(std::string_view packed, std::size_t bytesMax);

/// Milliseconds of a Retry-After value: seconds, or an HTTP date measured against the answer's own
/// Date. 0 when it says nothing usable; at most one day.
[[nodiscard]] std::int64_t retryAfterMs(std::string_view value, std::string_view date);

} // namespace bankfeed::adapters
