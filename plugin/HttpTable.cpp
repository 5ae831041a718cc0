// bankfeed.plugin.http/1: every route of the plugin, webhooks and console alike.
#include "Boundary.h"
#include "HostRoutes.h"
#include "PluginInstance.h"
#include "Runtime.h"
#include "Tables.h"

#include "base/Utf8.h"
#include "console/Console.h"
#include "console/ConsoleTypes.h"

#include <string>
#include <vector>

namespace bankfeed::plugin
{

namespace
{

/// Reads the struct of a header array whose elements may be larger than ours.
const bf_header* headerAt(const bf_http_request& request, std::uint32_t index)
{
    const auto* bytes = reinterpret_cast<const char*>(request.headers);
    return reinterpret_cast<const bf_header*>(bytes + std::size_t{request.header_size} * index);
}

bool wellFormed(const bf_http_request* request, const bf_http_response* response)
{
    if (request == nullptr || request->struct_size < sizeof(bf_http_request)) return false;
    if (response == nullptr || response->struct_size < sizeof(bf_http_response)) return false;
    if (response->set_status == nullptr || response->add_header == nullptr ||
        response->write == nullptr)
        return false;
    if (request->method == nullptr || request->path == nullptr || request->query == nullptr)
        return false;
    if (request->header_count > BF_HEADERS_MAX) return false;
    if (request->header_count > 0 &&
        (request->headers == nullptr || request->header_size < sizeof(bf_header)))
    {
        return false;
    }
    for (std::uint32_t i = 0; i < request->header_count; ++i)
    {
        const auto* header = headerAt(*request, i);
        if (header->name == nullptr || header->value == nullptr) return false;
    }
    return request->body.size <= BF_BODY_MAX &&
           (request->body.data != nullptr || request->body.size == 0);
}

std::string_view bodyOf(const bf_http_request& request)
{
    if (request.body.size == 0) return {};
    return {
        static_cast<const char*>(request.body.data), static_cast<std::size_t>(request.body.size)};
}

bf_status answerWebhook(
    Runtime& runtime, const bf_http_request& request, const bf_http_response& response)
{
    int status = 405;
    if (std::string_view(request.method) == "POST")
    {
        std::vector<WebhookHeader> headers;
        for (std::uint32_t i = 0; i < request.header_count; ++i)
            headers.push_back({headerAt(request, i)->name, headerAt(request, i)->value});
        status =
            runtime.intake().handle(headers, bodyOf(request), UtcTime{request.received_utc_ns});
    }
    // All refusals look alike to the outside: a status and nothing else.
    const bf_status set = response.set_status(response.ctx, static_cast<std::uint32_t>(status));
    if (set != BF_OK) return set;
    if (status == 503) return response.add_header(response.ctx, "Retry-After", "30");
    if (status == 405) return response.add_header(response.ctx, "Allow", "POST");
    return BF_OK;
}

Result<console::Principal> principalOf(const bf_principal* principal)
{
    const bool whole = principal != nullptr && principal->struct_size >= sizeof(bf_principal) &&
                       isId(principal->tenant_id) && isId(principal->user_id) &&
                       principal->user_name != nullptr && principal->session_id != nullptr &&
                       *principal->session_id != '\0';
    if (!whole)
        return Error::invalid(
            "http.principal", "The host passed a console request without saying who asks.");
    console::Principal out;
    out.tenant = principal->tenant_id;
    out.userId = principal->user_id;
    out.userName = safeText(principal->user_name, BF_TEXT_MAX);
    out.sessionId = principal->session_id;
    out.capabilities = principal->capabilities;
    out.lastStrongLogin = UtcTime{principal->last_strong_login_utc_ns};
    return out;
}

bf_status answerConsole(PluginInstance& instance, Runtime& runtime, const bf_http_request& request,
    const bf_http_response& response, bf_error* err)
{
    const auto principal = principalOf(request.principal);
    if (!principal.ok()) return misused(&instance, err, "handle()", principal.error().text);
    console::ConsoleRequest asked;
    asked.method = request.method;
    asked.path = request.path;
    asked.query = request.query;
    for (std::uint32_t i = 0; i < request.header_count; ++i)
        asked.headers.emplace_back(headerAt(request, i)->name, headerAt(request, i)->value);
    asked.body = bodyOf(request);
    asked.principal = *principal;

    const console::ConsoleResponse answer = runtime.console().handle(asked);
    bf_status status = response.set_status(response.ctx, static_cast<std::uint32_t>(answer.status));
    for (const auto& [name, value] : answer.headers)
    {
        if (status == BF_OK)
            status = response.add_header(response.ctx, name.c_str(), value.c_str());
    }
    if (status == BF_OK && !answer.body.empty())
        status = response.write(response.ctx, answer.body.data(), answer.body.size());
    return status;
}

bf_status handle(bf_plugin* plugin, const bf_http_request* request,
    const bf_http_response* response, bf_error* err) noexcept
{
    auto* const instance = PluginInstance::of(plugin);
    if (instance == nullptr || !wellFormed(request, response))
    {
        return misused(instance, err, "handle()",
            "handle() was called with a request or response that breaks the specification of "
            "http/1.");
    }
    return guarded(err,
        [&]() -> bf_status
        {
            PluginInstance::Use runtime(*instance);
            if (!runtime) return runtime.refuse(err);
            if (request->route_id == routeWebhook)
                return answerWebhook(*runtime.operator->(), *request, *response);
            if (request->route_id == routeConsole)
                return answerConsole(*instance, *runtime.operator->(), *request, *response, err);
            return report(
                err, BF_E_NOT_FOUND, "The plugin did not register a route of this number.");
        });
}

} // namespace

const bf_plugin_http httpTable = {sizeof(bf_plugin_http), 0, handle};

} // namespace bankfeed::plugin
