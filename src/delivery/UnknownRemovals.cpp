#include "delivery/UnknownRemovals.h"

#include "base/Limits.h"
#include "delivery/Heads.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/LedgerContent.h"
#include "store/OutboxRepository.h"
#include "store/TransactionRepository.h"

#include <map>
#include <utility>
#include <vector>

namespace bankfeed::delivery
{

namespace
{

using store::BankTransaction;

/// The change that takes the row out of the books, if they have it; the row is judged then.
std::optional<LedgerChange> judged(BankTransaction& row, const Head& head)
{
    row.laneReason.clear();
    if (head.revision == 0 || store::noteUndone(row, head)) return std::nullopt;
    row.lane = store::lane::voided;
    auto change = store::changeOf(
        row, ChangeKind::Void, store::nextRevision(head.revision), row.sentLedgerAccountId);
    store::noteSent(row, change);
    return change;
}

} // namespace

Result<bool> UnknownRemovals::step(const std::string& tenant)
{
    const auto waiting = [&](store::Unit& unit) -> Result<std::vector<BankTransaction>>
    { return store::TransactionRepository(unit, tenant).notKnown(limits::changesPerBatch); };
    BF_LET(rows, database_.read(waiting));
    if (rows.empty()) return true;
    std::vector<std::string> keys;
    keys.reserve(rows.size());
    for (const auto& row : rows)
        keys.push_back(row.rootKey);
    BF_LET(heads, headsOf(ledger_, tenant, keys));

    const std::string connectionId = rows.front().connectionId;
    BF_TRY(database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            const auto connection = store::ConnectionRepository(unit, tenant).lock(connectionId);
            BF_ASSERT(connection.has_value());
            BF_LET(now, waiting(unit));
            std::vector<BankTransaction> touched;
            std::map<std::string, std::vector<LedgerChange>> byFeed;
            for (auto& row : now)
            {
                const auto head = heads.find(row.rootKey);
                if (row.connectionId != connectionId || head == heads.end()) continue;
                const auto account =
                    store::BankAccountRepository(unit, tenant).find(row.bankAccountId.value());
                BF_ASSERT(account.has_value());
                if (auto change = judged(row, head->second))
                    byFeed[account->feedId].push_back(std::move(*change));
                touched.push_back(std::move(row));
            }
            store::TransactionRepository(unit, tenant).save(touched);
            for (auto& [feedId, changes] : byFeed)
                store::OutboxRepository(unit, tenant)
                    .append(feedId, changes, random_, clock_.now());
            return success();
        }));
    return false;
}

} // namespace bankfeed::delivery
