// Books that were restored from a backup, or lost: they get what they miss, once, on both engines.
#include "support/PluginBackup.h"
#include "unit/delivery/DeliveryFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>

namespace bankfeed
{

using testing::DeliveryFixture;
using testing::PluginBackup;

template <store::Engine engine>
class RestoredHostTest : public DeliveryFixture
{
    CPPUNIT_TEST_SUITE(RestoredHostTest);
    CPPUNIT_TEST(hostRestoredFromBackupGetsTheMissingChangesOnce);
    CPPUNIT_TEST(hostThatLostEverythingGetsEverythingOnce);
    CPPUNIT_TEST(hostBelowTheOldestKeptChangeGetsANewEpoch);
    CPPUNIT_TEST(openingBalancesSurviveARebuild);
    CPPUNIT_TEST(aRebuildOfAFeedWithVoidsKeepsThemOut);
    CPPUNIT_TEST_SUITE_END();

public:
    RestoredHostTest() : DeliveryFixture(engine) {}

    void hostRestoredFromBackupGetsTheMissingChangesOnce()
    {
        putRows(3, "a");
        syncAndDeliver();
        const auto backup = world_->ledger.books;
        putRows(4, "b");
        world_->bank.remove("a1");
        syncAndDeliver();
        world_->ledger.books = backup;
        world_->restart();
        world_->pump();
        check();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->ledger.epochStarts);
    }

    void hostThatLostEverythingGetsEverythingOnce()
    {
        putRows(3, "a");
        syncAndDeliver();
        world_->ledger.books = {};
        world_->restart();
        world_->pump();
        check();
    }

    void hostBelowTheOldestKeptChangeGetsANewEpoch()
    {
        putRows(3, "a");
        syncAndDeliver();
        const auto backup = world_->ledger.books;
        putRows(4, "b");
        world_->bank.put({"a0", "checking", 999});
        world_->bank.remove("a1");
        syncAndDeliver();
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<std::int64_t>
                               {
                                   return store::OutboxRepository(unit, "main")
                                       .prune(world_->feedId("checking"),
                                           plusMs(world_->clock.now(), 1'000), 500);
                               })
                           .ok());
        const auto epoch = feed().epoch;
        world_->ledger.books = backup;
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT(epoch != feed().epoch);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }

    void openingBalancesSurviveARebuild()
    {
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute("UPDATE account_link SET opening = 'due'");
                                   return success();
                               })
                           .ok());
        putRows(3, "a");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:checking"));
        PluginBackup backup(world_->plain);
        putRows(2, "b");
        syncAndDeliver();
        const auto amends = world_->ledger.amends;
        backup.restore();
        world_->restart();
        world_->pump();
        syncAndDeliver();
        check();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:checking"));
        CPPUNIT_ASSERT_EQUAL(amends, world_->ledger.amends);
        world_->ledger.books = {};
        world_->restart();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:checking"));
    }

    void aRebuildOfAFeedWithVoidsKeepsThemOut()
    {
        putRows(4, "a");
        syncAndDeliver();
        world_->bank.remove("a0");
        syncAndDeliver();
        world_->ledger.books = {};
        write("UPDATE feed SET epoch = epoch + 2");
        world_->restart();
        world_->pump();
        check();
        world_->bank.put({"a0", "checking", 12});
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        check();
    }
};

using RestoredHostOnSqliteTest = RestoredHostTest<store::Engine::Sqlite>;
using RestoredHostOnPostgresqlTest = RestoredHostTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RestoredHostOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RestoredHostOnPostgresqlTest);

} // namespace bankfeed
