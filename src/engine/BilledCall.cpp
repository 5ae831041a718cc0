#include "engine/BilledCall.h"

namespace bankfeed::engine
{

std::string billedCodeOf(const Error& error)
{
    return error.providerCode.empty() ? error.code : error.providerCode;
}

Result<store::JobEnd> BilledCall::with(const store::JobLease& lease,
    const std::function<Result<store::JobEnd>(const Secret& token)>& call)
{
    const auto token = parts_.tokens.accessToken(lease.tenant, lease.subject);
    if (!token.ok() && token.error().kind == ErrorKind::NotFound) return store::JobEnd{};
    if (!token.ok()) return token.error();
    return call(*token);
}

Result<void> BilledCall::writeHeld(
    const store::JobLease& lease, const std::function<void(store::Unit&)>& body)
{
    return parts_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            if (store::JobRepository(unit).holds(lease)) body(unit);
            return success();
        });
}

void BilledCall::say(const store::JobLease& lease, const Error& error, const std::string& before,
    const std::string& after, const std::string& instead)
{
    parts_.log.write(LogLevel::Info, "engine",
        before + " " + lease.subject + " " + after + "(" + billedCodeOf(error) + "); " + instead +
            (error.providerRequestId.empty() ? "" : " Request " + error.providerRequestId + "."));
}

void BilledCall::askOfConnection(
    store::Unit& unit, const store::JobLease& lease, const Error& error)
{
    if (error.remedy != Remedy::Repair && error.remedy != Remedy::Relink) return;
    store::JobRepository(unit).ask(
        parts_.random, lease.tenant, store::job::refresh, lease.subject, parts_.clock.now());
}

} // namespace bankfeed::engine
