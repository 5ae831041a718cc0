// Webhooks that come twice, in the wrong order, late, too early, for nobody, or not at all.
#include "Passing.h"

using namespace bankfeed;
using namespace bankfeed::testing;

namespace
{

constexpr const char* syncPath = "/transactions/sync";

} // namespace

class WebhookFaultsTest : public PassingFault
{
    CPPUNIT_TEST_SUITE(WebhookFaultsTest);
    CPPUNIT_TEST(aWebhookThatComesFiveTimesRingsOnce);
    CPPUNIT_TEST(tenWebhooksCostTwoLoops);
    CPPUNIT_TEST(anErrorThatComesBehindItsRepairBreaksNothing);
    CPPUNIT_TEST(aRepairThatComesBehindTheNextErrorHealsNothing);
    CPPUNIT_TEST(anErrorThatIsHoursLateBreaksNothing);
    CPPUNIT_TEST(rowsOfAnAccountComeBeforeItsSessionIsFinished);
    CPPUNIT_TEST(oneForAnUnknownItemIsTakenAndDoesNothing);
    CPPUNIT_TEST(oneForARemovedItemIsTakenAndDoesNothing);
    CPPUNIT_TEST(oneOfAnotherEnvironmentIsTakenAndDoesNothing);
    CPPUNIT_TEST(oneOfAnUnknownKindIsTakenAndDoesNothing);
    CPPUNIT_TEST(pollingFindsEverythingWhenTwoDaysOfThemAreLost);
    CPPUNIT_TEST(pollingFindsARepairWhoseWebhookIsLost);
    CPPUNIT_TEST(pollingIsEnoughWithoutAnyAddress);
    CPPUNIT_TEST_SUITE_END();

public:
    void aWebhookThatComesFiveTimesRingsOnce()
    {
        world_->fault(
            "webhook_doubled", {{"webhook_code", "SYNC_UPDATES_AVAILABLE"}, {"times", 5}});
        const std::string name = world_->post("12.34", "Told five times");
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        CPPUNIT_ASSERT(world_->calls(syncPath) <= 2);
        CPPUNIT_ASSERT(world_->core->intake().counts().repeated >= 4);
        allIsWell();
    }

    void tenWebhooksCostTwoLoops()
    {
        for (int i = 0; i < 10; ++i)
            world_->post("1.23", "Row " + std::to_string(i));
        world_->settle();
        CPPUNIT_ASSERT(world_->calls(syncPath) <= 2);
        CPPUNIT_ASSERT(world_->calls("/item/get") <= 2);
        allIsWell();
    }

    void anErrorThatComesBehindItsRepairBreaksNothing()
    {
        world_->fault("webhook_held", {{"webhook_type", "ITEM"}, {"webhook_code", "ERROR"}});
        breakLogin();
        world_->settle();
        repairLogin();
        world_->pass(61);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        allIsWell();
    }

