#include "store/LinkSessionRepository.h"
#include "store/NoticeRepository.h"
#include "unit/accounts/World.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace bankfeed::testing
{

namespace
{

/// An add-accounts session that has succeeded now.
void finishAddAccounts(World& world, const std::string& connectionId, const std::string& id)
{
    store::LinkSession session;
    session.id = id;
    session.userId = "u1";
    session.userName = "Ada Admin";
    session.purpose = "add_accounts";
    session.connectionId = connectionId;
    session.state = "done";
    session.createdAt = world.clock.now();
    session.expiresAt = world.clock.now();
    session.finishedAt = world.clock.now();
    world.write([&](store::Unit& unit)
        { CPPUNIT_ASSERT(store::LinkSessionRepository(unit, World::tenant).insert(session)); });
}

/// The word of new accounts, as the engine takes it from a webhook.
void ringNewAccounts(World& world, const std::string& connectionId)
{
    world.write(
        [&](store::Unit& unit)
        {
            store::ConnectionRepository(unit, World::tenant)
                .setNewAccountsSince(connectionId, world.clock.now());
            store::NoticeRepository(unit, World::tenant)
                .open(world.random, store::notice::newAccounts, connectionId, "info", "{}",
                    world.clock.now());
        });
}

/// A connection whose only account was kept aside before the bank told of new ones.
std::string announced(World& world, const ProviderAccount& shown)
{
    const auto connection = world.connect();
    world.look(connection, {shown});
    world.apply(
        connection, {decide(world.account(connection, shown.name), accounts::Choice::None)});
    world.clock.advanceMs(1000);
    ringNewAccounts(world, connection);
    world.clock.advanceMs(1000);
    return connection;
}

} // namespace

class DiscoveryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DiscoveryTest);
    CPPUNIT_TEST(newAccountsAreOpenForDecision);
    CPPUNIT_TEST(anAccountIsMissingFirstAndNotSharedAfterASecondLook);
    CPPUNIT_TEST(peopleAreToldOfALinkedAccountThatIsNotSharedAnyMore);
    CPPUNIT_TEST(theSameLookTwiceIsOneLook);
    CPPUNIT_TEST(aReturningAccountIsSharedAgainAndKeepsItsDecision);
    CPPUNIT_TEST(investmentsAndLoansShowBalancesOnly);
    CPPUNIT_TEST(anUnknownCurrencyCannotFeed);
    CPPUNIT_TEST(balancesAreExactAndOnlyInTheAccountsCurrency);
    CPPUNIT_TEST(orphanTransactionsFindTheirAccount);
    CPPUNIT_TEST(manyOrphansMoveInUnitsOfBoundedSize);
    CPPUNIT_TEST(theNoticeCountsWhatWaitsAndClears);
    CPPUNIT_TEST(newAccountsStayAnnouncedUntilSomebodyActs);
    CPPUNIT_TEST(newAccountsClearWhenASessionAddedNone);
    CPPUNIT_TEST(newAccountsClearOnceTheyAreSharedAndTheDecisionIsStillAsked);
    CPPUNIT_TEST(aSessionBeforeTheWordDoesNotClearIt);
    CPPUNIT_TEST(aLinkedAccountKeepsItsCurrency);
    CPPUNIT_TEST(aReissuedAccountIsToldInTheAuditLog);
    CPPUNIT_TEST(answersThatContradictThemselvesAreRefused);
    CPPUNIT_TEST(connectionsOfOthersAndEndedOnesAreLeftAlone);
    CPPUNIT_TEST(hostileNamesAreMadeSafe);
    CPPUNIT_TEST_SUITE_END();

