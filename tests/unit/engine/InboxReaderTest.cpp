// Goal: each stored webhook asks for the right job of the right connection, once, and the notice of
// new accounts is opened and told once however often it rings.
#include "EngineFixture.h"

#include "engine/InboxReader.h"
#include "store/AuditRepository.h"
#include "store/InboxRepository.h"
#include "store/LinkSessionRepository.h"

namespace bankfeed::engine
{

class InboxReaderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(InboxReaderTest);
    CPPUNIT_TEST(newAccountsOpenOneNoticeAndOneAuditEntryHoweverOftenTheyRing);
    CPPUNIT_TEST(changedTransactionsAskForASyncAndForBalances);
    CPPUNIT_TEST(aWebhookEndsTheRestOfAJobThatFailed);
    CPPUNIT_TEST(troubleAsksTheProviderAndChangesNothingByItself);
    CPPUNIT_TEST(theBanksWordOfAnEndStandsUntilSomebodyLogsIn);
    CPPUNIT_TEST(anUnknownConnectionIsSetAsideAndCounted);
    CPPUNIT_TEST(aWebhookOfAnotherEnvironmentIsSetAside);
    CPPUNIT_TEST(aRemovedConnectionIsNotWokenUp);
    CPPUNIT_TEST(aReaderThatLostItsLeaseRoutesNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    static void store(EngineFixture& f, const std::string& id, BankEventKind kind,
        const std::string& item, const std::string& environment = "sandbox")
    {
        VerifiedWebhook webhook;
        webhook.id = id;
        webhook.event.kind = kind;
        webhook.event.environment = environment;
        webhook.event.providerConnectionId = item;
        f.write(
            [&](store::Unit& unit) { store::InboxRepository(unit).add(webhook, f.clock.now()); });
    }

    /// How many were of connections that nobody has.
    static std::uint64_t run(EngineFixture& f)
    {
        f.ask("", store::job::inbox, "");
        const auto lease = f.claim();
        InboxReader reader(*f.database, f.clock, f.random, f.log, "plaid", "sandbox");
        const auto end = reader.run(lease);
        CPPUNIT_ASSERT(end.ok());
        CPPUNIT_ASSERT(end->kind == store::JobEnd::Kind::Done);
        f.write(
            [&](store::Unit& unit) { store::JobRepository(unit).end(lease, f.clock.now(), *end); });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
            f.read([](store::Unit& unit) { return store::InboxRepository(unit).waitingCount(); }));
        return reader.unknownConnections();
    }

    static std::string outcome(EngineFixture& f, const std::string& id)
    {
        return f.read(
            [&](store::Unit& unit) {
                return unit.query("SELECT outcome FROM inbox WHERE webhook_id = $1", {id})
                    .text(0, 0);
            });
    }

