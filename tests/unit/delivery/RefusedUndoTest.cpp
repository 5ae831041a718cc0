// A person takes an import back, and the books do not let its entries go now.
#include "DeliveryFixture.h"

#include "delivery/LedgerEvents.h"
#include "store/ImportRepository.h"
#include "store/RefusedRows.h"
#include "sync/Imports.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed
{

using delivery::LedgerEvent;
using testing::BankRow;

template <store::Engine engine>
class RefusedUndoTest final : public testing::DeliveryFixture
{
    CPPUNIT_TEST_SUITE(RefusedUndoTest);
    CPPUNIT_TEST(anUndoThatAClosedAccountRefusesIsCarriedOutWhenItIsOpen);
    CPPUNIT_TEST(anUndoThatAClosedPeriodRefusesIsCarriedOutWhenItIsOpen);
    CPPUNIT_TEST(aRefusedUndoOutlivesWhatTheBankSays);
    CPPUNIT_TEST(aRefusedUndoIsTakenBackByAPerson);
    CPPUNIT_TEST(whatWasUndoneBeforeTheBooksHadItStaysOut);
    CPPUNIT_TEST(entriesOfAnAccountThatIsToldClosedAreNotUndone);
    CPPUNIT_TEST_SUITE_END();

public:
    RefusedUndoTest() : DeliveryFixture(engine) {}

    void setUp() override
    {
        DeliveryFixture::setUp();
        events_.emplace(world_->database, world_->clock, world_->random, wake_);
        for (const char* id : {"a", "b"})
            world_->bank.put({id, "checking", 100, "2026-01-10"});
    }

    void anUndoThatAClosedAccountRefusesIsCarriedOutWhenItIsOpen()
    {
        settle();
        world_->ledger.refuses[books] = RefusalReason::AccountClosed;
        undo();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, inBooks());
        assertStands("booked", "account_closed");
        world_->ledger.refuses.clear();
        tell({LedgerEvent::Kind::Account, "ev-1", books});
        settle();
        assertIsUndone();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, world_->ledger.voids);
        settle();
        assertIsUndone();
    }

    void anUndoThatAClosedPeriodRefusesIsCarriedOutWhenItIsOpen()
    {
        settle();
        world_->ledger.closedThrough = "2026-01-31";
        undo();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, inBooks());
        assertStands("booked", "period_closed");
        world_->ledger.closedThrough.clear();
        world_->clock.advanceMs(61LL * 60 * 1000); // Nobody tells; the guess runs out.
        settle();
        assertIsUndone();
    }

    void aRefusedUndoOutlivesWhatTheBankSays()
    {
        settle();
        world_->ledger.closedThrough = "2026-01-31";
        undo();
        world_->bank.put({"a", "checking", 130, "2026-01-10"});
        world_->bank.remove("b");
        settle();
        assertStands("booked", "period_closed");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, inBooks());
        world_->ledger.closedThrough.clear();
        world_->clock.advanceMs(3LL * 3600 * 1000);
        settle();
        assertIsUndone();
        // The bank's word may come first, too, before the reason is looked at again.
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.amends);
    }

    void aRefusedUndoIsTakenBackByAPerson()
    {
        settle();
        world_->ledger.closedThrough = "2026-01-31";
        undo();
        ask(false);
        world_->ledger.closedThrough.clear();
        world_->clock.advanceMs(3LL * 3600 * 1000);
        settle();
        assertStands("booked", "");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, inBooks());
        check();
    }

    void whatWasUndoneBeforeTheBooksHadItStaysOut()
    {
        world_->sync(); // The posts wait in the outbox, and the voids behind them.
        ask(true);
        world_->ledger.closedThrough = "2026-01-31";
        settle();
        assertIsUndone();
        world_->ledger.closedThrough.clear();
        world_->clock.advanceMs(3LL * 3600 * 1000);
        settle();
        assertIsUndone();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, world_->ledger.posts);
    }

    void entriesOfAnAccountThatIsToldClosedAreNotUndone()
    {
        settle();
        write("INSERT INTO ledger_fact (tenant_id, kind, subject, value, revision, generation, "
              "tries, expires_at) VALUES ('main', 'account', 'Assets:checking', 'closed', 0, 0, 0, "
              "NULL)");
        const auto batches = world_->ledger.batches;
        undo();
        assertStands("booked", "");
        CPPUNIT_ASSERT_EQUAL(batches, world_->ledger.batches);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, imports().front().doneCount);
        const auto import = imports().front();
        world_->look(
            [&](store::Unit& unit)
            {
                store::ImportRepository repository(unit, "main");
                const UtcTime now = world_->clock.now();
                const auto count = repository.counts(import, now).front();
                CPPUNIT_ASSERT(count.accountClosed && !count.periodClosed);
                CPPUNIT_ASSERT_EQUAL(
                    std::size_t{2}, repository.elsewhere(import, "", 10, now).size());
                return 0;
            });
    }

private:
    static constexpr const char* books = "Assets:checking";

    void settle()
    {
        world_->sync();
        world_->pump();
        const auto waiting = world_->look(
            [&](store::Unit& unit) {
                return store::RefusedRows(unit, "main")
                    .connectionsWithFreed(world_->clock.now(), 9);
            });
        for (const auto& id : waiting)
            world_->ask(store::job::freed, id);
        world_->run();
        world_->pump();
    }
    std::vector<store::Import> imports()
    {
        return world_->look([&](store::Unit& unit)
            { return store::ImportRepository(unit, "main").page(0, "", 10); });
    }
    void ask(bool toUndo)
    {
        const auto id = imports().front().id;
        const auto asked = world_->plain.write(
            [&](store::Unit& unit)
            {
                return (toUndo ? sync::askUndo : sync::askRedo)(
                    unit, "main", {"u", "U"}, id, world_->random, world_->clock.now());
            });
        CPPUNIT_ASSERT(asked.ok());
        world_->run();
    }
    void undo()
    {
        ask(true);
        world_->pump();
        world_->run();
        world_->pump();
    }
    void tell(const LedgerEvent& event)
    {
        CPPUNIT_ASSERT(
            events_->tell({"main", false, false, events_->position("main")->eventId, {event}})
                .ok());
    }
    std::int64_t inBooks() { return world_->ledger.sum(books); }
    void assertStands(const std::string& lane, const std::string& reason)
    {
        for (const char* id : {"a", "b"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, lane, world_->row(id)->lane);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, reason, world_->row(id)->laneReason);
        }
    }
    void assertIsUndone()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inBooks());
        assertStands("held", "undone");
    }

    class NoWake final : public Wake
    {
    public:
        void wake(WakeReason) noexcept override {}
    };
    NoWake wake_;
    std::optional<delivery::LedgerEvents> events_;
};

using RefusedUndoOnSqliteTest = RefusedUndoTest<store::Engine::Sqlite>;
using RefusedUndoOnPostgresqlTest = RefusedUndoTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RefusedUndoOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RefusedUndoOnPostgresqlTest);

} // namespace bankfeed
