#include "store/AuditRepository.h"
#include "store/NoticeRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace bankfeed::testing
{

class RecordsApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RecordsApiTest);
    CPPUNIT_TEST(heldTransactionsComeInPages);
    CPPUNIT_TEST(howTheBalanceProofsStoodBeforeIsShown);
    CPPUNIT_TEST(anAccountCountsWhatItsHeldPageLists);
    CPPUNIT_TEST(heldKeysAreChecked);
    CPPUNIT_TEST(aPersonDecidesWhatMayBeBookedAlready);
    CPPUNIT_TEST(theEntriesThatAHeldRowMayBeAreShown);
    CPPUNIT_TEST(aDecisionAboutHeldRowsIsReadStrictly);
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

    void heldTransactionsComeInPages()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                for (int i = 100; i < 250; ++i)
                    world.orphan(connection, "a1", "t" + std::to_string(i));
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto path =
                    "api/held?bank_account=" + world.account(connection, "Checking").id;
                const auto first = w.get(path);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("amount,date,exact,id,in_books,merchant,name,pending,"
                                "reason,rounded"),
                    keysAt(first, "transactions.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("-100"), at(first, "transactions.0.amount.units"));
                CPPUNIT_ASSERT_EQUAL(std::string("not_linked"), at(first, "transactions.0.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("150"),
                    at(w.get("api/connections/" + connection), "accounts.0.held"));
                const auto next = at(first, "next");
                CPPUNIT_ASSERT_EQUAL("2026-01-01." + at(first, "transactions.99.id"), next);
                const auto second = w.get(path + "&after=" + next);
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(second, "next"));
                CPPUNIT_ASSERT(at(second, "transactions.0.id") != at(first, "transactions.99.id"));
                at(second, "transactions.49.id");
            });
    }

    void anAccountCountsWhatItsHeldPageLists()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                for (const char* id : {"t1", "t2", "t3", "t4", "t5", "t6"})
                    world.orphan(connection, "a1", id);
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto lane = [&](const std::string& id, const std::string& values)
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            unit.execute("UPDATE bank_transaction SET lane = 'booked', " + values +
                                         " WHERE provider_transaction_id = '" + id + "'");
                        });
                };
                lane("t2", "lane_reason = ''");
                lane("t3", "lane_reason = 'removed', entry_mark = 'removed'");
                lane("t4", "lane_reason = 'period_closed'");
                // The bank took these two back: of one the entry stays, of the other there is none.
                lane("t5", "lane_reason = 'access_lost', removed = 1");
                lane("t6", "lane_reason = 'removed', entry_mark = 'removed', removed = 1");
                const auto account = world.account(connection, "Checking").id;
                const auto page = w.get("api/held?bank_account=" + account);
                std::vector<std::string> listed;
                for (const char* index : {"0", "1", "2"})
                    listed.push_back(at(page, std::string("transactions.") + index + ".id"));
                std::sort(listed.begin(), listed.end());
                CPPUNIT_ASSERT((listed == std::vector<std::string>{"t1", "t3", "t4"}));
                const auto shown = w.get("api/connections/" + connection);
                CPPUNIT_ASSERT_EQUAL(std::string("3"), at(shown, "accounts.0.held"));
                CPPUNIT_ASSERT_EQUAL(std::string("3"), at(shown, "accounts.0.booked"));
            });
    }

    void aPersonDecidesWhatMayBeBookedAlready()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto account = accountWithTwoRows(world);
                const auto connection = account.connectionId;
                const auto wanted = [&](const std::string& rows, const std::string& choice)
                {
                    return R"({"bank_account":")" + account.id + R"(","transactions":)" + rows +
                           R"(,"choice":")" + choice + R"("})";
                };
                world.write([](store::Unit& unit)
                    { unit.execute("UPDATE bank_transaction SET lane_reason = 'overlap'"); });
                CPPUNIT_ASSERT_EQUAL(std::string("held.not_linked"),
                    at(w.post("api/held/decide", wanted(R"(["t1"])", "book"), 409), "error.code"));
                world.apply(connection, {decideExisting(account, "l1")});
                const auto link = *world.linkOf(account.id);
                world.write([&](store::Unit& unit)
                    { store::AccountLinkRepository(unit, World::tenant).booksAsDecided(link.id); });
                const int pumps = world.wake.pumps;
                CPPUNIT_ASSERT_EQUAL(std::string("1"),
                    at(w.post("api/held/decide", wanted(R"(["t2"])", "leave_out"), 202),
                        "decided"));
                CPPUNIT_ASSERT_EQUAL(pumps, world.wake.pumps.load());
                w.post("api/held/decide", wanted(R"(["t1"])", "book"), 202);
                CPPUNIT_ASSERT(world.wake.pumps > pumps);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, world.count("SELECT COUNT(*) FROM outbox"));
                CPPUNIT_ASSERT_EQUAL(std::string("held.changed"),
                    at(w.post("api/held/decide", wanted(R"(["t1"])", "book"), 409), "error.code"));
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT_EQUAL(std::string("transactions.booked"), actions.at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("transactions.left_out"), actions.at(1));
            });
    }

    void theEntriesThatAHeldRowMayBeAreShown()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto account = accountWithTwoRows(world);
                const auto connection = account.connectionId;
                world.apply(connection, {decideExisting(account, "l1")});
                const auto link = *world.linkOf(account.id);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::AccountLinkRepository(unit, World::tenant).booksAsDecided(link.id);
                        unit.execute("UPDATE bank_transaction SET lane_reason = 'overlap' WHERE "
                                     "provider_transaction_id = 't1'");
                        // In the books, and not shown any more.
                        unit.execute("UPDATE bank_transaction SET lane = 'booked', lane_reason = "
                                     "'access_lost', removed = 1, revision = 1, sent_fingerprint = "
                                     "'x', sent_ledger_account_id = 'l1', sent_booked_on = "
                                     "booked_on WHERE provider_transaction_id = 't2'");
                    });
                const std::string ask =
                    "api/held/entries?transaction=t1&bank_account=" + account.id;
                const std::string entry = at(w.get(ask), "entries.0.id");
                CPPUNIT_ASSERT(!entry.empty());
                const std::string same = R"({"bank_account":")" + account.id +
                                         R"(","transactions":["t1"],"choice":"same_as","entry":")" +
                                         entry + R"("})";
                const int jobs = world.wake.jobs;
                w.post("api/held/decide", same, 202);
                CPPUNIT_ASSERT(world.wake.jobs > jobs);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("transactions.matched"), world.auditActions().at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("held.changed"),
                    at(w.post("api/held/decide", same, 409), "error.code"));
            });
    }

    void aDecisionAboutHeldRowsIsReadStrictly()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        for (const char* body : {"{}", R"({"bank_account":"a","transactions":["t"]})",
                 R"({"bank_account":"a","transactions":["t"],"choice":"void"})",
                 R"({"bank_account":"a","transactions":"t","choice":"book"})",
                 R"({"bank_account":"a","transactions":["t"],"choice":"same_as"})",
                 R"({"bank_account":"a","transactions":["t"],"choice":"book","entry":"e"})",
                 R"({"bank_account":"a","transactions":["t"],"choice":"book","force":true})"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string("console.body"),
                at(w.post("api/held/decide", body, 400), "error.code"));
        CPPUNIT_ASSERT_EQUAL(std::string("held.transactions"),
            at(w.post("api/held/decide",
                   R"({"bank_account":"a","transactions":[],"choice":"book"})", 400),
                "error.code"));
    }

    void heldKeysAreChecked()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto path =
                    "api/held?bank_account=" + world.account(connection, "Checking").id;
                for (const char* key : {"x", "2026-01-01", "2026-01-01.", "2026-13-01.t", "%ff"})
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        key, 400, w.ask("GET", path + "&after=" + key).status);
                CPPUNIT_ASSERT_EQUAL(404, w.ask("GET", "api/held").status);
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
