// What the books are told of a row as its account, its link and its currency change, on both
// engines.

#include "SyncFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <memory>
#include <string>

namespace bankfeed
{

using testing::ScriptedBank;
using testing::SyncWorld;

template <store::Engine engine>
class BookingTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(BookingTest);
    CPPUNIT_TEST(anAccountWithoutACurrencyTakesInNothingNewAndKeepsWhatIsBooked);
    CPPUNIT_TEST(anEntryKeepsItsCurrencyWhenItsAccountChangesIt);
    CPPUNIT_TEST(aRowWhoseCurrencyAloneChangesIsTakenBack);
    CPPUNIT_TEST(aBookedRowOfAnUnlinkedAccountFollowsTheBank);
    CPPUNIT_TEST(aPendingRowThatPostsUnderItsOwnIdIsBooked);
    CPPUNIT_TEST(aRowOfALinkWithoutALedgerAccountIsHeld);
    CPPUNIT_TEST(anUnofficialCurrencyIsNotTheOfficialOneOfTheSameCode);
    CPPUNIT_TEST(aRowThatComesBackAfterAVoidIsNotJudgedByTheStartDateAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    BookingTest() : SyncFixture(engine) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"checking"});
    }

private:
    void anAccountWithoutACurrencyTakesInNothingNewAndKeepsWhatIsBooked()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        write("UPDATE bank_account SET currency = ''");
        world_->bank.put({"t0", "checking", 900});
        world_->bank.put({"new", "checking", 5});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("no_currency"), world_->row("new")->laneReason);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("t0"));
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, changes.size());
        CPPUNIT_ASSERT(changes[2].kind == ChangeKind::Amend);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{900}, changes[2].units);
    }

    void anEntryKeepsItsCurrencyWhenItsAccountChangesIt()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        ScriptedBank::Account other{"checking", "EUR"};
        world_->bank.addAccount(other);
        write("UPDATE bank_account SET currency = 'EUR'");
        world_->bank.put({"t0", "checking", 900});
        world_->sync();
        other = {"checking"};
        other.official = false; // Of the same name, with other digits.
        world_->bank.addAccount(other);
        write("UPDATE bank_account SET currency = 'USD', currency_official = 0, exponent = 8");
        world_->bank.put({"t1", "checking", 900});
        world_->sync();
        for (const char* id : {"t0", "t1"})
        {
            CPPUNIT_ASSERT_EQUAL(std::string("held"), lane(id));
            CPPUNIT_ASSERT_EQUAL(std::string("currency_differs"), world_->row(id)->laneReason);
        }
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum("Assets:Checking"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, world_->ledger.voids);
    }

    void aRowWhoseCurrencyAloneChangesIsTakenBack()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        world_->bank.addAccount({"checking", "EUR"});
        world_->bank.touch("t0");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("t0"));
        ScriptedBank::Account unofficial{"checking"};
        unofficial.official = false;
        world_->bank.addAccount(unofficial);
        world_->bank.touch("t1");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("t1"));
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum("Assets:Checking"));
    }

    void aBookedRowOfAnUnlinkedAccountFollowsTheBank()
    {
        const std::string account = world_->discover("checking");
        const std::string link = world_->link(account, "Assets:Old");
        putRows(1);
        world_->sync();
        world_->unlink(link);
        world_->bank.put({"t0", "checking", 777});
        world_->bank.put({"new", "checking", 5});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("t0"));
        CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("new"));
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{777}, world_->ledger.sum("Assets:Old"));
    }

    void aPendingRowThatPostsUnderItsOwnIdIsBooked()
    {
        linkChecking();
        testing::BankRow row{"p", "checking", 100};
        row.pending = true;
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("pending"), lane("p"));
        row.pending = false;
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("p"));
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aRowOfALinkWithoutALedgerAccountIsHeld()
    {
        linkChecking();
        world_->run();
        write("UPDATE account_link SET ledger_account_id = NULL");
        putRows(1);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("not_linked"), world_->row("t0")->laneReason);
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
    }

    void anUnofficialCurrencyIsNotTheOfficialOneOfTheSameCode()
    {
        linkChecking();
        ScriptedBank::Account unofficial{"checking"};
        unofficial.official = false;
        world_->bank.addAccount(unofficial);
        putRows(1);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("currency_differs"), world_->row("t0")->laneReason);
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
    }

    void aRowThatComesBackAfterAVoidIsNotJudgedByTheStartDateAgain()
    {
        linkChecking("2026-01-10");
        putRows(1);
        world_->sync();
        world_->bank.remove("t0");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("voided"), lane("t0"));
        world_->bank.put({"t0", "checking", 100, "2026-01-08"});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("t0"));
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }
};

using BookingOnSqliteTest = BookingTest<store::Engine::Sqlite>;
using BookingOnPostgresqlTest = BookingTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(BookingOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(BookingOnPostgresqlTest);

} // namespace bankfeed
