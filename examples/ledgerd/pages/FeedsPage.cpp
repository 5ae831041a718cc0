#include "books/HledgerExport.h"
#include "pages/Pages.h"

namespace ledgerd::pages
{

namespace
{

Html stateTag(const PluginView& plugin)
{
    Html html;
    switch (plugin.state)
    {
    case PluginState::running: html.raw("<span class=\"tag good\">runs</span>"); break;
    case PluginState::starting: html.raw("<span class=\"tag busy\">starts</span>"); break;
    case PluginState::refused: html.raw("<span class=\"tag look\">does not run</span>"); break;
    case PluginState::stopping:
    case PluginState::stopped: html.raw("<span class=\"tag\">stopped</span>"); break;
    }
    return html;
}

} // namespace

HttpResponse feeds(const PageRequest& request)
{
    Html html;
    const std::vector<PluginView> plugins = request.plugins.views();
    if (plugins.empty())
        html.raw("<p>No plugin is enabled. The operator enables one with "
                 "<code>plugins.enabled</code> in the "
                 "configuration.</p>");
    for (const PluginView& plugin : plugins)
    {
        html.raw("<section class=\"card\"><h2>")
            .text(plugin.title)
            .raw("</h2><p>")
            .add(stateTag(plugin))
            .raw(" <span class=\"small\">")
            .text(plugin.id + " " + plugin.version)
            .raw("</span></p>");
        if (plugin.feedsHeld > 0 && request.mayOperateAll())
            html.raw("<p class=\"warn\">")
                .number(static_cast<long long>(plugin.feedsHeld))
                .raw(" feeds wait for a person; the console says what to do.</p>");
        if (!plugin.consolePath.empty() && plugin.state == PluginState::running)
            html.raw("<p><a class=\"button\" href=\"")
                .text(plugin.consolePath)
                .raw("\">Open the console</a></p>");
        html.raw("</section>");
    }
    return page(request, "Bank feeds", "/feeds", html);
}

HttpResponse syncNow(const PageRequest& request, std::int64_t account)
{
    switch (request.plugins.syncNow(request.tenant(), account))
    {
    case BF_OK: return redirect("/?said=sync");
    case BF_ALREADY: return redirect("/?said=syncing");
    case BF_E_NOT_FOUND: return redirect("/?said=unfed");
    default: return redirect("/?said=busy");
    }
}

HttpResponse exportHledger(const PageRequest& request)
{
    HttpResponse response;
    response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"books.journal\"");
    addSafetyHeaders(response);
    writeHledger(
        request.books, request.tenant(), [&](std::string_view part) { response.body += part; });
    return response;
}

} // namespace ledgerd::pages
