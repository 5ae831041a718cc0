// How far a linked account is on its way into the books, as the console is told.
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/OutboxRepository.h"
#include "store/SyncLoopRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class ProgressApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProgressApiTest);
    CPPUNIT_TEST(progressGoesThroughItsPhases);
    CPPUNIT_TEST(progressOfAnEndedConnectionComesToAnEnd);
    CPPUNIT_TEST(progressSaysThatTheBooksRefuseAChange);
    CPPUNIT_TEST(progressWaitsForAnOpeningBalanceThatCannotBeComputed);
    CPPUNIT_TEST(progressSaysWhyAnOpeningBalanceIsNotBookedYet);
    CPPUNIT_TEST(progressNamesWhatTheHostRefusedToMake);
    CPPUNIT_TEST_SUITE_END();

public:
    void progressGoesThroughItsPhases()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                const auto progress = [&]
                { return w.get("api/connections/" + connection + "/progress"); };
                CPPUNIT_ASSERT_EQUAL(
                    std::string("accounts,error,failed,fetched,paused,phase"), keysAt(progress()));
                CPPUNIT_ASSERT_EQUAL(std::string("done"), at(progress(), "phase"));

                world.apply(connection, {decideExisting(account, "l1")});
                CPPUNIT_ASSERT_EQUAL(std::string("booking"), at(progress(), "phase"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("checking_books"), at(progress(), "accounts.0.phase"));
                seeBooks(world, account);
                CPPUNIT_ASSERT_EQUAL(std::string("booking"), at(progress(), "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("releasing"), at(progress(), "accounts.0.phase"));

                loop(world, connection, store::loopState::staging, 120);
                asked(world, connection);
                CPPUNIT_ASSERT_EQUAL(std::string("fetching"), at(progress(), "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("120"), at(progress(), "fetched"));
                loop(world, connection, store::loopState::sealed, 120);
                CPPUNIT_ASSERT_EQUAL(std::string("applying"), at(progress(), "phase"));

                delivering(world, connection, account);
                CPPUNIT_ASSERT_EQUAL(std::string("delivering"), at(progress(), "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("5"), at(progress(), "accounts.0.total"));
                CPPUNIT_ASSERT_EQUAL(std::string("5"), at(progress(), "accounts.0.done"));
                CPPUNIT_ASSERT_EQUAL(std::string("2"), at(progress(), "accounts.0.before_start"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(progress(), "accounts.0.delivered"));
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::OutboxRepository outbox(unit, World::tenant);
                        const auto feed = outbox.feed(account.feedId);
                        outbox.acked(account.feedId, feed->epoch, 3, world.clock.now());
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("booking"), at(progress(), "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("booking"), at(progress(), "accounts.0.phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("3"), at(progress(), "accounts.0.delivered"));
                CPPUNIT_ASSERT_EQUAL(std::string("due"), at(progress(), "accounts.0.opening"));
                setOpening(world, store::openingState::posted);
                CPPUNIT_ASSERT_EQUAL(std::string("done"), at(progress(), "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("done"), at(progress(), "accounts.0.phase"));

                asked(world, connection);
                CPPUNIT_ASSERT_EQUAL(std::string("fetching"), at(progress(), "accounts.0.phase"));
            });
    }

    void progressOfAnEndedConnectionComesToAnEnd()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                const auto account = world.linkedChecking();
                const auto connection = account.connectionId;
                delivering(world, connection, account);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::OutboxRepository outbox(unit, World::tenant);
                        const auto feed = outbox.feed(account.feedId);
                        outbox.acked(account.feedId, feed->epoch, 3, world.clock.now());
                    });
                setOpening(world, store::openingState::posted);
                loop(world, connection, store::loopState::sealed, 120);
                const auto phase = [&]
                { return at(w.get("api/connections/" + connection + "/progress"), "phase"); };
                CPPUNIT_ASSERT_EQUAL(std::string("applying"), phase());
                for (const auto state :
                    {store::connectionState::revoked, store::connectionState::gone})
                {
                    world.write(
                        [&](store::Unit& unit) {
                            store::ConnectionRepository(unit, World::tenant)
                                .setState(connection, state, "X");
                        });
                    asked(world, connection); // A late webhook asks, and nothing can be read.
                    CPPUNIT_ASSERT_EQUAL(std::string("stopped"), phase());
                }
                world.write([&](store::Unit& unit)
                    { store::SyncLoopRepository(unit, World::tenant).remove(connection); });
                CPPUNIT_ASSERT_EQUAL(std::string("done"), phase());
            });
    }

    void progressSaysThatTheBooksRefuseAChange()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                const auto account = world.linkedChecking();
                const auto connection = account.connectionId;
                delivering(world, connection, account);
                setOpening(world, store::openingState::posted);
                const auto expect = [&](const std::string& phase)
                {
                    const auto progress = w.get("api/connections/" + connection + "/progress");
                    CPPUNIT_ASSERT_EQUAL(phase, at(progress, "phase"));
                    CPPUNIT_ASSERT_EQUAL(phase, at(progress, "accounts.0.phase"));
                };
                expect("delivering");
                world.write(
                    [&](store::Unit& unit) {
                        store::OutboxRepository(unit, World::tenant)
                            .hold(account.feedId, "period_closed");
                    });
                expect("held");
                world.endConnection(connection);
                expect("held");
                world.write([&](store::Unit& unit)
                    { store::OutboxRepository(unit, World::tenant).resume(account.feedId); });
                expect("delivering"); // The relay goes on with it.
            });
    }

    void progressWaitsForAnOpeningBalanceThatCannotBeComputed()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                const auto account = world.linkedChecking();
                const auto connection = account.connectionId;
                const auto progress = [&]
                { return w.get("api/connections/" + connection + "/progress"); };
                const auto write = [&](auto body)
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            const auto link = store::AccountLinkRepository(unit, World::tenant)
                                                  .ofBankAccount(account.id);
                            body(unit, *link);
                        });
                };
                write(
                    [&](store::Unit& unit, const store::AccountLink& link)
                    {
                        store::AccountLinkRepository(unit, World::tenant)
                            .setState(link.id, store::linkState::active);
                        store::NoticeRepository(unit, World::tenant)
                            .open(world.random, store::notice::openingOutstanding, link.id,
                                "warning", "{}", world.clock.now());
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("waiting"), at(progress(), "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("waiting"), at(progress(), "accounts.0.phase"));
                write(
                    [&](store::Unit& unit, const store::AccountLink& link)
                    {
                        store::NoticeRepository(unit, World::tenant)
                            .clear(store::notice::openingOutstanding, link.id, world.clock.now());
                    });
                setOpening(world, store::openingState::posted);
                CPPUNIT_ASSERT_EQUAL(std::string("done"), at(progress(), "phase"));
            });
    }

    void progressSaysWhyAnOpeningBalanceIsNotBookedYet()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                const auto account = world.linkedChecking();
                const auto connection = account.connectionId;
                const auto link = *world.linkOf(account.id);
                const auto expect = [&](const std::string& phase, const std::string& code)
                {
                    const auto progress = w.get("api/connections/" + connection + "/progress");
                    CPPUNIT_ASSERT_EQUAL(phase, at(progress, "phase"));
                    CPPUNIT_ASSERT_EQUAL(phase, at(progress, "accounts.0.phase"));
                    CPPUNIT_ASSERT_EQUAL(
                        code, code == "null" ? at(progress, "error") : at(progress, "error.code"));
                    if (code != "null")
                        CPPUNIT_ASSERT_EQUAL(
                            std::string("2026-01-01T00:01:00Z"), at(progress, "error.next_try_at"));
                };
                const auto end = [&](std::string_view kind, store::JobEnd::Kind how)
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            store::JobRepository jobs(unit);
                            jobs.ask(world.random, World::tenant, kind, link.id, world.clock.now());
                            const auto lease = jobs.claim(world.clock.now(), 1000);
                            jobs.end(*lease, world.clock.now(),
                                {how, plusMs(world.clock.now(), 60'000), "INSTITUTION_DOWN",
                                    "The bank is down."});
                        });
                };
                setState(world, store::linkState::releasing);
                end(store::job::release, store::JobEnd::Kind::Failed);
                expect("waiting", "INSTITUTION_DOWN");

                // The history is not complete: the sync that completes it measures the balance.
                setState(world, store::linkState::active);
                expect("booking", "null");
                world.write([&](store::Unit& unit)
                    { unit.execute("UPDATE connection SET history = 'complete'"); });
                expect("waiting", "null"); // Nobody has asked for it: the next sync will.
                end(store::job::opening, store::JobEnd::Kind::Failed);
                expect("waiting", "INSTITUTION_DOWN");
                world.write([&](store::Unit& unit)
                    { unit.execute("UPDATE job SET attempts = 0 WHERE kind = 'opening'"); });
                expect("booking", "null");
                world.endConnection(connection);
                expect("stopped", "null"); // It is not in the books, and nothing brings it there.
            });
    }

    void progressNamesWhatTheHostRefusedToMake()
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
                        store::LedgerAccountRepository ledger(unit, World::tenant);
                        ledger.wishFailed(ledger.waiting(1).at(0).id, "Name taken.");
                        store::AccountLinkRepository links(unit, World::tenant);
                        links.end(links.ofBankAccount(account.id)->id, world.clock.now());
                        store::BankAccountRepository(unit, World::tenant)
                            .setDecision(account.id, store::decision::open, "", world.clock.now());
                    });
                const auto path = "api/connections/" + connection;
                const auto progress = w.get(path + "/progress");
                CPPUNIT_ASSERT_EQUAL(account.id, at(progress, "failed.0.bank_account_id"));
                CPPUNIT_ASSERT_EQUAL(std::string("Name taken."), at(progress, "failed.0.text"));
                CPPUNIT_ASSERT_EQUAL(std::string("Name taken."),
                    at(w.get(path + "/review"), "accounts.0.failure.text"));
                world.apply(connection, {decide(account, accounts::Choice::None)});
                CPPUNIT_ASSERT(
                    w.get(path + "/progress").find(R"("failed":[])") != std::string::npos);
            });
    }

