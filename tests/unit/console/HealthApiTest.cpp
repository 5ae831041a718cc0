#include "store/AuditRepository.h"
#include "store/BalanceProofRepository.h"
#include "store/ConnectionRepository.h"
#include "store/HealthRepository.h"
#include "store/NoticeRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class HealthApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HealthApiTest);
    CPPUNIT_TEST(healthCountsThisTenant);
    CPPUNIT_TEST(theWebhookAddressAndWhenOneCameLastAreShown);
    CPPUNIT_TEST(anAccountShowsHowLongTheBooksHaveLacked);
    CPPUNIT_TEST(accountsComeInPagesAndByWhatIsWrong);
    CPPUNIT_TEST(diagnosticsNameNobodyAndHoldNoSecret);
    CPPUNIT_TEST_SUITE_END();

    struct Scene
    {
        std::string connection;
        std::string account;
        std::string feed;
    };

    /// An account with a feed of which the books have taken `acked` of 3 changes.
    static Scene sceneIn(World& world, int acked, const std::string& tenant = World::tenant)
    {
        Scene scene;
        scene.connection = world.connect("ins_1", "First Platypus Bank", tenant);
        scene.account = "acc_" + tenant;
        scene.feed = "feed_" + tenant;
        const auto now = std::to_string(world.clock.now().ns);
        if (tenant == World::tenant)
        {
            world.look(scene.connection, {shownAccount("a1", "Checking", "4711")});
            const auto account = world.account(scene.connection, "Checking");
            scene.account = account.id;
            scene.feed = account.feedId;
        }
        world.write(
            [&](store::Unit& unit)
            {
                unit.execute("INSERT INTO feed (feed_id, tenant_id, epoch, next_seq, chain_digest, "
                             "acked_epoch, acked_seq, state, held_reason, base, rebuild_after, "
                             "delivered_at) VALUES ('" +
                             scene.feed + "', '" + tenant + "', 5, 4, '', 5, " +
                             std::to_string(acked) + ", 'active', '', '', '', " + now + ")");
                for (int seq = 1; seq <= 3; ++seq)
                    unit.execute(
                        "INSERT INTO outbox (feed_id, epoch, seq, tenant_id, kind, root_key, "
                        "revision, ledger_account_id, counter_account, units, exponent, currency, "
                        "booked_on, authorized_on, description, original_description, merchant, "
                        "category, content_digest, chain_digest, told_before, created_at) VALUES "
                        "('" +
                        scene.feed + "', 5, " + std::to_string(seq) + ", '" + tenant + "', 1, 'k" +
                        std::to_string(seq) +
                        "', 1, 'l1', '', 1, 2, 'USD', '', '', '', '', '', "
                        "'', '', '', '', " +
                        std::to_string(seq) + "000000000)");
            });
        return scene;
    }

    static void prove(World& world, const std::string& account, std::string_view state)
    {
        world.write(
            [&](store::Unit& unit)
            {
                store::BalanceProof proof;
                proof.bankAccountId = account;
                proof.ledgerAccountId = "l1";
                proof.state = state;
                proof.bank = "12.5";
                proof.ledger = "10";
                proof.difference = "2.5";
                proof.unexplained = "2.5";
                proof.held = proof.pending = proof.beforeStart = proof.kept = proof.removed =
                    proof.rounding = "0";
                proof.lookedAt = world.clock.now();
                store::BalanceProofRepository(unit, World::tenant).save(proof);
            });
    }

