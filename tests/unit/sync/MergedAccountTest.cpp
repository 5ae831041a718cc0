// A ledger account that was merged into another: what is in it counts as in the other.

#include "SyncFixture.h"

#include "store/SuccessionRepository.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

namespace bankfeed
{

using testing::SyncWorld;

template <store::Engine engine>
class MergedAccountTest final : public testing::TwoLoginsFixture
{
    CPPUNIT_TEST_SUITE(MergedAccountTest);
    CPPUNIT_TEST(rowsOfAMergedAccountKeepTheirEntries);
    CPPUNIT_TEST(entriesOfAMergedAccountAreToldAndTaken);
    CPPUNIT_TEST_SUITE_END();

public:
    MergedAccountTest() : TwoLoginsFixture(engine) {}

    void setUp() override
    {
        TwoLoginsFixture::setUp();
        putRows("old", 1, 9);
        syncAndDeliver();
        write(
            [](store::Unit& unit)
            {
                store::BookFacts(unit, "main").setMerged(books, into, 0);
                store::AccountLinkRepository(unit, "main").mergeLedgerAccount(books, into);
            });
    }

private:
    static constexpr const char* into = "Assets:All";

    void rowsOfAMergedAccountKeepTheirEntries()
    {
        const auto key = world_->row("old5")->rootKey;
        putRows("new", 3, 9);
        syncAndDeliver();
        takeThePlace(into);
        world_->run();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, world_->ledger.posts);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(into));
        CPPUNIT_ASSERT_EQUAL(key, world_->row("new5")->rootKey);
        CPPUNIT_ASSERT_EQUAL(std::string("gone"), world_->row("old5")->lane);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("old2")->lane);
    }

    std::string told(const std::string& ledgerAccountId)
    {
        return world_->look(
            [&](store::Unit& unit)
            {
                const auto span = store::SuccessionRepository(unit, "main")
                                      .toldSpan(world_->feedId("old"), ledgerAccountId);
                return span ? span->first + " " + span->last : std::string();
            });
    }

    void entriesOfAMergedAccountAreToldAndTaken()
    {
        CPPUNIT_ASSERT_EQUAL(day(1) + " " + day(9), told(into));
        CPPUNIT_ASSERT_EQUAL(std::string(), told("Assets:Other"));
        // The outbox is pruned one day, and the mirror alone knows.
        write([](store::Unit& unit) { unit.execute("DELETE FROM outbox"); });
        CPPUNIT_ASSERT_EQUAL(day(1) + " " + day(9), told(into));
        world_->look(
            [&](store::Unit& unit)
            {
                store::SuccessionRepository places(unit, "main");
                const auto feed = world_->feedId("old");
                const auto taken =
                    places.takeable(feed, "acc_main_new", into, {day(2), day(4)}, 103, 10);
                CPPUNIT_ASSERT_EQUAL(std::size_t{3}, taken.size());
                CPPUNIT_ASSERT_EQUAL(std::string("old3"), taken.front().providerTransactionId);
                CPPUNIT_ASSERT(places.takeable(feed, "acc_main_new", into, taken.front().rootKey));
                return 0;
            });
    }
};

using MergedAccountOnSqliteTest = MergedAccountTest<store::Engine::Sqlite>;
using MergedAccountOnPostgresqlTest = MergedAccountTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(MergedAccountOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(MergedAccountOnPostgresqlTest);

} // namespace bankfeed
