// A person decides about rows that may be booked already, while the books are closed.
#include "unit/sync/SyncFixture.h"

#include "store/BookFacts.h"
#include "store/NoticeRepository.h"
#include "sync/Overlaps.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

template <store::Engine engine>
class OverlapDecisionTest : public testing::TwoLoginsFixture
{
    CPPUNIT_TEST_SUITE(OverlapDecisionTest);
    CPPUNIT_TEST(aRowThatIsBookedIntoAClosedPeriodWaitsAndIsToldOf);
    CPPUNIT_TEST(anEntryOfAClosedPeriodIsTakenOverAndFollowsTheBankLater);
    CPPUNIT_TEST_SUITE_END();

public:
    OverlapDecisionTest() : TwoLoginsFixture(engine) {}

    /// "moved" may be the entry of old5 under another date, which is no row of the new login.
    void setUp() override
    {
        TwoLoginsFixture::setUp();
        putRows("old", 1, 9);
        putRows("new", 1, 4);
        putRows("new", 6, 9);
        world_->bank.put({"moved", "new", 105, day(6)});
        syncAndDeliver();
        takeThePlace(books);
        world_->run();
        world_->pump();
        assertStands("moved", "held", "overlap");
        sum_ = world_->ledger.sum(books);
        close(day(31));
        batches_ = world_->ledger.batches;
    }

private:
    void close(const std::string& through)
    {
        world_->ledger.closedThrough = through;
        write([&](store::Unit& unit) { store::BookFacts(unit, "main").setPeriod("", through, 1); });
    }
    void decide(sync::OverlapChoice choice, const std::string& entry = "")
    {
        const auto account = *world_->row("moved")->bankAccountId;
        write(
            [&](store::Unit& unit)
            {
                const auto decided = sync::decideOverlaps(unit, "main", {"u", "U"},
                    {account, {"moved"}, choice, entry}, world_->random, world_->clock.now());
                CPPUNIT_ASSERT(decided.ok());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *decided); // None is booked now.
            });
        CPPUNIT_ASSERT(refusalIsTold());
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(batches_, world_->ledger.batches); // The books are not even asked.
        CPPUNIT_ASSERT_EQUAL(sum_, world_->ledger.sum(books));
    }
    bool refusalIsTold()
    {
        const auto account = *world_->row("moved")->bankAccountId;
        return world_->look(
            [&](store::Unit& unit) {
                return store::NoticeRepository(unit, "main")
                    .isOpen(store::notice::rowsRefused, account);
            });
    }
    void openAgain()
    {
        close("");
        world_->ask(store::job::freed, world_->connectionId);
        world_->run();
        world_->pump();
        assertStands("moved", "booked", "");
        CPPUNIT_ASSERT(!refusalIsTold());
    }

    void aRowThatIsBookedIntoAClosedPeriodWaitsAndIsToldOf()
    {
        decide(sync::OverlapChoice::Book);
        assertStands("moved", "held", "period_closed");
        openAgain();
        CPPUNIT_ASSERT_EQUAL(sum_ + 105, world_->ledger.sum(books));
    }

    void anEntryOfAClosedPeriodIsTakenOverAndFollowsTheBankLater()
    {
        const auto key = world_->row("old5")->rootKey;
        decide(sync::OverlapChoice::SameAs, key);
        assertStands("moved", "booked", "period_closed");
        CPPUNIT_ASSERT_EQUAL(day(5), world_->ledger.books.entries.at(key).last.bookedOn);
        openAgain();
        CPPUNIT_ASSERT_EQUAL(sum_, world_->ledger.sum(books));
        CPPUNIT_ASSERT_EQUAL(day(6), world_->ledger.books.entries.at(key).last.bookedOn);
    }

    std::int64_t sum_ = 0;
    std::size_t batches_ = 0;
};

using OverlapDecisionOnSqliteTest = OverlapDecisionTest<store::Engine::Sqlite>;
using OverlapDecisionOnPostgresqlTest = OverlapDecisionTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(OverlapDecisionOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(OverlapDecisionOnPostgresqlTest);

} // namespace bankfeed
