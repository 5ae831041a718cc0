#include "support/BothEngines.h"
#include "support/Moment.h"

#include <limits>
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

constexpr const char* insert = "INSERT INTO meta (name, value) VALUES ($1, $2)";

std::int64_t rowsNamed(TestDatabase& database, const std::string& name)
{
    const auto count = database->read([&](Unit& unit) -> Result<std::int64_t>
        { return unit.query("SELECT COUNT(*) FROM meta WHERE name = $1", {name}).number(0, 0); });
    return *good(count);
}

Result<void> add(TestDatabase& database, const std::string& name)
{
    return database->write(
        [&](Unit& unit) -> Result<void>
        {
            unit.execute(insert, {name, "x"});
            return success();
        });
}

} // namespace

class UnitOfWorkTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UnitOfWorkTest);
    CPPUNIT_TEST(aValueCommits);
    CPPUNIT_TEST(anErrorRollsBack);
    CPPUNIT_TEST(anExceptionRollsBackAndPassesThrough);
    CPPUNIT_TEST(aSwallowedStatementErrorStillRollsBack);
    CPPUNIT_TEST(nothingRunsAfterAFailedStatement);
    CPPUNIT_TEST(aReaderSeesNothingThatIsNotCommitted);
    CPPUNIT_TEST(aReadIsOneView);
    CPPUNIT_TEST(aReadCannotWrite);
    CPPUNIT_TEST(aUnitInsideAUnitIsRefused);
    CPPUNIT_TEST(aBusyDatabaseAnswersInTime);
    CPPUNIT_TEST(closingEndsThoseWhoWait);
    CPPUNIT_TEST(errorsNameNoValues);
    CPPUNIT_TEST(parametersOutOfOrderAreRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void aValueCommits()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto written = database->write(
                    [](Unit& unit) -> Result<std::string>
                    {
                        CPPUNIT_ASSERT(Database::insideUnit());
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, unit.execute(insert, {"a", "1"}));
                        return std::string("given");
                    });
                CPPUNIT_ASSERT(!Database::insideUnit());
                CPPUNIT_ASSERT_EQUAL(std::string("given"), *good(written));
                database.reopen();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rowsNamed(database, "a"));
            });
    }

    void anErrorRollsBack()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto written = database->write(
                    [](Unit& unit) -> Result<void>
                    {
                        unit.execute(insert, {"a", "1"});
                        return Error::notFound("test.no", "No.");
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("test.no"), codeOf(written));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsNamed(database, "a"));
                good(add(database, "a"));
            });
    }

    void anExceptionRollsBackAndPassesThrough()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto writing = [&]
                {
                    return database->write(
                        [](Unit& unit) -> Result<void>
                        {
                            unit.execute(insert, {"a", "1"});
                            throw BrokenInvariant("test");
                        });
                };
                CPPUNIT_ASSERT_THROW((void)writing(), BrokenInvariant);
                CPPUNIT_ASSERT(!Database::insideUnit());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsNamed(database, "a"));
                good(add(database, "a"));
            });
    }

    void aSwallowedStatementErrorStillRollsBack()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                good(add(database, "taken"));
                int runs = 0;
                const auto written = database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        ++runs;
                        unit.execute(insert, {"a", "1"});
                        try
                        {
                            unit.execute(insert, {"taken", "1"});
                            CPPUNIT_FAIL("the second row of that name was taken");
                        }
                        catch (const StatementFailed&)
                        {
                        }
                        return success();
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("store.conflict"), codeOf(written));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsNamed(database, "a"));
                // The race for a row can only be lost where there are several writers.
                CPPUNIT_ASSERT_EQUAL(database.engine() == Engine::Sqlite ? 1 : 3, runs);
                good(add(database, "a"));
            });
    }

    void nothingRunsAfterAFailedStatement()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto written = database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        CPPUNIT_ASSERT_THROW(
                            unit.execute("INSERT INTO no_such_table VALUES (1)"), StatementFailed);
                        CPPUNIT_ASSERT_THROW(unit.execute(insert, {"a", "1"}), StatementFailed);
                        CPPUNIT_ASSERT_THROW((void)unit.query("SELECT 1"), StatementFailed);
                        return success();
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("store.statement"), codeOf(written));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsNamed(database, "a"));
            });
    }

    void aReaderSeesNothingThatIsNotCommitted()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                Moment inserted;
                Moment looked;
                std::thread writer(
                    [&]
                    {
                        (void)database->write(
                            [&](Unit& unit) -> Result<void>
                            {
                                unit.execute(insert, {"a", "1"});
                                inserted.happen();
                                looked.await();
                                return success();
                            });
                    });
                inserted.await();
                const std::int64_t before = rowsNamed(database, "a");
                looked.happen();
                writer.join();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, before);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rowsNamed(database, "a"));
            });
    }

    void aReadIsOneView()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto seen = database->read(
                    [&](Unit& unit) -> Result<std::int64_t>
                    {
                        constexpr const char* count = "SELECT COUNT(*) FROM meta";
                        const std::int64_t before = unit.query(count).number(0, 0);
                        std::thread([&] { (void)add(database, "meanwhile").ok(); }).join();
                        return unit.query(count).number(0, 0) - before;
                    });
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *good(seen));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rowsNamed(database, "meanwhile"));
            });
    }

    void aReadCannotWrite()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto executing = [&]
                {
                    return database->read(
                        [](Unit& unit) -> Result<void>
                        {
                            unit.execute(insert, {"a", "1"});
                            return success();
                        });
                };
                CPPUNIT_ASSERT_THROW((void)executing(), BrokenInvariant);
                const auto returned = database->read(
                    [](Unit& unit) -> Result<void>
                    {
                        (void)unit.query(
                            "INSERT INTO meta (name, value) VALUES ($1, 'x') RETURNING name",
                            {"b"});
                        return success();
                    });
                CPPUNIT_ASSERT(!returned.ok());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsNamed(database, "a"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsNamed(database, "b"));
            });
    }

    void aUnitInsideAUnitIsRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto written = database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        unit.execute(insert, {"a", "1"});
                        CPPUNIT_ASSERT_THROW((void)rowsNamed(database, "a"), BrokenInvariant);
                        return success();
                    });
                good(written);
            });
    }

    void aBusyDatabaseAnswersInTime()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                good(add(database, "row"));
                database.options.busyTimeoutMs = 50;
                database.reopen();
                Moment locked;
                Moment done;
                constexpr const char* touch = "UPDATE meta SET value = 'y' WHERE name = 'row'";
                std::thread holder(
                    [&]
                    {
                        (void)database->write(
                            [&](Unit& unit) -> Result<void>
                            {
                                unit.execute(touch);
                                locked.happen();
                                done.await();
                                return success();
                            });
                    });
                locked.await();
                const auto second = database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        unit.execute(touch);
                        return success();
                    });
                done.happen();
                holder.join();
                CPPUNIT_ASSERT_EQUAL(std::string("store.busy"), codeOf(second));
                CPPUNIT_ASSERT(second.error().kind == ErrorKind::Retry);
                good(add(database, "a"));
            });
    }

    void closingEndsThoseWhoWait()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                database.options.connectionsMax = 1;
                database.reopen();
                Moment begun;
                Moment goOn;
                Result<void> first = Error::internal("none", "");
                Result<void> second = Error::internal("none", "");
                std::thread holder(
                    [&]
                    {
                        first = database->write(
                            [&](Unit& unit) -> Result<void>
                            {
                                unit.execute(insert, {"a", "1"});
                                begun.happen();
                                goOn.await();
                                return success();
                            });
                    });
                begun.await();
                std::thread waiter([&] { second = add(database, "b"); });
                std::thread closer([&] { database->close(); });
                waiter.join();
                CPPUNIT_ASSERT_EQUAL(std::string("stopping"), codeOf(second));
                goOn.happen();
                holder.join();
                closer.join();
                good(first);
                CPPUNIT_ASSERT_EQUAL(std::string("stopping"), codeOf(add(database, "c")));
                database.reopen();
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rowsNamed(database, "a"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsNamed(database, "b"));
            });
    }

    void errorsNameNoValues()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                good(add(database, "canary-4711"));
                for (const char* sql :
                    {insert, "INSERT INTO meta (name, value) VALUES ($1, $2::int)"})
                {
                    const auto written = database->write(
                        [&](Unit& unit) -> Result<void>
                        {
                            unit.execute(sql, {"canary-4711", "canary-4712"});
                            return success();
                        });
                    CPPUNIT_ASSERT(!written.ok());
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(written.error().text, std::string::npos,
                        written.error().text.find("canary"));
                }
            });
    }

    void parametersOutOfOrderAreRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                for (const char* sql : {"SELECT $2, $1", "SELECT $1, $1", "SELECT $1", "SELECT 1"})
                {
                    const auto reading = [&]
                    {
                        return database->read(
                            [&](Unit& unit) -> Result<Rows> {
                                return unit.query(sql, {1, 2});
                            });
                    };
                    CPPUNIT_ASSERT_THROW((void)reading(), BrokenInvariant);
                }
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UnitOfWorkTest);
