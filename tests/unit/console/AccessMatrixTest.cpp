#include "store/ImportRepository.h"
#include "store/NoticeRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <algorithm>
#include <cppunit/extensions/HelperMacros.h>

#include <functional>

namespace bankfeed::testing
{

using console::Capability;
using console::ConsoleRequest;
using console::ConsoleResponse;
using console::Principal;
using console::Route;
using console::Within;

namespace
{

/// The objects of the tenant "main" that routes are about.
struct Objects
{
    std::string connection;
    std::string account;
    std::string session;
    std::string notice;
    std::string import;
    std::string link;
};

/// Ids of the right shape that nothing has.
Objects nothing()
{
    const std::string zeros(26, '0');
    return {"con_" + zeros, "acc_" + zeros, "lks_" + zeros, "ntc_" + zeros, "imp_" + zeros,
        "lnk_" + zeros};
}

/// An account that feeds the books, with the held rows "t1" and "t2" that a person decides about.
std::string linkedAccount(World& world, const std::string& connection)
{
    world.ledgerAccounts({booksAccount("l1", "Assets:Bank")});
    for (const char* id : {"t1", "t2"})
        world.orphan(connection, "a1", id);
    world.look(connection, {shownAccount("a1", "Checking", "0000")});
    const auto account = world.account(connection, "Checking");
    world.apply(connection, {decideExisting(account, "l1")});
    world.write(
        [&](store::Unit& unit)
        {
            unit.execute("UPDATE bank_transaction SET lane_reason = 'overlap'");
            store::AccountLinkRepository links(unit, World::tenant);
            BF_ASSERT(links.booksAsDecided(links.ofBankAccount(account.id)->id));
        });
    return account.id;
}

Objects objectsOf(ConsoleWorld& w)
{
    Objects objects;
    objects.connection = w.world.connect();
    objects.account = linkedAccount(w.world, objects.connection);
    objects.link = w.world.linkOf(objects.account)->id;
    objects.session = w.links.begin(LinkPurpose::AddAccounts, objects.connection);
    objects.notice = w.world.write(
        [&](store::Unit& unit)
        {
            store::NoticeRepository notices(unit, World::tenant);
            notices.open(w.world.random, store::notice::rowsBeforeStart, "lnk_1", "warning", "{}",
                w.world.clock.now());
            std::string id;
            for (const auto& one : notices.openOnes())
                if (one.kind == store::notice::rowsBeforeStart) id = one.id;
            return id;
        });
    objects.import = w.world.write(
        [&](store::Unit& unit)
        {
            return store::ImportRepository(unit, World::tenant)
                .add({objects.connection, "", "sync", ""}, 1, w.world.random, w.world.clock.now());
        });
    return objects;
}

/// The id of the thing that a route is about; "" for one of the whole tenant. A new kind of thing
/// does not compile without its line.
std::string idOf(const Route& route, const Objects& objects)
{
    switch (route.within)
    {
    case Within::Tenant: return "";
    case Within::Connection: return objects.connection;
    case Within::BankAccount: return objects.account;
    case Within::AccountLink: return objects.link;
    case Within::Import: return objects.import;
    case Within::LinkSession: return objects.session;
    case Within::Notice: return objects.notice;
    }
    CPPUNIT_FAIL("The access matrix does not know what the route is about: " + route.pattern);
    return "";
}

bool namesObject(const Route& route)
{
    return route.within != Within::Tenant;
}

/// A target of the route that names the objects.
std::string targetOf(const Route& route, const Objects& objects)
{
    std::string target = route.pattern;
    const auto brace = target.find("{id}");
    if (brace != std::string::npos) target.replace(brace, 4, idOf(route, objects));
    if (route.method == "GET" && route.pattern.starts_with("api/held") && namesObject(route))
        target += "?bank_account=" + objects.account;
    if (route.pattern == "api/held/entries") target += "&transaction=t1";
    return target;
}

/// A body that the route takes.
std::string bodyOf(const Route& route, const Objects& objects)
{
    if (route.method != "POST") return "";
    if (route.pattern.ends_with("/review"))
        return R"({"decisions":[{"bank_account_id":")" + objects.account +
               R"(","choice":"later"}]})";
    if (route.pattern.ends_with("/start-date")) return R"({"start_date":"2026-01-01"})";
    if (route.pattern == "api/link-sessions")
        return R"({"purpose":"repair","connection_id":")" + objects.connection + R"("})";
    if (route.pattern == "api/tenant/erase")
        return R"({"confirm":")" + std::string(World::tenant) + R"("})";
    if (route.pattern == "api/held/decide")
        return R"({"bank_account":")" + objects.account +
               R"(","transactions":["t1"],"choice":"book"})";
    return "{}";
}

