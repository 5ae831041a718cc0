#include "engine/LiveBalances.h"

#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

/// An amount under another currency's name would be a wrong one.
std::optional<std::string> exactOf(
    const std::optional<ProviderAmount>& amount, const store::BankAccount& account)
{
    const bool ours = amount && amount->currency == account.currency &&
                      amount->official == account.currencyOfficial;
    return ours ? std::optional<std::string>(amount->exact) : std::nullopt;
}

} // namespace

std::optional<UtcTime> balancesAskableAt(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now)
{
    return balancesAskableAt(
        store::ConnectionRepository(unit, tenant).balancesAsked(connectionId), now);
}

std::optional<UtcTime> balancesAskableAt(
    const store::ConnectionRepository::BalancesAsked& last, UtcTime now)
{
    if (!last.at) return std::nullopt;
    const UtcTime next = plusMs(*last.at, last.refused ? billedRefusedForMs : billedApartMs);
    return now < next ? std::optional(next) : std::nullopt;
}

BalancesWish askBalances(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime now)
{
    if (const auto next = balancesAskableAt(unit, tenant, connectionId, now)) return {false, next};
    store::ConnectionRepository(unit, tenant)
        .setBalancesAsked(connectionId, {now, false, {}, {}, {}});
    store::JobRepository(unit).askAtOnce(
        random, tenant, store::job::askBalances, connectionId, now);
    return {true, plusMs(now, billedApartMs)};
}

Result<store::JobEnd> LiveBalances::run(const store::JobLease& lease)
{
    return call_.with(lease,
        [&](const Secret& token) -> Result<store::JobEnd>
        {
            const auto shown = call_.parts().provider.balancesNow(token);
            return shown.ok() ? keep(lease, *shown) : failed(lease, shown.error());
        });
}

Result<store::JobEnd> LiveBalances::keep(
    const store::JobLease& lease, const std::vector<ProviderAccount>& shown)
{
    const UtcTime now = call_.parts().clock.now();
    BF_TRY(call_.writeHeld(lease,
        [&](store::Unit& unit)
        {
            store::BankAccountRepository accounts(unit, lease.tenant);
            for (const auto& account : accounts.ofConnection(lease.subject))
            {
                const auto one = std::find_if(shown.begin(), shown.end(),
                    [&](const ProviderAccount& candidate)
                    { return candidate.providerAccountId == account.providerAccountId; });
                if (one == shown.end()) continue; // The refresh looks after that.
                const auto current = exactOf(one->current, account);
                const auto available = exactOf(one->available, account);
                if (current || available) accounts.setBalance(account.id, current, available, now);
            }
            store::ConnectionRepository connections(unit, lease.tenant);
            connections.setBalancesLiveAt(lease.subject, now);
            const auto asked = connections.balancesAsked(lease.subject);
            connections.setBalancesAsked(lease.subject, {asked.at, false, {}, {}, {}});
            store::JobRepository(unit).askAtOnce(
                call_.parts().random, lease.tenant, store::job::proof, lease.subject, now);
        }));
    call_.parts().wake.wake(WakeReason::Jobs);
    return store::JobEnd{};
}

Result<store::JobEnd> LiveBalances::failed(const store::JobLease& lease, const Error& error)
{
    const UtcTime now = call_.parts().clock.now();
    if (error.kind == ErrorKind::Stopping)
        return store::JobEnd{store::JobEnd::Kind::Again, now, {}, {}};
    const auto advice = static_cast<std::int64_t>(error.retryAfter.count());
    if (error.code == callBudgetCode && advice <= billedApartMs)
        return store::JobEnd{store::JobEnd::Kind::Waits, plusMs(now, advice + 1), {}, {}};
    const std::string code = billedCodeOf(error);
    call_.say(lease, error, "The bank's balances of", "were not to be had ",
        "those of the provider's last visit stay.");
    const bool mayPass =
        (error.remedy == Remedy::Retry && !code.ends_with("LIMIT")) || error.remedy == Remedy::Wait;
    if (mayPass && lease.attempts == 0)
        return store::JobEnd{store::JobEnd::Kind::Failed,
            plusMs(now, std::max(billedRepeatAfterMs, advice)), code, error.text};
    BF_TRY(call_.writeHeld(lease,
        [&](store::Unit& unit)
        {
            store::ConnectionRepository connections(unit, lease.tenant);
            const auto asked = connections.balancesAsked(lease.subject);
            connections.setBalancesAsked(
                lease.subject, {asked.at, error.code == "provider.not_offered", code, error.text,
                                   error.providerRequestId});
            call_.askOfConnection(unit, lease, error);
        }));
    return store::JobEnd{};
}

} // namespace bankfeed::engine
