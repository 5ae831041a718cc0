// Goal: every webhook that the provider documents does what it is for and nothing else: it asks for
// jobs, and never changes a connection by itself.
#include "unit/engine/EngineFixture.h"

#include "engine/InboxReader.h"
#include "plaid/BankEvents.h"
#include "store/InboxRepository.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace bankfeed::engine
{

namespace
{

/// What a webhook of a known connection asks for.
struct Meaning
{
    std::string_view type;
    std::string_view code;
    bool sync;
    bool refresh;
    bool newAccounts; ///< Opens their notice.
    std::string_view outcome = "routed";
};

constexpr std::array meanings{
    Meaning{"ITEM", "NEW_ACCOUNTS_AVAILABLE", false, false, true},
    Meaning{"ITEM", "ERROR", false, true, false},
    Meaning{"ITEM", "LOGIN_REPAIRED", true, true, false},
    Meaning{"ITEM", "PENDING_DISCONNECT", false, true, false},
    Meaning{"ITEM", "PENDING_EXPIRATION", false, true, false},
    Meaning{"ITEM", "USER_PERMISSION_REVOKED", false, true, false},
    Meaning{"ITEM", "USER_ACCOUNT_REVOKED", false, true, false},
    Meaning{"ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", false, false, false},
    Meaning{"TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", true, true, false},
    Meaning{"TRANSACTIONS", "INITIAL_UPDATE", true, true, false},
    Meaning{"TRANSACTIONS", "HISTORICAL_UPDATE", true, true, false},
    Meaning{"TRANSACTIONS", "DEFAULT_UPDATE", true, true, false},
    Meaning{"TRANSACTIONS", "TRANSACTIONS_REMOVED", false, false, false},
    Meaning{"TRANSACTIONS", "RECURRING_TRANSACTIONS_UPDATE", false, false, false},
    Meaning{"AUTH", "DEFAULT_UPDATE", false, false, false},
    Meaning{"AUTH", "AUTOMATICALLY_VERIFIED", false, false, false},
    Meaning{"AUTH", "VERIFICATION_EXPIRED", false, false, false},
    Meaning{"AUTH", "SMS_MICRODEPOSITS_VERIFICATION", false, false, false},
    Meaning{"AUTH", "PRODUCT_PERMISSIONS_REQUIRED", false, false, false},
    Meaning{"HOLDINGS", "DEFAULT_UPDATE", false, false, false},
    Meaning{"INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE", false, false, false},
    Meaning{"INVESTMENTS_TRANSACTIONS", "HISTORICAL_UPDATE", false, false, false},
    Meaning{"LIABILITIES", "DEFAULT_UPDATE", false, false, false},
    Meaning{
        "DASHBOARD_CONFIGURED_ALERT", "INSTITUTION_STATUS_ALERT_TRIGGERED", false, false, false},
    // Of link sessions; the token is of none that we know.
    Meaning{"LINK", "SESSION_FINISHED", false, false, false, "unknown_session"},
    Meaning{"LINK", "ITEM_ADD_RESULT", false, false, false, "unknown_session"},
    Meaning{"LINK", "EVENTS", false, false, false},
    Meaning{"LINK_DELIVERY", "DELIVERY_STATUS", false, false, false},
    Meaning{"LINK_DELIVERY", "LINK_CALLBACK", false, false, false},
    // Nobody told us of these.
    Meaning{"TRANSFER", "DEFAULT_UPDATE", false, false, false},
    Meaning{"ITEM", "SYNC_UPDATES_AVAILABLE", false, false, false},
    Meaning{"ITEM", "SOMETHING_NEW", false, false, false},
};
constexpr std::size_t notDocumented = 3;

} // namespace

class WebhookMeaningTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WebhookMeaningTest);
    CPPUNIT_TEST(everyDocumentedPairDoesWhatItIsFor);
    CPPUNIT_TEST_SUITE_END();

    static void store(EngineFixture& f, const std::string& id, std::string_view type,
        std::string_view code, const std::string& connection)
    {
        const auto event = plaid::readBankEvent(
            R"({"environment":"sandbox","item_id":"item-)" + connection +
            R"(","account_id":"a1",)" + R"("link_token":"link-sandbox-1","webhook_type":")" +
            std::string(type) + R"(","webhook_code":")" + std::string(code) + "\"}");
        CPPUNIT_ASSERT(event.ok());
        VerifiedWebhook webhook;
        webhook.id = id;
        webhook.event = *event;
        f.write(
            [&](store::Unit& unit)
            {
                CPPUNIT_ASSERT(store::InboxRepository(unit).add(webhook, f.clock.now()));
                store::JobRepository(unit).ask(f.random, "", store::job::inbox, "", f.clock.now());
            });
    }

    static std::optional<store::JobLease> claim(EngineFixture& f)
    {
        return (*f.database)
            .write([&](store::Unit& unit) -> Result<std::optional<store::JobLease>>
                { return store::JobRepository(unit).claim(f.clock.now(), 60'000); })
            .value();
    }

public:
    void everyDocumentedPairDoesWhatItIsFor()
    {
        CPPUNIT_ASSERT_EQUAL(plaid::knownEvents().size() + notDocumented, meanings.size());
        EngineFixture f(store::Engine::Sqlite);
        int number = 0;
        for (const Meaning& meaning : meanings)
        {
            const std::string name = std::string(meaning.type) + "/" + std::string(meaning.code);
            const std::string con = "con_" + std::to_string(++number);
            f.addConnection("a", con);
            store(f, "w" + con, meaning.type, meaning.code, con);
            const auto lease = claim(f);
            CPPUNIT_ASSERT(lease && lease->kind == store::job::inbox);
            InboxReader reader(*f.database, f.clock, f.random, f.log, "plaid", "sandbox");
            const auto end = reader.run(*lease);
            CPPUNIT_ASSERT(end.ok());
            const bool synced = f.job("a", store::job::sync, con).exists;
            const bool refreshed = f.job("a", store::job::refresh, con).exists;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, meaning.sync, synced);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, meaning.refresh, refreshed);
            const auto notices = f.notices("a");
            const bool told =
                std::find(notices.begin(), notices.end(), "new_accounts") != notices.end();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, meaning.newAccounts, told);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                name, std::string("healthy"), f.connection("a", con).state);
            const auto outcome = f.read(
                [&](store::Unit& unit) {
                    return unit
                        .query("SELECT outcome FROM inbox WHERE webhook_id = $1", {"w" + con})
                        .text(0, 0);
                });
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(meaning.outcome), outcome);
            f.write(
                [](store::Unit& unit)
                {
                    unit.execute("DELETE FROM job");
                    unit.execute("DELETE FROM notice");
                });
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WebhookMeaningTest);

} // namespace bankfeed::engine
