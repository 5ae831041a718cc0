// What a sync makes of rows: what is booked, amended, voided or held, and in which money.
#include "SyncFixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

using testing::BankRow;

template <store::Engine engine>
class RowChangesTest final : public testing::TwoAccountsFixture
{
    CPPUNIT_TEST_SUITE(RowChangesTest);
    CPPUNIT_TEST(aRemovedBookedRowBecomesAVoid);
    CPPUNIT_TEST(aRowShownAgainAfterAVoidIsAmended);
    CPPUNIT_TEST(aNoOpModificationWritesNothing);
    CPPUNIT_TEST(aNewGuessOfTheMerchantIsNotAnAmend);
    CPPUNIT_TEST(aChangedAmountIsAnAmendAimedWhereItWasPosted);
    CPPUNIT_TEST(theLaterPageWins);
    CPPUNIT_TEST(aPendingRowIsNotDeliveredAndItsPostedRowIs);
    CPPUNIT_TEST(rowsOfAnUnknownAccountAreHeldAndARefreshIsAskedFor);
    CPPUNIT_TEST(theStartDateIsJudgedOnce);
    CPPUNIT_TEST(overPreciseAmountsAreRoundedHalfEvenAndFlagged);
    CPPUNIT_TEST(whatTheBooksCannotHoldIsHeldWithItsReason);
    CPPUNIT_TEST(aBookedRowInAnotherCurrencyIsTakenBackInItsOwn);
    CPPUNIT_TEST_SUITE_END();

public:
    RowChangesTest() : TwoAccountsFixture(engine) {}

