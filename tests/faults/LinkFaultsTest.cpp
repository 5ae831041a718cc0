// Sessions at the bank's page that come to nothing, come twice, or tell of themselves to nobody.
#include "Passing.h"

using namespace bankfeed;
using namespace bankfeed::testing;

class LinkFaultsTest : public PassingFault
{
    CPPUNIT_TEST_SUITE(LinkFaultsTest);
    CPPUNIT_TEST(aTokenThatExpiredWhileSomebodyThoughtIsMadeAnewOnTheNextClick);
    CPPUNIT_TEST(theNoticeStaysWhenSomebodyLeavesThePage);
    CPPUNIT_TEST(aRepairForWantOfAccountsLetsThePersonChoose);
    CPPUNIT_TEST(ofTwoSessionsAtOnceOneWins);
    CPPUNIT_TEST(theResultIsFoundByPollingToo);
    CPPUNIT_TEST(aResultThatIsToldTwiceIsTakenOnce);
    CPPUNIT_TEST(theSameLoginAgainIsHeldForAPerson);
    CPPUNIT_TEST_SUITE_END();

public:
    void aTokenThatExpiredWhileSomebodyThoughtIsMadeAnewOnTheNextClick()
    {
        openAtTheBank();
        const std::string slow = world_->beginLink(LinkPurpose::AddAccounts, id_);
        world_->pass(31 * 60 + 180);
        CPPUNIT_ASSERT_EQUAL(std::string("expired"), world_->session(slow).session.state);
        noticeStays();
        share();
    }

    void theNoticeStaysWhenSomebodyLeavesThePage()
    {
        openAtTheBank();
        const std::string left = world_->link(LinkPurpose::AddAccounts, id_, {{"exit", true}});
        CPPUNIT_ASSERT_EQUAL(std::string("exited"), world_->session(left).session.state);
        noticeStays();
        share();
    }

    void aRepairForWantOfAccountsLetsThePersonChoose()
    {
        openAtTheBank(); // Where a login alone shows the person no accounts.
        world_->pull(
            "/_sim/items/state", {{"item_id", world_->itemOf(id_)}, {"error_code", "NO_ACCOUNTS"}});
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::string("needs_user"), world_->connection(id_).state);
        CPPUNIT_ASSERT_EQUAL(std::string("NO_ACCOUNTS"), world_->connection(id_).stateReason);
        const std::string id = world_->link(LinkPurpose::Repair, id_, {{"selected", everything()}});
        world_->pass(30);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), world_->session(id).session.state);
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        decide();
    }

    void ofTwoSessionsAtOnceOneWins()
    {
        openAtTheBank();
        const std::string first = world_->beginLink(LinkPurpose::AddAccounts, id_);
        const link::Person bob{"usr-bob", "Bob", "login-bob"};
        const auto second = world_->core->linkSessions().start(
            world_->tenant, bob, LinkPurpose::AddAccounts, id_, "https://books/");
        CPPUNIT_ASSERT(second.ok() && second->busy.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("Ada"), second->busy->by);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the same person gets the same session", first,
            world_->core->linkSessions()
                .start(world_->tenant, world_->ada, LinkPurpose::AddAccounts, id_, "https://books/")
                .value()
                .sessionId);
        world_->completeLink(first, {{"selected", everything()}});
        world_->pass(30);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), world_->session(first).session.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->calls("/link/token/create"));
        decide();
    }

    void theResultIsFoundByPollingToo()
    {
        openAtTheBank();
        world_->fault("webhook_lost", {{"webhook_type", "LINK"}, {"count", -1}});
        const std::string id = world_->beginLink(LinkPurpose::AddAccounts, id_);
        world_->completeLink(id, {{"selected", everything()}});
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::string("open"), world_->session(id).session.state);
        world_->pass(40);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), world_->session(id).session.state);
        decide();
    }

    void aResultThatIsToldTwiceIsTakenOnce()
    {
        addLogin("second");
        world_->fault("webhook_doubled", {{"webhook_type", "LINK"}, {"count", -1}, {"times", 3}});
        const auto session =
            world_->session(world_->link(LinkPurpose::Connect, "", {{"username", "second"}}))
                .session;
        world_->pass(60);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), session.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->calls("/item/public_token/exchange"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->connections().size());
        world_->feedAll(session.connectionId.value());
        world_->pass(60);
        allIsWell();
    }

    void theSameLoginAgainIsHeldForAPerson()
    {
        const std::string id = world_->link(LinkPurpose::Connect);
        CPPUNIT_ASSERT_EQUAL(std::string("duplicate"), world_->session(id).session.state);
        CPPUNIT_ASSERT_EQUAL(id_, world_->session(id).session.duplicateOf);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls("/item/public_token/exchange"));
        world_->pass(2'000);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls("/item/public_token/exchange"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->connections().size());
        allIsWell();
    }

private:
    static Json everything() { return {"Checking", "Savings", "Tax"}; }

    void addLogin(const std::string& name)
    {
        world_->pull("/_sim/logins", {{"institution_id", "ins_109508"}, {"username", name},
                                         {"password", "pass_good"}, {"login_id", name}});
        world_->pull(
            "/_sim/accounts", {{"login_id", name}, {"account_id", name + "-1"}, {"name", name},
                                  {"type", "depository"}, {"subtype", "checking"}, {"mask", "4444"},
                                  {"currency", "USD"}, {"opening_balance", "10.00"}});
    }

    void openAtTheBank()
    {
        world_->pull(
            "/_sim/accounts", {{"login_id", "login-good"}, {"account_id", "tax"}, {"name", "Tax"},
                                  {"type", "depository"}, {"subtype", "savings"}, {"mask", "2222"},
                                  {"currency", "USD"}, {"opening_balance", "10.00"},
                                  {"generate", {{"days", 20}, {"per_day", 2}, {"seed", 3}}}});
        world_->settle();
        noticeStays();
    }

    void noticeStays()
    {
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"new_accounts"});
    }

    void share()
    {
        const std::string id =
            world_->link(LinkPurpose::AddAccounts, id_, {{"selected", everything()}});
        world_->pass(30);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), world_->session(id).session.state);
        decide();
    }

    void decide()
    {
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"accounts_to_decide"});
        world_->feedAll(id_);
        world_->pass(60);
        allIsWell();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkFaultsTest);
