// What one run booked is one import, and a person takes it back as a whole.
#include "ImportsFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <string>

namespace bankfeed
{

template <store::Engine engine>
class ImportsTest final : public testing::ImportsFixture
{
    CPPUNIT_TEST_SUITE(ImportsTest);
    CPPUNIT_TEST(eachRunMakesOneImportThatSaysWhatCausedIt);
    CPPUNIT_TEST(manyUnitsOfOneRunAreOneImport);
    CPPUNIT_TEST(anUndoTakesTheRowsOutOfTheBooksOnce);
    CPPUNIT_TEST(askingTwiceChangesNothing);
    CPPUNIT_TEST(thousandsOfRowsAreUndoneOverManyUnits);
    CPPUNIT_TEST(theOpeningBalanceDoesNotMakeUpForThem);
    CPPUNIT_TEST(anUndoneRowIsNotLeftOutAgain);
    CPPUNIT_TEST(whatTheBankTookBackIsNotTouched);
    CPPUNIT_TEST(rowsThatAnotherAccountTookOverAreNotTouched);
    CPPUNIT_TEST_SUITE_END();

public:
    ImportsTest() : ImportsFixture(engine) {}

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
        feedFromNowOn(account);
        const auto sum = inBooks();
        undo(id);
        CPPUNIT_ASSERT_EQUAL(sum, inBooks());
        CPPUNIT_ASSERT_EQUAL(
            std::string("taken_over"), std::string(sync::protectedBy(*world_->row("t4"), {}, {})));
    }
};

using ImportsOnSqliteTest = ImportsTest<store::Engine::Sqlite>;
using ImportsOnPostgresqlTest = ImportsTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(ImportsOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(ImportsOnPostgresqlTest);

} // namespace bankfeed
