// What the console is told of who asks, of connections and of their accounts.
#include "store/InstitutionRepository.h"
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
    CPPUNIT_TEST(aFailingJobIsToldWithItsNextTry);
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
                CPPUNIT_ASSERT_EQUAL(
                    std::string("connections,ended,live,next,notices,tag,unchanged"),
                    keysAt(overview));
                CPPUNIT_ASSERT_EQUAL(
                    std::string(
                        "accounts,accounts_in_all,activity,bank,choose_by,consent_ends_at,"
                        "data_as_of,doubles,"
                        "end_announced_at,error,feeds_held,id,institution,last_attempt_at,"
                        "last_poll_at,last_success_at,last_sync,live_balances,new_accounts,"
                        "next_try_at,outage,paused,proofs_differ,reason,replaced_by,replaces,"
                        "state,to_decide,undelivered"),
                    keysAt(overview, "connections.0"));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("balance,balance_as_of,before_start,booked,currency,decision,"
                                "feedable,first_seen_at,held,id,late_before_start,link,mask,"
                                "missing_since,name,"
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
                CPPUNIT_ASSERT_EQUAL(
                    std::string(
                        "connection_id,dismissible,id,kind,opened_at,params,severity,subject"),
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
                const std::string add =
                    R"({"purpose":"add_accounts","connection_id":")" + connection + R"("})";
                CPPUNIT_ASSERT_EQUAL(std::string("add_accounts"), at(w.get(path), "choose_by"));
                CPPUNIT_ASSERT_EQUAL(std::string("null"), at(w.get(path), "bank"));
                bankIn({"GB", "IE"}, true);
                CPPUNIT_ASSERT_EQUAL(std::string("relink"), at(w.get(path), "choose_by"));
                CPPUNIT_ASSERT_EQUAL(std::string("GB"), at(w.get(path), "bank.countries.0"));
                CPPUNIT_ASSERT_EQUAL(std::string("true"), at(w.get(path), "bank.oauth"));
                // What the console does not offer there, it refuses to others too.
                CPPUNIT_ASSERT_EQUAL(std::string("link.choose_anew"),
                    at(w.post("api/link-sessions", add, 409), "error.code"));
                CPPUNIT_ASSERT_EQUAL(
                    std::int64_t{0}, world.count("SELECT COUNT(*) FROM link_session"));
                bankIn({"US", "GB"}, true);
                w.post("api/link-sessions", add, 202);
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
                CPPUNIT_ASSERT_EQUAL(std::string("continues,id,ledger_account_id,"
                                                 "ledger_account_name,linked_at,linked_by,"
                                                 "start_date,state"),
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConnectionApiTest);

} // namespace bankfeed::testing