    void newAccountsOpenOneNoticeAndOneAuditEntryHoweverOftenTheyRing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                for (int i = 0; i < 4; ++i)
                {
                    store(f, "w" + std::to_string(i), BankEventKind::NewAccountsAvailable,
                        "item-con_1");
                    run(f);
                }
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.notices("a").size());
                CPPUNIT_ASSERT_EQUAL(std::string("new_accounts"), f.notices("a")[0]);
                const auto entries = f.read([](store::Unit& unit)
                    { return store::AuditRepository(unit, "a").entries(0, 50); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, entries.size());
                CPPUNIT_ASSERT_EQUAL(std::string("notice.opened"), entries[0].action);
                CPPUNIT_ASSERT(f.connection("a", "con_1").newAccountsSince.has_value());
            });
    }

    void changedTransactionsAskForASyncAndForBalances()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                store(f, "w", BankEventKind::TransactionsChanged, "item-con_1");
                run(f);
                CPPUNIT_ASSERT(f.job("a", store::job::sync, "con_1").exists);
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
                CPPUNIT_ASSERT_EQUAL(std::string("routed"), outcome(f, "w"));
            });
    }

    void aWebhookEndsTheRestOfAJobThatFailed()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.ask("a", store::job::sync, "con_1");
                const auto lease = f.claim();
                const UtcTime later = plusMs(f.clock.now(), 3'600'000);
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).end(lease, f.clock.now(),
                            {store::JobEnd::Kind::Failed, later, "http.down", "Unreachable."});
                    });
                f.clock.advanceMs(120'000);
                store(f, "w", BankEventKind::TransactionsChanged, "item-con_1");
                run(f);
                CPPUNIT_ASSERT(f.job("a", store::job::sync, "con_1").dueAt <= f.clock.now());
            });
    }

    void troubleAsksTheProviderAndChangesNothingByItself()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                store(f, "w", BankEventKind::ConnectionTrouble, "item-con_1");
                run(f);
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
                CPPUNIT_ASSERT_EQUAL(std::string("healthy"), f.connection("a", "con_1").state);
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void theBanksWordOfAnEndStandsUntilSomebodyLogsIn()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                const auto well = [&](std::optional<UtcTime> consentEndsAt = std::nullopt)
                {
                    ConnectionFacts facts;
                    facts.consentEndsAt = consentEndsAt;
                    f.write([&](store::Unit& unit)
                        { f.health.wentWell(unit, "a", "con_1", facts, f.clock.now()); });
                };
                const auto expect = [&](const std::vector<std::string>& kinds)
                { CPPUNIT_ASSERT(f.notices("a") == kinds); };
                store(f, "w1", BankEventKind::ConsentEnding, "item-con_1");
                run(f);
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
                well(); // It still works, and says nothing of a date.
                expect({"end_announced"});
                f.clock.advanceMs(60'000);
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::LinkSession session;
                        session.id = "lks_1";
                        session.purpose = "repair";
                        session.connectionId = "con_1";
                        session.state = std::string(store::sessionState::done);
                        session.finishedAt = f.clock.now();
                        CPPUNIT_ASSERT(store::LinkSessionRepository(unit, "a").insert(session));
                    });
                well();
                expect({});
                f.clock.advanceMs(60'000);
                store(f, "w2", BankEventKind::ConsentEnding, "item-con_1");
                run(f);
                well(plusMs(f.clock.now(), 7 * std::int64_t{86'400'000}));
                expect({"consent_ending"});
                well();
                store(f, "w3", BankEventKind::ConsentEnding, "item-con_1");
                run(f);
                f.clock.advanceMs(15 * std::int64_t{86'400'000});
                well(); // What was announced did not come.
                expect({});
            });
    }

    void anUnknownConnectionIsSetAsideAndCounted()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                store(f, "w", BankEventKind::NewAccountsAvailable, "item-nobody");
                store(f, "l", BankEventKind::LinkFinished, "");
                f.addConnection("a", "con_1");
                store(f, "k", BankEventKind::TransactionsChanged, "item-con_1");
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, run(f));
                CPPUNIT_ASSERT_EQUAL(std::string("unknown_connection"), outcome(f, "w"));
                CPPUNIT_ASSERT_EQUAL(std::string("unknown_session"), outcome(f, "l"));
            });
    }

    void aWebhookOfAnotherEnvironmentIsSetAside()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                store(f, "w", BankEventKind::NewAccountsAvailable, "item-con_1", "production");
                run(f);
                CPPUNIT_ASSERT_EQUAL(std::string("other_environment"), outcome(f, "w"));
                CPPUNIT_ASSERT(f.notices("a").empty());
            });
    }

    void aRemovedConnectionIsNotWokenUp()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").markRemoved(
                            "con_1", "disconnected", f.clock.now());
                    });
                store(f, "w", BankEventKind::TransactionsChanged, "item-con_1");
                run(f);
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
            });
    }

    void aReaderThatLostItsLeaseRoutesNothing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                store(f, "w", BankEventKind::TransactionsChanged, "item-con_1");
                f.ask("", store::job::inbox, "");
                const auto lost = f.claim();
                f.clock.advanceMs(61'000);
                (void)f.claim();
                InboxReader reader(*f.database, f.clock, f.random, f.log, "plaid", "sandbox");
                CPPUNIT_ASSERT(reader.run(lost).ok());
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
                CPPUNIT_ASSERT_EQUAL(std::string(), outcome(f, "w"));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InboxReaderTest);

} // namespace bankfeed::engine
