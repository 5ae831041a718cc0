#include "unit/accounts/World.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <barrier>
#include <thread>

namespace bankfeed::testing
{

using accounts::Decision;

class LinkingRaceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkingRaceTest);
    CPPUNIT_TEST(twoDecisionsAboutOneAccountAtOnceOneWins);
    CPPUNIT_TEST(twoConnectionsThatWantOneLedgerAccountOneWins);
    CPPUNIT_TEST(twoLooksOfOneAccountAreLinkedOnce);
    CPPUNIT_TEST(crossedChoicesNeverWaitForEachOther);
    CPPUNIT_TEST(noLedgerAccountIsEverFedTwice);
    CPPUNIT_TEST_SUITE_END();

    static constexpr int rounds = 12;

    struct Run
    {
        std::string connection;
        std::vector<Decision> decisions;
    };

    /// Applies both at the same moment, and gives what each came to.
    static std::array<accounts::Linking::Applied, 2> atOnce(
        World& world, const Run& a, const Run& b)
    {
        std::array<std::optional<Result<accounts::Linking::Applied>>, 2> outcomes;
        std::barrier together(2);
        auto linking = world.linking();
        const auto work = [&](std::size_t i, const Run& run)
        {
            together.arrive_and_wait();
            outcomes.at(i) =
                linking.apply(World::tenant, World::ada(), run.connection, run.decisions);
        };
        std::thread other(work, 1, b);
        work(0, a);
        other.join();
        return {valueOf(*outcomes[0]), valueOf(*outcomes[1])};
    }

    static void oneWon(const std::array<accounts::Linking::Applied, 2>& outcomes,
        const std::vector<std::string>& codes)
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outcomes[0].linked + outcomes[1].linked);
        const auto& lost = outcomes[0].linked == 1 ? outcomes[1] : outcomes[0];
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lost.conflicts.size());
        const std::string& code = lost.conflicts[0].code;
        CPPUNIT_ASSERT_MESSAGE(code, std::count(codes.begin(), codes.end(), code) == 1);
    }

public:
    void twoDecisionsAboutOneAccountAtOnceOneWins()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                for (int i = 0; i < rounds; ++i)
                {
                    const std::string n = std::to_string(i);
                    world.ledgerAccounts(
                        {booksAccount("x" + n, "X" + n), booksAccount("y" + n, "Y" + n)});
                    world.look(connection, {shownAccount("a" + n, "A" + n, n)});
                    const auto account = world.account(connection, "A" + n);
                    oneWon(atOnce(world, {connection, {decideExisting(account, "x" + n)}},
                               {connection, {decideExisting(account, "y" + n)}}),
                        {"already_linked"});
                }
            });
    }

    void twoConnectionsThatWantOneLedgerAccountOneWins()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto one = world.connect("ins_1", "One");
                const auto two = world.connect("ins_2", "Two");
                for (int i = 0; i < rounds; ++i)
                {
                    const std::string n = std::to_string(i);
                    world.ledgerAccounts({booksAccount("x" + n, "X" + n)});
                    world.look(one, {shownAccount("a" + n, "A" + n, n)});
                    world.look(two, {shownAccount("b" + n, "B" + n, n)});
                    oneWon(
                        atOnce(world, {one, {decideExisting(world.account(one, "A" + n), "x" + n)}},
                            {two, {decideExisting(world.account(two, "B" + n), "x" + n)}}),
                        {"ledger_account_taken"});
                }
                CPPUNIT_ASSERT_EQUAL(std::int64_t{rounds},
                    world.count("SELECT COUNT(*) FROM account_link WHERE ended_at IS NULL"));
            });
    }

    void twoLooksOfOneAccountAreLinkedOnce()
    {
        inBothWorlds(
            [](World& world)
            {
                // One login, connected twice: the accounts look the same, and may be one at the
                // bank.
                const auto one = world.connect("ins_1", "Bank");
                const auto two = world.connect("ins_1", "Bank");
                for (int i = 0; i < rounds; ++i)
                {
                    const std::string n = std::to_string(i);
                    world.ledgerAccounts(
                        {booksAccount("x" + n, "X" + n), booksAccount("y" + n, "Y" + n)});
                    world.look(one, {shownAccount("a" + n, "A" + n, n)});
                    world.look(two, {shownAccount("b" + n, "A" + n, n)});
                    oneWon(
                        atOnce(world, {one, {decideExisting(world.account(one, "A" + n), "x" + n)}},
                            {two, {decideExisting(world.account(two, "A" + n), "y" + n)}}),
                        {"looks_already_linked"});
                }
            });
    }

    void crossedChoicesNeverWaitForEachOther()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto one = world.connect("ins_1", "One");
                const auto two = world.connect("ins_2", "Two");
                for (int i = 0; i < rounds; ++i)
                {
                    const std::string n = std::to_string(i);
                    const std::string x = "x" + n;
                    const std::string y = "y" + n;
                    world.ledgerAccounts({booksAccount(x, x), booksAccount(y, y)});
                    world.look(one,
                        {shownAccount("a" + n, "A" + n, n), shownAccount("c" + n, "C" + n, n)});
                    world.look(two,
                        {shownAccount("b" + n, "B" + n, n), shownAccount("d" + n, "D" + n, n)});
                    const auto outcomes = atOnce(world,
                        {one, {decideExisting(world.account(one, "A" + n), x),
                                  decideExisting(world.account(one, "C" + n), y)}},
                        {two, {decideExisting(world.account(two, "B" + n), y),
                                  decideExisting(world.account(two, "D" + n), x)}});
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, outcomes[0].linked + outcomes[1].linked);
                }
            });
    }

    void noLedgerAccountIsEverFedTwice()
    {
        inBothWorlds(
            [](World& world)
            {
                std::vector<LedgerAccount> books;
                for (int i = 0; i < 6; ++i)
                    books.push_back(booksAccount("l" + std::to_string(i), "L" + std::to_string(i)));
                world.ledgerAccounts(books);
                const std::vector<std::string> connections{
                    world.connect("ins_1", "One"), world.connect("ins_2", "Two")};
                std::vector<ProviderAccount> shown;
                for (int i = 0; i < 8; ++i)
                    shown.push_back(shownAccount("a" + std::to_string(i), "A", "1"));
                for (std::size_t c = 0; c < 2; ++c)
                {
                    for (auto& account : shown)
                        account.providerAccountId += std::to_string(c);
                    world.look(connections[c], shown);
                }
                for (int round = 0; round < 25; ++round)
                {
                    const auto run = [&](std::size_t c)
                    {
                        const auto accounts = world.accountsOf(connections[c]);
                        return Run{connections[c],
                            {decideExisting(accounts[world.random.below(accounts.size())],
                                "l" + std::to_string(world.random.below(6)))}};
                    };
                    const Run a = run(0);
                    const Run b = run(world.random.below(2));
                    atOnce(world, a, b);
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                        world.count("SELECT COUNT(*) FROM (SELECT ledger_account_id FROM "
                                    "account_link WHERE ended_at IS NULL GROUP BY "
                                    "ledger_account_id HAVING COUNT(*) > 1) twice"));
                    CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                        world.count("SELECT COUNT(*) FROM (SELECT bank_account_id FROM "
                                    "account_link WHERE ended_at IS NULL GROUP BY "
                                    "bank_account_id HAVING COUNT(*) > 1) twice"));
                }
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkingRaceTest);

} // namespace bankfeed::testing
