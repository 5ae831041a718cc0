#include "base/CivilDate.h"
#include "pages/Pages.h"

#include <array>
#include <map>

namespace ledgerd::pages
{

namespace
{

const char* groupTitle(AccountType type)
{
    constexpr std::array titles{"", "Assets", "Liabilities", "Equity", "Income", "Expenses"};
    return titles.at(static_cast<std::size_t>(type));
}

// "2026-11-22 23:10 UTC"
std::string minuteOf(std::int64_t utcNs)
{
    std::string minute = timestampOf(utcNs).substr(0, 16);
    minute[10] = ' ';
    return minute + " UTC";
}

Html feedCell(const PageRequest& request, const Account& account)
{
    Html html;
    html.raw("<td class=\"feed\">");
    const auto feed =
        account.feedable ? request.plugins.feedStatus(request.tenant(), account.id) : std::nullopt;
    if (feed)
    {
        if (feed->state == BF_FEED_NEEDS_PERSON)
            html.raw("<span class=\"tag look\">needs you</span> ");
        else if (feed->state == BF_FEED_WORKING)
            html.raw("<span class=\"tag busy\">working</span> ");
        else
            html.raw("<span class=\"tag good\">up to date</span> ");
        html.raw("<a href=\"")
            .text(feed->consolePath)
            .raw("\">")
            .text(feed->institution)
            .raw(", ")
            .text(feed->bankAccount)
            .raw("</a>");
        if (feed->balanceKnown)
            html.raw(" <span class=\"small\">bank says ")
                .text(formatUnits(feed->balanceUnits, feed->currency.exponent, true) + " " +
                      feed->currency.code + ", " + minuteOf(feed->balanceAsOf))
                .raw("</span>");
        if (request.mayWrite())
            html.raw(" <form method=\"post\" action=\"/accounts/")
                .text(accountText(account.id))
                .raw("/sync\">")
                .add(csrfField(request.session))
                .raw("<button>Sync now</button></form>");
    }
    if (!account.open) html.raw("<span class=\"tag\">closed</span>");
    html.raw("</td>");
    return html;
}

// The name as a tree: levels that the row above shows already are not said again.
Html nameCell(const Account& account, std::string& above)
{
    const std::size_t first = account.name.find(':');
    const std::string below =
        first == std::string::npos ? account.name : account.name.substr(first + 1);
    const std::size_t last = below.rfind(':');
    const std::string parent = last == std::string::npos ? "" : below.substr(0, last);
    Html html;
    if (!parent.empty() && parent != above)
        html.raw("<tr><td class=\"indent-1 small\" colspan=\"4\">").text(parent).raw("</td></tr>");
    above = parent;
    html.raw("<tr><td class=\"");
    if (parent.empty())
        html.raw("indent-1");
    else
        html.raw("indent-2");
    html.raw("\"><a href=\"/accounts/")
        .text(accountText(account.id))
        .raw("\">")
        .text(last == std::string::npos ? below : below.substr(last + 1))
        .raw("</a></td>");
    return html;
}

} // namespace

HttpResponse accounts(const PageRequest& request)
{
    const auto all = request.books.database().read(
        [&](Unit& unit) { return ledgerd::accounts::list(unit, request.tenant()); });
    std::map<AccountType, std::vector<const Account*>> groups;
    for (const Account& account : all)
        groups[account.type].push_back(&account);

    Html html;
    html.raw("<div class=\"actions\">");
    if (request.mayWrite())
        html.raw("<a class=\"button\" href=\"/entries/new\">New entry</a>"
                 "<a class=\"button\" href=\"/accounts/new\">New account</a>");
    html.raw("<a class=\"button\" href=\"/export.journal\">Export for hledger</a></div>"
             "<div class=\"table\"><table class=\"accounts\"><thead><tr><th "
             "scope=\"col\">Account</th><th "
             "scope=\"col\">Fed by</th>"
             "<th scope=\"col\" class=\"wide\">Last entry</th><th scope=\"col\" "
             "class=\"amount\">Balance</th>"
             "</tr></thead>");
    for (const auto& [type, members] : groups)
    {
        html.raw("<tbody><tr class=\"group\"><td colspan=\"4\">")
            .text(groupTitle(type))
            .raw("</td></tr>");
        std::string above;
        for (const Account* account : members)
            html.add(nameCell(*account, above))
                .add(feedCell(request, *account))
                .raw("<td class=\"day wide\">")
                .text(account->lastEntryOn)
                .raw("</td>")
                .add(amountCell(account->balance, account->currency))
                .raw("</tr>");
        html.raw("</tbody>");
    }
    html.raw("</table></div>");
    return page(request, "Accounts", "/", html);
}

} // namespace ledgerd::pages