private:
    static void setOpening(World& world, std::string_view opening)
    {
        world.write([&](store::Unit& unit)
            { unit.execute("UPDATE account_link SET opening = $1", {opening}); });
    }

    static void setState(World& world, std::string_view state)
    {
        world.write([&](store::Unit& unit)
            { unit.execute("UPDATE account_link SET state = $1", {state}); });
    }

    static void loop(
        World& world, const std::string& connection, std::string_view state, std::int64_t rows)
    {
        store::LoopRecord loop;
        loop.connectionId = connection;
        loop.loopId = "loop_1";
        loop.state = std::string(state);
        loop.rowCount = rows;
        world.write(
            [&](store::Unit& unit) { store::SyncLoopRepository(unit, World::tenant).save(loop); });
    }

    static void asked(World& world, const std::string& connection)
    {
        world.write(
            [&](store::Unit& unit)
            {
                store::JobRepository(unit).ask(
                    world.random, World::tenant, store::job::sync, connection, world.clock.now());
            });
    }

    /// The books were looked at once more: nothing has changed there.
    static void seeBooks(World& world, const store::BankAccount& account)
    {
        const auto link = world.linkOf(account.id);
        world.write(
            [&](store::Unit& unit)
            {
                CPPUNIT_ASSERT(
                    store::AccountLinkRepository(unit, World::tenant).booksAsDecided(link->id));
                store::JobRepository(unit).ask(
                    world.random, World::tenant, store::job::release, link->id, world.clock.now());
            });
    }

    /// The sync and the release are through; three changes are written, the books have one, and two
    /// rows are older than the start date.
    static void delivering(
        World& world, const std::string& connection, const store::BankAccount& account)
    {
        const auto link = world.linkOf(account.id);
        for (const char* id : {"t1", "t2", "t3", "t4", "t5"})
            world.orphan(connection, account.providerAccountId, id);
        world.write(
            [&](store::Unit& unit)
            {
                unit.execute(R"(UPDATE bank_transaction SET bank_account_id = $1, lane = CASE
                    WHEN provider_transaction_id < 't4' THEN 'booked' ELSE 'before_start' END)",
                    {account.id});
                store::SyncLoopRepository(unit, World::tenant).remove(connection);
                store::JobRepository jobs(unit);
                while (const auto lease = jobs.claim(world.clock.now(), 1000))
                    jobs.end(*lease, world.clock.now(), {});
                store::AccountLinkRepository links(unit, World::tenant);
                links.setState(link->id, store::linkState::active);
                store::OutboxRepository outbox(unit, World::tenant);
                const auto feed = outbox.ensureFeed(account.feedId, world.random);
                unit.execute("UPDATE feed SET next_seq = 4 WHERE feed_id = $1", {account.feedId});
                outbox.acked(account.feedId, feed.epoch, 1, world.clock.now());
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProgressApiTest);

} // namespace bankfeed::testing
