// What is kept of the bank's second thoughts about rows that are in the books, on both engines.

#include "SyncFixture.h"
#include "store/BankChangeRepository.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace bankfeed
{

using store::BankChange;
using store::BankChangeRepository;
using testing::SyncWorld;

template <store::Engine engine>
class BankChangesTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(BankChangesTest);
    CPPUNIT_TEST(anAmendedRowIsKeptBeforeAndAfter);
    CPPUNIT_TEST(aRowThatTheBankTakesBackIsKept);
    CPPUNIT_TEST(whatTheBooksNeverHadIsNotKept);
    CPPUNIT_TEST(wordsThatSayTheSameAreNotKept);
    CPPUNIT_TEST(whatTheBooksDoNotTakeIsSaid);
    CPPUNIT_TEST(oldOnesGo);
    CPPUNIT_TEST_SUITE_END();

public:
    BankChangesTest() : SyncFixture(engine) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"checking"});
    }

private:
    std::vector<BankChange> changes()
    {
        std::vector<BankChange> found;
        write([&](store::Unit& unit)
            { found = BankChangeRepository(unit, "main").page("", "", std::nullopt, 100); });
        return found;
    }

    void anAmendedRowIsKeptBeforeAndAfter()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, changes().size());
        world_->bank.put({"t0", "checking", 900});
        world_->sync();
        const auto kept = changes();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, kept.size());
        CPPUNIT_ASSERT_EQUAL(std::string("t0"), kept[0].transactionId);
        CPPUNIT_ASSERT_EQUAL(std::string(store::bankChange::amended), kept[0].kind);
        CPPUNIT_ASSERT_EQUAL(std::string(store::bankChange::told), kept[0].outcome);
        CPPUNIT_ASSERT(kept[0].before.amountExact != kept[0].after.amountExact);
        CPPUNIT_ASSERT_EQUAL(world_->row("t0")->amountExact, kept[0].after.amountExact);
        CPPUNIT_ASSERT_EQUAL(*world_->row("t0")->bankAccountId, kept[0].bankAccountId);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, changes().size());
    }

    void aRowThatTheBankTakesBackIsKept()
    {
        linkChecking();
        putRows(3);
        world_->sync();
        world_->bank.remove("t1");
        world_->sync();
        const auto kept = changes();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, kept.size());
        CPPUNIT_ASSERT_EQUAL(std::string(store::bankChange::takenBack), kept[0].kind);
        CPPUNIT_ASSERT_EQUAL(std::string("t1"), kept[0].transactionId);
    }

    void whatTheBooksNeverHadIsNotKept()
    {
        world_->discover("checking");
        putRows(3);
        world_->sync();
        world_->bank.put({"t0", "checking", 900});
        world_->bank.remove("t1");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, changes().size());
    }

    void wordsThatSayTheSameAreNotKept()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        world_->bank.touch("t0");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, changes().size());
    }

    void whatTheBooksDoNotTakeIsSaid()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        write("UPDATE bank_transaction SET entry_mark = 'reconciled' WHERE "
              "provider_transaction_id = 't0'");
        world_->bank.put({"t0", "checking", 900});
        world_->sync();
        const auto kept = changes();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, kept.size());
        CPPUNIT_ASSERT_EQUAL(std::string("reconciled"), kept[0].outcome);
    }

    void oldOnesGo()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        world_->bank.put({"t0", "checking", 900});
        world_->sync();
        const UtcTime at = changes().at(0).at;
        write([&](store::Unit& unit) { BankChangeRepository::prune(unit, at); });
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, changes().size());
        write([&](store::Unit& unit) { BankChangeRepository::prune(unit, plusMs(at, 1)); });
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, changes().size());
    }
};

using BankChangesOnSqlite = BankChangesTest<store::Engine::Sqlite>;
using BankChangesOnPostgresql = BankChangesTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(BankChangesOnSqlite);
CPPUNIT_TEST_SUITE_REGISTRATION(BankChangesOnPostgresql);

} // namespace bankfeed
