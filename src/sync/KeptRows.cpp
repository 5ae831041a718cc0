#include "sync/KeptRows.h"

#include "money/Decimal.h"
#include "store/Places.h"

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
    row.ownRootKey.clear();
    store::leaveBehind(row);
    row.removed = true;
    return row;
}

/// Whole accounts went with these: what comes anew there may be any of them.
bool isStock(std::string_view reason)
{
    return reason == store::keptReason::accessLost || reason == store::keptReason::manyRemoved;
}

/// The same amount in the same words; of an entry whose words the books do not keep, the amount.
bool sameMoneyAndWords(const store::BankTransaction& row, const NewcomerRow& one)
{
    const std::string text = KeptRows::textOf(row.originalDescription, row.name);
    if (row.laneReason != store::keptReason::forgotten)
        return row.amountExact == one.amountExact && text == one.text;
    return row.units == one.units && row.exponent == one.exponent &&
           (text.empty() || text == one.text);
}

} // namespace

bool KeptRows::load(const std::vector<std::string>& bankAccountIds, const std::string& connectionId)
{
    bool any = !connectionId.empty() && mirror_.anyMarked(connectionId);
    for (const auto& kept : mirror_.kept(bankAccountIds))
    {
        any = true;
        accounts_.push_back(kept.bankAccountId);
        if (!isStock(kept.reason)) continue;
        Stock& stock = stocks_[kept.bankAccountId];
        stock.left += kept.count;
        stock.lastBookedOn = std::max(stock.lastBookedOn, kept.lastBookedOn);
    }
    if (any) accounts_.insert(accounts_.end(), bankAccountIds.begin(), bankAccountIds.end());
    return any;
}

void KeptRows::noteReturn(const store::BankTransaction& row)
{
    if (!row.removed || row.lane != store::lane::booked || !row.bankAccountId) return;
    if (isStock(row.laneReason)) --stocks_[*row.bankAccountId].left;
    returned_.push_back(row.providerTransactionId);
}

void KeptRows::match(const std::string& connectionId, const std::vector<NewcomerRow>& newcomers,
    const std::vector<std::string>& leaving)
{
    std::vector<std::string> days;
    std::vector<std::string> amounts;
    for (const auto& one : newcomers)
    {
        days.push_back(one.bookedOn);
        amounts.push_back(one.amountExact);
        // As the books state it, who do not know the bank's text.
        amounts.push_back(money::Decimal::ofUnits(one.units, one.exponent).text());
    }
    auto kept = mirror_.keptOnes(accounts_, days, amounts, leaving);
    std::erase_if(kept,
        [&](const store::BankTransaction& row)
        {
            return row.connectionId != connectionId ||
                   std::find(returned_.begin(), returned_.end(), row.providerTransactionId) !=
                       returned_.end();
        });
    auto tombstones = mirror_.tombstonesLike(accounts_, days, amounts);
    std::vector<store::BankTransaction> left;
    for (const auto& one : newcomers)
    {
        const auto saysTheSame = [&](const store::BankTransaction& row)
        {
            return row.connectionId == connectionId && row.bankAccountId == one.bankAccountId &&
                   row.bookedOn == one.bookedOn && row.currency == one.currency &&
                   sameMoneyAndWords(row, one) && !tookOver_.contains(row.providerTransactionId);
        };
        const auto partner = std::find_if(kept.begin(), kept.end(), saysTheSame);
        if (partner == kept.end())
        {
            const auto twin = std::find_if(tombstones.begin(), tombstones.end(), saysTheSame);
            if (twin == tombstones.end()) continue;
            twins_.insert(one.providerTransactionId);
            tombstones.erase(twin); // It stands for one.
            continue;
        }
        left.push_back(leftBehind(*partner, one.rootKey));
        tookOver_.insert(partner->providerTransactionId);
        mirror_.rename(connectionId, partner->providerTransactionId, one.providerTransactionId);
        partner->providerTransactionId = one.providerTransactionId;
        if (isStock(partner->laneReason)) --stocks_[one.bankAccountId].left;
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
