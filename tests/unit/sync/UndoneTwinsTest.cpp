// Which of the rows that come anew an undone one stands for, and which it does not.
#include "unit/sync/SyncFixture.h"

#include "delivery/LedgerEvents.h"
#include "store/ImportRepository.h"
#include "sync/Booking.h"
#include "sync/FreedRows.h"
#include "sync/Imports.h"
#include "sync/UndoneRows.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class UndoneTwinsTest : public testing::TwoLoginsFixture
{
    CPPUNIT_TEST_SUITE(UndoneTwinsTest);
    CPPUNIT_TEST(ofTwoNewRowsOneTakesThePlaceOfAnUndoneOne);
    CPPUNIT_TEST(aRowOfAnotherAmountIsNotTheUndoneOneOfItsDay);
    CPPUNIT_TEST(aRowThatKeepsItsEntryIsNotTheUndoneOneOfTheSameMoney);
    CPPUNIT_TEST(aRowBeforeTheStartWaitsForTheStartAndNotForAPerson);
    CPPUNIT_TEST(aRowOfTheStartDateStaysOut);
    CPPUNIT_TEST(aRowOfAnotherLoginNamesNoImportOfThisOne);
    CPPUNIT_TEST(whatAnUnlinkedAccountHadUndoneIsNotBookedAgain);
    CPPUNIT_TEST(anEntryThatIsImportedAgainKeepsItsImport);
    CPPUNIT_TEST_SUITE_END();

public:
    UndoneTwinsTest() : TwoLoginsFixture(engine) {}

private:
    void put(const std::string& id, int on, std::int64_t units, const std::string& account = "old")
    {
        world_->bank.put({id, account, units, day(on)});
    }
    /// What the last run booked is undone.
    std::string undoLast()
    {
        const auto id = lastImport().id;
        ask(id, true);
        return id;
    }
    void ask(const std::string& id, bool undo)
    {
        write(
            [&](store::Unit& unit)
            {
                CPPUNIT_ASSERT((undo ? sync::askUndo : sync::askRedo)(
                    unit, "main", {"u", "U"}, id, world_->random, world_->clock.now())
                                   .ok());
            });
        world_->run();
        world_->pump();
    }
    store::Import lastImport()
    {
        return world_->look([&](store::Unit& unit)
            { return store::ImportRepository(unit, "main").page(0, "", 1).front(); });
    }
    std::int64_t inBooks() { return world_->ledger.sum(books); }
    int countUndone(const std::vector<std::string>& ids)
    {
        int count = 0;
        for (const auto& id : ids)
            count += sync::isUndone(*world_->row(id)) ? 1 : 0;
        return count;
    }
    void removeEntry(const std::string& id)
    {
        using delivery::LedgerEvent;
        const auto key = world_->row(id)->rootKey;
        world_->ledger.remove(key);
        LedgerEvent event{LedgerEvent::Kind::Entry, "e1", key};
        event.state = LedgerEvent::State::Removed;
        event.revision = world_->ledger.books.entries.at(key).head.revision;
        NoWake wake;
        delivery::LedgerEvents events(world_->plain, world_->clock, world_->random, wake);
        CPPUNIT_ASSERT(events.tell({"main", true, true, "", {event}}).ok());
    }
    class NoWake final : public Wake
    {
    public:
        void wake(WakeReason) noexcept override {}
    };

    void ofTwoNewRowsOneTakesThePlaceOfAnUndoneOne()
    {
        put("t", 4, 1'000);
        syncAndDeliver();
        undoLast();
        world_->bank.remove("t");
        put("n1", 4, 1'000);
        put("n2", 4, 1'000);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(1, countUndone({"n1", "n2"}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000}, inBooks());
    }

    void aRowOfAnotherAmountIsNotTheUndoneOneOfItsDay()
    {
        put("t4", 4, 1'000);
        put("t5", 5, 2'000);
        syncAndDeliver();
        undoLast();
        world_->bank.remove("t4");
        world_->bank.remove("t5");
        put("n4", 4, 2'000); // The day of one and the amount of the other.
        put("n5", 5, 1'000);
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(0, countUndone({"n4", "n5"}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'000}, inBooks());
    }

    void aRowThatKeepsItsEntryIsNotTheUndoneOneOfTheSameMoney()
    {
        put("o1", 4, 1'000);
        syncAndDeliver();
        put("o2", 4, 1'000);
        syncAndDeliver();
        undoLast();
        takeThePlace(books);
        world_->run();
        put("n1", 4, 1'000, "new");
        put("n2", 4, 1'000, "new");
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(1, countUndone({"n1", "n2"}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000}, inBooks());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, world_->ledger.posts); // Those of o1 and o2.
        const std::string booked = sync::isUndone(*world_->row("n1")) ? "n2" : "n1";
        assertStands(booked, "booked", "");
        world_->bank.remove(booked); // It is the one that the books have.
        syncAndDeliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
    }

    void aRowBeforeTheStartWaitsForTheStartAndNotForAPerson()
    {
        put("o", 4, 1'000);
        syncAndDeliver();
        undoLast();
        const auto link = takeThePlace(books, day(5));
        world_->run();
        put("n", 4, 1'000, "new");
        syncAndDeliver();
        assertStands("n", "before_start", link);
        assertStands("o", "held", "undone");
    }

    void aRowOfTheStartDateStaysOut()
    {
        put("o", 4, 1'000);
        syncAndDeliver();
        undoLast();
        takeThePlace(books, day(4));
        world_->run();
        put("n", 4, 1'000, "new");
        syncAndDeliver();
        assertStands("n", "held", "undone");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
    }

    /// An import is one connection's, and so is who may undo it.
    void aRowOfAnotherLoginNamesNoImportOfThisOne()
    {
        put("o", 4, 1'000);
        syncAndDeliver();
        const auto import = undoLast();
        auto row = *world_->row("o");
        row.connectionId = "con_other";
        row.bankAccountId = "acc_other";
        row.providerTransactionId = "n";
        row.rootKey = "t1_other";
        row.revision = 0;
        row.lane.clear();
        row.laneReason.clear();
        row.importId.clear();
        auto connection = world_->connection();
        write(
            [&](store::Unit& unit)
            {
                connection.id = row.connectionId;
                connection.providerConnectionId = "item-other";
                CPPUNIT_ASSERT(store::ConnectionRepository(unit, "main").insert(connection));
                store::LinkedAccount other;
                other.account =
                    *store::BankAccountRepository(unit, "main").findByFeed(world_->feedId("old"));
                other.account.id = *row.bankAccountId;
                other.account.connectionId = row.connectionId;
                other.account.providerAccountId = "other";
                CPPUNIT_ASSERT(store::BankAccountRepository(unit, "main").insert(other.account));
                other.link.emplace();
                other.link->ledgerAccountId = books;
                sync::UndoneRows undone(unit, "main");
                CPPUNIT_ASSERT(undone.load({other}));
                std::vector<sync::UndoneRows::Newcomer> newcomers{{&row}};
                undone.match(newcomers, {});
                CPPUNIT_ASSERT(newcomers.front().matched);
            });
        CPPUNIT_ASSERT(sync::isUndone(row));
        CPPUNIT_ASSERT_EQUAL(std::string(), row.importId);
        assertStands("o", "gone", "");
        CPPUNIT_ASSERT_EQUAL(import, world_->row("o")->importId);
    }

    void whatAnUnlinkedAccountHadUndoneIsNotBookedAgain()
    {
        put("o1", 4, 1'000);
        put("o2", 5, 2'000);
        syncAndDeliver();
        const auto import = undoLast();
        removeEntry("o1");
        world_->unlink(oldLink_);
        ask(import, false);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
        assertStands("o1", "held", "undone");
        assertStands("o2", "held", "undone");
    }

    void anEntryThatIsImportedAgainKeepsItsImport()
    {
        put("o", 4, 1'000);
        syncAndDeliver();
        const auto import = lastImport().id;
        removeEntry("o");
        world_->clock.advanceMs(1'000);
        const auto account = *world_->row("o")->bankAccountId;
        write(
            [&](store::Unit& unit)
            {
                CPPUNIT_ASSERT(sync::importAgain(
                    unit, "main", {"u", "U"}, {account, {"o"}}, world_->random, world_->clock.now())
                                   .ok());
            });
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000}, inBooks());
        CPPUNIT_ASSERT_EQUAL(import, world_->row("o")->importId);
        CPPUNIT_ASSERT_EQUAL(import, lastImport().id);
        undoLast();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
    }
};

using UndoneTwinsOnSqliteTest = UndoneTwinsTest<store::Engine::Sqlite>;
using UndoneTwinsOnPostgresqlTest = UndoneTwinsTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(UndoneTwinsOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(UndoneTwinsOnPostgresqlTest);

} // namespace bankfeed