/// A query that gives a digest of every row of every table.
std::string digestQuery(store::Unit& unit)
{
    const bool sqlite = unit.engine() == store::Engine::Sqlite;
    const auto tables =
        unit.query(sqlite ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                            "'sqlite_%' ORDER BY name"
                          : "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE "
                            "table_schema = current_schema() ORDER BY table_name");
    std::string query;
    for (std::size_t i = 0; i < tables.size(); ++i)
    {
        const std::string table = tables.text(i, 0);
        std::string row = "CAST(x AS TEXT)";
        if (sqlite)
        {
            const auto columns = unit.query("SELECT name FROM pragma_table_info($1)", {table});
            row = "''";
            for (std::size_t c = 0; c < columns.size(); ++c)
                row += " || ',' || quote(" + columns.text(c, 0) + ")";
        }
        const std::string rows = "(SELECT " + row + " AS r FROM " + table + " x ORDER BY 1) AS y";
        query += (i > 0 ? " UNION ALL " : "") + std::string("SELECT '") + table +
                 (sqlite ? ": ' || COALESCE(group_concat(r, '|'), '')"
                         : ": ' || COALESCE(string_agg(r, '|'), '')") +
                 " FROM " + rows;
    }
    BF_ASSERT(tables.size() > 20);
    return query;
}

} // namespace

/// Every route of the table against everybody who may ask: threats C1, C4 and C5. A new route is in
/// the matrix without a line here.
class AccessMatrixTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AccessMatrixTest);
    CPPUNIT_TEST(theComparisonSeesEveryTable);
    CPPUNIT_TEST(everyRouteThatNamesAThingSaysWhich);
    CPPUNIT_TEST(nobodyIsRefused);
    CPPUNIT_TEST(everyRouteNeedsItsCapabilityAndNoOther);
    CPPUNIT_TEST(everyChangeNeedsTheTokenOfThisLogin);
    CPPUNIT_TEST(everyChangeIsRefusedFromAnotherSite);
    CPPUNIT_TEST(noChangeIsAGet);
    CPPUNIT_TEST(idsOfAnotherTenantLookLikeNothing);
    CPPUNIT_TEST(whoOwnsThemFindsThem);
    CPPUNIT_TEST(aThingOfAnotherTenantInsideAnAllowedRequestIsNotThere);
    CPPUNIT_TEST_SUITE_END();

    using Send = std::function<ConsoleResponse(ConsoleRequest)>;

    /// Calls `check` for every route, in a world of its own for each engine.
    static void forEveryRoute(
        const std::function<void(ConsoleWorld&, const Route&, const Objects&)>& check)
    {
        inBothWorlds(
            [&](World& world)
            {
                ConsoleWorld w(world);
                const Objects objects = objectsOf(w);
                for (const Route& route : w.console.router().routes())
                    check(w, route, objects);
            });
    }

    static ConsoleRequest requestFor(
        const Route& route, const Objects& objects, std::string& body, const Principal& who)
    {
        body = bodyOf(route, objects);
        return ConsoleWorld::made(route.method, targetOf(route, objects), body, who);
    }

    /// Every row that there is, so that a refusal that changed anything shows.
    static std::string everything(World& world)
    {
        return world.write(
            [](store::Unit& unit)
            {
                const auto digests = unit.query(digestQuery(unit));
                std::string all;
                for (std::size_t i = 0; i < digests.size(); ++i)
                    all += digests.text(i, 0) + "\n";
                return all;
            });
    }

