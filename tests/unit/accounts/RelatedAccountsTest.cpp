// Accounts of the same bank that are one: what the review says of the others of them.
#include "unit/accounts/ReviewRows.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed::testing
{

using accounts::ReviewRow;

class RelatedAccountsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RelatedAccountsTest);
    CPPUNIT_TEST(aReissuedAccountIsRelatedAndGetsItsOldLedgerAccount);
    CPPUNIT_TEST(accessThatEndedAtTheBankStandsInNobodysWay);
    CPPUNIT_TEST(weakEvidenceMustPointToExactlyOne);
    CPPUNIT_TEST(aLiveLookAlikeElsewhereIsToldAndNothingIsProposed);
    CPPUNIT_TEST(anAccountThatComesBackIsToldFromTheOneThatJustWentMissing);
    CPPUNIT_TEST(ofSeveralEndedLookAlikesTheLatestGoesOn);
    CPPUNIT_TEST(anotherPersistentIdIsAnotherAccount);
    CPPUNIT_TEST_SUITE_END();

public:
    void aReissuedAccountIsRelatedAndGetsItsOldLedgerAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts(
                    {withHistory(booksAccount("l1", "Cash at bank"), "2026-10-31")});
                auto shown = shownAccount("a1", "Checking", "0000");
                shown.persistentId = "persistent-1";
                const auto first = world.connect();
                world.look(first, {shown});
                const auto old = world.account(first, "Checking");
                world.apply(first, {decideExisting(old, "l1")});
                world.endConnection(first);
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                shown.providerAccountId = "b1";
                shown.name = "Renamed";
                world.look(second, {shown});
                const auto review = reviewOf(world, second);
                const ReviewRow& row = rowOf(review, "Renamed");
                CPPUNIT_ASSERT(row.relation);
                CPPUNIT_ASSERT_EQUAL(std::string("re_issued"), row.relation->kind);
                CPPUNIT_ASSERT_EQUAL(old.id, row.relation->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("l1"), row.proposal->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("same_persistent_id"), evidenceOf(row.proposal->evidence));
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-01"), row.startDateDefault->text());
                CPPUNIT_ASSERT(review.ledgerAccounts.at(0).fedBy == nullptr);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.apply(second, {decideExisting(row.account, "l1")}).linked);
            });
    }

    void accessThatEndedAtTheBankStandsInNobodysWay()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash at bank")});
                for (const auto state : {store::connectionState::needsUser,
                         store::connectionState::revoked, store::connectionState::gone})
                {
                    const std::string name(state);
                    const auto first = world.connect("ins_" + name);
                    world.look(first, {shownAccount("a" + name, "Checking", "0000")});
                    world.apply(first, {decideExisting(world.account(first, "Checking"), "l1")});
                    world.write(
                        [&](store::Unit& unit) {
                            store::ConnectionRepository(unit, World::tenant)
                                .setState(first, state, "TEST");
                        });
                    world.clock.advanceMs(1000);
                    const auto second = world.connect("ins_" + name);
                    world.look(second, {shownAccount("b" + name, "Checking", "0000")});
                    const auto review = reviewOf(world, second);
                    const ReviewRow& row = rowOf(review, "Checking");
                    const bool mendable = state == store::connectionState::needsUser;
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(name,
                        std::string(mendable ? "also_shared" : "re_issued"), row.relation->kind);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, mendable, !row.conflicts.empty());
                    if (mendable) world.endConnection(first);
                    const auto decision = decideExisting(row.account, "l1");
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        name, std::int64_t{1}, world.apply(second, {decision}).linked);
                    if (!mendable)
                        CPPUNIT_ASSERT_EQUAL_MESSAGE(
                            name, std::string("l1"), row.proposal->ledgerAccountId);
                    world.endConnection(second);
                }
            });
    }

    void weakEvidenceMustPointToExactlyOne()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                world.endConnection(first);
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second, {shownAccount("b1", "Main", "0000")});
                const auto one = reviewOf(world, second);
                CPPUNIT_ASSERT_EQUAL(std::string("same_mask_type_currency"),
                    evidenceOf(rowOf(one, "Main").relation->evidence));
                world.look(second,
                    {shownAccount("b1", "Main", "0000"), shownAccount("b2", "Twin", "0000")});
                const auto two = reviewOf(world, second);
                CPPUNIT_ASSERT(!rowOf(two, "Main").relation);
                CPPUNIT_ASSERT(!rowOf(two, "Twin").relation);
                const auto elsewhere = world.connect("ins_2", "Two");
                world.look(elsewhere, {shownAccount("c1", "Main", "0000")});
                CPPUNIT_ASSERT(!rowOf(reviewOf(world, elsewhere), "Main").relation);
            });
    }

    void aLiveLookAlikeElsewhereIsToldAndNothingIsProposed()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                world.look(first, {shownAccount("a1", "Checking", "0000")});
                const auto original = world.account(first, "Checking");
                world.apply(first, {decideNew(original, "Checking")});
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                world.look(second,
                    {shownAccount("b1", "Checking", "0000"), shownAccount("b2", "Other", "1")});
                const auto review = reviewOf(world, second);
                const ReviewRow& row = rowOf(review, "Checking");
                CPPUNIT_ASSERT(row.relation);
                CPPUNIT_ASSERT_EQUAL(std::string("also_shared"), row.relation->kind);
                CPPUNIT_ASSERT_EQUAL(original.id, row.relation->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("same_mask_type_currency"), evidenceOf(row.relation->evidence));
                CPPUNIT_ASSERT_EQUAL(std::string("looks_already_linked"), row.conflicts.at(0).code);
                CPPUNIT_ASSERT(!row.proposal);
                CPPUNIT_ASSERT_EQUAL(std::string("Checking 0000"), row.nameDefault);
                CPPUNIT_ASSERT(!rowOf(review, "Other").relation);
                CPPUNIT_ASSERT(rowOf(review, "Other").proposal);
                // The one that feeds the books is not asked again.
                CPPUNIT_ASSERT(!rowOf(reviewOf(world, first), "Checking").relation);
            });
    }

    void anAccountThatComesBackIsToldFromTheOneThatJustWentMissing()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto main = shownAccount("a1", "Checking", "0000");
                world.look(connection, {main, shownAccount("a2", "Savings", "1111")});
                const auto savings = world.account(connection, "Savings");
                world.apply(connection, {decideNew(savings, "Savings")});
                world.clock.advanceMs(1000);
                world.look(connection, {main});
                world.look(connection, {main, shownAccount("b2", "Savings again", "1111")});
                const auto row = rowOf(reviewOf(world, connection), "Savings again");
                CPPUNIT_ASSERT(row.relation);
                CPPUNIT_ASSERT_EQUAL(savings.id, row.relation->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("looks_already_linked"), row.conflicts.at(0).code);
                CPPUNIT_ASSERT(!row.proposal);
            });
    }

    void ofSeveralEndedLookAlikesTheLatestGoesOn()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                std::string latest;
                for (const char* id : {"a1", "b1"})
                {
                    const auto connection = world.connect();
                    world.look(connection, {shownAccount(id, "Checking", "0000")});
                    latest = world.account(connection, "Checking").id;
                    world.apply(
                        connection, {decideExisting(world.account(connection, "Checking"), "l1")});
                    world.endConnection(connection);
                    world.clock.advanceMs(1000);
                }
                const auto third = world.connect();
                world.look(third, {shownAccount("c1", "Checking", "0000")});
                const auto row = rowOf(reviewOf(world, third), "Checking");
                CPPUNIT_ASSERT(row.relation);
                CPPUNIT_ASSERT_EQUAL(std::string("re_issued"), row.relation->kind);
                CPPUNIT_ASSERT_EQUAL(latest, row.relation->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("l1"), row.proposal->ledgerAccountId);
            });
    }

    void anotherPersistentIdIsAnotherAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                auto shown = shownAccount("a1", "Checking", "0000");
                shown.persistentId = "persistent-1";
                const auto first = world.connect();
                world.look(first, {shown});
                world.apply(first, {decideNew(world.account(first, "Checking"), "Checking")});
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                shown.providerAccountId = "b1";
                shown.persistentId = "persistent-2";
                world.look(second, {shown});
                const auto review = reviewOf(world, second);
                CPPUNIT_ASSERT(!rowOf(review, "Checking").relation);
                CPPUNIT_ASSERT(rowOf(review, "Checking").proposal);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RelatedAccountsTest);

} // namespace bankfeed::testing
