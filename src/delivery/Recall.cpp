#include "delivery/Recall.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "base/RootKey.h"
#include "delivery/WriterLocks.h"
#include "store/AccountLinkRepository.h"
#include "store/BalanceProofRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/LedgerContent.h"
#include "store/LinkedAccountRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace bankfeed::delivery
{

namespace
{

using store::BankTransaction;

// "!", whether it was restored, and the root key to go on behind: before all root keys.
constexpr char mark = '!';
constexpr char restoredMark = 'r';
constexpr char otherMark = '-';

std::string placeBehind(bool restored, const std::string& rootKey)
{
    return std::string{mark, restored ? restoredMark : otherMark} + rootKey;
}

bool isRestored(const store::Feed& feed)
{
    return feed.rebuildAfter.size() > 1 && feed.rebuildAfter[1] == restoredMark;
}

} // namespace

std::string Recall::firstPlace(bool restored)
{
    return placeBehind(restored, "");
}

bool Recall::isUnderWay(const store::Feed& feed)
{
    return feed.rebuildAfter.starts_with(mark);
}

Result<void> Recall::step(const std::string& tenant, const store::Feed& feed,
    const std::optional<store::BankAccount>& account)
{
    Found found;
    if (account)
    {
        BF_LET(listed, ledger_.entries(tenant, feed.feedId, feed.rebuildAfter.substr(2)));
        found = std::move(listed);
    }
    return database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::OutboxRepository outbox(unit, tenant);
            lockWriters(unit, tenant, feed.feedId);
            const auto now = outbox.lockFeed(feed.feedId);
            if (!now || now->state != store::feedState::rebuilding || now->epoch != feed.epoch ||
                now->rebuildAfter != feed.rebuildAfter)
                return success();
            if (account) write(unit, tenant, feed, *account, found);
            const bool more = found && found->more;
            outbox.rebuiltTo(
                feed.feedId, more ? placeBehind(isRestored(feed), found->last) : "", false);
            return success();
        });
}

void Recall::write(store::Unit& unit, const std::string& tenant, const store::Feed& feed,
    const store::BankAccount& account, const Found& found)
{
    if (!found)
    {
        if (isRestored(feed)) tellRestored(unit, tenant, feed.feedId, account);
        return;
    }
    const auto news = newsOf(unit, tenant, account, found->entries);
    store::TransactionRepository(unit, tenant).save(news);
    if (isRestored(feed)) takeOpenings(unit, tenant, feed.feedId, found->entries);
    const bool tookRows = std::any_of(news.begin(), news.end(),
        [](const BankTransaction& row) { return !row.removed && row.lane == store::lane::booked; });
    const auto link = store::AccountLinkRepository(unit, tenant).ofBankAccount(account.id);
    if (tookRows && link) store::measureOpeningAgain(unit, tenant, link->id, random_, clock_.now());
    if (!news.empty())
        log_.write(LogLevel::Warning, "delivery",
            std::to_string(news.size()) + " entries of " + feed.feedId +
                " are in the books and not in the mirror; the bank is asked for their rows.");
    if (!found->more) tellForgotten(unit, tenant, account);
}

