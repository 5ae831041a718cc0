#include "engine/BankAsk.h"

#include "store/ConnectionRepository.h"

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t askedApartMs = 15LL * 60'000;
constexpr std::int64_t refusedForMs = 30LL * 86'400'000;
constexpr std::int64_t repeatAfterMs = 60'000;
/// What the bank gave is there a little after the provider's answer, and its webhook may be lost.
constexpr std::int64_t newsAfterMs = 15'000;

} // namespace

BankAsked askBank(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime now)
{
    store::ConnectionRepository connections(unit, tenant);
    const auto last = connections.bankAsked(connectionId);
    BankAsked answer;
    if (last.at && !last.refused.empty() && now < plusMs(*last.at, refusedForMs))
    {
        answer.refused = last.refused;
        return answer;
    }
    if (last.at && now < plusMs(*last.at, askedApartMs))
    {
        answer.nextPossibleAt = plusMs(*last.at, askedApartMs);
        return answer;
    }
    connections.setBankAsked(connectionId, {now, ""});
    store::JobRepository(unit).askAtOnce(random, tenant, store::job::askBank, connectionId, now);
    answer.asked = true;
    answer.nextPossibleAt = plusMs(now, askedApartMs);
    return answer;
}

Result<store::JobEnd> BankAsk::run(const store::JobLease& lease)
{
    const auto token = tokens_.accessToken(lease.tenant, lease.subject);
    if (!token.ok() && token.error().kind == ErrorKind::NotFound) return store::JobEnd{};
    if (!token.ok()) return token.error();
    const auto looked = provider_.lookAtBank(*token);
    if (!looked.ok()) return failed(lease, looked.error());
    BF_TRY(database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            if (!store::JobRepository(unit).holds(lease)) return success();
            const UtcTime now = clock_.now();
            store::JobRepository jobs(unit);
            for (const auto kind : {store::job::sync, store::job::refresh})
                jobs.ask(random_, lease.tenant, kind, lease.subject, now, plusMs(now, newsAfterMs));
            return success();
        }));
    wake_.wake(WakeReason::Jobs);
    return store::JobEnd{};
}

Result<store::JobEnd> BankAsk::failed(const store::JobLease& lease, const Error& error)
{
    const UtcTime now = clock_.now();
    if (error.kind == ErrorKind::Stopping)
        return store::JobEnd{store::JobEnd::Kind::Again, now, {}, {}};
    const std::string code = error.providerCode.empty() ? error.code : error.providerCode;
    log_.write(LogLevel::Info, "engine",
        "The provider did not look at the bank of " + lease.subject + " (" + code +
            "); it is read as it is." +
            (error.providerRequestId.empty() ? "" : " Request " + error.providerRequestId + "."));
    const bool mayPass = error.remedy == Remedy::Retry && !code.ends_with("LIMIT");
    if (mayPass && lease.attempts == 0)
        return store::JobEnd{
            store::JobEnd::Kind::Failed, plusMs(now, repeatAfterMs), code, error.text};
    BF_TRY(database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            if (!store::JobRepository(unit).holds(lease)) return success();
            if (error.code == "provider.not_offered")
            {
                store::ConnectionRepository connections(unit, lease.tenant);
                const auto last = connections.bankAsked(lease.subject);
                connections.setBankAsked(lease.subject, {last.at.value_or(now), code});
            }
            // What it says of the connection itself, that one is asked for.
            if (error.remedy == Remedy::Repair || error.remedy == Remedy::Relink)
                store::JobRepository(unit).ask(
                    random_, lease.tenant, store::job::refresh, lease.subject, now);
            return success();
        }));
    return store::JobEnd{};
}

} // namespace bankfeed::engine
