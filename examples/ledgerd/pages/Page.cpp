#include "pages/Page.h"

#include <array>

namespace ledgerd
{

namespace
{

struct NavigationEntry
{
    const char* path;
    const char* title;
};

constexpr std::array navigation{
    NavigationEntry{"/", "Accounts"},
    NavigationEntry{"/journal", "Journal"},
    NavigationEntry{"/trial-balance", "Trial balance"},
    NavigationEntry{"/feeds", "Bank feeds"},
};

Html head(const std::string& title)
{
    Html html;
    html.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>")
        .text(title)
        .raw(" - ledgerd</title><link rel=\"stylesheet\" href=\"/static/ledgerd.css\">"
             "<link rel=\"icon\" href=\"/static/ledgerd.svg\"></head><body>");
    return html;
}

Html refusalNote(const PageRequest& request, const PluginView& plugin)
{
    Html html;
    if (request.mayOperateAll())
        html.raw(" (code ").number(plugin.refusalCode).raw("): ").text(plugin.refusal);
    else
        html.raw(". The operator's log says why.");
    return html;
}

void addMessages(Html& html, const PageRequest& request)
{
    const std::string said = field(request.query, "said");
    if (said == "entry")
        html.raw("<p class=\"note\" role=\"status\">The entry is in the books.</p>");
    if (said == "account") html.raw("<p class=\"note\" role=\"status\">The account is made.</p>");
    if (said == "sync") html.raw("<p class=\"note\" role=\"status\">The sync has begun.</p>");
    if (said == "syncing")
        html.raw("<p class=\"note\" role=\"status\">A sync is under way already.</p>");
    if (said == "busy")
        html.raw(
            "<p class=\"warn\" role=\"status\">The bank feed is busy. Try again in a moment.</p>");
    if (said == "unfed")
        html.raw("<p class=\"warn\" role=\"status\">Nothing feeds this account.</p>");
    for (const PluginView& plugin : request.plugins.views())
        if (plugin.state == PluginState::refused)
            html.raw("<p class=\"warn\" role=\"alert\">The plugin <strong>")
                .text(plugin.title)
                .raw("</strong> does not run")
                .add(refusalNote(request, plugin))
                .raw("</p>");
}

HttpResponse htmlResponse(unsigned status, const Html& html)
{
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
    addSafetyHeaders(response);
    response.body = html.str();
    return response;
}

} // namespace

void addSafetyHeaders(HttpResponse& response)
{
    response.headers.emplace_back("Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors "
        "'none'; "
        "base-uri 'none'");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("Referrer-Policy", "same-origin");
    response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    response.headers.emplace_back("Cache-Control", "no-store");
}

HttpResponse page(const PageRequest& request, const std::string& title, const std::string& active,
    const Html& content)
{
    Html html = head(title);
    html.raw("<a class=\"skip\" href=\"#content\">To the content</a><header><span "
             "class=\"brand\">ledgerd</span>"
             "<nav aria-label=\"Main\">");
    for (const NavigationEntry& entry : navigation)
    {
        html.raw("<a href=\"").text(entry.path).raw("\"");
        if (active == entry.path) html.raw(" aria-current=\"page\"");
        html.raw(">").text(entry.title).raw("</a>");
    }
    html.raw("</nav><form class=\"logout\" method=\"post\" action=\"/logout\">")
        .add(csrfField(request.session))
        .raw("<span>")
        .text(request.session.user.title)
        .raw(", ")
        .text(roleName(request.session.user.role))
        .raw("</span> <button>Log out</button></form></header><main id=\"content\">");
    addMessages(html, request);
    html.raw("<h1>").text(title).raw("</h1>").add(content).raw("</main></body></html>\n");
    return htmlResponse(200, html);
}

HttpResponse barePage(unsigned status, const std::string& title, const Html& content)
{
    Html html = head(title);
    html.raw("<header><span class=\"brand\">ledgerd</span></header>"
             "<main id=\"content\" class=\"bare\"><h1>")
        .text(title)
        .raw("</h1>")
        .add(content)
        .raw("</main></body></html>\n");
    return htmlResponse(status, html);
}

HttpResponse redirect(const std::string& location)
{
    HttpResponse response;
    response.status = 303;
    response.headers.emplace_back("Location", location);
    addSafetyHeaders(response);
    return response;
}

unsigned statusOf(Failure::Kind kind)
{
    switch (kind)
    {
    case Failure::Kind::invalid: return 422;
    case Failure::Kind::notFound: return 404;
    case Failure::Kind::conflict: return 409;
    case Failure::Kind::denied: return 403;
    case Failure::Kind::busy: return 503;
    }
    return 500;
}

HttpResponse problemPage(const PageRequest& request, const Failure& failure)
{
    Html content;
    content.raw("<p class=\"warn\" role=\"alert\">")
        .text(failure.text)
        .raw("</p><p><a href=\"/\">Back to the accounts</a></p>");
    HttpResponse response = page(request, "That did not work", "", content);
    response.status = statusOf(failure.kind);
    return response;
}

Html csrfField(const Session& session)
{
    Html html;
    html.raw("<input type=\"hidden\" name=\"token\" value=\"").text(session.csrf).raw("\">");
    return html;
}

Html amountCell(std::int64_t units, const Currency& currency)
{
    Html html;
    if (units < 0)
        html.raw("<td class=\"amount negative\">");
    else
        html.raw("<td class=\"amount\">");
    html.text(formatUnits(units, currency.exponent, true))
        .raw(" <span class=\"unit\">")
        .text(currency.code)
        .raw("</span></td>");
    return html;
}

} // namespace ledgerd
