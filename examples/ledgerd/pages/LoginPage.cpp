#include "pages/Pages.h"

#include "ledgerd-static.h"

namespace ledgerd::pages
{

HttpResponse login(const std::string& next, const std::string& fault)
{
    Html html;
    if (!fault.empty()) html.raw("<p class=\"warn\" role=\"alert\">").text(fault).raw("</p>");
    html.raw("<form method=\"post\" action=\"/login\" class=\"card\">"
             "<input type=\"hidden\" name=\"next\" value=\"")
        .text(next)
        .raw("\"><label for=\"name\">Name</label>"
             "<input id=\"name\" name=\"name\" autocomplete=\"username\" required autofocus>"
             "<label for=\"password\">Password</label>"
             "<input id=\"password\" name=\"password\" type=\"password\" "
             "autocomplete=\"current-password\" required>"
             "<button class=\"primary\">Log in</button></form>");
    return barePage(fault.empty() ? 200 : 403, "Log in to the books", html);
}

HttpResponse stylesheet()
{
    HttpResponse response;
    response.headers.emplace_back("Content-Type", "text/css; charset=utf-8");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("Cache-Control", "max-age=300");
    response.body = stylesheetText;
    return response;
}

HttpResponse icon()
{
    HttpResponse response;
    response.headers.emplace_back("Content-Type", "image/svg+xml");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back(
        "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    response.headers.emplace_back("Cache-Control", "max-age=86400");
    response.body = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\">"
                    "<rect width=\"16\" height=\"16\" rx=\"3\" fill=\"#0b5cad\"/>"
                    "<path d=\"M4 5h8M4 8h8M4 11h5\" stroke=\"#fff\" stroke-width=\"1.5\"/></svg>";
    return response;
}

} // namespace ledgerd::pages
