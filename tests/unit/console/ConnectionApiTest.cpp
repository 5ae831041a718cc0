#include "store/InstitutionRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/OutboxRepository.h"
#include "store/SyncLoopRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

namespace bankfeed::testing
{

class ConnectionApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConnectionApiTest);
    CPPUNIT_TEST(theSessionSaysWhoAsks);
    CPPUNIT_TEST(theOverviewHasConnectionsAccountsAndNotices);
    CPPUNIT_TEST(whereTheBankIsDecidesHowAccountsAreChosen);
    CPPUNIT_TEST(aLinkedAccountNamesItsLedgerAccount);
    CPPUNIT_TEST(syncNowAsksForBothJobs);
    CPPUNIT_TEST(syncNowEndsTheRestOfAJobThatFailed);
    CPPUNIT_TEST(aPauseIsToldWithWhoAndSinceWhen);
    CPPUNIT_TEST(syncNowSaysWhetherTheBankIsAsked);
    CPPUNIT_TEST(aPersonMayAskForTheBanksBalances);
    CPPUNIT_TEST(disconnectIsAskedAndToldWithWho);
    CPPUNIT_TEST(aFailingJobIsToldWithItsNextTry);
    CPPUNIT_TEST(progressGoesThroughItsPhases);
    CPPUNIT_TEST(progressOfAnEndedConnectionComesToAnEnd);
    CPPUNIT_TEST(progressSaysThatTheBooksRefuseAChange);
    CPPUNIT_TEST(progressWaitsForAnOpeningBalanceThatCannotBeComputed);
    CPPUNIT_TEST(progressSaysWhyAnOpeningBalanceIsNotBookedYet);
    CPPUNIT_TEST(progressNamesWhatTheHostRefusedToMake);
    CPPUNIT_TEST(hostileTextsStayTexts);
    CPPUNIT_TEST_SUITE_END();

