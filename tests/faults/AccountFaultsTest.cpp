// Accounts that are renamed, closed, taken back or unticked, and consent that ends.
#include "Passing.h"

#include <algorithm>

using namespace bankfeed;
using namespace bankfeed::testing;

class AccountFaultsTest : public PassingFault
{
    CPPUNIT_TEST_SUITE(AccountFaultsTest);
    CPPUNIT_TEST(anAccountThatIsRenamedUnderANewNumberWaitsForAPerson);
    CPPUNIT_TEST(nothingLeavesTheBooksWhenAnAccountIsClosed);
    CPPUNIT_TEST(nothingLeavesTheBooksWhenAnAccountIsRevoked);
    CPPUNIT_TEST(oneAccountIsAddedAndAnotherUntickedInOneSession);
    CPPUNIT_TEST(consentThatEndsIsToldOfAheadAndThenAsksForALogin);
    CPPUNIT_TEST(consentThatEndsAsksForALoginWhenNoWebhookComes);
    CPPUNIT_TEST(accessThatIsTakenBackEndsTheConnectionAndNothingElse);
    CPPUNIT_TEST(anItemThatIsRemovedUnderWayIsGone);
    CPPUNIT_TEST(wrongApiKeysMarkNoConnectionBroken);
    CPPUNIT_TEST_SUITE_END();

public:
    void anAccountThatIsRenamedUnderANewNumberWaitsForAPerson()
    {
        const auto before = world_->books.entries.books.entries.size();
        world_->pull("/_sim/accounts/change",
            {{"account_id", "savings-1111"}, {"name", "Rainy days"}, {"churn", true}});
        world_->post("1.23", "Rings for Checking");
        world_->pass(600);
        CPPUNIT_ASSERT_EQUAL(std::string("not_shared"), stateOf("Savings"));
        CPPUNIT_ASSERT_EQUAL(std::string("shared"), stateOf("Rainy days"));
        booksKeep(before + 1);
        CPPUNIT_ASSERT(has("accounts_to_decide"));
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        CPPUNIT_ASSERT_MESSAGE("nothing is lost, and nothing is booked",
            world_->count("SELECT COUNT(*) FROM bank_transaction WHERE lane = 'held'") > 0);
        world_->checkNothingStuck();
    }

    void nothingLeavesTheBooksWhenAnAccountIsClosed()
    {
        const auto before = world_->books.entries.books.entries.size();
        world_->pull("/_sim/accounts/close", {{"account_id", "savings-1111"}});
        ends(before);
    }

    void nothingLeavesTheBooksWhenAnAccountIsRevoked()
    {
        const auto before = world_->books.entries.books.entries.size();
        world_->pull("/_sim/accounts/revoke", {{"account_id", "savings-1111"}});
        ends(before);
    }

