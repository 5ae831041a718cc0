#include "UpdateLog.h"

#include <algorithm>

namespace plaidsim
{

std::uint64_t UpdateLog::append(Update update)
{
    const std::uint64_t sequence = updates_.size() + 1;
    headOfAccount_[update.row->accountId] = sequence;
    updatesOf_[update.row->transactionId].push_back(sequence);
    updates_.push_back(std::move(update));
    return sequence;
}

std::uint64_t UpdateLog::head(const std::string& stream) const
{
    if (stream.empty()) return updates_.size();
    const auto found = headOfAccount_.find(stream);
    return found == headOfAccount_.end() ? 0 : found->second;
}

bool UpdateLog::knownAt(const std::string& transactionId, std::uint64_t sequence) const
{
    const auto& sequences = updatesOf_.at(transactionId);
    const auto after = std::upper_bound(sequences.begin(), sequences.end(), sequence);
    if (after == sequences.begin()) return false;
    return updates_[*std::prev(after) - 1].change != TruthChange::removed;
}

std::vector<NetUpdate> UpdateLog::collapse(
    const std::string& stream, std::uint64_t after, std::uint64_t until, bool ghostRemovals) const
{
    std::vector<NetUpdate> net;
    until = std::min<std::uint64_t>(until, updates_.size());
    for (std::uint64_t sequence = after + 1; sequence <= until; ++sequence)
    {
        const Update& update = updates_[sequence - 1];
        if (!stream.empty() && update.row->accountId != stream) continue;
        const std::string& id = update.row->transactionId;
        const auto& all = updatesOf_.at(id);
        const auto next = std::upper_bound(all.begin(), all.end(), sequence);
        if (next != all.end() && *next <= until) continue; // a later update in the window speaks
        const bool known = knownAt(id, after);
        const bool gone = update.change == TruthChange::removed;
        if (gone && !known && !ghostRemovals) continue;
        const TruthChange effect = gone    ? TruthChange::removed
                                   : known ? TruthChange::modified
                                           : TruthChange::added;
        net.push_back({effect, update.row, sequence, update.pageBreak});
    }
    return net;
}

} // namespace plaidsim
