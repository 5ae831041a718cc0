#include "sync/KeptRows.h"

#include "sync/Places.h"

#include <algorithm>
#include <utility>

namespace bankfeed::sync
{

namespace
{

/// What stays under the id that the bank has given up: a row that the books never heard of.
store::BankTransaction leftBehind(const store::BankTransaction& kept, const std::string& rootKey)
{
    store::BankTransaction row = kept;
    row.rootKey = rootKey;
    row.importId.clear();
    leaveBehind(row);
    return row;
}

} // namespace

bool KeptRows::load(const std::vector<std::string>& bankAccountIds)
{
    for (const auto& kept : mirror_.kept(bankAccountIds))
    {
        if (kept.reason == store::keptReason::moved) continue;
        Stock& stock = stocks_[kept.bankAccountId];
        stock.left += kept.count;
        stock.lastBookedOn = std::max(stock.lastBookedOn, kept.lastBookedOn);
    }
    return !stocks_.empty();
}

void KeptRows::noteReturn(const store::BankTransaction& row)
{
    if (!row.removed || row.lane != store::lane::booked || !row.bankAccountId) return;
    --stocks_[*row.bankAccountId].left;
    returned_.push_back(row.providerTransactionId);
}

void KeptRows::match(const std::string& connectionId, const std::vector<NewcomerRow>& newcomers)
{
    std::vector<std::string> accounts;
    for (const auto& [id, stock] : stocks_)
        accounts.push_back(id);
    std::vector<std::string> days;
    std::vector<std::string> amounts;
    for (const auto& one : newcomers)
    {
        days.push_back(one.bookedOn);
        amounts.push_back(one.amountExact);
    }
    auto kept = mirror_.keptOnes(accounts, days, amounts);
    std::erase_if(kept,
        [&](const store::BankTransaction& row)
        {
            return row.connectionId != connectionId ||
                   std::find(returned_.begin(), returned_.end(), row.providerTransactionId) !=
                       returned_.end();
        });
    std::vector<store::BankTransaction> left;
    for (const auto& one : newcomers)
    {
        const auto partner = std::find_if(kept.begin(), kept.end(),
            [&](const store::BankTransaction& row)
            {
                return row.bankAccountId == one.bankAccountId && row.bookedOn == one.bookedOn &&
                       row.amountExact == one.amountExact && row.currency == one.currency &&
                       textOf(row.originalDescription, row.name) == one.text;
            });
        if (partner == kept.end()) continue;
        left.push_back(leftBehind(*partner, one.rootKey));
        mirror_.rename(connectionId, partner->providerTransactionId, one.providerTransactionId);
        partner->providerTransactionId = one.providerTransactionId;
        --stocks_[one.bankAccountId].left;
        partners_.emplace(one.providerTransactionId, std::move(*partner));
        kept.erase(partner);
    }
    mirror_.save(left);
}

store::BankTransaction* KeptRows::partnerOf(const std::string& providerTransactionId)
{
    const auto found = partners_.find(providerTransactionId);
    return found == partners_.end() ? nullptr : &found->second;
}

bool KeptRows::overlaps(const std::string& bankAccountId, const std::string& day) const
{
    const auto stock = stocks_.find(bankAccountId);
    return stock != stocks_.end() && stock->second.left > 0 && day <= stock->second.lastBookedOn;
}

} // namespace bankfeed::sync
