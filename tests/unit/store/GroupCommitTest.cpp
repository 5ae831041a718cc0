#include "store/GroupCommit.h"
#include "base/Limits.h"
#include "support/BothEngines.h"
#include "support/Moment.h"

#include <array>
#include <atomic>
#include <thread>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::awaitUntil;
using bankfeed::testing::codeOf;
using bankfeed::testing::good;
using bankfeed::testing::Moment;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

namespace
{

GroupCommit::Work insertOf(const std::string& name)
{
    return [name](Unit& unit) -> Result<void>
    {
        unit.execute("INSERT INTO meta (name, value) VALUES ($1, 'g')", {name});
        return success();
    };
}

std::int64_t stored(TestDatabase& database)
{
    const auto count = database->read([](Unit& unit) -> Result<std::int64_t>
        { return unit.query("SELECT COUNT(*) FROM meta WHERE value = 'g'").number(0, 0); });
    return *good(count);
}

/// Keeps the first group open until `count` others have come, so that they share the next one.
class Crowd
{
public:
    Crowd(TestDatabase& database, const std::vector<GroupCommit::Work>& works)
        : commits_(*database), results_(works.size())
    {
        Moment inside;
        Moment goOn;
        std::thread leader(
            [&]
            {
                first_ = commits_.run(
                    [&](Unit&) -> Result<void>
                    {
                        inside.happen();
                        goOn.await();
                        return success();
                    });
            });
        inside.await();
        for (std::size_t i = 0; i < works.size(); ++i)
        {
            threads_.emplace_back(
                [this, i, &works]
                {
                    try
                    {
                        results_[i] = codeOf(commits_.run(works[i]));
                    }
                    catch (const BrokenInvariant&)
                    {
                        results_[i] = "thrown";
                    }
                });
            awaitUntil([&] { return commits_.waiting() == i + 1; });
        }
        goOn.happen();
        leader.join();
        for (std::thread& thread : threads_)
            thread.join();
    }

    [[nodiscard]] const std::vector<std::string>& results() const { return results_; }

private:
    GroupCommit commits_;
    Result<void> first_;
    std::vector<std::string> results_;
    std::vector<std::thread> threads_;
};

} // namespace

class GroupCommitTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GroupCommitTest);
    CPPUNIT_TEST(oneCallerAloneCommits);
    CPPUNIT_TEST(thoseWhoWaitShareACommit);
    CPPUNIT_TEST(oneThatFailsDoesNotTakeTheOthersAlong);
    CPPUNIT_TEST(oneThatThrowsDoesNotTakeTheOthersAlong);
    CPPUNIT_TEST(whatConcernsTheDatabaseReachesAll);
    CPPUNIT_TEST(aGroupHasItsLimit);
    CPPUNIT_TEST(tooManyAreTurnedAway);
    CPPUNIT_TEST(manyThreadsLoseNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void oneCallerAloneCommits()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                GroupCommit commits(*database);
                good(commits.run(insertOf("a")));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("store.conflict"), codeOf(commits.run(insertOf("a"))));
                CPPUNIT_ASSERT_EQUAL(std::string("test.no"),
                    codeOf(commits.run(
                        [](Unit&) -> Result<void> { return Error::invalid("test.no", ""); })));
                good(commits.run(insertOf("b")));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, stored(database));
            });
    }

    void thoseWhoWaitShareACommit()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                // PostgreSQL numbers its transactions; SQLite's writer is alone anyway.
                std::array<std::atomic<std::int64_t>, 5> seen{};
                const std::string number =
                    "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)";
                std::vector<GroupCommit::Work> works;
                for (std::size_t i = 0; i < seen.size(); ++i)
                {
                    works.emplace_back(
                        [&seen, &number, i](Unit& unit) -> Result<void>
                        {
                            BF_TRY(insertOf(std::to_string(i))(unit));
                            if (unit.engine() == Engine::Postgresql)
                                seen[i] = unit.query(number).number(0, 0);
                            return success();
                        });
                }
                const Crowd crowd(database, works);
                for (const std::string& result : crowd.results())
                    CPPUNIT_ASSERT_EQUAL(std::string("ok"), result);
                for (const auto& id : seen)
                    CPPUNIT_ASSERT_EQUAL(seen[0].load(), id.load());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, stored(database));
            });
    }

    void oneThatFailsDoesNotTakeTheOthersAlong()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const Crowd crowd(database, {insertOf("a"), insertOf("a"),
                                                [](Unit& unit) -> Result<void>
                                                {
                                                    BF_TRY(insertOf("c")(unit));
                                                    return Error::exhausted("test.no", "");
                                                },
                                                insertOf("d")});
                const std::vector<std::string> expected{"ok", "store.conflict", "test.no", "ok"};
                CPPUNIT_ASSERT(expected == crowd.results());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, stored(database));
            });
    }

    void oneThatThrowsDoesNotTakeTheOthersAlong()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const Crowd crowd(database,
                    {insertOf("a"), [](Unit&) -> Result<void> { throw BrokenInvariant("test"); },
                        insertOf("c")});
                const std::vector<std::string> expected{"ok", "thrown", "ok"};
                CPPUNIT_ASSERT(expected == crowd.results());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, stored(database));
            });
    }

    void whatConcernsTheDatabaseReachesAll()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                std::atomic<int> runs{0};
                std::vector<GroupCommit::Work> works(3,
                    [&](Unit&) -> Result<void>
                    {
                        ++runs;
                        throw StatementFailed(Error::exhausted("store.full", ""), false);
                    });
                const Crowd crowd(database, works);
                const std::vector<std::string> expected(3, "store.full");
                CPPUNIT_ASSERT(expected == crowd.results());
                CPPUNIT_ASSERT_EQUAL(1, runs.load());
            });
    }

    void aGroupHasItsLimit()
    {
        TestDatabase database(Engine::Sqlite);
        // The last of the first group hides what it sees; so none sees more than one group's rows.
        std::atomic<std::int64_t> largest{0};
        std::vector<GroupCommit::Work> works(limits::webhooksPerCommit + 10);
        for (std::size_t i = 0; i < works.size(); ++i)
        {
            works[i] = [&largest, i](Unit& unit) -> Result<void>
            {
                BF_TRY(insertOf(std::to_string(i))(unit));
                const auto mine =
                    unit.query("SELECT COUNT(*) FROM meta WHERE value = 'g'").number(0, 0);
                if (mine > largest) largest = mine;
                if (i + 1 == limits::webhooksPerCommit)
                    unit.execute("UPDATE meta SET value = 'full' WHERE value = 'g'");
                return success();
            };
        }
        const Crowd crowd(database, works);
        for (const std::string& result : crowd.results())
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), result);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(limits::webhooksPerCommit), largest.load());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, stored(database));
    }

    void tooManyAreTurnedAway()
    {
        TestDatabase database(Engine::Sqlite);
        std::vector<GroupCommit::Work> works(
            GroupCommit::waitingMax, [](Unit&) -> Result<void> { return success(); });
        works.back() = insertOf("last");
        GroupCommit commits(*database);
        Moment inside;
        Moment goOn;
        std::vector<std::thread> threads;
        threads.emplace_back(
            [&]
            {
                (void)commits
                    .run(
                        [&](Unit&) -> Result<void>
                        {
                            inside.happen();
                            goOn.await();
                            return success();
                        })
                    .ok();
            });
        inside.await();
        for (const auto& work : works)
            threads.emplace_back([&] { (void)commits.run(work).ok(); });
        awaitUntil([&] { return commits.waiting() == GroupCommit::waitingMax; });
        const std::string refused = codeOf(commits.run(insertOf("one too many")));
        goOn.happen();
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT_EQUAL(std::string("store.webhooks_waiting"), refused);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, stored(database));
    }

    void manyThreadsLoseNothing()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                GroupCommit commits(*database);
                constexpr int threadCount = 8;
                constexpr int each = 40;
                std::atomic<int> accepted{0};
                std::vector<std::thread> threads;
                for (int t = 0; t < threadCount; ++t)
                {
                    threads.emplace_back(
                        [&, t]
                        {
                            for (int i = 0; i < each; ++i)
                            {
                                // Every tenth name is asked for by all threads: one of them gets
                                // it.
                                const std::string name =
                                    i % 10 == 0 ? "all-" + std::to_string(i)
                                                : std::to_string(t) + "-" + std::to_string(i);
                                if (commits.run(insertOf(name)).ok()) ++accepted;
                            }
                        });
                }
                for (std::thread& thread : threads)
                    thread.join();
                CPPUNIT_ASSERT_EQUAL(threadCount * 36 + 4, accepted.load());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{accepted}, stored(database));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupCommitTest);
