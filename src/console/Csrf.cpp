#include "console/Csrf.h"

#include "base/Base64Url.h"
#include "base/Netstring.h"
#include "base/Sha256.h"

#include <array>

namespace bankfeed::console
{

namespace
{

/// "host:port" of an http or https URL, lower case; "" for anything else.
std::string authorityOf(std::string_view url)
{
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return "";
    const std::string_view name = url.substr(0, scheme);
    if (name != "http" && name != "https") return "";
    std::string_view rest = url.substr(scheme + 3);
    rest = rest.substr(0, rest.find('/'));
    std::string authority(rest);
    for (char& c : authority)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return authority;
}

} // namespace

Secret Csrf::randomKey(Random& random)
{
    std::array<char, 32> bytes{};
    random.fill(bytes.data(), bytes.size());
    Secret key(std::string_view(bytes.data(), bytes.size()));
    bytes.fill(0);
    return key;
}

std::string Csrf::token(const Principal& principal) const
{
    Netstrings parts;
    parts.add("bankfeed.csrf/1").add(principal.tenant).add(principal.userId);
    parts.add(principal.sessionId);
    return toBase64Url(asBytes(hmacSha256(key_.reveal(), parts.bytes())));
}

bool Csrf::valid(const Principal& principal, std::string_view given) const
{
    return Secret(token(principal)).equals(Secret(given));
}

bool fromOurOrigin(const ConsoleRequest& request, std::string_view publicUrl)
{
    if (request.hasHeader("Sec-Fetch-Site"))
    {
        const auto site = request.header("Sec-Fetch-Site");
        if (!site || (*site != "same-origin" && *site != "none")) return false;
    }
    if (!request.hasHeader("Origin")) return true;
    const auto origin = request.header("Origin");
    const std::string from = origin ? authorityOf(*origin) : std::string();
    if (from.empty()) return false;
    if (from == authorityOf(publicUrl)) return true;
    const auto host = request.header("Host");
    return host && authorityOf("http://" + std::string(*host)) == from;
}

} // namespace bankfeed::console