public:
    void healthCountsThisTenant()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.connect();
                world.connect("ins_1", "Bank", "other");
                const auto connection = world.connect();
                w.post("api/connections/" + connection + "/sync", "", 202);
                world.ledgerAccounts({booksAccount("l1", "A")});
                const auto health = w.get("api/health");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("balance_proofs,budgets,connections,environment,feeds,jobs,"
                                "ledger_accounts,ledger_accounts_waiting,notices,"
                                "now,token_key,version,webhook_keys,webhooks"),
                    keysAt(health));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("address,forged,key_fetches,last_seen_at,not_understood,postponed,"
                                "refused,repeated,stored,unknown_connection,unknown_kind"),
                    keysAt(health, "webhooks"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("id,sealed_with_other_keys"), keysAt(health, "token_key"));
                CPPUNIT_ASSERT_EQUAL(std::string("2"), at(health, "connections.healthy"));
                CPPUNIT_ASSERT_EQUAL(std::string("2"), at(health, "jobs.waiting"));
                CPPUNIT_ASSERT_EQUAL(std::string("0"), at(health, "feeds.undelivered"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(health, "ledger_accounts"));
            });
    }

    void theWebhookAddressAndWhenOneCameLastAreShown()
    {
        World world(store::Engine::Sqlite);
        auto settings = consoleSettings();
        ConsoleWorld without(world, settings);
        CPPUNIT_ASSERT_EQUAL(
            std::string("null"), at(without.get("api/health"), "webhooks.address"));
        settings.webhookUrl = "https://host/plugins/plaid/webhook/";
        ConsoleWorld w(world, settings);
        const auto connection = world.connect();
        auto health = w.get("api/health");
        CPPUNIT_ASSERT_EQUAL(settings.webhookUrl, at(health, "webhooks.address"));
        CPPUNIT_ASSERT_EQUAL(std::string("null"), at(health, "webhooks.last_seen_at"));
        world.write(
            [&](store::Unit& unit)
            {
                unit.execute("UPDATE connection SET last_webhook_at = " +
                             std::to_string(world.clock.now().ns));
            });
        health = w.get("api/health");
        CPPUNIT_ASSERT_EQUAL(at(health, "now"), at(health, "webhooks.last_seen_at"));
    }

    void anAccountShowsHowLongTheBooksHaveLacked()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const Scene scene = sceneIn(world, 1);
                prove(world, scene.account, "differs");
                const auto page = w.get("api/health/accounts");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("bank_account_id,connection_id,currency,delivered_at,exponent,"
                                "held_reason,institution,mask,name,proof,undelivered,"
                                "waiting_since"),
                    keysAt(page, "accounts.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("2"), at(page, "accounts.0.undelivered"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("1970-01-01T00:00:02Z"), at(page, "accounts.0.waiting_since"));
                CPPUNIT_ASSERT_EQUAL(std::string("2.5"), at(page, "accounts.0.proof.difference"));
                const auto health = w.get("api/health");
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(health, "feeds.behind"));
                CPPUNIT_ASSERT_EQUAL(std::string("2"), at(health, "feeds.undelivered"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("1970-01-01T00:00:02Z"), at(health, "feeds.waiting_since"));
            });
    }

    void accountsComeInPagesAndByWhatIsWrong()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const Scene scene = sceneIn(world, 3);
                sceneIn(world, 0, "other");
                const std::string none = R"({"accounts":[],"next":null})";
                CPPUNIT_ASSERT_EQUAL(none, w.get("api/health/accounts?show=behind"));
                CPPUNIT_ASSERT_EQUAL(none, w.get("api/health/accounts?show=differing"));
                CPPUNIT_ASSERT_EQUAL(none, w.get("api/health/accounts?after=" + scene.feed + "x"));
                prove(world, scene.account, "settling");
                CPPUNIT_ASSERT_EQUAL(none, w.get("api/health/accounts?show=differing"));
                prove(world, scene.account, "differs");
                CPPUNIT_ASSERT_EQUAL(scene.account,
                    at(w.get("api/health/accounts?show=differing"), "accounts.0.bank_account_id"));
                const auto all = w.get("api/health/accounts");
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(all, "accounts.0.waiting_since"));
                CPPUNIT_ASSERT_EQUAL(400, w.ask("GET", "api/health/accounts?show=x").status);
            });
    }

    void diagnosticsNameNobodyAndHoldNoSecret()
    {
        inBothWorlds(
            [](World& world)
            {
                auto settings = consoleSettings();
                settings.webhookUrl = "https://secret-user:secret-pass@host/webhook/?t=secret";
                ConsoleWorld w(world, settings);
                const Scene scene = sceneIn(world, 1);
                sceneIn(world, 0, "other");
                prove(world, scene.account, "differs");
                world.write(
                    [&](store::Unit& unit)
                    {
                        // Whatever a text of the bank, the provider or a person may hold.
                        for (const char* set : {"connection SET state = 'needs_user', "
                                                "state_reason = 'ITEM_LOGIN_REQUIRED', error_code "
                                                "= 'ITEM_LOGIN_REQUIRED', error_text = 'Ada Admin "
                                                "has access-sandbox-1 and DE89370400440532013000'",
                                 "connection SET paused_by = 'Ada Admin', paused_at = 1",
                                 "bank_account SET name = 'Ada Admin 12345678', official_name = "
                                 "'12345678'"})
                            unit.execute(std::string("UPDATE ") + set);
                        store::NoticeRepository(unit, World::tenant)
                            .open(world.random, store::notice::rowsBeforeStart, "lnk_1", "warning",
                                R"({"bank_account":"Ada Admin 12345678"})", world.clock.now());
                        store::AuditRepository(unit, World::tenant)
                            .append(world.clock.now(), World::ada(), "account.linked", "x", "{}");
                    });
                const std::string text = at(w.get("api/health/diagnostics"), "text");
                std::vector<std::string> hidden{"Ada", "Admin", "12345678", "4711", "DE89",
                    "access-", "secret", "First Platypus", "Checking", "u1", "0123456789abcdef",
                    "2.5", "12.5", scene.feed, "other"};
                world.write(
                    [&](store::Unit& unit)
                    {
                        for (const auto& one :
                            store::ConnectionRepository(unit, World::tenant).all())
                            hidden.insert(
                                hidden.end(), {one.accessTokenSealed, one.providerConnectionId});
                    });
                for (const std::string& one : hidden)
                    CPPUNIT_ASSERT_MESSAGE(one + " is in\n" + text,
                        one.empty() || text.find(one) == std::string::npos);
                for (const char* line :
                    {"bankfeed: 0.1.0\n", "webhook address: set\n", "connections.needs_user: 1\n",
                        "error ITEM_LOGIN_REQUIRED", "2 undelivered since 1970-01-01T00:00:02Z\n",
                        "notices.rows_before_start: 1\n"})
                    CPPUNIT_ASSERT_MESSAGE(
                        line + (" is not in\n" + text), text.find(line) != std::string::npos);
                CPPUNIT_ASSERT(text.find("balance of " + scene.account) != std::string::npos);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HealthApiTest);

} // namespace bankfeed::testing
