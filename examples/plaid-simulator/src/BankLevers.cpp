// Control requests about the banks.
#include "ControlApi.h"

#include "Scenario.h"
#include "World.h"

#include <stdexcept>

namespace plaidsim
{

namespace
{

BankAccount& accountOf(World& world, const Json& body)
{
    BankAccount* account = world.truth.account(body.value("account_id", ""));
    if (account == nullptr)
        throw std::invalid_argument(
            "there is no bank account \"" + body.value("account_id", "") + "\"");
    return *account;
}

Json institutions(ControlRoom& room, const HttpRequest&, const Json& body)
{
    return {{"institution_id", addInstitution(room.world, body).id}};
}

Json logins(ControlRoom& room, const HttpRequest&, const Json& body)
{
    return {{"login_id", addLogin(room.world, body).id}};
}

Json accounts(ControlRoom& room, const HttpRequest&, const Json& body)
{
    const BankAccount& account = addAccount(room.world, body);
    if (body.value("notify", true)) room.world.accountOpened(account);
    return {{"account_id", account.id}};
}

Json closeAccount(ControlRoom& room, const HttpRequest&, const Json& body)
{
    BankAccount& account = accountOf(room.world, body);
    account.closed = true;
    room.world.accountClosed(account);
    return {{"account_id", account.id}};
}

std::vector<Item*> itemsSharing(World& world, const std::string& bankAccountId)
{
    std::vector<Item*> found;
    for (const auto& [id, item] : world.items())
    {
        if (!item->removed && item->shared.count(bankAccountId) != 0) found.push_back(item.get());
    }
    return found;
}

// The person takes one account back at the bank. The account goes on, no Item shows it any more.
Json revokeAccount(ControlRoom& room, const HttpRequest&, const Json& body)
{
    BankAccount& account = accountOf(room.world, body);
    for (Item* item : itemsSharing(room.world, account.id))
    {
        if (body.value("notify", true))
            room.world.notify(*item, "ITEM", "USER_ACCOUNT_REVOKED",
                {{"account_id", item->shared.at(account.id).accountId}});
    }
    room.world.accountClosed(account);
    return {{"account_id", account.id}};
}

// Plaid can no longer tell that it is the same account: the Items show it under a new account_id,
// and its rows under new ids.
void churnAccount(World& world, const BankAccount& account)
{
    const auto items = itemsSharing(world, account.id);
    world.accountClosed(account);
    for (Item* item : items)
    {
        std::vector<std::string> wanted = item->sharedOrder;
        wanted.push_back(account.id);
        world.select(*item, wanted);
    }
}

Json renameAccount(ControlRoom& room, const HttpRequest&, const Json& body)
{
    BankAccount& account = accountOf(room.world, body);
    if (body.contains("name")) account.name = body.at("name").get<std::string>();
    if (body.contains("mask")) account.mask = body.at("mask").get<std::string>();
    if (body.contains("official_name"))
        account.officialName = body.at("official_name").get<std::string>();
    if (body.value("churn", false)) churnAccount(room.world, account);
    return {{"account_id", account.id}};
}

// --- rows of a statement ------------------------------------------------------------------------

BankTransaction existing(World& world, const BankAccount& account, const Json& spec)
{
    const std::string id = spec.value("id", "");
    const BankTransaction* row = world.truth.transaction(account, id);
    if (row == nullptr) throw std::invalid_argument("there is no row \"" + id + "\"");
    return *row;
}

// What a request may change on a row that exists.
void change(BankTransaction& row, const Json& spec)
{
    if (spec.contains("amount"))
    {
        const auto amount = decimalIn(spec.at("amount"));
        if (!amount) throw std::invalid_argument("amount must be a decimal number");
        row.amount = *amount;
    }
    if (spec.contains("name")) row.name = spec.at("name").get<std::string>();
    if (spec.contains("date"))
    {
        const auto day = parseDay(spec.at("date").get<std::string>());
        if (!day) throw std::invalid_argument("date must be in the form YYYY-MM-DD");
        row.date = *day;
    }
}

std::string postPending(World& world, BankAccount& account, const Json& spec)
{
    BankTransaction posted = existing(world, account, spec);
    if (!posted.pending) throw std::invalid_argument("row " + posted.id + " is not pending");
    const std::string pendingId = posted.id;
    posted.id = spec.value("new_id", "");
    posted.pending = false;
    posted.authorizedDate = posted.date;
    posted.date = dayOf(world.clock.now());
    posted.replacesPending = pendingId;
    posted.matchedToPending = spec.value("matched", true);
    change(posted, spec);
    world.truth.removeTransaction(account, pendingId);
    return world.truth.addTransaction(account, std::move(posted), spec.value("split_pages", false))
        .id;
}

std::string churn(World& world, BankAccount& account, const Json& spec)
{
    BankTransaction again = existing(world, account, spec);
    world.truth.removeTransaction(account, again.id);
    again.id.clear();
    return world.truth.addTransaction(account, std::move(again)).id;
}

// One operation on a statement; answers the bank's id of the row.
std::string operate(World& world, BankAccount& account, const Json& spec)
{
    const std::string op = spec.value("op", "add");
    if (op == "add")
    {
        Json row = spec;
        row.erase("op");
        return world.truth.addTransaction(account, readTransaction(world, row)).id;
    }
    if (op == "post") return postPending(world, account, spec);
    if (op == "churn") return churn(world, account, spec);
    BankTransaction row = existing(world, account, spec);
    if (op == "remove")
        world.truth.removeTransaction(account, row.id);
    else if (op == "modify")
    {
        change(row, spec);
        world.truth.modifyTransaction(account, row);
    }
    else
        throw std::invalid_argument(
            "unknown op \"" + op + "\": add, post, modify, remove or churn");
    return row.id;
}

Json transactions(ControlRoom& room, const HttpRequest&, const Json& body)
{
    BankAccount& account = accountOf(room.world, body);
    if (!body.contains("transactions") || !body.at("transactions").is_array())
        throw std::invalid_argument("transactions must be a list");
    Json ids = Json::array();
    try
    {
        for (const auto& spec : body.at("transactions"))
            ids.push_back(operate(room.world, account, spec));
    }
    catch (...)
    {
        room.world.accountChanged(account.id); // what came before the mistake has happened
        throw;
    }
    if (body.value("deliver", true)) room.world.accountChanged(account.id);
    return {{"ids", std::move(ids)}};
}

} // namespace

void addBankLevers(Levers& levers)
{
    levers["POST /_sim/institutions"] = {true, institutions};
    levers["POST /_sim/logins"] = {true, logins};
    levers["POST /_sim/accounts"] = {true, accounts};
    levers["POST /_sim/accounts/close"] = {true, closeAccount};
    levers["POST /_sim/accounts/revoke"] = {true, revokeAccount};
    levers["POST /_sim/accounts/change"] = {true, renameAccount};
    levers["POST /_sim/transactions"] = {true, transactions};
}

} // namespace plaidsim
