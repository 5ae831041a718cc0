// Which account link is due an opening balance: one that is new to the books, or was owed one.
#include "unit/accounts/LinkingSetting.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

using accounts::Decision;

class LinkingOpeningTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkingOpeningTest);
    CPPUNIT_TEST(onlyAnAccountThatIsNewToTheBooksGetsAnOpeningBalance);
    CPPUNIT_TEST(anAccountWithoutEntriesGetsAnOpeningBalanceToo);
    CPPUNIT_TEST(anOpeningBalanceCanBeDeclined);
    CPPUNIT_TEST(aLedgerAccountWithEntriesOnTheirWayIsNotNewToTheBooks);
    CPPUNIT_TEST(anOpeningBalanceThatWasStillDueIsDueWhenTheLoginIsConnectedAnew);
    CPPUNIT_TEST(anOpeningBalanceIsDueOnceMoreOnlyToWhomItWasOwed);
    CPPUNIT_TEST_SUITE_END();

public:
    void onlyAnAccountThatIsNewToTheBooksGetsAnOpeningBalance()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                // "used" has a past of its own; "free" exists and has not a single entry.
                world.apply(setting.connection, {decideExisting(setting.of("Checking"), "used")});
                world.apply(setting.connection, {decideExisting(setting.of("Savings"), "free")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("none"), world.linkOf(setting.of("Checking").id)->opening);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("due"), world.linkOf(setting.of("Savings").id)->opening);
            });
    }

    void anAccountWithoutEntriesGetsAnOpeningBalanceToo()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                world.apply(setting.connection, {decideExisting(setting.of("Checking"), "free"),
                                                    decideExisting(setting.of("Savings"), "used")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("due"), world.linkOf(setting.of("Checking").id)->opening);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("none"), world.linkOf(setting.of("Savings").id)->opening);
            });
    }

    void anOpeningBalanceCanBeDeclined()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                auto decision = decideNew(setting.of("Checking"), "Fund");
                decision.openingBalance = false;
                world.apply(setting.connection, {decision});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("none"), world.linkOf(setting.of("Checking").id)->opening);
            });
    }

    void aLedgerAccountWithEntriesOnTheirWayIsNotNewToTheBooks()
    {
        // A feed waits, because the account was closed: the books have not a single entry yet.
        for (const bool opening : {true, false})
            inBothWorlds(
                [&](World& world)
                {
                    const LinkingSetting setting(world);
                    if (opening)
                        write(world, R"(UPDATE account_link SET opening = 'posted',
                            opening_revision = 1 WHERE ledger_account_id = 'stale')");
                    else
                        tell(world, setting.former, "stale");
                    const auto account = setting.of("Checking");
                    world.apply(setting.connection, {decideExisting(account, "stale")});
                    CPPUNIT_ASSERT_EQUAL(std::string("none"), world.linkOf(account.id)->opening);
                });
    }

    void anOpeningBalanceThatWasStillDueIsDueWhenTheLoginIsConnectedAnew()
    {
        inBothWorlds(
            [](World& world)
            {
                const LinkingSetting setting(world);
                const auto again = connectedAnew(world, setting, "7777");
                world.apply(again.connectionId, {decideExisting(again, "stale")});
                const auto link = world.linkOf(again.id);
                CPPUNIT_ASSERT_EQUAL(std::string("due"), link->opening);
                // The books had changed when they were looked at once more: decided anew.
                write(world, "UPDATE account_link SET ended_at = 1, state = 'ended' WHERE "
                             "ledger_account_id = 'stale'");
                write(world, "UPDATE bank_account SET decision = 'open' WHERE decision = 'linked' "
                             "AND mask = '7777'");
                world.clock.advanceMs(1000);
                world.apply(again.connectionId, {decideExisting(again, "stale")});
                CPPUNIT_ASSERT(world.linkOf(again.id)->id != link->id);
                CPPUNIT_ASSERT_EQUAL(std::string("due"), world.linkOf(again.id)->opening);
            });
    }

    void anOpeningBalanceIsDueOnceMoreOnlyToWhomItWasOwed()
    {
        enum class Why
        {
            Another,  // Another account at the bank.
            Posted,   // It was told.
            Declined, // The person declines it.
            Untold,   // The books have entries, and none of ours: the person's own past.
        };
        for (const Why why : {Why::Another, Why::Posted, Why::Declined, Why::Untold})
            inBothWorlds(
                [&](World& world)
                {
                    const LinkingSetting setting(world);
                    const auto again =
                        connectedAnew(world, setting, why == Why::Another ? "7778" : "7777");
                    if (why == Why::Posted)
                        write(world, "UPDATE account_link SET opening = 'posted'");
                    if (why == Why::Untold) write(world, "DELETE FROM bank_transaction");
                    Decision decision = decideExisting(again, "stale");
                    decision.openingBalance = why != Why::Declined;
                    world.apply(again.connectionId, {decision});
                    CPPUNIT_ASSERT_EQUAL(std::string("none"), world.linkOf(again.id)->opening);
                });
    }

private:
    static void write(World& world, const std::string& sql)
    {
        world.write([&](store::Unit& unit) { unit.execute(sql); });
    }

    /// A row of the account is in the books, or on its way there.
    static void tell(
        World& world, const store::BankAccount& account, const std::string& ledgerAccountId)
    {
        world.orphan(account.connectionId, account.providerAccountId, "t1");
        world.write(
            [&](store::Unit& unit)
            {
                unit.execute(R"(UPDATE bank_transaction SET bank_account_id = $1, lane = 'booked',
                    revision = 1, sent_ledger_account_id = $2, sent_units = -100)",
                    {account.id, ledgerAccountId});
            });
    }

    /// "Former" fed "stale", which owes an opening balance and has an entry. The same login again,
    /// with an account of this mask.
    static store::BankAccount connectedAnew(
        World& world, const LinkingSetting& setting, const std::string& mask)
    {
        tell(world, setting.former, "stale");
        LedgerAccount stale = booksAccount("stale", "Assets:Bank:Stale");
        stale.lastEntryOn = Date::parse("2026-01-01");
        world.ledgerAccounts({stale});
        const auto connection = world.connect("ins_8", "Ended Bank");
        world.look(connection, {shownAccount("n1", "Former", mask)});
        return world.account(connection, "Former");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkingOpeningTest);

} // namespace bankfeed::testing
