// The tenant itself: what becomes of its data.
#include "base/JsonText.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "engine/TenantErasure.h"
#include "store/JobRepository.h"
#include "store/TenantErasureRepository.h"

namespace bankfeed::console
{

namespace
{

/// Of the connections that are yet to end, so many are named.
constexpr std::int64_t holdingShown = 100;

void writeErasure(JsonWriter& json, store::Unit& unit, const std::string& tenant)
{
    store::TenantErasureRepository erasures(unit, tenant);
    const auto erasure = erasures.find();
    if (!erasure)
    {
        json.nullMember("erasure");
        return;
    }
    const auto holding = erasures.holding(holdingShown);
    const auto job = store::JobRepository(unit).status(tenant, store::job::eraseTenant, tenant);
    json.key("erasure").beginObject();
    json.member("phase", holding.empty() ? "deleting" : "ending_connections");
    writeTime(json, "asked_at", erasure->askedAt);
    json.member("asked_by", erasure->askedByName).member("deleted", erasure->erased.all);
    json.member("tokens_ended", erasure->tokensEnded);
    json.member("tokens_lost", erasure->tokensLost);
    writeTime(
        json, "next_try_at", job.attempts > 0 ? std::optional<UtcTime>(job.dueAt) : std::nullopt);
    json.key("ending").beginArray();
    for (const auto& one : holding)
    {
        json.beginObject().member("connection_id", one.connectionId);
        json.member("institution", one.institutionName);
        writeProblem(json, "error", one.errorCode, one.errorText, one.errorRequestId);
        json.endObject();
    }
    json.endArray().endObject();
}

} // namespace

void Console::addTenantRoutes()
{
    route("GET", "api/tenant", Capability::Operate, Within::Tenant, &Console::tenant);
    route("POST", "api/tenant/erase", Capability::Operate, Within::Tenant, &Console::eraseTenant);
}

Result<void> Console::refuseWhileErasing(const std::string& tenant)
{
    BF_LET(erasing, ports_.database.read([&](store::Unit& unit) -> Result<bool>
                        { return engine::isErasing(unit, tenant); }));
    if (!erasing) return success();
    return Error::conflict("tenant.erasing", "The data of this tenant is being deleted.");
}

Result<Answer> Console::tenant(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            JsonWriter json;
            json.beginObject().member("tenant", tenant);
            writeErasure(json, unit, tenant);
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::eraseTenant(const Call& call)
{
    BF_LET(wish, readErasureWish(call.request.body));
    const Principal& who = call.principal;
    if (wish.confirm != who.tenant)
        return Error::invalid(
            "tenant.confirm", "The name of the tenant must be repeated to delete its data.");
    BF_TRY(ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            engine::beginErasure(unit, ports_.random, who.tenant, {who.userId, who.userName},
                wish.giveUpTokens, ports_.clock.now());
            return success();
        }));
    ports_.wake.wake(WakeReason::Jobs);
    return Answer{202, JsonObject().text("tenant", who.tenant).json()};
}

} // namespace bankfeed::console
