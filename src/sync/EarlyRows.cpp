#include "sync/EarlyRows.h"

#include "base/JsonText.h"
#include "store/NoticeRepository.h"
#include "store/TransactionRepository.h"

#include <algorithm>

namespace bankfeed::sync
{

namespace
{

bool bringsEarlyRows(const store::LinkedAccount& linked, const std::vector<IncomingRow>& incoming)
{
    const auto& link = linked.link;
    if (!link || link->state != store::linkState::active || link->startDate.empty() ||
        link->opening != store::openingState::none)
        return false;
    return std::any_of(incoming.begin(), incoming.end(),
        [&](const IncomingRow& one)
        {
            return !one.removed && !one.row.pending &&
                   one.row.providerAccountId == linked.account.providerAccountId &&
                   one.row.date.text() < link->startDate;
        });
}

} // namespace

void noteEarlyRows(store::Unit& unit, const std::string& tenant,
    const store::Connection& connection, const std::vector<store::LinkedAccount>& accounts,
    const std::vector<IncomingRow>& incoming, Random& random, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    for (const store::LinkedAccount& linked : accounts)
    {
        if (!bringsEarlyRows(linked, incoming)) continue;
        // As long as nobody has dismissed the notice, it counts from its beginning.
        const auto since = notices.openedAt(store::notice::rowsBeforeStart, linked.link->id);
        const auto early = store::TransactionRepository(unit, tenant)
                               .earlyRows(linked.account.id, linked.link->id, since.value_or(now));
        if (early.count == 0) continue;
        const std::string params = JsonObject()
                                       .text("institution", connection.institutionName)
                                       .text("connection_id", connection.id)
                                       .text("bank_account", linked.account.name)
                                       .text("bank_account_id", linked.account.id)
                                       .number("count", early.count)
                                       .text("first_date", early.first)
                                       .text("last_date", early.last)
                                       .json();
        notices.open(
            random, store::notice::rowsBeforeStart, linked.link->id, "warning", params, now);
    }
}

} // namespace bankfeed::sync
