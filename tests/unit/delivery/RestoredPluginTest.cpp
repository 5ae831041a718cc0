// A plugin that was restored from a backup, alone or together with its books, on both engines.
#include "support/PluginBackup.h"
#include "unit/delivery/DeliveryFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>

namespace bankfeed
{

using testing::BankRow;
using testing::DeliveryFixture;
using testing::PluginBackup;

template <store::Engine engine>
class RestoredPluginTest : public DeliveryFixture
{
    CPPUNIT_TEST_SUITE(RestoredPluginTest);
    CPPUNIT_TEST(pluginRestoredFromBackupStartsANewEpochAndBooksNothingTwice);
    CPPUNIT_TEST(anEpochThatIsBuiltAnewBeginsEachLostRowWithItsFirstRevision);
    CPPUNIT_TEST(pluginRestoredWithNewGuessesOfTheProviderBooksNothingTwice);
    CPPUNIT_TEST(aRebuildTakesOverARevisionThatTheBooksHoldWithTheSameContent);
    CPPUNIT_TEST(aConflictWithAnEarlierLifeIsSettledAboveTheHead);
    CPPUNIT_TEST(pluginRestoredAndGrownPastTheBooksIsNoticedByTheDigest);
    CPPUNIT_TEST(bothRestored);
    CPPUNIT_TEST(bothRestoredToDifferentEpochs);
    CPPUNIT_TEST(aSyncBesideARebuildLosesNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    RestoredPluginTest() : DeliveryFixture(engine) {}

    void pluginRestoredFromBackupStartsANewEpochAndBooksNothingTwice()
    {
        putRows(5, "a");
        syncAndDeliver();
        PluginBackup backup(world_->plain);
        putRows(4, "b");
        world_->bank.put({"a0", "checking", 999});
        world_->bank.remove("a1");
        syncAndDeliver();
        const auto epoch = feed().epoch;
        const auto posts = world_->ledger.posts;
        backup.restore();
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT(epoch != feed().epoch);
        syncAndDeliver();
        check();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
    }

    void anEpochThatIsBuiltAnewBeginsEachLostRowWithItsFirstRevision()
    {
        putRows(2, "a");
        syncAndDeliver();
        const auto books = world_->ledger.books;
        PluginBackup backup(world_->plain);
        putRows(2, "b");
        syncAndDeliver();
        backup.restore();
        world_->restart();
        world_->pump();
        syncAndDeliver();
        world_->bank.put({"b0", "checking", 999}); // Its second revision, in the second epoch.
        syncAndDeliver();
        world_->ledger.books = books;
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }

    void pluginRestoredWithNewGuessesOfTheProviderBooksNothingTwice()
    {
        putRows(2, "a");
        syncAndDeliver();
        PluginBackup backup(world_->plain);
        const auto posts = forgetTwoRowsOfOtherWords(backup);
        syncAndDeliver();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
    }

    void aRebuildTakesOverARevisionThatTheBooksHoldWithTheSameContent()
    {
        putRows(2, "a");
        syncAndDeliver();
        PluginBackup backup(world_->plain);
        const BankRow row = world_->bank.truth().at("a0");
        world_->bank.remove("a0");
        world_->sync();
        world_->bank.put(row);
        syncAndDeliver();
        const auto applied = world_->ledger.applied;
        backup.restore();
        world_->restart();
        world_->pump();
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(applied, world_->ledger.applied);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, world_->row("a0")->revision);
        world_->bank.put({"a0", "checking", 8});
        syncAndDeliver();
        check();
    }

    void aConflictWithAnEarlierLifeIsSettledAboveTheHead()
    {
        putRows(2, "a");
        syncAndDeliver();
        PluginBackup backup(world_->plain);
        const auto posts = forgetTwoRowsOfOtherWords(backup);
        world_->ledger.listsEntries = false;
        // The rebuild does not know b0 yet; the sync then posts it with other words.
        world_->pump();
        world_->sync();
        const auto epoch = feed().epoch;
        world_->pump();
        CPPUNIT_ASSERT(epoch != feed().epoch);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        CPPUNIT_ASSERT(!noticeOpen("checking"));
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        check();
    }