    void aRepairThatComesBehindTheNextErrorHealsNothing()
    {
        breakLogin();
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::string("needs_user"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"needs_login"});
        world_->fault("webhook_held", {{"webhook_type", "ITEM"}});
        repairLogin();
        breakLogin();
        world_->pass(61);
        CPPUNIT_ASSERT_EQUAL(std::string("needs_user"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"needs_login"});
        repairLogin();
        world_->pass(61);
        allIsWell();
    }

    void anErrorThatIsHoursLateBreaksNothing()
    {
        world_->fault("webhook_late",
            {{"webhook_type", "ITEM"}, {"webhook_code", "ERROR"}, {"seconds", 10'800}});
        breakLogin();
        repairLogin();
        world_->pass(60);
        untouched("healthy");
        const auto asked = world_->calls("/item/get");
        world_->pass(10'800, false);
        CPPUNIT_ASSERT_MESSAGE("it came, and was asked about", world_->calls("/item/get") > asked);
        allIsWell();
    }

    void rowsOfAnAccountComeBeforeItsSessionIsFinished()
    {
        world_->pull(
            "/_sim/accounts", {{"login_id", "login-good"}, {"account_id", "tax"}, {"name", "Tax"},
                                  {"type", "depository"}, {"subtype", "savings"}, {"mask", "2222"},
                                  {"currency", "USD"}, {"opening_balance", "10.00"},
                                  {"generate", {{"days", 20}, {"per_day", 2}, {"seed", 3}}}});
        world_->settle();
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"new_accounts"});
        const Json all = {"Checking", "Savings", "Tax"};
        const std::string id = world_->beginLink(LinkPurpose::AddAccounts, id_);
        world_->completeLink(id, {{"selected", all}, {"stop_after", "selection"}});
        world_->pass(5);
        CPPUNIT_ASSERT_EQUAL(std::string("open"), world_->session(id).session.state);
        CPPUNIT_ASSERT_MESSAGE("nothing is lost, and nothing is booked",
            world_->count("SELECT COUNT(*) FROM bank_transaction WHERE lane = 'held'") >= 20);
        world_->completeLink(id, {{"finish", true}});
        world_->pass(30);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), world_->session(id).session.state);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"accounts_to_decide"});
        world_->feedAll(id_);
        world_->pass(60);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
            world_->count("SELECT COUNT(*) FROM bank_transaction WHERE lane = 'held'"));
        allIsWell();
    }

    void oneForAnUnknownItemIsTakenAndDoesNothing() { doesNothing("unknown_item"); }
    void oneOfAnotherEnvironmentIsTakenAndDoesNothing() { doesNothing("other_environment"); }
    void oneOfAnUnknownKindIsTakenAndDoesNothing() { doesNothing("unknown_code"); }

    void oneForARemovedItemIsTakenAndDoesNothing()
    {
        CPPUNIT_ASSERT_EQUAL(200, world_->forge("unknown_code", id_));
        const Json sent = world_->look("/_sim/webhooks");
        world_->disconnect(id_);
        world_->forgetCalls();
        const auto entries = world_->books.entries.applied;
        for (const Json& one : sent.at("webhooks"))
        {
            if (one.at("type") != "TRANSACTIONS") continue;
            const Json again = world_->pull("/_sim/webhooks/resend", {{"index", one.at("index")}});
            CPPUNIT_ASSERT_EQUAL(200, again.at("status").get<int>());
        }
        world_->pass(600);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls(syncPath));
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->connection(id_).state);
        CPPUNIT_ASSERT_EQUAL(entries, world_->books.entries.applied);
        // Those of the opening balances, which were to be checked some hours later.
        CPPUNIT_ASSERT(
            world_->notices() == std::vector<std::string>({"opening_missing", "opening_missing"}));
        world_->checkNothingStuck();
    }

    void pollingFindsEverythingWhenTwoDaysOfThemAreLost()
    {
        world_->fault("webhook_lost", {{"for_seconds", 172'800}});
        for (int hour = 0; hour < 48; ++hour)
        {
            world_->post("3.45", "Hour " + std::to_string(hour));
            world_->pass(3'600, false);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->mirrorHolds("Hour 40"));
        // Every six hours: a sync, and two for each account whose opening balance is checked.
        CPPUNIT_ASSERT_MESSAGE(world_->logged(), world_->calls(syncPath) <= 9 * 5);
        world_->pass(22'000, false);
        world_->checkInStep();
        world_->checkNothingStuck();
    }

    void pollingFindsARepairWhoseWebhookIsLost()
    {
        breakLogin();
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::string("needs_user"), world_->connection(id_).state);
        world_->fault("webhook_lost", {{"for_seconds", 3'600}});
        const std::string name = world_->post("1.23", "While nobody could look");
        repairLogin();
        world_->pass(22'000, false);
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        allIsWell();
    }

    void pollingIsEnoughWithoutAnyAddress()
    {
        world_.reset();
        world_ = std::make_unique<World>(WorldSettings{.webhooks = false});
        id_ = world_->connected();
        const std::string name = world_->post("1.23", "Told by nobody");
        world_->pass(22'000, false);
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM inbox"));
        allIsWell();
    }

private:
    void breakLogin()
    {
        world_->pull("/_sim/items/state",
            {{"item_id", world_->itemOf(id_)}, {"error_code", "ITEM_LOGIN_REQUIRED"}});
    }
    void repairLogin()
    {
        world_->pull("/_sim/items/state", {{"item_id", world_->itemOf(id_)}, {"repair", true}});
    }

    void doesNothing(const std::string& kind)
    {
        const auto entries = world_->books.entries.applied;
        CPPUNIT_ASSERT_EQUAL(200, world_->forge(kind, id_));
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls(syncPath));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls("/item/get"));
        CPPUNIT_ASSERT_EQUAL(entries, world_->books.entries.applied);
        allIsWell();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WebhookFaultsTest);
