#include "support/BothEngines.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::codeOf;
using bankfeed::testing::good;
using bankfeed::testing::MemoryLog;
using bankfeed::testing::TemporaryFolder;
using bankfeed::testing::TestDatabase;

namespace
{

std::string pathOf(const TestDatabase& database)
{
    return database.url().substr(std::string("sqlite:").size());
}

Result<std::unique_ptr<Database>> openAt(const std::string& path, MemoryLog& log)
{
    DatabaseOptions options;
    options.url = Secret("sqlite:" + path);
    options.busyTimeoutMs = 200;
    return Database::open(options, log);
}

Result<void> add(Database& database, const std::string& name, const std::string& value = "x")
{
    return database.write(
        [&](Unit& unit) -> Result<void>
        {
            unit.execute("INSERT INTO meta (name, value) VALUES ($1, $2)", {name, value});
            return success();
        });
}

std::int64_t rowsLike(Database& database, const std::string& pattern)
{
    const auto count = database.read(
        [&](Unit& unit) -> Result<std::int64_t> {
            return unit.query("SELECT COUNT(*) FROM meta WHERE name LIKE $1", {pattern})
                .number(0, 0);
        });
    return *good(count);
}

unsigned modeOf(const std::string& path)
{
    struct stat about = {};
    CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 0, ::stat(path.c_str(), &about));
    return about.st_mode & 0777U;
}

/// A small file system of its own, when the tests may mount one.
class SmallDisk
{
public:
    SmallDisk() : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=768k") == 0)
    {
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk()
    {
        if (mounted_) ::umount(folder_.path().c_str());
    }
    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] std::string path(const std::string& name) const
    {
        return folder_.path() + "/" + name;
    }

private:
    TemporaryFolder folder_;
    bool mounted_;
};

/// Writes rows of 20 KB until the database says no, and gives what it said. Counts the rows that it
/// took.
Result<void> fill(Database& database, int& taken)
{
    const std::string large(20'000, 'x');
    Result<void> last;
    for (int i = 0; i < 200 && last.ok(); ++i)
    {
        last = database.write(
            [&](Unit& unit) -> Result<void>
            {
                constexpr const char* insert = "INSERT INTO meta (name, value) VALUES ($1, $2)";
                unit.execute(insert, {"fill-" + std::to_string(i), large});
                return success();
            });
        if (last.ok()) ++taken;
    }
    return last;
}

} // namespace

class SqliteTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SqliteTest);
    CPPUNIT_TEST(onlyTheOwnerMayReadTheFiles);
    CPPUNIT_TEST(aFileThatOthersMayReadIsWarnedOf);
    CPPUNIT_TEST(sessionsHaveTheirSettings);
    CPPUNIT_TEST(aSecondProcessIsRefused);
    CPPUNIT_TEST(anotherNameOfTheSameFileIsRefused);
    CPPUNIT_TEST(theLockGoesWithTheDatabase);
    CPPUNIT_TEST(closingLeavesNoLogBehind);
    CPPUNIT_TEST(closingAfterAnErrorLeavesNoLogBehind);
    CPPUNIT_TEST(aProgramThatHoldsTheFileMakesItBusy);
    CPPUNIT_TEST(aFileThatIsNoDatabaseIsRefused);
    CPPUNIT_TEST(badUrlsAreRefused);
    CPPUNIT_TEST(aFullDatabaseRollsBackAndRecovers);
    CPPUNIT_TEST(aFullDiskRollsBackAndRecovers);
    CPPUNIT_TEST_SUITE_END();

