// An account whose ids are all new: its rows take the places that they had in the books before.
#include "SuccessionFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class SuccessionTest final : public testing::SuccessionFixture
{
    CPPUNIT_TEST_SUITE(SuccessionTest);
    CPPUNIT_TEST(rowsOfBeforeKeepTheirEntries);
    CPPUNIT_TEST(theBooksFollowWhatTheBankSaysOfThem);
    CPPUNIT_TEST(rowsBeforeTheStartFollowTheBankToo);
    CPPUNIT_TEST(theWordsDecideAmongEqualAmountsOnly);
    CPPUNIT_TEST(equalRowsAreCounted);
    CPPUNIT_TEST(whatTheBankTookBackInBetweenIsTold);
    CPPUNIT_TEST(whatTheBankTookBackIsToldOnceTheHistoryIsThere);
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
    SuccessionTest() : SuccessionFixture(engine) {}

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
};

using SuccessionOnSqliteTest = SuccessionTest<store::Engine::Sqlite>;
using SuccessionOnPostgresqlTest = SuccessionTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(SuccessionOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(SuccessionOnPostgresqlTest);

} // namespace bankfeed
