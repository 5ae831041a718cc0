#include "sync/Removals.h"

#include "base/JsonText.h"
#include "base/Sha256.h"
#include "store/NoticeRepository.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace bankfeed::sync
{

namespace
{

constexpr std::int64_t removalsWithoutQuestion = 20;

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> noticeOf{
    std::pair{store::keptReason::accessLost, store::notice::accessLostRows},
    std::pair{store::keptReason::manyRemoved, store::notice::removalsHeld},
    std::pair{store::keptReason::moved, store::notice::rowsMoved},
    std::pair{store::keptReason::forgotten, store::notice::entriesForgotten}};

} // namespace

bool RemovalJudgement::shows(std::string_view providerAccountId) const
{
    return shownAccounts.contains(accountMark(providerAccountId));
}

std::string accountMark(std::string_view providerAccountId)
{
    return sha256Hex(providerAccountId).substr(0, 16);
}

RemovalJudgement::Words marksOf(const std::vector<ProviderAccount>& accounts)
{
    RemovalJudgement::Words marks;
    for (const auto& account : accounts)
        marks.insert(accountMark(account.providerAccountId));
    return marks;
}

std::string textOf(const RemovalJudgement::Words& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

RemovalJudgement::Words wordsIn(const std::string& text)
{
    RemovalJudgement::Words words;
    for (std::size_t at = 0; at < text.size();)
    {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.insert(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

bool losesMost(const store::TransactionRepository::Turnover& turnover, std::int64_t booked)
{
    const std::int64_t lost = turnover.removals - turnover.arrivals;
    return lost > removalsWithoutQuestion && lost > booked - lost;
}

RemovalJudgement::Words waitingOf(store::TransactionRepository& mirror,
    const std::map<std::string, store::TransactionRepository::Turnover>& turnover)
{
    RemovalJudgement::Words waiting;
    for (const auto& [bankAccountId, one] : turnover)
    {
        if (one.removals - one.arrivals > removalsWithoutQuestion &&
            losesMost(one, mirror.bookedCount(bankAccountId)))
            waiting.insert(bankAccountId);
    }
    return waiting;
}

void noteKept(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
    const std::vector<store::LinkedAccount>& accounts, Random& random, UtcTime now)
{
    std::vector<std::string> ids;
    ids.reserve(accounts.size());
    for (const auto& one : accounts)
        ids.push_back(one.account.id);
    std::map<std::string, std::int64_t, std::less<>> counts;
    for (const auto& kept : store::TransactionRepository(unit, tenant).kept(ids))
        counts[kept.reason] += kept.count;
    store::NoticeRepository notices(unit, tenant);
    for (const auto& [reason, kind] : noticeOf)
    {
        const auto found = counts.find(reason);
        if (found == counts.end())
        {
            notices.clear(kind, connection.id, now);
            continue;
        }
        notices.open(random, kind, connection.id, "warning",
            JsonObject()
                .text("institution", connection.institutionName)
                .text("connection_id", connection.id)
                .number("count", found->second)
                .json(),
            now);
    }
}

} // namespace bankfeed::sync
