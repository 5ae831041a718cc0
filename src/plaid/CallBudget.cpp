#include "plaid/CallBudget.h"

#include "base/BankProvider.h"
#include "base/Sha256.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace bankfeed::plaid
{

namespace
{

/// A minute, and a second for the way to Plaid, where the calls are counted.
constexpr std::int64_t windowNs = 61 * nsPerSecond;
/// Connections with a call in the last minute. Many times what the client limits allow.
constexpr std::size_t countersMax = 65'536;

constexpr std::int64_t refusalMaxMs = 86'400'000;

/// Calls without a token are of the client.
std::string keyOf(std::string_view path, const Secret& accessToken)
{
    if (accessToken.empty()) return std::string(path);
    return std::string(path) + ' ' + sha256Hex(accessToken.reveal());
}

struct PublishedLimit
{
    std::string_view path;
    CallBudget::Limit production;
    CallBudget::Limit sandbox;
};

// Protocol 1.3. Where two published figures differ, the smaller one.
constexpr std::array published{
    PublishedLimit{"/accounts/get", {15, 15'000}, {100, 5'000}},
    PublishedLimit{"/accounts/balance/get", {5, 1'200}, {25, 100}},
    PublishedLimit{"/item/get", {15, 5'000}, {40, 5'000}},
    PublishedLimit{"/item/remove", {20, 2'000}, {100, 500}},
    // Not published: our own, so that a new address is told to many connections bit by bit.
    PublishedLimit{"/item/webhook/update", {5, 1'000}, {5, 500}},
    PublishedLimit{"/transactions/sync", {50, 2'500}, {50, 1'000}},
    PublishedLimit{"/transactions/refresh", {2, 100}, {2, 100}},
    PublishedLimit{"/institutions/get_by_id", {0, 400}, {0, 400}},
    PublishedLimit{"/link/token/create", {0, 20'000}, {0, 20'000}},
    PublishedLimit{"/item/public_token/exchange", {0, 12'000}, {0, 12'000}},
};

} // namespace

CallBudget::CallBudget(Clock& clock, bool production, bool counts)
    : clock_(clock), production_(production), counts_(counts)
{
}

CallBudget::Limit CallBudget::limitOf(std::string_view path, bool production)
{
    for (const PublishedLimit& limit : published)
    {
        if (limit.path == path) return production ? limit.production : limit.sandbox;
    }
    return {};
}

/// Nanoseconds until another call fits; 0 when it fits now.
std::int64_t CallBudget::waitFor(Calls& calls, std::size_t limit, std::int64_t now) const
{
    while (!calls.empty() && now - calls.front() >= windowNs)
        calls.pop_front();
    if (limit == 0 || calls.size() < limit) return 0;
    return calls.front() + windowNs - now;
}

void CallBudget::dropIdle(std::int64_t now)
{
    std::erase_if(calls_, [now](const auto& entry)
        { return entry.second.empty() || now - entry.second.back() >= windowNs; });
}

void CallBudget::refused(std::string_view path, const Secret& accessToken, std::int64_t waitMs)
{
    const std::int64_t now = clock_.monoNs();
    const std::int64_t until =
        clampedSum(now, std::clamp<std::int64_t>(waitMs, 0, refusalMaxMs) * nsPerMs);
    const std::lock_guard lock(mutex_);
    if (refusedUntil_.size() >= countersMax)
        std::erase_if(refusedUntil_, [now](const auto& entry) { return entry.second <= now; });
    // Whom there is no room for, the backoff of its job holds back.
    if (refusedUntil_.size() >= countersMax) return;
    std::int64_t& stored = refusedUntil_[keyOf(path, accessToken)];
    stored = std::max(stored, until);
}

Result<void> CallBudget::spend(std::string_view path, const Secret& accessToken)
{
    const std::int64_t now = clock_.monoNs();
    const std::lock_guard lock(mutex_);
    const auto refused = refusedUntil_.find(keyOf(path, accessToken));
    if (refused != refusedUntil_.end() && refused->second > now)
        return Error::retry(std::string(callBudgetCode), "Plaid has asked to wait; bankfeed waits.",
            std::chrono::milliseconds{(refused->second - now) / nsPerMs + 1});
    if (refused != refusedUntil_.end()) refusedUntil_.erase(refused);
    return counts_ ? count(path, accessToken, now) : success();
}

std::vector<CallBudget::Use> CallBudget::uses()
{
    const std::int64_t now = clock_.monoNs();
    const std::lock_guard lock(mutex_);
    std::vector<Use> uses;
    for (const PublishedLimit& one : published)
    {
        Use use{std::string(one.path), 0, limitOf(one.path, production_).perClient, 0};
        if (const auto calls = calls_.find(one.path); calls != calls_.end())
        {
            (void)waitFor(calls->second, 0, now); // What is older than a minute does not count.
            use.used = calls->second.size();
        }
        if (const auto until = refusedUntil_.find(one.path);
            until != refusedUntil_.end() && until->second > now)
            use.waitMs = (until->second - now) / nsPerMs + 1;
        uses.push_back(std::move(use));
    }
    return uses;
}

Result<void> CallBudget::count(std::string_view path, const Secret& accessToken, std::int64_t now)
{
    const Limit limit = limitOf(path, production_);
    if (calls_.size() >= countersMax) dropIdle(now);
    if (calls_.size() >= countersMax)
        return Error::retry(std::string(callBudgetCode),
            "Too many connections are active at once; bankfeed "
            "waits.",
            std::chrono::seconds{10});

    std::int64_t wait = 0;
    Calls* byConnection = nullptr;
    Calls& byClient = calls_[std::string(path)];
    if (limit.perClient > 0) wait = waitFor(byClient, limit.perClient, now);
    if (limit.perConnection > 0 && !accessToken.empty())
    {
        byConnection = &calls_[keyOf(path, accessToken)];
        wait = std::max(wait, waitFor(*byConnection, limit.perConnection, now));
    }
    if (wait > 0)
    {
        return Error::retry(std::string(callBudgetCode),
            "The call would exceed Plaid's rate limits; bankfeed waits.",
            std::chrono::milliseconds{wait / nsPerMs + 1});
    }
    if (limit.perClient > 0) byClient.push_back(now);
    if (byConnection != nullptr) byConnection->push_back(now);
    return success();
}

} // namespace bankfeed::plaid
