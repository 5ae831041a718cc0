#include "ApiEndpoints.h"
#include "WireForms.h"
#include "World.h"

namespace plaidsim
{

namespace
{

Item& itemOf(World& world, const Json& body)
{
    return world.itemByToken(body.at("access_token").get<std::string>());
}

Json orNull(const std::optional<Nanos>& time)
{
    return time ? Json(timestamp(*time)) : Json();
}

Json itemGet(World& world, const Json& body)
{
    const Item& item = itemOf(world, body);
    Json status = {{"investments", nullptr}, {"transactions", nullptr}, {"last_webhook", nullptr}};
    if (item.transactionsOn)
        status["transactions"] = {{"last_successful_update", orNull(item.lastUpdate)},
            {"last_failed_update", orNull(item.lastFailure)}};
    if (item.lastWebhook)
        status["last_webhook"] = {
            {"sent_at", timestamp(item.lastWebhook->at)}, {"code_sent", item.lastWebhook->code}};
    return {{"item", itemJson(world, item, true)}, {"status", std::move(status)}};
}

Json itemRemove(World& world, const Json& body)
{
    world.remove(itemOf(world, body));
    return Json::object();
}

Json webhookUpdate(World& world, const Json& body)
{
    Item& item = itemOf(world, body);
    std::optional<std::string> url;
    if (body.contains("webhook") && body.at("webhook").is_string())
    {
        url = body.at("webhook").get<std::string>();
        requireUrl("webhook", *url);
    }
    item.webhook = url;
    if (url)
        world.notify(item, "ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED",
            {{"new_webhook_url", *url}, {"error", nullptr}});
    return {{"item", itemJson(world, item, false)}};
}

Json keyGet(World& world, const Json& body)
{
    const auto key = world.signer.find(body.at("key_id").get<std::string>());
    if (!key)
        throw PlaidError::invalidInput("INVALID_WEBHOOK_VERIFICATION_KEY_ID",
            "invalid key_id provided. note that key_ids are specific to Plaid environments, and "
            "verification requests must be made to the same environment that the webhook was sent "
            "from");
    return {{"key",
        {{"alg", "ES256"}, {"created_at", key->createdAt}, {"crv", "P-256"},
            {"expired_at", key->expiredAt ? Json(*key->expiredAt) : Json()}, {"kid", key->kid},
            {"kty", "EC"}, {"use", "sig"}, {"x", key->x}, {"y", key->y}}}};
}

} // namespace

void addItemEndpoints(EndpointTable& table)
{
    table["/item/get"] = {{text("access_token").must()}, itemGet};
    table["/item/remove"] = {
        {text("access_token").must(),
            choice("reason_code", {"FRAUD_FIRST_PARTY", "FRAUD_FALSE_IDENTITY", "FRAUD_ABUSE",
                                      "FRAUD_OTHER", "CONNECTION_IS_NON_FUNCTIONAL", "OTHER"})
                .orNull(),
            text("reason_note", 512).orNull()},
        itemRemove};
    table["/item/webhook/update"] = {
        {text("access_token").must(), text("webhook").orNull()}, webhookUpdate};
    table["/webhook_verification_key/get"] = {{text("key_id").must()}, keyGet};
}

} // namespace plaidsim
