// What people do in the books, and what becomes of the feed then: nothing that was removed comes
// back, and what the books do not take waits with its reason, while the rest goes on.
#include "EventsFixture.h"

#include "store/RefusedRows.h"
#include "support/PluginBackup.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed
{

using delivery::LedgerEvent;
using delivery::LedgerEventBatch;
using testing::BankRow;
using State = LedgerEvent::State;

template <store::Engine engine>
class LedgerEventsTest final : public testing::EventsFixture
{
    CPPUNIT_TEST_SUITE(LedgerEventsTest);
    CPPUNIT_TEST(aRemovedEntryDoesNotComeBackWhateverTheBankSays);
    CPPUNIT_TEST(aRemovedEntryDoesNotComeBackUnderANewId);
    CPPUNIT_TEST(aRemovedEntryDoesNotComeBackUnderANewIdThatComesFirst);
    CPPUNIT_TEST(aRemovedEntryDoesNotComeBackFromBooksThatForgotIt);
    CPPUNIT_TEST(aRemovedEntryDoesNotComeBackWhileTheBooksTellEverythingAnew);
    CPPUNIT_TEST(aRemovedEntryDoesNotComeBackFromARestoredPlugin);
    CPPUNIT_TEST(aChangeOnItsWayToARemovedEntryIsKeptBack);
    CPPUNIT_TEST(aRemovedEntryIsImportedAgainOnlyWhenAPersonWantsIt);
    CPPUNIT_TEST(aRemovalThatIsToldAgainDoesNotUndoAnImport);
    CPPUNIT_TEST(aLateRowWaitsForItsPeriodAndIsBookedOnceWhenItIsOpen);
    CPPUNIT_TEST(aLateRowThatTheBankTakesBackLeavesBooksThatHadItBeforeARestore);
    CPPUNIT_TEST(anAmendIntoAClosedPeriodWaitsAndTheEntryStays);
    CPPUNIT_TEST(booksThatRefuseWithoutAWordLeadToTheSameRows);
    CPPUNIT_TEST(theChangesOfOneRowWaitTogether);
    CPPUNIT_TEST(aReconciledEntryIsNeitherAmendedNorVoided);
    CPPUNIT_TEST(aClosedAccountTakesNothingUntilItIsOpen);
    CPPUNIT_TEST(aMergedAccountTakesItsFeedAlong);
    CPPUNIT_TEST(aMergeIntoAFedAccountLeavesItsOpeningBalanceAlone);
    CPPUNIT_TEST(eventsThatDoNotFollowAreRefusedAndNothingIsStored);
    CPPUNIT_TEST(whatIsNotToldAgainIsOverButRemovalsAreNot);
    CPPUNIT_TEST(nothingIsReplacedThatTheBooksMayHave);
    CPPUNIT_TEST_SUITE_END();

public:
    LedgerEventsTest() : EventsFixture(engine) {}

    void aRemovedEntryDoesNotComeBackWhateverTheBankSays()
    {
        const BankRow row = booked("a");
        removeInBooks(row);
        BankRow changed = row;
        changed.units += 11;
        world_->bank.put(changed);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
        world_->bank.remove(row.id);
        settle();
        world_->bank.put(row);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{1}, entry(row).head.revision);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        // The rest of the feed goes on.
        world_->bank.put({"b", "checking", 70});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{70}, world_->ledger.sum("Assets:checking"));
    }

    void aRemovedEntryDoesNotComeBackUnderANewId()
    {
        const BankRow row = booked("a");
        removeInBooks(row);
        BankRow again = row;
        again.id = "churned";
        world_->bank.remove(row.id);
        world_->bank.put(again);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum("Assets:checking"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->ledger.books.entries.size());
        again.units += 5;
        world_->bank.put(again);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum("Assets:checking"));
    }

    /// The bank takes the old one back in a later loop: until then nobody knows.
    void aRemovedEntryDoesNotComeBackUnderANewIdThatComesFirst()
    {
        const BankRow row = booked("a");
        removeInBooks(row);
        BankRow again = row;
        again.id = "churned";
        world_->bank.put(again);
        world_->bank.put({"third", "checking", 100, row.date});
        world_->bank.put({"other", "checking", 7, row.date});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("undone"), world_->row("churned")->laneReason);
        // One that was removed stands for one.
        CPPUNIT_ASSERT_EQUAL(std::int64_t{107}, world_->ledger.sum("Assets:checking"));
        world_->bank.remove(row.id);
        settle();
        again.merchant = "Blue Bottle";
        world_->bank.put(again);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{107}, world_->ledger.sum("Assets:checking"));
    }

    void aRemovedEntryDoesNotComeBackFromBooksThatForgotIt()
    {
        booked("first");
        const auto backup = world_->ledger.books;
        const BankRow row = booked("a");
        removeInBooks(row);
        world_->ledger.books = backup; // Older than the row itself.
        world_->restart();
        settle();
        CPPUNIT_ASSERT(!world_->ledger.books.entries.contains(world_->rootKey(row)));
        tell({}, true, true);
        BankRow changed = row;
        changed.units += 3;
        world_->bank.put(changed);
        settle();
        CPPUNIT_ASSERT(!world_->ledger.books.entries.contains(world_->rootKey(row)));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, world_->ledger.sum("Assets:checking"));
    }

    void aRemovedEntryDoesNotComeBackWhileTheBooksTellEverythingAnew()
    {
        booked("first");
        const auto backup = world_->ledger.books;
        const BankRow row = booked("a");
        setEntry(row, State::Reconciled);
        setEntry(row, State::Plain);
        removeInBooks(row);
        const auto told = told_;
        world_->ledger.books = backup; // Nothing there refuses the row.
        world_->restart();
        settle();
        tell({told[0], told[1]}, true, false);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(row.id)->entryMark);
        world_->clock.advanceMs(61'000);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, world_->ledger.sum("Assets:checking"));
        tell({told[2]}, false, true);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(row.id)->entryMark);
        // What they say last counts, when they have come to their end.
        LedgerEvent putBack = told[1];
        putBack.id = nextId();
        tell({told[0], told[1], told[2], putBack}, true, false);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(row.id)->entryMark);
        tell({}, false, true);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row(row.id)->entryMark);
        world_->clock.advanceMs(61'000);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, world_->ledger.sum("Assets:checking"));
    }

    void aRemovedEntryDoesNotComeBackFromARestoredPlugin()
    {
        testing::PluginBackup backup(**database_);
        backup.take();
        const BankRow row = booked("a");
        removeInBooks(row);
        const auto told = told_;
        backup.restore(); // It knows neither the row nor the removal.
        world_->restart();
        tell(told, true, true);
        settle();
        world_->restart();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{1}, entry(row).head.revision);
        // It says so.
        CPPUNIT_ASSERT_EQUAL(std::string("held"), world_->row(row.id)->lane);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(row.id)->laneReason);
    }

    void aChangeOnItsWayToARemovedEntryIsKeptBack()
    {
        const BankRow row = booked("a");
        BankRow changed = row;
        changed.units += 11;
        world_->bank.put(changed);
        world_->bank.put({"b", "checking", 70});
        world_->sync(); // In the outbox, not sent.
        world_->ledger.remove(world_->rootKey(row));
        world_->pump(); // The books refuse by themselves: nobody has told.
        CPPUNIT_ASSERT_EQUAL(std::int64_t{70}, world_->ledger.sum("Assets:checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(row.id)->entryMark);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world_->row(row.id)->revision);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{70}, world_->ledger.sum("Assets:checking"));
    }

    void aRemovedEntryIsImportedAgainOnlyWhenAPersonWantsIt()
    {
        const BankRow row = booked("a");
        removeInBooks(row);
        importAgain(row);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, entry(row).head.revision);
        check();
        BankRow changed = row;
        changed.units += 4;
        world_->bank.put(changed);
        settle();
        check();
    }

    void aRemovalThatIsToldAgainDoesNotUndoAnImport()
    {
        const BankRow row = booked("a");
        removeInBooks(row);
        importAgain(row);
        tell(told_, true, true); // Before the change is delivered.
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        // A person removes it once more: that counts.
        removeInBooks(row);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(row.id)->entryMark);
    }

    void aLateRowWaitsForItsPeriodAndIsBookedOnceWhenItIsOpen()
    {
        booked("a");
        close("2026-10-31");
        world_->bank.put({"late", "checking", 40, "2026-10-30"});
        world_->bank.put({"new", "checking", 7, "2026-11-10"});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{107}, world_->ledger.sum("Assets:checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("held"), world_->row("late")->lane);
        CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), world_->row("late")->laneReason);
        CPPUNIT_ASSERT(refusalNoticeOpen());
        const auto posts = world_->ledger.posts;
        close("");
        settle();
        CPPUNIT_ASSERT_EQUAL(posts + 1, world_->ledger.posts);
        CPPUNIT_ASSERT(!refusalNoticeOpen());
        check();
    }

    /// The restored mirror never told of it, because its period was closed when the row came.
    void aLateRowThatTheBankTakesBackLeavesBooksThatHadItBeforeARestore()
    {
        booked("a");
        testing::PluginBackup backup(**database_);
        const BankRow late = booked("late");
        backup.restore();
        world_->restart();
        close("2026-01-31");
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), world_->row("late")->laneReason);
        world_->bank.remove(late.id);
        settle();
        close("");
        world_->restart();
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(late).units);
        CPPUNIT_ASSERT_EQUAL(std::string("voided"), world_->row("late")->lane);
        check();
    }

    void anAmendIntoAClosedPeriodWaitsAndTheEntryStays()
    {
        const BankRow row = booked("a");
        close("2026-12-31");
        BankRow changed = row;
        changed.units += 9;
        world_->bank.put(changed);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row(row.id)->lane);
        CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), world_->row(row.id)->laneReason);
        close("2026-01-10");
        settle();
        check();
    }

    void booksThatRefuseWithoutAWordLeadToTheSameRows()
    {
        booked("a");
        world_->ledger.closedThrough = "2026-10-31";
        for (int i = 0; i < 5; ++i)
            world_->bank.put(
                {"late" + std::to_string(i), "checking", 40, "2026-10-2" + std::to_string(i)});
        world_->bank.put({"new", "checking", 7, "2026-11-10"});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{107}, world_->ledger.sum("Assets:checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        CPPUNIT_ASSERT(!noticeOpen("checking"));
        CPPUNIT_ASSERT(refusalNoticeOpen());
        CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), world_->row("late3")->laneReason);
        // Still closed after an hour: the same again, and nothing worse.
        world_->clock.advanceMs(61LL * 60 * 1000);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{107}, world_->ledger.sum("Assets:checking"));
        world_->ledger.closedThrough.clear();
        world_->clock.advanceMs(3LL * 3600 * 1000);
        settle();
        check();
        CPPUNIT_ASSERT(!refusalNoticeOpen());
    }

    void theChangesOfOneRowWaitTogether()
    {
        BankRow row{"a", "checking", 100, "2026-10-30"};
        world_->bank.put(row);
        world_->sync();
        row.units = 150;
        world_->bank.put(row);
        world_->bank.put({"b", "checking", 7, "2026-11-10"});
        world_->sync(); // A post and its amend wait in the outbox.
        close("2026-10-31");
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, world_->ledger.sum("Assets:checking"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->row("a")->revision);
        CPPUNIT_ASSERT_EQUAL(feed().nextSeq - 1, feed().ackedSeq);
        close("");
        settle();
        check();
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{1}, entry(row).head.revision);
    }

    void aReconciledEntryIsNeitherAmendedNorVoided()
    {
        const BankRow row = booked("a");
        setEntry(row, State::Reconciled);
        world_->ledger.books.entries.at(world_->rootKey(row)).reconciled = true;
        BankRow changed = row;
        changed.units += 9;
        world_->bank.put(changed);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::string("reconciled"), world_->row(row.id)->laneReason);
        world_->bank.remove(row.id);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        world_->bank.put(changed);
        settle();
        setEntry(row, State::Plain);
        world_->ledger.books.entries.at(world_->rootKey(row)).reconciled = false;
        settle();
        check();
        CPPUNIT_ASSERT(!refusalNoticeOpen());
    }

    void aClosedAccountTakesNothingUntilItIsOpen()
    {
        booked("a");
        world_->ledger.refuses["Assets:checking"] = RefusalReason::AccountClosed;
        putRows(4, "b");
        putRows(2, "s", "savings");
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, world_->ledger.sum("Assets:checking"));
        CPPUNIT_ASSERT_EQUAL(std::string("account_closed"), world_->row("b2")->laneReason);
        CPPUNIT_ASSERT_EQUAL(std::string("active"), feed().state);
        world_->ledger.refuses.clear();
        LedgerEvent open{LedgerEvent::Kind::Account, nextId(), "Assets:checking"};
        tell({open});
        settle();
        check();
    }

    void aMergedAccountTakesItsFeedAlong()
    {
        const BankRow row = booked("a");
        LedgerEvent merge{LedgerEvent::Kind::AccountMerged, nextId(), "Assets:checking"};
        merge.into = "Assets:all";
        tell({merge});
        booked("b");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, world_->ledger.sum("Assets:all"));
        // An older entry keeps the name under which it was told.
        BankRow changed = row;
        changed.units = 130;
        world_->bank.put(changed);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:checking"), entry(row).ledgerAccountId);
        const auto told = world_->look([](store::Unit& unit)
            { return store::TransactionRepository(unit, "main").toldIn("Assets:all").units; });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{230}, told);
    }

    /// Both are fed: what came from the other is not what this one's opening balance is about.
    void aMergeIntoAFedAccountLeavesItsOpeningBalanceAlone()
    {
        booked("a");
        world_->bank.put({"s", "savings", 40});
        settle();
        LedgerEvent merge{LedgerEvent::Kind::AccountMerged, nextId(), "Assets:checking"};
        merge.into = "Assets:savings";
        tell({merge});
        const auto told = [&](const char* account)
        {
            return world_->look([&](store::Unit& unit)
                { return store::TransactionRepository(unit, "main").toldIn(account).units; });
        };
        CPPUNIT_ASSERT_EQUAL(std::int64_t{40}, told("Assets:savings"));
        world_->bank.put({"s2", "savings", 2});
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{42}, told("Assets:savings"));
    }

    void eventsThatDoNotFollowAreRefusedAndNothingIsStored()
    {
        const BankRow row = booked("a");
        LedgerEventBatch batch{"main", false, false, "nobody", {removal(row)}};
        const auto told = events_->tell(batch);
        CPPUNIT_ASSERT(!told.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("events.position"), told.error().code);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row(row.id)->entryMark);
        CPPUNIT_ASSERT_EQUAL(std::string(), events_->position("main")->eventId);
    }

    void whatIsNotToldAgainIsOverButRemovalsAreNot()
    {
        const BankRow removed = booked("a");
        const BankRow reconciled = booked("b");
        removeInBooks(removed);
        setEntry(reconciled, State::Reconciled);
        close("2026-10-31");
        world_->bank.put({"late", "checking", 40, "2026-10-30"});
        settle();
        world_->ledger.closedThrough.clear(); // Books that were restored from a backup.
        tell({}, true, true);
        CPPUNIT_ASSERT(!events_->position("main")->retelling);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row(reconciled.id)->entryMark);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(removed.id)->entryMark);
        world_->clock.advanceMs(61'000);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("late")->lane);
    }

    void nothingIsReplacedThatTheBooksMayHave()
    {
        booked("a");
        putRows(3, "b");
        world_->sync();
        world_->ledger.refuses["Assets:checking"] = RefusalReason::PeriodClosed;
        // Somebody else delivers between the refusal and the question how far the books are.
        world_->ledger.beforeWatermark = [&, calls = 0]() mutable
        {
            if (++calls != 2) return;
            world_->ledger.refuses.clear();
            world_->ledger.books.watermarks.at(world_->feedId("checking")).lastSeq += 3;
        };
        const auto report = relayOf()->pump(16, 1'000);
        CPPUNIT_ASSERT(report.ok());
        for (const auto& change : world_->outbox("checking"))
            CPPUNIT_ASSERT(change.kind != ChangeKind::Noop);
    }

private:
    std::unique_ptr<delivery::Relay> relayOf()
    {
        return std::make_unique<delivery::Relay>(
            world_->database, world_->ledger, world_->clock, world_->random, world_->log);
    }
    LedgerEvent removal(const BankRow& row) { return entryEvent(row, State::Removed); }
    void removeInBooks(const BankRow& row)
    {
        world_->ledger.remove(world_->rootKey(row));
        tell({removal(row)});
    }
    void setEntry(const BankRow& row, State state) { tell({entryEvent(row, state)}); }
    bool refusalNoticeOpen()
    {
        return world_->look([](store::Unit& unit)
            { return store::NoticeRepository(unit, "main").anyOpen(store::notice::rowsRefused); });
    }
};

using LedgerEventsOnSqliteTest = LedgerEventsTest<store::Engine::Sqlite>;
using LedgerEventsOnPostgresqlTest = LedgerEventsTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(LedgerEventsOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(LedgerEventsOnPostgresqlTest);

} // namespace bankfeed
