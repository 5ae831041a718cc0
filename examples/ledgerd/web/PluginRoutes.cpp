#include "web/PluginRoutes.h"

#include "base/Text.h"

#include <algorithm>
#include <vector>

namespace ledgerd
{

namespace
{

constexpr std::size_t answerHeadersMax = 64;

// The host's own; a plugin may not set them.
bool isReserved(const std::string& lowerName)
{
    return lowerName == "date" || lowerName == "content-length" || lowerName == "connection" ||
           lowerName == "transfer-encoding" || lowerName == "set-cookie" ||
           lowerName == "keep-alive" || lowerName == "upgrade" || lowerName == "trailer";
}

struct Answer
{
    HttpResponse response;
    bool statusSet = false;
};

bf_status setStatus(void* ctx, std::uint32_t status) noexcept
{
    auto& answer = *static_cast<Answer*>(ctx);
    if (status < 200 || status > 599 || answer.statusSet) return BF_E_INVALID;
    answer.response.status = status;
    answer.statusSet = true;
    return BF_OK;
}

bf_status addHeader(void* ctx, const char* name, const char* value) noexcept
{
    try
    {
        auto& answer = *static_cast<Answer*>(ctx);
        if (name == nullptr || value == nullptr || !answer.statusSet ||
            !answer.response.body.empty())
            return BF_E_INVALID;
        const std::string_view nameText = name, valueText = value;
        const bool token = !nameText.empty() && nameText.size() <= 100 &&
                           std::all_of(nameText.begin(), nameText.end(),
                               [](char c) {
                                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                          (c >= '0' && c <= '9') || c == '-';
                               });
        const bool plain =
            valueText.size() <= 4096 &&
            std::all_of(valueText.begin(), valueText.end(),
                [](char c)
                { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); });
        if (!token || !plain) return BF_E_INVALID;
        if (isReserved(lowerAscii(nameText))) return BF_E_DENIED;
        if (answer.response.headers.size() >= answerHeadersMax) return BF_E_EXHAUSTED;
        answer.response.headers.emplace_back(nameText, valueText);
        return BF_OK;
    }
    catch (...)
    {
        return BF_E_INTERNAL;
    }
}

bf_status writeBody(void* ctx, const void* data, std::uint64_t size) noexcept
{
    try
    {
        auto& answer = *static_cast<Answer*>(ctx);
        if (!answer.statusSet || (data == nullptr && size > 0)) return BF_E_INVALID;
        if (size > BF_BODY_MAX - answer.response.body.size()) return BF_E_EXHAUSTED;
        answer.response.body.append(static_cast<const char*>(data), size);
        return BF_OK;
    }
    catch (...)
    {
        return BF_E_INTERNAL;
    }
}

HttpResponse plain(unsigned status, const char* text)
{
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    if (status == 503) response.headers.emplace_back("Retry-After", "2");
    response.body = text;
    return response;
}

void completeHeaders(HttpResponse& response)
{
    const bool hasNosniff = std::any_of(response.headers.begin(), response.headers.end(),
        [](const auto& header)
        { return equalsIgnoringCase(header.first, "x-content-type-options"); });
    if (!hasNosniff) response.headers.emplace_back("X-Content-Type-Options", "nosniff");
}

bf_principal principalOf(const Session& session)
{
    bf_principal principal{};
    principal.struct_size = sizeof principal;
    principal.capabilities = capabilitiesOf(session.user.role);
    principal.tenant_id = session.user.tenant.c_str();
    principal.user_id = session.user.name.c_str();
    principal.user_name = session.user.title.c_str();
    principal.session_id = session.id.c_str();
    principal.last_strong_login_utc_ns = session.loginUtcNs;
    return principal;
}

} // namespace

std::uint32_t capabilitiesOf(UserRole role)
{
    switch (role)
    {
    case UserRole::admin: return BF_CAN_VIEW | BF_CAN_LINK | BF_CAN_OPERATE;
    case UserRole::bookkeeper: return BF_CAN_VIEW | BF_CAN_LINK;
    case UserRole::viewer: break;
    }
    return BF_CAN_VIEW;
}

HttpResponse answerFromPlugin(const Plugins::Found& found, const HttpRequest& request,
    const std::optional<Session>& session, const Log& log)
{
    std::vector<bf_header> headers;
    for (const auto& [name, value] : request.headers)
    {
        // The login is the host's secret: whoever holds its cookie or password is the person. A
        // browser sends them to open routes, too.
        if (equalsIgnoringCase(name, "cookie") || equalsIgnoringCase(name, "authorization"))
            continue;
        headers.push_back({name.c_str(), value.c_str()});
    }
    bf_principal principal{};
    if (session) principal = principalOf(*session);

    bf_http_request in{};
    in.struct_size = sizeof in;
    in.route_id = found.match.route.id;
    in.method = request.method.c_str();
    in.path = found.match.rest.c_str();
    in.query = request.query.c_str();
    in.headers = headers.data();
    in.header_size = sizeof(bf_header);
    in.header_count = static_cast<std::uint32_t>(headers.size());
    in.body = {request.body.data(), request.body.size()};
    in.remote_address = request.remoteAddress.c_str();
    in.received_utc_ns = request.receivedUtcNs;
    in.principal = session ? &principal : nullptr;

    Answer answer;
    bf_http_response out{};
    out.struct_size = sizeof out;
    out.ctx = &answer;
    out.set_status = setStatus;
    out.add_header = addHeader;
    out.write = writeBody;
    bf_error err{};
    err.struct_size = sizeof err;
    const bf_status status = found.plugin->handle(in, found.match.route.open, out, err);
    if (status == BF_OK && answer.statusSet)
    {
        completeHeaders(answer.response);
        return std::move(answer.response);
    }
    if (status == BF_E_STOPPING || status == BF_E_RETRY || status == BF_E_EXHAUSTED)
        return plain(503, "The plugin is busy; try again.\n");
    log.error(found.plugin->view().id,
        "a request failed, status " + std::to_string(status) + ": " + textOf(err));
    return plain(500, "The plugin failed; the log says more.\n");
}

} // namespace ledgerd
