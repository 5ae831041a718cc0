// Sync loops that take long, or stand still, on both engines.

#include "SyncFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

namespace bankfeed
{

using testing::SyncWorld;

template <store::Engine engine>
class SlowLoopTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(SlowLoopTest);
    CPPUNIT_TEST(aLoopThatGoesOnSlowlyIsReadToItsEnd);
    CPPUNIT_TEST(aLoopThatStoodStillForHoursBeginsAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    SlowLoopTest() : SyncFixture(engine) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"checking"});
    }

private:
    /// Half of the pages of twenty rows, one every so many hours.
    void readHalf(std::int64_t hoursBetween)
    {
        world_->link(world_->discover("checking"), "Assets:Checking");
        world_->run();
        world_->bank.pageSize = 2;
        for (int i = 0; i < 20; ++i)
            world_->bank.put({"t" + std::to_string(i), "checking", 100 + i});
        world_->ask(store::job::sync, world_->connection().id);
        for (int i = 0; i < 5; ++i)
        {
            CPPUNIT_ASSERT(world_->runOne());
            world_->clock.advanceMs(hoursBetween * 3'600'000);
        }
        world_->bank.cursorsAsked.clear();
        CPPUNIT_ASSERT(world_->runOne());
    }

    void aLoopThatGoesOnSlowlyIsReadToItsEnd()
    {
        readHalf(4);
        const std::vector<std::string> asked{"m0:20:10"};
        CPPUNIT_ASSERT(asked == world_->bank.cursorsAsked);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("c20"), world_->connection().cursor);
        world_->checkMirror();
    }

    void aLoopThatStoodStillForHoursBeginsAgain()
    {
        readHalf(0);
        world_->clock.advanceMs(7 * 3'600'000);
        world_->bank.cursorsAsked.clear();
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->bank.cursorsAsked.front());
        CPPUNIT_ASSERT_EQUAL(std::string("c20"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        world_->checkMirror();
    }
};

using SlowLoopOnSqliteTest = SlowLoopTest<store::Engine::Sqlite>;
using SlowLoopOnPostgresqlTest = SlowLoopTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(SlowLoopOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(SlowLoopOnPostgresqlTest);

} // namespace bankfeed
