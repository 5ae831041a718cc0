// Requests and answers as plain values.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace plaidsim
{

struct HttpRequest
{
    std::string method;
    std::string path;                           // decoded, without the query
    std::string query;                          // as it came
    std::map<std::string, std::string> headers; // names in lower case
    std::string body;
    bool bodyTooLarge = false;

    // Empty when absent. `name` in lower case.
    std::string header(const std::string& name) const;

    // The decoded value of a query parameter, or empty.
    std::string parameter(const std::string& name) const;
};

// How the bytes of an answer travel.
enum class Delivery
{
    whole,
    hang,         // silence for `seconds`, then the connection is closed
    late,         // silence for `seconds`, then the whole answer
    refuse,       // closed without a byte
    reset,        // headers and half of the body, then a TCP reset
    truncated,    // half of the body, with a Content-Length that fits
    wrongLength,  // the body, with a Content-Length that asks for more, then closed
    slowDrip,     // one byte a second for `seconds`, then closed
    chunked,      // Transfer-Encoding: chunked
    gzip,         // Content-Encoding: gzip
    byteOrderMark // U+FEFF before the body
};

struct HttpAnswer
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    Delivery delivery = Delivery::whole;
    double seconds = 0;
};

// "a=1&b=x+y" as pairs, decoded; the last of equal names wins last.
std::vector<std::pair<std::string, std::string>> formFields(const std::string& text);

// Is this request from a page or a program on this machine? The Host header must be a loopback
// name, and Origin, where there is one, the same host. This keeps other sites' pages out, also
// those that point a name of theirs at 127.0.0.1.
bool fromThisMachine(const HttpRequest& request);

} // namespace plaidsim
