// The journal and the register of one account.
#include "books/Journal.h"
#include "pages/Pages.h"

#include "base/CivilDate.h"
#include "base/Text.h"

#include <charconv>

namespace ledgerd::pages
{

namespace
{

constexpr std::size_t linesPerPage = 50;

// "2026-01-31,17": entries older than that one.
Position positionOf(const Fields& query)
{
    const std::string text = field(query, "before");
    const std::size_t comma = text.find(',');
    Position position;
    if (comma == std::string::npos || !isCivilDate(text.substr(0, comma))) return position;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + comma + 1, end, position.id);
    if (parsed.ec == std::errc() && parsed.ptr == end) position.bookedOn = text.substr(0, comma);
    return position;
}

Html olderLink(const std::string& path, const Entry& last)
{
    Html html;
    html.raw("<p><a class=\"button\" href=\"")
        .text(path + "?before=" + last.bookedOn + "," + std::to_string(last.id))
        .raw("\">Older</a></p>");
    return html;
}

Html description(const Entry& entry)
{
    Html html;
    const bool renamed =
        !entry.latestDescription.empty() && entry.latestDescription != entry.description;
    html.text(renamed ? entry.latestDescription : entry.description);
    if (entry.kind == "amend") html.raw(" <span class=\"tag\">changed by the bank</span>");
    if (entry.kind == "remove") html.raw(" <span class=\"tag\">taken out</span>");
    if (entry.kind == "void") html.raw(" <span class=\"tag\">taken back by the bank</span>");
    if (!entry.merchant.empty() && entry.merchant != entry.description)
        html.raw("<br><span class=\"small\">").text(entry.merchant).raw("</span>");
    if (renamed)
        html.raw("<br><span class=\"small\">booked as ").text(entry.description).raw("</span>");
    return html;
}

Html otherLegs(const Entry& entry, std::int64_t account)
{
    Html html;
    bool first = true;
    for (const Posting& posting : entry.postings)
    {
        if (posting.account == account) continue;
        if (!first) html.raw("<br>");
        first = false;
        html.raw("<a href=\"/accounts/")
            .text(accountText(posting.account))
            .raw("\">")
            .text(posting.accountName)
            .raw("</a>");
    }
    return html;
}

// What waits in suspense is moved on by an entry of its own; the link fills its form in.
Html moveOnLink(const RegisterLine& line, const Account& account)
{
    Html html;
    const std::string amount =
        formatUnits(line.units < 0 ? -line.units : line.units, account.currency.exponent);
    const char* known = line.units < 0 ? "to" : "from";
    html.raw(" <a class=\"small\" href=\"")
        .text("/entries/new?date=" + line.entry.bookedOn + "&amount=" + amount + "&" + known + "=" +
              accountText(account.id) +
              "&description=" + percentEncode(cutUtf8(line.entry.description, 200)))
        .raw("\">Categorise</a>");
    return html;
}

Html registerTable(
    const PageRequest& request, const Account& account, const std::vector<RegisterLine>& lines)
{
    Html html;
    html.raw("<div class=\"table\"><table><thead><tr><th scope=\"col\">Date</th><th "
             "scope=\"col\">Description</th>"
             "<th scope=\"col\" class=\"wide\">Other side</th><th scope=\"col\" "
             "class=\"amount\">Amount</th>"
             "<th scope=\"col\" class=\"amount\">Balance</th></tr></thead><tbody>");
    for (const RegisterLine& line : lines)
    {
        html.raw("<tr><td class=\"day\">")
            .text(line.entry.bookedOn)
            .raw("</td><td>")
            .add(description(line.entry));
        if (account.role == Role::suspense && request.mayWrite() && line.units != 0)
            html.add(moveOnLink(line, account));
        html.raw("</td><td class=\"wide\">")
            .add(otherLegs(line.entry, account.id))
            .raw("</td>")
            .add(amountCell(line.units, account.currency))
            .add(amountCell(line.balance, account.currency))
            .raw("</tr>");
    }
    html.raw("</tbody></table></div>");
    return html;
}

} // namespace

