// An account whose ids are all new: its rows take the places that they had in the books before.

#include "SyncFixture.h"

#include "store/NoticeRepository.h"
#include "sync/Overlaps.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bankfeed
{

using testing::BankRow;
using testing::SyncWorld;

template <store::Engine engine>
class SuccessionTest final : public testing::TwoLoginsFixture
{
    CPPUNIT_TEST_SUITE(SuccessionTest);
    CPPUNIT_TEST(rowsOfBeforeKeepTheirEntries);
    CPPUNIT_TEST(theBooksFollowWhatTheBankSaysOfThem);
    CPPUNIT_TEST(rowsBeforeTheStartFollowTheBankToo);
    CPPUNIT_TEST(theWordsDecideAmongEqualAmountsOnly);
    CPPUNIT_TEST(equalRowsAreCounted);
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
    CPPUNIT_TEST(whatTheBankTookBackInBetweenIsTold);
    CPPUNIT_TEST(whatTheBankTookBackIsToldOnceTheHistoryIsThere);
    CPPUNIT_TEST(aHeldRowThatTheBankTakesBackIsToldOfNoMore);
    CPPUNIT_TEST(rowsThatWereKeptWithoutAccessAreToldOfNoMore);
    CPPUNIT_TEST(whatIsBookedByDecisionFollowsTheBank);
    CPPUNIT_TEST(aDecisionIsCarriedOutWholeOrNotAtAll);
    CPPUNIT_TEST(heldRowsThatProveNewAreBookedByThemselves);
    CPPUNIT_TEST(aRowBehindTheLastOneIsBooked);
    CPPUNIT_TEST(aRowThatTheBankChangesBeforeTheReleaseIsNotBookedTwice);
    CPPUNIT_TEST(historyThatComesLateIsNotBookedTwice);
    CPPUNIT_TEST(aPendingRowThatPostsIsNotBookedTwice);
    CPPUNIT_TEST(rowsThatGoInTheLoopThatBringsTheirPartnersAreInTheBooksOnce);
    CPPUNIT_TEST(rowsInAnotherLedgerAccountAreNoPartners);
    CPPUNIT_TEST(aRebuiltFeedHasTheRowsOfBothAccounts);
    CPPUNIT_TEST(thousandsOfRowsTakeTheirPlacesOverManyUnits);
    CPPUNIT_TEST_SUITE_END();

public:
    SuccessionTest() : TwoLoginsFixture(engine) {}

private:
    void takeThePlace(const std::string& startDate = "")
    {
        newLink_ = TwoLoginsFixture::takeThePlace(books, startDate);
    }
    void relink(const std::string& startDate = "")
    {
        takeThePlace(startDate);
        world_->run();
        world_->pump();
    }
    std::int64_t inBooks() { return world_->ledger.sum(books); }

    void rowsOfBeforeKeepTheirEntries()
    {
        putRows("old", 1, 9);
        syncAndDeliver();
        const auto sum = inBooks();
        const auto key = world_->row("old5")->rootKey;
        putRows("new", 3, 9); // Its history does not reach as far back.
        syncAndDeliver();
        relink();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.amends + world_->ledger.voids);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, world_->ledger.posts);
        assertStands("new5", "booked", "");
        CPPUNIT_ASSERT_EQUAL(key, world_->row("new5")->rootKey);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world_->row("new5")->revision);
        assertStands("old5", "gone", "");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->row("old5")->revision);
        assertStands("old1", "booked", "");
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
    }

    void theBooksFollowWhatTheBankSaysOfThem()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 9);
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        world_->bank.put({"new5", "new", 5, day(5)});
        world_->bank.remove("new6");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(sum - 100 - 106, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.amends);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.voids);
        world_->checkBooks("new", books);
    }

    void rowsBeforeTheStartFollowTheBankToo()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 9);
        world_->bank.put({"fresh", "new", 77, day(9)});
        syncAndDeliver();
        const auto sum = inBooks();
        relink(day(10));
        assertStands("fresh", "before_start", newLink_);
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        world_->bank.remove("new6");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(sum - 106, inBooks());
    }

    void theWordsDecideAmongEqualAmountsOnly()
    {
        BankRow tea{"old-tea", "old", 5, day(3)};
        tea.name = "TEA";
        BankRow coffee{"old-coffee", "old", 5, day(3)};
        world_->bank.put(tea);
        world_->bank.put(coffee);
        BankRow cup{"new-a", "new", 5, day(3)}; // Words that neither had.
        cup.name = "CUP OF SOMETHING";
        BankRow again{"new-b", "new", 5, day(3)};
        again.name = "TEA";
        world_->bank.put(cup);
        world_->bank.put(again);
        syncAndDeliver();
        const auto ofTea = world_->row("old-tea")->rootKey;
        relink();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, inBooks());
        CPPUNIT_ASSERT_EQUAL(ofTea, world_->row("new-b")->rootKey);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, world_->ledger.amends);
        world_->checkBooks("new", books);
    }

    void equalRowsAreCounted()
    {
        for (const char* id : {"a", "b"})
            world_->bank.put({std::string("old-") + id, "old", 5, day(3)});
        for (const char* id : {"a", "b", "c"})
            world_->bank.put({std::string("new-") + id, "new", 5, day(3)});
        putRows("old", 8, 8);
        syncAndDeliver();
        relink();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10 + 108}, inBooks());
        assertStands("new-c", "held", "overlap");
    }

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

    /// Two rows without a partner beside two entries that none has taken. Gives the sum in the
    /// books.
    std::int64_t relinkWithTwoHeld()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 4);
        putRows("new", 7, 9);
        world_->bank.put({"moved", "new", 105, day(6)});
        world_->bank.put({"changed", "new", 7, day(6)});
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        return sum;
    }
    std::string told(std::string_view kind = store::notice::overlapHeld)
    {
        return world_->look(
            [&](store::Unit& unit) -> std::string
            {
                for (const auto& notice : store::NoticeRepository(unit, world_->tenant).openOnes())
                    if (notice.kind == kind) return notice.params;
                return "";
            });
    }
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

    void whatTheBankTookBackInBetweenIsTold()
    {
        putRows("old", 1, 9);
        putRows("new", 3, 5);
        putRows("new", 7, 9);
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        // Of the first day, and of what is before, nothing can be said.
        CPPUNIT_ASSERT(
            told(store::notice::rowsNotShown).find(R"("count":1,"first_date":"2026-01-06")") !=
            std::string::npos);
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        world_->unlink(newLink_);
        CPPUNIT_ASSERT_EQUAL(std::string(), told(store::notice::rowsNotShown));
    }

    void whatTheBankTookBackIsToldOnceTheHistoryIsThere()
    {
        putRows("old", 1, 9);
        syncAndDeliver();
        world_->bank.history = HistoryState::RecentReady;
        putRows("new", 1, 2);
        world_->ask(store::job::sync, world_->connectionId);
        while (world_->runOne())
        {
        }
        takeThePlace();
        while (world_->runOne())
        {
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), told(store::notice::rowsNotShown));
        putRows("new", 3, 8);
        world_->bank.history = HistoryState::Complete;
        syncAndDeliver();
        CPPUNIT_ASSERT(told(store::notice::rowsNotShown).find(R"("count":1)") != std::string::npos);
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

    void aRowBehindTheLastOneIsBooked()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 9);
        world_->bank.put({"fresh", "new", 109, day(10)}); // As much as the one of yesterday.
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        assertStands("fresh", "booked", "");
        CPPUNIT_ASSERT_EQUAL(sum + 109, inBooks());
        world_->checkBooks("new", books);
    }

    void aRowThatTheBankChangesBeforeTheReleaseIsNotBookedTwice()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 9);
        syncAndDeliver();
        const auto sum = inBooks();
        takeThePlace();
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute("DELETE FROM job WHERE kind = 'release'");
                                   return success();
                               })
                           .ok());
        BankRow clean{"new5", "new", 105, day(5)};
        clean.name = "Coffee";
        world_->bank.put(clean);
        world_->bank.put({"new6", "new", 7, day(6)});
        syncAndDeliver();
        assertStands("new5", "booked", "");
        assertStands("new6", "held", "overlap");
        assertStands("new4", "held", "not_linked");
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        world_->ask(store::job::release, newLink_);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        assertStands("new4", "booked", "");
        assertStands("new6", "held", "overlap");
    }

    void historyThatComesLateIsNotBookedTwice()
    {
        putRows("old", 1, 20);
        syncAndDeliver();
        putRows("new", 15, 20);
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        putRows("new", 1, 14);
        world_->bank.put({"fresh", "new", 1, day(21)});
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(sum + 1, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.amends + world_->ledger.voids);
        world_->checkBooks("new", books);
    }

    void aPendingRowThatPostsIsNotBookedTwice()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 8);
        BankRow pending{"new9", "new", 109, day(9)};
        pending.pending = true;
        world_->bank.put(pending);
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        pending.pending = false;
        world_->bank.put(pending);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        assertStands("new9", "booked", "");
    }

    /// The account was shared again under another id, and its link stands before the loop that
    /// tells of both: rows that are taken away under their old ids come under new ones.
    void rowsThatGoInTheLoopThatBringsTheirPartnersAreInTheBooksOnce()
    {
        putRows("old", 1, 9);
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        putRows("new", 1, 9);
        for (int i = 1; i <= 9; ++i)
            world_->bank.remove("old" + std::to_string(i));
        world_->bank.unticked = {"old"};
        syncAndDeliver();
        for (int i = 1; i <= 9; ++i)
        {
            assertStands("new" + std::to_string(i), "booked", "");
            assertStands("old" + std::to_string(i), "gone", "");
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->row("old" + std::to_string(i))->revision);
        }
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        // Books from before the feed: what the mirror says of it is told anew.
        world_->ledger.books = {};
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
    }

    void rowsInAnotherLedgerAccountAreNoPartners()
    {
        putRows("old", 1, 9);
        putRows("new", 1, 9);
        syncAndDeliver();
        takeThePlace();
        CPPUNIT_ASSERT(
            world_->plain
                .write(
                    [&](store::Unit& unit) -> Result<void>
                    {
                        unit.execute(
                            "UPDATE account_link SET ledger_account_id = 'Assets:Other' WHERE "
                            "link_id = $1",
                            {newLink_});
                        return success();
                    })
                .ok());
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(inBooks(), world_->ledger.sum("Assets:Other"));
    }

    void aRebuiltFeedHasTheRowsOfBothAccounts()
    {
        putRows("old", 1, 9);
        putRows("new", 5, 9);
        syncAndDeliver();
        relink();
        world_->bank.put({"new7", "new", 1, day(7)});
        syncAndDeliver();
        const auto sum = inBooks();
        // Books from before the feed, and an outbox that does not reach back so far.
        world_->ledger.books = {};
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute("DELETE FROM outbox WHERE seq < 5");
                                   return success();
                               })
                           .ok());
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::size_t{9}, world_->ledger.books.entries.size());
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1}, world_->ledger.books.entries.at(world_->row("new7")->rootKey).units);
    }

    void thousandsOfRowsTakeTheirPlacesOverManyUnits()
    {
        constexpr int count = 1300;
        for (const std::string account : {"old", "new"})
            for (int i = 0; i < count; ++i)
                world_->bank.put(
                    {account + std::to_string(i), account, 100 + i % 7, day(1 + i * 28 / count)});
        syncAndDeliver();
        const auto sum = inBooks();
        relink();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
            world_->count("SELECT COUNT(*) FROM bank_transaction WHERE lane = 'held'"));
        world_->checkBooks("new", books);
    }

    std::string newLink_;
};

using SuccessionOnSqliteTest = SuccessionTest<store::Engine::Sqlite>;
using SuccessionOnPostgresqlTest = SuccessionTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(SuccessionOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(SuccessionOnPostgresqlTest);

} // namespace bankfeed
