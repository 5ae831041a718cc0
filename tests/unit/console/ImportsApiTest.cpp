#include "store/BookFacts.h"
#include "store/ImportRepository.h"
#include "store/LedgerContent.h"
#include "store/TransactionRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class ImportsApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ImportsApiTest);
    CPPUNIT_TEST(importsComeNewestFirstInPages);
    CPPUNIT_TEST(anImportSaysWhatAnUndoWouldNotTouchAndWhy);
    CPPUNIT_TEST(whatLiesInAClosedPeriodIsNotSaidToBeUndone);
    CPPUNIT_TEST(anUndoIsAskedForOnceAndShown);
    CPPUNIT_TEST(keysOfPagesAreChecked);
    CPPUNIT_TEST_SUITE_END();

    /// Rows of an import as they may stand.
    static void putRow(store::Unit& unit, const std::string& connection, const std::string& account,
        const std::string& import, const std::string& id, std::string_view lane,
        std::string_view reason = {}, std::string_view mark = {})
    {
        store::TransactionRepository mirror(unit, World::tenant);
        store::BankTransaction row;
        row.connectionId = connection;
        row.providerTransactionId = id;
        row.providerAccountId = "a1";
        row.bankAccountId = account;
        row.amountExact = "1";
        row.units = 100;
        row.exponent = 2;
        row.currency = "USD";
        row.bookedOn = "2026-01-0" + std::string(1, id.back());
        row.name = "COFFEE";
        row.rootKey = "tx1_" + id;
        row.lane = lane;
        row.laneReason = reason;
        row.entryMark = mark;
        row.importId = import;
        auto change = store::changeOf(
            row, lane == store::lane::booked ? ChangeKind::Post : ChangeKind::Void, 1, "l1");
        store::noteSent(row, change);
        mirror.save({row});
    }

    struct Scene
    {
        std::string connection;
        std::string account;
        std::string import;
    };
    static Scene sceneIn(World& world)
    {
        Scene scene;
        scene.connection = world.connect();
        world.look(scene.connection, {shownAccount("a1", "Checking", "0000")});
        scene.account = world.account(scene.connection, "Checking").id;
        scene.import = world.write(
            [&](store::Unit& unit)
            {
                const auto id = store::ImportRepository(unit, World::tenant)
                                    .add({scene.connection, "r1", "link", "Ada Admin"}, 6,
                                        world.random, world.clock.now());
                const auto put = [&](const char* row, std::string_view lane,
                                     std::string_view reason = {}, std::string_view mark = {})
                { putRow(unit, scene.connection, scene.account, id, row, lane, reason, mark); };
                put("t1", "booked");
                put("t2", "booked", "", "reconciled");
                put("t3", "booked", "", "removed");
                put("t4", "voided");
                put("t5", "gone");
                put("t6", "held", "undone");
                return id;
            });
        return scene;
    }

