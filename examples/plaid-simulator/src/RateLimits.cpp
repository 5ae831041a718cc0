#include "RateLimits.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace plaidsim
{

namespace
{

struct Limit
{
    LimitTable table;
    const char* endpoint;
    bool ofItem;
    std::size_t calls;
    Nanos within;
    const char* code;
    bool emptyCursorOnly = false;
};

// State of 2026, the tighter figure where two are published.
const std::vector<Limit>& limits()
{
    using enum LimitTable;
    constexpr Nanos minute = minutes(1);
    static const std::vector<Limit> all{
        {sandbox, "/accounts/get", true, 100, minute, "ACCOUNTS_LIMIT"},
        {sandbox, "/accounts/get", false, 5000, minute, "ACCOUNTS_LIMIT"},
        {sandbox, "/accounts/balance/get", true, 25, minute, "BALANCE_LIMIT"},
        {sandbox, "/accounts/balance/get", false, 100, minute, "ACCOUNTS_BALANCE_GET_LIMIT"},
        {sandbox, "/item/get", true, 40, minute, "ITEM_GET_LIMIT"},
        {sandbox, "/item/get", false, 5000, minute, "ITEM_GET_LIMIT"},
        {sandbox, "/item/remove", true, 100, minute, "RATE_LIMIT"},
        {sandbox, "/item/remove", false, 500, minute, "RATE_LIMIT"},
        {sandbox, "/transactions/sync", true, 50, minute, "TRANSACTIONS_SYNC_LIMIT"},
        {sandbox, "/transactions/sync", false, 1000, minute, "TRANSACTIONS_SYNC_LIMIT"},
        {sandbox, "/transactions/refresh", true, 2, minute, "TRANSACTIONS_REFRESH_LIMIT"},
        {sandbox, "/transactions/refresh", false, 100, minute, "TRANSACTIONS_REFRESH_LIMIT"},
        {sandbox, "/institutions/get_by_id", false, 400, minute, "INSTITUTIONS_GET_BY_ID_LIMIT"},
        {sandbox, "/sandbox/transactions/create", true, 2, minute, "RATE_LIMIT"},
        {sandbox, "/sandbox/transactions/create", false, 50, minute, "RATE_LIMIT"},
        {production, "/accounts/get", true, 15, minute, "ACCOUNTS_LIMIT"},
        {production, "/accounts/get", false, 15'000, minute, "ACCOUNTS_LIMIT"},
        {production, "/accounts/balance/get", true, 5, minute, "BALANCE_LIMIT"},
        {production, "/accounts/balance/get", true, 30, hours(1), "BALANCE_LIMIT"},
        {production, "/accounts/balance/get", false, 1200, minute, "ACCOUNTS_BALANCE_GET_LIMIT"},
        {production, "/item/get", true, 15, minute, "ITEM_GET_LIMIT"},
        {production, "/item/get", false, 5000, minute, "ITEM_GET_LIMIT"},
        {production, "/item/remove", true, 20, minute, "RATE_LIMIT"},
        {production, "/item/remove", false, 2000, minute, "RATE_LIMIT"},
        {production, "/transactions/sync", true, 50, minute, "TRANSACTIONS_SYNC_LIMIT"},
        {production, "/transactions/sync", false, 2500, minute, "TRANSACTIONS_SYNC_LIMIT"},
        {production, "/transactions/sync", false, 500, minute, "TRANSACTIONS_SYNC_LIMIT", true},
        {production, "/transactions/refresh", true, 2, minute, "TRANSACTIONS_REFRESH_LIMIT"},
        {production, "/transactions/refresh", true, 120, hours(1), "TRANSACTIONS_REFRESH_LIMIT"},
        {production, "/transactions/refresh", true, 2880, days(1), "TRANSACTIONS_REFRESH_LIMIT"},
        {production, "/transactions/refresh", false, 100, minute, "TRANSACTIONS_REFRESH_LIMIT"},
        {production, "/institutions/get_by_id", false, 400, minute, "INSTITUTIONS_GET_BY_ID_LIMIT"},
        {production, "/link/token/create", false, 20'000, minute, "RATE_LIMIT"},
        {production, "/item/public_token/exchange", false, 12'000, minute, "RATE_LIMIT"}};
    return all;
}

bool concerns(const Limit& limit, LimitTable table, const LimitedCall& call)
{
    return limit.table == table && limit.endpoint == call.endpoint &&
           (!limit.ofItem || !call.itemId.empty()) && (!limit.emptyCursorOnly || call.emptyCursor);
}

// Of whom the calls are counted: an Item, the client, or the client's calls without a cursor.
std::string countedFor(const Limit& limit, const LimitedCall& call)
{
    if (limit.ofItem) return call.itemId;
    return limit.emptyCursorOnly ? "without cursor" : "";
}

} // namespace

std::optional<std::string> RateLimits::exceeded(
    LimitTable table, std::int64_t credits, const LimitedCall& call, Nanos now)
{
    const bool billed =
        call.endpoint == "/accounts/balance/get" || call.endpoint == "/transactions/refresh";
    if (billed && credits >= 0 && billed_ >= credits) return "CREDITS_EXHAUSTED";
    std::map<std::string, Nanos> longest; // of what this call counts for
    for (const Limit& limit : limits())
    {
        if (!concerns(limit, table, call)) continue;
        const std::string whose = countedFor(limit, call);
        const auto& times = calls_[{call.endpoint, whose}];
        const auto first = std::upper_bound(times.begin(), times.end(), now - limit.within);
        if (static_cast<std::size_t>(std::distance(first, times.end())) >= limit.calls)
            return limit.code;
        longest[whose] = std::max(longest[whose], limit.within);
    }
    for (const auto& [whose, within] : longest)
    {
        auto& times = calls_[{call.endpoint, whose}];
        times.push_back(now);
        while (times.front() <= now - within)
            times.pop_front();
    }
    if (billed) ++billed_;
    return std::nullopt;
}

} // namespace plaidsim
