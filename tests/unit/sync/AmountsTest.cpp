// Amounts from the bank's text to the books: every form that a bank may send, exact, or held, or
// rounded and saying so.

#include "SyncFixture.h"

#include "money/Currency.h"
#include "sync/HeldDecision.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

namespace bankfeed
{

using testing::BankRow;
using testing::SyncWorld;

template <store::Engine engine>
class AmountsTest final : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(AmountsTest);
    CPPUNIT_TEST(anAmountWithAnExponentIsTheNumberThatItSays);
    CPPUNIT_TEST(currenciesWithoutDecimalsAreBookedWhole);
    CPPUNIT_TEST(currenciesWithThreeDecimalsKeepThem);
    CPPUNIT_TEST(unofficialCurrenciesAreBookedWithEightDecimals);
    CPPUNIT_TEST(amountsUpToTheLimitAreBookedAndThoseBeyondAreHeld);
    CPPUNIT_TEST(overPreciseAmountsAreRoundedHalfToEvenAndSaySo);
    CPPUNIT_TEST(whatIsNoNumberIsHeld);
    CPPUNIT_TEST(withTheRuleOverPreciseAmountsWaitForAPerson);
    CPPUNIT_TEST(aPersonLeavesAnOverPreciseAmountOut);
    CPPUNIT_TEST(whatIsBookedFollowsTheBankDespiteTheRule);
    CPPUNIT_TEST(rowsThatWaitForDifferentReasonsAreNotDecidedTogether);
    CPPUNIT_TEST_SUITE_END();

public:
    AmountsTest() : SyncFixture(engine, 3) {}

    void setUp() override { openDatabase(); } // Each test has rules of its own.

private:
    static constexpr const char* books = "Assets:Bank";

    void begin(const std::string& currency, bool official = true, bool holdRounded = false)
    {
        sync::BookingRules rules;
        rules.holdRounded = holdRounded;
        beginWorld(rules);
        testing::ScriptedBank::Account account{"a", currency};
        account.official = official;
        world_->bank.addAccount(account);
        const auto id = world_->discover("a");
        const auto known =
            official ? money::Currency::iso(currency) : money::Currency::unofficial(currency);
        write("UPDATE bank_account SET currency = '" + currency +
              "', currency_official = " + std::string(official ? "1" : "0") +
              ", exponent = " + std::to_string(known->exponent()));
        world_->link(id, books);
        world_->run();
    }
    /// The bank shows a row of this amount. Gives what became of it.
    store::BankTransaction shown(const std::string& id, const std::string& exact)
    {
        BankRow row{id, "a", 0, "2026-01-05"};
        row.exact = exact;
        world_->bank.put(row);
        world_->sync();
        return *world_->row(id);
    }
    void assertBooked(const std::string& exact, std::int64_t units, bool rounded = false)
    {
        const auto row = shown("t" + std::to_string(++rows_), exact);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(exact, std::string("booked"), row.lane);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(exact, units, row.sentUnits);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(exact, rounded, row.rounded);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(exact, exact, row.amountExact);
    }
    void assertHeld(const std::string& exact, const std::string& reason)
    {
        const auto row = shown("t" + std::to_string(++rows_), exact);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(exact, std::string("held"), row.lane);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(exact, reason, row.laneReason);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(exact, exact, row.amountExact);
    }
    std::string decide(const std::vector<std::string>& ids, sync::OverlapChoice choice)
    {
        const auto decided = world_->plain.write(
            [&](store::Unit& unit) -> Result<std::int64_t>
            {
                sync::OverlapDecision decision;
                decision.bankAccountId = "acc_main_a";
                decision.transactions = ids;
                decision.choice = choice;
                return sync::decideHeld(
                    unit, "main", {"u1", "Ada"}, decision, world_->random, world_->clock.now());
            });
        world_->run();
        world_->pump();
        return decided.ok() ? "ok" : decided.error().code;
    }

