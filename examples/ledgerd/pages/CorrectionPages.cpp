// Bank transactions removed or reconciled, periods closed, accounts merged: the buttons, and what
// they do.
#include "base/Text.h"
#include "books/ClosedBooks.h"
#include "books/Corrections.h"
#include "pages/Pages.h"

namespace ledgerd::pages
{

namespace
{

Html button(const PageRequest& request, const std::string& action, const std::string& rootKey,
    const char* title)
{
    Html html;
    html.raw("<form method=\"post\" action=\"")
        .text("/transactions/" + action)
        .raw("\" class=\"inline\">")
        .add(csrfField(request.session))
        .raw("<input type=\"hidden\" name=\"root_key\" value=\"")
        .text(rootKey)
        .raw("\"><button>")
        .text(title)
        .raw("</button></form>");
    return html;
}

} // namespace

Html correctionButtons(const PageRequest& request, const Entry& entry)
{
    Html html;
    if (entry.state == "reconciled") html.raw(" <span class=\"tag\">reconciled</span>");
    if (entry.state == "removed") html.raw(" <span class=\"tag\">removed</span>");
    if (!request.mayWrite() || entry.kind != "post") return html;
    if (entry.state == "reconciled")
        html.add(button(request, "unreconcile", entry.rootKey, "Not reconciled"));
    if (entry.state == "in_books")
        html.add(button(request, "reconcile", entry.rootKey, "Reconcile"))
            .add(button(request, "remove", entry.rootKey, "Remove"));
    return html;
}

Html periodForm(const PageRequest& request)
{
    const std::string through = request.books.database().read(
        [&](Unit& unit) { return closed::through(unit, request.tenant()); });
    Html html;
    if (!through.empty()) html.raw("<p class=\"small\">Closed through ").text(through).raw(".</p>");
    if (request.session.user.role != UserRole::admin) return html;
    html.raw("<form class=\"actions\" method=\"post\" action=\"/period\">")
        .add(csrfField(request.session))
        .raw("<label for=\"through\">Closed through (empty: everything is open)</label>"
             "<input id=\"through\" name=\"through\" type=\"date\" value=\"")
        .text(through)
        .raw("\"><button>Save</button></form>");
    return html;
}

Html mergeForm(const PageRequest& request, const Account& account)
{
    Html html;
    if (request.session.user.role != UserRole::admin || account.role != Role::none) return html;
    const auto all = request.books.database().read(
        [&](Unit& unit) { return ledgerd::accounts::list(unit, request.tenant()); });
    html.raw("<form class=\"actions\" method=\"post\" action=\"/accounts/")
        .text(accountText(account.id))
        .raw("/merge\">")
        .add(csrfField(request.session))
        .raw("<label for=\"into\">Merge into</label><select id=\"into\" name=\"into\" required>"
             "<option value=\"\">Choose an account</option>");
    for (const Account& other : all)
    {
        if (!other.open || other.id == account.id || other.type != account.type ||
            other.currency != account.currency || other.role != Role::none)
            continue;
        html.raw("<option value=\"")
            .text(accountText(other.id))
            .raw("\">")
            .text(other.name)
            .raw("</option>");
    }
    html.raw("</select><button>Merge</button></form>");
    return html;
}

Done correct(const PageRequest& request, std::string_view action, const std::string& rootKey)
{
    const Done changed = request.books.database().write(
        [&](Unit& unit) -> Done
        {
            if (action == "remove")
                return corrections::remove(unit, request.tenant(), rootKey,
                    request.session.user.name, request.books.clock().utcNs());
            if (action == "reconcile" || action == "unreconcile")
                return corrections::reconcile(
                    unit, request.tenant(), rootKey, action == "reconcile");
            return notFound("There is nothing at this address.");
        });
    if (changed) request.plugins.booksChanged();
    return changed;
}

Done closePeriod(const PageRequest& request, const std::string& through)
{
    if (request.session.user.role != UserRole::admin)
        return denied("Only an administrator closes and opens periods.");
    const Done changed = request.books.database().write(
        [&](Unit& unit) { return corrections::closePeriod(unit, request.tenant(), through); });
    if (changed) request.plugins.booksChanged();
    return changed;
}

Done merge(const PageRequest& request, std::int64_t from, std::int64_t into)
{
    if (request.session.user.role != UserRole::admin)
        return denied("Only an administrator merges accounts.");
    const Done changed = request.books.database().write(
        [&](Unit& unit)
        {
            return corrections::merge(unit, request.tenant(), from, into, request.session.user.name,
                request.books.clock().utcNs());
        });
    if (changed) request.plugins.booksChanged();
    return changed;
}

HttpResponse correctTransaction(const PageRequest& request, std::string_view action)
{
    const Done changed = correct(request, action, field(request.form, "root_key"));
    return changed ? redirect("/journal") : problemPage(request, changed.failure());
}

HttpResponse setPeriod(const PageRequest& request)
{
    const Done changed = closePeriod(request, trimmed(field(request.form, "through")));
    return changed ? redirect("/journal") : problemPage(request, changed.failure());
}

HttpResponse mergeAccount(const PageRequest& request, std::int64_t from)
{
    const std::int64_t into = parseAccountText(field(request.form, "into"));
    const Done changed = merge(request, from, into);
    return changed ? redirect("/accounts/" + accountText(into))
                   : problemPage(request, changed.failure());
}

} // namespace ledgerd::pages
