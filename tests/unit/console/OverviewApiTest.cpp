// The first screen, page by page.
#include "store/BalanceProofRepository.h"
#include "store/NoticeRepository.h"
#include "store/OutboxRepository.h"
#include "store/TransactionRepository.h"
#include "support/FaultyDatabase.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

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

std::vector<std::string> idsOf(const std::string& page)
{
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < sizeAt(page, "connections"); ++i)
        ids.push_back(at(page, "connections." + std::to_string(i) + ".id"));
    return ids;
}

std::string two(std::size_t number)
{
    return (number < 10 ? "0" : "") + std::to_string(number);
}

/// `count` connections, a second apart, each with an account of its own name.
std::vector<std::string> connections(World& world, std::size_t count)
{
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < count; ++i)
    {
        world.clock.advanceMs(1'000);
        ids.push_back(world.connect("ins_" + two(i), "Bank " + two(i)));
        world.look(ids.back(), {shownAccount("a" + two(i), "Purse " + two(i), "10" + two(i))});
    }
    return ids;
}

} // namespace

class OverviewApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OverviewApiTest);
    CPPUNIT_TEST(everyConnectionIsOnOnePageAndOnNoOther);
    CPPUNIT_TEST(whatComesOrEndsMeanwhileMovesNoOtherConnection);
    CPPUNIT_TEST(aSearchFindsBanksAndTheirAccounts);
    CPPUNIT_TEST(aCardHasTheFirstAccountsAndThePageOfTheConnectionAll);
    CPPUNIT_TEST(nothingIsSentAgainWhileNothingMoves);
    CPPUNIT_TEST(morePerPageDoNotMeanMoreQueries);
    CPPUNIT_TEST(aMalformedPlaceIsRefused);
    CPPUNIT_TEST(aConnectionSaysWhatKeepsItFromBeingUpToDate);
    CPPUNIT_TEST(aNoticeSaysWhetherItCanBeDismissed);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyConnectionIsOnOnePageAndOnNoOther()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto made = connections(world, 45);
                world.endConnection(made[0]);
                world.endConnection(made[20]);
                std::vector<std::string> seen;
                std::string after;
                for (unsigned page = 0; page < 3; ++page)
                {
                    const auto shown =
                        w.get("api/overview" + (after.empty() ? "" : "?after=" + after));
                    CPPUNIT_ASSERT_EQUAL(std::string("43"), at(shown, "live"));
                    CPPUNIT_ASSERT_EQUAL(std::string("2"), at(shown, "ended"));
                    for (const auto& id : idsOf(shown))
                        seen.push_back(id);
                    CPPUNIT_ASSERT_EQUAL(
                        std::size_t{page == 2 ? 45U : 20U * (page + 1)}, seen.size());
                    after = at(shown, "next");
                }
                CPPUNIT_ASSERT_EQUAL(std::string("null"), after);
                // Oldest first; what was ended comes last.
                std::vector<std::string> expected = made;
                expected.erase(expected.begin() + 20);
                expected.erase(expected.begin());
                expected.push_back(made[0]);
                expected.push_back(made[20]);
                CPPUNIT_ASSERT(expected == seen);
            });
    }

    void whatComesOrEndsMeanwhileMovesNoOtherConnection()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto made = connections(world, 42);
                const auto first = w.get("api/overview");
                world.endConnection(made[3]);
                world.clock.advanceMs(1'000);
                const auto newer = world.connect("ins_x", "New Bank");
                const auto second = idsOf(w.get("api/overview?after=" + at(first, "next")));
                CPPUNIT_ASSERT_EQUAL(std::size_t{20}, second.size());
                CPPUNIT_ASSERT_EQUAL(made[20], second.front());
                CPPUNIT_ASSERT_EQUAL(made[39], second.back());
                const auto third =
                    idsOf(w.get("api/overview?after=" +
                                at(w.get("api/overview?after=" + at(first, "next")), "next")));
                CPPUNIT_ASSERT(
                    (std::vector<std::string>{made[40], made[41], newer, made[3]}) == third);
            });
    }

    void aSearchFindsBanksAndTheirAccounts()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto made = connections(world, 12);
                const auto found = [&](const std::string& search)
                { return idsOf(w.get("api/overview?search=" + search)); };
                const auto only = [&](std::size_t i) { return std::vector<std::string>{made[i]}; };
                CPPUNIT_ASSERT(only(7) == found("bank%2007"));
                CPPUNIT_ASSERT(only(3) == found("PURSE%2003"));
                CPPUNIT_ASSERT(only(11) == found("1011"));
                CPPUNIT_ASSERT_EQUAL(std::size_t{12}, found("bank").size());
                CPPUNIT_ASSERT(found("%25").empty()); // No sign stands for others.
                CPPUNIT_ASSERT(found("b_nk").empty());
                const auto totals = w.get("api/overview?search=bank%2007");
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(totals, "live"));
                CPPUNIT_ASSERT_EQUAL(
                    400, w.ask("GET", "api/overview?search=" + std::string(201, 'a')).status);
            });
    }

    void aCardHasTheFirstAccountsAndThePageOfTheConnectionAll()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                std::vector<ProviderAccount> shown;
                for (std::size_t i = 0; i < 17; ++i)
                    shown.push_back(shownAccount("a" + two(i), "Purse " + two(i), "10" + two(i)));
                world.look(connection, shown);
                const auto overview = w.get("api/overview");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("17"), at(overview, "connections.0.accounts_in_all"));
                CPPUNIT_ASSERT_EQUAL(std::string("17"), at(overview, "connections.0.to_decide"));
                CPPUNIT_ASSERT_EQUAL(
                    std::size_t{15}, sizeAt(at(overview, "connections.0"), "accounts"));
                const auto whole = w.get("api/connections/" + connection);
                CPPUNIT_ASSERT_EQUAL(std::size_t{17}, sizeAt(whole, "accounts"));
                CPPUNIT_ASSERT_EQUAL(
                    at(whole, "accounts.14.id"), at(overview, "connections.0.accounts.14.id"));
            });
    }

    void nothingIsSentAgainWhileNothingMoves()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        connections(world, 2);
        const auto tag = at(w.get("api/overview"), "tag");
        const auto same = w.get("api/overview?seen=" + tag);
        CPPUNIT_ASSERT_EQUAL(std::string("tag,unchanged"), keysAt(same));
        CPPUNIT_ASSERT_EQUAL(std::string("true"), at(same, "unchanged"));
        connections(world, 1);
        const auto other = w.get("api/overview?seen=" + tag);
        CPPUNIT_ASSERT_EQUAL(std::string("false"), at(other, "unchanged"));
        CPPUNIT_ASSERT(tag != at(other, "tag"));
    }

    void morePerPageDoNotMeanMoreQueries()
    {
        World world(store::Engine::Sqlite);
        FaultyDatabase counting(*world.database);
        LinkWorld links(world);
        console::Console console(
            {counting, world.clock, world.random, world.wake, world.database.log(), links.sessions},
            consoleSettings(), console::StaticFiles());
        const auto asked = [&](const char* target)
        {
            counting.statements = 0;
            const auto response =
                console.handle(ConsoleWorld::made("GET", target, "", adaPrincipal()));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(response.body, 200, response.status);
            return counting.statements;
        };
        connections(world, 1);
        const auto ofOne = asked("api/overview");
        connections(world, 19);
        CPPUNIT_ASSERT_EQUAL(ofOne, asked("api/overview"));
        CPPUNIT_ASSERT(ofOne < 40);
    }

    void aMalformedPlaceIsRefused()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        for (const char* after : {"x", "0", "0.", "2.1.con", "0.a.con", "0.12con", "..", "0.1x.c"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                after, 400, w.ask("GET", std::string("api/overview?after=") + after).status);
    }

    void aConnectionSaysWhatKeepsItFromBeingUpToDate()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Checking")});
                const auto account = world.linkedChecking();
                const auto now = [&](const char* name)
                { return at(w.get("api/overview"), std::string("connections.0.") + name); };
                CPPUNIT_ASSERT_EQUAL(std::string("null"), now("last_sync"));
                CPPUNIT_ASSERT_EQUAL(std::string("0"), now("feeds_held"));
                CPPUNIT_ASSERT_EQUAL(std::string("0"), now("undelivered"));
                CPPUNIT_ASSERT_EQUAL(std::string("0"), now("proofs_differ"));
                world.write(
                    [&](store::Unit& unit)
                    {
                        const auto link = *store::AccountLinkRepository(unit, World::tenant)
                                               .ofBankAccount(account.id);
                        store::OutboxRepository outbox(unit, World::tenant);
                        outbox.ensureFeed(link.feedId, world.random);
                        LedgerChange change;
                        change.kind = ChangeKind::Noop;
                        std::vector<LedgerChange> changes{change};
                        outbox.append(link.feedId, changes, world.random, world.clock.now());
                        outbox.hold(link.feedId, "ledger.refused");
                        store::BalanceProof proof;
                        proof.bankAccountId = account.id;
                        proof.ledgerAccountId = "l1";
                        proof.state = store::proofState::differs;
                        for (auto* amount : {&proof.held, &proof.pending, &proof.beforeStart,
                                 &proof.kept, &proof.removed, &proof.rounding})
                            *amount = "0";
                        proof.lookedAt = world.clock.now();
                        store::BalanceProofRepository(unit, World::tenant).save(proof);
                        store::ConnectionRepository(unit, World::tenant)
                            .recordSync(account.connectionId, world.clock.now(), {3, 1, 2, 1, 2});
                        return 0;
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("1"), now("feeds_held"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), now("undelivered"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), now("proofs_differ"));
                const auto overview = w.get("api/overview");
                CPPUNIT_ASSERT_EQUAL(std::string("added,at,booked,held,modified,removed"),
                    keysAt(overview, "connections.0.last_sync"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("3"), at(overview, "connections.0.last_sync.added"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("1"), at(overview, "connections.0.last_sync.held"));
            });
    }

    void aNoticeSaysWhetherItCanBeDismissed()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Checking")});
                const auto account = world.linkedChecking();
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::NoticeRepository(unit, World::tenant)
                            .open(world.random, store::notice::feedHeld, account.feedId, "error",
                                "{}", world.clock.now());
                        return 0;
                    });
                const auto dismissible = [&]
                {
                    const auto overview = w.get("api/overview");
                    for (std::size_t i = 0; i < sizeAt(overview, "notices"); ++i)
                    {
                        const auto place = "notices." + std::to_string(i) + ".";
                        if (at(overview, place + "kind") == "feed_held")
                            return at(overview, place + "dismissible");
                    }
                    return std::string("no notice");
                };
                CPPUNIT_ASSERT_EQUAL(std::string("false"), dismissible());
                world.endConnection(account.connectionId);
                CPPUNIT_ASSERT_EQUAL(std::string("true"), dismissible());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OverviewApiTest);

} // namespace bankfeed::testing