public:
    void onlyTheOwnerMayReadTheFiles()
    {
        TestDatabase database(Engine::Sqlite);
        for (const char* suffix : {"", "-wal", "-shm", ".lock"})
            CPPUNIT_ASSERT_EQUAL(0600U, modeOf(pathOf(database) + suffix));
        CPPUNIT_ASSERT(database.log().lines().empty());
    }

    void aFileThatOthersMayReadIsWarnedOf()
    {
        TestDatabase database(Engine::Sqlite);
        database.close();
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(pathOf(database).c_str(), 0640));
        database.reopen();
        CPPUNIT_ASSERT(database.log().holds("0600"));
    }

    void sessionsHaveTheirSettings()
    {
        TestDatabase database(Engine::Sqlite);
        const auto settings = [](Unit& unit) -> Result<std::string>
        {
            std::string all;
            for (const char* name :
                {"journal_mode", "synchronous", "foreign_keys", "trusted_schema", "page_size",
                    "wal_autocheckpoint", "query_only", "busy_timeout"})
            {
                const Rows rows = unit.query(std::string("PRAGMA ") + name);
                all += rows.isNumber(0, 0) ? std::to_string(rows.number(0, 0)) : rows.text(0, 0);
                all += " ";
            }
            return all;
        };
        CPPUNIT_ASSERT_EQUAL(
            std::string("wal 2 1 0 8192 5000 0 10000 "), *good(database->write(settings)));
        CPPUNIT_ASSERT_EQUAL(
            std::string("wal 2 1 0 8192 0 1 10000 "), *good(database->read(settings)));
    }

    void aSecondProcessIsRefused()
    {
        TestDatabase database(Engine::Sqlite);
        const pid_t child = ::fork();
        if (child == 0)
        {
            MemoryLog log;
            const auto second = openAt(pathOf(database), log);
            ::_exit(codeOf(second) == "store.in_use" ? 0 : 1);
        }
        int status = -1;
        CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
        CPPUNIT_ASSERT_EQUAL(0, status);
        MemoryLog log;
        const auto here = openAt(pathOf(database), log);
        CPPUNIT_ASSERT_EQUAL(std::string("store.in_use"), codeOf(here));
        CPPUNIT_ASSERT(here.error().text.find("Another process") != std::string::npos);
        good(add(*database, "a"));
    }

    void anotherNameOfTheSameFileIsRefused()
    {
        TestDatabase database(Engine::Sqlite);
        const TemporaryFolder folder;
        std::filesystem::create_symlink(pathOf(database), folder.path() + "/link.db");
        MemoryLog log;
        CPPUNIT_ASSERT_EQUAL(
            std::string("store.in_use"), codeOf(openAt(folder.path() + "/link.db", log)));
    }

    void theLockGoesWithTheDatabase()
    {
        TestDatabase database(Engine::Sqlite);
        database->close();
        MemoryLog log;
        good(openAt(pathOf(database), log));
    }

    void closingLeavesNoLogBehind()
    {
        TestDatabase database(Engine::Sqlite);
        good(add(*database, "a"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rowsLike(*database, "a"));
        database.close();
        CPPUNIT_ASSERT(!std::filesystem::exists(pathOf(database) + "-wal"));
    }

    void closingAfterAnErrorLeavesNoLogBehind()
    {
        TestDatabase database(Engine::Sqlite);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsLike(*database, "a"));
        good(add(*database, "a"));
        CPPUNIT_ASSERT_EQUAL(std::string("store.conflict"), codeOf(add(*database, "a")));
        database.close();
        CPPUNIT_ASSERT(!std::filesystem::exists(pathOf(database) + "-wal"));
    }

    void aProgramThatHoldsTheFileMakesItBusy()
    {
        TestDatabase database(Engine::Sqlite);
        database.options.busyTimeoutMs = 100;
        database.reopen();
        sqlite3* other = nullptr;
        CPPUNIT_ASSERT_EQUAL(SQLITE_OK, sqlite3_open(pathOf(database).c_str(), &other));
        CPPUNIT_ASSERT_EQUAL(
            SQLITE_OK, sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr));
        CPPUNIT_ASSERT_EQUAL(std::string("store.busy"), codeOf(add(*database, "a")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsLike(*database, "a"));
        sqlite3_close(other);
        good(add(*database, "a"));
    }

    void aFileThatIsNoDatabaseIsRefused()
    {
        const TemporaryFolder folder;
        const std::string path = folder.path() + "/letter.db";
        std::ofstream(path) << std::string(10'000, 'z');
        MemoryLog log;
        CPPUNIT_ASSERT_EQUAL(std::string("store.corrupt"), codeOf(openAt(path, log)));
    }

    void badUrlsAreRefused()
    {
        const TemporaryFolder folder;
        MemoryLog log;
        for (const std::string& path : {std::string("relative.db"), std::string(""),
                 std::string("/"), folder.path(), folder.path() + "/"})
            CPPUNIT_ASSERT_EQUAL(std::string("store.url"), codeOf(openAt(path, log)));
        CPPUNIT_ASSERT_EQUAL(
            std::string("store.unreachable"), codeOf(openAt(folder.path() + "/no/such.db", log)));
        DatabaseOptions options;
        options.url = Secret("mysql://a");
        CPPUNIT_ASSERT_EQUAL(std::string("store.url"), codeOf(Database::open(options, log)));
    }

    void aFullDatabaseRollsBackAndRecovers()
    {
        TestDatabase database(Engine::Sqlite);
        const auto written = database->write(
            [](Unit& unit) -> Result<void>
            {
                constexpr const char* insert = "INSERT INTO meta (name, value) VALUES ($1, $2)";
                unit.execute(insert, {"before", "x"});
                (void)unit.query("PRAGMA max_page_count = 1");
                try
                {
                    for (int i = 0; i < 100; ++i)
                        unit.execute(
                            insert, {"many-" + std::to_string(i), std::string(9'000, 'x')});
                }
                catch (const StatementFailed&)
                {
                }
                return success();
            });
        CPPUNIT_ASSERT_EQUAL(std::string("store.full"), codeOf(written));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsLike(*database, "before"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsLike(*database, "many-%"));
        good(add(*database, "after"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rowsLike(*database, "after"));
    }

    void aFullDiskRollsBackAndRecovers()
    {
        const SmallDisk disk;
        if (!disk.mounted()) return; // Not root: aFullDatabaseRollsBackAndRecovers must do.
        MemoryLog log;
        auto database = openAt(disk.path("small.db"), log);
        good(database);
        good(database.value()->write(
            [](Unit& unit) -> Result<void>
            {
                unit.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
                return success();
            }));
        const std::string ballast = disk.path("ballast");
        std::ofstream(ballast) << std::string(200'000, 'b');
        int taken = 0;
        const auto full = fill(**database, taken);
        CPPUNIT_ASSERT_EQUAL(std::string("store.full"), codeOf(full));
        CPPUNIT_ASSERT(taken > 0);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{taken}, rowsLike(**database, "fill-%"));
        CPPUNIT_ASSERT(!add(**database, "during", std::string(200'000, 'x')).ok());
        std::filesystem::remove(ballast);
        good(add(**database, "after"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rowsLike(**database, "after"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{taken}, rowsLike(**database, "fill-%"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rowsLike(**database, "during"));
        database.value()->close();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SqliteTest);
