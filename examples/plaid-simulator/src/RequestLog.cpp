#include "RequestLog.h"

#include "CivilTime.h"

namespace plaidsim
{

namespace
{

constexpr std::size_t mostCalls = 10'000;
constexpr std::size_t mostBytes = 64 * 1024 * 1024;

std::size_t sizeOf(const LoggedCall& call)
{
    return call.rawRequest.size() + call.rawResponse.size();
}

// "access-sandbox-5b1f..." becomes "access-sandbox-redacted".
std::string redacted(const std::string& text)
{
    const std::size_t first = text.find('-');
    const std::size_t second = first == std::string::npos ? first : text.find('-', first + 1);
    return second == std::string::npos ? "redacted" : text.substr(0, second + 1) + "redacted";
}

void redact(Json& json)
{
    if (json.is_array())
    {
        for (auto& entry : json)
            redact(entry);
    }
    if (!json.is_object()) return;
    for (auto& [name, value] : json.items())
    {
        const bool secret = name == "access_token" || name == "public_token" || name == "secret" ||
                            name == "client_id" || name == "link_token";
        if (secret && value.is_string())
            value = redacted(value.get<std::string>());
        else if (name == "public_tokens")
            value = Json::array();
        else
            redact(value);
    }
}

Json bodyJson(const std::string& text, bool raw)
{
    auto json = parseExact(text);
    if (!json) return raw ? Json(text) : Json("not a JSON document");
    if (!raw) redact(*json);
    return std::move(*json);
}

} // namespace

void RequestLog::add(LoggedCall call)
{
    const std::lock_guard lock(mutex_);
    call.index = nextIndex_++;
    bytes_ += sizeOf(call);
    calls_.push_back(std::move(call));
    shrink();
}

void RequestLog::shrink()
{
    const auto dropFront = [this]
    {
        bytes_ -= sizeOf(calls_.front());
        calls_.pop_front();
    };
    while (calls_.size() > mostCalls)
        dropFront();
    for (auto it = calls_.begin(); bytes_ > mostBytes && it != calls_.end(); ++it)
    {
        bytes_ -= it->rawResponse.size();
        it->rawResponse.clear();
        it->rawResponse.shrink_to_fit();
        it->responseForgotten = true;
    }
    while (bytes_ > mostBytes && calls_.size() > 1)
        dropFront();
}

void RequestLog::clear()
{
    const std::lock_guard lock(mutex_);
    calls_.clear();
    bytes_ = 0;
}

Json RequestLog::toJson(std::uint64_t since, bool raw, bool responses) const
{
    const std::lock_guard lock(mutex_);
    Json list = Json::array();
    for (const auto& call : calls_)
    {
        if (call.index < since) continue;
        Json entry = {{"index", call.index}, {"at", preciseTimestamp(call.at)},
            {"method", call.method}, {"path", call.path}, {"status", call.status},
            {"plaid_version", call.plaidVersion},
            {"credentials_in_headers", call.credentialsInHeaders}, {"fault", call.fault},
            {"request", bodyJson(call.rawRequest, raw)}};
        if (raw) entry["raw_request"] = call.rawRequest;
        if (responses && !call.responseForgotten)
            entry["response"] = bodyJson(call.rawResponse, raw);
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace plaidsim
