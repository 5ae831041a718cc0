// Goal: without any webhook every connection is looked at once after a start, then once an
// interval, and never in a storm.
#include "EngineFixture.h"

#include "engine/Schedule.h"

namespace bankfeed::engine
{

class ScheduleTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ScheduleTest);
    CPPUNIT_TEST(everyConnectionIsLookedAtOnceAfterAStart);
    CPPUNIT_TEST(aConnectionIsAskedAgainOnlyAfterTheInterval);
    CPPUNIT_TEST(aRemovedConnectionIsLeftAlone);
    CPPUNIT_TEST(aConnectionThatNeedsAPersonIsLookedAtAndNotSynced);
    CPPUNIT_TEST(aConnectionThatIsBeingEndedIsLeftAlone);
    CPPUNIT_TEST_SUITE_END();

public:
    static constexpr std::int64_t intervalMs = 3'600'000;

    /// One round of the schedule; then the jobs it asked for are thrown away, as if they were done.
    static std::int64_t round(EngineFixture& f, Schedule& schedule)
    {
        f.ask("", store::job::schedule, "");
        const auto lease = f.claim();
        CPPUNIT_ASSERT_EQUAL(std::string(store::job::schedule), lease.kind);
        const auto end = schedule.run(lease);
        CPPUNIT_ASSERT(end.ok() && end->kind == store::JobEnd::Kind::Again);
        CPPUNIT_ASSERT(end->dueAt > f.clock.now() && end->dueAt <= plusMs(f.clock.now(), 60'000));
        std::int64_t asked = 0;
        f.write(
            [&](store::Unit& unit)
            {
                asked = unit.query("SELECT COUNT(*) FROM job WHERE kind = 'sync'").number(0, 0);
                unit.execute("DELETE FROM job");
            });
        return asked;
    }

    void everyConnectionIsLookedAtOnceAfterAStart()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.addConnection("b", "con_2");
                Schedule first(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, round(f, first));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, first));
                f.clock.advanceMs(10'000);
                Schedule restarted(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, round(f, restarted));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, restarted));
            });
    }

    void aConnectionIsAskedAgainOnlyAfterTheInterval()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, round(f, schedule));
                f.clock.advanceMs(intervalMs - 1);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, schedule));
                f.clock.advanceMs(2);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, round(f, schedule));
            });
    }

    void aRemovedConnectionIsLeftAlone()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [&](store::Unit& unit) {
                        store::ConnectionRepository(unit, "a").markRemoved(
                            "con_1", "disconnected", f.clock.now());
                    });
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, schedule));
            });
    }

    void aConnectionThatNeedsAPersonIsLookedAtAndNotSynced()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, "a").setState(
                            "con_1", store::connectionState::needsUser, "ITEM_LOGIN_REQUIRED");
                    });
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                f.ask("", store::job::schedule, "");
                CPPUNIT_ASSERT(schedule.run(f.claim()).ok());
                CPPUNIT_ASSERT(f.job("a", store::job::refresh, "con_1").exists);
                CPPUNIT_ASSERT(!f.job("a", store::job::sync, "con_1").exists);
            });
    }

    void aConnectionThatIsBeingEndedIsLeftAlone()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                f.addConnection("a", "con_1");
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository(unit).ask(f.random, "a", store::job::disconnect,
                            "con_1", f.clock.now(), plusMs(f.clock.now(), 3'600'000));
                    });
                Schedule schedule(*f.database, f.clock, f.random, intervalMs, f.clock.now());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, round(f, schedule));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ScheduleTest);

} // namespace bankfeed::engine
