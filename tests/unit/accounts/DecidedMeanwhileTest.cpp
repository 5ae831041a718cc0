// Two administrators at one review: nobody undoes unseen what the other decided.
#include "accounts/LinkingChecks.h"
#include "unit/accounts/World.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

using accounts::Choice;
using accounts::Decision;
using accounts::Linking;

namespace
{

/// A review with two new accounts, that Ada and Ben have before them at the same time.
struct TwoPeople
{
    explicit TwoPeople(World& around) : world(around)
    {
        world.ledgerAccounts({booksAccount("l1", "Assets:One"), booksAccount("l2", "Assets:Two")});
        connection = world.connect();
        world.look(connection,
            {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111")});
        seen = world.accountsOf(connection);
    }

    /// As the draft has it: about the row that was seen when the page was read.
    [[nodiscard]] Decision drafted(const std::string& name, Choice choice) const
    {
        for (const auto& account : seen)
            if (account.name == name)
            {
                Decision decision = decide(account, choice);
                decision.version = accounts::versionOf(account);
                if (choice == Choice::New) decision.name = name;
                if (choice == Choice::Existing) decision.ledgerAccountId = "l1";
                return decision;
            }
        CPPUNIT_FAIL("no account " + name);
        return {};
    }

    Linking::Applied adaApplies(const std::vector<Decision>& decisions)
    {
        world.clock.advanceMs(1000);
        return world.apply(connection, decisions);
    }

    Linking::Applied benApplies(const std::vector<Decision>& decisions)
    {
        world.clock.advanceMs(1000);
        return valueOf(
            world.linking().apply(World::tenant, {"u2", "Ben Books"}, connection, decisions));
    }

    void benIsTold(const std::vector<Decision>& decisions, const std::string& what)
    {
        const auto applied = benApplies(decisions);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, applied.conflicts.size());
        const auto& conflict = applied.conflicts.front();
        CPPUNIT_ASSERT_EQUAL(std::string("decided_meanwhile"), conflict.code);
        CPPUNIT_ASSERT(conflict.decidedMeanwhile);
        CPPUNIT_ASSERT_EQUAL(what, conflict.params.at(0).second);
        CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), conflict.params.at(1).second);
        CPPUNIT_ASSERT(!conflict.params.at(2).second.empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, applied.linked + applied.aside + applied.later);
    }

    std::string decisionAbout(const std::string& name)
    {
        return world.account(connection, name).decision;
    }

    World& world;
    std::string connection;
    std::vector<store::BankAccount> seen;
};

} // namespace

class DecidedMeanwhileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DecidedMeanwhileTest);
    CPPUNIT_TEST(laterOfAStaleDraftDoesNotOpenAgainWhatAnotherKeptAside);
    CPPUNIT_TEST(aLinkOfAStaleDraftDoesNotOverrideWhatAnotherKeptAside);
    CPPUNIT_TEST(nothingElseOfAStaleDraftIsApplied);
    CPPUNIT_TEST(keepingAsideFromAStaleDraftDoesNotOverrideAReopening);
    CPPUNIT_TEST(laterOfAStaleDraftSaysThatAnotherLinked);
    CPPUNIT_TEST(theSameDecisionByTwoPeopleIsNoConflict);
    CPPUNIT_TEST(whoeverLooksAgainMayDecideAnew);
    CPPUNIT_TEST(aDecisionThatNamesNoVersionHolds);
    CPPUNIT_TEST_SUITE_END();

public:
    void laterOfAStaleDraftDoesNotOpenAgainWhatAnotherKeptAside()
    {
        inBothWorlds(
            [](World& world)
            {
                TwoPeople two(world);
                const Decision stale = two.drafted("Savings", Choice::Later);
                two.adaApplies({two.drafted("Savings", Choice::None)});
                two.benIsTold({stale}, "aside");
                CPPUNIT_ASSERT_EQUAL(std::string("aside"), two.decisionAbout("Savings"));
            });
    }

    void aLinkOfAStaleDraftDoesNotOverrideWhatAnotherKeptAside()
    {
        inBothWorlds(
            [](World& world)
            {
                TwoPeople two(world);
                two.adaApplies({two.drafted("Savings", Choice::None)});
                two.benIsTold({two.drafted("Savings", Choice::New)}, "aside");
                two.benIsTold({two.drafted("Savings", Choice::Existing)}, "aside");
                CPPUNIT_ASSERT(!world.linkOf(world.account(two.connection, "Savings").id));
            });
    }

    void nothingElseOfAStaleDraftIsApplied()
    {
        inBothWorlds(
            [](World& world)
            {
                TwoPeople two(world);
                two.adaApplies({two.drafted("Savings", Choice::None)});
                two.benIsTold({two.drafted("Checking", Choice::Existing),
                                  two.drafted("Savings", Choice::Later)},
                    "aside");
                CPPUNIT_ASSERT_EQUAL(std::string("open"), two.decisionAbout("Checking"));
            });
    }

    void keepingAsideFromAStaleDraftDoesNotOverrideAReopening()
    {
        inBothWorlds(
            [](World& world)
            {
                TwoPeople two(world);
                two.adaApplies({two.drafted("Savings", Choice::None)});
                two.seen = world.accountsOf(two.connection);
                const Decision link = two.drafted("Savings", Choice::New);
                two.adaApplies({two.drafted("Savings", Choice::Later)});
                two.benIsTold({link}, "open");
                CPPUNIT_ASSERT_EQUAL(std::string("open"), two.decisionAbout("Savings"));
            });
    }

    void laterOfAStaleDraftSaysThatAnotherLinked()
    {
        inBothWorlds(
            [](World& world)
            {
                TwoPeople two(world);
                two.adaApplies({two.drafted("Savings", Choice::New)});
                two.benIsTold({two.drafted("Savings", Choice::Later)}, "linked");
                const auto linked = two.benApplies({two.drafted("Savings", Choice::None)});
                CPPUNIT_ASSERT_EQUAL(std::string("already_linked"), linked.conflicts.front().code);
                CPPUNIT_ASSERT(world.linkOf(world.account(two.connection, "Savings").id));
            });
    }

    void theSameDecisionByTwoPeopleIsNoConflict()
    {
        inBothWorlds(
            [](World& world)
            {
                TwoPeople two(world);
                const Decision aside = two.drafted("Savings", Choice::None);
                two.adaApplies({aside});
                CPPUNIT_ASSERT(two.benApplies({aside}).conflicts.empty());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Ada Admin"), world.account(two.connection, "Savings").decidedBy);
            });
    }

    void whoeverLooksAgainMayDecideAnew()
    {
        inBothWorlds(
            [](World& world)
            {
                TwoPeople two(world);
                two.adaApplies({two.drafted("Savings", Choice::None)});
                two.seen = world.accountsOf(two.connection);
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{1}, two.benApplies({two.drafted("Savings", Choice::New)}).linked);
            });
    }

    void aDecisionThatNamesNoVersionHolds()
    {
        inBothWorlds(
            [](World& world)
            {
                TwoPeople two(world);
                Decision later = two.drafted("Savings", Choice::Later);
                later.version.clear();
                two.adaApplies({two.drafted("Savings", Choice::None)});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, two.benApplies({later}).later);
                CPPUNIT_ASSERT_EQUAL(std::string("open"), two.decisionAbout("Savings"));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DecidedMeanwhileTest);

} // namespace bankfeed::testing
