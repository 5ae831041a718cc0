// What was asked for has happened, and the answer is lost.
#include "Passing.h"

using namespace bankfeed;
using namespace bankfeed::testing;

namespace
{

constexpr const char* exchangePath = "/item/public_token/exchange";

} // namespace

class LostAnswersTest : public PassingFault
{
    CPPUNIT_TEST_SUITE(LostAnswersTest);
    CPPUNIT_TEST(asksForANewSessionWhenTheAnswerToAnExchangeIsLost);
    CPPUNIT_TEST(asksForANewSessionWhenTheAnswerToAnExchangeCannotBeRead);
    CPPUNIT_TEST(repeatsAnExchangeThatHadNoEffect);
    CPPUNIT_TEST(takesARemovalWhoseAnswerWasLostForDone);
    CPPUNIT_TEST(takesARemovalForDoneWhenTheTokenIsUnknownThen);
    CPPUNIT_TEST(beginsALinkSessionOnceMore);
    CPPUNIT_TEST(looksAtALinkSessionOnceMore);
    CPPUNIT_TEST(readsAPageOnceMore);
    CPPUNIT_TEST_SUITE_END();

public:
    void asksForANewSessionWhenTheAnswerToAnExchangeIsLost()
    {
        world_->fault("lost", {{"endpoint", exchangePath}});
        isLost();
    }

    void asksForANewSessionWhenTheAnswerToAnExchangeCannotBeRead()
    {
        world_->fault("missing_field", {{"endpoint", exchangePath}, {"field", "access_token"}});
        isLost();
    }

    void repeatsAnExchangeThatHadNoEffect()
    {
        world_->fault("refuse", {{"endpoint", exchangePath}});
        const auto session = world_->session(connectSecond()).session;
        CPPUNIT_ASSERT_EQUAL(std::string("done"), session.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->calls(exchangePath));
        feeds(session.connectionId.value());
    }

    void takesARemovalWhoseAnswerWasLostForDone() { isRemoved(); }

    void takesARemovalForDoneWhenTheTokenIsUnknownThen()
    {
        world_->pull("/_sim/settings", {{"removed_token_is_unknown", true}});
        isRemoved();
    }

    void beginsALinkSessionOnceMore()
    {
        addSecond();
        world_->fault("lost", {{"endpoint", "/link/token/create"}});
        const std::string id = world_->beginLink(LinkPurpose::Connect);
        world_->pass(5);
        CPPUNIT_ASSERT_EQUAL(std::string("open"), world_->session(id).session.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->calls("/link/token/create"));
        world_->completeLink(id, {{"username", "second"}});
        world_->settle();
        feeds(world_->session(id).session.connectionId.value());
    }

    void looksAtALinkSessionOnceMore()
    {
        world_->fault("lost", {{"endpoint", "/link/token/get"}});
        const std::string id = connectSecond();
        world_->pass(60);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), world_->session(id).session.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->calls(exchangePath));
        feeds(world_->session(id).session.connectionId.value());
    }

    void readsAPageOnceMore()
    {
        strikesAndPasses("lost", {{"count", 2}}, {.callsAtOnce = 2, .callsMost = 4});
    }

private:
    void addSecond()
    {
        world_->pull("/_sim/logins", {{"institution_id", "ins_109508"}, {"username", "second"},
                                         {"password", "pass_good"}, {"login_id", "second"}});
        world_->pull("/_sim/accounts",
            {{"login_id", "second"}, {"account_id", "second-1"}, {"name", "Second"},
                {"type", "depository"}, {"subtype", "checking"}, {"mask", "4444"},
                {"currency", "USD"}, {"opening_balance", "10.00"}});
    }

    std::string connectSecond()
    {
        addSecond();
        return world_->link(LinkPurpose::Connect, "", {{"username", "second"}});
    }

    void feeds(const std::string& connectionId)
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->connections().size());
        world_->pass(30);
        world_->feedAll(connectionId);
        world_->pass(60);
        allIsWell();
    }

    void isLost()
    {
        const auto lost = world_->session(connectSecond()).session;
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), lost.state);
        CPPUNIT_ASSERT_EQUAL(std::string("link.exchange_lost"), lost.errorCode);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->calls(exchangePath));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->connections().size());
        world_->pass(3'600);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            "nobody tries on", std::size_t{2}, world_->calls(exchangePath));
        allIsWell();
        const auto again =
            world_->session(world_->link(LinkPurpose::Connect, "", {{"username", "second"}}))
                .session;
        CPPUNIT_ASSERT_EQUAL(std::string("done"), again.state);
        feeds(again.connectionId.value());
    }

    void isRemoved()
    {
        const auto entries = world_->books.entries.applied;
        world_->fault("lost", {{"endpoint", "/item/remove"}});
        world_->disconnect(id_);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        world_->pass(10);
        CPPUNIT_ASSERT(world_->connection(id_).removedAt);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->connection(id_).state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->calls("/item/remove"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("history stays", entries, world_->books.entries.applied);
        // Those of the opening balances, which were to be checked some hours later.
        CPPUNIT_ASSERT(
            world_->notices() == std::vector<std::string>({"opening_missing", "opening_missing"}));
        world_->checkNothingStuck();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LostAnswersTest);
