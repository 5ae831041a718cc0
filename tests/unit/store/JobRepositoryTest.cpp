#include "store/JobRepository.h"
#include "support/BothEngines.h"
#include "support/SeededRandom.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::SeededRandom;
using bankfeed::testing::TestDatabase;

namespace
{

constexpr std::int64_t leaseMs = 1'000;

UtcTime at(std::int64_t ms)
{
    return UtcTime{ms * nsPerMs};
}

/// The queue of one database, a unit for each call.
class Queue
{
public:
    explicit Queue(TestDatabase& database) : database_(database) {}

    void ask(const std::string& subject, UtcTime now, UtcTime due)
    {
        in<int>(
            [&](JobRepository& jobs)
            {
                jobs.ask(random_, "t1", job::sync, subject, now, due);
                return 0;
            });
    }
    void askFor(std::string_view kind, const std::string& subject, UtcTime now)
    {
        in<int>(
            [&](JobRepository& jobs)
            {
                jobs.ask(random_, "t1", kind, subject, now);
                return 0;
            });
    }
    void askAtOnce(const std::string& subject, UtcTime now)
    {
        in<int>(
            [&](JobRepository& jobs)
            {
                jobs.askAtOnce(random_, "t1", job::sync, subject, now);
                return 0;
            });
    }
    std::optional<JobLease> claim(UtcTime now)
    {
        return in<std::optional<JobLease>>(
            [&](JobRepository& jobs) { return jobs.claim(now, leaseMs); });
    }
    std::string claimed(UtcTime now)
    {
        const auto lease = claim(now);
        return lease ? lease->subject : "none";
    }
    bool holds(const JobLease& lease)
    {
        return in<bool>([&](JobRepository& jobs) { return jobs.holds(lease); });
    }
    bool end(const JobLease& lease, UtcTime now, const JobEnd& end)
    {
        return in<bool>([&](JobRepository& jobs) { return jobs.end(lease, now, end); });
    }
    JobRepository::Status status(const std::string& subject, const std::string& tenant = "t1")
    {
        return in<JobRepository::Status>(
            [&](JobRepository& jobs) { return jobs.status(tenant, job::sync, subject); });
    }
    std::optional<UtcTime> nextDue()
    {
        return in<std::optional<UtcTime>>([&](JobRepository& jobs) { return jobs.nextDue(); });
    }
    void abandonLeases()
    {
        in<int>(
            [&](JobRepository& jobs)
            {
                jobs.abandonLeases();
                return 0;
            });
    }

private:
    template <class T, class Call>
    T in(Call&& call)
    {
        auto result = database_->write(
            [&](Unit& unit) -> Result<T>
            {
                JobRepository jobs(unit);
                return T(call(jobs));
            });
        good(result);
        return std::move(result).value();
    }

    TestDatabase& database_;
    SeededRandom random_{1};
};

} // namespace

class JobRepositoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JobRepositoryTest);
    CPPUNIT_TEST(theOneThatIsDueLongestIsClaimedFirst);
    CPPUNIT_TEST(askingTwiceMakesOneJob);
    CPPUNIT_TEST(anEarlierTimeDrawsAJobForward);
    CPPUNIT_TEST(askingDuringAStepDrawsTheNextOneForward);
    CPPUNIT_TEST(askingDuringARunMakesItRunOnceMore);
    CPPUNIT_TEST(askingDuringARunOfManyStepsMakesItRunOnceMore);
    CPPUNIT_TEST(whatWasAskedInAnEarlierStepDrawsNoLaterOneForward);
    CPPUNIT_TEST(aCrashOrFailureForgetsNoAsking);
    CPPUNIT_TEST(aLeaseThatRanOutIsClaimedAgainAndFencedOff);
    CPPUNIT_TEST(whoEndedAStepHoldsTheJobNoMore);
    CPPUNIT_TEST(aFailureKeepsItsBackoff);
    CPPUNIT_TEST(aStepOnTheWayForgetsNoFailure);
    CPPUNIT_TEST(aPersonsWordDrawsAFailingJobForwardOnceAMinute);
    CPPUNIT_TEST(whatAPersonDecidedGoesBeforePolling);
    CPPUNIT_TEST(abandonedLeasesAreDueAtOnce);
    CPPUNIT_TEST(whatAClockThatWasAheadPutOffIsDueWhenItIsBack);
    CPPUNIT_TEST(nextDueIsTheEarliest);
    CPPUNIT_TEST(manyClaimersNeverShareAJob);
    CPPUNIT_TEST_SUITE_END();

