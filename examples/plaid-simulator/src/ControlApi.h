// The levers: everything under /_sim/ on the control port.
#pragma once

#include "ExactJson.h"
#include "HttpExchange.h"
#include "VirtualClock.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace plaidsim
{

class RequestLog;
class Timeline;
class WebhookSender;
class World;

// What a lever can reach.
struct ControlRoom
{
    World& world;
    WebhookSender& sender;
    Timeline& timeline;
    RequestLog& requests;
};

// A lever takes the request and its body (an empty object when there is none) and answers 200 with
// what it returns. It throws std::invalid_argument, with a sentence, for a request that makes no
// sense, and PlaidError where a Link session refuses.
struct Lever
{
    bool locked = true; // called with the world locked
    std::function<Json(ControlRoom&, const HttpRequest&, const Json&)> pull;
};

// "POST /_sim/accounts" and the like.
using Levers = std::map<std::string, Lever>;

void addBankLevers(Levers& levers);
void addLinkLevers(Levers& levers);
void addWebhookLevers(Levers& levers);
void addMachineLevers(Levers& levers);

class ControlApi
{
public:
    explicit ControlApi(ControlRoom room);

    // Never throws. Safe from any thread.
    HttpAnswer answer(const HttpRequest& request);

    // Lets control requests happen by themselves, on the virtual clock from now on:
    // [{"in_seconds": 60, "do": "POST /_sim/accounts", "body": {...}}]. Must be called with the
    // world locked. Throws std::invalid_argument when an entry can never work.
    void schedule(const Json& script);

private:
    Json pull(const Lever& lever, const HttpRequest& request, const Json& body);

    // What a script is to do and what came of it; the agenda may outlive this.
    struct ScriptStep
    {
        std::string what;
        Nanos due = 0;
        bool done = false;
        std::string problem;
    };

    ControlRoom room_;
    std::vector<std::shared_ptr<ScriptStep>> script_;
    Levers levers_;
};

} // namespace plaidsim