    void pluginRestoredAndGrownPastTheBooksIsNoticedByTheDigest()
    {
        putRows(5, "a");
        syncAndDeliver();
        PluginBackup backup(world_->plain);
        putRows(1, "b");
        syncAndDeliver();
        const auto epoch = feed().epoch;
        backup.restore();
        // Another change has the number that the books know as b0.
        putRows(2, "c");
        world_->bank.put({"b0", "checking", 321});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, feed().nextSeq);
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT(epoch != feed().epoch);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }

    void bothRestored()
    {
        putRows(3, "a");
        syncAndDeliver();
        const auto books = world_->ledger.books;
        putRows(3, "b");
        syncAndDeliver();
        PluginBackup backup(world_->plain);
        putRows(3, "c");
        world_->bank.remove("b1");
        syncAndDeliver();
        backup.restore();
        world_->ledger.books = books;
        world_->restart();
        world_->pump();
        syncAndDeliver();
        check();
    }

    void bothRestoredToDifferentEpochs()
    {
        putRows(3, "a");
        syncAndDeliver();
        PluginBackup backup(world_->plain);
        const auto early = world_->ledger.books;
        putRows(3, "b");
        syncAndDeliver();
        const auto late = world_->ledger.books;
        backup.restore();
        world_->restart();
        world_->pump();
        syncAndDeliver();
        check();
        // The plugin lives in a second epoch now, and the books go back into the first.
        world_->ledger.books = late;
        world_->restart();
        world_->pump();
        check();
        world_->ledger.books = early;
        world_->restart();
        world_->pump();
        check();
    }

    void aSyncBesideARebuildLosesNothing()
    {
        putRows(1'300, "a");
        syncAndDeliver();
        PluginBackup backup(world_->plain);
        world_->bank.put({"a0", "checking", 999});
        putRows(1, "b");
        syncAndDeliver();
        backup.restore();
        delivery::Relay relay(
            world_->database, world_->ledger, world_->clock, world_->random, world_->log);
        int syncs = 0;
        for (int call = 0; call < 40; ++call)
        {
            const auto report = relay.pump(1, 1'000);
            CPPUNIT_ASSERT(report.ok());
            if (feed().state != store::feedState::rebuilding || syncs > 6) continue;
            for (int i = 0; i < 40; ++i)
            {
                const std::string id = "a" + std::to_string((syncs * 173 + i * 29) % 1'300);
                if (!world_->bank.truth().contains(id)) continue;
                if (i % 3 == 0)
                    world_->bank.remove(id);
                else
                    world_->bank.put({id, "checking", 5'000 + i});
            }
            world_->bank.put({"new" + std::to_string(syncs), "checking", 17});
            world_->sync();
            ++syncs;
        }
        CPPUNIT_ASSERT(syncs >= 2);
        world_->pump();
        check();
    }

private:
    /// Two rows more come into the books. Then the bank tells one of them otherwise, and the
    /// plugin goes back to its backup. Gives how many posts the books had.
    std::uint64_t forgetTwoRowsOfOtherWords(PluginBackup& backup)
    {
        putRows(2, "b");
        syncAndDeliver();
        BankRow row = world_->bank.truth().at("b0");
        row.merchant = "Blue Bottle";
        world_->bank.put(row);
        const auto posts = world_->ledger.posts;
        backup.restore();
        world_->restart();
        return posts;
    }
};

using RestoredPluginOnSqliteTest = RestoredPluginTest<store::Engine::Sqlite>;
using RestoredPluginOnPostgresqlTest = RestoredPluginTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RestoredPluginOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RestoredPluginOnPostgresqlTest);

} // namespace bankfeed
