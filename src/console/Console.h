// The console: every route, and the files of the web client.
#pragma once

#include "accounts/Linking.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "base/Secret.h"
#include "base/Wake.h"
#include "console/ConsoleTypes.h"
#include "console/Csrf.h"
#include "console/Router.h"
#include "console/StaticFiles.h"
#include "link/LinkSessions.h"
#include "store/Database.h"
#include "store/FencedDatabase.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bankfeed::console
{

struct ConsoleSettings
{
    std::string environment; ///< "sandbox", "production"
    std::string version;     ///< Of the plugin.
    /// The console's address from outside, ending in "/", for the way back from the bank's page; ""
    /// when the host has none.
    std::string publicUrl;
    bool askBankOnSync = false; ///< "Sync now" has the provider look at the bank; it is billed.
    bool liveBalances = false;  ///< People may ask for the bank's own balances; each is billed.
    std::int64_t pollIntervalMs = 0;
    bool webhooks = true;   ///< False: the provider has no address to tell news to.
    std::string webhookUrl; ///< That address; "" when there is none.
    /// The countries, of those that the operator has, where accounts can be chosen anew in an
    /// update of a connection. Elsewhere a new connection takes the place of the old one.
    std::vector<std::string> chooseInUpdate{"US"};
    Secret csrfKey; ///< Csrf::randomKey, or one that several processes share.
};

/// How webhooks have fared since the start, of all tenants together: who sends them is not known
/// before they are read.
struct WebhookCounts
{
    std::uint64_t stored = 0;
    std::uint64_t repeated = 0;
    std::uint64_t refused = 0;
    std::uint64_t forged = 0; ///< Of these: whole tokens that were not true.
    std::uint64_t postponed = 0;
    std::uint64_t notUnderstood = 0;
    std::uint64_t unknownKind = 0;
    std::uint64_t unknownConnection = 0;
    std::uint64_t keyFetches = 0;
};

/// The provider's keys that webhooks are verified with, of the whole host.
struct WebhookKeyCounts
{
    std::uint64_t kept = 0;
    std::uint64_t expired = 0;  ///< Of these: withdrawn by the provider.
    std::uint64_t refused = 0;  ///< Names that led to no key a moment ago.
    std::uint64_t underWay = 0; ///< Being fetched.
};

/// Calls to the provider in the last minute, of the whole host.
struct CallUse
{
    std::string call; ///< As the provider names it.
    std::uint64_t used = 0;
    std::uint64_t limit = 0;
    std::int64_t waitMs = 0; ///< For so long the provider has asked to wait; 0: it has not.
};

/// What the console needs of the core; all outlive it.
struct ConsolePorts
{
    store::Database& database;
    Clock& clock;
    Random& random;
    Wake& wake;
    Log& log;
    link::LinkSessions& linkSessions;
    std::function<WebhookCounts()> webhookCounts = [] { return WebhookCounts{}; };
    /// The id of the key that seals tokens; "" where there is none.
    std::function<std::string()> tokenKeyId = [] { return std::string(); };
    std::function<WebhookKeyCounts()> webhookKeys = [] { return WebhookKeyCounts{}; };
    std::function<std::vector<CallUse>()> callBudgets = [] { return std::vector<CallUse>(); };
    /// A person is about to choose among the tenant's ledger accounts. Any thread; returns at once.
    std::function<void(const std::string& tenant)> booksLookedAt = [](const std::string&) {};
};

/// Any thread.
class Console
{
public:
    Console(const ConsolePorts& ports, ConsoleSettings settings, StaticFiles files);

    /// Answers a request below the console's route. Calls neither the provider nor the host.
    [[nodiscard]] ConsoleResponse handle(const ConsoleRequest& request);

    [[nodiscard]] const Router& router() const { return router_; }
    [[nodiscard]] const Csrf& csrf() const { return csrf_; }

private:
    void addConnectionRoutes(); // ConnectionApi.cpp
    void addOverviewRoutes();   // OverviewApi.cpp
    void addReviewRoutes();     // ReviewApi.cpp
    void addLinkRoutes();       // LinkApi.cpp
    void addRecordsRoutes();    // RecordsApi.cpp
    void addHeldRoutes();       // HeldApi.cpp
    void addActivityRoutes();   // ActivityApi.cpp
    void addHealthRoutes();     // HealthApi.cpp
    void addTenantRoutes();     // TenantApi.cpp
    void addImportsRoutes();    // ImportsApi.cpp
    void addBalancesRoutes();   // BalancesApi.cpp
    void addTakeBackRoutes();   // TakeBackApi.cpp

    // ConnectionApi.cpp
    [[nodiscard]] Result<Answer> session(const Call& call);
    [[nodiscard]] Result<Answer> connection(const Call& call);
    [[nodiscard]] Result<Answer> syncNow(const Call& call);
    [[nodiscard]] Result<Answer> pause(const Call& call);
    [[nodiscard]] Result<Answer> resume(const Call& call);
    [[nodiscard]] Result<Answer> disconnect(const Call& call);
    [[nodiscard]] Result<Answer> keepBoth(const Call& call);
    [[nodiscard]] Result<Answer> progress(const Call& call);

    // OverviewApi.cpp
    [[nodiscard]] Result<Answer> overview(const Call& call);

    // ReviewApi.cpp
    [[nodiscard]] Result<Answer> review(const Call& call);
    [[nodiscard]] Result<Answer> applyReview(const Call& call);
    [[nodiscard]] Result<Answer> changeStart(const Call& call);
    [[nodiscard]] Result<Answer> endLink(const Call& call);

    // LinkApi.cpp
    [[nodiscard]] Result<void> refuseToAddInVain(
        const std::string& tenant, const std::string& connectionId);
    [[nodiscard]] Result<Answer> beginLink(const Call& call);
    [[nodiscard]] Result<Answer> linkSession(const Call& call);
    [[nodiscard]] Result<Answer> connectAnyway(const Call& call);
    [[nodiscard]] Result<Answer> addToExisting(const Call& call);
    [[nodiscard]] Result<Answer> dropLink(const Call& call);

    // HeldApi.cpp
    [[nodiscard]] Result<Answer> heldAccounts(const Call& call);
    [[nodiscard]] Result<Answer> held(const Call& call);
    [[nodiscard]] Result<Answer> heldEntries(const Call& call);
    [[nodiscard]] Result<Answer> decideHeld(const Call& call);

    // RecordsApi.cpp
    [[nodiscard]] Result<Answer> dismissNotice(const Call& call);
    [[nodiscard]] Result<Answer> proofs(const Call& call);

    // ActivityApi.cpp
    [[nodiscard]] Result<Answer> activity(const Call& call);
    [[nodiscard]] Result<Answer> checkActivity(const Call& call);
    [[nodiscard]] Result<Answer> activityChoices(const Call& call);
    [[nodiscard]] Result<Answer> bankChanges(const Call& call);

    // HealthApi.cpp
    [[nodiscard]] Result<Answer> health(const Call& call);
    [[nodiscard]] Result<Answer> healthAccounts(const Call& call);
    [[nodiscard]] Result<Answer> diagnostics(const Call& call);

    // TenantApi.cpp
    [[nodiscard]] Result<Answer> tenant(const Call& call);
    [[nodiscard]] Result<Answer> eraseTenant(const Call& call);
    [[nodiscard]] Result<void> refuseWhileErasing(const std::string& tenant);

    // ImportsApi.cpp
    [[nodiscard]] Result<Answer> imports(const Call& call);
    [[nodiscard]] Result<Answer> import(const Call& call);
    [[nodiscard]] Result<Answer> protectedRows(const Call& call);
    [[nodiscard]] Result<Answer> undoImport(const Call& call);
    [[nodiscard]] Result<Answer> redoImport(const Call& call);

    // BalancesApi.cpp
    [[nodiscard]] Result<Answer> checkBalances(const Call& call);

    // TakeBackApi.cpp
    [[nodiscard]] Result<Answer> takeBackPreview(const Call& call);
    [[nodiscard]] Result<Answer> takeBack(const Call& call);

    using Method = Result<Answer> (Console::*)(const Call&);
    void route(
        const char* method, const char* pattern, Capability needs, Within within, Method handler);

    store::FencedDatabase fenced_; ///< In the place of that in ports_.
    ConsolePorts ports_;
    ConsoleSettings settings_;
    Csrf csrf_;
    StaticFiles files_;
    accounts::Linking linking_;
    Router router_;
};

} // namespace bankfeed::console
