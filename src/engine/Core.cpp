#include "engine/Core.h"

#include "engine/Pause.h"

#include <utility>

namespace bankfeed::engine
{

namespace
{

sync::SyncParts partsOf(
    const CorePorts& ports, AccessTokenSource& tokens, const CoreSettings& settings)
{
    return {ports.database, ports.provider, tokens, ports.clock, ports.random, ports.wake,
        ports.log, settings.booking};
}

link::LinkSettings linkSettings(const CoreSettings& settings)
{
    link::LinkSettings link;
    link.language = settings.language;
    link.webhookUrl = settings.webhookUrl;
    return link;
}

/// A person who makes a ledger account and goes to the review finds it there.
accounts::LedgerMirrorSettings mirrorSettings()
{
    accounts::LedgerMirrorSettings mirror;
    mirror.mirrorEveryMs = 3'000;
    return mirror;
}

} // namespace

Core::Core(const CorePorts& ports, const CoreSettings& settings)
    : ports_(ports),
      tokens_(ports.database, ports.vault),
      commits_(ports.database),
      fenced_(ports.database),
      health_(ports.database, ports.clock, ports.random, ports.log),
      discovery_(ports.random, ports.log),
      ledgerMirror_(
          ports.database, ports.clock, ports.random, ports.wake, ports.log, mirrorSettings()),
      linkSessions_(fenced_, ports.clock, ports.random, ports.provider, tokens_, ports.vault,
          ports.wake, ports.log, settings.provider, linkSettings(settings)),
      syncLoop_(partsOf(ports, tokens_, settings)),
      heldRelease_(partsOf(ports, tokens_, settings)),
      freedRows_(partsOf(ports, tokens_, settings)),
      openingBalance_(partsOf(ports, tokens_, settings)),
      imports_(partsOf(ports, tokens_, settings)),
      proofs_(partsOf(ports, tokens_, settings)),
      webhookHealth_(ports.database, ports.provider, ports.clock, ports.random, ports.log,
          settings.webhookUrl),
      refresh_(ports.database, ports.provider, tokens_, discovery_, health_, ports.clock,
          ports.random, &webhookHealth_),
      disconnect_(ports.database, ports.provider, tokens_, ports.clock, ports.random),
      bankAsk_({ports.database, ports.provider, tokens_, ports.clock, ports.random, ports.wake,
          ports.log}),
      liveBalances_({ports.database, ports.provider, tokens_, ports.clock, ports.random, ports.wake,
          ports.log}),
      institutions_(ports.database, ports.provider, ports.clock, ports.log),
      erasure_(ports.database, ports.provider, tokens_, ports.clock, ports.random, ports.log),
      handover_(ports.database, ports.clock, ports.random, ports.wake),
      takingBack_(ports.database, ports.clock, ports.random, ports.wake),
      reseal_(ports.database, ports.vault, ports.clock, ports.log),
      inboxReader_(ports.database, ports.clock, ports.random, ports.log, settings.provider,
          settings.environment),
      schedule_(ports.database, ports.clock, ports.random, settings.pollIntervalMs,
          ports.clock.now(),
          [this]
          {
              const auto counts = intake_.counts();
              return WebhookVerdicts{counts.wellFormed, counts.forged};
          }),
      intake_(ports.verifier, commits_, ports.random, ports.wake, ports.log),
      auditWatch_(ports.database, ports.clock, ports.random, ports.log),
      engine_(ports.database, ports.clock, ports.random, ports.log, health_, handlers())
{
}

std::map<std::string, JobHandler, std::less<>> Core::handlers()
{
    const auto stepOf = [](auto& part)
    { return [&part](const store::JobLease& lease) { return part.step(lease); }; };
    const auto runOf = [](auto& part)
    { return [&part](const store::JobLease& lease) { return part.run(lease); }; };

    const auto unlessLeftAlone = [this](JobHandler handler) -> JobHandler
    {
        return [this, handler = std::move(handler)](
                   const store::JobLease& lease) -> Result<store::JobEnd>
        {
            BF_LET(leftAlone, isLeftAlone(ports_.database, lease));
            if (leftAlone) return store::JobEnd{};
            return handler(lease);
        };
    };

    std::map<std::string, JobHandler, std::less<>> handlers;
    const auto add = [&](std::string_view kind, JobHandler handler)
    { handlers.emplace(std::string(kind), std::move(handler)); };
    add(store::job::inbox, runOf(inboxReader_));
    add(store::job::schedule,
        [this](const store::JobLease& lease)
        {
            auditWatch_.step(lease);
            return schedule_.run(lease);
        });
    add(store::job::refresh, unlessLeftAlone(runOf(refresh_)));
    add(store::job::disconnect, unlessLeftAlone(runOf(disconnect_)));
    add(store::job::sync, unlessLeftAlone(stepOf(syncLoop_)));
    add(store::job::handover, unlessLeftAlone(runOf(handover_)));
    add(store::job::reseal, runOf(reseal_));
    add(store::job::release, unlessLeftAlone(stepOf(heldRelease_)));
    add(store::job::freed, unlessLeftAlone(stepOf(freedRows_)));
    add(store::job::opening, unlessLeftAlone(stepOf(openingBalance_)));
    add(store::job::proof, unlessLeftAlone(stepOf(proofs_)));
    add(store::job::import, unlessLeftAlone(stepOf(imports_)));
    add(store::job::takeBack, unlessLeftAlone(runOf(takingBack_)));
    add(store::job::linkSession, unlessLeftAlone(stepOf(linkSessions_)));
    add(store::job::askBank, unlessLeftAlone(runOf(bankAsk_)));
    add(store::job::askBalances, unlessLeftAlone(runOf(liveBalances_)));
    add(store::job::institution, unlessLeftAlone(runOf(institutions_)));
    add(store::job::eraseTenant, runOf(erasure_));
    return handlers;
}

Result<void> Core::begin()
{
    return ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            const UtcTime now = ports_.clock.now();
            store::JobRepository jobs(unit);
            // A SQLite file belongs to one process; with PostgreSQL a peer may be at work, and
            // leases run out.
            if (unit.engine() == store::Engine::Sqlite) jobs.abandonLeases();
            BankOutages::trySetUpNow(unit, now);
            jobs.ask(ports_.random, "", store::job::schedule, "", now);
            jobs.ask(ports_.random, "", store::job::inbox, "", now);
            if (ports_.vault.keyIds().size() > 1)
                jobs.ask(ports_.random, "", store::job::reseal, "", now);
            return success();
        });
}

Result<void> Core::resealEverything()
{
    BF_TRY(ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::JobRepository(unit).ask(
                ports_.random, "", store::job::reseal, "", ports_.clock.now());
            return success();
        }));
    ports_.wake.wake(WakeReason::Jobs);
    return success();
}

Result<void> Core::lookAtEverything()
{
    const UtcTime now = ports_.clock.now();
    schedule_.lookAgainAfter(now);
    BF_TRY(ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            BankOutages::trySetUpNow(unit, now);
            store::JobRepository(unit).ask(ports_.random, "", store::job::schedule, "", now);
            return success();
        }));
    ports_.wake.wake(WakeReason::Jobs);
    return success();
}

} // namespace bankfeed::engine
