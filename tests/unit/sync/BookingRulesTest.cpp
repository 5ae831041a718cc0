// The rules of booking at their edges: what a closed period and a person's word do to a row.
#include "store/LedgerContent.h"
#include "sync/Booking.h"

#include "base/Limits.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

using store::BankTransaction;
using sync::Occasion;

class BookingRulesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BookingRulesTest);
    CPPUNIT_TEST(whatIsOutOfTheBooksIsNotInThemBecauseItsPeriodIsClosed);
    CPPUNIT_TEST(whatAPersonTookOutStaysInTheBooksWhileItsPeriodIsClosed);
    CPPUNIT_TEST(anUndoThatWaitsGoesOutWhenThePeriodIsOpen);
    CPPUNIT_TEST(aRowTooOldForItsLinkStaysSoWhileItsAccountFeedsNothing);
    CPPUNIT_TEST(aRowThatMovesOutOfAClosedPeriodWaits);
    CPPUNIT_TEST(aRowThatMovesIntoAClosedPeriodWaits);
    CPPUNIT_TEST(theLargestAmountsAreBookedAndLargerOnesAreNot);
    CPPUNIT_TEST(aBookedRowThatBecomesMorePreciseFollowsTheBank);
    CPPUNIT_TEST(aWordOnAPreciseAmountOutlivesAClosedPeriod);
    CPPUNIT_TEST(aNewLinkNamesItselfAsTheJudgeOfAnOldRow);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        account_.account.id = "acc";
        account_.account.feedId = "feed";
        account_.account.currency = "USD";
        account_.account.exponent = 2;
        account_.link.emplace();
        account_.link->id = "lnk";
        account_.link->ledgerAccountId = books;
    }

