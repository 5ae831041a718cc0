// Control requests about the banks.
#include "ControlApi.h"

#include "BankDays.h"
#include "KnownNames.h"
#include "Scenario.h"
#include "Statement.h"
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
    room.world.closeAccount(account);
    return {{"account_id", account.id}};
}

// The person takes one account back at the bank. The account goes on, no Item shows it any more.
Json revokeAccount(ControlRoom& room, const HttpRequest&, const Json& body)
{
    BankAccount& account = accountOf(room.world, body);
    room.world.accountRevoked(account, body.value("notify", true));
    return {{"account_id", account.id}};
}

Json renameAccount(ControlRoom& room, const HttpRequest&, const Json& body)
{
    BankAccount& account = accountOf(room.world, body);
    if (body.contains("name")) account.name = body.at("name").get<std::string>();
    if (body.contains("mask")) account.mask = body.at("mask").get<std::string>();
    if (body.contains("official_name"))
        account.officialName = body.at("official_name").get<std::string>();
    if (body.value("churn", false)) room.world.accountChurned(account);
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

std::string post(World& world, BankAccount& account, const Json& spec)
{
    BankTransaction posted = existing(world, account, spec);
    const std::string pendingId = posted.id;
    posted.date = dayOf(world.clock.now());
    change(posted, spec);
    return postPending(world.truth, account, pendingId,
        {posted.date, posted.amount, posted.name, spec.value("new_id", ""),
            spec.value("matched", true), spec.value("split_pages", false)});
}

// One operation on a statement; answers the bank's id of the row.
std::string operate(World& world, BankAccount& account, const Json& spec)
{
    const std::string op = spec.value("op", "add");
    requireAmong("op", op, {"add", "post", "modify", "remove", "churn"});
    if (op == "add")
    {
        Json row = spec;
        row.erase("op");
        return world.truth.addTransaction(account, readTransaction(world, row)).id;
    }
    if (op == "post") return post(world, account, spec);
    if (op == "churn") return churnRow(world.truth, account, spec.value("id", ""));
    BankTransaction row = existing(world, account, spec);
    if (op == "remove")
        world.truth.removeTransaction(account, row.id);
    else
    {
        change(row, spec);
        world.truth.modifyTransaction(account, row);
    }
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

Json addDays(ControlRoom& room, const HttpRequest&, const Json& body)
{
    return addBankDays(room.world, body).toJson();
}

Json listDays(ControlRoom& room, const HttpRequest&, const Json&)
{
    Json list = Json::array();
    for (const auto& life : room.world.lives)
        list.push_back(life->toJson());
    return {{"bank_days", std::move(list)}};
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
    levers["POST /_sim/bank-days"] = {true, addDays};
    levers["GET /_sim/bank-days"] = {true, listDays};
}

} // namespace plaidsim
