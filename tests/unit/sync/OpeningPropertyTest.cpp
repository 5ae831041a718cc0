// Opening balances over any past: accounts whose rows and balances come in their own time. In the
// end the books show what the bank shows.
//
// BANKFEED_SEEDS says how many seeds (default 300); BANKFEED_SEED runs that one alone.
#include "base/Date.h"
#include "support/MemoryDatabase.h"
#include "support/SyncWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace bankfeed
{

using testing::BankRow;
using testing::SyncWorld;

namespace
{

constexpr std::int64_t february = 1'769'904'000; // 2026-02-01T00:00:00Z
constexpr std::int64_t hourMs = 3'600'000;

/// One seed's run: accounts with opening balances, a bank whose rows and balances come in their own
/// time.
class Past
{
public:
    Past(store::Database& database, std::uint64_t seed)
        : world_(database, database, "o" + std::to_string(seed), seed), dice_(seed * 11)
    {
        world_.clock.jumpTo({february * nsPerSecond});
    }

    void run()
    {
        for (const char* account : {"checking", "savings"})
        {
            world_.bank.addAccount({account, "USD", roll(200'000) - 100'000});
            world_.discover(account);
            for (auto i = dice_.below(6); i > 0; --i)
                add(account, false);
        }
        world_.sync();
        link("checking");
        for (auto rounds = 3 + dice_.below(6); rounds > 0; --rounds)
            round();
        settle();
    }

private:
    void round()
    {
        if (!links_.contains("savings") && oneIn(3)) link("savings");
        world_.bank.pageSize = 1 + dice_.below(7);
        for (auto i = dice_.below(6); i > 0; --i)
            change();
        // What is behind catches up within hours; a row or a balance, not both at once.
        world_.bank.heldBack = oneIn(3) ? dice_.below(4) : 0;
        const bool old = world_.bank.heldBack == 0 && oneIn(4);
        world_.bank.balancesShown = old ? balances_ : std::map<std::string, std::int64_t>{};
        for (const char* account : {"checking", "savings"})
            balances_[account] = world_.bank.balance(account);
        runNow();
        world_.bank.heldBack = 0;
        world_.bank.balancesShown.clear();
        runNow();
        world_.clock.advanceMs(roll(5 * 24 * hourMs));
        if (oneIn(2)) world_.sync();
        world_.pump();
    }

    /// A sync and what follows it at once; not the checks, which come hours later.
    void runNow()
    {
        world_.ask(store::job::sync, world_.connectionId);
        for (int i = 0; i < 30; ++i)
        {
            world_.clock.advanceMs(1'100);
            while (world_.runOne())
            {
            }
        }
    }

    void link(const std::string& account)
    {
        static constexpr std::array<int, 6> starts{-60, -20, -7, -1, 0, 1};
        const auto which = dice_.below(7);
        const std::string start = which == 6 ? std::string() : day(starts[which]);
        links_[account] =
            world_.link("acc_" + world_.tenant + "_" + account, "Assets:" + account, start, true);
    }

    void change()
    {
        const std::string account = oneIn(3) ? "savings" : "checking";
        const auto kind = dice_.below(6);
        std::vector<BankRow> found;
        // A late row that goes before anybody saw it changes the balance and leaves no trace.
        for (const auto& [id, row] : world_.bank.truth())
        {
            if (world_.row(id)) found.push_back(row);
        }
        if (kind <= 2 || found.empty()) return add(account, oneIn(2));
        BankRow row = found[dice_.below(found.size())];
        if (kind == 3) return world_.bank.remove(row.id);
        if (kind == 4) row.units += roll(900) - 450;
        if (kind == 5 && row.pending) row.pending = false;
        world_.bank.put(row);
    }

    /// Late rows are of the time before any balance was asked for: those the balance held.
    void add(const std::string& account, bool late)
    {
        const int ago = static_cast<int>(dice_.below(late ? 90 : 3));
        const Date from = Date::ofUtc(late ? began_ : world_.clock.now());
        BankRow row{"r" + std::to_string(++ids_), account, roll(100'000) - 50'000,
            from.plusDays(-ago).text()};
        row.pending = !late && oneIn(5);
        if (late)
            world_.bank.putLate(row);
        else
            world_.bank.put(row);
    }

    void settle()
    {
        if (!links_.contains("savings")) link("savings");
        for (int i = 0; i < 6; ++i)
            world_.sync();
        world_.restart();
        world_.pump();
        world_.checkMirror();
        for (const auto& [account, id] : links_)
        {
            const auto bank = world_.bank.balance(account);
            const auto books = world_.ledger.sum("Assets:" + account);
            if (bank != books)
                throw std::runtime_error(account + ": bank " + std::to_string(bank) + ", books " +
                                         std::to_string(books));
        }
    }

    std::string day(int offset) { return Date::ofUtc(world_.clock.now()).plusDays(offset).text(); }
    bool oneIn(std::uint64_t count) { return dice_.below(count) == 0; }
    std::int64_t roll(std::int64_t bound)
    {
        return static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(bound)));
    }

    SyncWorld world_;
    const UtcTime began_{february * nsPerSecond};
    testing::SeededRandom dice_;
    std::map<std::string, std::string> links_;
    std::map<std::string, std::int64_t> balances_;
    int ids_ = 0;
};

std::uint64_t numberIn(const char* variable, std::uint64_t otherwise)
{
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

} // namespace

class OpeningPropertyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OpeningPropertyTest);
    CPPUNIT_TEST(anyPastEndsWithTheBanksBalanceInTheBooks);
    CPPUNIT_TEST_SUITE_END();

    void anyPastEndsWithTheBanksBalanceInTheBooks()
    {
        testing::MemoryDatabase database;
        const std::uint64_t only = numberIn("BANKFEED_SEED", 0);
        const std::uint64_t last = only > 0 ? only : numberIn("BANKFEED_SEEDS", 300);
        for (std::uint64_t seed = only > 0 ? only : 1; seed <= last; ++seed)
        {
            try
            {
                Past(*database, seed).run();
            }
            catch (const std::exception& error)
            {
                CPPUNIT_FAIL("seed " + std::to_string(seed) + ": " + error.what());
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpeningPropertyTest);

} // namespace bankfeed