private:
    static constexpr const char* books = "Assets:Checking";

    static BankTransaction rowOf(const std::string& amount = "1.00")
    {
        BankTransaction row;
        row.rootKey = "t1_x";
        row.bankAccountId = "acc";
        row.bookedOn = "2026-01-10";
        row.name = "TEA";
        sync::setAmount(row, {amount, "USD", true});
        return row;
    }
    std::optional<LedgerChange> judge(BankTransaction& row, Occasion occasion = Occasion::BankSpoke,
        const store::ClosedPeriods& closed = {})
    {
        return sync::book(row, &account_, occasion, rules_, closed);
    }
    BankTransaction bookedRow()
    {
        auto row = rowOf();
        CPPUNIT_ASSERT(judge(row).has_value());
        return row;
    }
    static store::ClosedPeriods closedThrough(const std::string& day)
    {
        store::ClosedPeriods closed;
        closed.close("", day);
        return closed;
    }
    static void assertStands(
        const BankTransaction& row, std::string_view lane, std::string_view reason)
    {
        CPPUNIT_ASSERT_EQUAL(std::string(lane), row.lane);
        CPPUNIT_ASSERT_EQUAL(std::string(reason), row.laneReason);
    }

    void whatIsOutOfTheBooksIsNotInThemBecauseItsPeriodIsClosed()
    {
        auto row = bookedRow();
        row.removed = true;
        CPPUNIT_ASSERT(judge(row)->kind == ChangeKind::Void);
        row.name = "TEA, TAKEN BACK";
        CPPUNIT_ASSERT(!judge(row, Occasion::BankSpoke, closedThrough("2026-01-31")));
        assertStands(row, "voided", "");
        row.removed = false;
        row.pending = true;
        CPPUNIT_ASSERT(!judge(row, Occasion::BankSpoke, closedThrough("2026-01-31")));
        assertStands(row, "pending", "");
    }

    void whatAPersonTookOutStaysInTheBooksWhileItsPeriodIsClosed()
    {
        auto row = bookedRow();
        row.undoAsked = true;
        for (const auto occasion : {Occasion::BankSpoke, Occasion::Release})
        {
            CPPUNIT_ASSERT(!judge(row, occasion, closedThrough("2026-01-10")));
            assertStands(row, "booked", "period_closed");
            CPPUNIT_ASSERT(row.undoAsked && sync::inTheBooks(row));
        }
        row.entryMark = store::entryMark::reconciled;
        CPPUNIT_ASSERT(!judge(row));
        assertStands(row, "booked", "reconciled");
        CPPUNIT_ASSERT(row.undoAsked && sync::inTheBooks(row));
    }

    void anUndoThatWaitsGoesOutWhenThePeriodIsOpen()
    {
        auto row = bookedRow();
        row.undoAsked = true;
        const auto change = judge(row, Occasion::Release, closedThrough("2026-01-09"));
        CPPUNIT_ASSERT(change && change->kind == ChangeKind::Void);
        CPPUNIT_ASSERT(store::isUndoneRevision(change->revision));
        assertStands(row, "held", "undone");
        CPPUNIT_ASSERT(!row.undoAsked);
    }

    void aRowTooOldForItsLinkStaysSoWhileItsAccountFeedsNothing()
    {
        account_.link->startDate = "2026-02-01";
        auto row = rowOf();
        CPPUNIT_ASSERT(!judge(row));
        assertStands(row, "before_start", "lnk");
        account_.link.reset();
        row.name = "TEA AND MORE";
        CPPUNIT_ASSERT(!judge(row));
        // Held, it would be booked by the next link whatever that one's start.
        assertStands(row, "before_start", "lnk");
    }

    void aRowThatMovesOutOfAClosedPeriodWaits()
    {
        auto row = bookedRow();
        row.bookedOn = "2026-02-10";
        CPPUNIT_ASSERT(!judge(row, Occasion::BankSpoke, closedThrough("2026-01-31")));
        assertStands(row, "booked", "period_closed");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, row.revision);
    }

    void aRowThatMovesIntoAClosedPeriodWaits()
    {
        auto row = bookedRow();
        row.bookedOn = "2026-01-05";
        CPPUNIT_ASSERT(!judge(row, Occasion::BankSpoke, closedThrough("2026-01-09")));
        assertStands(row, "booked", "period_closed");
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-10"), row.sentBookedOn);
    }

    void theLargestAmountsAreBookedAndLargerOnesAreNot()
    {
        static_assert(limits::unitsPerRow == 10'000'000'000'000'000);
        for (const std::string sign : {"", "-"})
        {
            auto largest = rowOf(sign + "100000000000000.00");
            CPPUNIT_ASSERT(judge(largest).has_value());
            auto larger = rowOf(sign + "100000000000000.01");
            CPPUNIT_ASSERT(!judge(larger).has_value());
            assertStands(larger, "held", "overflow");
        }
    }

    void aBookedRowThatBecomesMorePreciseFollowsTheBank()
    {
        rules_.holdRounded = true;
        auto row = bookedRow();
        sync::setAmount(row, {"1.234", "USD", true});
        const auto change = judge(row);
        CPPUNIT_ASSERT(change && change->kind == ChangeKind::Amend);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{123}, change->units);
    }

    void aWordOnAPreciseAmountOutlivesAClosedPeriod()
    {
        rules_.holdRounded = true;
        auto row = rowOf("1.234");
        CPPUNIT_ASSERT(!judge(row));
        assertStands(row, "held", "rounded");
        CPPUNIT_ASSERT(!judge(row, Occasion::Decision, closedThrough("2026-01-31")));
        assertStands(row, "held", "period_closed");
        auto other = row;
        sync::setAmount(other, {"2.345", "USD", true});
        CPPUNIT_ASSERT(!judge(other)); // The word was about another amount.
        assertStands(other, "held", "rounded");
        CPPUNIT_ASSERT(judge(row, Occasion::Release)->kind == ChangeKind::Post);
    }

    void aNewLinkNamesItselfAsTheJudgeOfAnOldRow()
    {
        account_.link->startDate = "2026-02-01";
        auto row = rowOf();
        CPPUNIT_ASSERT(!judge(row));
        account_.link->id = "lnk2";
        CPPUNIT_ASSERT(!judge(row)); // What the bank says does not change who judged,
        assertStands(row, "before_start", "lnk");
        CPPUNIT_ASSERT(!judge(row, Occasion::Release)); // but the new link's release does,
        assertStands(row, "before_start", "lnk2");
        account_.link->startDate.clear();
        CPPUNIT_ASSERT(!judge(row, Occasion::Release)); // and it judges once.
        assertStands(row, "before_start", "lnk2");
    }

    store::LinkedAccount account_;
    sync::BookingRules rules_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(BookingRulesTest);

} // namespace bankfeed
