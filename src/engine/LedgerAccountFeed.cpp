#include "engine/LedgerAccountFeed.h"

#include "engine/TenantErasure.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"
#include "store/NoticeRepository.h"
#include "store/OutboxRepository.h"

namespace bankfeed::engine
{

namespace
{

struct Fed
{
    store::AccountLink link;
    store::BankAccount account;
    store::Connection connection;
};

std::optional<Fed> fedBy(
    store::Unit& unit, const std::string& tenant, const std::string& ledgerAccountId)
{
    const auto link = store::AccountLinkRepository(unit, tenant).ofLedgerAccount(ledgerAccountId);
    if (!link) return std::nullopt;
    const auto account = store::BankAccountRepository(unit, tenant).find(link->bankAccountId);
    if (!account) return std::nullopt;
    const auto connection = store::ConnectionRepository(unit, tenant).find(account->connectionId);
    if (!connection) return std::nullopt;
    return Fed{*link, *account, *connection};
}

bool needsPerson(store::Unit& unit, const std::string& tenant, const Fed& fed,
    const std::optional<store::Feed>& feed)
{
    const bool well = fed.connection.state == store::connectionState::healthy ||
                      fed.connection.state == store::connectionState::expiring;
    if (!well || fed.connection.pausedAt || (feed && feed->onHold())) return true;
    return store::NoticeRepository(unit, tenant)
        .isOpen(store::notice::openingOutstanding, fed.link.id);
}

bool isWorking(store::Unit& unit, const std::string& tenant, const Fed& fed,
    const std::optional<store::Feed>& feed, UtcTime now)
{
    if (fed.link.state != store::linkState::active || fed.link.opening == store::openingState::due)
        return true;
    if (feed && (feed->state == store::feedState::rebuilding || feed->undelivered() > 0))
        return true;
    store::JobRepository jobs(unit);
    if (jobs.status(tenant, store::job::sync, fed.connection.id).exists) return true;
    // The balance beside it is being read; a second look at accounts that are missing may rest.
    const auto refresh = jobs.status(tenant, store::job::refresh, fed.connection.id);
    return refresh.exists && (refresh.running || refresh.dueAt <= now);
}

/// What a disconnected bank still has to bring: nothing, or what is on its way into the books.
std::optional<LedgerAccountFeed::State> stateOfEnded(const std::optional<store::Feed>& feed)
{
    if (!feed) return std::nullopt;
    if (feed->onHold()) return LedgerAccountFeed::State::NeedsPerson;
    if (feed->state == store::feedState::rebuilding || feed->undelivered() > 0)
        return LedgerAccountFeed::State::Working;
    return std::nullopt;
}

/// Nothing when nothing feeds the ledger account any more.
std::optional<LedgerAccountFeed::State> stateOf(
    store::Unit& unit, const std::string& tenant, const Fed& fed, UtcTime now)
{
    const auto feed = store::OutboxRepository(unit, tenant).feed(fed.link.feedId);
    if (fed.connection.removedAt) return stateOfEnded(feed);
    if (needsPerson(unit, tenant, fed, feed)) return LedgerAccountFeed::State::NeedsPerson;
    return isWorking(unit, tenant, fed, feed, now) ? LedgerAccountFeed::State::Working
                                                   : LedgerAccountFeed::State::UpToDate;
}

} // namespace

Result<std::optional<LedgerAccountFeed::Shown>> LedgerAccountFeed::find(
    const std::string& tenant, const std::string& ledgerAccountId)
{
    return database_.read(
        [&](store::Unit& unit) -> Result<std::optional<Shown>>
        {
            const auto fed = fedBy(unit, tenant, ledgerAccountId);
            if (!fed) return std::optional<Shown>{};
            const auto state = stateOf(unit, tenant, *fed, clock_.now());
            if (!state) return std::optional<Shown>{};
            Shown shown;
            shown.state = *state;
            shown.feedId = fed->link.feedId;
            shown.institution = fed->connection.institutionName;
            shown.bankAccount = fed->account.name;
            if (!fed->account.mask.empty()) shown.bankAccount += " ••" + fed->account.mask;
            shown.balanceExact = fed->account.balanceExact;
            shown.exponent = static_cast<int>(fed->account.exponent);
            shown.currency = fed->account.currency;
            shown.balanceAsOf = fed->account.balanceAsOf;
            return std::optional<Shown>{std::move(shown)};
        });
}

Result<LedgerAccountFeed::Asked> LedgerAccountFeed::syncNow(
    const std::string& tenant, const std::string& ledgerAccountId)
{
    auto asked = database_.write(
        [&](store::Unit& unit) -> Result<Asked>
        {
            if (isErasing(unit, tenant))
                return Error::retry("tenant.erasing", "The data of this tenant is being deleted.");
            const auto fed = fedBy(unit, tenant, ledgerAccountId);
            if (!fed || fed->connection.removedAt) return Asked::NotFed;
            if (fed->connection.pausedAt) return Asked::Paused;
            store::JobRepository jobs(unit);
            const auto status = jobs.status(tenant, store::job::sync, fed->connection.id);
            const UtcTime now = clock_.now();
            jobs.askAtOnce(random_, tenant, store::job::refresh, fed->connection.id, now);
            jobs.askAtOnce(random_, tenant, store::job::sync, fed->connection.id, now);
            return status.running ? Asked::UnderWay : Asked::Asked;
        });
    if (asked.ok() && (*asked == Asked::Asked || *asked == Asked::UnderWay))
        wake_.wake(WakeReason::Jobs);
    return asked;
}

} // namespace bankfeed::engine
