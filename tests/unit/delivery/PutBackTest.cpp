// A person removed an entry, another wants it back, and somebody puts it back in the books first.
#include "EventsFixture.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class PutBackTest final : public testing::EventsFixture
{
    CPPUNIT_TEST_SUITE(PutBackTest);
    CPPUNIT_TEST(noPostComesOverAnEntryThatIsInTheBooks);
    CPPUNIT_TEST(whatTheBankSaidMeanwhileComesAsAnAmend);
    CPPUNIT_TEST(aReconciledOneIsLeftAlone);
    CPPUNIT_TEST(anEntryThatCameBackIsRemovedAndImportedOnceMore);
    CPPUNIT_TEST_SUITE_END();

public:
    PutBackTest() : EventsFixture(engine) {}

private:
    BankRow wantedBack()
    {
        const BankRow row = booked("a");
        tellEntry(row, State::Removed);
        importAgain(row);
        return row;
    }

    void noPostComesOverAnEntryThatIsInTheBooks()
    {
        const BankRow row = wantedBack();
        const auto posts = world_->ledger.posts;
        putBack(row);
        settle();
        world_->clock.advanceMs(61'000);
        settle();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{1}, entry(row).head.revision);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row("a")->laneReason);
        CPPUNIT_ASSERT_EQUAL(std::string(), world_->row("a")->entryMark);
        check();
        BankRow changed = row;
        changed.units = 130;
        world_->bank.put(changed);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{130}, entry(row).units);
        check();
    }

    void whatTheBankSaidMeanwhileComesAsAnAmend()
    {
        const BankRow row = wantedBack();
        const auto posts = world_->ledger.posts;
        BankRow changed = row;
        changed.units = 140;
        world_->bank.put(changed);
        world_->sync(); // A post and an amend wait.
        putBack(row);
        settle();
        world_->clock.advanceMs(61'000);
        settle();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{140}, entry(row).units);
        check();
    }

    void aReconciledOneIsLeftAlone()
    {
        const BankRow row = wantedBack();
        const auto posts = world_->ledger.posts;
        entry(row).removed = false;
        entry(row).units = 100;
        tellEntry(row, State::Reconciled);
        settle();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        tellEntry(row, State::Plain);
        world_->clock.advanceMs(61'000);
        settle();
        CPPUNIT_ASSERT_EQUAL(posts, world_->ledger.posts);
        check();
    }

    void anEntryThatCameBackIsRemovedAndImportedOnceMore()
    {
        const BankRow row = wantedBack();
        putBack(row);
        settle();
        tellEntry(row, State::Removed);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, entry(row).units);
        importAgain(row);
        settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, entry(row).units);
        check();
    }
};

using PutBackOnSqliteTest = PutBackTest<store::Engine::Sqlite>;
using PutBackOnPostgresqlTest = PutBackTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(PutBackOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(PutBackOnPostgresqlTest);

} // namespace bankfeed
