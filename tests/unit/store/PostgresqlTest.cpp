#include "CutProxy.h"
#include "support/BothEngines.h"
#include "support/Moment.h"
#include "support/PostgresServer.h"

#include <libpq-fe.h>

#include <array>
#include <thread>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::codeOf;
using bankfeed::testing::CutProxy;
using bankfeed::testing::good;
using bankfeed::testing::MemoryLog;
using bankfeed::testing::Moment;
using bankfeed::testing::PostgresServer;
using bankfeed::testing::TestDatabase;

namespace
{

constexpr const char* insert = "INSERT INTO meta (name, value) VALUES ($1, 'x')";

std::int64_t ask(Database& database, const std::string& sql)
{
    const auto answer = database.read(
        [&](Unit& unit) -> Result<std::int64_t> { return unit.query(sql).number(0, 0); });
    return *good(answer);
}

Result<void> add(Database& database, const std::string& name)
{
    return database.write(
        [&](Unit& unit) -> Result<void>
        {
            unit.execute(insert, {name});
            return success();
        });
}

/// Asks over a connection of its own, which shows only what is committed.
std::string outside(const std::string& url, const std::string& sql)
{
    PGconn* connection = PQconnectdb(url.c_str());
    PGresult* result = PQexec(connection, sql.c_str());
    std::string answer = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    PQclear(result);
    PQfinish(connection);
    return answer;
}

Result<std::unique_ptr<Database>> openAt(const std::string& url, MemoryLog& log)
{
    DatabaseOptions options;
    options.url = Secret(url);
    return Database::open(options, log);
}

} // namespace

class PostgresqlTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PostgresqlTest);
    CPPUNIT_TEST(aServerThatRestartsInAUnitCommitsItOnce);
    CPPUNIT_TEST(anIdleSessionThatDiedIsReplaced);
    CPPUNIT_TEST(aSessionIsThrownAwayAfterAnError);
    CPPUNIT_TEST(aCommitThatDidNotArriveIsUnknown);
    CPPUNIT_TEST(aCommitWithoutAnswerIsUnknown);
    CPPUNIT_TEST(aServerThatIsGoneIsUnreachable);
    CPPUNIT_TEST(aDeadlockIsRunAgain);
    CPPUNIT_TEST(aRaceForARowIsRunAgain);
    CPPUNIT_TEST(fewStatementsStayPrepared);
    CPPUNIT_TEST(aMigrationUnderOpenSessionsIsNoticed);
    CPPUNIT_TEST(sessionsHaveTheirSettings);
    CPPUNIT_TEST(passwordsStayOutOfErrors);
    CPPUNIT_TEST(badUrlsAreRefused);
    CPPUNIT_TEST(anotherEncodingIsRefused);
    CPPUNIT_TEST(aRemoteServerWithoutTlsIsWarnedOf);
    CPPUNIT_TEST_SUITE_END();

