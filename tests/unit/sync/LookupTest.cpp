// What a sync looks up is looked up: no statement reads all that a tenant or an account has.
#include "store/Database.h"
#include "support/SyncWorld.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <string>
#include <vector>

namespace bankfeed
{

using namespace testing;

namespace
{

/// Runs units on another database and notes their queries.
class ListeningDatabase final : public store::Database
{
public:
    explicit ListeningDatabase(store::Database& inner) : inner_(inner) {}

    std::set<std::string> queries;

    [[nodiscard]] store::Engine engine() const override { return inner_.engine(); }
    void close() override {}

protected:
    Result<void> runUnit(
        Mode mode, const std::function<Result<void>(store::Unit&)>& attempt) override
    {
        const auto body = [&](store::Unit& unit) -> Result<void>
        {
            ListeningUnit listening(*this, unit);
            return attempt(listening);
        };
        return mode == Mode::Read ? inner_.read(body) : inner_.write(body);
    }

private:
    class ListeningUnit final : public store::Unit
    {
    public:
        ListeningUnit(ListeningDatabase& owner, store::Unit& inner) : owner_(owner), inner_(inner)
        {
        }
        store::Rows query(
            std::string_view sql, const std::vector<store::Value>& parameters) override
        {
            owner_.queries.emplace(sql);
            return inner_.query(sql, parameters);
        }
        std::int64_t execute(
            std::string_view sql, const std::vector<store::Value>& parameters) override
        {
            owner_.queries.emplace(sql);
            return inner_.execute(sql, parameters);
        }
        std::int64_t insertMany(std::string_view table, const std::vector<std::string>& columns,
            const std::vector<store::Value>& cells, std::string_view tail) override
        {
            return inner_.insertMany(table, columns, cells, tail);
        }
        [[nodiscard]] store::Engine engine() const override { return inner_.engine(); }

    private:
        ListeningDatabase& owner_;
        store::Unit& inner_;
    };

    store::Database& inner_;
};

std::size_t parametersOf(std::string_view sql)
{
    std::size_t count = 0;
    while (sql.find('$' + std::to_string(count + 1)) != std::string_view::npos)
        ++count;
    return count;
}

/// The lines of SQLite's plan that are about the mirror.
std::vector<std::string> planOf(store::Database& database, const std::string& sql)
{
    std::vector<std::string> lines;
    const auto read = database.read(
        [&](store::Unit& unit) -> Result<void>
        {
            const store::Rows rows = unit.query(
                "EXPLAIN QUERY PLAN " + sql, std::vector<store::Value>(parametersOf(sql)));
            for (std::size_t i = 0; i < rows.size(); ++i)
            {
                if (rows.text(i, 3).find("bank_transaction") != std::string::npos)
                    lines.push_back(rows.text(i, 3));
            }
            return success();
        });
    CPPUNIT_ASSERT(read.ok());
    return lines;
}

/// By its id, by its root key, or among rows that are few by nature.
bool findsFew(const std::string& line)
{
    for (const std::string_view way : {"(connection_id=? AND provider_transaction_id=?)",
             "bank_transaction_root (root_key", "bank_transaction_kept", "bank_transaction_undone",
             "bank_transaction_marked", "bank_transaction_orphan", "bank_transaction_forgotten"})
    {
        if (line.find(way) != std::string::npos) return true;
    }
    return false;
}

} // namespace

class LookupTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LookupTest);
    CPPUNIT_TEST(aSyncReadsTheRowsThatItNeedsAndNotTheWholeMirror);
    CPPUNIT_TEST(aRebuildGoesAlongTheRootKeys);
    CPPUNIT_TEST_SUITE_END();

public:
    void aSyncReadsTheRowsThatItNeedsAndNotTheWholeMirror()
    {
        TestDatabase inner(store::Engine::Sqlite);
        ListeningDatabase database(*inner);
        SyncWorld world(database, *inner, "main", 5);
        world.bank.pageSize = 4;
        world.bank.addAccount({"checking", "USD", 0});
        world.link(world.discover("checking"), "Assets:Checking");
        world.run();
        database.queries.clear();
        for (int i = 0; i < 10; ++i)
            world.bank.put({"c" + std::to_string(i), "checking", 100 + i});
        world.sync();
        world.bank.put({"c1", "checking", 7});
        world.sync();

        std::size_t judged = 0;
        for (const std::string& sql : database.queries)
        {
            // What overlaps is looked for among the held rows of the account, once a loop.
            if (sql.find("lane_reason = 'overlap'") != std::string::npos) continue;
            for (const std::string& line : planOf(*inner, sql))
            {
                CPPUNIT_ASSERT_MESSAGE(line + "\n" + sql, findsFew(line));
                ++judged;
            }
        }
        CPPUNIT_ASSERT(judged >= 4);
    }

    void aRebuildGoesAlongTheRootKeys()
    {
        TestDatabase inner(store::Engine::Sqlite);
        ListeningDatabase database(*inner);
        const auto read = database.read(
            [](store::Unit& unit) -> Result<void>
            {
                (void)store::TransactionRepository(unit, "main").toldOf("feed", "", 500);
                return success();
            });
        CPPUNIT_ASSERT(read.ok());
        for (const std::string& line : planOf(*inner, *database.queries.begin()))
            CPPUNIT_ASSERT_EQUAL(
                std::string("SEARCH bank_transaction USING INDEX bank_transaction_root "
                            "(root_key>?)"),
                line);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LookupTest);

} // namespace bankfeed
