// Held transactions: how many wait for what, lists of them, and decisions.
#include "store/HeldRows.h"
#include "store/TransactionRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <set>

namespace bankfeed::testing
{

namespace
{

std::size_t sizeAt(const std::string& json, const std::string& path)
{
    Poco::JSON::Parser parser;
    return parser.parse(json).extract<Poco::JSON::Object::Ptr>()->getArray(path)->size();
}

std::string two(std::size_t number)
{
    return (number < 10 ? "0" : "") + std::to_string(number);
}

/// So many connections, each with an account of its own name.
std::vector<store::BankAccount> purses(World& world, std::size_t count)
{
    std::vector<store::BankAccount> accounts;
    for (std::size_t i = 0; i < count; ++i)
    {
        world.clock.advanceMs(1'000);
        const auto connection = world.connect("ins_" + two(i), "Bank " + two(i));
        world.look(connection, {shownAccount("a" + two(i), "Purse " + two(i), "10" + two(i))});
        accounts.push_back(world.account(connection, "Purse " + two(i)));
    }
    return accounts;
}

/// Puts rows of a day into the mirror of an account; in the order of their ids, as a list has them.
void put(World& world, const store::BankAccount& account, int count,
    std::string_view lane = store::lane::held,
    std::string_view reason = store::heldReason::notLinked, const std::string& day = "2026-11-20")
{
    std::vector<store::BankTransaction> rows;
    for (int i = 0; i < count; ++i)
    {
        store::BankTransaction row;
        row.connectionId = account.connectionId;
        row.providerTransactionId = account.id + std::string(lane) + std::string(reason) + day +
                                    "-" + std::to_string(i + 100);
        row.providerAccountId = account.providerAccountId;
        row.bankAccountId = account.id;
        row.amountExact = "1";
        row.units = 100;
        row.exponent = 2;
        row.currency = "USD";
        row.bookedOn = day;
        row.pending = lane == store::lane::pending;
        row.lane = lane;
        row.laneReason = reason;
        row.rootKey = row.providerTransactionId;
        rows.push_back(row);
    }
    world.write(
        [&](store::Unit& unit) { store::TransactionRepository(unit, World::tenant).save(rows); });
}

/// "not_linked 3, rounded 1" of a member that counts reasons.
std::string reasonsAt(const std::string& json, const std::string& of)
{
    std::string said;
    const std::string part = at(json, of);
    for (std::size_t i = 0; i < sizeAt(part, "reasons"); ++i)
    {
        const std::string one = "reasons." + std::to_string(i);
        said +=
            (said.empty() ? "" : ", ") + at(part, one + ".reason") + " " + at(part, one + ".count");
    }
    return said;
}

} // namespace

class HeldApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HeldApiTest);
    CPPUNIT_TEST(accountsWithSomethingHeldComeInPages);
    CPPUNIT_TEST(whatWaitsIsCountedByAccountAndReason);
    CPPUNIT_TEST(accountsAreListedForOneReason);
    CPPUNIT_TEST(anAccountsListOfOneReasonComesInPagesOfItsOwn);
    CPPUNIT_TEST(whatTheBankHasNotPostedIsAListOfItsOwn);
    CPPUNIT_TEST(whatIsLeftOutIsShownWithWhoSaidSoAndTakenBack);
    CPPUNIT_TEST(anUnknownReasonIsRefused);
    CPPUNIT_TEST(anotherTenantsHeldRowsAreNotCounted);
    CPPUNIT_TEST(heldTransactionsComeInPages);
    CPPUNIT_TEST(anAccountCountsWhatItsHeldPageLists);
    CPPUNIT_TEST(heldKeysAreChecked);
    CPPUNIT_TEST(aPersonDecidesWhatMayBeBookedAlready);
    CPPUNIT_TEST(theEntriesThatAHeldRowMayBeAreShown);
    CPPUNIT_TEST(aDecisionAboutHeldRowsIsReadStrictly);
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
    void accountsWithSomethingHeldComeInPages()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto accounts = purses(world, 53);
                for (std::size_t i = 0; i < 52; ++i)
                    put(world, accounts[i], i == 0 ? 3 : 1);
                const auto first = w.get("api/held/accounts");
                CPPUNIT_ASSERT_EQUAL(std::size_t{50}, sizeAt(first, "accounts"));
                CPPUNIT_ASSERT_EQUAL(std::string("3"), at(first, "accounts.0.held"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("before_start,connection_id,connection_state,"
                                "currency,held,id,institution,left_out,mask,name,pending,reasons"),
                    keysAt(first, "accounts.0"));
                const auto second = w.get("api/held/accounts?after=" + at(first, "next"));
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, sizeAt(second, "accounts"));
                CPPUNIT_ASSERT_EQUAL(std::string("Bank 50"), at(second, "accounts.0.institution"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(second, "next"));
                const auto found = w.get("api/held/accounts?search=purse%2017");
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sizeAt(found, "accounts"));
                CPPUNIT_ASSERT_EQUAL(std::string("Bank 17"), at(found, "accounts.0.institution"));
            });
    }

    void whatWaitsIsCountedByAccountAndReason()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto accounts = purses(world, 3);
                put(world, accounts[0], 3);
                put(world, accounts[0], 1, store::lane::held, store::heldReason::rounded);
                put(world, accounts[1], 2);
                // In the books, as it was: the bank's last word on it waits.
                put(world, accounts[1], 1, store::lane::booked, "reconciled");
                put(world, accounts[1], 4, store::lane::pending, "");
                put(world, accounts[1], 5, store::lane::beforeStart, "lnk_1");
                put(world, accounts[2], 6, store::lane::booked, "");
                const auto shown = w.get("api/held/accounts");
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, sizeAt(shown, "accounts"));
                CPPUNIT_ASSERT_EQUAL(std::string("not_linked 5, reconciled 1, rounded 1"),
                    reasonsAt(shown, "totals"));
                CPPUNIT_ASSERT_EQUAL(std::string("7"), at(shown, "totals.held"));
                CPPUNIT_ASSERT_EQUAL(std::string("4"), at(shown, "totals.pending"));
                CPPUNIT_ASSERT_EQUAL(std::string("5"), at(shown, "totals.before_start"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("not_linked 3, rounded 1"), reasonsAt(shown, "accounts.0"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("not_linked 2, reconciled 1"), reasonsAt(shown, "accounts.1"));
                CPPUNIT_ASSERT_EQUAL(std::string("4"), at(shown, "accounts.1.pending"));
                CPPUNIT_ASSERT_EQUAL(std::string("5"), at(shown, "accounts.1.before_start"));
                // Of all, whatever is searched for.
                CPPUNIT_ASSERT_EQUAL(std::string("7"),
                    at(w.get("api/held/accounts?search=purse%2001"), "totals.held"));
            });
    }

    void accountsAreListedForOneReason()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto accounts = purses(world, 4);
                put(world, accounts[0], 3);
                put(world, accounts[1], 1, store::lane::held, store::heldReason::rounded);
                put(world, accounts[2], 1, store::lane::booked, "period_closed");
                put(world, accounts[3], 1, store::lane::pending, "");
                for (const auto& [reason, expected] : {std::pair{"not_linked", 0}, {"rounded", 1},
                         {"period_closed", 2}, {"pending", 3}})
                {
                    const auto shown = w.get(std::string("api/held/accounts?reason=") + reason);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(reason, std::size_t{1}, sizeAt(shown, "accounts"));
                    CPPUNIT_ASSERT_EQUAL(accounts[static_cast<std::size_t>(expected)].id,
                        at(shown, "accounts.0.id"));
                }
                CPPUNIT_ASSERT_EQUAL(
                    std::size_t{0}, sizeAt(w.get("api/held/accounts?reason=overlap"), "accounts"));
            });
    }

    void anAccountsListOfOneReasonComesInPagesOfItsOwn()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto account = purses(world, 1).front();
                // Days that take turns: each page of one reason steps over rows of the other.
                for (const char* day : {"2026-11-20", "2026-11-19", "2026-11-18"})
                {
                    put(world, account, 60, store::lane::held, store::heldReason::rounded, day);
                    put(world, account, 60, store::lane::held, store::heldReason::notLinked, day);
                }
                const std::string path = "api/held?reason=rounded&bank_account=" + account.id;
                std::set<std::string> seen;
                const auto take = [&](const std::string& page)
                {
                    for (std::size_t i = 0; i < sizeAt(page, "transactions"); ++i)
                    {
                        const std::string one = "transactions." + std::to_string(i);
                        CPPUNIT_ASSERT_EQUAL(std::string("rounded"), at(page, one + ".reason"));
                        CPPUNIT_ASSERT(seen.insert(at(page, one + ".id")).second);
                    }
                };
                const auto first = w.get(path);
                take(first);
                CPPUNIT_ASSERT_EQUAL(std::size_t{100}, seen.size());
                const auto second = w.get(path + "&after=" + at(first, "next"));
                take(second);
                CPPUNIT_ASSERT_EQUAL(std::size_t{180}, seen.size());
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(second, "next"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("not_linked 180, rounded 180"), reasonsAt(first, "account"));
            });
    }

    void whatTheBankHasNotPostedIsAListOfItsOwn()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto account = purses(world, 1).front();
                put(world, account, 1);
                put(world, account, 2, store::lane::pending, "");
                put(world, account, 1, store::lane::beforeStart, "lnk_1");
                const std::string path = "api/held?bank_account=" + account.id;
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sizeAt(w.get(path), "transactions"));
                const auto pending = w.get(path + "&reason=pending");
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, sizeAt(pending, "transactions"));
                CPPUNIT_ASSERT_EQUAL(std::string("pending"), at(pending, "transactions.0.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(pending, "transactions.0.pending"));
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(pending, "transactions.0.in_books"));
                const auto early = w.get(path + "&reason=before_start");
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sizeAt(early, "transactions"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("before_start"), at(early, "transactions.0.reason"));
            });
    }

    void whatIsLeftOutIsShownWithWhoSaidSoAndTakenBack()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto account = accountWithTwoRows(world);
                world.apply(account.connectionId, {decideExisting(account, "l1")});
                const auto link = *world.linkOf(account.id);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::AccountLinkRepository(unit, World::tenant).booksAsDecided(link.id);
                        unit.execute("UPDATE bank_transaction SET lane_reason = 'not_a_number', "
                                     "amount_exact = '1,5'");
                    });
                const auto decide = [&](const std::string& choice)
                {
                    w.post("api/held/decide",
                        R"({"bank_account":")" + account.id +
                            R"(","transactions":["t1"],"choice":")" + choice + R"("})",
                        202);
                };
                const std::string path = "api/held?reason=left_out&bank_account=" + account.id;
                decide("leave_out");
                const auto left = w.get(path);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sizeAt(left, "transactions"));
                CPPUNIT_ASSERT_EQUAL(std::string("left_out"), at(left, "transactions.0.reason"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Ada Admin"), at(left, "transactions.0.left_out.by"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("not_a_number"), at(left, "transactions.0.left_out.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(left, "account.left_out"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(left, "account.held"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("1"), at(w.get("api/held/accounts"), "totals.left_out"));
                CPPUNIT_ASSERT_EQUAL(
                    std::size_t{1}, sizeAt(w.get("api/held/accounts?reason=left_out"), "accounts"));
                decide("take_back");
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, sizeAt(w.get(path), "transactions"));
                const auto held = w.get("api/held?bank_account=" + account.id);
                CPPUNIT_ASSERT_EQUAL(std::string("not_a_number 2"), reasonsAt(held, "account"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(held, "transactions.0.left_out"));
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT_EQUAL(std::string("transactions.taken_back"), actions.at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("transactions.left_out"), actions.at(1));
            });
    }

    void anUnknownReasonIsRefused()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        const auto account = purses(world, 1).front();
        for (const char* reason : {"booked", "gone", "held", "voided", "x", "%27"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(reason, 400,
                w.ask("GET", std::string("api/held/accounts?reason=") + reason).status);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(reason, 400,
                w.ask("GET", "api/held?bank_account=" + account.id + "&reason=" + reason).status);
        }
    }

    void anotherTenantsHeldRowsAreNotCounted()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto accounts = purses(world, 2);
                put(world, accounts[0], 2);
                put(world, accounts[1], 3);
                world.write(
                    [&](store::Unit& unit)
                    {
                        for (const char* table : {"bank_account", "bank_transaction"})
                            unit.execute("UPDATE " + std::string(table) +
                                             " SET tenant_id = 'other' WHERE bank_account_id = $1",
                                {accounts[1].id});
                        unit.execute("UPDATE connection SET tenant_id = 'other' WHERE "
                                     "connection_id = $1",
                            {accounts[1].connectionId});
                    });
                const auto shown = w.get("api/held/accounts");
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sizeAt(shown, "accounts"));
                CPPUNIT_ASSERT_EQUAL(std::string("not_linked 2"), reasonsAt(shown, "totals"));
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
                    std::string("amount,date,exact,id,in_books,left_out,merchant,name,pending,"
                                "reason,rounded"),
                    keysAt(first, "transactions.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("-100"), at(first, "transactions.0.amount.units"));
                CPPUNIT_ASSERT_EQUAL(std::string("not_linked"), at(first, "transactions.0.reason"));
                CPPUNIT_ASSERT_EQUAL(std::string("150"),
                    at(w.get("api/connections/" + connection), "accounts.0.held"));
                const auto next = at(first, "next");
                CPPUNIT_ASSERT_EQUAL("2026-01-01." + at(first, "transactions.99.id"), next);
                CPPUNIT_ASSERT_EQUAL(std::string("Checking"), at(first, "account.name"));
                CPPUNIT_ASSERT_EQUAL(std::string("150"), at(first, "account.reasons.0.count"));
                const auto second = w.get(path + "&after=" + next);
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(second, "account"));
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(HeldApiTest);

} // namespace bankfeed::testing
