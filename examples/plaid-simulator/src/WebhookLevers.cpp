// Control requests about webhooks and the keys that sign them.
#include "ControlApi.h"

#include "KnownNames.h"
#include "World.h"

#include <charconv>
#include <stdexcept>

namespace plaidsim
{

namespace
{

Json attemptJson(const WebhookAttempt& attempt)
{
    return {{"index", attempt.index}, {"webhook", attempt.webhook}, {"attempt", attempt.attempt},
        {"at", preciseTimestamp(attempt.at)}, {"url", attempt.what.url},
        {"type", attempt.what.type}, {"code", attempt.what.code}, {"item_id", attempt.what.itemId},
        {"body", attempt.what.body}, {"jwt", attempt.jwt}, {"status", attempt.status},
        {"problem", attempt.problem}};
}

Json answerJson(const WebhookAnswer& answer)
{
    return {{"status", answer.status}, {"problem", answer.problem}};
}

Json log(ControlRoom& room, const HttpRequest& request, const Json&)
{
    const std::string since = request.parameter("since");
    std::uint64_t first = 0;
    const char* end = since.data() + since.size();
    const auto read = std::from_chars(since.data(), end, first);
    if (!since.empty() && (read.ec != std::errc() || read.ptr != end))
        throw std::invalid_argument(
            "since cannot be \"" + since + "\"; it must be a whole number from 0");
    Json list = Json::array();
    for (const auto& attempt : room.sender.attempts())
    {
        if (attempt.index >= first) list.push_back(attemptJson(attempt));
    }
    return {{"webhooks", std::move(list)}};
}

Json settings(ControlRoom& room, const HttpRequest&, const Json& body)
{
    SenderSettings next = room.sender.settings();
    allowFields(body, "this request", {"enabled", "resign_retries", "give_up_rule", "timeout_ms"});
    for (const char* name : {"enabled", "resign_retries", "give_up_rule"})
    {
        if (body.contains(name) && !body.at(name).is_boolean())
            throw std::invalid_argument(std::string(name) + " must be true or false");
    }
    if (body.contains("timeout_ms") && !body.at("timeout_ms").is_number_unsigned())
        throw std::invalid_argument("timeout_ms must be a whole number");
    next.enabled = body.value("enabled", next.enabled);
    next.resignRetries = body.value("resign_retries", next.resignRetries);
    next.giveUpRule = body.value("give_up_rule", next.giveUpRule);
    if (body.contains("timeout_ms"))
        next.timeout = milliseconds(body.at("timeout_ms").get<std::int64_t>());
    room.sender.configure(next);
    return {{"enabled", next.enabled}, {"resign_retries", next.resignRetries},
        {"give_up_rule", next.giveUpRule}, {"timeout_ms", next.timeout / milliseconds(1)}};
}

Json resend(ControlRoom& room, const HttpRequest&, const Json& body)
{
    if (!body.contains("index") || !body.at("index").is_number_unsigned())
        throw std::invalid_argument("index must be that of an attempt");
    const auto attempt = room.sender.attempt(body.at("index").get<std::uint64_t>());
    if (!attempt) throw std::invalid_argument("there is no such attempt in the log");
    const std::string jwt =
        body.value("replay_jwt", false)
            ? attempt->jwt
            : room.world.signer.sign(attempt->what.body, room.world.clock.now() / seconds(1));
    return answerJson(room.sender.sendRaw(attempt->what, jwt));
}

struct Forged
{
    Webhook webhook;
    std::optional<std::string> jwt;
};

Forgery forgeryOf(const std::string& kind)
{
    static const std::map<std::string, Forgery> forgeries{{"bad_signature", Forgery::badSignature},
        {"swapped_halves", Forgery::swappedHalves}, {"der_signature", Forgery::derSignature},
        {"wrong_body_hash", Forgery::wrongBodyHash}, {"unknown_kid", Forgery::unknownKid},
        {"alg_none", Forgery::algNone}, {"alg_hs256", Forgery::algHs256}};
    const auto found = forgeries.find(kind);
    return found == forgeries.end() ? Forgery::none : found->second;
}

// Signs the 2-space form, or the caller's own text, and sends what `kind` says.
Forged forge(World& world, const Item& item, const Json& body)
{
    const std::string kind = body.value("kind", "");
    const Json content = {{"webhook_type", "ITEM"},
        {"webhook_code", kind == "unknown_code" ? "CODE_OF_TOMORROW" : "NEW_ACCOUNTS_AVAILABLE"},
        {"item_id", kind == "unknown_item" ? std::string(37, 'x') : item.id}, {"error", nullptr},
        {"environment", kind == "other_environment" ? "production" : world.environment}};
    std::string text = kind == "signed_text" ? body.value("text", "") : prettyText(content);
    if (kind == "invalid_utf8") text.insert(text.size() - 1, ", \"x\": \"\xC3\x28\xFF\"");
    std::int64_t issued = world.clock.now() / seconds(1);
    if (kind == "stale") issued -= 301;
    if (kind == "future") issued += 3600;
    Forged forged{{*item.webhook, text, "ITEM", "NEW_ACCOUNTS_AVAILABLE", item.id},
        world.signer.sign(text, issued, forgeryOf(kind))};
    if (kind == "no_header")
        forged.jwt.reset();
    else if (kind == "reindented")
        forged.webhook.body = compactText(content);
    else if (kind == "other_body")
        forged.webhook.body.replace(
            text.find("NEW_ACCOUNTS_AVAILABLE"), 22, "USER_PERMISSION_REVOKED");
    else if (kind == "huge")
        forged.webhook.body = std::string(10 * 1024 * 1024, ' ');
    else if (kind == "garbage_token")
        forged.jwt = "not.a.token";
    else if (forgeryOf(kind) == Forgery::none && kind != "stale" && kind != "future" &&
             kind != "unknown_item" && kind != "other_environment" && kind != "signed_text" &&
             kind != "unknown_code" && kind != "invalid_utf8" && kind != "good")
        throw std::invalid_argument("unknown kind of forgery \"" + kind + "\"");
    return forged;
}

Json forgeLever(ControlRoom& room, const HttpRequest&, const Json& body)
{
    Forged forged;
    {
        const std::lock_guard lock(room.world.mutex);
        const Item* item = room.world.item(body.value("item_id", ""));
        if (item == nullptr || !item->webhook)
            throw std::invalid_argument("there is no such Item, or it has no webhook address");
        forged = forge(room.world, *item, body);
    }
    return answerJson(room.sender.sendRaw(forged.webhook, forged.jwt));
}

Json rotate(ControlRoom& room, const HttpRequest&, const Json& body)
{
    World& world = room.world;
    const std::string kid = world.random.uuid();
    const std::int64_t overlap = body.value("overlap_seconds", std::int64_t{0});
    if (overlap < 0 || overlap > 320'000'000)
        throw std::invalid_argument("overlap_seconds must be from 0 to ten years");
    const Nanos now = world.clock.now();
    if (overlap > 0)
        world.signer.overlap(now, kid, now + seconds(overlap));
    else
        world.signer.rotate(now, kid, body.value("expire_old", true));
    return {{"kid", kid}};
}

Json settle(ControlRoom& room, const HttpRequest&, const Json&)
{
    return {{"settled", room.sender.drain(seconds(30))}};
}

} // namespace

void addWebhookLevers(Levers& levers)
{
    levers["GET /_sim/webhooks"] = {false, log};
    levers["POST /_sim/webhooks/enabled"] = {false, settings};
    levers["POST /_sim/webhooks/resend"] = {false, resend};
    levers["POST /_sim/webhooks/forge"] = {false, forgeLever};
    levers["POST /_sim/webhooks/settle"] = {false, settle};
    levers["POST /_sim/keys/rotate"] = {true, rotate};
}

} // namespace plaidsim
