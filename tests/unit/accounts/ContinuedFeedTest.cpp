// An account of a login that was connected again: whether it goes on with the feed of before.
#include "store/OutboxRepository.h"
#include "unit/accounts/ReviewRows.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

using accounts::ReviewRow;

namespace
{

/// The login ended, and was connected again: all its ids are new. Gives the new connection.
std::string connectedAgain(World& world, const std::string& before, const std::string& id = "b1")
{
    world.endConnection(before);
    world.clock.advanceMs(1000);
    const auto connection = world.connect();
    world.look(connection, {shownAccount(id, "Checking", "0000")});
    return connection;
}

/// A row of the feed is in the books.
void booked(World& world, const store::BankAccount& account, const std::string& ledgerAccountId,
    const std::string& on)
{
    world.orphan(account.connectionId, account.providerAccountId, "t-" + on);
    world.write(
        [&](store::Unit& unit)
        {
            unit.execute(R"(UPDATE bank_transaction SET bank_account_id = $1, lane = 'booked',
                booked_on = $2, sent_ledger_account_id = $3, sent_units = units, revision = 1)",
                {account.id, on, ledgerAccountId});
        });
}

} // namespace

class ContinuedFeedTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ContinuedFeedTest);
    CPPUNIT_TEST(aFeedGoesOnWhereTheFeedBeforeItBegan);
    CPPUNIT_TEST(whatAPersonTookOutOfTheBooksWasNotWrittenByOthers);
    CPPUNIT_TEST(anAccountGoesOnWithAFeedOnlyInItsLedgerAccount);
    CPPUNIT_TEST(anAccountThatHasToldTheBooksKeepsItsFeed);
    CPPUNIT_TEST_SUITE_END();

public:
    void aFeedGoesOnWhereTheFeedBeforeItBegan()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({withHistory(booksAccount("l1", "Cash"), "2026-05-31")});
                const auto old = world.linkedChecking();
                booked(world, old, "l1", "2026-11-20");
                const auto told = world.count("SELECT SUM(sent_units) FROM bank_transaction");
                const auto inTheBooks = [&](const char* last, std::int64_t units)
                {
                    auto account = withHistory(booksAccount("l1", "Cash"), last);
                    account.balanceUnits = units;
                    world.ledgerAccounts({account});
                };
                inTheBooks("2026-11-20", told);
                // Connected once in between, and never linked.
                const auto between = connectedAgain(world, old.connectionId, "c1");
                const auto second = connectedAgain(world, between);
                const auto review = reviewOf(world, second);
                const ReviewRow& row = rowOf(review, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("2026-06-01"), row.startDateDefault->text());
                CPPUNIT_ASSERT(row.before);
                CPPUNIT_ASSERT_EQUAL(old.id, row.before->bankAccountId);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20"), row.before->until.text());
                // Entries by hand behind the feed's last one are nobody's twins.
                inTheBooks("2026-11-22", told);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23"),
                    rowOf(reviewOf(world, second), "Checking").startDateDefault->text());
                // Nor are those on the days of the feed: only the balance tells of them.
                inTheBooks("2026-11-20", told + 7000);
                CPPUNIT_ASSERT_EQUAL(std::string("2026-11-21"),
                    rowOf(reviewOf(world, second), "Checking").startDateDefault->text());
                inTheBooks("2026-11-20", told);
                auto decision = decideExisting(row.account, "l1");
                decision.startDate = Date::parse("2026-05-31");
                CPPUNIT_ASSERT_EQUAL(std::string("start_before_last_entry"),
                    world.apply(second, {decision}).conflicts.at(0).code);
                decision.startDate = row.startDateDefault;
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world.apply(second, {decision}).linked);
                CPPUNIT_ASSERT_EQUAL(old.feedId, world.linkOf(row.account.id)->feedId);
                CPPUNIT_ASSERT_EQUAL(old.feedId, world.account(second, "Checking").feedId);
            });
    }

    void whatAPersonTookOutOfTheBooksWasNotWrittenByOthers()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({withHistory(booksAccount("l1", "Cash"), "2026-05-31")});
                const auto old = world.linkedChecking();
                booked(world, old, "l1", "2026-11-20");
                auto emptied = withHistory(booksAccount("l1", "Cash"), "2026-11-20");
                emptied.balanceUnits = 0;
                world.ledgerAccounts({emptied});
                const auto second = connectedAgain(world, old.connectionId);
                for (const char* taken : {"entry_mark = 'removed', lane_reason = 'removed'",
                         "entry_mark = '', lane = 'held', lane_reason = 'undone', sent_units = 0"})
                {
                    CPPUNIT_ASSERT(!rowOf(reviewOf(world, second), "Checking").before ||
                                   std::string(taken).starts_with("entry_mark = ''"));
                    world.write([&](store::Unit& unit)
                        { unit.execute("UPDATE bank_transaction SET " + std::string(taken)); });
                    CPPUNIT_ASSERT(rowOf(reviewOf(world, second), "Checking").before.has_value());
                }
            });
    }

    void anAccountGoesOnWithAFeedOnlyInItsLedgerAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash"), booksAccount("l2", "Other")});
                const auto old = world.linkedChecking();
                const auto second = connectedAgain(world, old.connectionId);
                const auto own = world.account(second, "Checking");
                world.apply(second, {decideExisting(own, "l2")});
                CPPUNIT_ASSERT_EQUAL(own.feedId, world.linkOf(own.id)->feedId);
            });
    }

    void anAccountThatHasToldTheBooksKeepsItsFeed()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Cash")});
                const auto old = world.linkedChecking();
                const auto second = connectedAgain(world, old.connectionId);
                const auto own = world.account(second, "Checking");
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::OutboxRepository(unit, World::tenant)
                            .ensureFeed(own.feedId, world.random);
                        unit.execute(
                            "UPDATE feed SET next_seq = 2 WHERE feed_id = $1", {own.feedId});
                    });
                world.apply(second, {decideExisting(own, "l1")});
                CPPUNIT_ASSERT_EQUAL(own.feedId, world.linkOf(own.id)->feedId);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ContinuedFeedTest);

} // namespace bankfeed::testing
