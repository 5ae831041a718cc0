#include "console/Console.h"

namespace bankfeed::console
{

Console::Console(const ConsolePorts& ports, ConsoleSettings settings, StaticFiles files)
    : fenced_(ports.database),
      ports_{fenced_, ports.clock, ports.random, ports.wake, ports.log, ports.linkSessions,
          ports.webhookCounts, ports.tokenKeyId, ports.webhookKeys, ports.callBudgets,
          ports.booksLookedAt},
      settings_(std::move(settings)),
      csrf_(settings_.csrfKey),
      files_(std::move(files)),
      linking_(fenced_, ports.clock, ports.random, ports.wake),
      router_(csrf_, ports.log, settings_.publicUrl)
{
    addConnectionRoutes();
    addOverviewRoutes();
    addReviewRoutes();
    addLinkRoutes();
    addHeldRoutes();
    addRecordsRoutes();
    addActivityRoutes();
    addHealthRoutes();
    addTenantRoutes();
    addImportsRoutes();
    addBalancesRoutes();
    addTakeBackRoutes();
}

void Console::route(
    const char* method, const char* pattern, Capability needs, Within within, Method handler)
{
    const std::string_view path = pattern;
    const bool always =
        path == "api/session" || path.starts_with("api/health") || path.starts_with("api/tenant");
    router_.add({method, pattern, needs, within,
        // Only what tells of an erasure answers during it. What began before one, and comes to
        // write when it has ended, is refused there.
        [this, handler, always](const Call& call) -> Result<Answer>
        {
            if (always) return (this->*handler)(call);
            const store::FencedDatabase::Request request(call.principal.tenant, ports_.clock.now());
            BF_TRY(refuseWhileErasing(call.principal.tenant));
            return (this->*handler)(call);
        }});
}

ConsoleResponse Console::handle(const ConsoleRequest& request)
{
    ConsoleRequest below = request;
    if (!below.path.empty() && below.path.front() == '/') below.path.erase(0, 1);
    const bool api = below.path == "api" || below.path.starts_with("api/");
    if (api || !below.principal) return router_.handle(below);
    return files_.serve(below);
}

} // namespace bankfeed::console
