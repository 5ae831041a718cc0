#include "Html.h"

namespace plaidsim
{

std::string escaped(const std::string& text)
{
    std::string out;
    for (const char c : text)
    {
        switch (c)
        {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

namespace
{

constexpr const char* style = R"(
body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f3f5f8;margin:0}
main{max-width:44rem;margin:2rem auto;padding:1.5rem;background:#fff;border:1px solid #d8dee7;
border-radius:10px}
main.wide{max-width:64rem}div.row{display:flex;align-items:center;padding:.25rem 0}
.actions{align-items:flex-end}
h1{font-size:1.35rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0}small,.quiet{color:#566274}
label.row,button.row{display:flex;gap:.75rem;align-items:center;width:100%;box-sizing:border-box;
padding:.75rem;margin:.5rem 0;border:1px solid #d8dee7;border-radius:8px;background:#fff;
font:inherit;text-align:left}
label.field{display:block;margin:.75rem 0}
input[type=text],input[type=password],select{display:block;font:inherit;padding:.5rem;width:100%;
box-sizing:border-box;border:1px solid #98a4b5;border-radius:6px}
.grow{flex:1}.tag{font-size:.8rem;padding:.1rem .5rem;border-radius:1rem;background:#e6eaf0}
.tag.new{background:#d9f2df;color:#14532d}.tag.kept{background:#dde9fb;color:#163b73}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1rem}
button{font:inherit;cursor:pointer}
button.main{background:#174ea6;color:#fff;border:0;border-radius:8px;padding:.6rem 1.2rem}
button.plain{background:#fff;border:1px solid #98a4b5;border-radius:8px;padding:.6rem 1.2rem}
.problem{background:#fdeaea;border:1px solid #e2a5a5;border-radius:8px;padding:.6rem .9rem}
.done{background:#e4f5e8;border:1px solid #9fd0ab;border-radius:8px;padding:.6rem .9rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .5rem;
border-bottom:1px solid #e6eaf0;vertical-align:top}td.amount,th.amount{text-align:right;
font-variant-numeric:tabular-nums;white-space:nowrap}
:focus-visible{outline:3px solid #f0a500;outline-offset:2px}
)";

} // namespace

HttpAnswer htmlPage(
    int status, const std::string& title, const std::string& content, const std::string& formTarget)
{
    HttpAnswer answer;
    answer.status = status;
    answer.contentType = "text/html; charset=utf-8";
    answer.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "same-origin"},
        {"Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'" +
                (formTarget.empty() ? "" : " " + formTarget) +
                "; frame-ancestors 'none'; base-uri 'none'"}};
    answer.body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                  "<title>" +
                  escaped(title) + "</title><style>" + style + "</style></head>\n<body>" + content +
                  "</body></html>\n";
    return answer;
}

HttpAnswer redirectTo(const std::string& address)
{
    HttpAnswer answer;
    answer.status = 303;
    answer.headers = {{"Location", address}, {"Cache-Control", "no-store"}};
    return answer;
}

} // namespace plaidsim
