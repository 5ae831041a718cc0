#include "sync/UndoneRows.h"

#include "base/Limits.h"
#include "store/ConnectionRepository.h"
#include "store/Places.h"
#include "sync/KeptRows.h"

#include <algorithm>
#include <utility>

namespace bankfeed::sync
{

namespace
{

using store::BankTransaction;

bool sameWords(const BankTransaction& a, const BankTransaction& b)
{
    return KeptRows::textOf(a.originalDescription, a.name) ==
           KeptRows::textOf(b.originalDescription, b.name);
}

} // namespace

bool UndoneRows::load(const std::vector<store::LinkedAccount>& accounts)
{
    for (const auto& linked : accounts)
        if (linked.link && linked.link->ledgerAccountId) feedIds_.push_back(linked.account.feedId);
    if (!store::TransactionRepository(unit_, tenant_).anyUndone(feedIds_)) return false;
    std::set<std::string> connections; // In one order for everybody.
    for (const auto& linked : accounts)
    {
        if (!linked.link || !linked.link->ledgerAccountId) continue;
        Fed fed{linked.account.id, linked.account.connectionId, {}};
        for (const auto& one :
            store::BankAccountRepository(unit_, tenant_).ofFeed(linked.account.feedId))
        {
            fed.family.insert(one.id);
            if (one.connectionId != linked.account.connectionId)
                connections.insert(one.connectionId);
        }
        fed_.push_back(std::move(fed));
    }
    store::ConnectionRepository repository(unit_, tenant_);
    for (const auto& id : connections)
        (void)repository.lock(id);
    return true;
}

BankTransaction* UndoneRows::partnerOf(const BankTransaction& row, const Fed& fed,
    const std::set<std::string>& goingIds, bool& takesPlace)
{
    BankTransaction* best = nullptr;
    int bestRank = 0;
    for (auto& one : undone_)
    {
        if (!one.bankAccountId || !fed.family.contains(*one.bankAccountId) ||
            used_.contains(one.rootKey) || one.bookedOn != row.bookedOn || !sameMoney(one, row))
            continue;
        const bool gone = *one.bankAccountId != fed.bankAccountId || one.removed ||
                          goingIds.contains(one.providerTransactionId);
        const bool words = sameWords(one, row);
        if (!gone && !words) continue;
        const int rank = (gone ? 2 : 0) + (words ? 1 : 0);
        if (rank <= bestRank) continue;
        best = &one;
        bestRank = rank;
        takesPlace = gone;
    }
    return best;
}

void UndoneRows::match(std::vector<Newcomer>& newcomers, const std::set<std::string>& goingIds)
{
    std::set<std::string> days;
    std::set<std::int64_t> units;
    for (const auto& one : newcomers)
    {
        days.insert(one.row->bookedOn);
        units.insert(one.row->units);
    }
    undone_ = store::TransactionRepository(unit_, tenant_)
                  .undoneLike(feedIds_, {days.begin(), days.end()}, {units.begin(), units.end()});
    // What is among the newcomers already is nobody's partner.
    for (const auto& one : newcomers)
        used_.insert(one.row->rootKey);
    for (auto& one : newcomers)
    {
        const auto fed = std::find_if(fed_.begin(), fed_.end(),
            [&](const Fed& account) { return account.bankAccountId == one.row->bankAccountId; });
        if (fed == fed_.end()) continue;
        bool takesPlace = false;
        BankTransaction* partner = partnerOf(*one.row, *fed, goingIds, takesPlace);
        if (partner == nullptr) continue;
        used_.insert(partner->rootKey);
        one.matched = true;
        one.row->lane = store::lane::held;
        one.row->laneReason = store::heldReason::undone;
        if (!takesPlace) continue;
        // It is the same row of the same import, but for a login that is another one.
        if (partner->connectionId == one.row->connectionId)
            one.row->importId = std::exchange(partner->importId, {});
        partner->lane = store::lane::gone;
        partner->laneReason.clear();
        taken_.push_back(*partner);
    }
    store::TransactionRepository(unit_, tenant_).save(taken_);
}

} // namespace bankfeed::sync
