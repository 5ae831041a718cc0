// The sync loop against a bank that behaves and misbehaves, on both engines.

#include "SyncFixture.h"

#include "base/Limits.h"
#include "store/NoticeRepository.h"
#include "store/SyncLoopRepository.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>

namespace bankfeed
{

using testing::BankRow;
using testing::FaultyDatabase;
using testing::ScriptedBank;
using testing::SyncWorld;

template <store::Engine engine>
class SyncLoopTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(SyncLoopTest);
    CPPUNIT_TEST(aSmallSyncCommitsRowsOutboxAndCursorTogether);
    CPPUNIT_TEST(aLongSyncIsStagedSealedAndApplied);
    CPPUNIT_TEST(nothingIsStagedOfAConnectionThatEndedMeanwhile);
    CPPUNIT_TEST(whatWasSealedIsAppliedAfterTheAccessWasTakenBack);
    CPPUNIT_TEST(whatWasNotSealedIsDroppedAfterTheAccessWasTakenBack);
    CPPUNIT_TEST(noUnitWritesMoreRowsThanTheLimit);
    CPPUNIT_TEST(aMutationRestartsFromTheFirstPagesCursor);
    CPPUNIT_TEST(mutationsWithoutEndLeadToAResync);
    CPPUNIT_TEST(aResyncRemovesWhatTheBankShowsNoMore);
    CPPUNIT_TEST(aResyncConcludesNothingFromAVanishedAccount);
    CPPUNIT_TEST(aCursorOfNoUseLeadsToAResync);
    CPPUNIT_TEST(aBankThatRefusesEveryCursorIsAnErrorInTheEnd);
    CPPUNIT_TEST(aFailureOnALaterPageLeavesTheCursor);
    CPPUNIT_TEST(aRepeatedCursorIsAnError);
    CPPUNIT_TEST(pagesWithoutEndAreAnError);
    CPPUNIT_TEST(anEmptyFirstAnswerIsNotTheEnd);
    CPPUNIT_TEST(anIncompleteHistoryIsLookedAtAgain);
    CPPUNIT_TEST(aRemovedBookedRowBecomesAVoid);
    CPPUNIT_TEST(aRowShownAgainAfterAVoidIsAmended);
    CPPUNIT_TEST(aNoOpModificationWritesNothing);
    CPPUNIT_TEST(aNewGuessOfTheMerchantIsNotAnAmend);
    CPPUNIT_TEST(aChangedAmountIsAnAmendAimedWhereItWasPosted);
    CPPUNIT_TEST(theLaterPageWins);
    CPPUNIT_TEST(aPendingRowIsNotDeliveredAndItsPostedRowIs);
    CPPUNIT_TEST(rowsOfAnUnknownAccountAreHeldAndARefreshIsAskedFor);
    CPPUNIT_TEST(theStartDateIsJudgedOnce);
    CPPUNIT_TEST(overPreciseAmountsAreRoundedHalfEvenAndFlagged);
    CPPUNIT_TEST(whatTheBooksCannotHoldIsHeldWithItsReason);
    CPPUNIT_TEST(aBookedRowInAnotherCurrencyIsTakenBackInItsOwn);
    CPPUNIT_TEST(aPageThatAnotherSyncPassedOverWritesNothing);
    CPPUNIT_TEST(aPageOfALoopThatHasGoneOnMeanwhileIsNotStaged);
    CPPUNIT_TEST(aLostLeaseWritesNothing);
    CPPUNIT_TEST(aSyncThatGoesWellClearsTheNoticeOfRepeatedFailures);
    CPPUNIT_TEST(aPausedConnectionIsNotSynced);
    CPPUNIT_TEST_SUITE_END();

public:
    SyncLoopTest() : SyncFixture(engine) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"checking"});
        world_->bank.addAccount({"savings"});
    }

