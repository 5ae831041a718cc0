// Plaid answers with an error of its own, with rubbish, with less than a whole answer, or not at
// all.
#include "Passing.h"

#include <chrono>

using namespace bankfeed;
using namespace bankfeed::testing;

class AnswerFaultsTest : public PassingFault
{
    CPPUNIT_TEST_SUITE(AnswerFaultsTest);
    CPPUNIT_TEST(triesAgainAfterAnInternalError);
    CPPUNIT_TEST(triesAgainAfterAnInternalErrorOfItemGet);
    CPPUNIT_TEST(triesAgainAfterAnInternalErrorOfAccounts);
    CPPUNIT_TEST(waitsUntilMaintenanceIsOver);
    CPPUNIT_TEST(triesAgainAfterAProxysPage);
    CPPUNIT_TEST(triesAgainAfterAnEmptyGatewayTimeout);
    CPPUNIT_TEST(tellsSomebodyWhenInternalErrorsDoNotEnd);
    CPPUNIT_TEST(asksNobodyToLogInWhenTheBankIsDown);
    CPPUNIT_TEST(asksNobodyToLogInWhenTheBankDoesNotRespond);
    CPPUNIT_TEST(asksNobodyToLogInWhenTheBankIsNotAvailable);
    CPPUNIT_TEST(asksNobodyToLogInWhenTheItemsFieldSaysThatTheBankIsDown);
    CPPUNIT_TEST(triesAgainWhenNobodyListens);
    CPPUNIT_TEST(asksOnceMoreAtOnceWhenAKeptConnectionIsReset);
    CPPUNIT_TEST(triesAgainAfterConnectionsThatAreResetUnanswered);
    CPPUNIT_TEST(holdsTheDeadlineAgainstSilence);
    CPPUNIT_TEST(triesAgainAfterAResetInTheBody);
    CPPUNIT_TEST(holdsTheDeadlineAgainstADrip);
    CPPUNIT_TEST(takesNoTruncatedJson);
    CPPUNIT_TEST(takesNoBodyShorterThanItsLength);
    CPPUNIT_TEST(readsGzip);
    CPPUNIT_TEST(readsChunks);
    CPPUNIT_TEST(takesNoByteOrderMark);
    CPPUNIT_TEST(takesNoAnswerWithoutItsCursor);
    CPPUNIT_TEST(takesNoRowWithoutItsAmount);
    CPPUNIT_TEST(takesNoAnswerWithAFieldOfAnotherType);
    CPPUNIT_TEST(takesNoRowWithAnAmountOfAnotherType);
    CPPUNIT_TEST(takesNoAccountsWithoutAnId);
    CPPUNIT_TEST(passesOverUnknownEnums);
    CPPUNIT_TEST(passesOverExtraFields);
    CPPUNIT_TEST_SUITE_END();

public:
    void triesAgainAfterAnInternalError() { strikesAndPasses("http_500", {}, {}); }
    void triesAgainAfterAnInternalErrorOfItemGet()
    {
        strikesAndPasses("http_500", {}, {.endpoint = "/item/get"});
    }
    void triesAgainAfterAnInternalErrorOfAccounts()
    {
        strikesAndPasses("http_500", {}, {.endpoint = "/accounts/get"});
    }
    void waitsUntilMaintenanceIsOver()
    {
        strikesAndPasses("maintenance_503", {}, {.leastSeconds = 3'500, .mostSeconds = 3'700});
    }
    void triesAgainAfterAProxysPage() { strikesAndPasses("html_502", {}, {}); }
    void triesAgainAfterAnEmptyGatewayTimeout() { strikesAndPasses("empty_504", {}, {}); }

