#include "ApiEndpoints.h"
#include "WireForms.h"
#include "World.h"

namespace plaidsim
{

namespace
{

PlaidError unknownAccount()
{
    return PlaidError::invalidInput("INVALID_ACCOUNT_ID",
        "one or more of the supplied account IDs is invalid or has no consent any more");
}

Json accountsGet(World& world, const Json& body)
{
    const Item& item = world.itemByToken(body.at("access_token").get<std::string>());
    Json accounts = accountsJson(world, item);
    if (accounts.empty())
        throw PlaidError::item("NO_ACCOUNTS", "no valid accounts were found for this item");
    if (body.contains("options") && body.at("options").contains("account_ids"))
    {
        Json wanted = Json::array();
        for (const auto& id : stringsOf(body.at("options"), "account_ids"))
        {
            std::string bankAccountId;
            if (item.byAccountId(id, &bankAccountId) == nullptr) throw unknownAccount();
            wanted.push_back(accountJson(world, item, bankAccountId));
        }
        accounts = std::move(wanted);
    }
    return {{"accounts", std::move(accounts)}, {"item", itemJson(world, item, false)}};
}

} // namespace

void addAccountEndpoints(EndpointTable& table)
{
    const Field ids = list("account_ids", text(""));
    table["/accounts/get"] = {{text("access_token").must(), object("options", {ids})}, accountsGet};
    table["/accounts/balance/get"] = {
        {text("access_token").must(), object("options", {ids, text("min_last_updated_datetime")}),
            any("payment_details")},
        accountsGet};
}

} // namespace plaidsim
