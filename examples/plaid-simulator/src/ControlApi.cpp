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
    levers_["GET /_sim/script"] = {true,
        [this](ControlRoom&, const HttpRequest&, const Json&) -> Json
        {
            Json list = Json::array();
            for (const auto& step : script_)
                list.push_back({{"do", step->what}, {"at", preciseTimestamp(step->due)},
                    {"done", step->done}, {"problem", step->problem}});
            return {{"script", std::move(list)}};
        }};
}

void ControlApi::schedule(const Json& script)
{
    constexpr std::size_t mostSteps = 10'000;
    if (!script.is_array() || script.size() > mostSteps)
        throw std::invalid_argument("a script must be a list of at most 10000 entries");
    for (const auto& entry : script)
    {
        auto step = std::make_shared<ScriptStep>();
        step->what = entry.value("do", "");
        const auto lever = levers_.find(step->what);
        // What moves the clock or waits for the network cannot happen while the clock moves.
        if (lever == levers_.end() ||
            !(lever->second.locked || step->what == "POST /_sim/webhooks/enabled"))
            throw std::invalid_argument("a script cannot do \"" + step->what + "\"");
        const Json after = entry.value("in_seconds", Json(0));
        if (!after.is_number_unsigned() || after.get<std::uint64_t>() > 320'000'000)
            throw std::invalid_argument("in_seconds must be a whole number of at most ten years");
        step->due = room_.world.clock.now() + seconds(after.get<std::int64_t>());
        const auto act = [room = room_, pull = lever->second.pull, step,
                             body = entry.value("body", Json::object())]() mutable
        {
            step->done = true;
            try
            {
                pull(room, HttpRequest(), body);
            }
            catch (const std::exception& problem)
            {
                step->problem = problem.what(); // for GET /_sim/script to tell
            }
        };
        room_.world.agenda.at(step->due, act);
        script_.push_back(std::move(step));
    }
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
    catch (const Json::exception& problem)
    {
        // "[json.exception.type_error.302] type must be boolean, but is string"
        const std::string text = problem.what();
        const std::size_t end = text.find("] ");
        return refusal(400, "a field of the body is missing or has the wrong type: " +
                                (end == std::string::npos ? text : text.substr(end + 2)));
    }
    catch (const std::exception& problem)
    {
        return refusal(400, problem.what());
    }
}

} // namespace plaidsim
