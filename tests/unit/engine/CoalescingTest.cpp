// Goal: however often webhooks ring, a connection is read at most twice; and a crash at any step of
// any job leaves nothing stuck and nothing undone.
#include "EngineFixture.h"

#include "engine/Core.h"
#include "support/FaultyDatabase.h"
#include "support/ScriptedBank.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

/// A bank with transactions, whose connection is well.
class Bank final : public BankProvider
{
public:
    Result<LinkStart> startLink(const LinkRequest&) override { return unused(); }
    Result<LinkOutcome> linkOutcome(const Secret&, LinkPurpose) override { return unused(); }
    Result<NewConnection> exchange(const Secret&) override { return unused(); }
    Result<void> removeConnection(const Secret&) override { return success(); }
    Result<ConnectionFacts> connection(const Secret&) override { return ConnectionFacts{}; }
    Result<std::vector<ProviderAccount>> accounts(const Secret& token) override
    {
        return rows.accounts(token);
    }
    Result<TransactionPage> transactions(const Secret&, const std::string& cursor) override
    {
        if (cursor.empty() || cursor.starts_with("c")) ++loops;
        if (meanwhile) meanwhile();
        return rows.transactions(Secret("token"), cursor);
    }

    testing::ScriptedBank rows;
    int loops = 0;
    std::function<void()> meanwhile;

private:
    static Error unused() { return Error::internal("test.unused", "Not used here."); }
};

/// Takes every request for a genuine webhook that there is something to sync.
struct Verifier final : WebhookVerifier
{
    Result<VerifiedWebhook> verify(
        const std::vector<WebhookHeader>&, std::string_view body, UtcTime at) override
    {
        VerifiedWebhook webhook;
        webhook.id = std::string(body);
        webhook.signedAt = at;
        webhook.event.kind = BankEventKind::TransactionsChanged;
        webhook.event.environment = "sandbox";
        webhook.event.providerConnectionId = "item-con_1";
        return webhook;
    }
};

struct Silent final : Wake
{
    void wake(WakeReason) noexcept override {}
};

/// One process after another on the same database.
struct House
{
    House(EngineFixture& fixture, store::Database& database) : f(fixture), db(database)
    {
        f.addConnection("a", "con_1");
        const auto sealed = vault->seal("a", "con_1", "access_token_sealed", Secret("token"));
        f.write([&](store::Unit& unit)
            { store::ConnectionRepository(unit, "a").setAccessToken("con_1", sealed); });
        bank.rows.addAccount({"checking"});
        bank.rows.pageSize = 5;
        for (int i = 0; i < 23; ++i)
            bank.rows.put({"t" + std::to_string(i), "checking", 100 + i});
        settings.environment = "sandbox";
        begin();
    }

    void begin()
    {
        core = std::make_unique<Core>(
            CorePorts{db, *vault, bank, verifier, f.clock, f.random, wake, f.log}, settings);
        (void)core->begin();
    }

    void ring(int times)
    {
        for (int i = 0; i < times; ++i)
            CPPUNIT_ASSERT_EQUAL(200,
                core->intake().handle({}, "webhook-" + std::to_string(++webhooks), f.clock.now()));
    }

    /// Runs what is due now; what fails in the store is left to the next process.
    bool run()
    {
        for (int i = 0; i < 400; ++i)
        {
            const auto ran = core->engine().runNext();
            if (!ran.ok()) return false;
            if (!*ran) return true;
        }
        CPPUNIT_FAIL("the jobs do not come to an end");
        return false;
    }

    EngineFixture& f;
    store::Database& db;
    std::unique_ptr<store::TokenVault> vault =
        store::TokenVault::make(Secret(std::string(32, 'k')), f.random).value();
    Bank bank;
    Verifier verifier;
    Silent wake;
    CoreSettings settings;
    std::unique_ptr<Core> core;
    int webhooks = 0;
};

std::int64_t count(EngineFixture& f, const std::string& sql)
{
    return f.read([&](store::Unit& unit) { return unit.query(sql).number(0, 0); });
}

} // namespace

class CoalescingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CoalescingTest);
    CPPUNIT_TEST(tenWebhooksAtOnceCostOneLoop);
    CPPUNIT_TEST(tenWebhooksWhileItIsReadCostOneMore);
    CPPUNIT_TEST(aCrashAtAnyStepLeavesNothingStuck);
    CPPUNIT_TEST_SUITE_END();

public:
    void tenWebhooksAtOnceCostOneLoop()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                House house(f, *f.database);
                CPPUNIT_ASSERT(house.run());
                house.bank.loops = 0;
                house.ring(10);
                CPPUNIT_ASSERT(house.run());
                CPPUNIT_ASSERT_EQUAL(1, house.bank.loops);
            });
    }

    void tenWebhooksWhileItIsReadCostOneMore()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                House house(f, *f.database);
                int rung = 0;
                // On every page of the first reading, and routed at once.
                house.bank.meanwhile = [&]
                {
                    if (rung >= 10) return;
                    rung += 2;
                    house.ring(2);
                    f.ask("", store::job::inbox, "");
                };
                CPPUNIT_ASSERT(house.run());
                CPPUNIT_ASSERT_EQUAL(10, rung);
                CPPUNIT_ASSERT_EQUAL(2, house.bank.loops);
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{23}, count(f, "SELECT COUNT(*) FROM bank_transaction"));
            });
    }

    /// The process dies at its n-th statement, or without having heard of its n-th commit, whatever
    /// n is; the next one does the rest.
    void aCrashAtAnyStepLeavesNothingStuck()
    {
        EngineFixture f(store::Engine::Sqlite);
        bool over = false;
        for (std::int64_t n = 1; !over; ++n)
        {
            over = true;
            for (const bool lost : {false, true})
                if (crash(f, n, lost)) over = false;
            CPPUNIT_ASSERT(n < 2'000);
        }
    }

private:
    /// True when the fault was met with.
    static bool crash(EngineFixture& f, std::int64_t n, bool lost)
    {
        for (const char* table : {"connection", "job", "inbox", "notice", "bank_account",
                 "bank_transaction", "sync_loop", "sync_stage", "audit", "outage"})
            f.write([&](store::Unit& unit) { unit.execute(std::string("DELETE FROM ") + table); });
        testing::FaultyDatabase faulty(*f.database);
        House house(f, faulty);
        house.ring(2);
        faulty.statements = 0;
        faulty.writeUnits = 0;
        (lost ? faulty.loseAnswerOfUnit : faulty.failAtStatement) = n;
        house.run();
        const bool met = faulty.failed();
        faulty.loseAnswerOfUnit = faulty.failAtStatement = testing::FaultyDatabase::never;
        house.begin();
        const std::string what = "n " + std::to_string(n) + (lost ? " lost" : "");
        for (int i = 0; i < 12; ++i)
        {
            CPPUNIT_ASSERT_MESSAGE(what, house.run());
            f.clock.advanceMs(600'000);
        }
        // Nothing but the schedule, and nothing that was begun.
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            what, std::int64_t{0}, count(f, "SELECT COUNT(*) FROM job WHERE kind <> 'schedule'"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            what, std::int64_t{0}, count(f, "SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            what, std::int64_t{0}, count(f, "SELECT COUNT(*) FROM inbox WHERE state = 'waiting'"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            what, std::int64_t{23}, count(f, "SELECT COUNT(*) FROM bank_transaction"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            what, std::string("healthy"), f.connection("a", "con_1").state);
        CPPUNIT_ASSERT_MESSAGE(
            what, f.notices("a") == std::vector<std::string>{"accounts_to_decide"});
        return met;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CoalescingTest);

} // namespace bankfeed::engine
