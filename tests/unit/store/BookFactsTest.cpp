// What was told of the books, and what is only believed.
#include "store/BookFacts.h"
#include "support/BothEngines.h"

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

class BookFactsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BookFactsTest);
    CPPUNIT_TEST(aGuessTakesNotThePlaceOfAPeriodThatWasTold);
    CPPUNIT_TEST(aRefusalIsBelievedLongerEachTime);
    CPPUNIT_TEST(aGuessAboutAPeriodGrowsAndNeverShrinks);
    CPPUNIT_TEST(aReconciliationIsBelievedBesideAnImportAgain);
    CPPUNIT_TEST(whatIsToldOfAnEntryEndsWhatIsBelieved);
    CPPUNIT_TEST(whatIsBelievedFollowsAMerge);
    CPPUNIT_TEST(theOldNameOfAMergedAccountClosesNothing);
    CPPUNIT_TEST(mergesThatAreToldAnewAreNoNews);
    CPPUNIT_TEST_SUITE_END();

    static UtcTime minutes(std::int64_t count) { return UtcTime{count * 60'000 * nsPerMs}; }

    template <class Body>
    static void withFacts(Body body)
    {
        onBothEngines(
            [&](TestDatabase& database)
            {
                good(database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        BookFacts facts(unit, "t");
                        body(facts);
                        return success();
                    }));
            });
    }

public:
    void aGuessTakesNotThePlaceOfAPeriodThatWasTold()
    {
        withFacts(
            [](BookFacts& facts)
            {
                facts.setPeriod("l1", "2026-01-31", 1);
                facts.guess(factKind::period, "l1", "2026-02-20", minutes(0));
                CPPUNIT_ASSERT(facts.periods(minutes(1)).closed("l1", "2026-02-10"));
                CPPUNIT_ASSERT(!facts.periods(minutes(61)).closed("l1", "2026-02-10"));
                CPPUNIT_ASSERT(facts.periods(minutes(61)).closed("l1", "2026-01-31"));
                facts.forgetGuesses(minutes(60 * 24 * 60));
                CPPUNIT_ASSERT(facts.periods(minutes(61)).closed("l1", "2026-01-31"));
                // The books tell, and nothing is believed any more.
                facts.guess(factKind::period, "l1", "2026-02-20", minutes(0));
                facts.setPeriod("l1", "", 1);
                CPPUNIT_ASSERT(facts.periods(minutes(1)).none());
            });
    }

    void aRefusalIsBelievedLongerEachTime()
    {
        withFacts(
            [](BookFacts& facts)
            {
                const auto closed = [&](std::int64_t at)
                { return facts.periods(minutes(at)).closed("l1", "2026-01-10"); };
                facts.guess(factKind::period, "l1", "2026-01-10", minutes(0));
                facts.guess(factKind::period, "l1", "2026-01-05", minutes(10)); // It still holds.
                CPPUNIT_ASSERT(closed(69) && !closed(70));
                facts.guess(factKind::period, "l1", "2026-01-10", minutes(100));
                CPPUNIT_ASSERT(closed(219) && !closed(220));
                std::int64_t at = 220;
                for (int i = 0; i < 9; ++i)
                {
                    facts.guess(factKind::period, "l1", "2026-01-10", minutes(at));
                    at += 24 * 60;
                    CPPUNIT_ASSERT(!closed(at)); // A day at most.
                }
                CPPUNIT_ASSERT(closed(at - 1));
            });
    }

    void aGuessAboutAPeriodGrowsAndNeverShrinks()
    {
        withFacts(
            [](BookFacts& facts)
            {
                for (const char* day : {"2026-01-10", "2026-02-10", "2026-01-20"})
                    facts.guess(factKind::period, "l1", day, minutes(0));
                CPPUNIT_ASSERT(facts.periods(minutes(1)).closed("l1", "2026-02-10"));
                CPPUNIT_ASSERT(!facts.periods(minutes(1)).closed("l1", "2026-02-11"));
            });
    }

    void aReconciliationIsBelievedBesideAnImportAgain()
    {
        withFacts(
            [](BookFacts& facts)
            {
                facts.setEntry("k", entryAgain, 4, 1);
                facts.guess(factKind::entry, "k", entryMark::reconciled, minutes(0));
                const auto now = facts.entries({"k"}, minutes(1)).at("k");
                CPPUNIT_ASSERT_EQUAL(std::string(entryAgain), now.value);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, now.revision);
                CPPUNIT_ASSERT(now.isReconciled());
                CPPUNIT_ASSERT(!facts.entries({"k"}, minutes(61)).at("k").isReconciled());
            });
    }

    void whatIsToldOfAnEntryEndsWhatIsBelieved()
    {
        withFacts(
            [](BookFacts& facts)
            {
                facts.guess(factKind::entry, "k", entryMark::reconciled, minutes(0));
                CPPUNIT_ASSERT(facts.entries({"k"}, minutes(1)).at("k").isReconciled());
                facts.setEntry("k", "", 1, 1);
                CPPUNIT_ASSERT(facts.entries({"k"}, minutes(1)).empty());
            });
    }

    void whatIsBelievedFollowsAMerge()
    {
        withFacts(
            [](BookFacts& facts)
            {
                facts.setMerged("old", "new", 1);
                facts.guess(factKind::account, "old", "closed", minutes(0));
                CPPUNIT_ASSERT_EQUAL(
                    std::size_t{2}, facts.closedAccounts({"old", "new"}, minutes(1)).size());
                facts.guess(factKind::period, "old", "2026-01-10", minutes(0));
                const auto periods = facts.periods(minutes(1));
                CPPUNIT_ASSERT(periods.closed("old", "2026-01-10"));
                CPPUNIT_ASSERT(periods.closed("new", "2026-01-10"));
                CPPUNIT_ASSERT(!periods.closed("other", "2026-01-10"));
            });
    }

    void theOldNameOfAMergedAccountClosesNothing()
    {
        withFacts(
            [](BookFacts& facts)
            {
                facts.setPeriod("old", "2026-01-31", 1);
                CPPUNIT_ASSERT(facts.periods(minutes(1)).closed("old", "2026-01-10"));
                facts.setMerged("old", "new", 1);
                CPPUNIT_ASSERT(!facts.periods(minutes(1)).closed("old", "2026-01-10"));
            });
    }

    void mergesThatAreToldAnewAreNoNews()
    {
        withFacts(
            [](BookFacts& facts)
            {
                CPPUNIT_ASSERT(facts.setMerged("a", "b", 1));
                CPPUNIT_ASSERT(facts.setMerged("b", "c", 1));
                CPPUNIT_ASSERT_EQUAL(std::string("c"), facts.targetOf("a"));
                CPPUNIT_ASSERT(!facts.setMerged("a", "b", 2));
                CPPUNIT_ASSERT_EQUAL(std::string("c"), facts.targetOf("a"));
                CPPUNIT_ASSERT(!facts.setMerged("b", "c", 2));
                CPPUNIT_ASSERT(facts.setMerged("c", "a", 3)); // They changed their mind.
                CPPUNIT_ASSERT_EQUAL(std::string("a"), facts.targetOf("c"));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BookFactsTest);
