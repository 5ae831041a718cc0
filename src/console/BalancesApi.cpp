// The bank's own balances, when a person asks for them.
#include "base/JsonWriter.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "engine/LiveBalances.h"
#include "store/ConnectionRepository.h"

namespace bankfeed::console
{

void Console::addBalancesRoutes()
{
    route("POST", "api/connections/{id}/balances", Capability::Link, Within::Connection,
        &Console::checkBalances);
}

Result<Answer> Console::checkBalances(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& tenant = call.principal.tenant;
    const std::string& id = call.path.at("id");
    const UtcTime now = ports_.clock.now();
    BF_LET(wish,
        ports_.database.write(
            [&](store::Unit& unit) -> Result<engine::BalancesWish>
            {
                const auto found = store::ConnectionRepository(unit, tenant).lock(id);
                if (!found)
                    return Error::notFound("connection.unknown", "There is no such connection.");
                if (!settings_.liveBalances)
                    return Error::conflict(
                        "balances.off", "The operator has not allowed it: it is billed.");
                if (found->removedAt)
                    return Error::conflict("connection.removed", "The connection has been ended.");
                if (found->pausedAt)
                    return Error::conflict(
                        "connection.paused", "Somebody has paused the connection.");
                // A broken login shows no balances, and the call would be paid for.
                if (found->state != store::connectionState::healthy &&
                    found->state != store::connectionState::expiring)
                    return Error::conflict(
                        "balances.not_well", "The connection has to be repaired first.");
                return engine::askBalances(unit, ports_.random, tenant, id, now);
            }));
    ports_.wake.wake(WakeReason::Jobs);
    JsonWriter json;
    json.beginObject().member("id", id).member("asked", wish.asked);
    writeTime(json, "askable_at", wish.nextPossibleAt);
    json.endObject();
    return Answer{202, std::move(json).text()};
}

} // namespace bankfeed::console
