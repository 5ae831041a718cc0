// Goal: stored data is brought forward once, and data that this plugin does not know is left alone.
#include "PluginFixture.h"

#include "store/Migrations.h"
#include "support/MemoryLog.h"

#include <fstream>

namespace bankfeed::testing
{

class MigrationsTableTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(MigrationsTableTest);
    CPPUNIT_TEST(anEmptyFolderIsAtVersionZeroAndIsBroughtForwardOnce);
    CPPUNIT_TEST(aNewerDatabaseIsRefusedEverywhere);
    CPPUNIT_TEST(aForeignDatabaseIsRefused);
    CPPUNIT_TEST(aDatabaseOfOtherBooksIsRefusedBeforeStart);
    CPPUNIT_TEST(aFileThatIsNoDatabaseIsRefused);
    CPPUNIT_TEST(aRunningPluginIsNotMigrated);
    CPPUNIT_TEST_SUITE_END();

public:
    void anEmptyFolderIsAtVersionZeroAndIsBroughtForwardOnce()
    {
        HostedPlugin plugin(*host);
        bf_migration_status status{};
        assertOk(plugin.migrationStatus(status));
        CPPUNIT_ASSERT_EQUAL(0U, status.current);
        CPPUNIT_ASSERT(status.target > 0);
        assertOk(plugin.apply());
        CPPUNIT_ASSERT_EQUAL(BF_ALREADY, static_cast<int>(plugin.apply().status));
        assertOk(plugin.migrationStatus(status));
        CPPUNIT_ASSERT_EQUAL(status.target, status.current);
        assertOk(plugin.start());
    }

    void aNewerDatabaseIsRefusedEverywhere()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        write("UPDATE meta SET value = '9999' WHERE name = 'schema_version'");
        bf_migration_status status{};
        assertRefused(plugin.migrationStatus(status), BF_E_CORRUPT, "newer");
        assertRefused(plugin.apply(), BF_E_CORRUPT, "newer");
        assertRefused(plugin.start(), BF_E_CORRUPT, "newer");
    }

    void aForeignDatabaseIsRefused()
    {
        write("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)");
        HostedPlugin plugin(*host);
        assertRefused(plugin.apply(), BF_E_CORRUPT, "did not make");
        assertRefused(plugin.start(), BF_E_CORRUPT, "did not make");
    }

    void aDatabaseOfOtherBooksIsRefusedBeforeStart()
    {
        {
            HostedPlugin plugin(*host);
            plugin.run();
        }
        host->description().host_id = "other-books";
        HostedPlugin plugin(*host);
        bf_migration_status status{};
        assertRefused(plugin.migrationStatus(status), BF_E_CORRUPT, "another host");
        assertRefused(plugin.apply(), BF_E_CORRUPT, "another host");
    }

    void aFileThatIsNoDatabaseIsRefused()
    {
        std::ofstream(host->dataFolder() + "/bankfeed.db") << std::string(8'192, 'x');
        HostedPlugin plugin(*host);
        bf_migration_status status{};
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, static_cast<int>(plugin.migrationStatus(status).status));
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, static_cast<int>(plugin.start().status));
    }

    void aRunningPluginIsNotMigrated()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        assertRefused(plugin.apply(), BF_E_INVALID, "start()");
        bf_migration_status status{};
        assertRefused(plugin.migrationStatus(status), BF_E_INVALID, "start()");
        assertOk(plugin.stop());
        CPPUNIT_ASSERT_EQUAL(BF_ALREADY, static_cast<int>(plugin.apply().status));
    }

private:
    void write(const std::string& sql)
    {
        MemoryLog log;
        store::DatabaseOptions options;
        options.url = Secret(host->databaseUrl());
        const auto database = store::Database::open(options, log);
        CPPUNIT_ASSERT(database.ok());
        const auto written = (*database)->write(
            [&](store::Unit& unit) -> Result<void>
            {
                unit.execute(sql);
                return success();
            });
        CPPUNIT_ASSERT(written.ok());
        (*database)->close();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MigrationsTableTest);

} // namespace bankfeed::testing
