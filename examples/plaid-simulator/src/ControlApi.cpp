#include "ControlApi.h"

#include "PlaidError.h"
#include "Timeline.h"
#include "World.h"

#include <stdexcept>

namespace plaidsim
{

ControlApi::ControlApi(ControlRoom room) : room_(room)
{
    addBankLevers(levers_);
    addLinkLevers(levers_);
    addWebhookLevers(levers_);
    addMachineLevers(levers_);
}

Json ControlApi::pull(const Lever& lever, const HttpRequest& request, const Json& body)
{
    if (!lever.locked) return lever.pull(room_, request, body);
    const std::lock_guard lock(room_.world.mutex);
    return lever.pull(room_, request, body);
}

namespace
{

HttpAnswer jsonAnswer(int status, const Json& body)
{
    HttpAnswer answer;
    answer.status = status;
    answer.body = compactText(body) + "\n";
    return answer;
}

HttpAnswer refusal(int status, const std::string& sentence)
{
    return jsonAnswer(status, {{"error", sentence}});
}

} // namespace

HttpAnswer ControlApi::answer(const HttpRequest& request)
{
    const auto lever = levers_.find(request.method + " " + request.path);
    if (lever == levers_.end())
        return refusal(404, "there is no " + request.method + " " + request.path);
    Json body = Json::object();
    if (!request.body.empty())
    {
        auto parsed = parseExact(request.body);
        if (!parsed || !parsed->is_object()) return refusal(400, "the body is not a JSON object");
        body = std::move(*parsed);
    }
    try
    {
        HttpAnswer answer = jsonAnswer(200, pull(lever->second, request, body));
        room_.timeline.wake();
        return answer;
    }
    catch (const PlaidError& error)
    {
        return jsonAnswer(error.status,
            {{"error", error.message}, {"error_code", error.code}, {"error_type", error.type}});
    }
    catch (const std::exception& problem)
    {
        return refusal(400, problem.what());
    }
}

} // namespace plaidsim
