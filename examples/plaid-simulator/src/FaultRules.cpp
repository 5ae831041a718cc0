#include "FaultRules.h"

#include "ApiEndpoints.h"
#include "KnownNames.h"
#include "World.h"

#include <stdexcept>

namespace plaidsim
{

namespace
{

[[noreturn]] void refuse(const std::string& sentence)
{
    throw std::invalid_argument(sentence);
}

std::string textIn(const Json& spec, const char* name)
{
    if (!spec.contains(name)) return {};
    if (!spec.at(name).is_string()) refuse(std::string(name) + " must be a text");
    return spec.at(name).get<std::string>();
}

// What each kind can do something with. Any other field would be left unheeded.
NameList fieldsOf(FaultKind kind)
{
    NameList names{"kind", "item_id", "login_id", "institution_id", "count", "probability", "seed",
        "after", "in_seconds", "for_seconds"};
    const auto add = [&](std::initializer_list<const char*> more)
    { names.insert(names.end(), more.begin(), more.end()); };
    if (kind >= FaultKind::webhookLost)
        add({"webhook_type", "webhook_code"});
    else
        add({"endpoint", "page"});
    switch (kind)
    {
    case FaultKind::error: add({"code", "status", "body", "retry_after"}); break;
    case FaultKind::rateLimit: add({"code", "retry_after"}); break;
    case FaultKind::http500:
    case FaultKind::maintenance503:
    case FaultKind::html502:
    case FaultKind::empty504: add({"retry_after"}); break;
    case FaultKind::hang:
    case FaultKind::late:
    case FaultKind::slowDrip:
    case FaultKind::webhookLate:
    case FaultKind::webhookHeld: add({"seconds"}); break;
    case FaultKind::webhookDoubled: add({"times"}); break;
    case FaultKind::missingField:
    case FaultKind::wrongType: add({"field"}); break;
    default: break;
    }
    return names;
}

bool takes(const Endpoint& endpoint, std::initializer_list<const char*> names)
{
    for (const Field& field : endpoint.fields)
    {
        for (const char* name : names)
        {
            if (field.name == name) return true;
        }
    }
    return false;
}

void checkEndpoint(const Json& spec)
{
    const std::string path = textIn(spec, "endpoint");
    if (path.empty()) return;
    const auto found = endpointTable().find(path);
    if (found == endpointTable().end())
    {
        NameList paths;
        for (const auto& [name, endpoint] : endpointTable())
            paths.push_back(name);
        requireAmong("endpoint", path, paths);
    }
    // A call that names no Item can be told from others by nothing.
    const bool ofItems = takes(found->second, {"access_token", "public_token", "link_token"});
    if (!ofItems && (spec.contains("item_id") || spec.contains("login_id")))
        refuse("a call of " + path + " names no Item: no item_id and no login_id fits it");
    if (!ofItems && !takes(found->second, {"institution_id"}) && spec.contains("institution_id"))
        refuse("a call of " + path + " names no bank: no institution_id fits it");
}

void checkWebhook(const Json& spec)
{
    const std::string type = textIn(spec, "webhook_type");
    const std::string code = textIn(spec, "webhook_code");
    NameList types;
    NameList codes;
    NameList typesOfCode;
    for (const auto& [name, its] : webhookNames())
    {
        types.push_back(name);
        if (isAmong(its, code)) typesOfCode.push_back(name);
        for (const auto& one : its)
        {
            const bool wanted = type.empty() || type == name;
            if (wanted && !isAmong(codes, one)) codes.push_back(one);
        }
    }
    if (!type.empty()) requireAmong("webhook_type", type, types);
    if (!code.empty())
        requireAmong(type.empty() ? "webhook_code" : "webhook_code of " + type, code, codes);
    const bool ofLink = type == "LINK" || typesOfCode == NameList{"LINK"};
    if (!ofLink) return;
    for (const char* name : {"item_id", "login_id", "institution_id"})
    {
        if (spec.contains(name))
            refuse("webhooks of LINK are about no Item: no " + std::string(name) + " fits them");
    }
}

void checkContent(const Json& spec, FaultKind kind, const std::string& kindName)
{
    if (kind == FaultKind::error && !spec.contains("code") && !spec.contains("status"))
        refuse("error needs a code such as ITEM_LOGIN_REQUIRED, or a status and a body");
    if (spec.contains("body") && !spec.at("body").is_object()) refuse("body must be an object");
    if ((kind == FaultKind::missingField || kind == FaultKind::wrongType) &&
        textIn(spec, "field").empty())
        refuse(kindName + " needs the field: a name, or a JSON pointer such as /added/0/amount");
}

} // namespace

void checkFaultFields(const Json& spec, FaultKind kind, const std::string& kindName)
{
    const NameList allowed = fieldsOf(kind);
    for (const auto& [name, value] : spec.items())
    {
        if (!isAmong(allowed, name))
            refuse("a fault of the kind " + kindName + " has no field \"" + name + "\"; it has " +
                   listed(allowed));
    }
    for (const char* name : {"item_id", "login_id", "institution_id", "code"})
        textIn(spec, name);
    checkEndpoint(spec);
    checkWebhook(spec);
    checkContent(spec, kind, kindName);
}

std::uint64_t orderFault(World& world, const Json& spec, const ExpectedNames& expected)
{
    if (!spec.is_object()) refuse("a fault must be an object");
    const std::string itemId = textIn(spec, "item_id");
    const std::string loginId = textIn(spec, "login_id");
    const std::string bankId = textIn(spec, "institution_id");
    const Item* item = world.item(itemId);
    const Login* login = world.truth.login(loginId);
    if (!itemId.empty() && item == nullptr)
        refuse("there is no Item \"" + itemId + "\"; GET /_sim/state lists them");
    if (!loginId.empty() && login == nullptr && expected.logins.count(loginId) == 0)
        refuse("there is no login \"" + loginId + "\"; GET /_sim/state lists them");
    if (!bankId.empty() && world.truth.institution(bankId) == nullptr &&
        expected.institutions.count(bankId) == 0)
        refuse("there is no institution \"" + bankId + "\"; GET /_sim/state lists them");
    if (item != nullptr && !loginId.empty() && item->loginId != loginId)
        refuse("the Item " + itemId + " is of the login " + item->loginId);
    if (item != nullptr && !bankId.empty() && item->institutionId != bankId)
        refuse("the Item " + itemId + " is of the institution " + item->institutionId);
    if (login != nullptr && !bankId.empty() && login->institutionId != bankId)
        refuse("the login " + loginId + " is of the institution " + login->institutionId);
    return world.faults.add(spec, world.clock.now());
}

} // namespace plaidsim