    void oneAccountIsAddedAndAnotherUntickedInOneSession()
    {
        const auto before = world_->books.entries.books.entries.size();
        world_->pull(
            "/_sim/accounts", {{"login_id", "login-good"}, {"account_id", "tax"}, {"name", "Tax"},
                                  {"type", "depository"}, {"subtype", "savings"}, {"mask", "2222"},
                                  {"currency", "USD"}, {"opening_balance", "10.00"},
                                  {"generate", {{"days", 20}, {"per_day", 2}, {"seed", 3}}}});
        const Json some = {"Checking", "Tax"};
        world_->link(LinkPurpose::AddAccounts, id_, {{"selected", some}});
        world_->pass(600);
        CPPUNIT_ASSERT_EQUAL(std::string("not_shared"), stateOf("Savings"));
        CPPUNIT_ASSERT_EQUAL(std::string("shared"), stateOf("Tax"));
        CPPUNIT_ASSERT((world_->notices() ==
                        std::vector<std::string>{"account_not_shared", "accounts_to_decide"}));
        booksKeep(before);
        world_->feedAll(id_);
        world_->pass(60);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->books.entries.voids);
        CPPUNIT_ASSERT(world_->books.entries.books.entries.size() >= before + 20);
        CPPUNIT_ASSERT((world_->notices() == std::vector<std::string>{"account_not_shared"}));
        world_->checkNothingStuck();
    }

    void consentThatEndsIsToldOfAheadAndThenAsksForALogin() { consentEnds(true); }
    void consentThatEndsAsksForALoginWhenNoWebhookComes() { consentEnds(false); }

    /// The opening balances of both accounts were to be checked some hours after they were booked.
    static std::vector<std::string> endedBeforeTheChecks()
    {
        return {"access_revoked", "opening_missing", "opening_missing"};
    }

    void accessThatIsTakenBackEndsTheConnectionAndNothingElse()
    {
        const auto before = world_->books.entries.books.entries.size();
        world_->pull("/_sim/items/state",
            {{"item_id", world_->itemOf(id_)}, {"error_code", "USER_PERMISSION_REVOKED"}});
        world_->pass(600);
        CPPUNIT_ASSERT_EQUAL(std::string("revoked"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == endedBeforeTheChecks());
        booksKeep(before);
        const auto asked = world_->calls("/item/get") + world_->calls("/transactions/sync");
        world_->pass(3'600);
        CPPUNIT_ASSERT_EQUAL(
            asked, world_->calls("/item/get") + world_->calls("/transactions/sync"));
        world_->checkNothingStuck();
    }

    void anItemThatIsRemovedUnderWayIsGone()
    {
        const auto before = world_->books.entries.books.entries.size();
        world_->fault("item_removed", {{"endpoint", "/transactions/sync"}});
        world_->post("1.23", "Never to be had");
        world_->pass(600);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT_EQUAL(std::string("gone"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == endedBeforeTheChecks());
        booksKeep(before);
        world_->checkNothingStuck();
    }

    void wrongApiKeysMarkNoConnectionBroken()
    {
        for (const char* const path : {"/transactions/sync", "/item/get", "/accounts/get"})
            world_->fault(
                "error", {{"endpoint", path}, {"code", "INVALID_API_KEYS"}, {"count", -1}});
        const std::string name = world_->post("1.23", "Behind the wrong keys");
        world_->pass(3'600);
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"setup_wrong"});
        CPPUNIT_ASSERT_LESSEQUAL(std::size_t{6}, world_->calls("/transactions/sync"));
        world_->clearFaults();
        world_->pass(22'000, false);
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        allIsWell();
    }

private:
    [[nodiscard]] std::string stateOf(const std::string& name)
    {
        for (const auto& account : world_->accountsOf(id_))
        {
            if (account.name == name) return account.state;
        }
        return "unknown";
    }

    [[nodiscard]] bool has(const std::string& notice)
    {
        const auto open = world_->notices();
        return std::find(open.begin(), open.end(), notice) != open.end();
    }

    /// So many entries, and none was taken back.
    void booksKeep(std::size_t entries)
    {
        CPPUNIT_ASSERT_EQUAL(entries, world_->books.entries.books.entries.size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->books.entries.voids);
    }

    void ends(std::size_t entries)
    {
        world_->post("1.23", "Rings for Checking");
        world_->pass(600);
        CPPUNIT_ASSERT_EQUAL(std::string("not_shared"), stateOf("Savings"));
        CPPUNIT_ASSERT_EQUAL(std::string("shared"), stateOf("Checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        booksKeep(entries + 1);
        world_->checkNothingStuck();
    }

    void consentEnds(bool webhooks)
    {
        world_->pull("/_sim/institutions",
            {{"institution_id", "ins_7"}, {"name", "Monthly Bank"},
                {"country_codes", Json::array({"US"})}, {"consent_months", 1}});
        world_->pull("/_sim/logins", {{"institution_id", "ins_7"}, {"username", "monthly"},
                                         {"password", "pass_good"}, {"login_id", "monthly"}});
        world_->pull("/_sim/accounts",
            {{"login_id", "monthly"}, {"account_id", "monthly-1"}, {"name", "Monthly"},
                {"type", "depository"}, {"subtype", "checking"}, {"mask", "7777"},
                {"currency", "USD"}, {"opening_balance", "10.00"}});
        const auto made = world_
                              ->session(world_->link(LinkPurpose::Connect, "",
                                  {{"institution_id", "ins_7"}, {"username", "monthly"}}))
                              .session;
        const std::string id = made.connectionId.value();
        world_->pass(30);
        world_->feedAll(id);
        world_->pass(60);
        if (!webhooks) world_->fault("webhook_lost", {{"count", -1}});
        world_->leap(22.9 * 86'400);
        world_->pass(0.3 * 86'400, false);
        CPPUNIT_ASSERT_EQUAL(std::string("expiring"), world_->connection(id).state);
        CPPUNIT_ASSERT(has("consent_ending") && !has("needs_login"));
        world_->leap(6.7 * 86'400);
        world_->pass(0.5 * 86'400, false);
        CPPUNIT_ASSERT_EQUAL(std::string("needs_user"), world_->connection(id).state);
        CPPUNIT_ASSERT_MESSAGE("one thing is asked for", has("needs_login"));
        CPPUNIT_ASSERT(!has("consent_ending") && !has("end_announced"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            "the other bank goes on", std::string("healthy"), world_->connection(id_).state);
        world_->link(LinkPurpose::Repair, id);
        world_->pass(120);
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id).state);
        CPPUNIT_ASSERT(!has("needs_login"));
        world_->checkInStep();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccountFaultsTest);
