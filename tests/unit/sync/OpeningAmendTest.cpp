// Opening balances that the bank's later words move: late history, rows before the start, balances
// that run ahead of their rows or behind them. In the end the books show what the bank shows.
//
// BANKFEED_SEEDS says how many seeds (default 300); BANKFEED_SEED runs that one alone.
#include "base/Date.h"
#include "delivery/LedgerEvents.h"
#include "store/NoticeRepository.h"
#include "support/MemoryDatabase.h"
#include "support/SyncWorld.h"
#include "support/TestDatabase.h"
#include "sync/HeldDecision.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cstdlib>
#include <map>
#include <memory>
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

} // namespace

template <store::Engine engine>
class OpeningAmendTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OpeningAmendTest);
    CPPUNIT_TEST(historyThatComesLateAmendsIt);
    CPPUNIT_TEST(aRowThatAPersonBooksIsMeasuredWithoutASync);
    CPPUNIT_TEST(rowsOfAPeriodThatIsOpenAgainAreMeasuredWithoutASync);
    CPPUNIT_TEST(oneThatWaitsAloneForItsPeriodIsToldWhenItIsOpen);
    CPPUNIT_TEST(lateHistoryInSeveralUnitsAmendsItOnce);
    CPPUNIT_TEST(aBalanceThatKnewARowFirstIsMeasuredAgainWhenTheRowComes);
    CPPUNIT_TEST(aBalanceThatFollowsItsRowsIsMeasuredAgainAtACheck);
    CPPUNIT_TEST(checksComeToAnEndWhenBalanceAndRowsNeverAgree);
    CPPUNIT_TEST(newRowsOfLaterDaysDoNotTouchIt);
    CPPUNIT_TEST(rowsBeforeTheStartMoveItWhenTheyComeChangeOrGo);
    CPPUNIT_TEST(aStartTomorrowFollowsTheRowsOfToday);
    CPPUNIT_TEST(pendingRowsAndNewTextsDoNotTouchIt);
    CPPUNIT_TEST(aBalanceThatIsNotNamedIsAskedForAgainByTheNextSync);
    CPPUNIT_TEST(aRestoredPluginMovesItInsteadOfBookingItTwice);
    CPPUNIT_TEST(itWaitsWhileTheFeedIsWrittenAnew);
    CPPUNIT_TEST(aLaterLinkHasAnOpeningBalanceOfItsOwn);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        database_ = std::make_unique<testing::TestDatabase>(engine);
        world_ = std::make_unique<SyncWorld>(**database_, **database_, "main", 11);
        world_->clock.jumpTo({february * nsPerSecond});
        world_->bank.addAccount({"checking", "USD", 100'000});
        account_ = world_->discover("checking");
    }
    void tearDown() override
    {
        world_.reset();
        database_.reset();
    }

private:
    void linkFrom(const std::string& startDate)
    {
        put("a", -30, 10'000);
        put("b", -25, 700);
        put("c", -3, 2'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", startDate, true);
        world_->run();
        world_->pump();
        checkAgainstTheBank();
    }

    std::string day(int offset) { return Date::ofUtc(world_->clock.now()).plusDays(offset).text(); }
    void put(const std::string& id, int offset, std::int64_t units)
    {
        world_->bank.put({id, "checking", units, day(offset)});
    }
    void syncAndPump()
    {
        world_->sync();
        world_->pump();
    }
    store::AccountLink link()
    {
        return *world_->look([&](store::Unit& unit)
            { return store::AccountLinkRepository(unit, "main").find(link_); });
    }
    void checkAgainstTheBank()
    {
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), link().opening);
        // The check of it is over, so that it is not what measures the next time.
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, link().openingChecks);
    }

    void settleWithoutASync()
    {
        for (int i = 0; i < 3; ++i)
        {
            world_->clock.advanceMs(3'000);
            world_->run();
            world_->pump();
        }
    }
    void closeThrough(const std::string& through)
    {
        world_->ledger.closedThrough = through;
        delivery::LedgerEvent event{delivery::LedgerEvent::Kind::Period, "e" + through, ""};
        event.through = through;
        NoWake wake;
        delivery::LedgerEvents events(world_->plain, world_->clock, world_->random, wake);
        const auto position = events.position("main");
        CPPUNIT_ASSERT(events.tell({"main", false, false, position->eventId, {event}}).ok());
    }
    class NoWake final : public Wake
    {
    public:
        void wake(WakeReason) noexcept override {}
    };

    void aRowThatAPersonBooksIsMeasuredWithoutASync()
    {
        world_.reset();
        database_ = std::make_unique<testing::TestDatabase>(engine);
        world_ = std::make_unique<SyncWorld>(
            **database_, **database_, "main", 5, sync::BookingRules{true});
        world_->bank.addAccount({"checking", "USD", 100'000});
        account_ = world_->discover("checking");
        BankRow precise{"p", "checking", 150, day(-3)};
        precise.exact = "1.505";
        world_->bank.put(precise);
        put("a", -30, 10'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", "", true);
        settleWithoutASync();
        CPPUNIT_ASSERT_EQUAL(std::string("rounded"), world_->row("p")->laneReason);
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking") - 150, world_->ledger.sum("Assets:Checking"));
        const auto decided = world_->plain.write(
            [&](store::Unit& unit) -> Result<std::int64_t>
            {
                sync::OverlapDecision decision;
                decision.bankAccountId = account_;
                decision.transactions = {"p"};
                decision.choice = sync::OverlapChoice::Book;
                return sync::decideHeld(
                    unit, "main", {"u", "U"}, decision, world_->random, world_->clock.now());
            });
        CPPUNIT_ASSERT(decided.ok());
        settleWithoutASync();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
    }

    void rowsOfAPeriodThatIsOpenAgainAreMeasuredWithoutASync()
    {
        closeThrough(day(-20));
        put("a", -30, 10'000);
        put("c", -3, 2'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", "", true);
        settleWithoutASync();
        closeThrough("");
        settleWithoutASync();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("a")->lane);
    }

    void oneThatWaitsAloneForItsPeriodIsToldWhenItIsOpen()
    {
        closeThrough(day(-20));
        put("c", -3, 2'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", day(-30), true);
        settleWithoutASync();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2'000}, world_->ledger.sum("Assets:Checking"));
        closeThrough("");
        settleWithoutASync();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
    }

    void historyThatComesLateAmendsIt()
    {
        linkFrom("");
        world_->bank.putLate({"old", "checking", 30'000, day(-60)});
        world_->bank.putLate({"old2", "checking", 5'000, day(-45)});
        syncAndPump();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(day(-60), link().openingOn);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{65'000}, link().openingUnits);
    }

    void lateHistoryInSeveralUnitsAmendsItOnce()
    {
        linkFrom("");
        const auto before = world_->bank.accountsCalls;
        world_->bank.pageSize = 100;
        for (int i = 0; i < 1'100; ++i)
            world_->bank.putLate({"old" + std::to_string(i), "checking", 10 + i, day(-60)});
        syncAndPump();
        CPPUNIT_ASSERT_EQUAL(before + 1, world_->bank.accountsCalls);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, link().openingRevision);
        checkAgainstTheBank();
    }

    void aBalanceThatKnewARowFirstIsMeasuredAgainWhenTheRowComes()
    {
        put("early", -1, 4'000);
        world_->bank.heldBack = 4;
        linkFrom("");
        world_->bank.heldBack = 0;
        syncAndPump();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, link().openingUnits);
    }

    void aBalanceThatFollowsItsRowsIsMeasuredAgainAtACheck()
    {
        world_->bank.balancesShown["checking"] = 100'000;
        put("a", -1, 4'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", "", true);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{96'000}, link().openingUnits);
        world_->bank.balancesShown.clear();
        syncAndPump();
        checkAgainstTheBank();
    }

    void checksComeToAnEndWhenBalanceAndRowsNeverAgree()
    {
        linkFrom("");
        for (int i = 0; i < 20; ++i)
        {
            world_->bank.balancesShown["checking"] = 100'000 + 100 * i;
            world_->sync();
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, link().openingChecks);
        CPPUNIT_ASSERT(link().openingRevision <= 5);
        const auto before = world_->bank.accountsCalls;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(before, world_->bank.accountsCalls);
    }

    void newRowsOfLaterDaysDoNotTouchIt()
    {
        linkFrom("");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, link().openingChecks);
        const auto asked = world_->bank.accountsCalls;
        world_->clock.advanceMs(72 * hourMs);
        world_->bank.balancesShown["checking"] = world_->bank.balance("checking");
        put("new", 0, -7'000);
        syncAndPump();
        put("new", 0, -7'500);
        syncAndPump();
        world_->bank.balancesShown.clear();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, link().openingRevision);
        CPPUNIT_ASSERT_EQUAL(asked, world_->bank.accountsCalls);
    }

    void rowsBeforeTheStartMoveItWhenTheyComeChangeOrGo()
    {
        linkFrom(day(-10));
        put("backdated", -12, 5'500);
        syncAndPump();
        checkAgainstTheBank();
        put("b", -25, 950);
        syncAndPump();
        checkAgainstTheBank();
        world_->bank.remove("a");
        syncAndPump();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("backdated")->lane);
    }

    void aStartTomorrowFollowsTheRowsOfToday()
    {
        linkFrom(day(1));
        put("today", 0, 3'300);
        syncAndPump();
        checkAgainstTheBank();
        world_->clock.advanceMs(48 * hourMs);
        put("later", 0, 1'100);
        syncAndPump();
        checkAgainstTheBank();
    }

    void pendingRowsAndNewTextsDoNotTouchIt()
    {
        linkFrom("");
        world_->sync();
        const auto asked = world_->bank.accountsCalls;
        BankRow pending{"p", "checking", 400, day(-1)};
        pending.pending = true;
        world_->bank.put(pending);
        BankRow renamed = world_->bank.truth().at("a");
        renamed.name = "TEA";
        world_->bank.put(renamed);
        world_->sync();
        world_->bank.remove("p");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(asked, world_->bank.accountsCalls);
    }

    void aBalanceThatIsNotNamedIsAskedForAgainByTheNextSync()
    {
        put("a", -3, 2'000);
        world_->sync();
        world_->bank.namesBalances = false;
        link_ = world_->link(account_, "Assets:Checking", "", true);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("due"), link().opening);
        CPPUNIT_ASSERT_EQUAL(std::string("opening.no_balance"), world_->lastError->code);
        const auto openNotice = [&](store::Unit& unit)
        {
            store::NoticeRepository(unit, "main")
                .open(world_->random, store::notice::openingOutstanding, link_, "warning", "{}",
                    world_->clock.now());
            return success();
        };
        CPPUNIT_ASSERT(world_->plain.write(openNotice).ok());
        world_->bank.namesBalances = true;
        syncAndPump();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM notice WHERE cleared_at IS NULL"));
    }

    void aRestoredPluginMovesItInsteadOfBookingItTwice()
    {
        linkFrom(day(-10));
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   for (const char* table : {"account_link", "feed", "outbox",
                                            "bank_transaction", "sync_loop", "job"})
                                       unit.execute(std::string("DELETE FROM ") + table);
                                   unit.execute("UPDATE connection SET cursor = ''");
                                   return success();
                               })
                           .ok());
        world_->restart();
        world_->sync();
        world_->clock.advanceMs(1);
        link_ = world_->link(account_, "Assets:Checking", day(-5), true);
        world_->run();
        world_->pump();
        settleWithoutASync(); // What the books hold stands until it is measured anew.
        std::int64_t openings = 0;
        for (const auto& [key, entry] : world_->ledger.books.entries)
            openings += key.starts_with("ob1_") ? 1 : 0;
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, openings);
        checkAgainstTheBank();
    }

    void itWaitsWhileTheFeedIsWrittenAnew()
    {
        put("a", -3, 2'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", "", true);
        CPPUNIT_ASSERT(world_->runOne());
        setFeedState("rebuilding");
        const auto asked = world_->bank.accountsCalls;
        for (int i = 0; i < 5; ++i)
        {
            world_->clock.advanceMs(11'000);
            world_->runOne();
        }
        CPPUNIT_ASSERT_EQUAL(std::string("due"), link().opening);
        CPPUNIT_ASSERT_EQUAL(asked, world_->bank.accountsCalls);
        setFeedState("active");
        world_->run();
        world_->pump();
        checkAgainstTheBank();
    }

    void setFeedState(const char* state)
    {
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute("UPDATE feed SET state = $1", {state});
                                   return success();
                               })
                           .ok());
    }

    void aLaterLinkHasAnOpeningBalanceOfItsOwn()
    {
        linkFrom("");
        const std::int64_t before = world_->ledger.sum("Assets:Checking");
        world_->unlink(link_);
        world_->clock.advanceMs(1);
        link_ = world_->link(account_, "Assets:Other", day(1), true);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, link().openingOrdinal);
        CPPUNIT_ASSERT_EQUAL(before, world_->ledger.sum("Assets:Checking"));
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("checking"), world_->ledger.sum("Assets:Other"));
    }

    std::unique_ptr<testing::TestDatabase> database_;
    std::unique_ptr<SyncWorld> world_;
    std::string account_;
    std::string link_;
};

using OpeningAmendOnSqliteTest = OpeningAmendTest<store::Engine::Sqlite>;
using OpeningAmendOnPostgresqlTest = OpeningAmendTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(OpeningAmendOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(OpeningAmendOnPostgresqlTest);

namespace
{

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
