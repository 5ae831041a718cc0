// The whole core over a scripted bank, and somebody who runs its jobs.
#pragma once

#include "EngineFixture.h"

#include "engine/Core.h"
#include "support/ScriptedBank.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bankfeed::engine
{

/// A ScriptedBank that also has connections. Counts every call, by name.
class BankOfConnections final : public BankProvider
{
public:
    testing::ScriptedBank rows;
    ConnectionFacts facts;
    std::optional<Error> removalFails;
    std::optional<Error> lookFails;
    std::map<std::string, InstitutionFacts> banks; ///< Of which it knows something to say.
    std::optional<Error> bankFails;
    std::optional<Error> balancesFail;
    std::set<std::string> tokensThatStay; ///< Connections with these are not ended.
    std::map<std::string, int> calls;

    [[nodiscard]] int allCalls() const
    {
        int sum = 0;
        for (const auto& [name, count] : calls)
            sum += count;
        return sum;
    }

    Result<LinkStart> startLink(const LinkRequest&) override { return unused(); }
    Result<LinkOutcome> linkOutcome(const Secret&, LinkPurpose) override { return unused(); }
    Result<NewConnection> exchange(const Secret&) override { return unused(); }
    Result<ConnectionFacts> connection(const Secret&) override
    {
        ++calls["connection"];
        return facts;
    }
    Result<void> removeConnection(const Secret& token) override
    {
        ++calls["removeConnection"];
        if (removalFails) return *removalFails;
        if (tokensThatStay.contains(std::string(token.reveal())))
            return Error::retry("http.down", "Unreachable.");
        return success();
    }
    Result<void> lookAtBank(const Secret&) override
    {
        ++calls["lookAtBank"];
        if (lookFails) return *lookFails;
        return success();
    }
    Result<std::vector<ProviderAccount>> balancesNow(const Secret& token) override
    {
        ++calls["balancesNow"];
        if (balancesFail) return *balancesFail;
        return rows.accounts(token);
    }
    Result<InstitutionFacts> institution(const std::string& id) override
    {
        ++calls["institution"];
        if (bankFails) return *bankFails;
        const auto found = banks.find(id);
        if (found == banks.end()) return Error::invalid("test.unknown", "No such bank.");
        return found->second;
    }
    Result<std::vector<ProviderAccount>> accounts(const Secret& token) override
    {
        ++calls["accounts"];
        return rows.accounts(token);
    }
    Result<TransactionPage> transactions(const Secret& token, const std::string& cursor) override
    {
        ++calls["transactions"];
        return rows.transactions(token, cursor);
    }

private:
    static Error unused() { return Error::internal("test.unused", "Not used here."); }
};

struct CoreFixture : EngineFixture
{
    explicit CoreFixture(store::Engine engine)
        : EngineFixture(engine),
          vault(store::TokenVault::make(Secret(std::string(32, 'k')), random).value())
    {
        begin();
    }

    /// A new process on the same database.
    void begin()
    {
        core.reset();
        CoreSettings settings;
        settings.environment = "sandbox";
        core = std::make_unique<Core>(
            CorePorts{*database, *vault, bank, verifier, clock, random, wake, log}, settings);
        CPPUNIT_ASSERT(core->begin().ok());
    }

    /// With a token that opens.
    void addWorkingConnection(
        const std::string& tenant, const std::string& id, const std::string& token = "token")
    {
        addConnection(tenant, id);
        const auto sealed = vault->seal(tenant, id, "access_token_sealed", Secret(token));
        write([&](store::Unit& unit)
            { store::ConnectionRepository(unit, tenant).setAccessToken(id, sealed); });
    }

    /// Runs jobs until none is due; at most 2,000.
    void run()
    {
        for (int i = 0; i < 2'000; ++i)
            if (!core->engine().runNext().value()) return;
        CPPUNIT_FAIL("The jobs do not come to an end.");
    }

    void sync(const std::string& tenant, const std::string& id)
    {
        ask(tenant, store::job::refresh, id);
        ask(tenant, store::job::sync, id);
        run();
    }

    std::int64_t count(const std::string& sql)
    {
        return read([&](store::Unit& unit) { return unit.query(sql).number(0, 0); });
    }

    struct Verifier final : WebhookVerifier
    {
        Result<VerifiedWebhook> verify(
            const std::vector<WebhookHeader>&, std::string_view, UtcTime) override
        {
            return Error::denied("webhook.refused", "Not used here.");
        }
    };
    struct Silent final : Wake
    {
        void wake(WakeReason) noexcept override {}
    };

    BankOfConnections bank;
    Verifier verifier;
    Silent wake;
    std::unique_ptr<store::TokenVault> vault;
    std::unique_ptr<Core> core;
};

template <class Body>
void withCoreOnBothEngines(Body body)
{
    for (const auto engine : {store::Engine::Sqlite, store::Engine::Postgresql})
    {
        CoreFixture fixture(engine);
        body(fixture);
    }
}

} // namespace bankfeed::engine