public:
    void whatAClockThatWasAheadPutOffIsDueWhenItIsBack()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                const UtcTime now = at(86'400'000LL * 20'000);
                const UtcTime ahead = plusMs(now, 2LL * 365 * 86'400'000);
                queue.ask("failed", ahead, ahead);
                const auto failed = queue.claim(ahead);
                CPPUNIT_ASSERT(queue.end(
                    *failed, ahead, {JobEnd::Kind::Failed, plusMs(ahead, 60'000), "code", "text"}));
                queue.ask("crashed", ahead, ahead);
                CPPUNIT_ASSERT_EQUAL(std::string("crashed"), queue.claimed(ahead));
                queue.ask("tomorrow", now, plusMs(now, 86'400'000));
                queue.askAtOnce("failed", now);
                std::set<std::string> seen;
                for (int i = 0; i < 3; ++i)
                    seen.insert(queue.claimed(plusMs(now, i)));
                const std::set<std::string> expected{"failed", "crashed", "none"};
                CPPUNIT_ASSERT(seen == expected);
            });
    }

    void theOneThatIsDueLongestIsClaimedFirst()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("later", at(0), at(30));
                queue.ask("first", at(0), at(10));
                queue.ask("second", at(0), at(20));
                CPPUNIT_ASSERT_EQUAL(std::string("none"), queue.claimed(at(9)));
                CPPUNIT_ASSERT_EQUAL(std::string("first"), queue.claimed(at(20)));
                CPPUNIT_ASSERT_EQUAL(std::string("second"), queue.claimed(at(20)));
                CPPUNIT_ASSERT_EQUAL(std::string("none"), queue.claimed(at(20)));
                CPPUNIT_ASSERT_EQUAL(std::string("later"), queue.claimed(at(30)));
            });
    }

    void askingTwiceMakesOneJob()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                queue.ask("a", at(0), at(0));
                const auto lease = queue.claim(at(1));
                CPPUNIT_ASSERT(lease);
                CPPUNIT_ASSERT_EQUAL(std::string("none"), queue.claimed(at(1)));
                CPPUNIT_ASSERT(queue.end(*lease, at(2), {}));
                CPPUNIT_ASSERT(!queue.status("a").exists);
                CPPUNIT_ASSERT(!queue.nextDue());
            });
    }

    void anEarlierTimeDrawsAJobForward()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(100));
                queue.ask("a", at(0), at(200));
                CPPUNIT_ASSERT(at(100) == queue.status("a").dueAt);
                queue.ask("a", at(0), at(50));
                CPPUNIT_ASSERT(at(50) == queue.status("a").dueAt);
                CPPUNIT_ASSERT(!queue.status("a", "t2").exists);
            });
    }

    void askingDuringAStepDrawsTheNextOneForward()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                const auto lease = queue.claim(at(1));
                queue.ask("a", at(2), at(2));
                CPPUNIT_ASSERT(queue.end(*lease, at(3), {JobEnd::Kind::Again, at(1000), "", ""}));
                CPPUNIT_ASSERT(at(3) == queue.status("a").dueAt);
            });
    }

    void askingDuringARunMakesItRunOnceMore()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                const auto lease = queue.claim(at(1));
                queue.ask("a", at(2), at(2));
                CPPUNIT_ASSERT_EQUAL(std::string("none"), queue.claimed(at(3)));
                CPPUNIT_ASSERT(queue.status("a").running);
                CPPUNIT_ASSERT(queue.end(*lease, at(4), {}));
                const auto again = queue.claim(at(4));
                CPPUNIT_ASSERT(again);
                CPPUNIT_ASSERT(again->fence > lease->fence);
                CPPUNIT_ASSERT(queue.end(*again, at(5), {}));
                CPPUNIT_ASSERT(!queue.status("a").exists);
            });
    }

    void askingDuringARunOfManyStepsMakesItRunOnceMore()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                // Between the first step and the last one: while a step runs, and between two.
                for (const bool betweenSteps : {false, true})
                {
                    Queue queue(database);
                    queue.ask("a", at(0), at(0));
                    const auto first = queue.claim(at(0));
                    if (!betweenSteps) queue.ask("a", at(0), at(0));
                    CPPUNIT_ASSERT(queue.end(*first, at(0), {JobEnd::Kind::Again, at(0), "", ""}));
                    if (betweenSteps) queue.ask("a", at(0), at(0));
                    const auto second = queue.claim(at(1));
                    CPPUNIT_ASSERT(queue.end(*second, at(1), {JobEnd::Kind::Again, at(1), "", ""}));
                    const auto last = queue.claim(at(1));
                    CPPUNIT_ASSERT(queue.end(*last, at(1), {}));
                    const auto more = queue.claim(at(1));
                    CPPUNIT_ASSERT_MESSAGE("no second run", more);
                    CPPUNIT_ASSERT(queue.end(*more, at(1), {}));
                    CPPUNIT_ASSERT_MESSAGE("a third run", !queue.status("a").exists);
                }
            });
    }

    void whatWasAskedInAnEarlierStepDrawsNoLaterOneForward()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                const auto first = queue.claim(at(0));
                queue.ask("a", at(0), at(0));
                CPPUNIT_ASSERT(queue.end(*first, at(1), {JobEnd::Kind::Again, at(90), "", ""}));
                CPPUNIT_ASSERT(at(1) == queue.status("a").dueAt);
                const auto second = queue.claim(at(1));
                CPPUNIT_ASSERT(queue.end(*second, at(2), {JobEnd::Kind::Again, at(90), "", ""}));
                CPPUNIT_ASSERT(at(90) == queue.status("a").dueAt);
            });
    }

    void aCrashOrFailureForgetsNoAsking()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                (void)queue.claim(at(0));
                queue.ask("a", at(0), at(0));
                queue.abandonLeases();
                const auto afterCrash = queue.claim(at(1));
                CPPUNIT_ASSERT(
                    queue.end(*afterCrash, at(1), {JobEnd::Kind::Failed, at(5), "code", ""}));
                CPPUNIT_ASSERT(at(5) == queue.status("a").dueAt);
                const auto afterFailure = queue.claim(at(5));
                CPPUNIT_ASSERT(queue.end(*afterFailure, at(6), {}));
                CPPUNIT_ASSERT_MESSAGE("the asking is forgotten", queue.claim(at(6)));
            });
    }

    void aLeaseThatRanOutIsClaimedAgainAndFencedOff()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                const auto stale = queue.claim(at(0));
                CPPUNIT_ASSERT(queue.holds(*stale));
                CPPUNIT_ASSERT_EQUAL(std::string("none"), queue.claimed(at(leaseMs)));
                const auto fresh = queue.claim(at(leaseMs + 1));
                CPPUNIT_ASSERT(fresh);
                CPPUNIT_ASSERT(!queue.holds(*stale));
                CPPUNIT_ASSERT(!queue.end(*stale, at(leaseMs + 2), {}));
                CPPUNIT_ASSERT(queue.holds(*fresh));
                CPPUNIT_ASSERT(queue.end(*fresh, at(leaseMs + 2), {}));
                CPPUNIT_ASSERT(!queue.holds(*fresh));
                CPPUNIT_ASSERT(!queue.end(*fresh, at(leaseMs + 2), {}));
            });
    }

    void whoEndedAStepHoldsTheJobNoMore()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                const auto lease = queue.claim(at(0));
                CPPUNIT_ASSERT(queue.end(*lease, at(1), {JobEnd::Kind::Again, at(90), "", ""}));
                // Nobody has claimed it since, so the fence is still the same.
                CPPUNIT_ASSERT(!queue.holds(*lease));
                CPPUNIT_ASSERT(!queue.end(*lease, at(2), {}));
                CPPUNIT_ASSERT(queue.status("a").exists && at(90) == queue.status("a").dueAt);
            });
    }

    void aFailureKeepsItsBackoff()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                auto lease = queue.claim(at(0));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, lease->attempts);
                queue.ask("a", at(1), at(1));
                const JobEnd failed{JobEnd::Kind::Failed, at(500), "test.code", "Text."};
                CPPUNIT_ASSERT(queue.end(*lease, at(1), failed));
                queue.ask("a", at(2), at(2));
                const auto status = queue.status("a");
                CPPUNIT_ASSERT(status.exists && !status.running && at(500) == status.dueAt);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, status.attempts);
                CPPUNIT_ASSERT_EQUAL(std::string("test.code"), status.errorCode);
                CPPUNIT_ASSERT_EQUAL(std::string("Text."), status.errorText);
                lease = queue.claim(at(500));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, lease->attempts);
                CPPUNIT_ASSERT(queue.end(*lease, at(501), {JobEnd::Kind::Again, at(600), "", ""}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, queue.status("a").attempts);
                CPPUNIT_ASSERT(at(600) == queue.status("a").dueAt);
            });
    }

    void aStepOnTheWayForgetsNoFailure()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                CPPUNIT_ASSERT(queue.end(
                    *queue.claim(at(0)), at(1), {JobEnd::Kind::Failed, at(2), "test.code", ""}));
                const JobEnd onTheWay{JobEnd::Kind::Again, at(3), "", "", true};
                CPPUNIT_ASSERT(queue.end(*queue.claim(at(2)), at(2), onTheWay));
                auto lease = queue.claim(at(3));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, lease->attempts);
                CPPUNIT_ASSERT(
                    queue.end(*lease, at(4), {JobEnd::Kind::Failed, at(5), "test.code", ""}));
                lease = queue.claim(at(5));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, lease->attempts);
                CPPUNIT_ASSERT(queue.end(*lease, at(6), {JobEnd::Kind::Again, at(7), "", ""}));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, queue.claim(at(7))->attempts);
            });
    }

    void whatAPersonDecidedGoesBeforePolling()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("polled", at(0), at(0));
                for (const auto kind : {job::linkSession, job::release, job::opening,
                         job::disconnect, job::import, job::handover})
                {
                    queue.askFor(kind, "decided", at(1));
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        std::string(kind), std::string("decided"), queue.claimed(at(1)));
                }
                CPPUNIT_ASSERT_EQUAL(std::string("polled"), queue.claimed(at(1)));
            });
    }

    void aPersonsWordDrawsAFailingJobForwardOnceAMinute()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                constexpr std::int64_t minute = 60'000;
                const JobEnd failed{JobEnd::Kind::Failed, at(60 * minute), "test.code", "Text."};
                Queue queue(database);
                queue.askAtOnce("a", at(0));
                CPPUNIT_ASSERT(queue.end(*queue.claim(at(0)), at(100), failed));
                queue.askAtOnce("a", at(200));
                CPPUNIT_ASSERT(at(100 + minute) == queue.status("a").dueAt);
                queue.askAtOnce("a", at(300));
                CPPUNIT_ASSERT(at(100 + minute) == queue.status("a").dueAt);
                queue.askAtOnce("a", at(5 * minute));
                CPPUNIT_ASSERT(at(100 + minute) == queue.status("a").dueAt);
                CPPUNIT_ASSERT(queue.end(*queue.claim(at(5 * minute)), at(5 * minute), failed));
                queue.askAtOnce("a", at(7 * minute));
                CPPUNIT_ASSERT(at(7 * minute) == queue.status("a").dueAt);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, queue.status("a").attempts);
                // What runs now is tried once more when its own time has come.
                const auto lease = queue.claim(at(7 * minute));
                queue.askAtOnce("a", at(8 * minute));
                CPPUNIT_ASSERT(queue.end(*lease, at(8 * minute), failed));
                CPPUNIT_ASSERT(at(60 * minute) == queue.status("a").dueAt);
            });
    }

    void abandonedLeasesAreDueAtOnce()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                queue.ask("a", at(0), at(0));
                const auto stale = queue.claim(at(0));
                queue.abandonLeases();
                const auto fresh = queue.claim(at(1));
                CPPUNIT_ASSERT(fresh && !queue.holds(*stale));
            });
    }

    void nextDueIsTheEarliest()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                CPPUNIT_ASSERT(!queue.nextDue());
                queue.ask("a", at(0), at(0));
                queue.ask("b", at(0), at(3'000));
                (void)queue.claim(at(0));
                CPPUNIT_ASSERT(at(leaseMs) == *queue.nextDue());
                queue.ask("c", at(0), at(700));
                CPPUNIT_ASSERT(at(700) == *queue.nextDue());
            });
    }

    void manyClaimersNeverShareAJob()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Queue queue(database);
                constexpr int count = 60;
                for (int i = 0; i < count; ++i)
                    queue.ask(std::to_string(i), at(0), at(0));
                std::mutex mutex;
                std::multiset<std::string> claimed;
                std::vector<std::thread> threads;
                std::atomic<bool> failed{false};
                for (int i = 0; i < 4; ++i)
                {
                    threads.emplace_back(
                        [&]
                        {
                            for (;;)
                            {
                                const auto lease = database->write(
                                    [&](Unit& unit) -> Result<std::optional<JobLease>>
                                    { return JobRepository(unit).claim(at(1), leaseMs); });
                                if (!lease.ok()) failed = true;
                                if (!lease.ok() || !*lease) return;
                                const std::lock_guard lock(mutex);
                                claimed.insert((*lease)->subject);
                            }
                        });
                }
                for (std::thread& thread : threads)
                    thread.join();
                CPPUNIT_ASSERT(!failed);
                CPPUNIT_ASSERT_EQUAL(std::size_t{count}, claimed.size());
                CPPUNIT_ASSERT_EQUAL(std::size_t{count},
                    std::set<std::string>(claimed.begin(), claimed.end()).size());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JobRepositoryTest);