public:
    void aServerThatRestartsInAUnitCommitsItOnce()
    {
        TestDatabase database(Engine::Postgresql);
        int runs = 0;
        const auto written = database->write(
            [&](Unit& unit) -> Result<void>
            {
                ++runs;
                unit.execute(insert, {"first-" + std::to_string(runs)});
                if (runs == 1) PostgresServer::shared().crashAndRestart();
                CPPUNIT_ASSERT_EQUAL(
                    std::string("0"), outside(database.url(), "SELECT COUNT(*) FROM meta WHERE "
                                                              "value = 'x'"));
                unit.execute(insert, {"second"});
                return success();
            });
        good(written);
        CPPUNIT_ASSERT_EQUAL(2, runs);
        constexpr const char* count =
            "SELECT COUNT(*) FROM meta WHERE name IN ('first-2', 'second')";
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, ask(*database, count));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, ask(*database, "SELECT COUNT(*) FROM meta WHERE name = 'first-1'"));
    }

    void anIdleSessionThatDiedIsReplaced()
    {
        TestDatabase database(Engine::Postgresql);
        database.options.connectionsMax = 1;
        database.reopen();
        const std::int64_t before = ask(*database, "SELECT pg_backend_pid()");
        outside(
            database.url(), "SELECT pg_terminate_backend(" + std::to_string(before) + ", 5000)");
        good(add(*database, "a"));
        CPPUNIT_ASSERT(before != ask(*database, "SELECT pg_backend_pid()"));
    }

    void aSessionIsThrownAwayAfterAnError()
    {
        TestDatabase database(Engine::Postgresql);
        database.options.connectionsMax = 1;
        database.reopen();
        const std::int64_t before = ask(*database, "SELECT pg_backend_pid()");
        CPPUNIT_ASSERT_EQUAL(before, ask(*database, "SELECT pg_backend_pid()"));
        good(add(*database, "a"));
        CPPUNIT_ASSERT_EQUAL(before, ask(*database, "SELECT pg_backend_pid()"));
        CPPUNIT_ASSERT_EQUAL(std::string("store.conflict"), codeOf(add(*database, "a")));
        CPPUNIT_ASSERT(before != ask(*database, "SELECT pg_backend_pid()"));
    }

    static void unknownCommit(CutProxy::Cut cut, const char* expected)
    {
        TestDatabase direct(Engine::Postgresql);
        CutProxy proxy(PostgresServer::shared().port());
        MemoryLog log;
        const auto database =
            openAt(PostgresServer::shared().through(direct.url(), proxy.port()), log);
        good(database);
        proxy.cutNext(cut);
        const auto written = add(**database, "a");
        CPPUNIT_ASSERT_EQUAL(std::string("store.commit_unknown"), codeOf(written));
        CPPUNIT_ASSERT(written.error().kind == ErrorKind::Unknown);
        CPPUNIT_ASSERT(proxy.hasCut());
        constexpr const char* count = "SELECT COUNT(*) FROM meta WHERE name = 'a'";
        CPPUNIT_ASSERT_EQUAL(std::string(expected), outside(direct.url(), count));
        // A unit that may run again finds out.
        good((*database)->write(
            [](Unit& unit) -> Result<void>
            {
                unit.execute(std::string(insert) + " ON CONFLICT (name) DO NOTHING", {"a"});
                return success();
            }));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), outside(direct.url(), count));
        (*database)->close();
    }

    void aCommitThatDidNotArriveIsUnknown()
    {
        unknownCommit(CutProxy::Cut::BeforeTheServerSeesIt, "0");
    }

    void aCommitWithoutAnswerIsUnknown() { unknownCommit(CutProxy::Cut::BeforeTheAnswer, "1"); }

    void aServerThatIsGoneIsUnreachable()
    {
        TestDatabase direct(Engine::Postgresql);
        CutProxy proxy(PostgresServer::shared().port());
        const std::string url = PostgresServer::shared().through(direct.url(), proxy.port());
        MemoryLog log;
        const auto database = openAt(url, log);
        good(database);
        proxy.stop();
        const auto written = add(**database, "a");
        CPPUNIT_ASSERT_EQUAL(std::string("store.unreachable"), codeOf(written));
        CPPUNIT_ASSERT(written.error().kind == ErrorKind::Retry);
        CPPUNIT_ASSERT_EQUAL(std::string("store.unreachable"), codeOf(openAt(url, log)));
    }

    void aDeadlockIsRunAgain()
    {
        TestDatabase database(Engine::Postgresql);
        good(add(*database, "left"));
        good(add(*database, "right"));
        std::array<Moment, 2> locked;
        std::array<int, 2> runs{};
        std::array<Result<void>, 2> results;
        const auto work = [&](std::size_t self)
        {
            const std::array<const char*, 2> order =
                self == 0 ? std::array{"left", "right"} : std::array{"right", "left"};
            results[self] = database->write(
                [&](Unit& unit) -> Result<void>
                {
                    ++runs[self];
                    constexpr const char* grow =
                        "UPDATE meta SET value = value || 'y' WHERE name = $1";
                    unit.execute(grow, {order[0]});
                    locked[self].happen();
                    locked[1 - self].await();
                    unit.execute(grow, {order[1]});
                    return success();
                });
        };
        std::thread other([&] { work(1); });
        work(0);
        other.join();
        good(results[0]);
        good(results[1]);
        CPPUNIT_ASSERT_EQUAL(3, runs[0] + runs[1]);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{2}, ask(*database, "SELECT COUNT(*) FROM meta WHERE value = 'xyy'"));
    }

    void aRaceForARowIsRunAgain()
    {
        TestDatabase database(Engine::Postgresql);
        Moment looked;
        Moment made;
        int runs = 0;
        Result<bool> second = false;
        std::thread loser(
            [&]
            {
                second = database->write(
                    [&](Unit& unit) -> Result<bool>
                    {
                        ++runs;
                        if (!unit.query("SELECT 1 FROM meta WHERE name = 'a'").empty()) return true;
                        looked.happen();
                        made.await();
                        unit.execute(insert, {"a"});
                        return false;
                    });
            });
        looked.await();
        const auto first = add(*database, "a");
        made.happen();
        loser.join();
        good(first);
        CPPUNIT_ASSERT_EQUAL(true, *good(second));
        CPPUNIT_ASSERT_EQUAL(2, runs);
    }

    void fewStatementsStayPrepared()
    {
        TestDatabase database(Engine::Postgresql);
        database.options.connectionsMax = 1;
        database.reopen();
        for (int round = 0; round < 3; ++round)
        {
            for (int i = 0; i < 200; ++i)
                ask(*database, "SELECT " + std::to_string(i) + " + 0");
        }
        for (int i = 0; i < 1000; ++i)
            ask(*database, "SELECT 1");
        const std::int64_t prepared = ask(*database, "SELECT COUNT(*) FROM pg_prepared_statements");
        CPPUNIT_ASSERT(prepared >= 1 && prepared <= 128);
    }

    void aMigrationUnderOpenSessionsIsNoticed()
    {
        TestDatabase database(Engine::Postgresql);
        database.options.connectionsMax = 1;
        database.reopen();
        const auto look = [&]
        {
            return database->read([](Unit& unit) -> Result<std::size_t>
                { return unit.query("SELECT * FROM meta").size(); });
        };
        for (int i = 0; i < 7; ++i)
            good(look());
        outside(database.url(), "ALTER TABLE meta ADD COLUMN more TEXT");
        good(look());
    }

    void sessionsHaveTheirSettings()
    {
        TestDatabase database(Engine::Postgresql);
        const auto settings = [](Unit& unit) -> Result<std::string>
        {
            std::string all;
            for (const char* name : {"transaction_isolation", "transaction_read_only",
                     "statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout",
                     "client_encoding", "application_name", "synchronous_commit"})
                all += unit.query(std::string("SHOW ") + name).text(0, 0) + " ";
            return all;
        };
        CPPUNIT_ASSERT_EQUAL(std::string("read committed off 1min 1min 10s UTF8 bankfeed on "),
            *good(database->write(settings)));
        CPPUNIT_ASSERT_EQUAL(std::string("repeatable read on 1min 1min 10s UTF8 bankfeed on "),
            *good(database->read(settings)));
    }

    void passwordsStayOutOfErrors()
    {
        const std::string port = std::to_string(PostgresServer::shared().port());
        MemoryLog log;
        const std::string user = "postgresql://bankfeed:canary@127.0.0.1:";
        const std::vector<std::string> urls{user + port + "/postgres", user + "canary/postgres",
            user + "1/postgres", user + port + "/postgres?canary=1",
            "postgresql://bankfeed:canary%20x@127.0.0.1:" + port + "/postgres"};
        for (const std::string& url : urls)
        {
            const auto opened = openAt(url, log);
            CPPUNIT_ASSERT(!opened.ok());
            CPPUNIT_ASSERT_EQUAL(std::string::npos, opened.error().text.find("canary"));
        }
        CPPUNIT_ASSERT(!log.holds("canary"));
        const auto refused = openAt(urls[0], log);
        CPPUNIT_ASSERT(refused.error().text.find("authentication failed") != std::string::npos);
    }

    void badUrlsAreRefused()
    {
        MemoryLog log;
        for (const char* url :
            {"postgresql://[::1", "postgresql://u@h/d?no_such_key=1", "postgresql://u:%zz@h/d"})
            CPPUNIT_ASSERT_EQUAL(std::string("store.url"), codeOf(openAt(url, log)));
    }

    void anotherEncodingIsRefused()
    {
        const std::string url = PostgresServer::shared().freshDatabase(
            "TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
        MemoryLog log;
        CPPUNIT_ASSERT_EQUAL(std::string("store.encoding"), codeOf(openAt(url, log)));
    }

    void aRemoteServerWithoutTlsIsWarnedOf()
    {
        // The names end in .invalid: nothing is asked over the network.
        MemoryLog silent;
        (void)openAt("postgresql://u@h.invalid/d?sslmode=verify-full", silent).ok();
        CPPUNIT_ASSERT(!silent.holds("unencrypted"));
        MemoryLog warned;
        (void)openAt("postgresql://u@h.invalid/d", warned).ok();
        CPPUNIT_ASSERT(warned.holds("unencrypted"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PostgresqlTest);
