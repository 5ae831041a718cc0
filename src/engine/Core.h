// The rooms of the core, put together over the ports. The plugin, and a simulation, make one of
// these.
#pragma once

#include "accounts/Discovery.h"
#include "accounts/LedgerMirror.h"
#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "base/Wake.h"
#include "base/WebhookVerifier.h"
#include "engine/AccessTokens.h"
#include "engine/AuditWatch.h"
#include "engine/BankAsk.h"
#include "engine/ConnectionHealth.h"
#include "engine/ConnectionRefresh.h"
#include "engine/Disconnect.h"
#include "engine/Engine.h"
#include "engine/Handover.h"
#include "engine/InboxReader.h"
#include "engine/Institutions.h"
#include "engine/LiveBalances.h"
#include "engine/Reseal.h"
#include "engine/Schedule.h"
#include "engine/TakingBack.h"
#include "engine/TenantErasure.h"
#include "engine/WebhookHealth.h"
#include "intake/WebhookIntake.h"
#include "link/LinkSessions.h"
#include "store/Database.h"
#include "store/FencedDatabase.h"
#include "store/GroupCommit.h"
#include "store/TokenVault.h"
#include "sync/BalanceProof.h"
#include "sync/FreedRows.h"
#include "sync/HeldRelease.h"
#include "sync/Imports.h"
#include "sync/OpeningBalance.h"
#include "sync/SyncLoop.h"

#include <string>

namespace bankfeed::engine
{

struct CoreSettings
{
    std::string provider = "plaid";
    std::string environment;
    std::string language = "en"; ///< Of link sessions.
    std::string webhookUrl;      ///< "": live by polling.
    sync::BookingRules booking;
    std::int64_t pollIntervalMs = 21'600'000; ///< How old the last look at a connection may be.
};

/// What the core needs of the world; all outlive the core.
struct CorePorts
{
    store::Database& database;
    store::TokenVault& vault;
    BankProvider& provider;
    WebhookVerifier& verifier;
    Clock& clock;
    Random& random;
    Wake& wake;
    Log& log;
};

class Core
{
public:
    Core(const CorePorts& ports, const CoreSettings& settings);

    /// Asks for the jobs that a start begins with. Once, before the first runNext.
    [[nodiscard]] Result<void> begin();

    /// Looks at every connection anew, as after a start: what was refused may be granted now.
    [[nodiscard]] Result<void> lookAtEverything();

    /// The vault has other keys than before: what the older one sealed is sealed anew.
    [[nodiscard]] Result<void> resealEverything();

    [[nodiscard]] Engine& engine() { return engine_; }
    [[nodiscard]] intake::WebhookIntake& intake() { return intake_; }
    [[nodiscard]] const InboxReader& inboxReader() const { return inboxReader_; }
    [[nodiscard]] link::LinkSessions& linkSessions() { return linkSessions_; }
    [[nodiscard]] accounts::LedgerMirror& ledgerMirror() { return ledgerMirror_; }

private:
    [[nodiscard]] std::map<std::string, JobHandler, std::less<>> handlers();

    CorePorts ports_;
    AccessTokens tokens_;
    store::GroupCommit commits_;
    store::FencedDatabase fenced_; ///< For what people ask of link sessions.
    ConnectionHealth health_;
    accounts::Discovery discovery_;
    accounts::LedgerMirror ledgerMirror_;
    link::LinkSessions linkSessions_;
    sync::SyncLoop syncLoop_;
    sync::HeldRelease heldRelease_;
    sync::FreedRows freedRows_;
    sync::OpeningBalance openingBalance_;
    sync::Imports imports_;
    sync::BalanceProofs proofs_;
    WebhookHealth webhookHealth_;
    ConnectionRefresh refresh_;
    Disconnect disconnect_;
    BankAsk bankAsk_;
    LiveBalances liveBalances_;
    Institutions institutions_;
    TenantErasure erasure_;
    Handover handover_;
    TakingBack takingBack_;
    Reseal reseal_;
    InboxReader inboxReader_;
    Schedule schedule_;
    intake::WebhookIntake intake_;
    AuditWatch auditWatch_;
    Engine engine_;
};

} // namespace bankfeed::engine
