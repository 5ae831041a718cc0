// That an account goes on with the feed of another is known by its link, and can be taken back.
#include "accounts/TakeBack.h"
#include "accounts/Review.h"
#include "accounts/Unlinking.h"
#include "store/JobRepository.h"
#include "unit/accounts/World.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

namespace
{

/// "Checking" of a login that has ended fed "led"; the same one of a new login goes on with that.
struct Continued
{
    explicit Continued(World& w) : world(w)
    {
        world.ledgerAccounts(
            {booksAccount("led", "Assets:Bank:Checking"), booksAccount("free", "Assets:Free")});
        before = world.connect();
        world.look(before, {shown("a1")});
        old = world.account(before, "Checking");
        CPPUNIT_ASSERT(world.apply(before, {decideExisting(old, "led")}).conflicts.empty());
        world.clock.advanceMs(1'000);
        world.endConnection(before);
        world.clock.advanceMs(1'000);
        connection = world.connect();
        world.look(connection, {shown("b1"), shownAccount("b2", "Savings", "1111")});
        account = world.account(connection, "Checking");
        CPPUNIT_ASSERT(world.apply(connection, {decideExisting(account, "led")}).conflicts.empty());
        link = *world.linkOf(account.id);
    }
    static ProviderAccount shown(const std::string& id)
    {
        auto one = shownAccount(id, "Checking", "0000");
        one.persistentId = "persistent-1";
        return one;
    }
    std::string conflict()
    {
        return world.write(
            [&](store::Unit& unit)
            {
                const auto now = store::AccountLinkRepository(unit, World::tenant).find(link.id);
                return std::string(accounts::takeBackConflict(unit, World::tenant, *now));
            });
    }
    void begin()
    {
        world.write(
            [&](store::Unit& unit)
            {
                store::AccountLinkRepository(unit, World::tenant)
                    .setState(link.id, store::linkState::active);
                const auto taken = accounts::takenBackLink(unit, World::tenant, link.id);
                CPPUNIT_ASSERT(taken.has_value());
                accounts::beginTakeBack(
                    unit, World::tenant, World::ada(), *taken, world.clock.now());
            });
    }
    std::string finish()
    {
        return world.write(
            [&](store::Unit& unit)
            {
                const auto taken = accounts::takenBackLink(unit, World::tenant, link.id);
                return accounts::finishTakeBack(
                    unit, World::tenant, *taken, world.random, world.clock.now());
            });
    }
    accounts::ReviewRow row()
    {
        return world.write(
            [&](store::Unit& unit)
            {
                auto review = valueOf(accounts::Review::build(unit, World::tenant, connection));
                for (auto& one : review.rows)
                    if (one.account.id == account.id) return std::move(one);
                CPPUNIT_FAIL("the review has no such row");
                return accounts::ReviewRow{};
            });
    }

    World& world;
    std::string before;
    std::string connection;
    store::BankAccount old;
    store::BankAccount account;
    store::AccountLink link;
};

} // namespace

class TakeBackTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TakeBackTest);
    CPPUNIT_TEST(aLinkKnowsWhoseFeedItGoesOnWith);
    CPPUNIT_TEST(oneThatGoesOnWithNobodysCannotBeTakenBack);
    CPPUNIT_TEST(meanwhileNobodyDecidesAboutItsLedgerAccount);
    CPPUNIT_TEST(itIsOpenForDecisionAndNotProposedThereAgain);
    CPPUNIT_TEST(theOldOneFeedsAgainOnceItIsShared);
    CPPUNIT_TEST(itsOldEntriesStandInTheWayOfNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void aLinkKnowsWhoseFeedItGoesOnWith()
    {
        inBothWorlds(
            [](World& world)
            {
                Continued c(world);
                CPPUNIT_ASSERT(!c.link.continues.empty());
                CPPUNIT_ASSERT_EQUAL(c.old.feedId, c.link.feedId);
                CPPUNIT_ASSERT_EQUAL(std::string("link.waits_for_books"), c.conflict());
                // Stopped and linked again, it still has what it took over.
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::AccountLinkRepository(unit, World::tenant)
                            .setState(c.link.id, store::linkState::active);
                        CPPUNIT_ASSERT(accounts::stopFeeding(unit, World::tenant, World::ada(),
                            c.link.id, world.random, world.clock.now())
                                           .ok());
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("link.not_active"), c.conflict());
                world.clock.advanceMs(1'000);
                CPPUNIT_ASSERT(world.apply(c.connection, {decideExisting(c.account, "led")})
                                   .conflicts.empty());
                CPPUNIT_ASSERT_EQUAL(c.link.continues, world.linkOf(c.account.id)->continues);
            });
    }

    void oneThatGoesOnWithNobodysCannotBeTakenBack()
    {
        inBothWorlds(
            [](World& world)
            {
                Continued c(world);
                const auto savings = world.account(c.connection, "Savings");
                world.apply(c.connection, {decideExisting(savings, "free")});
                c.link = *world.linkOf(savings.id);
                CPPUNIT_ASSERT_EQUAL(std::string("link.continues_nothing"), c.conflict());
            });
    }

    void meanwhileNobodyDecidesAboutItsLedgerAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                Continued c(world);
                c.begin();
                CPPUNIT_ASSERT_EQUAL(std::string(), c.conflict()); // It may be asked for again.
                const auto savings = world.account(c.connection, "Savings");
                // Nor when the one that is taken back can bring nothing any more.
                world.endConnection(c.connection);
                const auto third = world.connect();
                world.look(third, {Continued::shown("c1")});
                const auto refused =
                    world.apply(third, {decideExisting(world.account(third, "Checking"), "led")});
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, refused.conflicts.size());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("ledger_account_taken"), refused.conflicts.front().code);
                const auto ended = world.write(
                    [&](store::Unit& unit)
                    {
                        return valueOf(accounts::stopFeeding(unit, World::tenant, World::ada(),
                            c.link.id, world.random, world.clock.now()));
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("link.not_active"), ended.conflict);
            });
    }

    void itIsOpenForDecisionAndNotProposedThereAgain()
    {
        inBothWorlds(
            [](World& world)
            {
                Continued c(world);
                c.begin();
                CPPUNIT_ASSERT_EQUAL(std::string("not_shared"), c.finish());
                const auto now = world.account(c.connection, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("open"), now.decision);
                CPPUNIT_ASSERT(now.feedId != c.old.feedId);
                CPPUNIT_ASSERT(!world.linkOf(now.id));
                const auto row = c.row();
                CPPUNIT_ASSERT(row.isNew);
                CPPUNIT_ASSERT(row.proposal.has_value());
                CPPUNIT_ASSERT(row.proposal->ledgerAccountId != "led");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("account.taken_back"), world.auditActions().front());
                // A person may choose it all the same.
                world.clock.advanceMs(1'000);
                CPPUNIT_ASSERT(
                    world.apply(c.connection, {decideExisting(now, "led")}).conflicts.empty());
                CPPUNIT_ASSERT_EQUAL(c.link.continues, world.linkOf(now.id)->continues);
            });
    }

    void theOldOneFeedsAgainOnceItIsShared()
    {
        inBothWorlds(
            [](World& world)
            {
                Continued c(world);
                c.begin();
                world.write(
                    [&](store::Unit& unit)
                    {
                        unit.execute("UPDATE connection SET state = 'healthy', removed_at = NULL "
                                     "WHERE connection_id = $1",
                            {c.before});
                    });
                CPPUNIT_ASSERT_EQUAL(std::string(), c.finish());
                const auto link = world.linkOf(c.old.id);
                CPPUNIT_ASSERT(link.has_value());
                CPPUNIT_ASSERT_EQUAL(c.link.continues, link->id);
                CPPUNIT_ASSERT_EQUAL(std::string("releasing"), link->state);
                CPPUNIT_ASSERT(world.jobAsked(store::job::release, link->id));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("linked"), world.account(c.before, "Checking").decision);
            });
    }

    void itsOldEntriesStandInTheWayOfNothing()
    {
        inBothWorlds(
            [](World& world)
            {
                Continued c(world);
                world.write(
                    [&](store::Unit& unit)
                    {
                        unit.execute("UPDATE account_link SET opening_revision = 1, opening_on = "
                                     "'2026-01-01' WHERE link_id = $1",
                            {c.link.continues});
                    });
                c.begin();
                (void)c.finish();
                world.clock.advanceMs(1'000);
                const auto applied = world.apply(
                    c.connection, {decideNew(world.account(c.connection, "Checking"), "Another")});
                CPPUNIT_ASSERT(applied.conflicts.empty());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TakeBackTest);

} // namespace bankfeed::testing
