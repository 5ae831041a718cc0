#include "support/BothEngines.h"
#include "support/SeededRandom.h"

#include <atomic>
#include <thread>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::SeededRandom;
using bankfeed::testing::TestDatabase;

/// Threads that move money between accounts: none is made, none is lost, whatever fails in between.
class ConcurrencyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConcurrencyTest);
    CPPUNIT_TEST(transfersNeverMakeOrLoseMoney);
    CPPUNIT_TEST_SUITE_END();

    static constexpr int accounts = 5;
    static constexpr std::int64_t opening = 1'000;

    static void makeAccounts(TestDatabase& database)
    {
        good(database->write(
            [](Unit& unit) -> Result<void>
            {
                unit.execute("CREATE TABLE account (id BIGINT PRIMARY KEY, units BIGINT NOT NULL)");
                for (int i = 0; i < accounts; ++i)
                    unit.execute("INSERT INTO account (id, units) VALUES ($1, $2)", {i, opening});
                return success();
            }));
    }

    static Result<void> transfer(TestDatabase& database, SeededRandom& random)
    {
        const auto from = static_cast<std::int64_t>(random.below(accounts));
        const auto to = static_cast<std::int64_t>(random.below(accounts));
        const auto amount = static_cast<std::int64_t>(random.below(50));
        const auto mishap = random.below(10);
        const auto body = [&](Unit& unit) -> Result<void>
        {
            const std::string sql = std::string("SELECT units FROM account WHERE id = $1") +
                                    std::string(unit.forUpdate());
            const std::int64_t had = unit.query(sql, {from}).number(0, 0);
            constexpr const char* set = "UPDATE account SET units = $1 WHERE id = $2";
            unit.execute(set, {had - amount, from});
            if (mishap == 0) return Error::invalid("test.no", "");
            if (mishap == 1) unit.execute("INSERT INTO account (id, units) VALUES (0, 0)");
            const std::int64_t has = unit.query(sql, {to}).number(0, 0);
            unit.execute(set, {has + amount, to});
            return success();
        };
        return mishap % 2 == 0 ? database->write(body) : database->writeFirst(body);
    }

    static std::int64_t total(TestDatabase& database)
    {
        const auto sum = database->read([](Unit& unit) -> Result<std::int64_t>
            { return unit.query("SELECT SUM(units) FROM account").number(0, 0); });
        return sum.ok() ? *sum : -1;
    }

public:
    void transfersNeverMakeOrLoseMoney()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeAccounts(database);
                std::atomic<int> done{0};
                std::atomic<int> wrong{0};
                std::vector<std::thread> threads;
                for (std::uint64_t seed = 1; seed <= 4; ++seed)
                {
                    threads.emplace_back(
                        [&, seed]
                        {
                            SeededRandom random(seed);
                            for (int i = 0; i < 60; ++i)
                            {
                                if (transfer(database, random).ok()) ++done;
                                if (i % 4 == 0 && total(database) != accounts * opening) ++wrong;
                            }
                        });
                }
                for (std::thread& thread : threads)
                    thread.join();
                CPPUNIT_ASSERT_EQUAL(0, wrong.load());
                CPPUNIT_ASSERT(done > 100);
                CPPUNIT_ASSERT_EQUAL(accounts * opening, total(database));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConcurrencyTest);
