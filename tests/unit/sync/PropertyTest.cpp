// Random histories, pages, mutations, faults and restores from seeds; then the faults end, and
// mirror and books must be what the bank shows.
//
// BANKFEED_SEEDS says how many seeds (default 200); BANKFEED_SEED runs that one alone.
#include "support/FaultyDatabase.h"
#include "support/MemoryDatabase.h"
#include "support/SyncWorld.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace bankfeed
{

using testing::BankRow;
using testing::FaultyDatabase;
using testing::ScriptedBank;
using testing::SyncWorld;

namespace
{

constexpr const char* startDate = "2026-01-10";

/// One seed's run.
class History
{
public:
    History(store::Database& plain, std::uint64_t seed)
        : faulty_(plain), world_(faulty_, plain, "p" + std::to_string(seed), seed), dice_(seed * 7)
    {
    }

    void run()
    {
        world_.bank.addAccount({"checking"});
        world_.bank.addAccount({"savings"});
        // A full resync reaches back to here.
        world_.bank.put({"first-c", "checking", 1, "2025-11-01"});
        world_.bank.put({"first-s", "savings", 1, "2025-11-01"});
        world_.discoversByItself = true;
        world_.link(world_.discover("checking"), "Assets:Checking", startDate);
        backup_ = world_.ledger.books;

        const std::uint64_t rounds = 3 + dice_.below(5);
        for (std::uint64_t i = 0; i < rounds; ++i)
            round();
        settle();
    }

private:
    void round()
    {
        world_.bank.pageSize = 1 + dice_.below(7);
        world_.bank.collapse = dice_.below(3) != 0;
        const std::uint64_t changes = dice_.below(14);
        for (std::uint64_t i = 0; i < changes; ++i)
            change();
        if (dice_.below(6) == 0) world_.bank.cursorsSince = world_.bank.calls + 1'000'000;
        const std::uint64_t mutateAt = world_.bank.calls + 1 + dice_.below(5);
        const bool mutates = dice_.below(3) == 0;
        world_.bank.beforePage = [this, mutateAt, mutates](std::size_t call)
        {
            if (mutates && call == mutateAt) change();
        };
        if (dice_.below(4) == 0) faulty_.failAtStatement = faulty_.statements + 1 + roll(60);
        if (dice_.below(4) == 0) faulty_.loseAnswerOfUnit = faulty_.writeUnits + 1 + roll(12);
        world_.sync();
        world_.bank.cursorsSince = 0;
        if (!savingsLinked_ && dice_.below(3) == 0) linkSavings();
        deliver();
        if (dice_.below(5) == 0) shareSavingsAgain();
    }

    void deliver()
    {
        if (dice_.below(4) == 0) world_.ledger.losesAnswers = 1;
        if (dice_.below(4) == 0) world_.ledger.failsBefore = 1;
        if (dice_.below(3) == 0) world_.restart();
        world_.pump();
        if (dice_.below(4) == 0) backup_ = world_.ledger.books;
        if (dice_.below(6) == 0)
        {
            world_.ledger.books = backup_;
            world_.restart();
        }
    }

    /// Sharing ends, and all rows with it; then it begins again, with the same ids or new ones.
    void shareSavingsAgain()
    {
        endFaults();
        world_.sync();
        world_.pump();
        std::vector<BankRow> rows;
        for (const auto& [id, row] : world_.bank.truth())
        {
            if (row.accountId == "savings") rows.push_back(row);
        }
        const auto told = world_.ledger.sum("Assets:Savings");
        world_.bank.unticked = {"savings"};
        for (const auto& row : rows)
            world_.bank.remove(row.id);
        world_.sync();
        world_.pump();
        if (told != world_.ledger.sum("Assets:Savings"))
            throw std::runtime_error("the end of sharing changed the books");
        world_.bank.unticked.clear();
        const bool newIds = dice_.below(2) == 0;
        // Rows of many pages come back one page after the other.
        world_.bank.pageSize = 500;
        for (auto& row : rows)
        {
            if (newIds && !row.id.starts_with("first")) row.id = fresh();
            world_.bank.put(row);
        }
        world_.sync();
        world_.pump();
    }

    void linkSavings()
    {
        world_.link(world_.discover("savings"), "Assets:Savings");
        savingsLinked_ = true;
        world_.run();
    }

    std::string anyDate(const std::string& accountId)
    {
        // Rows do not cross the start date: it is judged once.
        const int day = accountId == "checking" && dice_.below(4) == 0
                            ? 1 + static_cast<int>(dice_.below(9))
                            : 10 + static_cast<int>(dice_.below(19));
        return std::string("2026-01-") + (day < 10 ? "0" : "") + std::to_string(day);
    }

    const BankRow* any(bool pendingOnly)
    {
        std::vector<const BankRow*> found;
        for (const auto& [id, row] : world_.bank.truth())
        {
            if (!id.starts_with("first") && (!pendingOnly || row.pending)) found.push_back(&row);
        }
        return found.empty() ? nullptr : found[dice_.below(found.size())];
    }

    void change()
    {
        const auto kind = dice_.below(8);
        if (kind <= 2) return add();
        if (kind == 3)
        {
            if (const auto* pending = any(true))
                world_.bank.post(pending->id, fresh(), pending->units - 25);
            return;
        }
        const BankRow* row = any(false);
        if (row == nullptr) return add();
        BankRow changed = *row;
        switch (kind)
        {
        case 4:
            changed.units += 1 + static_cast<std::int64_t>(dice_.below(500));
            world_.bank.put(changed);
            break;
        case 5:
            changed.pending = false;
            changed.name += "!";
            world_.bank.put(changed);
            break;
        case 6: world_.bank.touch(row->id); break;
        default:
            world_.bank.remove(row->id);
            // Some come back: under the same id, or under another.
            if (dice_.below(3) == 0) world_.bank.put(changed);
            if (dice_.below(3) == 0)
            {
                changed.id = fresh();
                world_.bank.put(changed);
            }
        }
    }

    void add()
    {
        const std::string account = dice_.below(3) == 0 ? "savings" : "checking";
        BankRow row{fresh(), account, static_cast<std::int64_t>(dice_.below(100'000)) - 50'000,
            anyDate(account)};
        row.pending = dice_.below(4) == 0;
        world_.bank.put(row);
    }

    std::int64_t roll(std::uint64_t bound) { return static_cast<std::int64_t>(dice_.below(bound)); }
    std::string fresh() { return "r" + std::to_string(++ids_); }

    void endFaults()
    {
        faulty_.failAtStatement = FaultyDatabase::never;
        faulty_.loseAnswerOfUnit = FaultyDatabase::never;
        world_.bank.beforePage = nullptr;
        world_.ledger.losesAnswers = 0;
        world_.ledger.failsBefore = 0;
    }

    void settle()
    {
        endFaults();
        if (!savingsLinked_) linkSavings();
        world_.sync();
        world_.restart();
        world_.pump();
        world_.checkMirror();
        world_.checkBooks("checking", "Assets:Checking", startDate);
        world_.checkBooks("savings", "Assets:Savings");
    }

    FaultyDatabase faulty_;
    SyncWorld world_;
    testing::SeededRandom dice_;
    testing::FakeLedger::Books backup_;
    bool savingsLinked_ = false;
    int ids_ = 0;
};

std::uint64_t numberIn(const char* variable, std::uint64_t otherwise)
{
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

} // namespace

class PropertyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PropertyTest);
    CPPUNIT_TEST(anyHistoryEndsAsTheBankShowsItOnSqlite);
    CPPUNIT_TEST(anyHistoryEndsAsTheBankShowsItOnPostgresql);
    CPPUNIT_TEST_SUITE_END();

    static void runSeeds(store::Database& database, std::uint64_t count)
    {
        const std::uint64_t only = numberIn("BANKFEED_SEED", 0);
        for (std::uint64_t seed = only > 0 ? only : 1; seed <= (only > 0 ? only : count); ++seed)
        {
            try
            {
                History(database, seed).run();
            }
            catch (const std::exception& error)
            {
                CPPUNIT_FAIL("seed " + std::to_string(seed) + ": " + error.what());
            }
        }
    }

    void anyHistoryEndsAsTheBankShowsItOnSqlite()
    {
        testing::MemoryDatabase database;
        runSeeds(*database, numberIn("BANKFEED_SEEDS", 200));
    }
    void anyHistoryEndsAsTheBankShowsItOnPostgresql()
    {
        testing::TestDatabase database(store::Engine::Postgresql);
        runSeeds(*database, numberIn("BANKFEED_SEEDS", 200) / 10);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PropertyTest);

} // namespace bankfeed
