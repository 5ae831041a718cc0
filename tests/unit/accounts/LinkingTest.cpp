// What becomes of an account when a person links it, keeps it aside or takes a ledger account over.
#include "store/BookFacts.h"
#include "store/JobRepository.h"
#include "store/LedgerAccountRepository.h"
#include "unit/accounts/LinkingSetting.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace bankfeed::testing
{

using accounts::Choice;

class LinkingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkingTest);
    CPPUNIT_TEST(aLinkToAnExistingAccountWaitsForALookAtTheBooks);
    CPPUNIT_TEST(linkingToANewAccountAsksTheHostFirst);
    CPPUNIT_TEST(theStartDateDefaultsToTheDayAfterTheLastEntry);
    CPPUNIT_TEST(keptAsideIsRememberedAndCanBeUndone);
    CPPUNIT_TEST(takingOverEndsTheOldLinkInTheSameUnit);
    CPPUNIT_TEST(aLinkToALedgerAccountThatIsGoneStandsInNobodysWay);
    CPPUNIT_TEST(oneThatWasMergedAwayIsRefusedBeforeTheHostsListSaysSo);
    CPPUNIT_TEST(anAccountOfAnotherTenantIsUnknown);
    CPPUNIT_TEST_SUITE_END();

public:
    void aLinkToAnExistingAccountWaitsForALookAtTheBooks()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                const auto account = setting.of("Checking");
                const auto applied =
                    world.apply(setting.connection, {decideExisting(account, "free")});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, applied.linked);
                const auto link = world.linkOf(account.id);
                CPPUNIT_ASSERT(link);
                CPPUNIT_ASSERT_EQUAL(std::string("free"), *link->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("checking_books"), link->state);
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), link->createdBy);
                CPPUNIT_ASSERT_EQUAL(account.feedId, link->feedId);
                CPPUNIT_ASSERT(!world.jobAsked(store::job::release, link->id));
                CPPUNIT_ASSERT(world.wake.ticks > 0);
                CPPUNIT_ASSERT_EQUAL(std::string("linked"), setting.of("Checking").decision);
                CPPUNIT_ASSERT_EQUAL(std::string("account.linked"), world.auditActions().at(0));
            });
    }

    void linkingToANewAccountAsksTheHostFirst()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                const auto account = setting.of("Card");
                world.apply(setting.connection, {decideNew(account, "Company Card")});
                const auto link = world.linkOf(account.id);
                CPPUNIT_ASSERT(link && !link->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("waiting_for_account"), link->state);
                CPPUNIT_ASSERT_EQUAL(std::string("due"), link->opening);
                CPPUNIT_ASSERT(!world.jobAsked(store::job::release, link->id));
                CPPUNIT_ASSERT(world.wake.ticks > 0);
                const auto wishes = world.write([&](store::Unit& unit)
                    { return store::LedgerAccountRepository(unit, World::tenant).waiting(10); });
                const auto wish = std::find_if(wishes.begin(), wishes.end(),
                    [&](const auto& one) { return one.linkId == link->id; });
                CPPUNIT_ASSERT(wish != wishes.end());
                CPPUNIT_ASSERT_EQUAL(std::string("Company Card"), wish->name);
                CPPUNIT_ASSERT(wish->type == LedgerAccountType::Liability);
                CPPUNIT_ASSERT_EQUAL(2, wish->exponent);
            });
    }

    void theStartDateDefaultsToTheDayAfterTheLastEntry()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                world.apply(setting.connection, {decideExisting(setting.of("Checking"), "used")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("2026-09-01"), world.linkOf(setting.of("Checking").id)->startDate);
                world.apply(setting.connection, {decideExisting(setting.of("Savings"), "free")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string(), world.linkOf(setting.of("Savings").id)->startDate);
            });
    }

    void keptAsideIsRememberedAndCanBeUndone()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                world.apply(setting.connection, {decide(setting.of("Checking"), Choice::None)});
                const auto aside = setting.of("Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("aside"), aside.decision);
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), aside.decidedBy);
                world.look(setting.connection, {shownAccount("a1", "Checking", "0000")});
                CPPUNIT_ASSERT_EQUAL(std::string("aside"), setting.of("Checking").decision);
                world.apply(setting.connection, {decide(aside, Choice::Later)});
                CPPUNIT_ASSERT_EQUAL(std::string("open"), setting.of("Checking").decision);
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT(
                    std::find(actions.begin(), actions.end(), "account.reopened") != actions.end());
                world.apply(setting.connection, {decide(aside, Choice::None)});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.apply(setting.connection, {decideExisting(aside, "free")}).linked);
            });
    }

    void takingOverEndsTheOldLinkInTheSameUnit()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                const auto old = world.linkOf(setting.former.id);
                CPPUNIT_ASSERT(old);
                world.apply(setting.connection, {decideExisting(setting.of("Checking"), "stale")});
                CPPUNIT_ASSERT(!world.linkOf(setting.former.id));
                const auto ended = world.write([&](store::Unit& unit)
                    { return store::AccountLinkRepository(unit, World::tenant).find(old->id); });
                CPPUNIT_ASSERT_EQUAL(std::string("ended"), ended->state);
                CPPUNIT_ASSERT_EQUAL(std::string("stale"), *ended->ledgerAccountId);
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT_EQUAL(std::string("account.linked"), actions.at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("account.kept_aside"), actions.at(1));
            });
    }

    void oneThatWasMergedAwayIsRefusedBeforeTheHostsListSaysSo()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Cash"), booksAccount("l2", "Bank")});
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.write([](store::Unit& unit)
                    { store::BookFacts(unit, World::tenant).setMerged("l1", "l2", 0); });
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account_closed"),
                    codesOf(world.apply(connection, {decideExisting(account, "l1")})));
                CPPUNIT_ASSERT_EQUAL(std::string(),
                    codesOf(world.apply(connection, {decideExisting(account, "l2")})));
            });
    }

    void aLinkToALedgerAccountThatIsGoneStandsInNobodysWay()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto account = world.linkedChecking();
                const auto connection = account.connectionId;
                const auto old = world.linkOf(account.id);
                auto gone = booksAccount("l1", "Cash");
                gone.open = false; // So the mirror has what the host does not list any more.
                world.ledgerAccounts({gone, booksAccount("l2", "Bank")});
                // Not for a decision that cannot be carried out.
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account_closed"),
                    codesOf(world.apply(connection, {decideExisting(account, "l1")})));
                CPPUNIT_ASSERT_EQUAL(old->id, world.linkOf(account.id)->id);
                CPPUNIT_ASSERT_EQUAL(std::string(),
                    codesOf(world.apply(connection, {decideExisting(account, "l2")})));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("l2"), world.linkOf(account.id)->ledgerAccountId.value_or(""));
                CPPUNIT_ASSERT_EQUAL(std::string("account.unlinked"), world.auditActions().at(1));
            });
    }

    void anAccountOfAnotherTenantIsUnknown()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                auto linking = world.linking();
                const auto foreign = linking.apply("other", World::ada(), setting.connection,
                    {decideNew(setting.of("Checking"), "Mine")});
                CPPUNIT_ASSERT(!foreign.ok());
                CPPUNIT_ASSERT_EQUAL(std::string("connection.unknown"), foreign.error().code);
                world.ledgerAccounts({booksAccount("theirs", "Assets:Theirs")}, "other");
                CPPUNIT_ASSERT_EQUAL(std::string("ledger_account_unknown"),
                    codesOf(world.apply(
                        setting.connection, {decideExisting(setting.of("Checking"), "theirs")})));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkingTest);

} // namespace bankfeed::testing
