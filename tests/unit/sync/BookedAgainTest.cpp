// What was taken out of the books and is wanted back by a person: it comes once, and stays.
#include "ImportsFixture.h"

#include "delivery/LedgerEvents.h"
#include "support/PluginBackup.h"
#include "sync/FreedRows.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

template <store::Engine engine>
class BookedAgainTest final : public testing::ImportsFixture
{
    CPPUNIT_TEST_SUITE(BookedAgainTest);
    CPPUNIT_TEST(booksOfBeforeAPersonBookedOneAgainGetItAgain);
    CPPUNIT_TEST(aPersonBooksOneAgain);
    CPPUNIT_TEST(aPersonBooksAllAgainAsTheBankShowsThemNow);
    CPPUNIT_TEST(aPersonBooksOneAgainWhoseEmptyEntryWasRemoved);
    CPPUNIT_TEST(soDoesWhoeverBooksAllAgain);
    CPPUNIT_TEST(oneThatWasRemovedBeforeTheBooksToldOfItIsImportedAgain);
    CPPUNIT_TEST(aPluginRestoredFromBeforeAPersonBookedOneAgainLeavesItInTheBooks);
    CPPUNIT_TEST(aPluginRestoredFromBeforeTheRowImportsARemovedOneAgain);
    CPPUNIT_TEST(noOpeningBalanceMakesUpForOneWhoseEntryWasRemoved);
    CPPUNIT_TEST_SUITE_END();

public:
    BookedAgainTest() : ImportsFixture(engine) {}

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

private:
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

    /// A person removes it in the books, which tell of it.
    void removeEntry(const std::string& id)
    {
        const auto key = world_->row(id)->rootKey;
        world_->ledger.remove(key);
        tellRemovedKey(key, world_->ledger.books.entries.at(key).head.revision);
    }

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
        testing::NoWake wake;
        delivery::LedgerEvents events(world_->plain, world_->clock, world_->random, wake);
        CPPUNIT_ASSERT(events.tell({"main", true, true, "", {event}}).ok());
    }
};

using BookedAgainOnSqliteTest = BookedAgainTest<store::Engine::Sqlite>;
using BookedAgainOnPostgresqlTest = BookedAgainTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(BookedAgainOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(BookedAgainOnPostgresqlTest);

} // namespace bankfeed
