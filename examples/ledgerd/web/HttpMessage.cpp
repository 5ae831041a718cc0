#include "web/HttpMessage.h"

#include "base/Text.h"

#include <algorithm>
#include <charconv>

namespace ledgerd
{

namespace
{

bool isTokenChar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool isToken(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), isTokenChar);
}

bool isControl(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

std::string_view blanksOff(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// "." and ".." would let a path mean another one than the routes see; so would they behind an
// escape.
bool hasDotSegment(std::string_view path)
{
    std::string plain;
    if (!percentDecode(path, false, plain) || plain.find('\0') != std::string::npos) return true;
    std::string_view rest = plain;
    while (!rest.empty())
    {
        rest.remove_prefix(1);
        const std::string_view segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..") return true;
        rest.remove_prefix(segment.size());
    }
    return false;
}

unsigned parseRequestLine(std::string_view line, HttpRequest& out)
{
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) return 400;
    out.method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, second - first - 1);
    const std::string_view version = line.substr(second + 1);
    if (!isToken(out.method) || out.method.size() > 16) return 400;
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return version.starts_with("HTTP/") ? 505 : 400;
    out.keepAlive = version == "HTTP/1.1";
    const bool plain = std::all_of(target.begin(), target.end(),
        [](char c)
        {
            const auto byte = static_cast<unsigned char>(c);
            return byte > 0x20 && byte < 0x7F && c != '\\' && c != '#' && c != '"' && c != '<' &&
                   c != '>';
        });
    if (!target.starts_with('/') || !plain) return 400;
    const std::size_t mark = target.find('?');
    out.path = target.substr(0, mark);
    out.query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
    return hasDotSegment(out.path) ? 400 : 0;
}

// What the headers say about the body and the connection.
unsigned readFraming(HttpRequest& out)
{
    const bool isHttp11 = out.keepAlive;
    int lengths = 0, codings = 0, hosts = 0;
    for (const auto& [name, value] : out.headers)
    {
        const std::string lower = lowerAscii(name);
        if (lower == "content-length")
        {
            ++lengths;
            const bool digits = !value.empty() && value.size() <= 18 &&
                                std::all_of(value.begin(), value.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
            if (!digits) return 400;
            std::from_chars(value.data(), value.data() + value.size(), out.contentLength);
        }
        else if (lower == "transfer-encoding")
        {
            ++codings;
            if (!equalsIgnoringCase(value, "chunked")) return 501;
            out.chunked = true;
        }
        else if (lower == "host")
            ++hosts;
        else if (lower == "expect")
        {
            if (!equalsIgnoringCase(value, "100-continue")) return 417;
            out.expectsContinue = true;
        }
        else if (lower == "connection")
            for (const std::string& option : splitList(lowerAscii(value), ','))
            {
                if (option == "close") out.keepAlive = false;
            }
    }
    const bool wrong = lengths > 1 || codings > 1 || hosts > 1 || (lengths > 0 && codings > 0) ||
                       (isHttp11 && hosts == 0) || (!isHttp11 && codings > 0);
    return wrong ? 400 : 0;
}

} // namespace

std::optional<std::string_view> HttpRequest::header(std::string_view name) const
{
    for (const auto& [key, value] : headers)
        if (equalsIgnoringCase(key, name)) return value;
    return std::nullopt;
}

std::optional<std::string> HttpRequest::cookie(std::string_view name) const
{
    for (const auto& [key, value] : headers)
    {
        if (!equalsIgnoringCase(key, "cookie")) continue;
        for (const std::string& part : splitList(value, ';'))
            if (const std::size_t equals = part.find('=');
                equals != std::string::npos && std::string_view(part).substr(0, equals) == name)
                return part.substr(equals + 1);
    }
    return std::nullopt;
}

const char* reasonPhrase(unsigned status)
{
    switch (status)
    {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
    }
}

bool hasControl(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return isControl(c) && c != '\t'; });
}

unsigned parseHeaderLine(std::string_view line, Headers& out)
{
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !isToken(line.substr(0, colon))) return 400;
    const std::string_view value = blanksOff(line.substr(colon + 1));
    if (hasControl(value)) return 400;
    if (out.size() >= headersMax) return 431;
    out.emplace_back(line.substr(0, colon), value);
    return 0;
}

unsigned parseHead(std::string_view head, HttpRequest& out)
{
    std::size_t line = 0;
    while (true)
    {
        const std::size_t end = head.find("\r\n");
        const std::string_view text = head.substr(0, end);
        const unsigned fault =
            line == 0 ? parseRequestLine(text, out) : parseHeaderLine(text, out.headers);
        if (fault != 0) return fault;
        ++line;
        if (end == std::string_view::npos) break;
        head.remove_prefix(end + 2);
    }
    return readFraming(out);
}

bool parseFields(std::string_view text, Fields& out)
{
    out.clear();
    while (!text.empty())
    {
        const std::size_t end = text.find('&');
        const std::string_view part = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (part.empty()) continue;
        const std::size_t equals = part.find('=');
        std::string name, value;
        if (!percentDecode(part.substr(0, equals), true, name)) return false;
        if (equals != std::string_view::npos &&
            !percentDecode(part.substr(equals + 1), true, value))
            return false;
        if (!isUtf8(name) || !isUtf8(value) || out.size() >= 200) return false;
        out.emplace_back(std::move(name), std::move(value));
    }
    return true;
}

std::string field(const Fields& fields, std::string_view name)
{
    for (const auto& [key, value] : fields)
        if (key == name) return value;
    return "";
}

} // namespace ledgerd
