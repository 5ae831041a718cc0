#include "Faults.h"

#include <map>
#include <stdexcept>

namespace plaidsim
{

namespace
{

constexpr std::size_t mostFaults = 1000;

const std::map<std::string, FaultKind>& kinds()
{
    static const std::map<std::string, FaultKind> names{{"error", FaultKind::error},
        {"rate_limit", FaultKind::rateLimit}, {"http_500", FaultKind::http500},
        {"maintenance_503", FaultKind::maintenance503}, {"html_502", FaultKind::html502},
        {"empty_504", FaultKind::empty504}, {"hang", FaultKind::hang}, {"timeout", FaultKind::hang},
        {"refuse", FaultKind::refuse}, {"mutation", FaultKind::mutation}, {"lost", FaultKind::lost},
        {"reset", FaultKind::resetBody}, {"truncated", FaultKind::truncated},
        {"wrong_length", FaultKind::wrongLength}, {"slow_drip", FaultKind::slowDrip},
        {"late", FaultKind::late}, {"chunked", FaultKind::chunked}, {"gzip", FaultKind::gzip},
        {"bom", FaultKind::byteOrderMark}, {"missing_field", FaultKind::missingField},
        {"wrong_type", FaultKind::wrongType}, {"extra_fields", FaultKind::extraFields},
        {"unknown_enum", FaultKind::unknownEnum}, {"same_cursor", FaultKind::sameCursor},
        {"endless_more", FaultKind::endlessMore}};
    return names;
}

Json errorBody(const char* type, const std::string& code, const char* message)
{
    return {{"error_type", type}, {"error_code", code}, {"error_message", message},
        {"display_message", nullptr}, {"error_code_reason", nullptr},
        {"documentation_url", "https://plaid.com/docs/errors"}, {"suggested_action", nullptr}};
}

std::string limitCode(const std::string& endpoint)
{
    static const std::map<std::string, std::string> codes{{"/accounts/get", "ACCOUNTS_LIMIT"},
        {"/accounts/balance/get", "BALANCE_LIMIT"}, {"/item/get", "ITEM_GET_LIMIT"},
        {"/transactions/sync", "TRANSACTIONS_SYNC_LIMIT"},
        {"/transactions/refresh", "TRANSACTIONS_REFRESH_LIMIT"},
        {"/institutions/get_by_id", "INSTITUTIONS_GET_BY_ID_LIMIT"}};
    const auto found = codes.find(endpoint);
    return found == codes.end() ? "RATE_LIMIT" : found->second;
}

void fillBody(Fault& fault, const Json& spec)
{
    switch (fault.kind)
    {
    case FaultKind::error:
        fault.status = spec.value("status", 400);
        fault.body = errorBody("API_ERROR", "INTERNAL_SERVER_ERROR", "an ordered error");
        if (spec.contains("body")) fault.body.update(spec.at("body"));
        break;
    case FaultKind::rateLimit:
        fault.status = 429;
        fault.body = errorBody("RATE_LIMIT_EXCEEDED", spec.value("code", limitCode(fault.endpoint)),
            "rate limit exceeded for attempts to access this item. please try again later");
        break;
    case FaultKind::maintenance503:
        fault.status = 503;
        fault.body = errorBody("API_ERROR", "PLANNED_MAINTENANCE",
            "the Plaid API is temporarily unavailable due to planned maintenance");
        break;
    case FaultKind::mutation:
        fault.body = errorBody("TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
            "Underlying transaction data changed since last page was fetched. Please restart "
            "pagination from last update.");
        break;
    case FaultKind::http500:
        fault.status = 500;
        fault.body =
            errorBody("API_ERROR", "INTERNAL_SERVER_ERROR", "an unexpected error occurred");
        break;
    default: break;
    }
}

} // namespace

std::uint64_t Faults::add(const Json& spec)
{
    if (faults_.size() >= mostFaults) throw std::invalid_argument("too many faults are waiting");
    const auto kind = kinds().find(spec.value("kind", ""));
    if (kind == kinds().end())
        throw std::invalid_argument("unknown kind of fault: " + spec.value("kind", ""));
    Fault fault;
    fault.id = nextId_++;
    fault.kind = kind->second;
    fault.kindName = kind->first;
    fault.endpoint = spec.value("endpoint", "");
    fault.itemId = spec.value("item_id", "");
    fault.field = spec.value("field", "request_id");
    fault.page = spec.value("page", 1U);
    if (spec.contains("seconds")) fault.seconds = std::stod(compactText(spec.at("seconds")));
    fault.remaining = spec.value("count", std::int64_t{spec.contains("probability") ? -1 : 1});
    if (spec.contains("probability"))
        fault.probability = std::stod(compactText(spec.at("probability")));
    if (spec.contains("retry_after"))
    {
        const Json& after = spec.at("retry_after");
        fault.retryAfter = after.is_string() ? after.get<std::string>() : compactText(after);
    }
    if (fault.kind == FaultKind::mutation && fault.endpoint.empty())
        fault.endpoint = "/transactions/sync";
    fillBody(fault, spec);
    faults_.push_back(std::move(fault));
    return faults_.back().id;
}

Json Faults::toJson() const
{
    Json list = Json::array();
    for (const auto& fault : faults_)
    {
        list.push_back({{"id", fault.id}, {"kind", fault.kindName}, {"endpoint", fault.endpoint},
            {"item_id", fault.itemId}, {"remaining", fault.remaining}});
    }
    return list;
}

std::optional<Fault> Faults::strike(
    const std::string& endpoint, const std::string& itemId, std::uint32_t page)
{
    for (auto it = faults_.begin(); it != faults_.end(); ++it)
    {
        if (!it->endpoint.empty() && it->endpoint != endpoint) continue;
        if (!it->itemId.empty() && it->itemId != itemId) continue;
        if (it->kind == FaultKind::mutation && page != it->page) continue;
        if (it->probability < 1 && !random_.chance(it->probability)) continue;
        Fault struck = *it;
        if (it->remaining > 0 && --it->remaining == 0) faults_.erase(it);
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

} // namespace

void spoilAnswer(const Fault& fault, const std::string& requestCursor, Json& answer)
{
    switch (fault.kind)
    {
    case FaultKind::missingField: answer.erase(fault.field); break;
    case FaultKind::wrongType:
        answer[fault.field] = answer[fault.field].is_object() ? Json("a text") : Json::object();
        break;
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