private:
    void aSmallSyncCommitsRowsOutboxAndCursorTogether()
    {
        linkChecking();
        world_->run();
        putRows(3);
        const auto units = faulty_->writeUnits;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(units + 1, faulty_->writeUnits);
        CPPUNIT_ASSERT_EQUAL(std::string("c3"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, world_->outbox("checking").size());
        CPPUNIT_ASSERT_EQUAL(std::string("complete"), world_->connection().history);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world_->connection().generation);
        CPPUNIT_ASSERT(world_->connection().lastSuccessAt.has_value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->wakesOfPump);
        world_->checkMirror();
    }

    /// Reads until the loop has that state, and at least `applied` rows are applied.
    void readUntil(std::string_view state, std::int64_t applied = 0)
    {
        world_->ask(store::job::sync, world_->connection().id);
        for (int i = 0; i < 200; ++i)
        {
            const auto loop = world_->look([&](store::Unit& unit)
                { return store::SyncLoopRepository(unit, "main").find(world_->connectionId); });
            if (loop && loop->state == state && loop->pages > 2 && loop->applied >= applied) return;
            CPPUNIT_ASSERT(world_->runOne());
        }
        CPPUNIT_FAIL("the loop never came so far");
    }

    void revoke(std::string_view state)
    {
        const auto done =
            (**database_)
                .write(
                    [&](store::Unit& unit) -> Result<void>
                    {
                        store::ConnectionRepository(unit, "main")
                            .setState(world_->connectionId, state, "USER_PERMISSION_REVOKED");
                        return success();
                    });
        CPPUNIT_ASSERT(done.ok());
    }

    void whatWasSealedIsAppliedAfterTheAccessWasTakenBack()
    {
        for (const std::int64_t applied : {0, 1})
        {
            tearDown();
            setUp();
            linkChecking();
            world_->run();
            world_->bank.pageSize = 500;
            putRows(2'100);
            readUntil(store::loopState::sealed, applied);
            const std::size_t calls = world_->bank.calls;
            revoke(store::connectionState::revoked);
            world_->run();
            CPPUNIT_ASSERT_EQUAL(calls, world_->bank.calls);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{2'100}, world_->count("SELECT COUNT(*) FROM outbox"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM job"));
            world_->checkMirror();
        }
    }

    void whatWasNotSealedIsDroppedAfterTheAccessWasTakenBack()
    {
        linkChecking();
        world_->run();
        world_->bank.pageSize = 500;
        putRows(3'000);
        readUntil(store::loopState::staging);
        const std::size_t calls = world_->bank.calls;
        revoke(store::connectionState::gone);
        world_->run();
        CPPUNIT_ASSERT_EQUAL(calls, world_->bank.calls);
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_loop"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM job"));
        // An access that comes back is read from where the last whole loop ended.
        revoke(store::connectionState::healthy);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'000}, world_->count("SELECT COUNT(*) FROM outbox"));
        world_->checkMirror();
    }

    void aLongSyncIsStagedSealedAndApplied()
    {
        linkChecking();
        world_->bank.pageSize = 7;
        putRows(60);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("c60"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_loop"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{60}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void nothingIsStagedOfAConnectionThatEndedMeanwhile()
    {
        linkChecking();
        world_->bank.pageSize = 7;
        putRows(60);
        world_->bank.afterPage = [&]
        {
            const auto ended = world_->plain.write(
                [&](store::Unit& unit) -> Result<void>
                {
                    store::ConnectionRepository(unit, world_->tenant)
                        .markRemoved(world_->connectionId, "disconnected", world_->clock.now());
                    return success();
                });
            CPPUNIT_ASSERT(ended.ok());
        };
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_loop"));
    }

    void noUnitWritesMoreRowsThanTheLimit()
    {
        linkChecking();
        putRows(1'234);
        world_->sync();
        CPPUNIT_ASSERT(faulty_->rowsInUnitMax <= static_cast<std::int64_t>(limits::rowsPerUnit));
        world_->checkMirror();
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aMutationRestartsFromTheFirstPagesCursor()
    {
        linkChecking();
        putRows(5);
        world_->sync();
        putRows(20, "checking", "u");
        world_->bank.pageSize = 7;
        world_->bank.calls = 0;
        world_->bank.cursorsAsked.clear();
        world_->bank.beforePage = [&](std::size_t call)
        {
            if (call == 3) world_->bank.put({"between", "checking", 5});
        };
        world_->sync();
        const std::vector<std::string> asked{
            "c5", "m5:25:7", "m5:25:14", "c5", "m5:26:7", "m5:26:14"};
        CPPUNIT_ASSERT(asked == world_->bank.cursorsAsked);
        CPPUNIT_ASSERT_EQUAL(std::string("c26"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_stage"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{26}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void mutationsWithoutEndLeadToAResync()
    {
        linkChecking();
        putRows(3);
        world_->sync();
        putRows(3, "checking", "u");
        world_->bank.cursorsAsked.clear();
        for (int i = 0; i <= limits::restartsPerLoop; ++i)
            world_->bank.failures.push_back(ScriptedBank::mutation());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->bank.cursorsAsked.back());
        CPPUNIT_ASSERT_EQUAL(std::size_t{7}, world_->bank.cursorsAsked.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void aResyncRemovesWhatTheBankShowsNoMore()
    {
        linkChecking();
        world_->bank.put({"old", "checking", 1, "2025-12-01"});
        putRows(12);
        world_->sync();
        world_->bank.remove("t3");
        world_->bank.cursorsSince = 1'000;
        world_->bank.pageSize = 5;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("voided"), lane("t3"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{14}, world_->outbox("checking").size());
        world_->checkMirror();
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aResyncConcludesNothingFromAVanishedAccount()
    {
        linkChecking();
        world_->link(world_->discover("savings"), "Assets:Savings");
        putRows(2, "checking", "c");
        putRows(2, "savings", "s");
        world_->sync();
        world_->bank.remove("s0");
        world_->bank.remove("s1");
        world_->bank.cursorsSince = 1'000;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("s0"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("savings").size());
    }

    void aCursorOfNoUseLeadsToAResync()
    {
        linkChecking();
        putRows(4);
        world_->sync();
        world_->bank.cursorsSince = 100;
        putRows(1, "checking", "u");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("c5"), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void aBankThatRefusesEveryCursorIsAnErrorInTheEnd()
    {
        putRows(4);
        world_->sync();
        for (int i = 0; i < 40; ++i)
            world_->bank.failures.push_back(ScriptedBank::badCursor());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("sync.keeps_changing"), world_->lastError->code);
        CPPUNIT_ASSERT_EQUAL(std::string("c4"), world_->connection().cursor);
        world_->bank.failures.clear();
        world_->sync();
        world_->checkMirror();
    }

    void aFailureOnALaterPageLeavesTheCursor()
    {
        linkChecking();
        putRows(30);
        world_->bank.pageSize = 7;
        const Error down = Error::retry("plaid.error", "The bank is down.");
        world_->bank.failures = {std::nullopt, std::nullopt, down, down, down, down};
        world_->sync();
        CPPUNIT_ASSERT(world_->lastError.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->connection().cursor);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM bank_transaction"));
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{30}, world_->outbox("checking").size());
        world_->checkMirror();
    }

    void aRepeatedCursorIsAnError()
    {
        putRows(3);
        world_->sync();
        world_->bank.repeatsCursor = true;
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("sync.cursor_repeats"), world_->lastError->code);
        CPPUNIT_ASSERT_EQUAL(std::string("c3"), world_->connection().cursor);
        world_->bank.repeatsCursor = false;
        putRows(2, "checking", "u");
        world_->sync();
        world_->checkMirror();
    }

    void pagesWithoutEndAreAnError()
    {
        // Thousands of units, and no statement that other tests do not have: one engine will do.
        if (engine != store::Engine::Sqlite) return;
        world_->bank.endless = true;
        world_->ask(store::job::sync, world_->connectionId);
        for (int i = 0; i < limits::pagesPerLoop; ++i)
            CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(std::string("sync.too_many_pages"), world_->lastError->code);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->connection().cursor);
        world_->bank.endless = false;
        putRows(2);
        world_->run();
        world_->checkMirror();
    }

    void anEmptyFirstAnswerIsNotTheEnd()
    {
        linkChecking();
        world_->bank.ready = false;
        putRows(2);
        world_->ask(store::job::sync, world_->connectionId);
        while (world_->runOne())
        {
        }
        CPPUNIT_ASSERT_EQUAL(std::string("not_ready"), world_->connection().history);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->bank.calls);
        for (const std::int64_t wait : {10'000, 30'000, 120'000, 600'000})
        {
            world_->clock.advanceMs(wait - 1);
            CPPUNIT_ASSERT(!world_->runOne());
            world_->clock.advanceMs(1);
            CPPUNIT_ASSERT(world_->runOne());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, world_->bank.calls);
        world_->bank.ready = true;
        world_->run();
        world_->checkMirror();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
    }

    void anIncompleteHistoryIsLookedAtAgain()
    {
        linkChecking();
        world_->bank.history = HistoryState::RecentReady;
        putRows(2);
        world_->ask(store::job::sync, world_->connectionId);
        while (world_->runOne())
        {
        }
        CPPUNIT_ASSERT_EQUAL(std::string("recent"), world_->connection().history);
        putRows(5, "checking", "older");
        world_->bank.history = HistoryState::Complete;
        world_->clock.advanceMs(10'000);
        CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(std::string("complete"), world_->connection().history);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->count("SELECT COUNT(*) FROM sync_loop"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM job WHERE kind <> 'proof'"));
        world_->checkMirror();
    }

    void aRemovedBookedRowBecomesAVoid()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        world_->bank.remove("t0");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("voided"), lane("t0"));
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, changes.size());
        CPPUNIT_ASSERT(changes[2].kind == ChangeKind::Void);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, changes[2].units);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, changes[2].revision);
        CPPUNIT_ASSERT_EQUAL(changes[0].rootKey, changes[2].rootKey);
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aRowShownAgainAfterAVoidIsAmended()
    {
        linkChecking();
        putRows(1);
        world_->sync();
        world_->bank.remove("t0");
        world_->sync();
        world_->bank.put({"t0", "checking", 250});
        world_->sync();
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, changes.size());
        CPPUNIT_ASSERT(changes[2].kind == ChangeKind::Amend);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{3}, changes[2].revision);
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aNoOpModificationWritesNothing()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        const auto before = world_->row("t1");
        world_->clock.advanceMs(1'000);
        world_->bank.touch("t1");
        world_->sync();
        const auto after = world_->row("t1");
        CPPUNIT_ASSERT_EQUAL(before->changedAt.ns, after->changedAt.ns);
        CPPUNIT_ASSERT_EQUAL(before->seenGeneration, after->seenGeneration);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
        CPPUNIT_ASSERT_EQUAL(std::string("c3"), world_->connection().cursor);
    }

    void aNewGuessOfTheMerchantIsNotAnAmend()
    {
        linkChecking();
        putRows(1);
        world_->sync();
        BankRow row = world_->bank.truth().at("t0");
        row.merchant = "Blue Bottle";
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("Blue Bottle"), world_->row("t0")->merchant);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->outbox("checking").size());
    }

    void aChangedAmountIsAnAmendAimedWhereItWasPosted()
    {
        const std::string account = world_->discover("checking");
        const std::string first = world_->link(account, "Assets:Old");
        putRows(1);
        world_->sync();
        world_->unlink(first);
        world_->clock.advanceMs(1);
        world_->link(account, "Assets:New");
        world_->bank.put({"t0", "checking", 777});
        putRows(1, "checking", "u");
        world_->sync();
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, changes.size());
        // A page is applied as added, modified, removed.
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:New"), changes[1].ledgerAccountId);
        CPPUNIT_ASSERT(changes[2].kind == ChangeKind::Amend);
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:Old"), changes[2].ledgerAccountId);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{777}, changes[2].units);
    }

    void theLaterPageWins()
    {
        linkChecking();
        world_->run();
        world_->bank.collapse = false;
        world_->bank.pageSize = 1;
        world_->bank.put({"x", "checking", 100});
        world_->bank.put({"x", "checking", 200});
        world_->bank.put({"y", "checking", 1});
        world_->bank.remove("y");
        world_->bank.put({"z", "checking", 5});
        world_->bank.remove("z");
        world_->bank.put({"z", "checking", 6});
        world_->sync();
        world_->checkMirror();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("z"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, world_->row("x")->units);
        CPPUNIT_ASSERT(!world_->row("y").has_value() || world_->row("y")->removed);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
    }

    void aPendingRowIsNotDeliveredAndItsPostedRowIs()
    {
        linkChecking();
        BankRow row{"p1", "checking", -500};
        row.pending = true;
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("pending"), lane("p1"));
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
        world_->bank.pageSize = 1;
        world_->bank.post("p1", "t1", -575);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("gone"), lane("p1"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("t1"));
        CPPUNIT_ASSERT_EQUAL(std::string("p1"), world_->row("t1")->pendingTransactionId);
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, changes.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-575}, changes[0].units);
        CPPUNIT_ASSERT_EQUAL(std::string("role:suspense"), changes[0].counterAccount);
    }

    void rowsOfAnUnknownAccountAreHeldAndARefreshIsAskedFor()
    {
        putRows(3);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->refreshed.size());
        CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("t0"));
        CPPUNIT_ASSERT(!world_->row("t0")->bankAccountId.has_value());
        linkChecking();
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("t0"));
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void theStartDateIsJudgedOnce()
    {
        linkChecking("2026-01-10");
        world_->bank.put({"before", "checking", 1, "2026-01-09"});
        world_->bank.put({"on", "checking", 2, "2026-01-10"});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), lane("before"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("on"));
        world_->bank.put({"before", "checking", 1, "2026-01-11"});
        world_->bank.put({"on", "checking", 2, "2026-01-08"});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), lane("before"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("on"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
    }

    void overPreciseAmountsAreRoundedHalfEvenAndFlagged()
    {
        linkChecking();
        BankRow row{"t", "checking", 0};
        row.exact = "10.125";
        world_->bank.put(row);
        world_->sync();
        const auto stored = world_->row("t");
        CPPUNIT_ASSERT_EQUAL(std::string("10.125"), stored->amountExact);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1012}, stored->units);
        CPPUNIT_ASSERT(stored->rounded);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1012}, world_->outbox("checking")[0].units);
        // What a bank that calculates in binary sends.
        row.id = "noise";
        row.exact = "-5.684341886080802e-14";
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string(row.exact), world_->row("noise")->amountExact);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("noise"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->row("noise")->units);
        CPPUNIT_ASSERT(world_->row("noise")->rounded);
    }

    void whatTheBooksCannotHoldIsHeldWithItsReason()
    {
        linkChecking();
        world_->bank.addAccount({"checking", "EUR"});
        world_->bank.put({"euro", "checking", 100});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("currency_differs"), world_->row("euro")->laneReason);
        world_->bank.addAccount({"checking", ""});
        world_->bank.put({"none", "checking", 100});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("no_currency"), world_->row("none")->laneReason);
        world_->bank.addAccount({"checking"});
        BankRow row{"large", "checking", 0};
        for (const char* large : {"92233720368547758.08", "-1e40", "100000000000000.01",
                 "-92233720368547000", "9999999999999999999999999999999999999999"})
        {
            row.exact = large;
            world_->bank.put(row);
            world_->sync();
            CPPUNIT_ASSERT_EQUAL(std::string(large), world_->row("large")->amountExact);
            CPPUNIT_ASSERT_EQUAL(std::string("overflow"), world_->row("large")->laneReason);
            CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("large"));
        }
        row.exact = "99...";
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("not_a_number"), world_->row("large")->laneReason);
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
    }

    void aBookedRowInAnotherCurrencyIsTakenBackInItsOwn()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        for (const char* other : {"EUR", "JPY", "XDR", ""})
        {
            world_->bank.addAccount({"checking", other});
            world_->bank.put({"t0", "checking", 900, "2026-01-20"});
            world_->sync();
            CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("t0"));
            const LedgerChange taken = world_->outbox("checking").back();
            CPPUNIT_ASSERT(taken.kind == ChangeKind::Void);
            CPPUNIT_ASSERT_EQUAL(std::string("USD"), taken.currency);
            CPPUNIT_ASSERT_EQUAL(2, taken.exponent);
            CPPUNIT_ASSERT_EQUAL(std::string("2026-01-15"), taken.bookedOn);
            world_->pump();
            world_->bank.addAccount({"checking"});
            world_->bank.put({"t0", "checking", 100});
            world_->sync();
            world_->pump();
            world_->checkBooks("checking", "Assets:Checking");
        }
    }

    void write(const std::string& sql)
    {
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   unit.execute(sql);
                                   return success();
                               })
                           .ok());
    }

    void aPageThatAnotherSyncPassedOverWritesNothing()
    {
        linkChecking();
        world_->run();
        for (const char* meanwhile : {"UPDATE connection SET generation = generation + 1",
                 "UPDATE connection SET cursor = 'another'"})
        {
            putRows(1);
            world_->bank.afterPage = [&] { write(meanwhile); };
            const auto cursor = world_->connection().cursor;
            world_->ask(store::job::sync, world_->connectionId);
            CPPUNIT_ASSERT(world_->runOne());
            CPPUNIT_ASSERT(!world_->bank.afterPage);
            CPPUNIT_ASSERT_EQUAL(
                std::int64_t{0}, world_->count("SELECT COUNT(*) FROM bank_transaction"));
            CPPUNIT_ASSERT(world_->outbox("checking").empty());
            write("UPDATE connection SET cursor = '" + cursor + "'");
        }
        world_->sync();
        world_->checkMirror();
    }

    void aPageOfALoopThatHasGoneOnMeanwhileIsNotStaged()
    {
        linkChecking();
        world_->run();
        world_->bank.pageSize = 2;
        putRows(7);
        for (const char* meanwhile :
            {"UPDATE sync_loop SET pages = pages + 1", "UPDATE sync_loop SET cursor = 'another'",
                "UPDATE sync_loop SET loop_id = 'loop_other'",
                "UPDATE sync_loop SET state = 'sealed'", "DELETE FROM sync_loop"})
        {
            world_->ask(store::job::sync, world_->connectionId);
            CPPUNIT_ASSERT(world_->runOne());
            const auto staged = world_->count("SELECT COUNT(*) FROM sync_stage");
            CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, staged);
            world_->bank.afterPage = [&] { write(meanwhile); };
            CPPUNIT_ASSERT(world_->runOne());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                meanwhile, staged, world_->count("SELECT COUNT(*) FROM sync_stage"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(meanwhile, std::string(), world_->connection().cursor);
            write("DELETE FROM sync_loop");
            write("DELETE FROM sync_stage");
            write("DELETE FROM job");
        }
        world_->sync();
        world_->checkMirror();
        CPPUNIT_ASSERT_EQUAL(std::size_t{7}, world_->outbox("checking").size());
    }

    void aLostLeaseWritesNothing()
    {
        linkChecking();
        world_->run();
        putRows(3);
        world_->bank.beforePage = [&](std::size_t)
        {
            // Somebody else takes the job over while the bank is slow.
            world_->bank.beforePage = nullptr;
            world_->clock.advanceMs(limits::jobLeaseMs + 1);
            const auto taken = world_->plain.write(
                [&](store::Unit& unit) -> Result<bool> {
                    return store::JobRepository(unit)
                        .claim(world_->clock.now(), limits::jobLeaseMs)
                        .has_value();
                });
            CPPUNIT_ASSERT(taken.ok() && *taken);
        };
        world_->ask(store::job::sync, world_->connectionId);
        CPPUNIT_ASSERT(world_->runOne());
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM bank_transaction"));
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->connection().cursor);
        world_->clock.advanceMs(limits::jobLeaseMs + 1);
        world_->run();
        world_->checkMirror();
    }

    void aSyncThatGoesWellClearsTheNoticeOfRepeatedFailures()
    {
        putRows(1);
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   store::NoticeRepository(unit, world_->tenant)
                                       .open(world_->random, store::notice::syncFailing,
                                           world_->connectionId, "warning", "{}",
                                           world_->clock.now());
                                   return success();
                               })
                           .ok());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0}, world_->count("SELECT COUNT(*) FROM notice WHERE cleared_at IS NULL"));
    }

    void aPausedConnectionIsNotSynced()
    {
        putRows(1);
        CPPUNIT_ASSERT(world_->plain
                           .write(
                               [&](store::Unit& unit) -> Result<void>
                               {
                                   store::ConnectionRepository(unit, "main")
                                       .pause(world_->connectionId, world_->clock.now(), "Ada");
                                   return success();
                               })
                           .ok());
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, world_->bank.calls);
    }
};

using SyncLoopOnSqliteTest = SyncLoopTest<store::Engine::Sqlite>;
using SyncLoopOnPostgresqlTest = SyncLoopTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(SyncLoopOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(SyncLoopOnPostgresqlTest);

} // namespace bankfeed
