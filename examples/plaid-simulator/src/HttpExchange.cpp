#include "HttpExchange.h"

#include <cctype>

namespace plaidsim
{

namespace
{

int hexDigit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    const int lower = std::tolower(static_cast<unsigned char>(c));
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decoded(const std::string& text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        const bool escape = text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 &&
                            hexDigit(text[i + 2]) >= 0;
        if (escape)
        {
            out += static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
            i += 2;
        }
        else
            out += text[i] == '+' ? ' ' : text[i];
    }
    return out;
}

// "127.0.0.1:8080" without the port.
std::string hostName(const std::string& host)
{
    if (!host.empty() && host.front() == '[') return host.substr(0, host.find(']') + 1);
    return host.substr(0, host.find(':'));
}

} // namespace

std::string HttpRequest::header(const std::string& name) const
{
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

std::string HttpRequest::parameter(const std::string& name) const
{
    for (const auto& [key, value] : formFields(query))
    {
        if (key == name) return value;
    }
    return {};
}

std::vector<std::pair<std::string, std::string>> formFields(const std::string& text)
{
    std::vector<std::pair<std::string, std::string>> fields;
    std::size_t at = 0;
    while (at < text.size() && fields.size() < 1000)
    {
        std::size_t end = text.find('&', at);
        if (end == std::string::npos) end = text.size();
        const std::string part = text.substr(at, end - at);
        const std::size_t equals = part.find('=');
        if (!part.empty())
            fields.emplace_back(decoded(part.substr(0, equals)),
                equals == std::string::npos ? std::string() : decoded(part.substr(equals + 1)));
        at = end + 1;
    }
    return fields;
}

bool fromThisMachine(const HttpRequest& request)
{
    const std::string host = request.header("host");
    const std::string name = hostName(host);
    if (name != "127.0.0.1" && name != "localhost" && name != "[::1]") return false;
    const std::string origin = request.header("origin");
    return origin.empty() || origin == "http://" + host;
}

} // namespace plaidsim
