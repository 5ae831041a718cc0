// The real core over the real transport, a simulated Plaid in a process of its own, and books; one
// thread, and one clock for all of them that a test moves.
#pragma once

#include "LoopbackServer.h"
#include "Simulator.h"
#include "adapters/PocoHttpsTransport.h"
#include "base/Ledger.h"
#include "delivery/Relay.h"
#include "engine/Core.h"
#include "plaid/PlaidClient.h"
#include "plaid/PlaidWebhookVerifier.h"
#include "plaid/WebhookKeyRing.h"
#include "store/WebhookKeys.h"
#include "support/FakeLedger.h"
#include "support/ManualClock.h"
#include "support/MemoryDatabase.h"
#include "support/MemoryLog.h"
#include "support/SeededRandom.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

namespace bankfeed::testing
{

using Json = nlohmann::json;

/// The real transport, with less patience, so that a test of silence is short.
class BriefTransport final : public HttpTransport
{
public:
    explicit BriefTransport(const std::string& url);
    ~BriefTransport() override;
    BriefTransport(const BriefTransport&) = delete;
    BriefTransport& operator=(const BriefTransport&) = delete;

    [[nodiscard]] Result<HttpResponse> post(const HttpRequest& request) override;
    void abort() override { real_->abort(); }

    std::atomic<std::int64_t> deadlineMs = 20'000; ///< Of the wall, for every call.
    std::atomic<bool> nobodyListens = false;       ///< Connections are refused.
    std::atomic<int> underWay = 0;

private:
    int closedPort_; ///< Bound, and not listening.
    std::unique_ptr<adapters::PocoHttpsTransport> real_;
    std::unique_ptr<adapters::PocoHttpsTransport> refused_;
};

/// FakeLedger, which can make accounts.
class Books final : public Ledger
{
public:
    FakeLedger entries{"main"};

    [[nodiscard]] Result<void> visitTenants(
        const std::function<Result<void>(const std::string& tenant)>& visit) override;
    [[nodiscard]] Result<std::vector<LedgerAccount>> accounts(const std::string& tenant) override;
    [[nodiscard]] Result<std::string> createAccount(
        const std::string& tenant, const LedgerAccountRequest& request) override;
    [[nodiscard]] Result<std::optional<Watermark>> watermark(
        const std::string& tenant, const std::string& feedId) override;
    [[nodiscard]] Result<PostOutcome> post(const LedgerBatch& batch) override;
    [[nodiscard]] Result<std::vector<Head>> heads(
        const std::string& tenant, const std::vector<std::string>& rootKeys) override;

private:
    std::map<std::string, LedgerAccount> accounts_; ///< By idempotency key.
};

struct WorldSettings
{
    bool webhooks = true;
    std::int64_t pollIntervalMs = 21'600'000;
};

class World
{
public:
    explicit World(WorldSettings settings = {});
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // --- the bank, and Plaid ---

    Json pull(const std::string& path, const Json& body = Json::object()) const;
    [[nodiscard]] Json look(const std::string& path) const;
    void fault(const std::string& kind, Json more = Json::object()) const;
    void clearFaults() const;
    [[nodiscard]] std::size_t faultsWaiting() const;
    /// One row on the statement of Checking, or of another account. Gives its name.
    std::string post(const std::string& amount, const std::string& name,
        const std::string& account = "checking-0000", Json more = Json::object()) const;
    /// Rows of one cent and more, so many.
    void postMany(int count, const std::string& account = "checking-0000") const;
    /// The status with which a forged webhook was answered.
    int forge(const std::string& kind, const std::string& connectionId) const;
    [[nodiscard]] std::string itemOf(const std::string& connectionId);

    // --- people ---

    /// A link session through the bank's pages, headless; runs until it is over. Gives its id.
    std::string link(
        LinkPurpose purpose, const std::string& connectionId = "", Json choices = Json::object());
    std::string beginLink(LinkPurpose purpose, const std::string& connectionId = "");
    Json completeLink(const std::string& sessionId, Json choices = Json::object());
    [[nodiscard]] link::LinkSessions::Shown session(const std::string& sessionId);
    /// Every account that waits for a decision feeds a new ledger account.
    void feedAll(const std::string& connectionId);
    /// As the console asks for it; the job does the rest.
    void disconnect(const std::string& connectionId);
    /// A bank with two accounts, connected, fed and in step.
    std::string connected(Json choices = Json::object());

    // --- time ---

    /// Does all that is due: webhooks, jobs, delivery.
    void settle();
    /// Lets time pass; what falls due on the way is done, at its time when `exactly`, else within
    /// four minutes of it.
    void pass(double seconds, bool exactly = true);
    /// Lets days pass in leaps of six hours; webhooks of these days are too old when they come.
    void leap(double seconds);
    /// The process ends, with whatever it was at, and a new one begins on the same database.
    void restart();

    // --- looking ---

    [[nodiscard]] store::Connection connection(const std::string& id);
    [[nodiscard]] std::vector<store::Connection> connections();
    /// The kinds of the open ones, sorted.
    [[nodiscard]] std::vector<std::string> notices();
    [[nodiscard]] std::vector<store::BankAccount> accountsOf(const std::string& connectionId);
    [[nodiscard]] std::int64_t count(const std::string& sql);
    [[nodiscard]] bool mirrorHolds(const std::string& name);
    /// How often Plaid was asked since the last forgetCalls.
    [[nodiscard]] std::size_t calls(const std::string& path) const;
    void forgetCalls() const;

    /// The last lines of the log, and the calls, for the message of a failure.
    [[nodiscard]] std::string logged() const;

    /// Throws unless every connection that lives mirrors what Plaid shows of it, and every posted
    /// row of what is linked is booked exactly once, with the bank's balance as the sum.
    void checkInStep();
    /// Throws when a job is under way, or one that failed waits.
    void checkNothingStuck();

    template <class Body>
    auto read(Body&& body)
    {
        auto seen = (*database).read(
            [&](store::Unit& unit) -> Result<decltype(body(unit))> { return body(unit); });
        return std::move(seen).value();
    }

    Simulator simulator{{"--clock=stepped"}};
    ManualClock clock;
    SeededRandom random{7};
    MemoryLog log;
    MemoryDatabase database;
    BriefTransport transport;
    Books books;
    std::unique_ptr<engine::Core> core;
    std::unique_ptr<delivery::Relay> relay;
    std::optional<bool> deliver = true; ///< The books take what comes.
    const std::string tenant = "main";
    const link::Person ada{"usr-ada", "Ada", "login-ada"};

private:
    class NoWake final : public Wake
    {
    public:
        void wake(WakeReason) noexcept override {}
    };

    void serve(Connection& connection);
    void step(std::int64_t ns);
    void checkMirror(const store::Connection& connection, const Json& item);
    void checkBooks(const Json& state, const store::Connection& connection, const Json& item);

    WorldSettings settings_;
    NoWake wake_;
    std::unique_ptr<store::TokenVault> vault_;
    std::unique_ptr<plaid::PlaidClient> client_;
    std::unique_ptr<store::WebhookKeys> storedKeys_;
    std::unique_ptr<plaid::WebhookKeyRing> keys_;
    std::unique_ptr<plaid::PlaidWebhookVerifier> verifier_;
    std::shared_mutex coreMutex_; ///< A webhook comes on a thread of its own.
    std::unique_ptr<LoopbackServer> endpoint_;
};

} // namespace bankfeed::testing
