// Rows of an account whose ids are all new that may be in the books already: they wait, and a
// person says which entry each is.
#include "SuccessionFixture.h"

#include "sync/Overlaps.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace bankfeed
{

template <store::Engine engine>
class HeldOverlapsTest final : public testing::SuccessionFixture
{
    CPPUNIT_TEST_SUITE(HeldOverlapsTest);
    CPPUNIT_TEST(aRedatedRowIsHeld);
    CPPUNIT_TEST(aRowRedatedBehindTheLastOneIsHeldToo);
    CPPUNIT_TEST(aRowRedatedByWeeksIsHeldForTheEntryOfItsMoney);
    CPPUNIT_TEST(anEntryBeforeTheHistoryOfTheNewAccountHoldsNothing);
    CPPUNIT_TEST(aRowMonthsFromTheEntryOfItsMoneyIsBooked);
    CPPUNIT_TEST(whatIsHeldIsToldUntilAPersonDecides);
    CPPUNIT_TEST(theEntriesThatAHeldRowMayBeAreShownNearestFirst);
    CPPUNIT_TEST(aPersonSaysWhichEntryARowIs);
    CPPUNIT_TEST(theLastAnswerLetsTheRestGo);
    CPPUNIT_TEST(aRowTakesAnEntryThatWasKeptWithoutAccess);
    CPPUNIT_TEST(anEntryIsTakenOnceOnly);
    CPPUNIT_TEST(aHeldRowThatTheBankTakesBackIsToldOfNoMore);
    CPPUNIT_TEST(rowsThatWereKeptWithoutAccessAreToldOfNoMore);
    CPPUNIT_TEST(whatIsBookedByDecisionFollowsTheBank);
    CPPUNIT_TEST(aDecisionIsCarriedOutWholeOrNotAtAll);
    CPPUNIT_TEST(heldRowsThatProveNewAreBookedByThemselves);
    CPPUNIT_TEST_SUITE_END();

public:
    HeldOverlapsTest() : SuccessionFixture(engine) {}

    void aRedatedRowIsHeld()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 4);
        putRows("new", 6, 9);
        world_->bank.put({"moved", "new", 105, day(6)});
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        assertStands("moved", "held", "overlap");
        assertStands("old5", "booked", "");
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
    }

    void aRowRedatedBehindTheLastOneIsHeldToo()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 8);
        world_->bank.put({"moved", "new", 109, day(11)});
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        assertStands("moved", "held", "overlap");
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
    }

    void aRowRedatedByWeeksIsHeldForTheEntryOfItsMoney()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 4);
        putRows("new", 6, 9);
        world_->bank.put({"moved", "new", 105, "2026-02-20"});
        world_->bank.put({"fresh", "new", 55, "2026-02-20"});
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        assertStands("moved", "held", "overlap");
        assertStands("fresh", "booked", "");
        CPPUNIT_ASSERT_EQUAL(sum + 55, inBooks());
        CPPUNIT_ASSERT(told().find(R"("count":1)") != std::string::npos);
        CPPUNIT_ASSERT(isEntryOf("moved", "old5").ok());
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum + 55, inBooks());
        world_->checkBooks("new", books);
    }

    void anEntryBeforeTheHistoryOfTheNewAccountHoldsNothing()
    {
        putRows("old", 1, 9);
        putRows("new", 6, 9);
        world_->bank.put({"rent", "new", 103, "2026-02-03"}); // As that of the month before.
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        assertStands("rent", "booked", "");
        CPPUNIT_ASSERT_EQUAL(sum + 103, inBooks());
    }

    void aRowMonthsFromTheEntryOfItsMoneyIsBooked()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 4);
        putRows("new", 6, 9);
        world_->bank.put({"other", "new", 105, "2026-03-07"}); // 61 days behind it.
        syncAndDeliver();
        relink();
        assertStands("other", "booked", "");
    }

    void theEntriesThatAHeldRowMayBeAreShownNearestFirst()
    {
        relinkWithTwoHeld();
        CPPUNIT_ASSERT_EQUAL(std::string("old5 old6 "), mayBe("moved"));
        CPPUNIT_ASSERT_EQUAL(std::string("old6 old5 "), mayBe("changed"));
        CPPUNIT_ASSERT_EQUAL(std::string("held.changed"), mayBe("new3"));
        CPPUNIT_ASSERT_EQUAL(std::string("held.changed"), mayBe("no such row"));
    }

    void aPersonSaysWhichEntryARowIs()
    {
        const auto sum = relinkWithTwoHeld();
        const auto key = world_->row("old5")->rootKey;
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, isEntryOf("moved", "old5").value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, isEntryOf("changed", "old6").value());
        world_->run();
        world_->pump();
        // The day of the one, the amount of the other.
        CPPUNIT_ASSERT_EQUAL(sum - 106 + 7, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, world_->ledger.amends);
        assertStands("moved", "booked", "");
        assertStands("old5", "gone", "");
        CPPUNIT_ASSERT_EQUAL(key, world_->row("moved")->rootKey);
        CPPUNIT_ASSERT_EQUAL(std::string(), told());
        CPPUNIT_ASSERT_EQUAL(std::string(), told(store::notice::rowsNotShown));
        world_->checkBooks("new", books);
        world_->bank.remove("moved");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(sum - 106 + 7 - 105, inBooks());
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum - 106 + 7 - 105, inBooks());
    }

    void theLastAnswerLetsTheRestGo()
    {
        const auto sum = relinkWithTwoHeld();
        world_->bank.put({"late", "new", 9, day(10)});
        syncAndDeliver();
        assertStands("late", "held", "overlap");
        CPPUNIT_ASSERT(isEntryOf("moved", "old5").ok());
        CPPUNIT_ASSERT(isEntryOf("changed", "old6").ok());
        world_->run();
        world_->pump();
        assertStands("late", "booked", "");
        CPPUNIT_ASSERT_EQUAL(sum - 106 + 7 + 9, inBooks());
    }

    void aRowTakesAnEntryThatWasKeptWithoutAccess()
    {
        putRows("new", 1, 9);
        syncAndDeliver();
        relink();
        const auto sum = inBooks();
        world_->bank.unticked = {"new"};
        world_->bank.remove("new5");
        syncAndDeliver();
        world_->bank.unticked = {};
        world_->bank.put({"again", "new", 15, day(5)});
        syncAndDeliver();
        assertStands("again", "held", "overlap");
        CPPUNIT_ASSERT_EQUAL(std::string("new5 "), mayBe("again"));
        CPPUNIT_ASSERT(isEntryOf("again", "new5").ok());
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum - 105 + 15, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::string(), told(store::notice::accessLostRows));
        world_->checkBooks("new", books);
    }

    void anEntryIsTakenOnceOnly()
    {
        const auto sum = relinkWithTwoHeld();
        const auto key = world_->row("old5")->rootKey;
        CPPUNIT_ASSERT(isEntryOf("moved", "old5").ok());
        const auto again = decide({"changed"}, sync::OverlapChoice::SameAs, key);
        CPPUNIT_ASSERT_EQUAL(std::string("held.entry_taken"), again.error().code);
        const auto both = decide({"moved", "changed"}, sync::OverlapChoice::SameAs, key);
        CPPUNIT_ASSERT_EQUAL(std::string("held.transactions"), both.error().code);
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        assertStands("changed", "held", "overlap");
    }

    void whatIsHeldIsToldUntilAPersonDecides()
    {
        const auto sum = relinkWithTwoHeld();
        CPPUNIT_ASSERT(told().find(R"("count":2)") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, decide({"moved"}, sync::OverlapChoice::LeaveOut).value());
        assertStands("moved", "before_start", newLink_);
        CPPUNIT_ASSERT(told().find(R"("count":1)") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1}, decide({"changed"}, sync::OverlapChoice::Book).value());
        CPPUNIT_ASSERT_EQUAL(std::string(), told());
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(sum + 7, inBooks());
        // Nobody is asked twice, whatever the bank says of it.
        world_->bank.put({"moved", "new", 205, day(6)});
        syncAndDeliver();
        assertStands("moved", "before_start", newLink_);
        CPPUNIT_ASSERT_EQUAL(std::string(), told());
    }

    void aHeldRowThatTheBankTakesBackIsToldOfNoMore()
    {
        relinkWithTwoHeld();
        world_->bank.remove("moved");
        world_->bank.remove("changed");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::string(), told());
    }

    void rowsThatWereKeptWithoutAccessAreToldOfNoMore()
    {
        putRows("old", 1, 3);
        syncAndDeliver();
        world_->bank.unticked = {"old"};
        for (const char* id : {"old1", "old2", "old3"})
            world_->bank.remove(id);
        syncAndDeliver();
        CPPUNIT_ASSERT(!told(store::notice::accessLostRows).empty());
        putRows("new", 1, 3);
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::string(), told(store::notice::accessLostRows));
    }

    void whatIsBookedByDecisionFollowsTheBank()
    {
        const auto sum = relinkWithTwoHeld();
        CPPUNIT_ASSERT(decide({"changed"}, sync::OverlapChoice::Book).ok());
        world_->bank.put({"changed", "new", 70, day(6)});
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(sum + 70, inBooks());
    }

    void aDecisionIsCarriedOutWholeOrNotAtAll()
    {
        const auto sum = relinkWithTwoHeld();
        const auto codeOf = [&](const std::vector<std::string>& transactions)
        { return decide(transactions, sync::OverlapChoice::Book).error().code; };
        CPPUNIT_ASSERT_EQUAL(std::string("held.changed"), codeOf({"moved", "new3"}));
        CPPUNIT_ASSERT_EQUAL(std::string("held.changed"), codeOf({"moved", "no such row"}));
        CPPUNIT_ASSERT_EQUAL(std::string("held.transactions"), codeOf({"moved", "moved"}));
        CPPUNIT_ASSERT_EQUAL(std::string("held.transactions"), codeOf({}));
        assertStands("moved", "held", "overlap");
        world_->unlink(newLink_);
        CPPUNIT_ASSERT_EQUAL(std::string("held.not_linked"), codeOf({"moved"}));
        CPPUNIT_ASSERT_EQUAL(std::string(), told());
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
    }

    void heldRowsThatProveNewAreBookedByThemselves()
    {
        const auto sum = relinkWithTwoHeld();
        // What the bank shows late are the rows that nobody had taken.
        putRows("new", 5, 6);
        syncAndDeliver();
        assertStands("moved", "booked", "");
        assertStands("changed", "booked", "");
        CPPUNIT_ASSERT_EQUAL(sum + 105 + 7, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::string(), told());
        world_->checkBooks("new", books);
    }

