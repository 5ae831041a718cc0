#include "ItemView.h"

#include <algorithm>

namespace plaidsim
{

Day Item::horizon() const
{
    return dayOf(createdAt) - std::chrono::days(daysRequested);
}

Day Item::recentFrom(Nanos now) const
{
    return std::max(horizon(), dayOf(now) - std::chrono::days(30));
}

const SharedAccount* Item::byAccountId(
    const std::string& accountId, std::string* bankAccountId) const
{
    for (const auto& [bankId, account] : shared)
    {
        if (account.accountId != accountId) continue;
        if (bankAccountId != nullptr) *bankAccountId = bankId;
        return &account;
    }
    return nullptr;
}

bool Item::has(const std::string& product) const
{
    return std::find(products.begin(), products.end(), product) != products.end();
}

} // namespace plaidsim
