#include "sync/OpeningBalance.h"

#include "base/Date.h"
#include "money/Decimal.h"
#include "store/ConnectionRepository.h"
#include "store/LedgerContent.h"
#include "store/NoticeRepository.h"
#include "store/OutboxRepository.h"
#include "store/SyncLoopRepository.h"
#include "store/TransactionRepository.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::sync
{

namespace
{

constexpr std::int64_t afterSyncMs = 2'000;
constexpr std::int64_t afterRebuildMs = 10'000;

/// A check that moves the amount is followed by another, up to this one. More would follow a bank
/// whose balance and rows never agree for ever.
constexpr std::int64_t checksMax = 4;

/// Ahead of UTC by the time zone that is furthest ahead: no bank is on a later day.
constexpr std::int64_t mostAheadMs = 14LL * 3600 * 1000;

Result<std::int64_t> balanceUnits(
    const std::vector<ProviderAccount>& shown, const store::BankAccount& account)
{
    const auto found = std::find_if(shown.begin(), shown.end(),
        [&](const ProviderAccount& one)
        { return one.providerAccountId == account.providerAccountId; });
    if (found == shown.end())
        return Error::retry("opening.not_shared", "The bank does not show the account now.");
    if (!found->current)
        return Error::retry("opening.no_balance", "The bank names no balance of the account.");
    if (found->current->currency != account.currency ||
        found->current->official != account.currencyOfficial)
        return Error::conflict("opening.currency_differs",
            "The bank names the balance in another currency than the account's.");
    BF_LET(exact, money::Decimal::parse(found->current->exact));
    const auto units = exact.toUnits(static_cast<int>(account.exponent));
    if (!units.ok())
        return Error::exhausted("opening.overflow", "The balance is too large for the books.");
    return units->units;
}

/// Whether a row is part of the balance, or of the books: a removed one may be kept there.
bool counts(const store::BankTransaction& row)
{
    return !row.pending && (!row.removed || row.lane == store::lane::booked);
}

/// Whether a row that counts may be part of the measured balance. A row before the start is not
/// among the booked ones, so that only the balance can hold it.
bool mayBeMeasured(const store::BankTransaction& row, const store::AccountLink& link)
{
    return counts(row) &&
           (row.bookedOn <= link.openingMeasuredOn || row.lane == store::lane::beforeStart);
}

bool sayTheSame(const store::BankTransaction& a, const store::BankTransaction& b)
{
    return counts(a) == counts(b) && a.amountExact == b.amountExact && a.currency == b.currency &&
           a.bookedOn == b.bookedOn && a.lane == b.lane;
}

/// While a feed is written anew, its opening balances have been asked for already: one that is told
/// now could be one that the books know from an earlier life of this database.
bool isRebuilding(store::Unit& unit, const std::string& tenant, const std::string& feedId)
{
    const auto feed = store::OutboxRepository(unit, tenant).feed(feedId);
    return feed && feed->state == store::feedState::rebuilding;
}

/// Nothing when the result does not fit.
std::optional<std::int64_t> minus(std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
    return result;
}

/// The start, or the first day that the books were told of: an earlier connection of the account
/// may have begun before this one.
std::string openingDay(const std::string& start, const std::string& first, UtcTime now)
{
    if (start.empty() && first.empty()) return Date::ofUtc(now).text();
    if (start.empty() || first.empty()) return start.empty() ? first : start;
    return std::min(start, first);
}

/// A measurement that rows asked for is checked later, whatever came of it: the balance may have
/// been an old one. The measured day stays while the amount does, for what was true of its rows is
/// true still.
void noteMeasured(store::AccountLink& link, bool moved, UtcTime now)
{
    if (moved) link.openingMeasuredOn = Date::ofUtc(plusMs(now, mostAheadMs)).text();
    if (link.opening == store::openingState::due)
        link.openingChecks = 1;
    else
        link.openingChecks = moved ? (link.openingChecks + 1) % (checksMax + 1) : 0;
    link.opening = store::openingState::posted;
}

} // namespace

bool movesOpening(const store::AccountLink& link, const store::BankTransaction* before,
    const store::BankTransaction& after)
{
    if (link.opening != store::openingState::posted) return false;
    if (before != nullptr && sayTheSame(*before, after)) return false;
    return (before != nullptr && mayBeMeasured(*before, link)) || mayBeMeasured(after, link);
}

bool isWanted(const store::AccountLink& link)
{
    return link.opening == store::openingState::due ||
           (link.opening == store::openingState::posted && link.openingChecks > 0);
}

struct OpeningBalance::Before
{
    bool due = false;
    bool rebuilding = false;
    store::LinkedAccount linked;
    std::string cursor;
    std::int64_t generation = 0;
};

Step OpeningBalance::step(const store::JobLease& lease)
{
    BF_LET(stored, before(lease));
    if (stored.rebuilding) return again(plusMs(parts_.clock.now(), afterRebuildMs));
    if (!stored.due) return done();
    BF_LET(token, parts_.tokens.accessToken(lease.tenant, stored.linked.account.connectionId));
    BF_LET(accounts, parts_.provider.accounts(token));
    BF_LET(units, balanceUnits(accounts, stored.linked.account));
    const auto delta = parts_.provider.transactions(token, stored.cursor);
    if (!delta.ok())
    {
        // A cursor that is of no use is the sync's business.
        const Remedy remedy = delta.error().remedy;
        if (remedy == Remedy::Resync || remedy == Remedy::Restart) return askForSync(stored, lease);
        return delta.error();
    }
    if (delta->hasMore || !delta->added.empty() || !delta->modified.empty() ||
        !delta->removed.empty())
        return askForSync(stored, lease);
    return post(stored, units, lease);
}

Result<OpeningBalance::Before> OpeningBalance::before(const store::JobLease& lease)
{
    return parts_.database.read(
        [&](store::Unit& unit) -> Result<Before>
        {
            Before before;
            const auto link = store::AccountLinkRepository(unit, lease.tenant).find(lease.subject);
            if (!link || link->endedAt || !isWanted(*link) ||
                link->state != store::linkState::active || !link->ledgerAccountId)
                return before;
            auto account =
                store::BankAccountRepository(unit, lease.tenant).find(link->bankAccountId);
            BF_ASSERT(account.has_value());
            const auto connection =
                store::ConnectionRepository(unit, lease.tenant).find(account->connectionId);
            const auto loop =
                store::SyncLoopRepository(unit, lease.tenant).find(account->connectionId);
            // A sync under way asks again when it ends.
            if (!connection || connection->removedAt || connection->history != "complete" ||
                (loop && loop->state != store::loopState::waiting))
                return before;
            before.rebuilding = isRebuilding(unit, lease.tenant, link->feedId);
            before.due = true;
            before.linked = {std::move(*account), link};
            before.cursor = connection->cursor;
            before.generation = connection->generation;
            return before;
        });
}

Step OpeningBalance::askForSync(const Before& before, const store::JobLease& lease)
{
    // The sync asks for the opening balance again when it ends.
    BF_TRY(parts_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::JobRepository(unit).ask(parts_.random, lease.tenant, store::job::sync,
                before.linked.account.connectionId, parts_.clock.now());
            return success();
        }));
    parts_.wake.wake(WakeReason::Jobs);
    return done();
}