    void tellsSomebodyWhenInternalErrorsDoNotEnd()
    {
        world_->fault("http_500", {{"endpoint", "/transactions/sync"}, {"count", -1}});
        const std::string name = world_->post("1.23", "Behind the errors");
        world_->pass(4'000);
        CPPUNIT_ASSERT_EQUAL(std::string("healthy"), world_->connection(id_).state);
        CPPUNIT_ASSERT(world_->notices() == std::vector<std::string>{"sync_failing"});
        CPPUNIT_ASSERT(world_->calls("/transactions/sync") <= 13);
        world_->clearFaults();
        world_->pass(22'000, false);
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        allIsWell();
    }

    void asksNobodyToLogInWhenTheBankIsDown() { bankIsAway("INSTITUTION_DOWN"); }
    void asksNobodyToLogInWhenTheBankDoesNotRespond() { bankIsAway("INSTITUTION_NOT_RESPONDING"); }
    void asksNobodyToLogInWhenTheBankIsNotAvailable() { bankIsAway("INSTITUTION_NOT_AVAILABLE"); }
    void asksNobodyToLogInWhenTheItemsFieldSaysThatTheBankIsDown()
    {
        const std::string item = world_->itemOf(id_);
        world_->pull("/_sim/items/state", {{"item_id", item}, {"error_code", "INSTITUTION_DOWN"},
                                              {"error_type", "INSTITUTION_ERROR"}});
        world_->pass(600);
        untouched("healthy");
        world_->pull("/_sim/items/state", {{"item_id", item}, {"repair", true}});
        world_->pass(7'200);
        allIsWell();
    }

    void triesAgainWhenNobodyListens()
    {
        const auto before = world_->connection(id_);
        const std::string name = world_->post("1.23", "Nobody listened");
        world_->transport.nobodyListens = true;
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(before.cursor, world_->connection(id_).cursor);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->calls("/transactions/sync"));
        untouched("healthy");
        world_->transport.nobodyListens = false;
        world_->pass(10);
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        allIsWell();
    }

    void asksOnceMoreAtOnceWhenAKeptConnectionIsReset() { worksAtOnce("refuse", 2); }
    void triesAgainAfterConnectionsThatAreResetUnanswered()
    {
        // The kept one, and the new one that is made at once.
        strikesAndPasses("refuse", {{"count", 2}}, {.callsAtOnce = 2, .callsMost = 4});
    }
    void holdsTheDeadlineAgainstSilence() { holdsTheDeadline("hang", 30); }
    void triesAgainAfterAResetInTheBody() { strikesAndPasses("reset", {}, {}); }
    void holdsTheDeadlineAgainstADrip() { holdsTheDeadline("slow_drip", 30); }

    void takesNoTruncatedJson() { strikesAndPasses("truncated", {}, {}); }
    void takesNoBodyShorterThanItsLength() { strikesAndPasses("wrong_length", {}, {}); }
    void readsGzip() { worksAtOnce("gzip"); }
    void readsChunks() { worksAtOnce("chunked"); }
    void takesNoByteOrderMark() { strikesAndPasses("bom", {}, {}); }

    void takesNoAnswerWithoutItsCursor()
    {
        strikesAndPasses("missing_field", {{"field", "next_cursor"}}, {});
    }
    void takesNoRowWithoutItsAmount()
    {
        strikesAndPasses("missing_field", {{"field", "/added/0/amount"}}, {});
    }
    void takesNoAnswerWithAFieldOfAnotherType()
    {
        strikesAndPasses("wrong_type", {{"field", "added"}}, {});
    }
    void takesNoRowWithAnAmountOfAnotherType()
    {
        strikesAndPasses("wrong_type", {{"field", "/added/0/amount"}}, {});
    }
    void takesNoAccountsWithoutAnId()
    {
        strikesAndPasses(
            "missing_field", {{"field", "/accounts/0/account_id"}}, {.endpoint = "/accounts/get"});
    }
    void passesOverUnknownEnums() { worksAtOnce("unknown_enum"); }
    void passesOverExtraFields() { worksAtOnce("extra_fields"); }

private:
    void bankIsAway(const std::string& code)
    {
        strikesAndPasses("error", {{"code", code}}, {.leastSeconds = 3'500, .mostSeconds = 3'700});
    }

    /// The answer would come after `seconds`; the wall's patience is a third of a second.
    void holdsTheDeadline(const std::string& kind, int seconds)
    {
        world_->transport.deadlineMs = 300;
        const auto begun = std::chrono::steady_clock::now();
        strikesAndPasses(kind, {{"seconds", seconds}}, {});
        const auto took = std::chrono::steady_clock::now() - begun;
        CPPUNIT_ASSERT(took < std::chrono::seconds(seconds / 2));
    }

    void worksAtOnce(const std::string& kind, std::size_t syncCalls = 1)
    {
        for (const char* const endpoint : {"/transactions/sync", "/item/get", "/accounts/get"})
            world_->fault(kind, {{"endpoint", endpoint}});
        const std::string name = world_->post("12.34", "Bought during " + kind);
        world_->settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->faultsWaiting());
        CPPUNIT_ASSERT(world_->mirrorHolds(name));
        CPPUNIT_ASSERT_EQUAL(syncCalls, world_->calls("/transactions/sync"));
        allIsWell();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AnswerFaultsTest);
