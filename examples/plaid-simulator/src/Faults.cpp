#include "Faults.h"

#include <algorithm>
#include <stdexcept>

namespace plaidsim
{

namespace
{

constexpr std::size_t mostFaults = 1000;

bool fits(const std::string& wanted, const std::string& found)
{
    return wanted.empty() || wanted == found;
}

bool fits(const Fault& fault, const FaultCall& call, Nanos now)
{
    const FaultCall& scope = fault.scope;
    return fault.ofWebhooks() == call.webhook() && fits(scope.endpoint, call.endpoint) &&
           fits(scope.webhookType, call.webhookType) && fits(scope.webhookCode, call.webhookCode) &&
           fits(scope.itemId, call.itemId) && fits(scope.loginId, call.loginId) &&
           fits(scope.institutionId, call.institutionId) &&
           (scope.page == 0 || scope.page == call.page) && now >= fault.from &&
           (!fault.until || now < *fault.until);
}

} // namespace

std::uint64_t Faults::add(const Json& spec, Nanos now)
{
    if (faults_.size() >= mostFaults) throw std::invalid_argument("too many faults are waiting");
    // With a seed of its own it has the same luck whenever it is ordered.
    const bool seeded = spec.is_object() && spec.contains("seed");
    const std::uint64_t order = seeded ? 0 : nextId_ * 0x9E3779B97F4A7C15ULL;
    Fault fault = readFault(spec, now, seed_ ^ order);
    fault.id = nextId_++;
    faults_.push_back(std::move(fault));
    return faults_.back().id;
}

bool Faults::remove(std::uint64_t id)
{
    return std::erase_if(faults_, [&](const Fault& fault) { return fault.id == id; }) != 0;
}

Json Faults::toJson() const
{
    Json list = Json::array();
    for (const auto& fault : faults_)
    {
        const FaultCall& scope = fault.scope;
        list.push_back({{"id", fault.id}, {"kind", fault.kindName}, {"endpoint", scope.endpoint},
            {"item_id", scope.itemId}, {"login_id", scope.loginId},
            {"institution_id", scope.institutionId}, {"webhook_type", scope.webhookType},
            {"webhook_code", scope.webhookCode}, {"page", scope.page},
            {"remaining", fault.remaining}, {"struck", fault.struck}});
    }
    return list;
}

std::optional<Fault> Faults::strike(const FaultCall& call, Nanos now)
{
    std::erase_if(faults_, [&](const Fault& fault) { return fault.until && *fault.until <= now; });
    for (auto it = faults_.begin(); it != faults_.end(); ++it)
    {
        if (!fits(*it, call, now)) continue;
        if (it->after > 0)
        {
            --it->after;
            continue;
        }
        if (it->probability < 1 && !it->random.chance(it->probability)) continue;
        ++it->struck;
        Fault struck = *it;
        if (it->remaining > 0 && --it->remaining == 0) faults_.erase(it);
        if (struck.kind == FaultKind::rateLimit && struck.body.is_null())
            struck.body = rateLimitBody(call.endpoint);
        return struck;
    }
    return std::nullopt;
}

namespace
{

void renameEnums(Json& answer)
{
    if (answer.contains("transactions_update_status"))
        answer["transactions_update_status"] = "A_STATUS_OF_TOMORROW";
    for (const char* list : {"accounts", "added", "modified"})
    {
        if (!answer.contains(list)) continue;
        for (Json& entry : answer[list])
        {
            if (entry.contains("subtype")) entry["subtype"] = "a subtype of tomorrow";
            if (entry.contains("type")) entry["type"] = "type-of-tomorrow";
            if (entry.contains("payment_channel")) entry["payment_channel"] = "by pigeon";
        }
    }
    if (answer.contains("item")) answer["item"]["update_type"] = "by_pigeon";
}

// Takes a field away, or gives it another type. An answer without the field stays as it is, so that
// a fault on "/added/0/amount" waits for no page without rows.
void spoilField(const Fault& fault, Json& answer)
{
    const Json::json_pointer path(fault.field.front() == '/' ? fault.field : "/" + fault.field);
    if (!answer.contains(path)) return;
    if (fault.kind == FaultKind::wrongType)
    {
        Json& value = answer.at(path);
        value = value.is_object() ? Json("a text") : Json::object();
        return;
    }
    Json& parent = answer.at(path.parent_pointer());
    if (parent.is_object())
        parent.erase(path.back());
    else
        parent.erase(std::stoul(path.back()));
}

} // namespace

void spoilAnswer(const Fault& fault, const std::string& requestCursor, Json& answer)
{
    switch (fault.kind)
    {
    case FaultKind::missingField:
    case FaultKind::wrongType: spoilField(fault, answer); break;
    case FaultKind::extraFields:
        answer["field_of_tomorrow"] = {{"deep", Json::array({1, "two", nullptr})}};
        break;
    case FaultKind::unknownEnum: renameEnums(answer); break;
    case FaultKind::sameCursor:
        answer["has_more"] = true;
        answer["next_cursor"] = requestCursor;
        break;
    case FaultKind::endlessMore: answer["has_more"] = true; break;
    default: break;
    }
}

} // namespace plaidsim
