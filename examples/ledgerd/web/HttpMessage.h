// Requests and answers as they cross the wire, and the strict reading of a request's head.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ledgerd
{

constexpr std::size_t headBytesMax = std::size_t{16} * 1024;
constexpr std::size_t headersMax = 100;

using Headers =
    std::vector<std::pair<std::string, std::string>>; // as received: not decoded, not joined

struct HttpRequest
{
    std::string method; // "GET"
    std::string path;   // begins with "/", percent-encoding kept
    std::string query;  // without "?", percent-encoding kept
    Headers headers;
    std::string body; // exactly the bytes received
    std::string remoteAddress;
    std::int64_t receivedUtcNs = 0;
    bool keepAlive = true;

    // How the body comes: its length, or in chunks.
    std::uint64_t contentLength = 0;
    bool chunked = false;
    bool expectsContinue = false;

    // The first header of the name, in whatever case.
    std::optional<std::string_view> header(std::string_view name) const;
    // The value of one cookie.
    std::optional<std::string> cookie(std::string_view name) const;
};

struct HttpResponse
{
    unsigned status = 200;
    Headers headers;
    std::string body;
};

const char* reasonPhrase(unsigned status);

// Reads the head of a request, without the empty line that ends it: lines that end in CRLF. Returns
// the status to refuse it with, or 0. Refused are: control bytes, broken names, folded lines,
// spaces before the colon, more than one Content-Length or Host, Content-Length together with
// Transfer-Encoding, codings other than chunked, and paths with "." or ".." segments.
unsigned parseHead(std::string_view head, HttpRequest& out);

// One line of the head, or of the trailers behind a body in chunks: "Name: value". Returns the
// status to refuse it with, or 0.
unsigned parseHeaderLine(std::string_view line, Headers& out);

// Whether a control byte other than a tab is in it, such as a CR or LF of its own.
bool hasControl(std::string_view text);

// The fields of a form body or of a query. False when it is broken or has more than 200 fields.
using Fields = std::vector<std::pair<std::string, std::string>>;
bool parseFields(std::string_view text, Fields& out);
std::string field(const Fields& fields, std::string_view name); // "" when missing

} // namespace ledgerd