public:
    void newAccountsAreOpenForDecision()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto outcome =
                    world.look(connection, {shownAccount("a1", "Checking", "0000"),
                                               shownAccount("a2", "Savings", "1111")});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, outcome.added);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, outcome.toDecide);
                const auto account = world.account(connection, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("open"), account.decision);
                CPPUNIT_ASSERT_EQUAL(std::string("shared"), account.state);
                CPPUNIT_ASSERT_EQUAL(std::string("connect"), account.origin);
                CPPUNIT_ASSERT_EQUAL(std::string("USD"), account.currency);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, account.exponent);
                CPPUNIT_ASSERT(account.feedable);
                CPPUNIT_ASSERT_EQUAL(std::size_t{45}, account.feedId.size());
                const auto actions = world.auditActions();
                CPPUNIT_ASSERT_EQUAL(std::string("notice.opened"), actions.at(0));
                CPPUNIT_ASSERT_EQUAL(std::string("accounts.found"), actions.at(1));
            });
    }

    void anAccountIsMissingFirstAndNotSharedAfterASecondLook()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                world.clock.advanceMs(60'000);
                const auto first = world.look(connection, {});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, first.missing);
                CPPUNIT_ASSERT(first.lookAgain);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("missing"), world.account(connection, "Checking").state);
                world.clock.advanceMs(10'000); // Too soon: a glitch of the bank lasts that long.
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world.look(connection, {}).notShared);
                world.clock.advanceMs(60'000);
                const auto second = world.look(connection, {});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, second.notShared);
                CPPUNIT_ASSERT(!second.lookAgain);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("not_shared"), world.account(connection, "Checking").state);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, world.accountsOf(connection).size());
            });
    }

    void peopleAreToldOfALinkedAccountThatIsNotSharedAnyMore()
    {
        inBothWorlds(
            [](World& world)
            {
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                const auto account = world.linkedChecking();
                const auto& connection = account.connectionId;
                const auto told = [&]
                {
                    return world.write(
                        [&](store::Unit& unit)
                        {
                            return store::NoticeRepository(unit, World::tenant)
                                .isOpen(store::notice::accountNotShared, account.id);
                        });
                };
                const ProviderAccount other = shownAccount("other", "Other", "9999");
                const ProviderAccount checking =
                    shownAccount(account.providerAccountId, account.name, account.mask);
                const auto isNotShared = [&]
                {
                    world.look(connection, {other});
                    CPPUNIT_ASSERT(!told());
                    world.clock.advanceMs(3'600'000);
                    world.look(connection, {other});
                };
                isNotShared();
                CPPUNIT_ASSERT(told());
                world.look(connection, {other, checking});
                CPPUNIT_ASSERT(!told());
                isNotShared();
                CPPUNIT_ASSERT(told());
                const auto link = *world.linkOf(account.id);
                world.write(
                    [&](store::Unit& unit)
                    {
                        CPPUNIT_ASSERT(store::AccountLinkRepository(unit, World::tenant)
                                           .end(link.id, world.clock.now()));
                    });
                CPPUNIT_ASSERT(!told());
                // Nothing feeds from it now.
                world.look(connection, {other, checking});
                isNotShared();
                CPPUNIT_ASSERT(!told());
            });
    }

    void theSameLookTwiceIsOneLook()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                world.clock.advanceMs(60'000);
                // The commit was not seen, and the unit ran again: even without a pause between two
                // looks that is one.
                accounts::Discovery discovery(world.random, world.database.log(), {0});
                for (int i = 0; i < 2; ++i)
                    valueOf(discovery.apply(
                        *world.database, World::tenant, connection, {}, world.clock.now(), ""));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("missing"), world.account(connection, "Checking").state);
            });
    }

    void aReturningAccountIsSharedAgainAndKeepsItsDecision()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto shown = shownAccount("a1", "Checking", "0000");
                world.look(connection, {shown});
                const auto before = world.account(connection, "Checking");
                world.apply(connection, {decide(before, accounts::Choice::None)});
                for (int i = 0; i < 2; ++i)
                {
                    world.clock.advanceMs(60'000);
                    world.look(connection, {});
                }
                const auto outcome = world.look(connection, {shown});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outcome.returned);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, outcome.added);
                const auto after = world.account(connection, "Checking");
                CPPUNIT_ASSERT_EQUAL(before.id, after.id);
                CPPUNIT_ASSERT_EQUAL(before.feedId, after.feedId);
                CPPUNIT_ASSERT_EQUAL(std::string("shared"), after.state);
                CPPUNIT_ASSERT_EQUAL(std::string("aside"), after.decision);
                CPPUNIT_ASSERT(!after.missingSince);
            });
    }

    void investmentsAndLoansShowBalancesOnly()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto outcome = world.look(
                    connection, {shownAccount("a1", "401k", "1", "investment", "401k"),
                                    shownAccount("a2", "House", "2", "loan", "mortgage"),
                                    shownAccount("a3", "Study", "3", "loan", "student"),
                                    shownAccount("a4", "Card", "4", "credit", "credit card"),
                                    shownAccount("a5", "Thing", "5", "other", "")});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, outcome.toDecide);
                CPPUNIT_ASSERT(!world.account(connection, "401k").feedable);
                CPPUNIT_ASSERT(!world.account(connection, "House").feedable);
                CPPUNIT_ASSERT(world.account(connection, "Study").feedable);
                CPPUNIT_ASSERT(world.account(connection, "Card").feedable);
                CPPUNIT_ASSERT(!world.account(connection, "Thing").feedable);
            });
    }

    void anUnknownCurrencyCannotFeed()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                auto bitcoin = shownAccount("a3", "Coins", "3", "depository", "checking", "BTC");
                bitcoin.currencyOfficial = false;
                world.look(connection,
                    {shownAccount("a1", "None", "1", "depository", "checking", ""),
                        shownAccount("a2", "Odd", "2", "depository", "checking", "ZZQ"), bitcoin});
                CPPUNIT_ASSERT(!world.account(connection, "None").feedable);
                CPPUNIT_ASSERT(!world.account(connection, "Odd").feedable);
                CPPUNIT_ASSERT_EQUAL(std::string(), world.account(connection, "Odd").currency);
                CPPUNIT_ASSERT(world.account(connection, "Coins").feedable);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, world.account(connection, "Coins").exponent);
            });
    }

    void balancesAreExactAndOnlyInTheAccountsCurrency()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                auto odd = shownAccount("a1", "Checking", "0000");
                odd.current = ProviderAmount{"90071992547409.93", "USD", true};
                odd.available = ProviderAmount{"5", "EUR", true};
                auto bad = shownAccount("a2", "Savings", "1111");
                bad.current = ProviderAmount{"1.2.3", "USD", true};
                world.look(connection, {odd, bad});
                const auto account = world.account(connection, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("90071992547409.93"), *account.balanceExact);
                CPPUNIT_ASSERT(!account.availableExact);
                CPPUNIT_ASSERT(account.balanceAsOf == world.clock.now());
                CPPUNIT_ASSERT(!world.account(connection, "Savings").balanceExact);
                CPPUNIT_ASSERT(!world.account(connection, "Savings").balanceAsOf);
            });
    }

    void orphanTransactionsFindTheirAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto other = world.connect();
                world.orphan(connection, "a1", "t1");
                world.orphan(connection, "a2", "t2");
                world.orphan(other, "a1", "t3");
                const auto outcome =
                    world.look(connection, {shownAccount("a1", "Checking", "0000")});
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, outcome.adopted);
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{2}, world.count("SELECT COUNT(*) FROM bank_transaction "
                                                 "WHERE bank_account_id IS NULL"));
            });
    }

    void manyOrphansMoveInUnitsOfBoundedSize()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                for (int i = 0; i < 620; ++i)
                    world.orphan(connection, i % 2 == 0 ? "a1" : "a2", "t" + std::to_string(i));
                accounts::Discovery discovery(world.random, world.database.log());
                const std::vector<ProviderAccount> shown{
                    shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1")};
                const auto first = world.write(
                    [&](store::Unit& unit)
                    {
                        return valueOf(discovery.apply(
                            unit, World::tenant, connection, shown, world.clock.now(), ""));
                    });
                CPPUNIT_ASSERT_EQUAL(std::int64_t{500}, first.adopted);
                CPPUNIT_ASSERT(first.more);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{120}, world.look(connection, shown).adopted);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{310},
                    world.count("SELECT COUNT(*) FROM bank_transaction WHERE bank_account_id = '" +
                                world.account(connection, "Savings").id + "'"));
            });
    }

    void theNoticeCountsWhatWaitsAndClears()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::accountsToDecide, connection));
                world.look(connection, {shownAccount("a1", "Checking", "0000"),
                                           shownAccount("a2", "Savings", "1111")});
                CPPUNIT_ASSERT_EQUAL(
                    std::string(R"({"institution":"First Platypus Bank","count":2})"),
                    world.noticeParams(store::notice::accountsToDecide, connection));
                world.apply(connection,
                    {decide(world.account(connection, "Checking"), accounts::Choice::None),
                        decide(world.account(connection, "Savings"), accounts::Choice::None)});
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::accountsToDecide, connection));
            });
    }

    void newAccountsStayAnnouncedUntilSomebodyActs()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto shown = shownAccount("a1", "Checking", "0000");
                const auto connection = announced(world, shown);
                world.look(connection, {shown}); // A poll: nothing new is shared.
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::newAccounts, connection));
                CPPUNIT_ASSERT(world.connection(connection).newAccountsSince);
            });
    }

    void newAccountsClearWhenASessionAddedNone()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto shown = shownAccount("a1", "Checking", "0000");
                const auto connection = announced(world, shown);
                finishAddAccounts(world, connection, "lks_1");
                world.look(connection, {shown});
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::newAccounts, connection));
                CPPUNIT_ASSERT(!world.connection(connection).newAccountsSince);
            });
    }

    void newAccountsClearOnceTheyAreSharedAndTheDecisionIsStillAsked()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto shown = shownAccount("a1", "Checking", "0000");
                world.look(connection, {shown});
                world.apply(connection,
                    {decide(world.account(connection, "Checking"), accounts::Choice::None)});
                ringNewAccounts(world, connection);
                world.clock.advanceMs(1000);
                finishAddAccounts(world, connection, "lks_1");
                world.look(connection, {shown, shownAccount("a2", "Event Fund", "2222")});
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::newAccounts, connection));
                CPPUNIT_ASSERT(!world.connection(connection).newAccountsSince);
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::accountsToDecide, connection));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("add_accounts"), world.account(connection, "Event Fund").origin);
                world.apply(
                    connection, {decideNew(world.account(connection, "Event Fund"), "Event Fund")});
                CPPUNIT_ASSERT(!world.noticeOpen(store::notice::accountsToDecide, connection));
            });
    }

    void aSessionBeforeTheWordDoesNotClearIt()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                finishAddAccounts(world, connection, "lks_1");
                world.clock.advanceMs(1000);
                ringNewAccounts(world, connection);
                world.look(connection, {});
                CPPUNIT_ASSERT(world.noticeOpen(store::notice::newAccounts, connection));
            });
    }

    void aLinkedAccountKeepsItsCurrency()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                world.apply(
                    connection, {decideNew(world.account(connection, "Checking"), "Checking")});
                auto shown =
                    shownAccount("a1", "Checking", "0000", "depository", "checking", "EUR");
                shown.current = ProviderAmount{"12.34", "EUR", true};
                shown.available = shown.current;
                world.look(connection, {shown});
                const auto account = world.account(connection, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::string("USD"), account.currency);
                // 12.34 EUR are not 12.34 USD.
                CPPUNIT_ASSERT(!account.balanceExact && !account.availableExact);
                CPPUNIT_ASSERT(!account.balanceAsOf);
            });
    }

    void aReissuedAccountIsToldInTheAuditLog()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto first = world.connect();
                auto shown = shownAccount("a1", "Checking", "0000");
                shown.persistentId = "persistent-1";
                world.look(first, {shown});
                world.clock.advanceMs(1000);
                const auto second = world.connect();
                shown.providerAccountId = "b1";
                world.look(second, {shown});
                const auto old = world.account(first, "Checking");
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                    world.count("SELECT COUNT(*) FROM audit WHERE subject = '" + second +
                                "' AND detail LIKE '%\"also_shared\":\"" + old.id + "\"%'"));
            });
    }

    void answersThatContradictThemselvesAreRefused()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                accounts::Discovery discovery(world.random, world.database.log());
                const auto apply = [&](const std::vector<ProviderAccount>& shown)
                {
                    return discovery.apply(
                        *world.database, World::tenant, connection, shown, world.clock.now(), "");
                };
                const auto twice =
                    apply({shownAccount("a1", "A", "1"), shownAccount("a1", "B", "2")});
                CPPUNIT_ASSERT(!twice.ok() && twice.error().kind == ErrorKind::Corrupt);
                CPPUNIT_ASSERT(!apply({shownAccount("", "A", "1")}).ok());
                CPPUNIT_ASSERT(!apply({shownAccount(std::string(257, 'x'), "A", "1")}).ok());
                std::vector<ProviderAccount> many;
                for (int i = 0; i < 501; ++i)
                    many.push_back(shownAccount("a" + std::to_string(i), "A", "1"));
                const auto tooMany = apply(many);
                CPPUNIT_ASSERT(!tooMany.ok() && tooMany.error().kind == ErrorKind::Exhausted);
                CPPUNIT_ASSERT(world.accountsOf(connection).empty());
            });
    }

    void connectionsOfOthersAndEndedOnesAreLeftAlone()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto foreign = world.connect("ins_1", "Bank", "other");
                accounts::Discovery discovery(world.random, world.database.log());
                const auto outcome = discovery.apply(*world.database, World::tenant, foreign,
                    {shownAccount("a1", "A", "1")}, world.clock.now(), "");
                CPPUNIT_ASSERT(!outcome.ok() && outcome.error().kind == ErrorKind::NotFound);
                const auto ended = world.connect();
                world.endConnection(ended);
                const auto late = discovery.apply(*world.database, World::tenant, ended,
                    {shownAccount("a1", "A", "1")}, world.clock.now(), "");
                CPPUNIT_ASSERT(!late.ok() && late.error().code == "connection.removed");
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{0}, world.count("SELECT COUNT(*) FROM bank_account"));
            });
    }

    void hostileNamesAreMadeSafe()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                auto shown = shownAccount("a1", "x", "0000");
                shown.name = std::string("A\x01\xE2\x80\xAE") + std::string(3000, 'n');
                shown.mask = std::string(40, '7');
                world.look(connection, {shown});
                const auto account = world.accountsOf(connection).at(0);
                CPPUNIT_ASSERT(account.name.size() <= 1000);
                CPPUNIT_ASSERT(account.name.find('\x01') == std::string::npos);
                CPPUNIT_ASSERT(account.name.find("\xE2\x80\xAE") == std::string::npos);
                CPPUNIT_ASSERT_EQUAL(std::size_t{16}, account.mask.size());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DiscoveryTest);

} // namespace bankfeed::testing