    void anAmountWithAnExponentIsTheNumberThatItSays()
    {
        begin("USD");
        assertBooked("1.5e2", 15'000);
        assertBooked("1.25E+1", 1'250);
        assertBooked("-1250e-2", -1'250);
        assertBooked("0e10", 0);
        assertBooked("123456789.01e-6", 12'346, true);
    }

    void currenciesWithoutDecimalsAreBookedWhole()
    {
        begin("JPY");
        assertBooked("1200", 1'200);
        assertBooked("1200.0", 1'200);
        assertBooked("-0.5", 0, true);
        assertBooked("1.5", 2, true);
    }

    void currenciesWithThreeDecimalsKeepThem()
    {
        begin("KWD");
        assertBooked("1.234", 1'234);
        assertBooked("-1.2", -1'200);
        assertBooked("1.2345", 1'234, true);
    }

    void unofficialCurrenciesAreBookedWithEightDecimals()
    {
        begin("BTC", false);
        assertBooked("0.00000001", 1);
        assertBooked("21000000", 2'100'000'000'000'000);
        assertBooked("0.000000015", 2, true);
        assertHeld("92233720368547758", "overflow");
    }

    void amountsUpToTheLimitAreBookedAndThoseBeyondAreHeld()
    {
        begin("USD");
        const auto text = [](std::int64_t units)
        { return money::Decimal::ofUnits(units, 2).text(); };
        assertBooked(text(limits::unitsPerRow), limits::unitsPerRow);
        assertBooked(text(-limits::unitsPerRow), -limits::unitsPerRow);
        assertHeld(text(limits::unitsPerRow + 1), "overflow");
        assertHeld(text(-limits::unitsPerRow - 1), "overflow");
        assertHeld("92233720368547758.07", "overflow"); // The most that 64 bits hold,
        assertHeld("92233720368547758.08", "overflow"); // and one more,
        assertHeld("-92233720368547758.08", "overflow");
        assertHeld("184467440737095516.16", "overflow"); // and what wraps around to 0.
        assertHeld("1e30", "overflow");
    }

    void overPreciseAmountsAreRoundedHalfToEvenAndSaySo()
    {
        begin("USD");
        assertBooked("0.005", 0, true);
        assertBooked("0.015", 2, true);
        assertBooked("0.025", 2, true);
        assertBooked("-0.015", -2, true);
        assertBooked("0.0250000000000000000001", 3, true);
        assertBooked("12.34000", 1'234);
    }

    void whatIsNoNumberIsHeld()
    {
        begin("USD");
        assertHeld("1,5", "not_a_number");
        assertHeld("NaN", "not_a_number");
    }

    void withTheRuleOverPreciseAmountsWaitForAPerson()
    {
        begin("USD", true, true);
        assertBooked("1.50", 150);
        assertHeld("1.505", "rounded");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{150}, world_->row("t2")->units); // What it would be.
        world_->bank.touch("t2");
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{150}, world_->ledger.sum(books));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t2"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{300}, world_->ledger.sum(books));
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), world_->row("t2")->lane);
        CPPUNIT_ASSERT_EQUAL(
            std::string("held.changed"), decide({"t2"}, sync::OverlapChoice::Book));
    }

    void aPersonLeavesAnOverPreciseAmountOut()
    {
        begin("USD", true, true);
        assertHeld("1.505", "rounded");
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), decide({"t1"}, sync::OverlapChoice::LeaveOut));
        world_->bank.put({"t1", "a", 200, "2026-01-06"});
        world_->sync();
        world_->pump();
        CPPUNIT_ASSERT_EQUAL(std::string("before_start"), world_->row("t1")->lane);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(books));
    }

    void whatIsBookedFollowsTheBankDespiteTheRule()
    {
        begin("USD", true, true);
        assertBooked("1.50", 150);
        const auto row = shown("t1", "1.515");
        CPPUNIT_ASSERT_EQUAL(std::string("booked"), row.lane);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{152}, row.sentUnits);
        CPPUNIT_ASSERT(row.rounded);
    }

    void rowsThatWaitForDifferentReasonsAreNotDecidedTogether()
    {
        begin("USD", true, true);
        assertHeld("1.505", "rounded");
        assertHeld("1e30", "overflow");
        CPPUNIT_ASSERT_EQUAL(
            std::string("held.mixed"), decide({"t1", "t2"}, sync::OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::string("held.choice"), decide({"t2"}, sync::OverlapChoice::Book));
    }

    int rows_ = 0;
};

using AmountsOnSqlite = AmountsTest<store::Engine::Sqlite>;
using AmountsOnPostgresql = AmountsTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(AmountsOnSqlite);
CPPUNIT_TEST_SUITE_REGISTRATION(AmountsOnPostgresql);

} // namespace bankfeed
