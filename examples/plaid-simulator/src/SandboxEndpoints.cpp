#include "ApiEndpoints.h"
#include "LinkPasswords.h"
#include "Scenario.h"
#include "WireForms.h"
#include "World.h"

#include <stdexcept>

namespace plaidsim
{

namespace
{

Login& loginFor(World& world, const std::string& institutionId, const std::string& username,
    const std::string& password)
{
    if (username == "user_custom")
    {
        try
        {
            return addCustomLogin(world, institutionId, password);
        }
        catch (const std::invalid_argument& problem)
        {
            throw PlaidError::invalidRequest("INVALID_FIELD", problem.what());
        }
    }
    Login* login = world.truth.login(institutionId, username);
    const SpecialPassword special = specialPassword(password);
    if (login != nullptr && isErrorCode(special.errorCode))
        throw errorOf(special.errorCode, "this password asks for this error");
    if (login != nullptr && !special.rounds.empty()) return *login; // nobody is here to be asked
    if (login == nullptr || (login->password != password && !login->dynamic))
        throw PlaidError::item("INVALID_CREDENTIALS", "the provided credentials were not correct");
    return *login;
}

Json publicTokenCreate(World& world, const Json& body)
{
    const std::string institutionId = body.at("institution_id");
    if (world.truth.institution(institutionId) == nullptr)
        throw PlaidError::invalidInput("INVALID_INSTITUTION", "invalid institution_id provided");
    const Json options = body.value("options", Json::object());
    const Login& login =
        loginFor(world, institutionId, options.value("override_username", "user_good"),
            options.value("override_password", "pass_good"));
    ItemRequest request;
    request.institutionId = institutionId;
    request.loginId = login.id;
    request.products = stringsOf(body, "initial_products");
    request.clientUserId = "sandbox";
    if (options.contains("webhook"))
    {
        request.webhook = options.at("webhook").get<std::string>();
        requireUrl("options.webhook", *request.webhook);
    }
    if (options.contains("transactions") && options.at("transactions").is_object())
        request.daysRequested = options.at("transactions").value("days_requested", 90);
    for (const auto& id : login.accountIds)
    {
        if (!world.truth.account(id)->closed) request.bankAccountIds.push_back(id);
    }
    return {{"public_token", world.issuePublicToken(world.createItem(request))}};
}

struct Fired
{
    const char* type;
    Json fields;
};

Json allAccountIds(const Item& item)
{
    Json ids = Json::array();
    for (const auto& id : item.sharedOrder)
        ids.push_back(item.shared.at(id).accountId);
    return ids;
}

Json revokedError()
{
    PlaidError error = PlaidError::item(
        "USER_PERMISSION_REVOKED", "the holder of this account has revoked their permission");
    return error.embedded();
}

Json permissionFields(const Item& item, const std::string& code)
{
    if (code == "USER_PERMISSION_REVOKED") return {{"error", revokedError()}};
    const Json ids = allAccountIds(item);
    return {{"account_id", ids.empty() ? Json("") : ids.at(0)}};
}

Fired firedDefaultUpdate(const std::string& type)
{
    if (type == "AUTH")
        return {"AUTH", {{"account_ids_with_new_auth", Json::array()},
                            {"account_ids_with_updated_auth", Json::object()}, {"error", nullptr}}};
    if (type == "HOLDINGS")
        return {"HOLDINGS", {{"new_holdings", 0}, {"updated_holdings", 0}, {"error", nullptr}}};
    if (type == "INVESTMENTS_TRANSACTIONS")
        return {"INVESTMENTS_TRANSACTIONS",
            {{"new_investments_transactions", 0}, {"canceled_investments_transactions", 0},
                {"error", nullptr}}};
    if (type == "LIABILITIES")
        return {"LIABILITIES",
            {{"account_ids_with_new_liabilities", Json::array()},
                {"account_ids_with_updated_liabilities", Json::object()}, {"error", nullptr}}};
    return {"TRANSACTIONS", {{"new_transactions", 0}, {"error", nullptr}}};
}

Fired firedWebhook(World& world, const Item& item, const std::string& code, const std::string& type)
{
    if (code == "NEW_ACCOUNTS_AVAILABLE") return {"ITEM", {{"error", nullptr}}};
    if (code == "LOGIN_REPAIRED") return {"ITEM", Json::object()};
    if (code == "USER_PERMISSION_REVOKED" || code == "USER_ACCOUNT_REVOKED")
        return {"ITEM", permissionFields(item, code)};
    if (code == "PENDING_DISCONNECT")
        return {"ITEM", {{"reason", "INSTITUTION_TOKEN_EXPIRATION"},
                            {"disconnect_time", timestamp(world.clock.now() + days(7))}}};
    if (code == "DEFAULT_UPDATE") return firedDefaultUpdate(type);
    if (code == "SYNC_UPDATES_AVAILABLE")
        return {"TRANSACTIONS", {{"initial_update_complete", item.initialDone},
                                    {"historical_update_complete", item.historyDone}}};
    if (code == "RECURRING_TRANSACTIONS_UPDATE")
        return {"TRANSACTIONS", {{"account_ids", allAccountIds(item)}}};
    throw PlaidError(400, "SANDBOX_ERROR", "SANDBOX_PRODUCT_NOT_ENABLED",
        "the webhook " + code + " belongs to a product that this simulator does not have");
}

Json fireWebhook(World& world, const Json& body)
{
    Item& item = world.itemByToken(body.at("access_token").get<std::string>());
    if (!item.webhook)
        throw PlaidError(400, "SANDBOX_ERROR", "SANDBOX_WEBHOOK_INVALID",
            "no webhook set for this item, or the webhook is not valid");
    const std::string code = body.at("webhook_code");
    Fired fired = firedWebhook(world, item, code, body.value("webhook_type", ""));
    if (std::string(fired.type) == "TRANSACTIONS" && !item.transactionsOn)
        throw PlaidError(400, "SANDBOX_ERROR", "SANDBOX_PRODUCT_NOT_ENABLED",
            "transactions is not enabled for this item");
    world.notify(item, fired.type, code, std::move(fired.fields));
    return {{"webhook_fired", true}};
}

Json resetLogin(World& world, const Json& body)
{
    Item& item = world.itemByToken(body.at("access_token").get<std::string>());
    world.breakItem(item, PlaidError::loginRequired());
    return {{"reset_login", true}};
}

BankAccount& firstDepository(World& world, const Item& item)
{
    for (const auto& id : item.sharedOrder)
    {
        BankAccount* account = world.truth.account(id);
        if (account->type == "depository") return *account;
    }
    throw PlaidError::item("NO_ACCOUNTS", "this item has no depository account");
}

Json transactionsCreate(World& world, const Json& body)
{
    Item& item = world.itemByToken(body.at("access_token").get<std::string>());
    if (item.error) throw PlaidError(*item.error);
    if (!world.truth.login(item.loginId)->dynamic)
        throw PlaidError::invalidRequest("INVALID_FIELD",
            "transactions can only be created for Items of user_transactions_dynamic");
    const Json& rows = body.at("transactions");
    if (rows.size() > 10)
        throw PlaidError::invalidRequest("INVALID_FIELD", "at most 10 transactions at a time");
    BankAccount& account = firstDepository(world, item);
    const Day today = dayOf(world.clock.now());
    for (const auto& spec : rows)
    {
        BankTransaction row;
        row.date = *parseDay(spec.at("date_posted").get<std::string>());
        row.authorizedDate = parseDay(spec.at("date_transacted").get<std::string>());
        const auto amount = decimalIn(spec.at("amount"));
        if (row.date > today || row.date < today - std::chrono::days(14) || !amount)
            throw PlaidError::invalidRequest("INVALID_FIELD",
                "date_posted must be within the last 14 days and amount a decimal number");
        row.amount = *amount;
        row.name = spec.at("description");
        if (spec.contains("iso_currency_code")) row.isoCurrency = spec.at("iso_currency_code");
        world.truth.addTransaction(account, std::move(row));
    }
    world.accountChanged(account.id);
    return Json::object();
}

} // namespace

void addSandboxEndpoints(EndpointTable& table)
{
    table["/sandbox/public_token/create"] = {
        {text("institution_id").must(),
            list("initial_products", choice("", productNames()), 1).must(),
            object("options",
                {text("webhook"), text("override_username"), text("override_password", 60'000),
                    object("transactions",
                        {date("start_date"), date("end_date"), whole("days_requested", 1, 730)})
                        .orNull(),
                    any("statements"), any("income_verification")}),
            text("user_token"), text("user_id")},
        publicTokenCreate};
    table["/sandbox/item/fire_webhook"] = {
        {text("access_token").must(),
            choice("webhook_type", {"AUTH", "HOLDINGS", "INVESTMENTS_TRANSACTIONS", "ITEM",
                                       "LIABILITIES", "TRANSACTIONS", "ASSETS"}),
            choice("webhook_code",
                {"DEFAULT_UPDATE", "NEW_ACCOUNTS_AVAILABLE", "SMS_MICRODEPOSITS_VERIFICATION",
                    "AUTHORIZATION_GRANTED", "USER_PERMISSION_REVOKED", "USER_ACCOUNT_REVOKED",
                    "PENDING_DISCONNECT", "RECURRING_TRANSACTIONS_UPDATE", "LOGIN_REPAIRED",
                    "SYNC_UPDATES_AVAILABLE", "PRODUCT_READY", "ERROR"})
                .must()},
        fireWebhook};
    table["/sandbox/item/reset_login"] = {{text("access_token").must()}, resetLogin};
    table["/sandbox/transactions/create"] = {
        {text("access_token").must(),
            list("transactions",
                object("", {date("date_transacted").must(), date("date_posted").must(),
                               number("amount").must(), text("description").must(),
                               text("iso_currency_code")}),
                1)
                .must()},
        transactionsCreate};
}

} // namespace plaidsim
