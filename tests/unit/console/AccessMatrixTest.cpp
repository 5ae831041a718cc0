#include "store/ImportRepository.h"
#include "store/NoticeRepository.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>

namespace bankfeed::testing
{

using console::Capability;
using console::ConsoleRequest;
using console::ConsoleResponse;
using console::Principal;
using console::Route;

namespace
{

/// The objects of the tenant "main" that routes are about.
struct Objects
{
    std::string connection;
    std::string account;
    std::string session;
    std::string notice{};
    std::string import{};
    std::string link{};
};

Objects objectsOf(ConsoleWorld& w)
{
    Objects objects;
    objects.connection = w.world.connect();
    w.world.look(objects.connection, {shownAccount("a1", "Checking", "0000")});
    objects.account = w.world.account(objects.connection, "Checking").id;
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
    objects.link = w.world.write(
        [&](store::Unit& unit)
        {
            store::AccountLink link;
            link.id = "lnk_matrix";
            link.bankAccountId = objects.account;
            link.feedId = "feed_matrix";
            link.ledgerAccountId = "l1";
            link.endedAt = w.world.clock.now();
            BF_ASSERT(store::AccountLinkRepository(unit, World::tenant).insert(link));
            return link.id;
        });
    objects.import = w.world.write(
        [&](store::Unit& unit)
        {
            return store::ImportRepository(unit, World::tenant)
                .add({objects.connection, "", "sync", ""}, 1, w.world.random, w.world.clock.now());
        });
    return objects;
}

/// A target of the route that names the objects.
std::string targetOf(const Route& route, const Objects& objects)
{
    std::string target = route.pattern;
    const auto brace = target.find("{id}");
    if (brace != std::string::npos)
        target.replace(brace, 4,
            target.starts_with("api/link-sessions") ? objects.session
            : target.starts_with("api/notices")     ? objects.notice
            : target.starts_with("api/imports")     ? objects.import
            : target.starts_with("api/links")       ? objects.link
            : target.starts_with("api/bank-acc")    ? objects.account
                                                    : objects.connection);
    if (route.method == "GET" && route.pattern.starts_with("api/held"))
        target += "?transaction=t1&bank_account=" + objects.account;
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

bool namesObject(const Route& route)
{
    return route.pattern.find('{') != std::string::npos || route.pattern.starts_with("api/held") ||
           route.pattern == "api/link-sessions";
}

} // namespace

/// Every route of the table against everybody who may ask: threats C1, C4 and C5. A new route is in
/// the matrix without a line here.
class AccessMatrixTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AccessMatrixTest);
    CPPUNIT_TEST(theTableIsTheOneOfTheDocument);
    CPPUNIT_TEST(nobodyIsRefused);
    CPPUNIT_TEST(everyRouteNeedsItsCapabilityAndNoOther);
    CPPUNIT_TEST(everyChangeNeedsTheTokenOfThisLogin);
    CPPUNIT_TEST(everyChangeIsRefusedFromAnotherSite);
    CPPUNIT_TEST(noChangeIsAGet);
    CPPUNIT_TEST(idsOfAnotherTenantLookLikeNothing);
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

    static std::string everything(World& world)
    {
        std::string state;
        for (const char* table : {"link_session", "audit", "job", "account_link", "connection"})
            state +=
                std::to_string(world.count(std::string("SELECT COUNT(*) FROM ") + table)) + " ";
        return state;
    }

public:
    void theTableIsTheOneOfTheDocument()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        std::string table;
        for (const Route& route : w.console.router().routes())
            table += route.method + " " + route.pattern + " " +
                     std::to_string(static_cast<std::uint32_t>(route.needs)) + "\n";
        CPPUNIT_ASSERT_EQUAL(std::string("GET api/session 1\n"
                                         "GET api/overview 1\n"
                                         "GET api/connections/{id} 1\n"
                                         "POST api/connections/{id}/sync 2\n"
                                         "POST api/connections/{id}/pause 2\n"
                                         "POST api/connections/{id}/resume 2\n"
                                         "POST api/connections/{id}/disconnect 2\n"
                                         "POST api/connections/{id}/keep-both 2\n"
                                         "GET api/connections/{id}/progress 1\n"
                                         "GET api/connections/{id}/review 1\n"
                                         "POST api/connections/{id}/review 2\n"
                                         "POST api/links/{id}/start-date 2\n"
                                         "POST api/link-sessions 2\n"
                                         "GET api/link-sessions/{id} 1\n"
                                         "POST api/link-sessions/{id}/connect-anyway 2\n"
                                         "POST api/link-sessions/{id}/add-to-existing 2\n"
                                         "POST api/link-sessions/{id}/drop 2\n"
                                         "GET api/held 1\n"
                                         "GET api/held/entries 1\n"
                                         "POST api/held/decide 2\n"
                                         "GET api/activity 1\n"
                                         "GET api/health 4\n"
                                         "POST api/notices/{id}/dismiss 2\n"
                                         "GET api/bank-accounts/{id}/proofs 1\n"
                                         "GET api/tenant 4\n"
                                         "POST api/tenant/erase 4\n"
                                         "GET api/imports 1\n"
                                         "GET api/imports/{id} 1\n"
                                         "GET api/imports/{id}/protected 1\n"
                                         "POST api/imports/{id}/undo 2\n"
                                         "POST api/imports/{id}/redo 2\n"
                                         "POST api/connections/{id}/balances 2\n"),
            table);
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
                    const bool readable =
                        route.pattern.ends_with("/review") && std::string(method) == "GET";
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
                const Objects nothing{"con_00000000000000000000000000",
                    "acc_00000000000000000000000000", "lks_00000000000000000000000000"};
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
                const auto absent = answer(nothing);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, 404, theirs.status);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(route.pattern, absent.body, theirs.body);
                CPPUNIT_ASSERT(absent.headers == theirs.headers);
                CPPUNIT_ASSERT_EQUAL(absent.status, theirs.status);
                CPPUNIT_ASSERT_EQUAL(before, everything(w.world));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessMatrixTest);

} // namespace bankfeed::testing