HttpResponse accountRegister(const PageRequest& request, std::int64_t id)
{
    std::vector<RegisterLine> lines;
    const auto account = request.books.database().read(
        [&](Unit& unit)
        {
            auto found = ledgerd::accounts::find(unit, request.tenant(), id);
            if (found)
                lines = ledgerd::journal::accountPage(
                    unit, request.tenant(), *found, positionOf(request.query), linesPerPage);
            return found;
        });
    if (!account) return problemPage(request, account.failure());

    Html html;
    html.raw("<p class=\"small\">")
        .text(typeName(account->type))
        .raw(" in ")
        .text(account->currency.code);
    if (!account->open) html.raw(" <span class=\"tag\">closed</span>");
    html.raw("</p>");
    if (request.session.user.role == UserRole::admin && account->role == Role::none)
    {
        html.raw("<form class=\"actions\" method=\"post\" action=\"/accounts/")
            .text(accountText(id));
        if (account->open)
            html.raw("/close\">")
                .add(csrfField(request.session))
                .raw("<button>Close this account</button></form>");
        else
            html.raw("/open\">")
                .add(csrfField(request.session))
                .raw("<button>Open this account again</button></form>");
        html.add(mergeForm(request, *account));
    }
    if (lines.empty())
        html.raw("<p>There is no entry here yet.</p>");
    else
        html.add(registerTable(request, *account, lines));
    if (lines.size() == linesPerPage)
        html.add(olderLink("/accounts/" + accountText(id), lines.back().entry));
    return page(request, account->name, "/", html);
}

HttpResponse journal(const PageRequest& request)
{
    const auto entries = request.books.database().read(
        [&](Unit& unit)
        {
            return ledgerd::journal::page(
                unit, request.tenant(), positionOf(request.query), linesPerPage);
        });
    Html html;
    if (request.mayWrite())
        html.raw(
            "<div class=\"actions\"><a class=\"button\" href=\"/entries/new\">New entry</a></div>");
    html.add(periodForm(request));
    if (entries.empty()) html.raw("<p>There is no entry here yet.</p>");
    html.raw("<div class=\"table\"><table><thead><tr><th scope=\"col\">Date</th><th "
             "scope=\"col\">Description</th>"
             "<th scope=\"col\" class=\"amount\">Amount</th></tr></thead>");
    for (const Entry& entry : entries)
    {
        html.raw("<tbody class=\"entry\"><tr><td class=\"day\">")
            .text(entry.bookedOn)
            .raw("</td><td>")
            .add(description(entry))
            .raw(" <span class=\"small\">no. ")
            .number(entry.id)
            .raw(", by ")
            .text(entry.madeBy)
            .raw("</span>")
            .add(correctionButtons(request, entry))
            .raw("</td><td></td></tr>");
        for (const Posting& posting : entry.postings)
            html.raw("<tr><td></td><td class=\"indent-1\"><a href=\"/accounts/")
                .text(accountText(posting.account))
                .raw("\">")
                .text(posting.accountName)
                .raw("</a></td>")
                .add(amountCell(posting.units, posting.currency))
                .raw("</tr>");
        html.raw("</tbody>");
    }
    html.raw("</table></div>");
    if (entries.size() == linesPerPage) html.add(olderLink("/journal", entries.back()));
    return page(request, "Journal", "/journal", html);
}

HttpResponse trialBalance(const PageRequest& request)
{
    const auto lines = request.books.database().read(
        [&](Unit& unit) { return ledgerd::journal::trialBalance(unit, request.tenant()); });
    std::map<std::string, std::vector<const TrialBalanceLine*>> byCurrency;
    for (const TrialBalanceLine& line : lines)
        byCurrency[line.account.currency.code].push_back(&line);
    Html html;
    if (lines.empty()) html.raw("<p>The books are empty.</p>");
    for (const auto& [code, members] : byCurrency)
    {
        const Currency& currency = members.front()->account.currency;
        std::int64_t debits = 0, credits = 0;
        html.raw("<h2>").text(code).raw(
            "</h2><div class=\"table\"><table><thead><tr><th scope=\"col\">Account</th>"
            "<th scope=\"col\" class=\"amount\">Debit</th><th scope=\"col\" "
            "class=\"amount\">Credit</th></tr></thead><tbody>");
        bool fits = true;
        for (const TrialBalanceLine* line : members)
        {
            html.raw("<tr><td><a href=\"/accounts/")
                .text(accountText(line->account.id))
                .raw("\">")
                .text(line->account.name)
                .raw("</a></td>");
            const bool debit = line->sum >= 0;
            std::int64_t magnitude = line->sum;
            fits = fits && (debit || subtract(0, line->sum, magnitude)) &&
                   addInto(debit ? debits : credits, magnitude);
            if (!debit) html.raw("<td></td>");
            html.add(amountCell(magnitude, currency));
            if (debit) html.raw("<td></td>");
            html.raw("</tr>");
        }
        if (fits)
            html.raw("<tr class=\"group\"><td>Sum</td>")
                .add(amountCell(debits, currency))
                .add(amountCell(credits, currency))
                .raw("</tr>");
        else
            html.raw(
                "<tr class=\"group\"><td colspan=\"3\">The sums do not fit in 64 bits.</td></tr>");
        html.raw("</tbody></table></div>");
    }
    return page(request, "Trial balance", "/trial-balance", html);
}

} // namespace ledgerd::pages
