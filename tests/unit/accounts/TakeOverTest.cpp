// Who stands in the way of a decision, and what happens to a feed whose place is taken.
#include "store/NoticeRepository.h"
#include "unit/accounts/World.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

namespace
{

/// "code,code" of the conflicts; "" when all was applied.
std::string codesOf(const accounts::Linking::Applied& applied)
{
    std::string codes;
    for (const auto& conflict : applied.conflicts)
        codes += (codes.empty() ? "" : ",") + conflict.code;
    return codes;
}

/// A connection whose checking account feeds the ledger account "led".
struct Fed
{
    explicit Fed(World& w) : world(w)
    {
        world.ledgerAccounts(
            {booksAccount("led", "Assets:Bank"), booksAccount("free", "Assets:Free")});
        connection = world.connect("ins_9", "Other Bank");
        world.look(connection, {shown(), shownAccount("o2", "Unlinked", "8888")});
        account = world.account(connection, "Elsewhere");
        CPPUNIT_ASSERT_EQUAL(
            std::string(), codesOf(world.apply(connection, {decideExisting(account, "led")})));
        world.clock.advanceMs(1000);
    }

    static ProviderAccount shown()
    {
        auto account = shownAccount("o1", "Elsewhere", "9999");
        account.persistentId = "persistent-1";
        return account;
    }

    void end() const { world.endConnection(connection); }

    World& world;
    std::string connection;
    store::BankAccount account;
};

} // namespace

class TakeOverTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TakeOverTest);
    CPPUNIT_TEST(aTakenLedgerAccountIsToldTogetherWithEverythingElseThatIsWrong);
    CPPUNIT_TEST(aLedgerAccountIsFreeOnceItsFeedHasEnded);
    CPPUNIT_TEST(theAccountWhoseFeedIsTakenOverIsKeptAsideAndItsNoticeClears);
    CPPUNIT_TEST(theLossOfAccessIsForgottenWhenAllThatItFedHasASuccessor);
    CPPUNIT_TEST(onlyADecisionAboutTheSameAccountWasMadeMeanwhile);
    CPPUNIT_TEST(anAccountOfAnEndedConnectionIsNotLinked);
    CPPUNIT_TEST_SUITE_END();

public:
    void aTakenLedgerAccountIsToldTogetherWithEverythingElseThatIsWrong()
    {
        inBothWorlds(
            [](World& world)
            {
                const Fed fed(world);
                const auto connection = world.connect();
                world.look(
                    connection, {shownAccount("a1", "Card", "3333", "credit", "credit card")});
                const auto card = world.account(connection, "Card");
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account_taken,type_differs"),
                    codesOf(world.apply(connection, {decideExisting(card, "led")})));
                CPPUNIT_ASSERT(world.linkOf(fed.account.id));
            });
    }

    void aLedgerAccountIsFreeOnceItsFeedHasEnded()
    {
        inBothWorlds(
            [](World& world)
            {
                const Fed fed(world);
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto checking = world.account(connection, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account_taken"),
                    codesOf(world.apply(connection, {decideExisting(checking, "led")})));
                fed.end();
                CPPUNIT_ASSERT_EQUAL(std::string(),
                    codesOf(world.apply(connection, {decideExisting(checking, "led")})));
                CPPUNIT_ASSERT(!world.linkOf(fed.account.id));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("led"), *world.linkOf(checking.id)->ledgerAccountId);
            });
    }

    void theAccountWhoseFeedIsTakenOverIsKeptAsideAndItsNoticeClears()
    {
        inBothWorlds(
            [](World& world)
            {
                const Fed fed(world);
                const std::string link = world.linkOf(fed.account.id)->id;
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::NoticeRepository(unit, World::tenant)
                            .open(world.random, store::notice::rowsBeforeStart, link, "info", "{}",
                                world.clock.now());
                    });
                fed.end();
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::rowsBeforeStart, link));
                world.apply(
                    connection, {decideExisting(world.account(connection, "Checking"), "led")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("aside"), world.account(fed.connection, "Elsewhere").decision);
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::rowsBeforeStart, link));
            });
    }

    void theLossOfAccessIsForgottenWhenAllThatItFedHasASuccessor()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts(
                    {booksAccount("l1", "Checking"), booksAccount("l2", "Saving")});
                const auto shown = [](const std::string& login)
                {
                    return std::vector<ProviderAccount>{
                        shownAccount(login + "1", "Checking", "0000"),
                        shownAccount(login + "2", "Saving", "1111")};
                };
                const auto old = world.connect();
                world.look(old, shown("a"));
                world.apply(old, {decideExisting(world.account(old, "Checking"), "l1"),
                                     decideExisting(world.account(old, "Saving"), "l2")});
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .setState(old, store::connectionState::revoked, "X");
                        store::NoticeRepository(unit, World::tenant)
                            .open(world.random, store::notice::accessRevoked, old, "error", "{}",
                                world.clock.now());
                    });
                const auto again = world.connect();
                world.look(again, shown("b"));
                world.apply(again, {decideExisting(world.account(again, "Checking"), "l1")});
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::accessRevoked, old));
                world.apply(again, {decideExisting(world.account(again, "Saving"), "l2")});
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::accessRevoked, old));
            });
    }

    void onlyADecisionAboutTheSameAccountWasMadeMeanwhile()
    {
        inBothWorlds(
            [](World& world)
            {
                const Fed fed(world);
                const auto again =
                    world.apply(fed.connection, {decideExisting(fed.account, "free")});
                CPPUNIT_ASSERT_EQUAL(std::string("already_linked"), codesOf(again));
                CPPUNIT_ASSERT(again.conflicts.front().decidedMeanwhile);
                // The same account at the bank, shown by a second login.
                const auto second = world.connect("ins_9", "Other Bank");
                auto twin = Fed::shown();
                twin.providerAccountId = "b1";
                world.look(second, {twin});
                const auto refused = world.apply(
                    second, {decideExisting(world.account(second, "Elsewhere"), "free")});
                CPPUNIT_ASSERT_EQUAL(std::string("already_linked"), codesOf(refused));
                CPPUNIT_ASSERT(!refused.conflicts.front().decidedMeanwhile);
            });
    }

    void anAccountOfAnEndedConnectionIsNotLinked()
    {
        inBothWorlds(
            [](World& world)
            {
                const Fed fed(world);
                const auto unlinked = world.account(fed.connection, "Unlinked");
                fed.end();
                CPPUNIT_ASSERT_EQUAL(std::string("not_shared"),
                    codesOf(world.apply(fed.connection, {decideExisting(unlinked, "free")})));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TakeOverTest);

} // namespace bankfeed::testing
