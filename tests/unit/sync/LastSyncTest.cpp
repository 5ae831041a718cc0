// What a sync came to, counted for the card of its connection; on both engines.
#include "SyncFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

template <store::Engine engine>
class LastSyncTest final : public testing::TwoAccountsFixture
{
    CPPUNIT_TEST_SUITE(LastSyncTest);
    CPPUNIT_TEST(theLastSyncIsCounted);
    CPPUNIT_TEST(aLongSyncIsCountedAsOne);
    CPPUNIT_TEST_SUITE_END();

public:
    LastSyncTest() : TwoAccountsFixture(engine) {}

    void theLastSyncIsCounted()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("never"), lastSync());
        linkChecking();
        world_->run();
        putRows(3);
        putRows(2, "savings", "s");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("5 0 0 2 3"), lastSync());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("0 0 0 0 0"), lastSync());
        world_->bank.put({"t1", "checking", 7'777});
        world_->bank.put({"t9", "checking", 9});
        world_->bank.remove("s0");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("1 1 1 0 1"), lastSync());
        CPPUNIT_ASSERT(world_->connection().lastSyncAt == world_->connection().lastSuccessAt);
    }

    void aLongSyncIsCountedAsOne()
    {
        linkChecking();
        world_->run();
        world_->bank.pageSize = 100;
        putRows(1'200);
        putRows(50, "savings", "s");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("1250 0 0 50 1200"), lastSync());
        world_->bank.remove("t3");
        world_->bank.cursorsSince = 1'000'000; // Everything is read anew.
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("0 0 1 0 0"), lastSync());
    }

private:
    std::string lastSync()
    {
        const store::Connection now = world_->connection();
        if (!now.lastSyncAt) return "never";
        std::string counts;
        for (const auto count : {now.lastSync.added, now.lastSync.modified, now.lastSync.removed,
                 now.lastSync.held, now.lastSync.booked})
            counts += (counts.empty() ? "" : " ") + std::to_string(count);
        return counts;
    }
};

using LastSyncOnSqliteTest = LastSyncTest<store::Engine::Sqlite>;
using LastSyncOnPostgresqlTest = LastSyncTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(LastSyncOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(LastSyncOnPostgresqlTest);

} // namespace bankfeed