public:
    void importsComeNewestFirstInPages()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ImportRepository imports(unit, World::tenant);
                        for (int i = 0; i < 51; ++i)
                            imports.add({connection, "run" + std::to_string(i), "sync", ""}, i + 1,
                                world.random, plusMs(world.clock.now(), i / 3));
                        imports.add({connection, "run50", "sync", ""}, 9, world.random,
                            world.clock.now()); // Another unit of the same run.
                    });
                const auto first = w.get("api/imports");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("asked_by,began_at,by,cause,connection_id,ended_at,"
                                "id,institution,rows_booked,state,undone_at"),
                    keysAt(first, "imports.0"));
                const auto next = at(first, "next");
                const auto second = w.get("api/imports?before=" + next);
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(second, "next"));
                at(second, "imports.0.id");
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{51}, world.count("SELECT COUNT(*) FROM import_batch"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{60},
                    world.count("SELECT row_count FROM import_batch WHERE run = 'run50'"));
            });
    }

    void anImportSaysWhatAnUndoWouldNotTouchAndWhy()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto scene = sceneIn(world);
                const auto shown = w.get("api/imports/" + scene.import);
                CPPUNIT_ASSERT_EQUAL(std::string("link"), at(shown, "cause"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(shown, "by"));
                CPPUNIT_ASSERT_EQUAL(std::string("6"), at(shown, "rows"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(shown, "can_undo"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(shown, "undone"));
                CPPUNIT_ASSERT_EQUAL(std::string("reconciled"), at(shown, "protected.0.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("removed"), at(shown, "protected.1.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("taken_back"), at(shown, "protected.2.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("taken_over"), at(shown, "protected.3.reason"));
                CPPUNIT_ASSERT_EQUAL(scene.account, at(shown, "accounts.0.bank_account_id"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(shown, "accounts.0.can_undo"));
                CPPUNIT_ASSERT_EQUAL(std::string("2026-01-06"), at(shown, "accounts.0.last_date"));
                const auto rows = w.get("api/imports/" + scene.import + "/protected");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("amount,bank_account_id,date,id,merchant,name,reason"),
                    keysAt(rows, "transactions.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("t2"), at(rows, "transactions.0.id"));
                CPPUNIT_ASSERT_EQUAL(std::string("taken_over"), at(rows, "transactions.3.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(rows, "next"));
            });
    }

    void whatLiesInAClosedPeriodIsNotSaidToBeUndone()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto scene = sceneIn(world);
                world.write([&](store::Unit& unit)
                    { store::BookFacts(unit, World::tenant).setPeriod("l1", "2026-01-31", 0); });
                const auto shown = w.get("api/imports/" + scene.import);
                CPPUNIT_ASSERT_EQUAL(std::string("0"), at(shown, "can_undo"));
                CPPUNIT_ASSERT_EQUAL(std::string("3"), at(shown, "booked"));
                CPPUNIT_ASSERT_EQUAL(std::string("period_closed"), at(shown, "protected.0.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(shown, "protected.0.count"));
                const auto rows = w.get("api/imports/" + scene.import + "/protected");
                CPPUNIT_ASSERT_EQUAL(std::string("t1"), at(rows, "transactions.0.id"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("period_closed"), at(rows, "transactions.0.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("reconciled"), at(rows, "transactions.1.reason"));
                // Another account's period, and one that ends earlier, are nothing to it.
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::BookFacts facts(unit, World::tenant);
                        facts.setPeriod("l1", "2025-12-31", 0);
                        facts.setPeriod("l2", "2026-01-31", 0);
                    });
                CPPUNIT_ASSERT_EQUAL(
                    std::string("1"), at(w.get("api/imports/" + scene.import), "can_undo"));
            });
    }

    void anUndoIsAskedForOnceAndShown()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto scene = sceneIn(world);
                const auto path = "api/imports/" + scene.import;
                const int wakes = world.wake.jobs;
                for (int i = 0; i < 2; ++i)
                    CPPUNIT_ASSERT_EQUAL(
                        std::string("undoing"), at(w.post(path + "/undo", "", 202), "state"));
                CPPUNIT_ASSERT(world.wake.jobs > wakes);
                CPPUNIT_ASSERT(world.jobAsked(store::job::import, scene.import));
                CPPUNIT_ASSERT_EQUAL(std::string("import.busy"),
                    at(w.post(path + "/redo", "{}", 409), "error.code"));
                CPPUNIT_ASSERT_EQUAL(std::string("undoing"), at(w.get(path), "state"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(w.get(path), "asked_by"));
                w.post("api/imports/imp_none/undo", "", 404);
            });
    }

    void keysOfPagesAreChecked()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        for (const char* key : {"x", "1", "1.", ".imp_1", "9999999999999999999999.imp_1"})
            CPPUNIT_ASSERT_EQUAL(std::string("console.query"),
                at(w.ask("GET", std::string("api/imports?before=") + key).body, "error.code"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImportsApiTest);

} // namespace bankfeed::testing
