// Opening balances that the bank's later words move: late history, rows before the start, balances
// that run ahead of their rows or behind them. In the end the books show what the bank shows.
#include "SyncFixture.h"

#include "base/Date.h"
#include "store/NoticeRepository.h"
#include "sync/HeldDecision.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

using testing::BankRow;

namespace
{

constexpr std::int64_t february = 1'769'904'000; // 2026-02-01T00:00:00Z
constexpr std::int64_t hourMs = 3'600'000;

} // namespace

template <store::Engine engine>
class OpeningAmendTest final : public testing::SyncFixture
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
    OpeningAmendTest() : SyncFixture(engine, 11) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->clock.jumpTo({february * nsPerSecond});
        world_->bank.addAccount({"checking", "USD", 100'000});
        account_ = world_->discover("checking");
    }

    void aRowThatAPersonBooksIsMeasuredWithoutASync()
    {
        world_.reset();
        openDatabase();
        beginWorld({true});
        world_->bank.addAccount({"checking", "USD", 100'000});
        account_ = world_->discover("checking");
        BankRow precise{"p", "checking", 150, dayFromNow(-3)};
        precise.exact = "1.505";
        world_->bank.put(precise);
        put("a", -30, 10'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", "", true);
        settle();
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
        settle();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
    }

    void rowsOfAPeriodThatIsOpenAgainAreMeasuredWithoutASync()
    {
        closeThrough(dayFromNow(-20));
        put("a", -30, 10'000);
        put("c", -3, 2'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", "", true);
        settle();
        closeThrough("");
        settle();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("a")->lane);
    }

    void oneThatWaitsAloneForItsPeriodIsToldWhenItIsOpen()
    {
        closeThrough(dayFromNow(-20));
        put("c", -3, 2'000);
        world_->sync();
        link_ = world_->link(account_, "Assets:Checking", dayFromNow(-30), true);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2'000}, world_->ledger.sum("Assets:Checking"));
        closeThrough("");
        settle();
        CPPUNIT_ASSERT_EQUAL(
            world_->bank.balance("checking"), world_->ledger.sum("Assets:Checking"));
    }

    void historyThatComesLateAmendsIt()
    {
        linkFrom("");
        world_->bank.putLate({"old", "checking", 30'000, dayFromNow(-60)});
        world_->bank.putLate({"old2", "checking", 5'000, dayFromNow(-45)});
        syncAndDeliver();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(dayFromNow(-60), link().openingOn);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{65'000}, link().openingUnits);
    }

    void lateHistoryInSeveralUnitsAmendsItOnce()
    {
        linkFrom("");
        const auto before = world_->bank.accountsCalls;
        world_->bank.pageSize = 100;
        for (int i = 0; i < 1'100; ++i)
            world_->bank.putLate({"old" + std::to_string(i), "checking", 10 + i, dayFromNow(-60)});
        syncAndDeliver();
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
        syncAndDeliver();
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
        syncAndDeliver();
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
        syncAndDeliver();
        put("new", 0, -7'500);
        syncAndDeliver();
        world_->bank.balancesShown.clear();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, link().openingRevision);
        CPPUNIT_ASSERT_EQUAL(asked, world_->bank.accountsCalls);
    }

    void rowsBeforeTheStartMoveItWhenTheyComeChangeOrGo()
    {
        linkFrom(dayFromNow(-10));
        put("backdated", -12, 5'500);
        syncAndDeliver();
        checkAgainstTheBank();
        put("b", -25, 950);
        syncAndDeliver();
        checkAgainstTheBank();
        world_->bank.remove("a");
        syncAndDeliver();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("backdated")->lane);
    }

    void aStartTomorrowFollowsTheRowsOfToday()
    {
        linkFrom(dayFromNow(1));
        put("today", 0, 3'300);
        syncAndDeliver();
        checkAgainstTheBank();
        world_->clock.advanceMs(48 * hourMs);
        put("later", 0, 1'100);
        syncAndDeliver();
        checkAgainstTheBank();
    }

    void pendingRowsAndNewTextsDoNotTouchIt()
    {
        linkFrom("");
        world_->sync();
        const auto asked = world_->bank.accountsCalls;
        BankRow pending{"p", "checking", 400, dayFromNow(-1)};
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
        syncAndDeliver();
        checkAgainstTheBank();
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM notice WHERE cleared_at IS NULL"));
    }

    void aRestoredPluginMovesItInsteadOfBookingItTwice()
    {
        linkFrom(dayFromNow(-10));
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
        link_ = world_->link(account_, "Assets:Checking", dayFromNow(-5), true);
        world_->run();
        world_->pump();
        settle(); // What the books hold stands until it is measured anew.
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

    void aLaterLinkHasAnOpeningBalanceOfItsOwn()
    {
        linkFrom("");
        const std::int64_t before = world_->ledger.sum("Assets:Checking");
        world_->unlink(link_);
        world_->clock.advanceMs(1);
        link_ = world_->link(account_, "Assets:Other", dayFromNow(1), true);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, link().openingOrdinal);
        CPPUNIT_ASSERT_EQUAL(before, world_->ledger.sum("Assets:Checking"));
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("checking"), world_->ledger.sum("Assets:Other"));
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

    std::string dayFromNow(int offset)
    {
        return Date::ofUtc(world_->clock.now()).plusDays(offset).text();
    }

    void put(const std::string& id, int offset, std::int64_t units)
    {
        world_->bank.put({id, "checking", units, dayFromNow(offset)});
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

    void setFeedState(const char* state)
    {
        write([&](store::Unit& unit) { unit.execute("UPDATE feed SET state = $1", {state}); });
    }

    std::string account_;
    std::string link_;
};

using OpeningAmendOnSqliteTest = OpeningAmendTest<store::Engine::Sqlite>;
using OpeningAmendOnPostgresqlTest = OpeningAmendTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(OpeningAmendOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(OpeningAmendOnPostgresqlTest);

} // namespace bankfeed
