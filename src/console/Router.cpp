#include "console/Router.h"

#include "base/Limits.h"
#include "console/Answers.h"
#include "console/RequestReader.h"

#include <algorithm>

namespace bankfeed::console
{

namespace
{

constexpr std::size_t partBytesMax = 64;

std::vector<std::string_view> split(std::string_view path)
{
    std::vector<std::string_view> parts;
    for (;;)
    {
        const std::size_t slash = path.find('/');
        parts.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return parts;
        path.remove_prefix(slash + 1);
    }
}

bool isPart(std::string_view text)
{
    return !text.empty() && text.size() <= partBytesMax &&
           std::all_of(text.begin(), text.end(),
               [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_';
               });
}

bool matches(
    std::string_view pattern, std::string_view path, std::map<std::string, std::string>& captured)
{
    const auto wanted = split(pattern);
    const auto given = split(path);
    if (wanted.size() != given.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i)
    {
        if (wanted[i].size() > 2 && wanted[i].front() == '{')
        {
            if (!isPart(given[i])) return false;
            captured[std::string(wanted[i].substr(1, wanted[i].size() - 2))] =
                std::string(given[i]);
        }
        else if (wanted[i] != given[i])
            return false;
    }
    return true;
}

/// Whether its braces are one "{id}", or none.
bool namesAtMostAnId(std::string_view pattern)
{
    std::size_t ids = 0;
    for (const std::string_view part : split(pattern))
    {
        if (part == "{id}")
            ++ids;
        else if (part.find_first_of("{}") != std::string_view::npos)
            return false;
    }
    return ids <= 1;
}

int statusOf(ErrorKind kind)
{
    switch (kind)
    {
    case ErrorKind::Invalid: return 400;
    case ErrorKind::NotFound: return 404;
    case ErrorKind::Conflict: return 409;
    case ErrorKind::Denied: return 403;
    case ErrorKind::Exhausted: return 429;
    case ErrorKind::Retry:
    case ErrorKind::Unknown:
    case ErrorKind::Stopping: return 503;
    default: return 500;
    }
}

ConsoleResponse jsonResponse(int status, std::string body)
{
    ConsoleResponse response;
    response.status = status;
    response.headers = {
        {"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}};
    response.body = std::move(body);
    addSecurityHeaders(response);
    return response;
}

ConsoleResponse refusal(int status, const std::string& code, const std::string& text)
{
    return jsonResponse(status, errorJson(code, "{}", text));
}

} // namespace

std::string_view nameOf(Capability capability)
{
    switch (capability)
    {
    case Capability::View: return "view";
    case Capability::Link: return "link";
    case Capability::Operate: return "operate";
    }
    return "";
}

std::string_view nameOf(Within within)
{
    switch (within)
    {
    case Within::Tenant: return "tenant";
    case Within::Connection: return "connection";
    case Within::BankAccount: return "bank_account";
    case Within::AccountLink: return "account_link";
    case Within::Import: return "import";
    case Within::LinkSession: return "link_session";
    case Within::Notice: return "notice";
    }
    return "";
}

void addSecurityHeaders(ConsoleResponse& response)
{
    response.headers.emplace_back("Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("X-Frame-Options", "DENY");
    // Not "no-referrer": browsers then send "Origin: null" with forms, which is refused.
    response.headers.emplace_back("Referrer-Policy", "same-origin");
    response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

ConsoleResponse errorResponse(const Error& error)
{
    // One answer for all that is not there, so that it tells nothing of other tenants.
    if (error.kind == ErrorKind::NotFound)
        return refusal(404, "not_found", "There is no such thing here.");
    const int status = statusOf(error.kind);
    // What went wrong inside is for the log.
    if (status == 500) return refusal(500, "internal", "Something went wrong inside.");
    ConsoleResponse response = refusal(status, error.code, error.text);
    if (status == 503) response.headers.emplace_back("Retry-After", "2");
    return response;
}

void Router::add(Route route)
{
    BF_ASSERT(route.method == "GET" || route.method == "POST");
    BF_ASSERT(route.handler != nullptr);
    BF_ASSERT(!nameOf(route.needs).empty() && !nameOf(route.within).empty());
    BF_ASSERT(namesAtMostAnId(route.pattern));
    const bool named = route.pattern.find("{id}") != std::string::npos;
    BF_ASSERT(!named || route.within != Within::Tenant);
    for (const Route& other : routes_)
        BF_ASSERT(other.method != route.method || other.pattern != route.pattern);
    routes_.push_back(std::move(route));
}

ConsoleResponse Router::handle(const ConsoleRequest& request) const
{
    try
    {
        return dispatch(request);
    }
    catch (const BrokenInvariant& broken)
    {
        log_.write(LogLevel::PluginMisbehaving, "console", broken.what());
        return errorResponse(Error::internal("internal", ""));
    }
}

ConsoleResponse Router::dispatch(const ConsoleRequest& request) const
{
    if (!request.principal) return refusal(401, "console.not_logged_in", "Nobody is logged in.");
    std::string allowed;
    for (const Route& route : routes_)
    {
        Parts path;
        if (!matches(route.pattern, request.path, path)) continue;
        if (route.method == request.method)
        {
            const auto may = mayCall(route, request);
            return may.ok() ? run(route, request, std::move(path)) : errorResponse(may.error());
        }
        allowed += (allowed.empty() ? "" : ", ") + route.method;
    }
    if (allowed.empty()) return errorResponse(Error::notFound("not_found", ""));
    ConsoleResponse response =
        refusal(405, "console.method", "This cannot be done with this method.");
    response.headers.emplace_back("Allow", allowed);
    return response;
}

Result<void> Router::mayCall(const Route& route, const ConsoleRequest& request) const
{
    const Principal& principal = *request.principal;
    if (!principal.can(route.needs))
        return Error::denied("console.not_allowed",
            "This needs the capability " + std::string(nameOf(route.needs)) + ".");
    if (!route.mutating()) return success();
    if (!fromOurOrigin(request, publicUrl_))
        return Error::denied("console.origin", "The request comes from another site.");
    const auto token = request.header("X-Bankfeed-Csrf");
    if (!token || !csrf_.valid(principal, *token))
        return Error::denied("console.csrf", "The token is missing or not of this login.");
    return success();
}

ConsoleResponse Router::run(const Route& route, const ConsoleRequest& request, Parts path) const
{
    if (request.body.size() > limits::consoleBodyBytes)
        return refusal(413, "console.too_large", "The request is too large.");
    if (!request.body.empty() && !isJson(request))
        return refusal(415, "console.not_json", "The request must be application/json.");
    const auto query = readQuery(request.query);
    if (!query.ok()) return errorResponse(query.error());
    const auto answer = route.handler(Call{request, *request.principal, std::move(path), *query});
    if (answer.ok() && answer->json.size() > answerBytesMost)
    {
        log_.write(LogLevel::Error, "console", "The answer to " + route.pattern + " is too large.");
        // Not "try again": it will be as large the next time.
        return refusal(500, "console.answer_too_large",
            "There is more to show than fits one answer. Search for a part of it.");
    }
    if (answer.ok()) return jsonResponse(answer->status, answer->json);
    const Error& error = answer.error();
    if (statusOf(error.kind) == 500)
        log_.write(LogLevel::Error, "console", error.code + ": " + error.text);
    return errorResponse(error);
}

} // namespace bankfeed::console
