#include "BankPage.h"

#include "Html.h"
#include "Scenario.h"
#include "World.h"

#include <algorithm>
#include <stdexcept>

namespace plaidsim
{

namespace
{

constexpr std::size_t rowsShown = 5;

std::string money(const Decimal& amount, const BankAccount& account)
{
    const std::string code =
        account.isoCurrency ? *account.isoCurrency : account.unofficialCurrency.value_or("");
    return escaped(amount.text() + " " + code);
}

std::string rowsTable(const BankAccount& account)
{
    std::vector<const BankTransaction*> rows;
    for (const auto& row : account.rows)
    {
        if (!row->removed) rows.push_back(row.get());
    }
    std::stable_sort(
        rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->date > b->date; });
    if (rows.empty()) return "<p class=\"quiet\">No transactions yet.</p>";
    std::string table = "<table><thead><tr><th>Date</th><th>Text</th><th class=\"amount\">Amount"
                        "</th></tr></thead><tbody>";
    for (std::size_t i = 0; i < rows.size() && i < rowsShown; ++i)
    {
        // People at a bank read money coming in as a plus.
        table += "<tr><td>" + dayText(rows[i]->date) + "</td><td>" + escaped(rows[i]->name) +
                 (rows[i]->pending ? " <span class=\"tag\">pending</span>" : "") +
                 "</td><td class=\"amount\">" + money(rows[i]->amount.negated(), account) +
                 "</td></tr>";
    }
    table += "</tbody></table>";
    if (rows.size() > rowsShown)
        table += "<p class=\"quiet\">and " + std::to_string(rows.size() - rowsShown) +
                 " earlier ones</p>";
    return table;
}

std::string sharedWith(World& world, const BankAccount& account)
{
    std::size_t count = 0;
    for (const auto& [id, item] : world.items())
    {
        if (!item->removed && item->shared.count(account.id) != 0) ++count;
    }
    return count == 0 ? "<span class=\"tag\">not shared</span>"
                      : "<span class=\"tag kept\">shared through Plaid</span>";
}

std::string accountSection(World& world, const BankAccount& account)
{
    std::string content =
        "<section><h2>" + escaped(account.name) + " " + sharedWith(world, account) +
        (account.closed ? " <span class=\"tag\">closed</span>" : "") + "</h2><p class=\"quiet\">" +
        escaped(account.subtype) + (account.mask ? " ending in " + escaped(*account.mask) : "") +
        ", balance <strong>" + money(account.currentBalance(), account) + "</strong></p>" +
        rowsTable(account);
    if (account.closed) return content + "</section>";
    return content +
           "<form method=\"post\" action=\"/bank/transactions\" class=\"actions\">"
           "<input type=\"hidden\" name=\"account_id\" value=\"" +
           escaped(account.id) +
           "\"><label>Text <input type=\"text\" name=\"name\" required value=\"Card purchase\">"
           "</label><label>Amount <input type=\"text\" name=\"amount\" inputmode=\"decimal\" "
           "required value=\"12.34\"></label><label>Direction <select name=\"direction\">"
           "<option value=\"out\">money out</option><option value=\"in\">money in</option></select>"
           "</label><button class=\"plain\">Post a transaction</button></form></section>";
}

std::string openForm(const Login& login)
{
    return "<h2>Open a sub-account</h2><form method=\"post\" action=\"/bank/accounts\">"
           "<input type=\"hidden\" name=\"login_id\" value=\"" +
           escaped(login.id) +
           "\"><label class=\"field\">Name<input type=\"text\" name=\"name\" required "
           "value=\"Tax reserve\"></label><label class=\"field\">Kind<select name=\"subtype\">"
           "<option>savings</option><option>checking</option><option>money market</option>"
           "<option>credit card</option></select></label><label class=\"field\">Opening balance"
           "<input type=\"text\" name=\"opening_balance\" inputmode=\"decimal\" value=\"2500.00\">"
           "</label><label class=\"field\"><input type=\"checkbox\" name=\"history\" value=\"yes\" "
           "checked> with 60 days of history</label>"
           "<button class=\"main\">Open the account</button></form>";
}

// `problem` says why a form was not accepted; "" when there is nothing to say.
HttpAnswer overview(World& world, const std::string& done, const std::string& problem = "")
{
    std::string content = "<main class=\"wide\"><h1>The bank's counter</h1><p class=\"quiet\">What "
                          "happens here happens at the bank. Plaid is told of it, and whoever "
                          "listens to Plaid.</p>";
    if (!problem.empty())
        content += "<p class=\"problem\" role=\"alert\">" + escaped(problem) + "</p>";
    if (done == "account")
        content +=
            "<p class=\"done\" role=\"status\">The account is open. Plaid was told, and told "
            "everyone who reads this login: the notice should appear in the ledger's console "
            "within moments.</p>";
    if (done == "transaction")
        content += "<p class=\"done\" role=\"status\">The transaction is on the statement. Plaid "
                   "was told where the account is shared.</p>";
    for (const auto& [id, login] : world.truth.logins())
    {
        const Institution* bank = world.truth.institution(login.institutionId);
        content += "<article><h1>" + escaped(bank->name) + ", " + escaped(login.username) + "</h1>";
        for (const auto& accountId : login.accountIds)
            content += accountSection(world, *world.truth.account(accountId));
        content += openForm(login) + "</article><hr>";
    }
    return htmlPage(problem.empty() ? 200 : 422, "The bank's counter", content + "</main>");
}

std::string fieldOf(
    const std::vector<std::pair<std::string, std::string>>& form, const std::string& name)
{
    for (const auto& [key, value] : form)
    {
        if (key == name) return value;
    }
    return {};
}

// Without the spaces around it.
std::string nameOf(const std::vector<std::pair<std::string, std::string>>& form)
{
    const std::string text = fieldOf(form, "name");
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

HttpAnswer openAccount(World& world, const HttpRequest& request)
{
    const auto form = formFields(request.body);
    const std::string subtype = fieldOf(form, "subtype");
    const std::string balance = fieldOf(form, "opening_balance");
    const std::string name = nameOf(form);
    if (name.empty()) throw std::invalid_argument("An account needs a name.");
    if (!balance.empty() && !Decimal::parse(balance))
        throw std::invalid_argument("An opening balance is an amount such as 2500.00.");
    Json spec = {{"login_id", fieldOf(form, "login_id")}, {"name", name},
        {"type", subtype == "credit card" ? "credit" : "depository"}, {"subtype", subtype},
        {"mask", std::to_string(1000 + world.random.below(9000))},
        {"opening_balance", balance.empty() ? "0" : balance}};
    if (fieldOf(form, "history") == "yes")
        spec["generate"] = {{"days", 60}, {"per_day", 1}, {"seed", world.random.below(1'000'000)},
            {"profile",
                subtype == "savings" || subtype == "money market" ? "savings" : "household"}};
    world.accountOpened(addAccount(world, spec));
    return redirectTo("/bank?done=account");
}

HttpAnswer postTransaction(World& world, const HttpRequest& request)
{
    const auto form = formFields(request.body);
    BankAccount* account = world.truth.account(fieldOf(form, "account_id"));
    const auto amount = Decimal::parse(fieldOf(form, "amount"));
    const std::string name = nameOf(form);
    if (account == nullptr || !amount || amount->negative() || name.empty())
        throw std::invalid_argument("A transaction needs a text and an amount such as 12.34.");
    BankTransaction row;
    row.date = dayOf(world.clock.now());
    row.amount = fieldOf(form, "direction") == "in" ? amount->negated() : *amount;
    row.name = name;
    world.truth.addTransaction(*account, std::move(row));
    world.accountChanged(account->id);
    return redirectTo("/bank?done=transaction");
}

} // namespace

HttpAnswer BankPage::answer(const HttpRequest& request)
{
    const std::lock_guard lock(world_.mutex);
    try
    {
        const std::string route = request.method + " " + request.path;
        if (route == "GET /") return redirectTo("/bank");
        if (route == "GET /bank") return overview(world_, request.parameter("done"));
        if (route == "POST /bank/accounts") return openAccount(world_, request);
        if (route == "POST /bank/transactions") return postTransaction(world_, request);
        return htmlPage(404, "Not here", "<main><h1>There is no such page</h1></main>");
    }
    catch (const std::exception& problem)
    {
        return overview(world_, "", problem.what());
    }
}

} // namespace plaidsim
