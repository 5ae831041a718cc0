// What a change states of a row, and what the mirror remembers of what it stated before.
#include "store/LedgerContent.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed
{

using store::BankTransaction;
using store::ToldBefore;

class LedgerContentTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LedgerContentTest);
    CPPUNIT_TEST(aVoidTakesBackWhatTheBooksHave);
    CPPUNIT_TEST(aVoidOfWhatWasNeverToldSaysWhatTheRowSays);
    CPPUNIT_TEST(aPostAndAnAmendStateTheRowAsItIsNow);
    CPPUNIT_TEST(whatWasToldBeforeComesBackWhole);
    CPPUNIT_TEST(theFirstRevisionHasNothingBeforeWhateverTheMirrorRemembers);
    CPPUNIT_TEST(everyLaterRevisionRemembersTheOneBefore);
    CPPUNIT_TEST_SUITE_END();

public:
    /// Told as 5.00 EUR of the 10th; the bank says 7.000 BHD of the 20th by now.
    static BankTransaction movedOn()
    {
        BankTransaction row;
        row.rootKey = "t1_x";
        row.units = 500;
        row.exponent = 2;
        row.currency = "EUR";
        row.bookedOn = "2026-01-10";
        row.name = "TEA";
        auto post = store::changeOf(row, ChangeKind::Post, 1, "Assets:Old");
        store::noteSent(row, post);
        row.units = 7'000;
        row.exponent = 3;
        row.currency = "BHD";
        row.bookedOn = "2026-01-20";
        return row;
    }
    static void assertStates(const LedgerChange& change, std::int64_t units, int exponent,
        const std::string& currency, const std::string& day)
    {
        CPPUNIT_ASSERT_EQUAL(units, change.units);
        CPPUNIT_ASSERT_EQUAL(exponent, change.exponent);
        CPPUNIT_ASSERT_EQUAL(currency, change.currency);
        CPPUNIT_ASSERT_EQUAL(day, change.bookedOn);
    }

    void aVoidTakesBackWhatTheBooksHave()
    {
        const auto row = movedOn();
        assertStates(store::changeOf(row, ChangeKind::Void, 2, row.sentLedgerAccountId), 0, 2,
            "EUR", "2026-01-10");
    }

    void aVoidOfWhatWasNeverToldSaysWhatTheRowSays()
    {
        auto row = movedOn();
        row.sentExponent = 0; // The mirror was restored, and never had it.
        row.sentCurrency.clear();
        row.sentBookedOn.clear();
        assertStates(
            store::changeOf(row, ChangeKind::Void, 2, "Assets:Old"), 0, 3, "BHD", "2026-01-20");
    }

    void aPostAndAnAmendStateTheRowAsItIsNow()
    {
        const auto row = movedOn();
        for (const auto kind : {ChangeKind::Post, ChangeKind::Amend})
            assertStates(store::changeOf(row, kind, 2, row.sentLedgerAccountId), 7'000, 3, "BHD",
                "2026-01-20");
    }

    void whatWasToldBeforeComesBackWhole()
    {
        auto row = movedOn();
        const auto told = row;
        auto amend = store::changeOf(row, ChangeKind::Amend, 2, "Assets:New");
        store::noteSent(row, amend);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-20"), row.sentBookedOn);
        const auto before = ToldBefore::parse(amend.before);
        CPPUNIT_ASSERT(before.has_value());
        before->putBack(row);
        CPPUNIT_ASSERT_EQUAL(told.revision, row.revision);
        CPPUNIT_ASSERT_EQUAL(told.sentUnits, row.sentUnits);
        CPPUNIT_ASSERT_EQUAL(told.sentExponent, row.sentExponent);
        CPPUNIT_ASSERT_EQUAL(told.sentCurrency, row.sentCurrency);
        CPPUNIT_ASSERT_EQUAL(told.sentBookedOn, row.sentBookedOn);
        CPPUNIT_ASSERT_EQUAL(told.sentFingerprint, row.sentFingerprint);
        CPPUNIT_ASSERT_EQUAL(told.sentLedgerAccountId, row.sentLedgerAccountId);
    }

    void theFirstRevisionHasNothingBeforeWhateverTheMirrorRemembers()
    {
        auto row = movedOn(); // The books were put back to before they had it.
        auto post = store::changeOf(row, ChangeKind::Post, 1, row.sentLedgerAccountId);
        store::noteSent(row, post);
        CPPUNIT_ASSERT_EQUAL(std::string(), post.before);
        // Should they refuse it now, it is not in them.
        ToldBefore::parse(post.before)->putBack(row);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, row.revision);
        CPPUNIT_ASSERT_EQUAL(std::string(), row.sentFingerprint);
    }

    void everyLaterRevisionRemembersTheOneBefore()
    {
        auto row = movedOn();
        for (const std::uint32_t revision : {2U, 3U})
        {
            auto amend = store::changeOf(row, ChangeKind::Amend, revision, row.sentLedgerAccountId);
            store::noteSent(row, amend);
            CPPUNIT_ASSERT_EQUAL(
                std::int64_t{revision} - 1, ToldBefore::parse(amend.before)->revision);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LedgerContentTest);

} // namespace bankfeed
