// What a person's decision about held rows does to the opening balance, and to books that are
// closed.
#include "unit/sync/SyncFixture.h"

#include "store/ImportRepository.h"
#include "store/NoticeRepository.h"
#include "sync/HeldDecision.h"
#include "sync/Imports.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class HeldDecisionTest : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(HeldDecisionTest);
    CPPUNIT_TEST(whatIsLeftOutIsPartOfTheOpeningBalance);
    CPPUNIT_TEST(whatIsBookedAgainDoesNotMoveTheOpeningBalance);
    CPPUNIT_TEST(whatIsBookedIntoAClosedPeriodWaitsAndIsToldOf);
    CPPUNIT_TEST_SUITE_END();

public:
    HeldDecisionTest() : SyncFixture(engine) {}

    void setUp() override
    {
        openDatabase();
        beginWorld({true});
        world_->bank.addAccount({"a", "USD", 50'000});
        account_ = world_->discover("a");
        world_->bank.put({"t", "a", 1'000, "2025-11-03"});
        BankRow fine{"fine", "a", 150, "2026-01-04"};
        fine.exact = "1.505";
        world_->bank.put(fine);
        world_->sync();
        link_ = world_->link(account_, books, "", true);
        settle();
        assertStands("fine", "held", "rounded");
    }

private:
    static constexpr const char* books = "Assets:Checking";

    void decide(const std::vector<std::string>& ids, sync::OverlapChoice choice)
    {
        write(
            [&](store::Unit& unit)
            {
                sync::OverlapDecision decision;
                decision.bankAccountId = account_;
                decision.transactions = ids;
                decision.choice = choice;
                CPPUNIT_ASSERT(sync::decideHeld(
                    unit, "main", {"u", "U"}, decision, world_->random, world_->clock.now())
                                   .ok());
            });
    }
    store::AccountLink link()
    {
        return *world_->look([&](store::Unit& unit)
            { return store::AccountLinkRepository(unit, "main").find(link_); });
    }
    void undoImport()
    {
        write(
            [&](store::Unit& unit)
            {
                const auto id = store::ImportRepository(unit, "main").page(0, "", 1).front().id;
                CPPUNIT_ASSERT(
                    sync::askUndo(unit, "main", {"u", "U"}, id, world_->random, world_->clock.now())
                        .ok());
            });
        settle();
        assertStands("t", "held", "undone");
    }
    bool refusalIsTold()
    {
        return world_->look(
            [&](store::Unit& unit) {
                return store::NoticeRepository(unit, "main")
                    .isOpen(store::notice::rowsRefused, account_);
            });
    }

    void whatIsLeftOutIsPartOfTheOpeningBalance()
    {
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a") - 150, world_->ledger.sum(books));
        decide({"fine"}, sync::OverlapChoice::LeaveOut);
        assertStands("fine", "before_start", link_);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50'150}, link().openingUnits);
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a"), world_->ledger.sum(books));
    }

    void whatIsBookedAgainDoesNotMoveTheOpeningBalance()
    {
        undoImport();
        const auto before = link();
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), before.opening);
        decide({"t"}, sync::OverlapChoice::Book);
        // Not even measured: a balance that is read at another moment may say something else.
        CPPUNIT_ASSERT_EQUAL(std::string("posted"), link().opening);
        settle();
        CPPUNIT_ASSERT_EQUAL(before.openingUnits, link().openingUnits);
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a") - 150, world_->ledger.sum(books));
    }

    void whatIsBookedIntoAClosedPeriodWaitsAndIsToldOf()
    {
        undoImport();
        closeThrough("2026-01-31");
        const auto batches = world_->ledger.batches;
        decide({"fine"}, sync::OverlapChoice::Book);
        decide({"t"}, sync::OverlapChoice::Book);
        for (const char* id : {"fine", "t"})
            assertStands(id, "held", "period_closed");
        CPPUNIT_ASSERT(refusalIsTold());
        settle();
        CPPUNIT_ASSERT_EQUAL(batches, world_->ledger.batches); // The books are not even asked.
        closeThrough("");
        settle();
        CPPUNIT_ASSERT_EQUAL(world_->bank.balance("a"), world_->ledger.sum(books));
        CPPUNIT_ASSERT(!refusalIsTold());
    }

    std::string account_;
    std::string link_;
};

using HeldDecisionOnSqliteTest = HeldDecisionTest<store::Engine::Sqlite>;
using HeldDecisionOnPostgresqlTest = HeldDecisionTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(HeldDecisionOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(HeldDecisionOnPostgresqlTest);

} // namespace bankfeed
