// What happens after a feed was taken back, or while that is under way: other links, merges,
// restores, interruptions.
#include "TakeBackFixture.h"

#include "support/PluginBackup.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

template <store::Engine engine>
class TakenBackLaterTest final : public testing::TakeBackFixture
{
    CPPUNIT_TEST_SUITE(TakenBackLaterTest);
    CPPUNIT_TEST(linkedElsewhereItsRowsAreThereOnce);
    CPPUNIT_TEST(linkedToTheSameAgainNothingIsThereTwice);
    CPPUNIT_TEST(whatStayedIsTakenOverAgain);
    CPPUNIT_TEST(itCanBeTakenBackAsOftenAsItIsDone);
    CPPUNIT_TEST(aMergeBeforeChangesNothing);
    CPPUNIT_TEST(aMergeMeanwhileChangesNothing);
    CPPUNIT_TEST(aMergeThatEndsTheLinkMeanwhileLosesNothing);
    CPPUNIT_TEST(booksOfABackupGetAllOfIt);
    CPPUNIT_TEST(aPluginOfABackupTakesItBackOnceMore);
    CPPUNIT_TEST(aPluginOfABackupBooksNothingTwice);
    CPPUNIT_TEST(hundredsOfRowsGoOverManyUnits);
    CPPUNIT_TEST(itMayBeCutOffAnywhere);
    CPPUNIT_TEST(anOpeningBalanceOfItsOwnIsStatedAsNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    TakenBackLaterTest() : TakeBackFixture(engine) {}

private:
    static constexpr const char* elsewhere = "Assets:Savings";
    static constexpr const char* into = "Assets:All";

    void merge(const std::string& from, const std::string& target)
    {
        delivery::LedgerEvent event{delivery::LedgerEvent::Kind::AccountMerged, "", from};
        event.into = target;
        tell(event);
    }
    void goneIsTheOldOne()
    {
        write("UPDATE bank_account SET state = 'not_shared' WHERE bank_account_id = '" +
              idOf("old") + "'");
    }

    void linkedElsewhereItsRowsAreThereOnce()
    {
        goOnWithRows();
        takeBack();
        world_->link(idOf("new"), elsewhere);
        world_->run();
        world_->pump();
        world_->bank.put({"new26", "new", 5, day(26)});
        world_->bank.remove("new4");
        world_->bank.put({"old4", "old", 6, day(4)});
        syncAndDeliver();
        world_->checkBooks("old", books);
        world_->checkBooks("new", elsewhere);
        world_->checkMirror();
    }

    void linkedToTheSameAgainNothingIsThereTwice()
    {
        goOnWithRows();
        takeBack();
        goneIsTheOldOne();
        goOn();
        // Of the days that it does not show, the entries of before.
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{101 + 102 + 103 + 104 + 105 + 106 + 107 + 108 + 109 + 125 + 126 + 127},
            inBooks());
        world_->bank.put({"new5", "new", 5, day(5)});
        world_->bank.remove("new25");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{101 + 102 + 103 + 104 + 5 + 106 + 107 + 108 + 109 + 126 + 127}, inBooks());
    }

    void whatStayedIsTakenOverAgain()
    {
        goOnWithRows();
        reconcile("new25");
        const auto key = world_->row("new25")->rootKey;
        const auto sum = inBooks();
        takeBack();
        CPPUNIT_ASSERT_EQUAL(sum - 126 - 127, inBooks());
        goneIsTheOldOne();
        goOn();
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        CPPUNIT_ASSERT_EQUAL(key, world_->row("new25")->rootKey);
    }

    void itCanBeTakenBackAsOftenAsItIsDone()
    {
        goOnWithRows();
        const auto sum = inBooks();
        for (int i = 0; i < 3; ++i)
        {
            takeBack();
            world_->checkBooks("old", books);
            goOn();
            CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        }
        takeBack();
        world_->link(idOf("new"), elsewhere);
        world_->run();
        world_->pump();
        world_->checkBooks("old", books);
        world_->checkBooks("new", elsewhere);
    }

    void aMergeBeforeChangesNothing()
    {
        goOnWithRows();
        merge(books, into);
        putRows("new", 28, 29); // Told as entries of the other name.
        syncAndDeliver();
        const auto view = preview();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, view.counts.takesOut);
        takeBack();
        CPPUNIT_ASSERT_EQUAL(std::string(into), *linkOf(oldLink_).ledgerAccountId);
        world_->checkBooks("old", books); // The host has them under the name of their posts.
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(into));
    }

    void aMergeMeanwhileChangesNothing()
    {
        goOnWithRows();
        CPPUNIT_ASSERT_EQUAL(std::string(), ask());
        merge(books, into);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT(!linkOf(oldLink_).endedAt);
        CPPUNIT_ASSERT_EQUAL(std::string(into), *linkOf(oldLink_).ledgerAccountId);
        world_->checkBooks("old", books);
    }

    void aMergeThatEndsTheLinkMeanwhileLosesNothing()
    {
        world_->bank.addAccount({"third"});
        world_->link(world_->discover("third"), into);
        goOnWithRows();
        CPPUNIT_ASSERT_EQUAL(std::string(), ask());
        merge(books, into);
        CPPUNIT_ASSERT_EQUAL(std::string("ended"), linkOf(newLink_).state);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("taken_back"), linkOf(newLink_).state);
        CPPUNIT_ASSERT(linkOf(oldLink_).endedAt.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("open"), account("new").decision);
        world_->checkBooks("old", books);
    }

    void booksOfABackupGetAllOfIt()
    {
        goOnWithRows();
        const auto before = world_->ledger.books;
        takeBack();
        for (const bool empty : {false, true})
        {
            world_->ledger.books = empty ? testing::FakeLedger::Books{} : before;
            world_->restart();
            world_->pump();
            syncAndDeliver();
            world_->checkBooks("old", books);
        }
    }

    void aPluginOfABackupTakesItBackOnceMore()
    {
        goOnWithRows();
        testing::PluginBackup backup(world_->plain);
        takeBack();
        backup.restore();
        world_->restart();
        syncAndDeliver();
        takeBack();
        syncAndDeliver();
        world_->checkBooks("old", books);
        world_->link(idOf("new"), elsewhere);
        world_->run();
        world_->pump();
        world_->checkBooks("new", elsewhere);
    }

    void aPluginOfABackupBooksNothingTwice()
    {
        goOnWithRows();
        testing::PluginBackup backup(world_->plain);
        takeBack();
        world_->link(idOf("new"), elsewhere);
        world_->run();
        world_->pump();
        backup.restore(); // It knows nothing of either.
        world_->restart();
        syncAndDeliver();
        settle();
        takeBack();
        world_->checkBooks("old", books);
    }

    void hundredsOfRowsGoOverManyUnits()
    {
        constexpr int many = 450;
        for (const char* account : {"old", "new"})
            for (int i = 0; i < many; ++i)
                world_->bank.put(
                    {account + std::to_string(1000 + i), account, 1'000 + i, day(1 + i % 28)});
        syncAndDeliver();
        goOn();
        for (int i = 0; i < many; ++i)
            world_->bank.put({"own" + std::to_string(i), "new", 5'000 + i, day(29)});
        syncAndDeliver();
        const auto view = preview();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{many}, view.counts.givesBack);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{many}, view.counts.takesOut);
        faulty_->rowsInUnitMax = 0;
        takeBack();
        CPPUNIT_ASSERT(faulty_->rowsInUnitMax <= 500);
        world_->checkBooks("old", books);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{many}, world_->ledger.voids);
    }

    void itMayBeCutOffAnywhere()
    {
        const int step = engine == store::Engine::Sqlite ? 1 : 7;
        bool cut = true;
        for (int at = 1; cut && at < 400; at += step)
        {
            tearDown();
            setUp();
            goOnWithRows();
            CPPUNIT_ASSERT_EQUAL(std::string(), ask());
            faulty_->failAtStatement = faulty_->statements + at;
            world_->runOne();
            cut = faulty_->failed();
            faulty_->failAtStatement = testing::FaultyDatabase::never;
            world_->run();
            world_->pump();
            world_->checkBooks("old", books);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, audit("account.taken_back").size());
        }
        CPPUNIT_ASSERT(!cut);
    }

    void anOpeningBalanceOfItsOwnIsStatedAsNothing()
    {
        goOnWithRows();
        write("UPDATE account_link SET opening = 'due' WHERE link_id = '" + newLink_ + "'");
        world_->ask(store::job::opening, newLink_);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT(linkOf(newLink_).openingUnits != 0);
        const auto opening = [&]
        {
            std::int64_t units = 0;
            for (const auto& [key, entry] : world_->ledger.books.entries)
                units += isOpeningRootKey(key) ? entry.units : 0;
            return units;
        };
        CPPUNIT_ASSERT_EQUAL(linkOf(newLink_).openingUnits, opening());
        takeBack();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, opening());
        world_->checkBooks("old", books);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TakenBackLaterTest<store::Engine::Sqlite>);
CPPUNIT_TEST_SUITE_REGISTRATION(TakenBackLaterTest<store::Engine::Postgresql>);

} // namespace bankfeed