public:
    void theComparisonSeesEveryTable()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const std::string empty = everything(world);
                const Objects objects = objectsOf(w);
                const std::string before = everything(world);
                for (const char* table : {"bank_transaction", "notice", "import_batch", "job"})
                    CPPUNIT_ASSERT(before.find(std::string(table) + ": ,") != std::string::npos ||
                                   before.find(std::string(table) + ": (") != std::string::npos);
                CPPUNIT_ASSERT(empty != before);
                world.write([](store::Unit& unit)
                    { unit.execute("UPDATE bank_transaction SET name = 'Tea'"); });
                CPPUNIT_ASSERT(everything(world) != before);
            });
    }

    void everyRouteThatNamesAThingSaysWhich()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        const Objects objects = objectsOf(w);
        for (const Route& route : w.console.router().routes())
        {
            const std::string all = targetOf(route, objects) + " " + bodyOf(route, objects);
            const std::string id = idOf(route, objects);
            CPPUNIT_ASSERT_MESSAGE(route.pattern + ": the access matrix does not name its thing",
                !namesObject(route) || (!id.empty() && all.find(id) != std::string::npos));
            CPPUNIT_ASSERT_MESSAGE(
                route.pattern, all.find('{') == std::string::npos || all.find('{') > all.find(' '));
        }
    }

    void nobodyIsRefused()
    {
        forEveryRoute(
            [](ConsoleWorld& w, const Route& route, const Objects& objects)
            {
                std::string body;
                ConsoleRequest request = requestFor(route, objects, body, adaPrincipal());
                request.headers.emplace_back(
                    "X-Bankfeed-Csrf", w.console.csrf().token(adaPrincipal()));
                request.principal.reset();
                CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, 401, w.console.handle(request).status);
            });
    }

    void everyRouteNeedsItsCapabilityAndNoOther()
    {
        forEveryRoute(
            [](ConsoleWorld& w, const Route& route, const Objects& objects)
            {
                const auto needs = static_cast<std::uint32_t>(route.needs);
                for (std::uint32_t capabilities = 0; capabilities < 8; ++capabilities)
                {
                    const Principal who = adaPrincipal(capabilities);
                    std::string body;
                    ConsoleRequest request = requestFor(route, objects, body, who);
                    request.headers.emplace_back("X-Bankfeed-Csrf", w.console.csrf().token(who));
                    const std::string before = everything(w.world);
                    const auto response = w.console.handle(request);
                    const bool may = (capabilities & needs) != 0;
                    const std::string what = route.pattern + " " + response.body;
                    CPPUNIT_ASSERT_MESSAGE(what, (response.status == 403) != may);
                    if (may) continue;
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        what, std::string("console.not_allowed"), at(response.body, "error.code"));
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(what, before, everything(w.world));
                }
            });
    }

    void everyChangeNeedsTheTokenOfThisLogin()
    {
        forEveryRoute(
            [](ConsoleWorld& w, const Route& route, const Objects& objects)
            {
                if (!route.mutating()) return;
                auto otherUser = adaPrincipal();
                otherUser.userId = "u2";
                auto otherTenant = adaPrincipal();
                otherTenant.tenant = "other";
                auto otherLogin = adaPrincipal();
                otherLogin.sessionId = "login-2";
                const auto& csrf = w.console.csrf();
                const std::vector<std::string> tokens{"", "x", csrf.token(otherUser),
                    csrf.token(otherTenant), csrf.token(otherLogin),
                    csrf.token(adaPrincipal()) + "=", "Bearer " + csrf.token(adaPrincipal())};
                const std::string before = everything(w.world);
                std::string body;
                const auto refused = [&](const ConsoleRequest& request)
                {
                    const auto response = w.console.handle(request);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, 403, response.status);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, std::string("console.csrf"),
                        at(response.body, "error.code"));
                };
                refused(requestFor(route, objects, body, adaPrincipal()));
                for (const std::string& token : tokens)
                {
                    auto request = requestFor(route, objects, body, adaPrincipal());
                    request.headers.emplace_back("X-Bankfeed-Csrf", token);
                    refused(request);
                }
                auto twice = requestFor(route, objects, body, adaPrincipal());
                for (int i = 0; i < 2; ++i)
                    twice.headers.emplace_back("X-Bankfeed-Csrf", csrf.token(adaPrincipal()));
                refused(twice);
                CPPUNIT_ASSERT_EQUAL(before, everything(w.world));
            });
    }

    void everyChangeIsRefusedFromAnotherSite()
    {
        forEveryRoute(
            [](ConsoleWorld& w, const Route& route, const Objects& objects)
            {
                if (!route.mutating()) return;
                const std::vector<console::Header> signs{{"Origin", "https://evil.example"},
                    {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"},
                    {"Sec-Fetch-Site", "same-site"}};
                const std::string before = everything(w.world);
                for (const auto& sign : signs)
                {
                    std::string body;
                    auto request = requestFor(route, objects, body, adaPrincipal());
                    request.headers.emplace_back(
                        "X-Bankfeed-Csrf", w.console.csrf().token(adaPrincipal()));
                    request.headers.push_back(sign);
                    const auto response = w.console.handle(request);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, 403, response.status);
                    CPPUNIT_ASSERT_EQUAL(
                        std::string("console.origin"), at(response.body, "error.code"));
                }
                CPPUNIT_ASSERT_EQUAL(before, everything(w.world));
            });
    }

    void noChangeIsAGet()
    {
        forEveryRoute(
            [](ConsoleWorld& w, const Route& route, const Objects& objects)
            {
                if (!route.mutating()) return;
                for (const char* method : {"GET", "HEAD", "PUT", "DELETE"})
                {
                    std::string body;
                    auto request = requestFor(route, objects, body, adaPrincipal());
                    request.method = method;
                    const std::string before = everything(w.world);
                    const int status = w.console.handle(request).status;
                    // Where the same path is also one to look at, a GET is that, and no change.
                    const auto& routes = w.console.router().routes();
                    const bool readable = std::any_of(routes.begin(), routes.end(),
                        [&](const Route& other)
                        { return other.pattern == route.pattern && other.method == method; });
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, readable ? 200 : 405, status);
                    CPPUNIT_ASSERT_EQUAL(before, everything(w.world));
                }
            });
    }

    void idsOfAnotherTenantLookLikeNothing()
    {
        forEveryRoute(
            [](ConsoleWorld& w, const Route& route, const Objects& objects)
            {
                if (!namesObject(route)) return;
                Principal stranger = adaPrincipal();
                stranger.tenant = "other";
                const auto answer = [&](const Objects& named)
                {
                    std::string body;
                    auto request = requestFor(route, named, body, stranger);
                    request.headers.emplace_back(
                        "X-Bankfeed-Csrf", w.console.csrf().token(stranger));
                    return w.console.handle(request);
                };
                const std::string before = everything(w.world);
                const auto theirs = answer(objects);
                const auto absent = answer(nothing());
                CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, 404, theirs.status);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, absent.body, theirs.body);
                CPPUNIT_ASSERT(absent.headers == theirs.headers);
                CPPUNIT_ASSERT_EQUAL(absent.status, theirs.status);
                CPPUNIT_ASSERT_EQUAL(before, everything(w.world));
            });
    }

    /// Without it the matrix would be content with a route that finds nothing for anybody.
    void whoOwnsThemFindsThem()
    {
        std::size_t count = 0;
        {
            World world(store::Engine::Sqlite);
            ConsoleWorld w(world);
            count = w.console.router().routes().size();
        }
        // Each in a world of its own, because some of them end what others are about.
        for (std::size_t i = 0; i < count; ++i)
        {
            World world(store::Engine::Sqlite);
            ConsoleWorld w(world);
            const Objects objects = objectsOf(w);
            const Route& route = w.console.router().routes().at(i);
            const auto response =
                w.ask(route.method, targetOf(route, objects), bodyOf(route, objects));
            const std::string what = route.pattern + ": " + response.body;
            const bool found = response.status == 200 || response.status == 202 ||
                               (response.status == 409 && route.mutating());
            CPPUNIT_ASSERT_MESSAGE(what, found);
        }
    }

    /// One's own things do not open those of another tenant.
    void aThingOfAnotherTenantInsideAnAllowedRequestIsNotThere()
    {
        inBothWorlds(
            [](World& world)
            {
                ConsoleWorld w(world);
                const Objects theirs = objectsOf(w);
                Principal stranger = adaPrincipal();
                stranger.tenant = "other";
                const std::string own =
                    world.connect("ins_1", "First Platypus Bank", stranger.tenant);
                const std::string before = everything(world);
                for (const char* choice : {R"("later")", R"("none")", R"("new","name":"Mine")",
                         R"("existing","ledger_account_id":"l1")"})
                {
                    const auto response = w.ask("POST", "api/connections/" + own + "/review",
                        R"({"decisions":[{"bank_account_id":")" + theirs.account +
                            R"(","choice":)" + choice + "}]}",
                        stranger);
                    CPPUNIT_ASSERT_MESSAGE(response.body, response.status >= 400);
                    CPPUNIT_ASSERT_MESSAGE(
                        response.body, response.body.find("Checking") == std::string::npos &&
                                           response.body.find("Assets:Bank") == std::string::npos);
                    CPPUNIT_ASSERT_EQUAL(before, everything(world));
                }
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessMatrixTest);

} // namespace bankfeed::testing
