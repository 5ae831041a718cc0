// What the books do not take now is no reason to move the opening balance: it waits, and the proof
// names it.
#include "EventsFixture.h"
#include "support/PluginBackup.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class HeldAndOpeningTest final : public testing::EventsFixture
{
    CPPUNIT_TEST_SUITE(HeldAndOpeningTest);
    CPPUNIT_TEST(aChangeOfAReconciledEntryDoesNotMoveIt);
    CPPUNIT_TEST(aChangeOfARemovedEntryDoesNotMoveIt);
    CPPUNIT_TEST(aRowOfAClosedPeriodDoesNotMoveIt);
    CPPUNIT_TEST(aReconciledEntryThatTheBankTakesBackDoesNotMoveIt);
    CPPUNIT_TEST(oneThatWasRefusedIsBookedOnceWhateverTheBackupKnewOfTheRefusals);
    CPPUNIT_TEST(aMergeIntoAnAccountThatAnotherFedBeforeTakesNobodysMoney);
    CPPUNIT_TEST_SUITE_END();

public:
    HeldAndOpeningTest() : EventsFixture(engine) {}

    void setUp() override
    {
        EventsFixture::setUp();
        linkFresh();
    }

private:
    void expect(std::int64_t books, const std::string& held, const std::string& removed)
    {
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50'000}, freshLink().openingUnits);
        CPPUNIT_ASSERT_EQUAL(books, world_->ledger.sum(freshBooks));
        const auto proof = freshProof();
        CPPUNIT_ASSERT_EQUAL(std::string("proven"), proof.state);
        CPPUNIT_ASSERT_EQUAL(held, proof.held);
        CPPUNIT_ASSERT_EQUAL(removed, proof.removed);
    }
    void bankSays(BankRow row, std::int64_t units)
    {
        row.units = units;
        world_->bank.put(row);
    }

    void aChangeOfAReconciledEntryDoesNotMoveIt()
    {
        const BankRow row = booked("d", "fresh", 2'000);
        tellEntry(row, State::Reconciled);
        bankSays(row, 2'500);
        expect(52'000, "5", "0");
        tellEntry(row, State::Plain);
        world_->clock.advanceMs(61'000);
        expect(52'500, "0", "0");
    }

    void aChangeOfARemovedEntryDoesNotMoveIt()
    {
        const BankRow row = booked("a", "fresh", 1'000);
        tellEntry(row, State::Removed);
        expect(50'000, "0", "10");
        bankSays(row, 1'700);
        expect(50'000, "0", "17");
        world_->bank.remove(row.id);
        expect(50'000, "0", "0");
        booked("z", "fresh", 100);
        expect(50'100, "0", "0");
    }

    void aRowOfAClosedPeriodDoesNotMoveIt()
    {
        booked("new", "fresh", 300);
        close("2026-01-10");
        world_->bank.put({"late", "fresh", 4'000, "2026-01-05"});
        expect(50'300, "40", "0");
        close("");
        world_->clock.advanceMs(61'000);
        expect(54'300, "0", "0");
    }

    void aReconciledEntryThatTheBankTakesBackDoesNotMoveIt()
    {
        const BankRow row = booked("d", "fresh", 2'000);
        tellEntry(row, State::Reconciled);
        world_->bank.remove(row.id);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50'000}, freshLink().openingUnits);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{52'000}, world_->ledger.sum(freshBooks));
        CPPUNIT_ASSERT_EQUAL(std::string("20"), freshProof().kept);
        tellEntry(row, State::Plain);
        expect(50'000, "0", "0");
    }

    /// Its root key must not follow from how often it was tried.
    void oneThatWasRefusedIsBookedOnceWhateverTheBackupKnewOfTheRefusals()
    {
        close("2026-12-31");
        world_->bank.addAccount({"other", "USD", 9'000});
        const auto account = world_->discover("other");
        const auto link = world_->link(account, "Assets:other", "", true);
        settle();
        testing::PluginBackup backup(world_->plain);
        for (int i = 0; i < 3; ++i)
        {
            world_->clock.advanceMs(std::int64_t{25} * 3'600'000);
            world_->ask(store::job::opening, link);
            settle();
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum("Assets:other"));
        close("");
        world_->ask(store::job::opening, link);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9'000}, world_->ledger.sum("Assets:other"));
        backup.restore();
        world_->restart();
        close("");
        for (int i = 0; i < 3; ++i)
        {
            world_->clock.advanceMs(std::int64_t{25} * 3'600'000);
            world_->ask(store::job::opening, link);
            settle();
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9'000}, world_->ledger.sum("Assets:other"));
    }

    /// That of the other one, which feeds it no more, stays, too.
    void aMergeIntoAnAccountThatAnotherFedBeforeTakesNobodysMoney()
    {
        world_->bank.addAccount({"other", "USD", 9'000});
        const auto account = world_->discover("other");
        const auto link = world_->link(account, "Assets:other", "", true);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9'000}, world_->ledger.sum("Assets:other"));
        world_->unlink(link);
        Event merge{Event::Kind::AccountMerged, nextId(), freshBooks};
        merge.into = "Assets:other";
        tell({merge});
        world_->bank.put({"late", "fresh", 100});
        settle();
        world_->clock.advanceMs(std::int64_t{25} * 3'600'000);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50'000}, freshLink().openingUnits);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9'000}, world_->ledger.sum("Assets:other"));
        CPPUNIT_ASSERT(noticeIsOpen(store::notice::mergedAway, freshAccount_));
    }
};

using HeldAndOpeningOnSqliteTest = HeldAndOpeningTest<store::Engine::Sqlite>;
using HeldAndOpeningOnPostgresqlTest = HeldAndOpeningTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(HeldAndOpeningOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(HeldAndOpeningOnPostgresqlTest);

} // namespace bankfeed
