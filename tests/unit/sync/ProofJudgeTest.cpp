// How one balance proof is judged, by the facts alone: what explains a difference and with which
// sign, which looks count, and until when what was delivered is on its way.
#include "sync/BalanceProof.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

namespace bankfeed
{

class ProofJudgeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProofJudgeTest);
    CPPUNIT_TEST(whatIsHeldIsMissingInTheBooks);
    CPPUNIT_TEST(whatAPersonRemovedIsMissingInTheBooks);
    CPPUNIT_TEST(whatTheBooksKeepIsTooMuchInThem);
    CPPUNIT_TEST(allOfThemExplainTogether);
    CPPUNIT_TEST(theSameBalanceReadOnceCountsOnce);
    CPPUNIT_TEST(anotherDifferenceIsALookOfItsOwnEvenAtTheSameBalance);
    CPPUNIT_TEST(aBalanceFromBeforeTheSyncIsNoLook);
    CPPUNIT_TEST(whatWasJustDeliveredIsOnItsWayForHalfAMinute);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        auto& account = facts_.linked.account;
        account.id = "acc";
        account.currency = "USD";
        account.exponent = 2;
        account.state = store::accountState::shared;
        account.balanceExact = "100";
        account.balanceAsOf = now_;
        facts_.linked.link.emplace();
        auto& link = *facts_.linked.link;
        link.id = "lnk";
        link.state = store::linkState::active;
        link.opening = store::openingState::posted;
        link.ledgerAccountId = "Assets:Checking";
        facts_.historyComplete = true;
        facts_.freshBalance = true;
        facts_.ledger.emplace();
        facts_.ledger->currency = "USD";
        facts_.ledger->balanceUnits = 10'000;
    }

private:
    store::BalanceProof judge(const std::optional<store::BalanceProof>& before = std::nullopt)
    {
        return sync::judge(facts_, before, now_);
    }
    void books(std::int64_t units) { facts_.ledger->balanceUnits = units; }
    void assertProven(const std::string& difference)
    {
        const auto proof = judge();
        CPPUNIT_ASSERT_EQUAL(std::string("proven"), proof.state);
        CPPUNIT_ASSERT_EQUAL(difference, proof.difference);
        CPPUNIT_ASSERT_EQUAL(std::string("0"), proof.unexplained);
    }
    /// The bank's balance is read anew, a minute later.
    void readAgain()
    {
        now_ = plusMs(now_, 60'000);
        facts_.linked.account.balanceAsOf = now_;
    }

    void whatIsHeldIsMissingInTheBooks()
    {
        facts_.sums.held = 700;
        books(9'300);
        assertProven("7");
        books(10'700);
        CPPUNIT_ASSERT_EQUAL(std::string("-14"), judge().unexplained);
    }

    void whatAPersonRemovedIsMissingInTheBooks()
    {
        facts_.sums.removed = 700;
        books(9'300);
        assertProven("7");
        books(10'700);
        CPPUNIT_ASSERT_EQUAL(std::string("-14"), judge().unexplained);
    }

    void whatTheBooksKeepIsTooMuchInThem()
    {
        facts_.sums.kept = 700;
        books(10'700);
        assertProven("-7");
        books(9'300);
        CPPUNIT_ASSERT_EQUAL(std::string("14"), judge().unexplained);
    }

    void allOfThemExplainTogether()
    {
        facts_.sums.held = 1;
        facts_.sums.removed = 20;
        facts_.sums.kept = 300;
        books(10'000 - 1 - 20 + 300);
        assertProven("-2.79");
    }

    void theSameBalanceReadOnceCountsOnce()
    {
        books(9'000);
        const auto first = judge();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, first.looks);
        now_ = plusMs(now_, 60'000);
        const auto again = judge(first);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, again.looks);
        readAgain();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, judge(again).looks);
    }

    void anotherDifferenceIsALookOfItsOwnEvenAtTheSameBalance()
    {
        books(9'000);
        const auto first = judge();
        now_ = plusMs(now_, 60'000);
        books(8'000); // Somebody entered something by hand.
        const auto other = judge(first);
        CPPUNIT_ASSERT_EQUAL(std::string("20"), other.unexplained);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, other.looks);
        CPPUNIT_ASSERT_EQUAL(now_.ns, other.since->ns);
    }

    void aBalanceFromBeforeTheSyncIsNoLook()
    {
        books(9'000);
        facts_.freshBalance = false;
        const auto first = judge();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, first.looks);
        readAgain();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, judge(first).looks);
    }

    void whatWasJustDeliveredIsOnItsWayForHalfAMinute()
    {
        books(9'000);
        facts_.deliveredAt = plusMs(now_, -29'999);
        CPPUNIT_ASSERT_EQUAL(std::string("not_delivered"), judge().reason);
        books(10'000); // Not even equality is concluded from.
        CPPUNIT_ASSERT_EQUAL(std::string("settling"), judge().state);
        facts_.deliveredAt = plusMs(now_, -30'000);
        CPPUNIT_ASSERT_EQUAL(std::string("proven"), judge().state);
        books(9'000);
        CPPUNIT_ASSERT_EQUAL(std::string("may_come_right"), judge().reason);
    }

    sync::ProofFacts facts_;
    UtcTime now_{1'780'000'000'000'000'000};
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProofJudgeTest);

} // namespace bankfeed
