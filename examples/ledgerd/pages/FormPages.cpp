// Entries and accounts by hand.
#include "base/CivilDate.h"
#include "base/Text.h"
#include "books/Journal.h"
#include "pages/Pages.h"

namespace ledgerd::pages
{

namespace
{

// What stood in the form, or what the link to it says.
std::string given(const PageRequest& request, std::string_view name)
{
    const std::string sent = field(request.form, name);
    return sent.empty() ? field(request.query, name) : sent;
}

Html accountChoice(const PageRequest& request, const std::vector<Account>& all, const char* name)
{
    const std::string chosen = given(request, name);
    Html html;
    html.raw("<select id=\"")
        .text(name)
        .raw("\" name=\"")
        .text(name)
        .raw("\" required><option value=\"\">Choose an account</option>");
    for (const Account& account : all)
    {
        if (!account.open) continue;
        const std::string id = accountText(account.id);
        html.raw("<option value=\"").text(id).raw("\"");
        if (id == chosen) html.raw(" selected");
        html.raw(">").text(account.name + " (" + account.currency.code + ")").raw("</option>");
    }
    html.raw("</select>");
    return html;
}

Html textField(const PageRequest& request, const char* name, const char* title,
    const std::string& otherwise = "")
{
    const std::string value = given(request, name);
    Html html;
    html.raw("<label for=\"")
        .text(name)
        .raw("\">")
        .text(title)
        .raw("</label><input id=\"")
        .text(name)
        .raw("\" name=\"")
        .text(name)
        .raw("\" required value=\"")
        .text(value.empty() ? otherwise : value)
        .raw("\">");
    return html;
}

Html faultNote(const std::string& fault)
{
    Html html;
    if (!fault.empty()) html.raw("<p class=\"warn\" role=\"alert\">").text(fault).raw("</p>");
    return html;
}

} // namespace

HttpResponse entryForm(const PageRequest& request, const std::string& fault)
{
    const auto all = request.books.database().read(
        [&](Unit& unit) { return ledgerd::accounts::list(unit, request.tenant()); });
    Html html = faultNote(fault);
    html.raw("<form method=\"post\" action=\"/entries\" class=\"card\">")
        .add(csrfField(request.session))
        .add(textField(
            request, "date", "Date, like 2026-01-31", civilDateOf(request.books.clock().utcNs())))
        .add(textField(request, "description", "Description"))
        .raw("<label for=\"from\">Money comes from</label>")
        .add(accountChoice(request, all, "from"))
        .raw("<label for=\"to\">Money goes to</label>")
        .add(accountChoice(request, all, "to"))
        .add(textField(request, "amount", "Amount, like 12.50"))
        .raw("<button class=\"primary\">Book it</button></form>");
    HttpResponse response = page(request, "New entry", "/journal", html);
    if (!fault.empty()) response.status = 422;
    return response;
}

HttpResponse addEntry(const PageRequest& request)
{
    const std::int64_t from = parseAccountText(field(request.form, "from"));
    const std::int64_t to = parseAccountText(field(request.form, "to"));
    const auto made = request.books.database().write(
        [&](Unit& unit) -> Result<std::int64_t>
        {
            const auto source = ledgerd::accounts::find(unit, request.tenant(), from);
            const auto target = ledgerd::accounts::find(unit, request.tenant(), to);
            if (!source || !target || from == to) return invalid("Choose two different accounts.");
            if (source->currency != target->currency)
                return invalid("Both accounts must have one currency.");
            const auto units =
                parseUnits(trimmed(field(request.form, "amount")), source->currency.exponent);
            if (!units) return units.failure();
            if (*units <= 0)
                return invalid("The amount is above zero; the accounts say which way it goes.");
            NewEntry entry;
            entry.bookedOn = trimmed(field(request.form, "date"));
            entry.description = field(request.form, "description");
            entry.madeBy = request.session.user.name;
            entry.legs = {{to, *units}, {from, -*units}};
            return ledgerd::journal::addByHand(
                unit, request.tenant(), entry, request.books.clock().utcNs());
        });
    if (!made) return entryForm(request, made.failure().text);
    return redirect("/accounts/" + accountText(to) + "?said=entry");
}

HttpResponse accountForm(const PageRequest& request, const std::string& fault)
{
    Html html = faultNote(fault);
    html.raw("<form method=\"post\" action=\"/accounts\" class=\"card\">")
        .add(csrfField(request.session))
        .raw("<label for=\"type\">Kind</label><select id=\"type\" name=\"type\">");
    for (int type = 1; type <= 5; ++type)
    {
        const char* name = typeName(static_cast<AccountType>(type));
        html.raw("<option");
        if (given(request, "type") == name) html.raw(" selected");
        html.raw(">").text(name).raw("</option>");
    }
    html.raw("</select>")
        .add(textField(request, "name", "Name, with colons between levels, like Bank:Savings"))
        .add(textField(request, "currency", "Currency, like USD", "USD"))
        .raw("<label class=\"check\"><input type=\"checkbox\" name=\"feedable\" value=\"yes\"> A "
             "bank feed may post here</label>"
             "<button class=\"primary\">Make the account</button></form>");
    HttpResponse response = page(request, "New account", "/", html);
    if (!fault.empty()) response.status = 422;
    return response;
}

HttpResponse addAccount(const PageRequest& request)
{
    NewAccount wanted;
    if (!parseAccountType(field(request.form, "type"), wanted.type))
        return accountForm(request, "Choose a kind of account.");
    const std::string code = trimmed(field(request.form, "currency"));
    const int exponent = isoExponent(code);
    if (exponent < 0)
        return accountForm(request, "Write the currency as its code of three capitals, like EUR.");
    const auto name = fullAccountName(wanted.type, field(request.form, "name"));
    if (!name) return accountForm(request, name.failure().text);
    wanted.name = *name;
    wanted.currency = {code, static_cast<std::uint32_t>(exponent)};
    wanted.feedable = field(request.form, "feedable") == "yes";
    const auto made = request.books.database().write(
        [&](Unit& unit)
        {
            return ledgerd::accounts::create(
                unit, request.tenant(), wanted, request.books.clock().utcNs());
        });
    if (!made) return accountForm(request, made.failure().text);
    return redirect("/accounts/" + accountText(made->id) + "?said=account");
}

HttpResponse setAccountOpen(const PageRequest& request, std::int64_t account, bool open)
{
    const Done changed = request.books.database().write([&](Unit& unit)
        { return ledgerd::accounts::setOpen(unit, request.tenant(), account, open); });
    if (!changed) return problemPage(request, changed.failure());
    request.plugins.booksChanged();
    return redirect("/accounts/" + accountText(account));
}

} // namespace ledgerd::pages