    void aRemovedBookedRowBecomesAVoid()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        world_->bank.remove("t0");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("voided"), lane("t0"));
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, changes.size());
        CPPUNIT_ASSERT(changes[2].kind == ChangeKind::Void);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, changes[2].units);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, changes[2].revision);
        CPPUNIT_ASSERT_EQUAL(changes[0].rootKey, changes[2].rootKey);
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aRowShownAgainAfterAVoidIsAmended()
    {
        linkChecking();
        putRows(1);
        world_->sync();
        world_->bank.remove("t0");
        world_->sync();
        world_->bank.put({"t0", "checking", 250});
        world_->sync();
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, changes.size());
        CPPUNIT_ASSERT(changes[2].kind == ChangeKind::Amend);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{3}, changes[2].revision);
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void aNoOpModificationWritesNothing()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        const auto before = world_->row("t1");
        world_->clock.advanceMs(1'000);
        world_->bank.touch("t1");
        world_->sync();
        const auto after = world_->row("t1");
        CPPUNIT_ASSERT_EQUAL(before->changedAt.ns, after->changedAt.ns);
        CPPUNIT_ASSERT_EQUAL(before->seenGeneration, after->seenGeneration);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
        CPPUNIT_ASSERT_EQUAL(std::string("c3"), world_->connection().cursor);
    }

    void aNewGuessOfTheMerchantIsNotAnAmend()
    {
        linkChecking();
        putRows(1);
        world_->sync();
        BankRow row = world_->bank.truth().at("t0");
        row.merchant = "Blue Bottle";
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("Blue Bottle"), world_->row("t0")->merchant);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->outbox("checking").size());
    }

    void aChangedAmountIsAnAmendAimedWhereItWasPosted()
    {
        const std::string account = world_->discover("checking");
        const std::string first = world_->link(account, "Assets:Old");
        putRows(1);
        world_->sync();
        world_->unlink(first);
        world_->clock.advanceMs(1);
        world_->link(account, "Assets:New");
        world_->bank.put({"t0", "checking", 777});
        putRows(1, "checking", "u");
        world_->sync();
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, changes.size());
        // A page is applied as added, modified, removed.
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:New"), changes[1].ledgerAccountId);
        CPPUNIT_ASSERT(changes[2].kind == ChangeKind::Amend);
        CPPUNIT_ASSERT_EQUAL(std::string("Assets:Old"), changes[2].ledgerAccountId);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{777}, changes[2].units);
    }

    void theLaterPageWins()
    {
        linkChecking();
        world_->run();
        world_->bank.collapse = false;
        world_->bank.pageSize = 1;
        world_->bank.put({"x", "checking", 100});
        world_->bank.put({"x", "checking", 200});
        world_->bank.put({"y", "checking", 1});
        world_->bank.remove("y");
        world_->bank.put({"z", "checking", 5});
        world_->bank.remove("z");
        world_->bank.put({"z", "checking", 6});
        world_->sync();
        world_->checkMirror();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("z"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, world_->row("x")->units);
        CPPUNIT_ASSERT(!world_->row("y").has_value() || world_->row("y")->removed);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
    }

    void aPendingRowIsNotDeliveredAndItsPostedRowIs()
    {
        linkChecking();
        BankRow row{"p1", "checking", -500};
        row.pending = true;
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("pending"), lane("p1"));
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
        world_->bank.pageSize = 1;
        world_->bank.post("p1", "t1", -575);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("gone"), lane("p1"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("t1"));
        CPPUNIT_ASSERT_EQUAL(std::string("p1"), world_->row("t1")->pendingTransactionId);
        const auto changes = world_->outbox("checking");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, changes.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-575}, changes[0].units);
        CPPUNIT_ASSERT_EQUAL(std::string("role:suspense"), changes[0].counterAccount);
    }

    void rowsOfAnUnknownAccountAreHeldAndARefreshIsAskedFor()
    {
        putRows(3);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world_->refreshed.size());
        CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("t0"));
        CPPUNIT_ASSERT(!world_->row("t0")->bankAccountId.has_value());
        linkChecking();
        world_->run();
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("t0"));
        world_->pump();
        world_->checkBooks("checking", "Assets:Checking");
    }

    void theStartDateIsJudgedOnce()
    {
        linkChecking("2026-01-10");
        world_->bank.put({"before", "checking", 1, "2026-01-09"});
        world_->bank.put({"on", "checking", 2, "2026-01-10"});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), lane("before"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("on"));
        world_->bank.put({"before", "checking", 1, "2026-01-11"});
        world_->bank.put({"on", "checking", 2, "2026-01-08"});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), lane("before"));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("on"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, world_->outbox("checking").size());
    }

    void overPreciseAmountsAreRoundedHalfEvenAndFlagged()
    {
        linkChecking();
        BankRow row{"t", "checking", 0};
        row.exact = "10.125";
        world_->bank.put(row);
        world_->sync();
        const auto stored = world_->row("t");
        CPPUNIT_ASSERT_EQUAL(std::string("10.125"), stored->amountExact);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1012}, stored->units);
        CPPUNIT_ASSERT(stored->rounded);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1012}, world_->outbox("checking")[0].units);
        // What a bank that calculates in binary sends.
        row.id = "noise";
        row.exact = "-5.684341886080802e-14";
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string(row.exact), world_->row("noise")->amountExact);
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), lane("noise"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->row("noise")->units);
        CPPUNIT_ASSERT(world_->row("noise")->rounded);
    }

    void whatTheBooksCannotHoldIsHeldWithItsReason()
    {
        linkChecking();
        world_->bank.addAccount({"checking", "EUR"});
        world_->bank.put({"euro", "checking", 100});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("currency_differs"), world_->row("euro")->laneReason);
        world_->bank.addAccount({"checking", ""});
        world_->bank.put({"none", "checking", 100});
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("no_currency"), world_->row("none")->laneReason);
        world_->bank.addAccount({"checking"});
        BankRow row{"large", "checking", 0};
        for (const char* large : {"92233720368547758.08", "-1e40", "100000000000000.01",
                 "-92233720368547000", "9999999999999999999999999999999999999999"})
        {
            row.exact = large;
            world_->bank.put(row);
            world_->sync();
            CPPUNIT_ASSERT_EQUAL(std::string(large), world_->row("large")->amountExact);
            CPPUNIT_ASSERT_EQUAL(std::string("overflow"), world_->row("large")->laneReason);
            CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("large"));
        }
        row.exact = "99...";
        world_->bank.put(row);
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("not_a_number"), world_->row("large")->laneReason);
        CPPUNIT_ASSERT(world_->outbox("checking").empty());
    }

    void aBookedRowInAnotherCurrencyIsTakenBackInItsOwn()
    {
        linkChecking();
        putRows(2);
        world_->sync();
        for (const char* other : {"EUR", "JPY", "XDR", ""})
        {
            world_->bank.addAccount({"checking", other});
            world_->bank.put({"t0", "checking", 900, "2026-01-20"});
            world_->sync();
            CPPUNIT_ASSERT_EQUAL(std::string("held"), lane("t0"));
            const LedgerChange taken = world_->outbox("checking").back();
            CPPUNIT_ASSERT(taken.kind == ChangeKind::Void);
            CPPUNIT_ASSERT_EQUAL(std::string("USD"), taken.currency);
            CPPUNIT_ASSERT_EQUAL(2, taken.exponent);
            CPPUNIT_ASSERT_EQUAL(std::string("2026-01-15"), taken.bookedOn);
            world_->pump();
            world_->bank.addAccount({"checking"});
            world_->bank.put({"t0", "checking", 100});
            world_->sync();
            world_->pump();
            world_->checkBooks("checking", "Assets:Checking");
        }
    }
};

using RowChangesOnSqliteTest = RowChangesTest<store::Engine::Sqlite>;
using RowChangesOnPostgresqlTest = RowChangesTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(RowChangesOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(RowChangesOnPostgresqlTest);

} // namespace bankfeed
