// What cannot be booked by its data: a person leaves it out, and it stays so until the bank states
// something else or the person takes it back.
#include "unit/sync/SyncFixture.h"

#include "store/BalanceProofRepository.h"
#include "store/LeftOutRows.h"
#include "sync/HeldDecision.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace bankfeed
{

using sync::OverlapChoice;
using testing::BankRow;

template <store::Engine engine>
class LeftOutTest : public testing::SyncFixture
{
    CPPUNIT_TEST_SUITE(LeftOutTest);
    CPPUNIT_TEST(whatIsLeftOutStaysSoWhileTheBankStatesTheSame);
    CPPUNIT_TEST(whatTheBankChangesAfterwardsIsNotBookedByItself);
    CPPUNIT_TEST(whatIsLeftOutASecondTimeAsksAgainWhenItIsTakenBack);
    CPPUNIT_TEST(whatIsTakenBackWaitsForTheBankAgain);
    CPPUNIT_TEST(aRowThatTheBankTakesBackIsNotLeftOutAnyMore);
    CPPUNIT_TEST(eachReasonHasChoicesOfItsOwn);
    CPPUNIT_TEST(nothingLeftOutExplainsADifference);
    CPPUNIT_TEST(anotherCurrencyIsBookedOnceTheAccountIsLinkedInIt);
    CPPUNIT_TEST_SUITE_END();

public:
    LeftOutTest() : SyncFixture(engine) {}

    void setUp() override
    {
        SyncFixture::setUp();
        world_->bank.addAccount({"a", "USD", 50'000});
        account_ = world_->discover("a");
        link_ = world_->link(account_, books);
        settle();
        show("odd", "12,5");
        assertStands("odd", "held", "not_a_number");
    }

private:
    static constexpr const char* books = "Assets:Checking";

    void show(const std::string& id, const std::string& exact, const std::string& name = "COFFEE")
    {
        BankRow row{id, "a", 0, "2026-01-05"};
        row.exact = exact;
        row.name = name;
        world_->bank.put(row);
        world_->sync();
        settle();
    }
    std::string decide(const std::string& id, OverlapChoice choice)
    {
        std::string code;
        write(
            [&](store::Unit& unit)
            {
                sync::OverlapDecision decision;
                decision.bankAccountId = account_;
                decision.transactions = {id};
                decision.choice = choice;
                const auto decided = sync::decideHeld(
                    unit, "main", {"u", "Una"}, decision, world_->random, world_->clock.now());
                if (!decided.ok()) code = decided.error().code;
            });
        settle();
        return code;
    }
    std::string leftOutBy(const std::string& id)
    {
        const std::string key = world_->row(id)->rootKey;
        return world_->look(
            [&](store::Unit& unit)
            {
                const auto said = store::LeftOutRows(unit, "main").of({key});
                return said.contains(key) ? said.at(key).by : std::string();
            });
    }

    void whatIsLeftOutStaysSoWhileTheBankStatesTheSame()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), decide("odd", OverlapChoice::LeaveOut));
        assertStands("odd", "left_out", "not_a_number");
        CPPUNIT_ASSERT_EQUAL(std::string("Una"), leftOutBy("odd"));
        world_->sync();
        assertStands("odd", "left_out", "not_a_number");
        show("odd", "12,5", "COFFEE AND CAKE");
        assertStands("odd", "left_out", "not_a_number");
        CPPUNIT_ASSERT_EQUAL(std::string("COFFEE AND CAKE"), world_->row("odd")->name);
        CPPUNIT_ASSERT_EQUAL(std::string("Una"), leftOutBy("odd"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(books));
    }

    void whatTheBankChangesAfterwardsIsNotBookedByItself()
    {
        decide("odd", OverlapChoice::LeaveOut);
        show("odd", "12.5");
        assertStands("odd", "held", "left_out_changed");
        CPPUNIT_ASSERT_EQUAL(std::string(), leftOutBy("odd"));
        show("odd", "12.75");
        assertStands("odd", "held", "left_out_changed");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(books));
        CPPUNIT_ASSERT_EQUAL(std::string(), decide("odd", OverlapChoice::Book));
        assertStands("odd", "booked");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'275}, world_->ledger.sum(books));
    }

    void whatIsLeftOutASecondTimeAsksAgainWhenItIsTakenBack()
    {
        decide("odd", OverlapChoice::LeaveOut);
        show("odd", "12.5");
        CPPUNIT_ASSERT_EQUAL(std::string(), decide("odd", OverlapChoice::LeaveOut));
        assertStands("odd", "left_out", "left_out_changed");
        CPPUNIT_ASSERT_EQUAL(std::string(), decide("odd", OverlapChoice::TakeBack));
        assertStands("odd", "held", "left_out_changed");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(books));
    }

    void whatIsTakenBackWaitsForTheBankAgain()
    {
        decide("odd", OverlapChoice::LeaveOut);
        CPPUNIT_ASSERT_EQUAL(std::string(), decide("odd", OverlapChoice::TakeBack));
        assertStands("odd", "held", "not_a_number");
        CPPUNIT_ASSERT_EQUAL(std::string(), leftOutBy("odd"));
        show("odd", "12.5");
        assertStands("odd", "booked");
    }

    void aRowThatTheBankTakesBackIsNotLeftOutAnyMore()
    {
        decide("odd", OverlapChoice::LeaveOut);
        world_->bank.remove("odd");
        world_->sync();
        CPPUNIT_ASSERT_EQUAL(std::string("gone"), lane("odd"));
        CPPUNIT_ASSERT_EQUAL(std::string(), leftOutBy("odd"));
        show("odd", "12,5");
        assertStands("odd", "held", "not_a_number");
    }

    void eachReasonHasChoicesOfItsOwn()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("held.choice"), decide("odd", OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::string("held.choice"), decide("odd", OverlapChoice::TakeBack));
        decide("odd", OverlapChoice::LeaveOut);
        CPPUNIT_ASSERT_EQUAL(std::string("held.choice"), decide("odd", OverlapChoice::LeaveOut));
        CPPUNIT_ASSERT_EQUAL(std::string("held.choice"), decide("odd", OverlapChoice::Book));
        CPPUNIT_ASSERT_EQUAL(std::string("held.changed"), decide("none", OverlapChoice::TakeBack));
        assertStands("odd", "left_out", "not_a_number");
    }

    void nothingLeftOutExplainsADifference()
    {
        // In the account's currency, and too large: it has no units, and another currency's are
        // none of the account's either.
        show("large", "99999999999999999999");
        assertStands("large", "held", "overflow");
        const auto sums = [&]
        {
            return world_->look([&](store::Unit& unit)
                { return store::BalanceProofRepository(unit, "main").sumsOf(account_); });
        };
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, sums().heldUnknown);
        decide("odd", OverlapChoice::LeaveOut);
        decide("large", OverlapChoice::LeaveOut);
        write("UPDATE bank_transaction SET units = 77 WHERE lane = 'left_out'");
        const auto left = sums();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, left.heldUnknown);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, left.held);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, left.beforeStart);
        show("large", "1");
        assertStands("large", "held", "left_out_changed");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, sums().heldUnknown);
    }

    void anotherCurrencyIsBookedOnceTheAccountIsLinkedInIt()
    {
        // As when the provider names the account's currency otherwise than its rows'.
        write("UPDATE bank_account SET currency = 'EUR'");
        show("dollars", "10.5");
        assertStands("dollars", "held", "currency_differs");
        world_->unlink(link_);
        const auto again = world_->link(account_, books);
        settle();
        assertStands("dollars", "held", "currency_differs");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(books));
        world_->unlink(again);
        write("UPDATE bank_account SET currency = 'USD'");
        world_->link(account_, "Assets:Dollars");
        settle();
        assertStands("dollars", "booked");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'050}, world_->ledger.sum("Assets:Dollars"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world_->ledger.sum(books));
    }

    std::string account_;
    std::string link_;
};

using LeftOutOnSqliteTest = LeftOutTest<store::Engine::Sqlite>;
using LeftOutOnPostgresqlTest = LeftOutTest<store::Engine::Postgresql>;
CPPUNIT_TEST_SUITE_REGISTRATION(LeftOutOnSqliteTest);
CPPUNIT_TEST_SUITE_REGISTRATION(LeftOutOnPostgresqlTest);

} // namespace bankfeed
