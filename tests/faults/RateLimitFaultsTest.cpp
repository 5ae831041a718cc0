// Plaid says that it was asked too often.
#include "Passing.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timespan.h>
#include <Poco/Timestamp.h>

using namespace bankfeed;
using namespace bankfeed::testing;

class RateLimitFaultsTest : public PassingFault
{
    CPPUNIT_TEST_SUITE(RateLimitFaultsTest);
    CPPUNIT_TEST(waitsHalfAMinuteAfterALimitOfSync);
    CPPUNIT_TEST(waitsHalfAMinuteAfterALimitOfItemGet);
    CPPUNIT_TEST(waitsHalfAMinuteAfterALimitOfAccounts);
    CPPUNIT_TEST(waitsHalfAMinuteAfterALimitThatHasNoName);
    CPPUNIT_TEST(waitsHalfAMinuteWhenTheBankItselfLimits);
    CPPUNIT_TEST(waitsAsLongAsPlaidSays);
    CPPUNIT_TEST(waitsUntilTheTimeThatPlaidNames);
    CPPUNIT_TEST(isNotHurriedByWebhooksWhenPlaidSaysHowLong);
    CPPUNIT_TEST(waitsNoLongerThanADayWhateverPlaidSays);
    CPPUNIT_TEST(waitsLongerAndLongerAndTellsSomebodyWhenItDoesNotEnd);
    CPPUNIT_TEST(aLimitOfLinkTokensOnlyDelaysTheSession);
    CPPUNIT_TEST(aLimitOfTheExchangeLosesNoConnection);
    CPPUNIT_TEST(aLimitOfTheRemovalOnlyDelaysIt);
    CPPUNIT_TEST(stopsAndTellsWhenTheCreditsAreExhausted);
    CPPUNIT_TEST_SUITE_END();

public:
    void waitsHalfAMinuteAfterALimitOfSync()
    {
        strikesAndPasses("rate_limit", {{"code", "TRANSACTIONS_SYNC_LIMIT"}}, limited());
    }
    void waitsHalfAMinuteAfterALimitOfItemGet()
    {
        strikesAndPasses("rate_limit", {{"code", "ITEM_GET_LIMIT"}}, limited("/item/get"));
    }
    void waitsHalfAMinuteAfterALimitOfAccounts()
    {
        strikesAndPasses("rate_limit", {{"code", "ACCOUNTS_LIMIT"}}, limited("/accounts/get"));
    }
    void waitsHalfAMinuteAfterALimitThatHasNoName()
    {
        // As a proxy on the way answers, which knows nothing of Plaid's codes.
        strikesAndPasses("error",
            {{"status", 429},
                {"body", {{"error_type", "SOMETHING_NEW"}, {"error_code", "TOO_MANY"}}}},
            limited());
    }
    void waitsHalfAMinuteWhenTheBankItselfLimits()
    {
        strikesAndPasses("rate_limit", {{"code", "INSTITUTION_RATE_LIMIT"}}, limited());
    }

    void waitsAsLongAsPlaidSays()
    {
        strikesAndPasses(
            "rate_limit", {{"retry_after", 300}}, {.leastSeconds = 299, .mostSeconds = 310});
    }

    void waitsUntilTheTimeThatPlaidNames()
    {
        // Against the Date of the answer, which is of the wall even when the clock is stepped.
        const Poco::Timestamp then = Poco::Timestamp() + Poco::Timespan(300, 0);
        strikesAndPasses("rate_limit",
            {{"retry_after",
                Poco::DateTimeFormatter::format(then, Poco::DateTimeFormat::HTTP_FORMAT)}},
            {.leastSeconds = 290, .mostSeconds = 330});
    }

    void isNotHurriedByWebhooksWhenPlaidSaysHowLong()
    {
        world_->fault("rate_limit", {{"endpoint", "/transactions/sync"}, {"retry_after", 600}});
        world_->post("1.23", "The first");
        world_->settle();
        for (int i = 0; i < 9; ++i)
        {
            world_->pass(61);
            world_->post("2.34", "News " + std::to_string(i)); // Each rings.
            world_->settle();
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->calls("/transactions/sync"));
        untouched("healthy");
        world_->pass(60);
        allIsWell();
    }

