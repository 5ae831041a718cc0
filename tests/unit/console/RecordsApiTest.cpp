#include "store/AuditRepository.h"
#include "store/NoticeRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class RecordsApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RecordsApiTest);
    CPPUNIT_TEST(howTheBalanceProofsStoodBeforeIsShown);
    CPPUNIT_TEST(aPersonDismissesWhatNothingElseClears);
    CPPUNIT_TEST(whatWaitsOfAnEndedConnectionIsGivenUp);
    CPPUNIT_TEST(whatAPersonHasSeenIsDismissed);
    CPPUNIT_TEST_SUITE_END();

    /// With the rows "t1" and "t2", and the ledger account "l1" that it may feed.
    static store::BankAccount accountWithTwoRows(World& world)
    {
        world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
        const auto connection = world.connect();
        for (const char* id : {"t1", "t2"})
            world.orphan(connection, "a1", id);
        world.look(connection, {shownAccount("a1", "Checking", "0000")});
        return world.account(connection, "Checking");
    }

public:
    void howTheBalanceProofsStoodBeforeIsShown()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto account = accountWithTwoRows(world);
                world.write(
                    [&](store::Unit& unit)
                    {
                        unit.execute("INSERT INTO balance_proof_past (tenant_id, bank_account_id, "
                                     "at, state, reason, bank_exact, ledger_exact, "
                                     "difference_exact, unexplained_exact) VALUES ($1, $2, $3, "
                                     "'differs', '', '1203.5', '1200.5', '3', '3')",
                            {World::tenant, account.id, world.clock.now().ns});
                        unit.execute("INSERT INTO balance_proof_past (tenant_id, bank_account_id, "
                                     "at, state, reason, bank_exact, ledger_exact, "
                                     "difference_exact, unexplained_exact) VALUES ($1, $2, $3, "
                                     "'unknown', 'no_balance', '', '1200.5', '', '')",
                            {World::tenant, account.id, world.clock.now().ns - 1});
                    });
                const auto shown = w.get("api/bank-accounts/" + account.id + "/proofs");
                CPPUNIT_ASSERT_EQUAL(std::string("USD"), at(shown, "currency"));
                CPPUNIT_ASSERT_EQUAL(std::string("1203.5"), at(shown, "proofs.0.bank"));
                CPPUNIT_ASSERT_EQUAL(std::string("3"), at(shown, "proofs.0.unexplained"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(shown, "proofs.1.bank"));
                CPPUNIT_ASSERT_EQUAL(std::string("no_balance"), at(shown, "proofs.1.reason"));
            });
    }

    void aPersonDismissesWhatNothingElseClears()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto asks = at(w.get("api/overview"), "notices.0.id");
                const auto refused = w.post("api/notices/" + asks + "/dismiss", "", 409);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("notice.not_dismissible"), at(refused, "error.code"));

                world.apply(
                    connection, {decideNew(world.account(connection, "Checking"), "Checking")});
                const auto link = *world.linkOf(world.account(connection, "Checking").id);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::NoticeRepository(unit, World::tenant)
                            .open(world.random, store::notice::rowsBeforeStart, link.id, "warning",
                                "{}", world.clock.now());
                    });
                world.orphan(connection, "a1", "t1");
                world.write(
                    [&](store::Unit& unit)
                    {
                        unit.execute(R"(UPDATE bank_transaction SET bank_account_id = $1,
                            lane = 'before_start', lane_reason = $2, first_seen_at = $3)",
                            {link.bankAccountId, link.id, world.clock.now().ns});
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("1"),
                    at(w.get("api/connections/" + connection), "accounts.0.late_before_start"));
                const auto id = at(w.get("api/overview"), "notices.0.id");
                const auto path = "api/notices/" + id + "/dismiss";
                w.post(path, "", 202);
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::rowsBeforeStart, link.id));
                CPPUNIT_ASSERT_EQUAL(std::string("0"),
                    at(w.get("api/connections/" + connection), "accounts.0.late_before_start"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("notice.dismissed"), at(w.get("api/activity"), "entries.0.action"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Ada Admin"), at(w.get("api/activity"), "entries.0.actor"));
                w.post(path, "", 404);
            });
    }

    void whatWaitsOfAnEndedConnectionIsGivenUp()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.apply(connection, {decideNew(account, "Checking")});
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::NoticeRepository(unit, World::tenant)
                            .open(world.random, store::notice::feedHeld, account.feedId, "error",
                                "{}", world.clock.now());
                    });
                const auto path =
                    "api/notices/" + at(w.get("api/overview"), "notices.0.id") + "/dismiss";
                w.post(path, "", 409);
                world.endConnection(connection);
                w.post(path, "", 202);
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::feedHeld, account.feedId));
            });
    }

    void whatAPersonHasSeenIsDismissed()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                for (const auto kind : {store::notice::openingMissing, store::notice::endAnnounced})
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            store::NoticeRepository(unit, World::tenant)
                                .open(world.random, kind, "subject", "warning", "{}",
                                    world.clock.now());
                        });
                    w.post("api/notices/" + at(w.get("api/overview"), "notices.0.id") + "/dismiss",
                        "", 202);
                    CPPUNIT_ASSERT(!world.noticeOpen(kind, "subject"));
                }
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecordsApiTest);

} // namespace bankfeed::testing
