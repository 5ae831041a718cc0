// Books that refuse a change because of what became of its entry, and never said so by an event:
// that is believed for a while and tried again.
#include "EventsFixture.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class RefusedEntriesTest final : public testing::EventsFixture
{
    CPPUNIT_TEST_SUITE(RefusedEntriesTest);
    CPPUNIT_TEST(aRemovalThatNobodyToldIsTriedAgain);
    CPPUNIT_TEST(aRemovalThatIsToldIsNotTriedAgain);
    CPPUNIT_TEST(aPostThatIsRefusedAsRemovedWaitsWithANotice);
    CPPUNIT_TEST(aPostThatIsRefusedAsReconciledWaitsWithANotice);
    CPPUNIT_TEST_SUITE_END();

public:
    RefusedEntriesTest() : EventsFixture(engine) {}

private:
    static constexpr std::int64_t hourMs = 3'600'000;

    void later(std::int64_t hours)
    {
        world_->clock.advanceMs(hours * hourMs + 61'000);
        settle();
    }
    bool waitsWithANotice()
    {
        return noticeIsOpen(store::notice::rowsRefused, "acc_main_checking");
    }

    void aRemovalThatNobodyToldIsTriedAgain()
    {
        const BankRow row = booked("a");
        world_->ledger.remove(world_->rootKey(row));
        BankRow changed = row;
        changed.units = 130;
        world_->bank.put(changed);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(row.id)->laneReason);
        CPPUNIT_ASSERT(!waitsWithANotice()); // That is what a person wanted.
        const auto batches = world_->ledger.batches;
        later(1);
        CPPUNIT_ASSERT(world_->ledger.batches > batches);
        CPPUNIT_ASSERT_EQUAL(std::string("removed"), world_->row(row.id)->laneReason);
        // The second time it is believed for two hours.
        const auto again = world_->ledger.batches;
        later(1);
        CPPUNIT_ASSERT_EQUAL(again, world_->ledger.batches);
        entry(row).removed = false; // A person puts it back, and nobody tells.
        entry(row).units = 100;
        later(1);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
        check();
    }

    void aRemovalThatIsToldIsNotTriedAgain()
    {
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        BankRow changed = row;
        changed.units = 130;
        world_->bank.put(changed);
        settle();
        const auto batches = world_->ledger.batches;
        later(30);
        CPPUNIT_ASSERT_EQUAL(batches, world_->ledger.batches);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
    }

    void aPostRefusedAs(RefusalReason reason, const std::string& word)
    {
        world_->ledger.refusesRow = [reason](const LedgerChange& change)
        { return change.units == 77 ? reason : RefusalReason::None; };
        booked("fine");
        const BankRow row = booked("odd", "checking", 77);
        CPPUNIT_ASSERT_EQUAL(std::string("held"), world_->row("odd")->lane);
        CPPUNIT_ASSERT_EQUAL(word, world_->row("odd")->laneReason);
        CPPUNIT_ASSERT(waitsWithANotice());
        CPPUNIT_ASSERT(world_->log.holds("which cannot be said of it"));
        booked("behind");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, world_->ledger.sum("Assets:checking"));
        later(1);
        CPPUNIT_ASSERT(waitsWithANotice());
        world_->ledger.refusesRow = nullptr;
        later(2);
        CPPUNIT_ASSERT(!waitsWithANotice());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{77}, entry(row).units);
        check();
    }
    void aPostThatIsRefusedAsRemovedWaitsWithANotice()
    {
        aPostRefusedAs(RefusalReason::Removed, "removed");
    }
    void aPostThatIsRefusedAsReconciledWaitsWithANotice()
    {
        aPostRefusedAs(RefusalReason::Reconciled, "reconciled");
    }
};

using RefusedEntriesOnSqliteTest = RefusedEntriesTest<store::Engine::Sqlite>;
using RefusedEntriesOnPostgresqlTest = RefusedEntriesTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RefusedEntriesOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RefusedEntriesOnPostgresqlTest);

} // namespace bankfeed