    void waitsNoLongerThanADayWhateverPlaidSays()
    {
        world_->fault(
            "rate_limit", {{"endpoint", "/transactions/sync"}, {"retry_after", 99'999'999}});
        world_->post("1.23", "The first");
        world_->settle();
        world_->pass(86'400 + 600, false);
        allIsWell();
    }

    void waitsLongerAndLongerAndTellsSomebodyWhenItDoesNotEnd()
    {
        world_->fault("rate_limit", {{"endpoint", "/transactions/sync"}, {"count", -1}});
        world_->post("1.23", "The first");
        world_->pass(1'800);
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"sync_failing"});
        // Twelve tries, 30 s and a growing backoff between them; then the schedule takes over.
        CPPUNIT_ASSERT(world_->calls("/transactions/sync") <= 13);
        world_->clearFaults();
        world_->pass(22'000, false);
        allIsWell();
    }

    void aLimitOfLinkTokensOnlyDelaysTheSession()
    {
        addLogin();
        world_->fault("rate_limit", {{"endpoint", "/link/token/create"}, {"code", "RATE_LIMIT"}});
        const std::string session = world_->beginLink(LinkPurpose::Connect);
        world_->pass(29);
        CPPUNIT_ASSERT_EQUAL(std::string("creating"), world_->session(session).session.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->calls("/link/token/create"));
        world_->pass(120);
        CPPUNIT_ASSERT_EQUAL(std::string("open"), world_->session(session).session.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->calls("/link/token/create"));
        finish(session);
    }

    void aLimitOfTheExchangeLosesNoConnection()
    {
        addLogin();
        const std::string session = world_->beginLink(LinkPurpose::Connect);
        world_->fault(
            "rate_limit", {{"endpoint", "/item/public_token/exchange"}, {"code", "RATE_LIMIT"}});
        finish(session);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->calls("/item/public_token/exchange"));
    }

    void aLimitOfTheRemovalOnlyDelaysIt()
    {
        world_->fault("rate_limit", {{"endpoint", "/item/remove"}, {"code", "RATE_LIMIT"}});
        world_->disconnect(id_);
        CPPUNIT_ASSERT(!world_->connection(id_).removedAt);
        world_->pass(120);
        CPPUNIT_ASSERT(world_->connection(id_).removedAt);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->calls("/item/remove"));
        world_->checkNothingStuck();
    }

    void stopsAndTellsWhenTheCreditsAreExhausted()
    {
        world_->fault("rate_limit",
            {{"endpoint", "/transactions/sync"}, {"code", "CREDITS_EXHAUSTED"}, {"count", -1}});
        const std::string name = world_->post("1.23", "Not to be had");
        world_->pass(3'600);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->calls("/transactions/sync"));
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"sync_failing"});
        CPPUNIT_ASSERT(!world_->mirrorHolds(name));
        world_->clearFaults();
        world_->pass(22'000, false); // The schedule looks again.
        allIsWell();
    }

private:
    static Expected limited(const std::string& endpoint = "/transactions/sync")
    {
        return {.endpoint = endpoint, .leastSeconds = 29, .mostSeconds = 120};
    }

    void addLogin()
    {
        world_->pull("/_sim/logins", {{"institution_id", "ins_109508"}, {"username", "second"},
                                         {"password", "pass_good"}, {"login_id", "second"}});
        world_->pull("/_sim/accounts",
            {{"login_id", "second"}, {"account_id", "second-1"}, {"name", "Second"},
                {"type", "depository"}, {"subtype", "checking"}, {"mask", "4444"},
                {"currency", "USD"}, {"opening_balance", "10.00"}});
    }

    void finish(const std::string& session)
    {
        world_->completeLink(session, {{"username", "second"}});
        world_->pass(120);
        const auto shown = world_->session(session).session;
        CPPUNIT_ASSERT_EQUAL(std::string("done"), shown.state);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->connections().size());
        world_->feedAll(shown.connectionId.value());
        world_->pass(60);
        allIsWell();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RateLimitFaultsTest);
