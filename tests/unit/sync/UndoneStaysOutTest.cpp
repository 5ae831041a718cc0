// What a person took out of the books stays out of them, whatever the bank, a new login or a backup
// brings.
#include "ImportsFixture.h"

#include "support/PluginBackup.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <string>

namespace bankfeed
{

template <store::Engine engine>
class UndoneStaysOutTest final : public testing::ImportsFixture
{
    CPPUNIT_TEST_SUITE(UndoneStaysOutTest);
    CPPUNIT_TEST(noSyncBringsThemBack);
    CPPUNIT_TEST(whatTheBankTakesBackAndShowsAgainStaysOut);
    CPPUNIT_TEST(newIdsDoNotBringThemBack);
    CPPUNIT_TEST(aTwinOfAnUndoneRowWaitsForAPerson);
    CPPUNIT_TEST(aNewLoginDoesNotBringThemBack);
    CPPUNIT_TEST(booksThatWereRestoredDoNotBringThemBack);
    CPPUNIT_TEST(aPluginRestoredFromBeforeTheUndoDoesNotBringThemBack);
    CPPUNIT_TEST(norWhenTheBankHasChangedThemSince);
    CPPUNIT_TEST(norWhenTheBankTakesThemBackAndShowsThemAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    UndoneStaysOutTest() : ImportsFixture(engine) {}

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
        feedFromNowOn(account);
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
};

using UndoneStaysOutOnSqliteTest = UndoneStaysOutTest<store::Engine::Sqlite>;
using UndoneStaysOutOnPostgresqlTest = UndoneStaysOutTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(UndoneStaysOutOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(UndoneStaysOutOnPostgresqlTest);

} // namespace bankfeed