public:
    void theSessionSaysWhoAsks()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        const auto session = w.get("api/session");
        CPPUNIT_ASSERT_EQUAL(std::string("books_url,can,csrf,environment,poll_interval_seconds,"
                                         "tenant,user,version,webhooks"),
            keysAt(session));
        CPPUNIT_ASSERT_EQUAL(std::string("https://host/"), at(session, "books_url"));
        CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(session, "user.name"));
        CPPUNIT_ASSERT_EQUAL(std::string("main"), at(session, "tenant"));
        CPPUNIT_ASSERT_EQUAL(std::string("sandbox"), at(session, "environment"));
        CPPUNIT_ASSERT_EQUAL(w.console.csrf().token(adaPrincipal()), at(session, "csrf"));
        const auto viewer = w.ask("GET", "api/session", "", adaPrincipal(canView)).body;
        CPPUNIT_ASSERT_EQUAL(std::string("true"), at(viewer, "can.view"));
        CPPUNIT_ASSERT_EQUAL(std::string("false"), at(viewer, "can.link"));
        CPPUNIT_ASSERT_EQUAL(std::string("false"), at(viewer, "can.operate"));
    }

    void theOverviewHasConnectionsAccountsAndNotices()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                world.look(
                    connection, {shownAccount("a1", "Checking", "0000"),
                                    shownAccount("a2", "No mask", "", "investment", "401k")});
                const auto overview = w.get("api/overview");
                CPPUNIT_ASSERT_EQUAL(std::string("connections,notices"), keysAt(overview));
                CPPUNIT_ASSERT_EQUAL(
                    std::string(
                        "accounts,activity,bank,choose_by,consent_ends_at,data_as_of,doubles,"
                        "end_announced_at,error,id,institution,last_attempt_at,"
                        "last_poll_at,last_success_at,live_balances,new_accounts,next_try_at,"
                        "outage,"
                        "paused,reason,replaced_by,replaces,state,"
                        "to_decide"),
                    keysAt(overview, "connections.0"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("balance,balance_as_of,before_start,booked,currency,decision,"
                                "feedable,first_seen_at,held,id,late_before_start,link,mask,name,"
                                "official_name,"
                                "origin,pending,proof,state,subtype,type"),
                    keysAt(overview, "connections.0.accounts.0"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("10025"), at(overview, "connections.0.accounts.0.balance.units"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("USD"), at(overview, "connections.0.accounts.0.balance.currency"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("null"), at(overview, "connections.0.accounts.1.mask"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(overview, "connections.0.to_decide"));
                CPPUNIT_ASSERT_EQUAL(std::string("idle"), at(overview, "connections.0.activity"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(overview, "connections.0.error"));
                CPPUNIT_ASSERT_EQUAL(std::string("id,kind,opened_at,params,severity,subject"),
                    keysAt(overview, "notices.0"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("accounts_to_decide"), at(overview, "notices.0.kind"));
                CPPUNIT_ASSERT_EQUAL(std::string("1"), at(overview, "notices.0.params.count"));
                CPPUNIT_ASSERT_EQUAL(at(overview, "connections.0"),
                    at("{\"x\":" + w.get("api/connections/" + connection) + "}", "x"));
            });
    }

    void whereTheBankIsDecidesHowAccountsAreChosen()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                auto settings = consoleSettings();
                settings.chooseInUpdate = {"US", "CA"}; // The operator has "US,GB".
                ConsoleWorld w(world, settings);
                const auto bankIn = [&](const std::vector<std::string>& countries, bool read)
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            const auto id = store::ConnectionRepository(unit, World::tenant)
                                                .find(connection)
                                                ->institutionId;
                            CPPUNIT_ASSERT(!id.empty());
                            const auto now = world.clock.now();
                            store::InstitutionRepository(unit, World::tenant)
                                .save({id, "Bank", countries, true,
                                    read ? std::optional(now) : std::nullopt, now});
                            return 0;
                        });
                };
                CPPUNIT_ASSERT_EQUAL(std::string("add_accounts"), at(w.get(path), "choose_by"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(w.get(path), "bank"));
                bankIn({"GB", "IE"}, true);
                CPPUNIT_ASSERT_EQUAL(std::string("relink"), at(w.get(path), "choose_by"));
                CPPUNIT_ASSERT_EQUAL(std::string("GB"), at(w.get(path), "bank.countries.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(w.get(path), "bank.oauth"));
                bankIn({"US", "GB"}, true);
                CPPUNIT_ASSERT_EQUAL(std::string("add_accounts"), at(w.get(path), "choose_by"));
                bankIn({}, false); // Asked in vain: as if nobody had asked.
                CPPUNIT_ASSERT_EQUAL(std::string("add_accounts"), at(w.get(path), "choose_by"));
                settings.chooseInUpdate.clear(); // The operator has "GB" alone.
                ConsoleWorld abroad(world, settings);
                CPPUNIT_ASSERT_EQUAL(std::string("relink"), at(abroad.get(path), "choose_by"));
                bankIn({"US"}, true);
                CPPUNIT_ASSERT_EQUAL(std::string("relink"), at(abroad.get(path), "choose_by"));
            });
    }

    void aLinkedAccountNamesItsLedgerAccount()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                const auto connection = world.connect();
                world.look(connection, {shownAccount("a1", "Checking", "0000"),
                                           shownAccount("a2", "Savings", "1111")});
                world.apply(
                    connection, {decideExisting(world.account(connection, "Checking"), "l1"),
                                    decideNew(world.account(connection, "Savings"), "Rainy Day")});
                const auto body = w.get("api/connections/" + connection);
                CPPUNIT_ASSERT_EQUAL(std::string("id,ledger_account_id,ledger_account_name,"
                                                 "linked_at,linked_by,start_date,state"),
                    keysAt(body, "accounts.0.link"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Assets:Bank"), at(body, "accounts.0.link.ledger_account_name"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("checking_books"), at(body, "accounts.0.link.state"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Ada Admin"), at(body, "accounts.0.link.linked_by"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("null"), at(body, "accounts.1.link.ledger_account_id"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("Rainy Day"), at(body, "accounts.1.link.ledger_account_name"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("waiting_for_account"), at(body, "accounts.1.link.state"));
            });
    }

    void syncNowAsksForBothJobs()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                CPPUNIT_ASSERT_EQUAL(connection, at(w.post(path + "/sync", "", 202), "id"));
                CPPUNIT_ASSERT(world.jobAsked(store::job::refresh, connection));
                CPPUNIT_ASSERT(world.jobAsked(store::job::sync, connection));
                CPPUNIT_ASSERT_EQUAL(1, world.wake.jobs.load());
                CPPUNIT_ASSERT_EQUAL(std::string("syncing"), at(w.get(path), "activity"));
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .markRemoved(connection, "disconnected", world.clock.now());
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("connection.removed"),
                    at(w.post(path + "/sync", "{}", 409), "error.code"));
            });
    }

    void syncNowEndsTheRestOfAJobThatFailed()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                w.post(path + "/sync", "", 202);
                for (const char* kind : {"sync", "refresh"})
                    world.write(
                        [&](store::Unit& unit)
                        {
                            unit.execute(R"(UPDATE job SET state = 'midway', attempts = 3,
                                error_code = 'http.down', due_at = $1 WHERE kind = $2)",
                                {plusMs(world.clock.now(), 3'600'000).ns, kind});
                        });
                w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{2}, world.count("SELECT COUNT(*) FROM job WHERE due_at <= " +
                                                 std::to_string(world.clock.now().ns)));
            });
    }

    void aPauseIsToldWithWhoAndSinceWhen()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(w.get(path), "paused"));
                w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(connection, at(w.post(path + "/pause", "", 202), "id"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(w.get(path), "paused.by"));
                CPPUNIT_ASSERT_EQUAL(rfc3339(world.clock.now()), at(w.get(path), "paused.since"));
                CPPUNIT_ASSERT_EQUAL(std::string("idle"), at(w.get(path), "activity"));
                const auto progress = w.get(path + "/progress");
                CPPUNIT_ASSERT_EQUAL(std::string("paused"), at(progress, "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(progress, "paused.by"));
                CPPUNIT_ASSERT_EQUAL(std::string("connection.paused"),
                    at(w.post(path + "/sync", "", 409), "error.code"));
                CPPUNIT_ASSERT_EQUAL(std::string("connection.paused"),
                    at(w.get("api/activity"), "entries.0.action"));
                const int before = world.wake.jobs.load();
                CPPUNIT_ASSERT_EQUAL(connection, at(w.post(path + "/resume", "", 202), "id"));
                CPPUNIT_ASSERT_EQUAL(before + 1, world.wake.jobs.load());
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(w.get(path), "paused"));
                CPPUNIT_ASSERT_EQUAL(std::string("connection.resumed"),
                    at(w.get("api/activity"), "entries.0.action"));
                w.post(path + "/sync", "", 202);
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .markRemoved(connection, "disconnected", world.clock.now());
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("connection.removed"),
                    at(w.post(path + "/pause", "", 409), "error.code"));
            });
    }

    void syncNowSaysWhetherTheBankIsAsked()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                ConsoleWorld plain(world);
                const auto unasked = plain.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(unasked, "bank_asked"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(unasked, "bank_askable_at"));
                CPPUNIT_ASSERT(!world.jobAsked(store::job::askBank, connection));

                auto settings = consoleSettings();
                settings.askBankOnSync = true;
                ConsoleWorld w(world, settings);
                const auto first = w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(first, "bank_asked"));
                CPPUNIT_ASSERT(world.jobAsked(store::job::askBank, connection));
                const auto next = rfc3339(plusMs(world.clock.now(), 15 * 60'000));
                CPPUNIT_ASSERT_EQUAL(next, at(first, "bank_askable_at"));
                const auto second = w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(second, "bank_asked"));
                CPPUNIT_ASSERT_EQUAL(next, at(second, "bank_askable_at"));
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .setBankAsked(
                                connection, {world.clock.now(), "PRODUCTS_NOT_SUPPORTED"});
                    });
                const auto third = w.post(path + "/sync", "", 202);
                CPPUNIT_ASSERT_EQUAL(
                    std::string("PRODUCTS_NOT_SUPPORTED"), at(third, "bank_refused"));
            });
    }

    void aPersonMayAskForTheBanksBalances()
    {
        inBothWorlds(
            [](World& world)
            {
                const auto connection = world.connect();
                const auto path = "api/connections/" + connection;
                ConsoleWorld off(world);
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(off.get(path), "live_balances"));
                CPPUNIT_ASSERT_EQUAL(std::string("balances.off"),
                    at(off.post(path + "/balances", "", 409), "error.code"));
                auto settings = consoleSettings();
                settings.liveBalances = true;
                ConsoleWorld w(world, settings);
                const auto set = [&](std::string_view state)
                {
                    world.write(
                        [&](store::Unit& unit)
                        {
                            store::ConnectionRepository(unit, World::tenant)
                                .setState(connection, state, "");
                            return 0;
                        });
                };
                set(store::connectionState::needsUser);
                CPPUNIT_ASSERT_EQUAL(std::string("balances.not_well"),
                    at(w.post(path + "/balances", "", 409), "error.code"));
                set(store::connectionState::healthy);
                const auto first = w.post(path + "/balances", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(first, "asked"));
                CPPUNIT_ASSERT(world.jobAsked(store::job::askBalances, connection));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(w.get(path), "live_balances.running"));
                const auto second = w.post(path + "/balances", "", 202);
                CPPUNIT_ASSERT_EQUAL(std::string("false"), at(second, "asked"));
                CPPUNIT_ASSERT_EQUAL(at(first, "askable_at"), at(second, "askable_at"));
                CPPUNIT_ASSERT_EQUAL(
                    at(first, "askable_at"), at(w.get(path), "live_balances.askable_at"));
                w.post("api/connections/con_other/balances", "", 404);
            });
    }

    void disconnectIsAskedAndToldWithWho()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                w.post("api/connections/" + connection + "/disconnect", "{}", 202);
                CPPUNIT_ASSERT(world.jobAsked(store::job::disconnect, connection));
                const auto activity = w.get("api/activity");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("connection.disconnected"), at(activity, "entries.0.action"));
                CPPUNIT_ASSERT_EQUAL(std::string("Ada Admin"), at(activity, "entries.0.actor"));
            });
    }

    void aFailingJobIsToldWithItsNextTry()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect();
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::JobRepository jobs(unit);
                        jobs.ask(world.random, World::tenant, store::job::sync, connection,
                            world.clock.now());
                        const auto lease = jobs.claim(world.clock.now(), 1000);
                        jobs.end(*lease, world.clock.now(),
                            {store::JobEnd::Kind::Failed, plusMs(world.clock.now(), 60'000),
                                "INSTITUTION_DOWN", "The bank is down."});
                        Error error = Error::retry("plaid.error", "The bank is down.");
                        error.providerCode = "INSTITUTION_DOWN";
                        error.providerRequestId = "req-9";
                        store::ConnectionRepository(unit, World::tenant)
                            .recordError(connection, error, store::job::sync);
                    });
                const auto body = w.get("api/connections/" + connection);
                CPPUNIT_ASSERT_EQUAL(std::string("waiting"), at(body, "activity"));
                CPPUNIT_ASSERT_EQUAL(std::string("2026-01-01T00:01:00Z"), at(body, "next_try_at"));
                CPPUNIT_ASSERT_EQUAL(std::string("INSTITUTION_DOWN"), at(body, "error.code"));
                CPPUNIT_ASSERT_EQUAL(std::string("req-9"), at(body, "error.request_id"));
                const auto progress = w.get("api/connections/" + connection + "/progress");
                CPPUNIT_ASSERT_EQUAL(std::string("waiting"), at(progress, "phase"));
                CPPUNIT_ASSERT_EQUAL(std::string("INSTITUTION_DOWN"), at(progress, "error.code"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("2026-01-01T00:01:00Z"), at(progress, "error.next_try_at"));
            });
    }

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
                const auto connection = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.apply(connection, {decideExisting(account, "l1")});
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
                const auto connection = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.apply(connection, {decideExisting(account, "l1")});
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
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .markRemoved(connection, "disconnected", world.clock.now());
                    });
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
                const auto connection = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.apply(connection, {decideExisting(account, "l1")});
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
                const auto connection = world.connect();
                world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
                world.look(connection, {shownAccount("a1", "Checking", "0000")});
                const auto account = world.account(connection, "Checking");
                world.apply(connection, {decideExisting(account, "l1")});
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
                world.write(
                    [&](store::Unit& unit)
                    {
                        store::ConnectionRepository(unit, World::tenant)
                            .markRemoved(connection, "disconnected", world.clock.now());
                    });
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

    void hostileTextsStayTexts()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const auto connection = world.connect("ins_1", "\"},{\"</script>\\");
                world.look(connection, {shownAccount("a1", "\"\\/\b\n\t\u2028", "0000")});
                const auto overview = w.get("api/overview");
                CPPUNIT_ASSERT_EQUAL(
                    std::string("\"},{\"</script>\\"), at(overview, "connections.0.institution"));
                CPPUNIT_ASSERT_EQUAL(std::string("\"},{\"</script>\\"),
                    at(overview, "notices.0.params.institution"));
                CPPUNIT_ASSERT(at(overview, "connections.0.accounts.0.name").starts_with("\"\\/"));
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

CPPUNIT_TEST_SUITE_REGISTRATION(ConnectionApiTest);

} // namespace bankfeed::testing
