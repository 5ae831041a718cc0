// What operators are told of jobs and feeds.
#include "store/HealthRepository.h"
#include "store/JobRepository.h"
#include "store/OutboxRepository.h"
#include "support/BothEngines.h"
#include "support/SeededRandom.h"

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::SeededRandom;
using bankfeed::testing::TestDatabase;

class HealthRepositoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HealthRepositoryTest);
    CPPUNIT_TEST(aJobBetweenTwoStepsWaits);
    CPPUNIT_TEST(aRebuildOnHoldIsCountedAsHeld);
    CPPUNIT_TEST_SUITE_END();

    static UtcTime at(std::int64_t ms) { return UtcTime{ms * nsPerMs}; }

    template <class Body>
    static void in(TestDatabase& database, Body body)
    {
        good(database->write(
            [&](Unit& unit) -> Result<void>
            {
                body(unit);
                return success();
            }));
    }

public:
    void aJobBetweenTwoStepsWaits()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                SeededRandom random{1};
                in(database,
                    [&](Unit& unit)
                    {
                        HealthRepository health(unit, "t1");
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, health.jobs().waiting);
                        CPPUNIT_ASSERT(!health.jobs().nextDueAt);
                        JobRepository jobs(unit);
                        jobs.ask(random, "t1", job::sync, "a", at(0));
                        const auto failing = jobs.claim(at(0), 1'000);
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, health.jobs().running);
                        CPPUNIT_ASSERT(!health.jobs().nextDueAt);
                        CPPUNIT_ASSERT(jobs.end(*failing, at(1),
                            {JobEnd::Kind::Failed, at(3'600'000), "test.code", "Text."}));
                        jobs.ask(random, "t1", job::sync, "b", at(0), at(7'200'000));
                        jobs.ask(random, "t2", job::sync, "c", at(0));
                        const auto found = health.jobs();
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, found.waiting);
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, found.running);
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, found.failing);
                        CPPUNIT_ASSERT(found.nextDueAt == at(3'600'000));
                    });
            });
    }

    void aRebuildOnHoldIsCountedAsHeld()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                SeededRandom random{1};
                in(database,
                    [&](Unit& unit)
                    {
                        OutboxRepository outbox(unit, "t1");
                        const auto feed = outbox.ensureFeed("feed_1", random);
                        CPPUNIT_ASSERT(outbox.startEpoch("feed_1", feed.epoch, 7, std::nullopt));
                        CPPUNIT_ASSERT(outbox.hold("feed_1", "broken"));
                        CPPUNIT_ASSERT(!outbox.hold("feed_1", "digest"));
                        CPPUNIT_ASSERT_EQUAL(
                            std::int64_t{1}, HealthRepository(unit, "t1").feeds().held);
                        CPPUNIT_ASSERT(outbox.feedsWithWork("", 10).empty());
                        CPPUNIT_ASSERT(outbox.resume("feed_1"));
                        CPPUNIT_ASSERT(!outbox.resume("feed_1"));
                        CPPUNIT_ASSERT(outbox.feed("feed_1")->state == feedState::rebuilding);
                        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, outbox.feedsWithWork("", 10).size());
                    });
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HealthRepositoryTest);