Step OpeningBalance::post(const Before& before, std::int64_t balance, const store::JobLease& lease)
{
    const auto came = parts_.database.write(
        [&](store::Unit& unit) -> Result<Came>
        {
            if (!store::JobRepository(unit).holds(lease)) return Came::Done;
            const auto connection = store::ConnectionRepository(unit, lease.tenant)
                                        .lock(before.linked.account.connectionId);
            const auto linked =
                store::LinkedAccountRepository(unit, lease.tenant).ofLink(lease.subject);
            if (!connection || !linked || !isWanted(*linked->link)) return Came::Done;
            const auto loop = store::SyncLoopRepository(unit, lease.tenant).find(connection->id);
            if (connection->generation != before.generation ||
                connection->cursor != before.cursor ||
                (loop && loop->state != store::loopState::waiting) ||
                isRebuilding(unit, lease.tenant, linked->account.feedId))
                return Came::TooLate;
            return write(unit, *linked, balance, lease.tenant);
        });
    if (!came.ok()) return came.error();
    if (*came == Came::TooLate) return again(plusMs(parts_.clock.now(), afterSyncMs));
    if (*came == Came::Booked) parts_.wake.wake(WakeReason::Pump);
    return done();
}

Result<OpeningBalance::Came> OpeningBalance::write(store::Unit& unit,
    const store::LinkedAccount& linked, std::int64_t balance, const std::string& tenant)
{
    const UtcTime now = parts_.clock.now();
    store::AccountLink link = *linked.link;
    store::AccountLinkRepository links(unit, tenant);
    const auto rows = store::TransactionRepository(unit, tenant).toldIn(*link.ledgerAccountId);
    // One that an earlier link told, and that was to be measured again, stands: this is the rest.
    const auto openings = links.toldOpenings(*link.ledgerAccountId, link.id);
    // By the bank's amounts, also where the books have another one: what stays there although the
    // bank took it back, or is held until they take it, is on its own way, and no opening balance
    // makes up for it.
    auto units = minus(balance, rows.shown);
    if (units) units = minus(*units, openings.units);
    if (!units)
        return Error::exhausted(
            "opening.overflow", "The opening balance is too large for the books.");
    const std::string on = openingDay(link.startDate, rows.first, now);

    const bool told = link.openingRevision > 0;
    const bool moved = link.openingMeasuredOn.empty() || link.openingUnits != *units;
    const store::ToldBefore before{link.openingRevision, told ? link.openingUnits : 0,
        static_cast<int>(linked.account.exponent), linked.account.currency, link.openingOn, "",
        *link.ledgerAccountId};
    const bool changed = told ? moved || link.openingOn != on : *units != 0;
    link.openingUnits = *units;
    link.openingOn = on;
    if (changed)
    {
        ++link.openingRevision;
        // One that the books refused keeps its number: a database from before a refusal must come
        // to the same root key as this one, or the books would have both.
        if (link.openingOrdinal == 0)
            link.openingOrdinal = links.lastOpeningOrdinal(link.feedId) + 1;
    }
    noteMeasured(link, moved, now);
    links.saveOpening(link);
    store::NoticeRepository notices(unit, tenant);
    notices.clear(store::notice::openingOutstanding, link.id, now);
    notices.clear(store::notice::openingMissing, link.id, now);
    if (!changed) return Came::Done;
    std::vector<LedgerChange> change{store::openingChangeOf(tenant, linked.account, link,
        told ? ChangeKind::Amend : ChangeKind::Post, link.openingRevision)};
    change.front().before = before.text();
    store::OutboxRepository(unit, tenant).append(linked.account.feedId, change, parts_.random, now);
    return Came::Booked;
}

} // namespace bankfeed::sync
