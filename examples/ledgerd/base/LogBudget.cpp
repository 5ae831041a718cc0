#include "base/LogBudget.h"

namespace ledgerd
{

namespace
{
constexpr std::int64_t intervalNs = 10 * nsPerSecond;
constexpr std::size_t keysMax = 64;
} // namespace

std::optional<std::uint64_t> LogBudget::line(const std::string& key)
{
    const std::lock_guard lock(mutex_);
    const std::int64_t now = clock_.monoNs();
    if (kept_.size() >= keysMax && !kept_.contains(key))
        std::erase_if(
            kept_, [&](const auto& entry) { return now - entry.second.lastMonoNs >= intervalNs; });
    const bool room = kept_.size() < keysMax || kept_.contains(key);
    const auto [found, isNew] = kept_.try_emplace(room ? key : std::string());
    Kept& kept = found->second;
    if (!isNew && now - kept.lastMonoNs < intervalNs)
    {
        ++kept.back;
        return std::nullopt;
    }
    const std::uint64_t back = kept.back;
    kept = {now, 0};
    return back;
}

std::string moreInTheMeantime(std::uint64_t keptBack)
{
    return keptBack == 0 ? "" : " (" + std::to_string(keptBack) + " more in the meantime)";
}

} // namespace ledgerd
