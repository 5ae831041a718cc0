// What the review of a connection shows, before anybody decides.
#include "unit/accounts/ReviewRows.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

using accounts::Choice;
using accounts::Review;
using accounts::ReviewRow;

class ReviewTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ReviewTest);
    CPPUNIT_TEST(oldAccountsComeBesideNewOnes);
    CPPUNIT_TEST(accountsThatCannotFeedAreToldSoInAdvance);
    CPPUNIT_TEST(theListSaysWhoFeedsWhat);
    CPPUNIT_TEST(aReviewOfAnotherTenantIsNotFound);
    CPPUNIT_TEST_SUITE_END();

public:
    void oldAccountsComeBesideNewOnes()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000"),
                                           shownAccount("a2", "Savings", "1111")});
                world.apply(
                    connection, {decideNew(world.account(connection, "Checking"), "Checking"),
                                    decide(world.account(connection, "Savings"), Choice::None)});
                world.clock.advanceMs(1000);
                world.look(connection,
                    {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111"),
                        shownAccount("a3", "Event Fund", "2222")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(std::size_t{3}, review.rows.size());
                CPPUNIT_ASSERT(!rowOf(review, "Checking").isNew);
                CPPUNIT_ASSERT(!rowOf(review, "Checking").proposal);
                CPPUNIT_ASSERT(!rowOf(review, "Savings").isNew);
                const ReviewRow& fresh = rowOf(review, "Event Fund");
                CPPUNIT_ASSERT(fresh.isNew);
                CPPUNIT_ASSERT(fresh.proposal && fresh.proposal->choice == Choice::New);
                CPPUNIT_ASSERT_EQUAL(std::string("Event Fund"), fresh.proposal->name);
                CPPUNIT_ASSERT(!fresh.startDateDefault);
            });
    }

    void accountsThatCannotFeedAreToldSoInAdvance()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "401k", "1", "investment", "401k"),
                                           shownAccount("a2", "Savings", "1111")});
                world.clock.advanceMs(60'000);
                world.look(connection, {shownAccount("a1", "401k", "1", "investment", "401k")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("balances_only"), rowOf(review, "401k").conflicts.at(0).code);
                CPPUNIT_ASSERT(!rowOf(review, "401k").proposal);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("not_shared"), rowOf(review, "Savings").conflicts.at(0).code);
            });
    }

    void theListSaysWhoFeedsWhat()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "A"), booksAccount("l2", "B"),
                    booksAccount("l3", "Food", LedgerAccountType::Expense)});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                world.apply(
                    connection, {decideExisting(world.account(connection, "Checking"), "l2")});
                const auto review = reviewOf(world, connection);
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, review.ledgerAccounts.size());
                CPPUNIT_ASSERT(review.ledgerAccounts.at(0).fedBy == nullptr);
                const auto* fedBy = review.ledgerAccounts.at(1).fedBy;
                CPPUNIT_ASSERT(fedBy != nullptr);
                CPPUNIT_ASSERT_EQUAL(std::string("Checking \u2022\u20220000"), fedBy->shownName());
                CPPUNIT_ASSERT_EQUAL(std::string("First Platypus Bank"), fedBy->institution);
            });
    }

    void aReviewOfAnotherTenantIsNotFound()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect("ins_1", "Bank", "other");
                const auto review = world.database->read([&](store::Unit& unit)
                    { return Review::build(unit, World::tenant, connection); });
                CPPUNIT_ASSERT(!review.ok() && review.error().kind == ErrorKind::NotFound);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReviewTest);

} // namespace bankfeed::testing
