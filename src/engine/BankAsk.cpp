#include "engine/BankAsk.h"

#include "store/ConnectionRepository.h"

namespace bankfeed::engine
{

namespace
{

/// What the bank gave is there a little after the provider's answer, and its webhook may be lost.
constexpr std::int64_t newsAfterMs = 15'000;

} // namespace

BankAsked askBank(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime now)
{
    store::ConnectionRepository connections(unit, tenant);
    const auto last = connections.bankAsked(connectionId);
    BankAsked answer;
    if (last.at && !last.refused.empty() && now < plusMs(*last.at, billedRefusedForMs))
    {
        answer.refused = last.refused;
        return answer;
    }
    if (last.at && now < plusMs(*last.at, billedApartMs))
    {
        answer.nextPossibleAt = plusMs(*last.at, billedApartMs);
        return answer;
    }
    connections.setBankAsked(connectionId, {now, ""});
    store::JobRepository(unit).askAtOnce(random, tenant, store::job::askBank, connectionId, now);
    answer.asked = true;
    answer.nextPossibleAt = plusMs(now, billedApartMs);
    return answer;
}

Result<store::JobEnd> BankAsk::run(const store::JobLease& lease)
{
    return call_.with(lease,
        [&](const Secret& token) -> Result<store::JobEnd>
        {
            const auto looked = call_.parts().provider.lookAtBank(token);
            return looked.ok() ? readSoon(lease) : failed(lease, looked.error());
        });
}

Result<store::JobEnd> BankAsk::readSoon(const store::JobLease& lease)
{
    BF_TRY(call_.writeHeld(lease,
        [&](store::Unit& unit)
        {
            const UtcTime now = call_.parts().clock.now();
            store::JobRepository jobs(unit);
            for (const auto kind : {store::job::sync, store::job::refresh})
                jobs.ask(call_.parts().random, lease.tenant, kind, lease.subject, now,
                    plusMs(now, newsAfterMs));
        }));
    call_.parts().wake.wake(WakeReason::Jobs);
    return store::JobEnd{};
}

Result<store::JobEnd> BankAsk::failed(const store::JobLease& lease, const Error& error)
{
    const UtcTime now = call_.parts().clock.now();
    if (error.kind == ErrorKind::Stopping)
        return store::JobEnd{store::JobEnd::Kind::Again, now, {}, {}};
    const std::string code = billedCodeOf(error);
    call_.say(lease, error, "The provider did not look at the bank of", "", "it is read as it is.");
    const bool mayPass = error.remedy == Remedy::Retry && !code.ends_with("LIMIT");
    if (mayPass && lease.attempts == 0)
        return store::JobEnd{
            store::JobEnd::Kind::Failed, plusMs(now, billedRepeatAfterMs), code, error.text};
    BF_TRY(call_.writeHeld(lease,
        [&](store::Unit& unit)
        {
            if (error.code == "provider.not_offered")
            {
                store::ConnectionRepository connections(unit, lease.tenant);
                const auto last = connections.bankAsked(lease.subject);
                connections.setBankAsked(lease.subject, {last.at.value_or(now), code});
            }
            call_.askOfConnection(unit, lease, error);
        }));
    return store::JobEnd{};
}

} // namespace bankfeed::engine
