// What one run booked is one import; a person takes it back, and nothing but a person brings it
// into the books again.
#include "support/PluginBackup.h"
#include "support/SyncWorld.h"
#include "support/TestDatabase.h"

#include "delivery/LedgerEvents.h"
#include "store/ImportRepository.h"
#include "sync/FreedRows.h"
#include "sync/HeldDecision.h"
#include "sync/Imports.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

namespace bankfeed
{

using testing::BankRow;
using testing::SyncWorld;

template <store::Engine engine>
class ImportsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ImportsTest);
    CPPUNIT_TEST(eachRunMakesOneImportThatSaysWhatCausedIt);
    CPPUNIT_TEST(manyUnitsOfOneRunAreOneImport);
    CPPUNIT_TEST(anUndoTakesTheRowsOutOfTheBooksOnce);
    CPPUNIT_TEST(askingTwiceChangesNothing);
    CPPUNIT_TEST(thousandsOfRowsAreUndoneOverManyUnits);
    CPPUNIT_TEST(noSyncBringsThemBack);
    CPPUNIT_TEST(whatTheBankTakesBackAndShowsAgainStaysOut);
    CPPUNIT_TEST(newIdsDoNotBringThemBack);
    CPPUNIT_TEST(aTwinOfAnUndoneRowWaitsForAPerson);
    CPPUNIT_TEST(aNewLoginDoesNotBringThemBack);
    CPPUNIT_TEST(booksThatWereRestoredDoNotBringThemBack);
    CPPUNIT_TEST(aPluginRestoredFromBeforeTheUndoDoesNotBringThemBack);
    CPPUNIT_TEST(norWhenTheBankHasChangedThemSince);
    CPPUNIT_TEST(norWhenTheBankTakesThemBackAndShowsThemAgain);
    CPPUNIT_TEST(booksOfBeforeAPersonBookedOneAgainGetItAgain);
    CPPUNIT_TEST(theOpeningBalanceDoesNotMakeUpForThem);
    CPPUNIT_TEST(aPersonBooksOneAgain);
    CPPUNIT_TEST(aPersonBooksAllAgainAsTheBankShowsThemNow);
    CPPUNIT_TEST(aPersonBooksOneAgainWhoseEmptyEntryWasRemoved);
    CPPUNIT_TEST(soDoesWhoeverBooksAllAgain);
    CPPUNIT_TEST(oneThatWasRemovedBeforeTheBooksToldOfItIsImportedAgain);
    CPPUNIT_TEST(aPluginRestoredFromBeforeAPersonBookedOneAgainLeavesItInTheBooks);
    CPPUNIT_TEST(aPluginRestoredFromBeforeTheRowImportsARemovedOneAgain);
    CPPUNIT_TEST(noOpeningBalanceMakesUpForOneWhoseEntryWasRemoved);
    CPPUNIT_TEST(anUndoneRowIsNotLeftOutAgain);
    CPPUNIT_TEST(whatTheBankTookBackIsNotTouched);
    CPPUNIT_TEST(rowsThatAnotherAccountTookOverAreNotTouched);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        database_ = std::make_unique<testing::TestDatabase>(engine);
        world_ = std::make_unique<SyncWorld>(**database_, **database_, "main", 5);
        world_->bank.addAccount({"a", "USD", 1'000});
        world_->bank.addAccount({"b"});
    }
    void tearDown() override
    {
        world_.reset();
        database_.reset();
    }

private:
    static constexpr const char* books = "Assets:Checking";
    const store::Actor ada_{"u1", "Ada"};

    static std::string day(int i)
    {
        return "2026-01-" + std::string(i < 10 ? "0" : "") + std::to_string(i);
    }
    void put(const std::string& id, int on, std::int64_t units, const std::string& account = "a")
    {
        world_->bank.put({id, account, units, day(on)});
    }
    void syncAndDeliver()
    {
        world_->sync();
        world_->pump();
    }
    /// Three rows by the link, two by a sync. Gives the id of the latter's import.
    std::string twoImports(bool opening = false)
    {
        put("t1", 1, 100);
        put("t2", 2, 200);
        put("t3", 3, 400);
        world_->discover("a");
        world_->sync();
        link_ = world_->link("acc_main_a", books, "", opening);
        world_->run();
        world_->clock.advanceMs(1'000);
        put("t4", 4, 1'000);
        put("t5", 5, 2'000);
        syncAndDeliver();
        return imports().front().id;
    }
    std::vector<store::Import> imports()
    {
        return world_->look([&](store::Unit& unit)
            { return store::ImportRepository(unit, "main").page(0, "", 100); });
    }
    store::Import import(const std::string& id)
    {
        return *world_->look(
            [&](store::Unit& unit) { return store::ImportRepository(unit, "main").find(id); });
    }
    std::string ask(const std::string& id, bool undo = true)
    {
        const auto asked = world_->plain.write(
            [&](store::Unit& unit) -> Result<store::Import>
            {
                return (undo ? sync::askUndo : sync::askRedo)(
                    unit, "main", ada_, id, world_->random, world_->clock.now());
            });
        return asked.ok() ? "ok" : asked.error().code;
    }
    void undo(const std::string& id)
    {
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(id));
        world_->run();
        world_->pump();
    }
    std::string importAgain(const std::string& id)
    {
        const auto again = world_->plain.write(
            [&](store::Unit& unit)
            {
                return sync::importAgain(
                    unit, "main", ada_, {"acc_main_a", {id}}, world_->random, world_->clock.now());
            });
        world_->pump();
        return again.ok() ? "ok" : again.error().code;
    }
    std::string decide(const std::vector<std::string>& ids, sync::OverlapChoice choice,
        const std::string& account = "acc_main_a")
    {
        const auto decided = world_->plain.write(
            [&](store::Unit& unit) -> Result<std::int64_t>
            {
                sync::OverlapDecision decision;
                decision.bankAccountId = account;
                decision.transactions = ids;
                decision.choice = choice;
                return sync::decideHeld(
                    unit, "main", ada_, decision, world_->random, world_->clock.now());
            });
        world_->run();
        world_->pump();
        return decided.ok() ? "ok" : decided.error().code;
    }
    void assertStands(const std::string& id, std::string_view lane, std::string_view reason = {})
    {
        const auto row = world_->row(id);
        CPPUNIT_ASSERT_MESSAGE(id, row.has_value());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(id, std::string(lane), row->lane);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(id, std::string(reason), row->laneReason);
    }
    std::int64_t inBooks() { return world_->ledger.sum(books); }
    class NoWake final : public Wake
    {
    public:
        void wake(WakeReason) noexcept override {}
    };
    void tellRemoved(const std::string& id, std::uint32_t revision)
    {
        tellRemovedKey(world_->row(id)->rootKey, revision);
    }
    void tellRemovedKey(const std::string& key, std::uint32_t revision)
    {
        using delivery::LedgerEvent;
        LedgerEvent event{LedgerEvent::Kind::Entry, "e1", key};
        event.state = LedgerEvent::State::Removed;
        event.revision = revision;
        NoWake wake;
        delivery::LedgerEvents events(world_->plain, world_->clock, world_->random, wake);
        CPPUNIT_ASSERT(events.tell({"main", true, true, "", {event}}).ok());
    }
    /// A person removes it in the books, which tell of it.
    void removeEntry(const std::string& id)
    {
        const auto key = world_->row(id)->rootKey;
        world_->ledger.remove(key);
        tellRemovedKey(key, world_->ledger.books.entries.at(key).head.revision);
    }

    void eachRunMakesOneImportThatSaysWhatCausedIt()
    {
        const auto second = twoImports();
        const auto all = imports();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::string("sync"), all[0].cause);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, all[0].rows);
        CPPUNIT_ASSERT_EQUAL(std::string("link"), all[1].cause);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, all[1].rows);
        CPPUNIT_ASSERT_EQUAL(second, world_->row("t4")->importId);
        CPPUNIT_ASSERT_EQUAL(all[1].id, world_->row("t1")->importId);
        world_->bank.put({"t4", "a", 1'001, day(4)}); // An amend is no import.
        world_->bank.touch("t5");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, imports().size());
        CPPUNIT_ASSERT_EQUAL(second, world_->row("t4")->importId);
    }

    void manyUnitsOfOneRunAreOneImport()
    {
        for (int i = 0; i < 1'200; ++i)
            put("r" + std::to_string(i), 1 + i % 28, 10 + i);
        world_->discover("a");
        world_->sync();
        world_->link("acc_main_a", books);
        world_->run();
        for (int i = 0; i < 1'300; ++i)
            put("s" + std::to_string(i), 1 + i % 28, 10 + i);
        world_->bank.pageSize = 400;
        syncAndDeliver();
        const auto all = imports();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'300}, all[0].rows);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'200}, all[1].rows);
    }

    void anUndoTakesTheRowsOutOfTheBooksOnce()
    {
        const auto id = twoImports();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'700}, inBooks());
        undo(id);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, world_->ledger.voids);
        assertStands("t4", "held", "undone");
        assertStands("t5", "held", "undone");
        assertStands("t1", "booked");
        const auto done = import(id);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), done.state);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, done.doneCount);
        CPPUNIT_ASSERT(done.undoneAt.has_value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
            world_->count("SELECT COUNT(*) FROM audit WHERE action = 'import.undone'"));
    }

    void askingTwiceChangesNothing()
    {
        const auto id = twoImports();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(id));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(id));
        CPPUNIT_ASSERT_EQUAL(std::string("import.busy"), ask(id, false));
        world_->run();
        world_->pump();
        undo(id);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, world_->ledger.voids);
        CPPUNIT_ASSERT_EQUAL(std::string("import.unknown"), ask("imp_none"));
    }

    void thousandsOfRowsAreUndoneOverManyUnits()
    {
        for (int i = 0; i < 1'200; ++i)
            put("r" + std::to_string(i), 1 + i % 28, 10 + i);
        world_->discover("a");
        world_->link("acc_main_a", books);
        syncAndDeliver();
        undo(imports().front().id);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1'200}, world_->ledger.voids);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'200}, import(imports().front().id).doneCount);
    }

    void noSyncBringsThemBack()
    {
        undo(twoImports());
        world_->bank.put({"t4", "a", 1'234, day(6)}); // The bank changes one,
        world_->bank.touch("t5");
        world_->bank.cursorsSince = 1'000; // and everything is read anew.
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        assertStands("t4", "held", "undone");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'234}, world_->row("t4")->units);
    }

    void whatTheBankTakesBackAndShowsAgainStaysOut()
    {
        undo(twoImports());
        world_->bank.remove("t4");
        syncAndDeliver();
        assertStands("t4", "held", "undone");
        CPPUNIT_ASSERT(world_->row("t4")->removed);
        CPPUNIT_ASSERT_EQUAL(
            std::string("held.changed"), decide({"t4"}, sync::OverlapChoice::Book));
        put("t4", 4, 1'000);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        assertStands("t4", "held", "undone");
    }

    void newIdsDoNotBringThemBack()
    {
        const auto id = twoImports();
        undo(id);
        world_->bank.remove("t4");
        put("t4-again", 4, 1'000);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        assertStands("t4-again", "held", "undone");
        assertStands("t4", "voided");
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row("t4")->importId);
        CPPUNIT_ASSERT_EQUAL(id, world_->row("t4-again")->importId);
        // And the old id again, in place of the new one, in a loop of its own each.
        world_->bank.remove("t4-again");
        syncAndDeliver();
        put("t4", 4, 1'000);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        assertStands("t4", "held", "undone");
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700}, inBooks());
    }

    void aTwinOfAnUndoneRowWaitsForAPerson()
    {
        undo(twoImports());
        put("twin", 4, 1'000);
        put("other-day", 6, 1'000);
        syncAndDeliver();
        assertStands("twin", "held", "undone");
        assertStands("t4", "held", "undone");
        assertStands("other-day", "booked");
        put("third", 4, 1'000); // Its twin is there, and stands for one only.
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"twin"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000}, world_->row("twin")->sentUnits);
        assertStands("twin", "booked");
    }

    void aNewLoginDoesNotBringThemBack()
    {
        undo(twoImports());
        for (const auto& [id, row] : std::map(world_->bank.truth()))
            world_->bank.put({"new-" + id, "b", row.units, row.date});
        world_->bank.put({"fresh", "b", 7, day(9)});
        syncAndDeliver();
        world_->unlink(link_);
        const auto account = world_->discover("b");
        const bool done = world_->plain
                              .write(
                                  [&](store::Unit& unit) -> Result<void>
                                  {
                                      store::BankAccountRepository(unit, "main")
                                          .setFeed(account, world_->feedId("a"));
                                      return success();
                                  })
                              .ok();
        CPPUNIT_ASSERT(done);
        world_->link(account, books);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{707}, inBooks());
        assertStands("new-t4", "held", "undone");
        assertStands("new-t1", "booked");
        assertStands("t4", "gone");
        CPPUNIT_ASSERT_EQUAL(
            std::string("ok"), decide({"new-t4"}, sync::OverlapChoice::Book, account));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'707}, inBooks());
    }

    void booksThatWereRestoredDoNotBringThemBack()
    {
        const auto id = twoImports();
        const auto before = world_->ledger.books;
        undo(id);
        world_->ledger.books = before; // The books know nothing of the undo.
        world_->restart();
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        world_->ledger.books = {}; // Nor of anything.
        world_->restart();
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        assertStands("t4", "held", "undone");
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700}, inBooks());
    }

    void aPluginRestoredFromBeforeTheUndoDoesNotBringThemBack()
    {
        const auto id = twoImports();
        testing::PluginBackup backup(world_->plain);
        undo(id);
        backup.restore();
        world_->restart();
        put("t6", 6, 5);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{705}, inBooks());
        assertStands("t4", "held", "undone");
        assertStands("t5", "held", "undone");
    }

    /// Each as the plugin may find it: the feed is written anew before the sync, or behind it.
    void norWhenTheBankHasChangedThemSince()
    {
        const auto id = twoImports();
        testing::PluginBackup backup(world_->plain);
        undo(id);
        for (const bool syncFirst : {true, false})
        {
            auto changed = world_->bank.truth().at("t4");
            changed.name = syncFirst ? "Another text" : "And another";
            changed.units += 11;
            changed.date = day(syncFirst ? 7 : 8);
            world_->bank.put(changed);
            backup.restore();
            world_->restart();
            if (!syncFirst) world_->pump();
            syncAndDeliver();
            syncAndDeliver();
            CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
            assertStands("t4", "held", "undone");
            assertStands("t5", "held", "undone");
        }
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'722}, inBooks());
    }

    /// The backup is from before the bank showed them at all.
    void norWhenTheBankTakesThemBackAndShowsThemAgain()
    {
        twoImports();
        testing::PluginBackup backup(world_->plain);
        put("t6", 6, 5);
        syncAndDeliver();
        undo(imports().front().id);
        backup.restore();
        world_->restart();
        world_->bank.remove("t6");
        world_->bank.collapse = false; // The bank tells of it, though it never came.
        syncAndDeliver();
        world_->restart();
        syncAndDeliver();
        put("t6", 6, 5);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'700}, inBooks());
        assertStands("t6", "held", "undone");
    }

    void booksOfBeforeAPersonBookedOneAgainGetItAgain()
    {
        undo(twoImports());
        const auto before = world_->ledger.books;
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        world_->ledger.books = before;
        world_->restart();
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700}, inBooks());
        assertStands("t4", "booked");
        assertStands("t5", "held", "undone");
    }

    void theOpeningBalanceDoesNotMakeUpForThem()
    {
        const auto id = twoImports(true);
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a"), inBooks());
        undo(id);
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a") - 3'000, inBooks());
        world_->bank.putLate({"old", "a", 50, day(1)}); // It is measured again.
        world_->bank.put({"t5", "a", 2'222, day(5)});   // By the bank's word on an undone row, too.
        syncAndDeliver();
        world_->clock.advanceMs(86'400'000);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a") - 3'222, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4", "t5"}, sync::OverlapChoice::Book));
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a"), inBooks());
    }

    void aPersonBooksOneAgain()
    {
        const auto id = twoImports();
        undo(id);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700}, inBooks());
        assertStands("t4", "booked");
        CPPUNIT_ASSERT_EQUAL(id, world_->row("t4")->importId);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, imports().size());
        world_->bank.put({"t4", "a", 1'001, day(4)}); // It follows the bank again.
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'701}, inBooks());
        undo(id); // And may be undone again.
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
    }

    void aPersonBooksAllAgainAsTheBankShowsThemNow()
    {
        const auto id = twoImports();
        undo(id);
        world_->bank.put({"t4", "a", 1'111, day(4)});
        world_->bank.remove("t5");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(id, false));
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'811}, inBooks());
        assertStands("t4", "booked");
        assertStands("t5", "held", "undone");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, import(id).doneCount);
    }

    void aPersonBooksOneAgainWhoseEmptyEntryWasRemoved()
    {
        undo(twoImports());
        removeEntry("t4");
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700}, inBooks());
        assertStands("t4", "booked");
        tellRemoved("t4", 1'000); // The books tell of all removals anew.
        syncAndDeliver();
        assertStands("t4", "booked");
        world_->bank.put({"t4", "a", 1'001, day(4)}); // It follows the bank again.
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'701}, inBooks());
    }

    void soDoesWhoeverBooksAllAgain()
    {
        const auto id = twoImports();
        undo(id);
        removeEntry("t4");
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(id, false));
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'700}, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, import(id).doneCount);
        assertStands("t4", "booked");
    }

    void oneThatWasRemovedBeforeTheBooksToldOfItIsImportedAgain()
    {
        undo(twoImports());
        world_->ledger.remove(world_->row("t4")->rootKey); // Nobody has told of it.
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        assertStands("t4", "held", "removed");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), importAgain("t4"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700}, inBooks());
        assertStands("t4", "booked");
    }

    void aPluginRestoredFromBeforeAPersonBookedOneAgainLeavesItInTheBooks()
    {
        undo(twoImports());
        testing::PluginBackup backup(world_->plain);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700}, inBooks());
        for (const bool syncFirst : {true, false})
        {
            backup.restore();
            world_->restart();
            put("t4", 4, syncFirst ? 1'000 : 1'003);
            if (!syncFirst) world_->pump();
            syncAndDeliver();
            syncAndDeliver();
            CPPUNIT_ASSERT_EQUAL(std::int64_t{syncFirst ? 1'700 : 1'703}, inBooks());
            assertStands("t4", "booked");
            assertStands("t5", "held", "undone");
        }
        put("t4", 4, 1'001); // It follows the bank.
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'701}, inBooks());
    }

    /// Its mirror knows neither the row nor what the books were told of it.
    void aPluginRestoredFromBeforeTheRowImportsARemovedOneAgain()
    {
        twoImports();
        testing::PluginBackup backup(world_->plain);
        put("t6", 6, 4);
        syncAndDeliver();
        put("t6", 6, 5); // The head in the books is an amend.
        syncAndDeliver();
        const auto key = world_->row("t6")->rootKey;
        removeEntry("t6");
        for (const bool syncFirst : {true, false})
        {
            backup.restore();
            world_->restart();
            tellRemovedKey(key, world_->ledger.books.entries.at(key).head.revision);
            if (!syncFirst) world_->pump();
            syncAndDeliver();
            syncAndDeliver();
            CPPUNIT_ASSERT_EQUAL(std::int64_t{3'700}, inBooks());
            // Books that were asked first have told what they hold.
            assertStands("t6", syncFirst ? "held" : "booked", "removed");
        }
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), importAgain("t6"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'705}, inBooks());
        assertStands("t6", "booked");
        world_->restart(); // The feed is written anew once more.
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'705}, inBooks());
        put("t6", 6, 6); // It follows the bank again.
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'706}, inBooks());
    }

    void noOpeningBalanceMakesUpForOneWhoseEntryWasRemoved()
    {
        undo(twoImports(true));
        world_->ledger.remove(world_->row("t4")->rootKey);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t4"}, sync::OverlapChoice::Book));
        assertStands("t4", "held", "removed");
        world_->bank.putLate({"old", "a", 50, day(1)}); // It is measured again.
        syncAndDeliver();
        world_->clock.advanceMs(86'400'000);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a") - 3'000, inBooks());
    }

    void anUndoneRowIsNotLeftOutAgain()
    {
        undo(twoImports());
        CPPUNIT_ASSERT_EQUAL(
            std::string("held.choice"), decide({"t4"}, sync::OverlapChoice::LeaveOut));
        CPPUNIT_ASSERT_EQUAL(
            std::string("held.changed"), decide({"t1"}, sync::OverlapChoice::Book));
        world_->unlink(link_);
        CPPUNIT_ASSERT_EQUAL(
            std::string("held.not_linked"), decide({"t4"}, sync::OverlapChoice::Book));
        assertStands("t4", "held", "undone");
    }

    void whatTheBankTookBackIsNotTouched()
    {
        const auto id = twoImports();
        world_->bank.remove("t4");
        syncAndDeliver();
        undo(id);
        assertStands("t4", "voided");
        CPPUNIT_ASSERT_EQUAL(
            std::string("taken_back"), std::string(sync::protectedBy(*world_->row("t4"), {}, {})));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{700}, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, import(id).doneCount);
    }

    void rowsThatAnotherAccountTookOverAreNotTouched()
    {
        const auto id = twoImports();
        for (const auto& [row, truth] : std::map(world_->bank.truth()))
            world_->bank.put({"new-" + row, "b", truth.units, truth.date});
        syncAndDeliver();
        world_->unlink(link_);
        const auto account = world_->discover("b");
        const bool done = world_->plain
                              .write(
                                  [&](store::Unit& unit) -> Result<void>
                                  {
                                      store::BankAccountRepository(unit, "main")
                                          .setFeed(account, world_->feedId("a"));
                                      return success();
                                  })
                              .ok();
        CPPUNIT_ASSERT(done);
        world_->link(account, books);
        world_->run();
        world_->pump();
        const auto sum = inBooks();
        undo(id);
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        CPPUNIT_ASSERT_EQUAL(
            std::string("taken_over"), std::string(sync::protectedBy(*world_->row("t4"), {}, {})));
    }

    std::unique_ptr<testing::TestDatabase> database_;
    std::unique_ptr<SyncWorld> world_;
    std::string link_;
};

using ImportsOnSqlite = ImportsTest<store::Engine::Sqlite>;
using ImportsOnPostgresql = ImportsTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(ImportsOnSqlite);
CPPUNIT_TEST_SUITE_REGISTRATION(ImportsOnPostgresql);

} // namespace bankfeed