private:
    Result<std::int64_t> decide(const std::vector<std::string>& transactions,
        sync::OverlapChoice choice, const std::string& entry = "")
    {
        const std::string account = newAccount();
        return world_->plain.write(
            [&](store::Unit& unit) -> Result<std::int64_t>
            {
                return sync::decideOverlaps(unit, world_->tenant, {"u1", "Ada"},
                    {account, transactions, choice, entry}, world_->random, world_->clock.now());
            });
    }

    Result<std::int64_t> isEntryOf(const std::string& transaction, const std::string& of)
    {
        return decide({transaction}, sync::OverlapChoice::SameAs, world_->row(of)->rootKey);
    }

    std::string newAccount()
    {
        const std::string account = world_->look(
            [&](store::Unit& unit)
            {
                return unit
                    .query("SELECT bank_account_id FROM bank_account WHERE provider_account_id = "
                           "'new'")
                    .text(0, 0);
            });
        return account;
    }

    /// Of a held row: the ids of the rows behind the entries, in the order in which they are shown.
    std::string mayBe(const std::string& transaction)
    {
        const std::string account = newAccount();
        return world_->look(
            [&](store::Unit& unit) -> std::string
            {
                std::string ids;
                const auto entries = sync::entriesLike(unit, world_->tenant, account, transaction);
                if (!entries.ok()) return entries.error().code;
                for (const auto& entry : entries.value())
                    ids += entry.providerTransactionId + " ";
                return ids;
            });
    }
};

using HeldOverlapsOnSqliteTest = HeldOverlapsTest<store::Engine::Sqlite>;
using HeldOverlapsOnPostgresqlTest = HeldOverlapsTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(HeldOverlapsOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(HeldOverlapsOnPostgresqlTest);

} // namespace bankfeed
