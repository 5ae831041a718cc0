// Control requests about the simulator itself: state, settings, faults, clock, requests.
#include "ControlApi.h"

#include "FaultRules.h"
#include "KnownNames.h"
#include "RequestLog.h"
#include "StateJson.h"
#include "Timeline.h"
#include "World.h"

#include <charconv>
#include <stdexcept>

namespace plaidsim
{

namespace
{

Json state(ControlRoom& room, const HttpRequest& request, const Json&)
{
    return stateJson(room.world, request.parameter("rows") != "0");
}

Json settings(ControlRoom& room, const HttpRequest&, const Json& body)
{
    room.world.settings.apply(body);
    return room.world.settings.toJson();
}

Json addFault(ControlRoom& room, const HttpRequest&, const Json& body)
{
    return {{"id", orderFault(room.world, body)}};
}

std::uint64_t wholeParameter(const std::string& name, const std::string& text)
{
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end)
        throw std::invalid_argument(
            name + " cannot be \"" + text + "\"; it must be a whole number from 0");
    return value;
}

// All of them, or the one that ?id= names.
Json clearFaults(ControlRoom& room, const HttpRequest& request, const Json&)
{
    const std::string id = request.parameter("id");
    if (id.empty())
        room.world.faults.clear();
    else if (!room.world.faults.remove(wholeParameter("id", id)))
        throw std::invalid_argument("no fault with this id is waiting");
    return Json::object();
}

Json listFaults(ControlRoom& room, const HttpRequest&, const Json&)
{
    return {{"faults", room.world.faults.toJson()}};
}

Json requests(ControlRoom& room, const HttpRequest& request, const Json&)
{
    const std::string since = request.parameter("since");
    return {
        {"requests", room.requests.toJson(since.empty() ? 0 : wholeParameter("since", since),
                         request.parameter("raw") == "1", request.parameter("responses") == "1")}};
}

Json clearRequests(ControlRoom& room, const HttpRequest&, const Json&)
{
    room.requests.clear();
    return Json::object();
}

Json clock(ControlRoom& room, const HttpRequest&, const Json&)
{
    const Nanos now = room.world.clock.now();
    return {{"now", preciseTimestamp(now)}, {"unix_seconds", now / seconds(1)},
        {"mode", room.world.clock.mode() == VirtualClock::Mode::real ? "real" : "stepped"}};
}

Json step(ControlRoom& room, const HttpRequest& request, const Json& body)
{
    allowFields(body, "a step", {"seconds"});
    const auto by = body.contains("seconds") ? decimalIn(body.at("seconds")) : std::nullopt;
    if (!by || by->negative() || by->scale() > 9)
        throw std::invalid_argument("seconds must be a number that is not negative");
    Nanos nanos = by->units();
    for (int i = by->scale(); i < 9; ++i)
    {
        if (nanos > days(36'500) / 10)
            throw std::invalid_argument("no more than 100 years in one step");
        nanos *= 10;
    }
    const bool settled = room.timeline.step(nanos);
    Json answer = clock(room, request, body);
    answer["settled"] = settled;
    return answer;
}

void setState(World& world, Item& item, const Json& body)
{
    if (body.value("repair", false))
    {
        world.repair(item);
        world.notify(item, "ITEM", "LOGIN_REPAIRED", Json::object());
        return;
    }
    const std::string code = body.at("error_code");
    PlaidError error = code == "ITEM_LOGIN_REQUIRED"
                           ? PlaidError::loginRequired()
                           : PlaidError(400, body.value("error_type", "ITEM_ERROR"), code,
                                 "an ordered state of this item");
    if (body.contains("error_code_reason"))
        error.reason = body.at("error_code_reason").get<std::string>();
    if (code != "USER_PERMISSION_REVOKED") return world.breakItem(item, error);
    // This one has a webhook of its own.
    item.error = error;
    item.lastFailure = world.clock.now();
    world.notify(item, "ITEM", code, {{"error", error.embedded()}});
}

// Puts an Item, or every Item of a login, into an error, or takes it out again.
Json itemState(ControlRoom& room, const HttpRequest&, const Json& body)
{
    allowFields(body, "the state of an Item",
        {"item_id", "login_id", "error_code", "error_type", "error_code_reason", "repair"});
    const std::string itemId = body.value("item_id", "");
    const std::string loginId = body.value("login_id", "");
    if (itemId.empty() && room.world.truth.login(loginId) == nullptr)
        throw std::invalid_argument("there is no such login");
    if (!itemId.empty() && room.world.item(itemId) == nullptr)
        throw std::invalid_argument("there is no such Item");
    if (!body.value("repair", false))
    {
        if (!body.contains("error_code"))
            throw std::invalid_argument(
                "error_code is missing, such as ITEM_LOGIN_REQUIRED; or say \"repair\": true");
        static_cast<void>(errorOf(body.at("error_code"), "")); // refuses an unknown one
    }
    for (const auto& [id, item] : room.world.items())
    {
        const bool wanted = itemId.empty() ? item->loginId == loginId : id == itemId;
        if (wanted && !item->removed) setState(room.world, *item, body);
    }
    return Json::object();
}

} // namespace

void addMachineLevers(Levers& levers)
{
    levers["GET /_sim/state"] = {true, state};
    levers["POST /_sim/settings"] = {true, settings};
    levers["GET /_sim/settings"] = {true, settings};
    levers["POST /_sim/faults"] = {true, addFault};
    levers["GET /_sim/faults"] = {true, listFaults};
    levers["DELETE /_sim/faults"] = {true, clearFaults};
    levers["GET /_sim/requests"] = {false, requests};
    levers["DELETE /_sim/requests"] = {false, clearRequests};
    levers["GET /_sim/clock"] = {false, clock};
    levers["POST /_sim/clock/step"] = {false, step};
    levers["POST /_sim/items/state"] = {true, itemState};
}

} // namespace plaidsim
