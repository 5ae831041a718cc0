#include "store/Migrations.h"
#include "store/Dialect.h"
#include "store/Schema.h"
#include "support/BothEngines.h"

#include <thread>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::codeOf;
using bankfeed::testing::good;
using bankfeed::testing::MemoryLog;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

namespace
{

void run(TestDatabase& database, const std::string& sql)
{
    good(database->write(
        [&](Unit& unit) -> Result<void>
        {
            unit.execute(sql);
            return success();
        }));
}

} // namespace

class MigrationsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MigrationsTest);
    CPPUNIT_TEST(anEmptyDatabaseIsBroughtUpAndStaysThere);
    CPPUNIT_TEST(anInterruptedStepLeavesNothing);
    CPPUNIT_TEST(twoProcessesMayMigrateAtOnce);
    CPPUNIT_TEST(aNewerDatabaseIsRefused);
    CPPUNIT_TEST(aForeignDatabaseIsRefused);
    CPPUNIT_TEST(theHostIsBoundOnce);
    CPPUNIT_TEST_SUITE_END();

public:
    void anEmptyDatabaseIsBroughtUpAndStaysThere()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto before = migrationStatus(*database);
                CPPUNIT_ASSERT_EQUAL(0U, good(before)->current);
                CPPUNIT_ASSERT(before->target >= 1);
                good(migrate(*database));
                run(database, "INSERT INTO meta (name, value) VALUES ('mine', 'x')");
                good(migrate(*database));
                database.reopen();
                good(migrate(*database));
                const auto after = migrationStatus(*database);
                CPPUNIT_ASSERT_EQUAL(good(after)->target, after->current);
                const auto kept = database->read([](Unit& unit) -> Result<std::size_t>
                    { return unit.query("SELECT 1 FROM meta WHERE name = 'mine'").size(); });
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, *good(kept));
            },
            TestDatabase::Schema::None);
    }

    void anInterruptedStepLeavesNothing()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto& statements = schemaSteps().front();
                const auto interrupted = database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        for (std::size_t i = 0; i < statements.size() / 2; ++i)
                            unit.execute(dialect::definition(unit.engine(), statements[i]));
                        return Error::stopping();
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("stopping"), codeOf(interrupted));
                CPPUNIT_ASSERT_EQUAL(0U, good(migrationStatus(*database))->current);
                good(migrate(*database));
            },
            TestDatabase::Schema::None);
    }

    void twoProcessesMayMigrateAtOnce()
    {
        TestDatabase database(Engine::Postgresql, TestDatabase::Schema::None);
        MemoryLog log;
        auto second = Database::open(database.options, log);
        good(second);
        Result<void> other;
        std::thread thread([&] { other = migrate(**second); });
        const auto own = migrate(*database);
        thread.join();
        good(own);
        good(other);
        const auto status = migrationStatus(*database);
        CPPUNIT_ASSERT_EQUAL(good(status)->target, status->current);
    }

    void aNewerDatabaseIsRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                run(database, "UPDATE meta SET value = '99' WHERE name = 'schema_version'");
                for (const auto& refused :
                    {codeOf(migrate(*database)), codeOf(migrationStatus(*database))})
                    CPPUNIT_ASSERT_EQUAL(std::string("store.newer"), refused);
            });
    }

    void aForeignDatabaseIsRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                run(database, "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)");
                CPPUNIT_ASSERT_EQUAL(std::string("store.not_ours"), codeOf(migrate(*database)));
                run(database, "INSERT INTO meta (name, value) VALUES ('schema_version', '1x')");
                CPPUNIT_ASSERT_EQUAL(std::string("store.not_ours"), codeOf(migrate(*database)));
            },
            TestDatabase::Schema::None);
    }

    void theHostIsBoundOnce()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                good(bindHost(*database, "host-1", "sandbox"));
                good(bindHost(*database, "host-1", "sandbox"));
                good(checkHost(*database, "host-1"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("store.other_host"), codeOf(checkHost(*database, "host-2")));
                const auto host = bindHost(*database, "host-2", "sandbox");
                CPPUNIT_ASSERT_EQUAL(std::string("store.other_host"), codeOf(host));
                CPPUNIT_ASSERT(host.error().kind == ErrorKind::Corrupt);
                CPPUNIT_ASSERT_EQUAL(std::string("store.other_environment"),
                    codeOf(bindHost(*database, "host-1", "production")));
                good(bindHost(*database, "host-1", "sandbox"));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MigrationsTest);
