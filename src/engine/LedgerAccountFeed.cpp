#include "engine/LedgerAccountFeed.h"

#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/JobRepository.h"

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

LedgerAccountFeed::State stateOf(store::Unit& unit, const std::string& tenant, const Fed& fed)
{
    const bool well = fed.connection.state == store::connectionState::healthy ||
                      fed.connection.state == store::connectionState::expiring;
    if (!well) return LedgerAccountFeed::State::NeedsPerson;
    const auto job = store::JobRepository(unit).status(tenant, store::job::sync, fed.connection.id);
    const bool working = job.exists || fed.link.state != store::linkState::active;
    return working ? LedgerAccountFeed::State::Working : LedgerAccountFeed::State::UpToDate;
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
            Shown shown;
            shown.state = stateOf(unit, tenant, *fed);
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
            const auto fed = fedBy(unit, tenant, ledgerAccountId);
            if (!fed || fed->connection.removedAt) return Asked::NotFed;
            store::JobRepository jobs(unit);
            const auto status = jobs.status(tenant, store::job::sync, fed->connection.id);
            const UtcTime now = clock_.now();
            jobs.ask(random_, tenant, store::job::refresh, fed->connection.id, now);
            jobs.ask(random_, tenant, store::job::sync, fed->connection.id, now);
            return status.running ? Asked::UnderWay : Asked::Asked;
        });
    if (asked.ok() && *asked != Asked::NotFed) wake_.wake(WakeReason::Jobs);
    return asked;
}

} // namespace bankfeed::engine