/// Rows that the books know and the mirror does not, and rows of which it did not know that.
std::vector<BankTransaction> Recall::newsOf(store::Unit& unit, const std::string& tenant,
    const store::BankAccount& account, const std::vector<BookedEntry>& entries)
{
    std::vector<std::string> keys;
    for (const auto& entry : entries)
        keys.push_back(entry.rootKey);
    std::map<std::string, BankTransaction> known;
    if (!keys.empty())
        for (auto& row : store::TransactionRepository(unit, tenant).ofRootKeys(keys))
            known.emplace(row.rootKey, std::move(row));
    std::vector<BankTransaction> news;
    for (const auto& entry : entries)
    {
        if (entry.kind == ChangeKind::Void || isOpeningRootKey(entry.rootKey)) continue;
        const auto found = known.find(entry.rootKey);
        if (found == known.end())
        {
            news.push_back(store::forgottenRow(entry, account, clock_.now()));
            continue;
        }
        BankTransaction& row = found->second;
        if (row.revision == 0 && row.lane == store::lane::beforeStart && !row.removed)
        {
            store::noteBooked(row, entry, clock_.now());
            news.push_back(std::move(row));
            continue;
        }
        if (row.revision > 0 || row.lane != store::lane::gone || !row.laneReason.empty()) continue;
        // Taken back while nothing was linked, as far as this mirror knows: UnknownRemovals voids.
        row.laneReason = store::goneNotKnown;
        row.sentLedgerAccountId = entry.ledgerAccountId;
        news.push_back(std::move(row));
    }
    return news;
}

/// What the books were told of an opening balance since the backup stands, until it is measured
/// anew: the older amount knows nothing of the rows that moved it.
void Recall::takeOpenings(store::Unit& unit, const std::string& tenant, const std::string& feedId,
    const std::vector<BookedEntry>& entries)
{
    store::AccountLinkRepository links(unit, tenant);
    for (auto& link : store::LinkedAccountRepository(unit, tenant).openingsOf(feedId))
    {
        const std::string key = openingRootKey(tenant, feedId, link.openingOrdinal);
        const auto entry = std::find_if(entries.begin(), entries.end(),
            [&](const BookedEntry& one) { return one.rootKey == key; });
        if (entry == entries.end() || entry->removed || entry->kind == ChangeKind::Void) continue;
        if (entry->head.revision == link.openingRevision && entry->units == link.openingUnits &&
            entry->bookedOn == link.openingOn)
            continue;
        link.openingRevision = entry->head.revision;
        link.openingUnits = entry->units;
        link.openingOn = entry->bookedOn;
        links.saveOpening(link);
        store::measureOpeningAgain(unit, tenant, link.id, random_, clock_.now());
    }
}

void Recall::tellForgotten(
    store::Unit& unit, const std::string& tenant, const store::BankAccount& account)
{
    std::vector<std::string> ids;
    for (const auto& one :
        store::BankAccountRepository(unit, tenant).ofConnection(account.connectionId))
        ids.push_back(one.id);
    std::int64_t count = 0;
    for (const auto& kept : store::TransactionRepository(unit, tenant).kept(ids))
        count += kept.reason == store::keptReason::forgotten ? kept.count : 0;
    if (count == 0) return;
    const auto connection = store::ConnectionRepository(unit, tenant).find(account.connectionId);
    store::NoticeRepository(unit, tenant)
        .open(random_, store::notice::entriesForgotten, account.connectionId, "warning",
            JsonObject()
                .text("institution", connection ? connection->institutionName : std::string())
                .text("connection_id", account.connectionId)
                .number("count", count)
                .json(),
            clock_.now());
    store::JobRepository(unit).ask(
        random_, tenant, store::job::sync, account.connectionId, clock_.now());
}

/// The day from which on people have to compare: until then the books had what this mirror knows.
void Recall::tellRestored(store::Unit& unit, const std::string& tenant, const std::string& feedId,
    const store::BankAccount& account)
{
    const auto connection = store::ConnectionRepository(unit, tenant).find(account.connectionId);
    const auto since = store::BalanceProofRepository(unit, tenant).deliveredAt(feedId);
    store::NoticeRepository(unit, tenant)
        .open(random_, store::notice::pluginRestored, account.id, "warning",
            JsonObject()
                .text("institution", connection ? connection->institutionName : std::string())
                .text("connection_id", account.connectionId)
                .text("bank_account", account.name)
                .text("bank_account_id", account.id)
                .text("since", Date::ofUtc(since.value_or(account.firstSeenAt)).text())
                .json(),
            clock_.now());
}

} // namespace bankfeed::delivery
