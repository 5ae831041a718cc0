// A decision that is taken back: what the review says of it, and where the account may go from
// there.
#include "accounts/Unlinking.h"

#include "store/BookFacts.h"
#include "store/NoticeRepository.h"
#include "unit/accounts/ReviewRows.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

namespace
{

/// A row of the account is in the books.
void booked(World& world, const store::BankAccount& account, const std::string& ledgerAccountId,
    const std::string& on)
{
    world.orphan(account.connectionId, account.providerAccountId, "t-" + on);
    world.write(
        [&](store::Unit& unit)
        {
            unit.execute(R"(UPDATE bank_transaction SET bank_account_id = $1, lane = 'booked',
                booked_on = $2, sent_ledger_account_id = $3, sent_units = units, revision = 1
                WHERE provider_transaction_id = $4)",
                {account.id, on, ledgerAccountId, "t-" + on});
        });
}

accounts::Unlinked stop(World& world, const std::string& linkId)
{
    world.clock.advanceMs(1000);
    return world.write(
        [&](store::Unit& unit)
        {
            return valueOf(accounts::stopFeeding(
                unit, World::tenant, {"u2", "Ben Books"}, linkId, world.random, world.clock.now()));
        });
}

} // namespace

class UnlinkingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UnlinkingTest);
    CPPUNIT_TEST(aStoppedFeedIsKeptAsideWithWhoDidIt);
    CPPUNIT_TEST(itsLedgerAccountIsFreeForAnother);
    CPPUNIT_TEST(theReviewProposesWhereItFedBefore);
    CPPUNIT_TEST(whatNeverToldTheBooksIsNotProposedAsBefore);
    CPPUNIT_TEST(aFeedIsStoppedOnce);
    CPPUNIT_TEST(whatTheBooksAreAskedForIsNotStopped);
    CPPUNIT_TEST(anOpeningBalanceBesideMergedEntriesIsAskedAbout);
    CPPUNIT_TEST(anAccountConnectedAnewIsNotBookedElsewhereUnasked);
    CPPUNIT_TEST(theOldRowSaysWhoTookItsPlace);
    CPPUNIT_TEST(theOldRowSaysWhoCameAfterItAndFeedsNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void aStoppedFeedIsKeptAsideWithWhoDidIt()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto account = world.linkedChecking();
                const auto link = *world.linkOf(account.id);
                CPPUNIT_ASSERT_EQUAL(account.id, stop(world, link.id).bankAccountId);
                CPPUNIT_ASSERT(!world.linkOf(account.id));
                const auto after = world.account(account.connectionId, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("aside"), after.decision);
                CPPUNIT_ASSERT_EQUAL(std::string("Ben Books"), after.decidedBy);
                CPPUNIT_ASSERT_EQUAL(std::string("account.unlinked"), world.auditActions().front());
                CPPUNIT_ASSERT(
                    !world.noticeOpen(store::notice::accountsToDecide, account.connectionId));
            });
    }

    void itsLedgerAccountIsFreeForAnother()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto account = world.linkedChecking();
                stop(world, world.linkOf(account.id)->id);
                const auto other = world.connect("ins_2");
                world.look(other, {shownAccount("x1", "Elsewhere", "5555")});
                CPPUNIT_ASSERT(
                    world.apply(other, {decideExisting(world.account(other, "Elsewhere"), "l1")})
                        .conflicts.empty());
            });
    }

    void theReviewProposesWhereItFedBefore()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto account = world.linkedChecking();
                booked(world, account, "l1", "2026-11-02");
                booked(world, account, "l1", "2026-11-20");
                stop(world, world.linkOf(account.id)->id);
                auto cash = withHistory(booksAccount("l1", "Cash"), "2026-11-20");
                cash.balanceUnits = world.count("SELECT SUM(sent_units) FROM bank_transaction");
                world.ledgerAccounts({cash});
                const auto review = reviewOf(world, account.connectionId);
                const auto& row = rowOf(review, "Checking");
                CPPUNIT_ASSERT(!row.isNew && row.proposal && row.before);
                CPPUNIT_ASSERT_EQUAL(std::string("l1"), row.proposal->ledgerAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("fed_before"), row.proposal->evidence.front());
                CPPUNIT_ASSERT_EQUAL(account.id, row.before->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-02"), row.startDateDefault->text());
            });
    }

    void whatNeverToldTheBooksIsNotProposedAsBefore()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto account = world.linkedChecking();
                stop(world, world.linkOf(account.id)->id);
                const auto review = reviewOf(world, account.connectionId);
                CPPUNIT_ASSERT(rowOf(review, "Checking").proposal->choice == accounts::Choice::New);
            });
    }

    void aFeedIsStoppedOnce()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto account = world.linkedChecking();
                const auto link = *world.linkOf(account.id);
                stop(world, link.id);
                const auto audits = world.auditActions().size();
                CPPUNIT_ASSERT_EQUAL(std::string("link.not_active"), stop(world, link.id).conflict);
                CPPUNIT_ASSERT_EQUAL(audits, world.auditActions().size());
                const auto unknown = world.database->write(
                    [&](store::Unit& unit) -> Result<accounts::Unlinked>
                    {
                        return accounts::stopFeeding(
                            unit, "other", World::ada(), link.id, world.random, world.clock.now());
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("link.unknown"), unknown.error().code);
            });
    }

    void whatTheBooksAreAskedForIsNotStopped()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.apply(connection, {decideNew(account, "Cash")});
                CPPUNIT_ASSERT_EQUAL(std::string("link.waits_for_books"),
                    stop(world, world.linkOf(account.id)->id).conflict);
                CPPUNIT_ASSERT(world.linkOf(account.id));
            });
    }

    void anOpeningBalanceBesideMergedEntriesIsAskedAbout()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash"), booksAccount("l2", "Treasury")});
                const auto account = world.linkedChecking();
                booked(world, account, "l1", "2026-11-20");
                stop(world, world.linkOf(account.id)->id);
                auto gone = booksAccount("l1", "Cash");
                gone.open = false;
                world.ledgerAccounts({gone});
                world.write([](store::Unit& unit)
                    { store::BookFacts(unit, World::tenant).setMerged("l1", "l2", 0); });
                const auto refused =
                    world.apply(account.connectionId, {decideNew(account, "Checking again")});
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, refused.conflicts.size());
                CPPUNIT_ASSERT_EQUAL(
                    std::string("entries_elsewhere"), refused.conflicts.front().code);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Treasury"), refused.conflicts.front().params.at(0).second);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("use_earlier"), refused.conflicts.front().choices.front());
                auto without = decideNew(account, "Checking again");
                without.openingBalance = false;
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{1}, world.apply(account.connectionId, {without}).linked);
            });
    }

    void anAccountConnectedAnewIsNotBookedElsewhereUnasked()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto old = world.linkedChecking();
                booked(world, old, "l1", "2020-11-20");
                stop(world, world.linkOf(old.id)->id);
                world.endConnection(old.connectionId);
                world.clock.advanceMs(1000);
                const auto connection = world.connect();
                world.look(connection, {shownAccount("b1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                auto whole = decideNew(account, "Checking again");
                whole.openingBalance = false; // All its rows would come once more, under new ids.
                const auto refused = world.apply(connection, {whole});
                CPPUNIT_ASSERT_EQUAL(
                    std::string("entries_elsewhere"), refused.conflicts.at(0).code);
                whole.startDate = Date::parse(refused.conflicts[0].params.at(4).second);
                CPPUNIT_ASSERT_EQUAL(std::string("2020-11-21"), whole.startDate->text());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world.apply(connection, {whole}).linked);
            });
    }

    void theOldRowSaysWhoTookItsPlace()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto old = world.linkedChecking();
                world.endConnection(old.connectionId);
                world.clock.advanceMs(1000);
                const auto connection = world.connect();
                world.look(connection, {shownAccount("b1", "Main account", "0000")});
                world.clock.advanceMs(1000);
                const auto account = world.account(connection, "Main account");
                world.apply(connection, {decideExisting(account, "l1")});
                const auto review = reviewOf(world, old.connectionId);
                const auto& row = rowOf(review, "Checking");
                CPPUNIT_ASSERT(row.successor && row.successor->feeds);
                CPPUNIT_ASSERT_EQUAL(account.id, row.successor->account.id);
                CPPUNIT_ASSERT_EQUAL(
                    world.linkOf(account.id)->createdAt.ns, row.successor->since.ns);
                const auto now = reviewOf(world, connection);
                CPPUNIT_ASSERT(!rowOf(now, "Main account").successor);
            });
    }

    void theOldRowSaysWhoCameAfterItAndFeedsNothing()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto old = world.linkedChecking();
                world.endConnection(old.connectionId);
                world.clock.advanceMs(1000);
                const auto connection = world.connect();
                world.look(connection, {shownAccount("b1", "Main account", "0000")});
                const auto review = reviewOf(world, old.connectionId);
                const auto& row = rowOf(review, "Checking");
                CPPUNIT_ASSERT(row.successor && !row.successor->feeds);
                CPPUNIT_ASSERT_EQUAL(
                    row.successor->account.firstSeenAt.ns, row.successor->since.ns);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UnlinkingTest);

} // namespace bankfeed::testing
