#include "base/Limits.h"
#include "support/MemoryLog.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <type_traits>

namespace bankfeed::testing
{

using console::Answer;
using console::Call;
using console::Capability;
using console::ConsoleRequest;
using console::ConsoleResponse;
using console::Route;
using console::Router;
using console::Within;

class RouterTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RouterTest);
    CPPUNIT_TEST(whatIsNotInTheTableDoesNotExist);
    CPPUNIT_TEST(aPartIsPlainOrNothing);
    CPPUNIT_TEST(anotherMethodIsToldWhichAreAllowed);
    CPPUNIT_TEST(aRouteCannotBeAddedTwiceOrWithoutHandler);
    CPPUNIT_TEST(aRouteCannotBeMadeWithoutCapabilityAndTenancy);
    CPPUNIT_TEST(bodiesAreBoundedAndJson);
    CPPUNIT_TEST(noAnswerIsLargerThanAHostTakes);
    CPPUNIT_TEST(aBrokenInvariantIsA500WithoutWords);
    CPPUNIT_TEST(eachKindOfErrorHasItsStatus);
    CPPUNIT_TEST(everyAnswerCarriesTheSecurityHeaders);
    CPPUNIT_TEST_SUITE_END();

    MemoryLog log_;
    console::Csrf csrf_{Secret("key")};
    Router router_{csrf_, log_, ""};
    int calls_ = 0;
    Result<Answer> next_ = Answer{200, "{}"};

    ConsoleResponse ask(const std::string& method, const std::string& path,
        const std::string& body = "", const char* contentType = "application/json")
    {
        ConsoleRequest request = ConsoleWorld::made(method, path, "", adaPrincipal());
        request.body = body;
        if (contentType != nullptr) request.headers.emplace_back("Content-Type", contentType);
        request.headers.emplace_back("x-bankfeed-csrf", csrf_.token(adaPrincipal()));
        return router_.handle(request);
    }

public:
    void setUp() override
    {
        const auto handler = [this](const Call& call) -> Result<Answer>
        {
            ++calls_;
            if (call.path.count("id") > 0 && call.path.at("id") == "broken")
                throw BrokenInvariant("a secret state");
            return next_;
        };
        router_.add({"GET", "api/things/{id}", Capability::View, Within::Connection, handler});
        router_.add(
            {"POST", "api/things/{id}/change", Capability::Link, Within::Connection, handler});
        router_.add({"GET", "api/things", Capability::View, Within::Tenant, handler});
    }

    void whatIsNotInTheTableDoesNotExist()
    {
        for (const char* path : {"api", "api/", "api/thing", "api/things/", "api/things/a/",
                 "api/things/a/b", "api//things", "/api/things", "API/things",
                 "api/things/a/change/", "api/../api/things", "api/things%2Fa", ""})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 404, ask("GET", path).status);
        CPPUNIT_ASSERT_EQUAL(0, calls_);
        CPPUNIT_ASSERT_EQUAL(200, ask("GET", "api/things/a").status);
    }

    void aPartIsPlainOrNothing()
    {
        const std::string longest(64, 'a');
        CPPUNIT_ASSERT_EQUAL(200, ask("GET", "api/things/" + longest).status);
        for (const std::string& part :
            {longest + "a", std::string(".."), std::string("a.b"), std::string("a%41"),
                std::string("a'b"), std::string("\xc3\xa4"), std::string("a b")})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(part, 404, ask("GET", "api/things/" + part).status);
    }

    void anotherMethodIsToldWhichAreAllowed()
    {
        const auto response = ask("GET", "api/things/a/change");
        CPPUNIT_ASSERT_EQUAL(405, response.status);
        CPPUNIT_ASSERT_EQUAL(std::string("POST"), headerOf(response, "Allow"));
        for (const char* method : {"HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "POST", ""})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 405, ask(method, "api/things/a").status);
        CPPUNIT_ASSERT_EQUAL(0, calls_);
    }

    void aRouteCannotBeAddedTwiceOrWithoutHandler()
    {
        const auto handler = [](const Call&) -> Result<Answer> { return Answer{}; };
        const auto refused = [&](const Route& route)
        { CPPUNIT_ASSERT_THROW(router_.add(route), BrokenInvariant); };
        refused({"GET", "api/things", Capability::View, Within::Tenant, handler});
        refused({"GET", "api/other", Capability::View, Within::Tenant, nullptr});
        refused({"DELETE", "api/other", Capability::View, Within::Tenant, handler});
    }

    void aRouteCannotBeMadeWithoutCapabilityAndTenancy()
    {
        using console::Handler;
        static_assert(!std::is_default_constructible_v<Route>);
        static_assert(!std::is_constructible_v<Route, const char*, const char*, Handler>);
        static_assert(
            !std::is_constructible_v<Route, const char*, const char*, Capability, Handler>);
        static_assert(!std::is_constructible_v<Route, const char*, const char*, Within, Handler>);
        static_assert(
            std::is_constructible_v<Route, const char*, const char*, Capability, Within, Handler>);
        const auto handler = [](const Call&) -> Result<Answer> { return Answer{}; };
        const auto refused = [&](const Route& route)
        { CPPUNIT_ASSERT_THROW(router_.add(route), BrokenInvariant); };
        refused({"GET", "api/other", static_cast<Capability>(0), Within::Tenant, handler});
        refused({"GET", "api/other", static_cast<Capability>(3), Within::Tenant, handler});
        refused({"GET", "api/other", Capability::View, static_cast<Within>(99), handler});
        // What is named must be of some kind, and only "{id}" names it.
        refused({"GET", "api/others/{id}", Capability::View, Within::Tenant, handler});
        refused({"GET", "api/others/{other}", Capability::View, Within::Notice, handler});
        refused({"GET", "api/others/{id}/{id}", Capability::View, Within::Notice, handler});
        refused({"GET", "api/others/a{id}", Capability::View, Within::Notice, handler});
        router_.add({"GET", "api/others/{id}", Capability::View, Within::Notice, handler});
    }

    void bodiesAreBoundedAndJson()
    {
        const std::string path = "api/things/a/change";
        CPPUNIT_ASSERT_EQUAL(200, ask("POST", path, "{}").status);
        CPPUNIT_ASSERT_EQUAL(200, ask("POST", path, "").status);
        CPPUNIT_ASSERT_EQUAL(
            200, ask("POST", path, "{}", "Application/JSON; charset=utf-8").status);
        for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                 "multipart/form-data", "application/jsonp", ""})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(type, 415, ask("POST", path, "{}", type).status);
        CPPUNIT_ASSERT_EQUAL(415, ask("POST", path, "{}", nullptr).status);
        CPPUNIT_ASSERT_EQUAL(
            413, ask("POST", path, std::string(limits::consoleBodyBytes + 1, ' ')).status);
        CPPUNIT_ASSERT_EQUAL(
            200, ask("POST", path, std::string(limits::consoleBodyBytes, ' ')).status);
    }

    void noAnswerIsLargerThanAHostTakes()
    {
        next_ = Answer{200, "\"" + std::string(console::answerBytesMost - 2, 'a') + "\""};
        CPPUNIT_ASSERT_EQUAL(200, ask("GET", "api/things").status);
        next_ = Answer{200, "\"" + std::string(console::answerBytesMost - 1, 'a') + "\""};
        const auto refused = ask("GET", "api/things");
        CPPUNIT_ASSERT_EQUAL(500, refused.status);
        CPPUNIT_ASSERT_EQUAL(
            std::string("console.answer_too_large"), at(refused.body, "error.code"));
        // To ask again would not help.
        CPPUNIT_ASSERT_EQUAL(std::string(), headerOf(refused, "Retry-After"));
    }

    void aBrokenInvariantIsA500WithoutWords()
    {
        const auto response = ask("GET", "api/things/broken");
        CPPUNIT_ASSERT_EQUAL(500, response.status);
        CPPUNIT_ASSERT(response.body.find("secret") == std::string::npos);
        CPPUNIT_ASSERT(log_.holds("a secret state"));
    }

    void eachKindOfErrorHasItsStatus()
    {
        const std::vector<std::pair<Error, int>> kinds{{Error::invalid("a.b", "t"), 400},
            {Error::notFound("a.b", "t"), 404}, {Error::conflict("a.b", "t"), 409},
            {Error::denied("a.b", "t"), 403}, {Error::retry("a.b", "t"), 503},
            {Error::unknown("a.b", "t"), 503}, {Error::exhausted("a.b", "t"), 429},
            {Error::corrupt("a.b", "t"), 500}, {Error::stopping(), 503},
            {Error::internal("a.b", "t"), 500}};
        for (const auto& [error, status] : kinds)
        {
            next_ = error;
            const auto response = ask("GET", "api/things");
            CPPUNIT_ASSERT_EQUAL(status, response.status);
            const bool told = status != 404 && status != 500;
            if (told && error.code == "a.b")
                CPPUNIT_ASSERT_EQUAL(std::string("a.b"), at(response.body, "error.code"));
            else
                CPPUNIT_ASSERT(response.body.find("a.b") == std::string::npos);
            CPPUNIT_ASSERT_EQUAL(std::string(), keysAt(response.body, "error.params"));
            CPPUNIT_ASSERT_EQUAL(
                std::string(status == 503 ? "2" : ""), headerOf(response, "Retry-After"));
        }
    }

    void everyAnswerCarriesTheSecurityHeaders()
    {
        for (const auto& response : {ask("GET", "api/things"), ask("GET", "api/nothing"),
                 ask("PUT", "api/things"), ask("GET", "api/things/broken")})
        {
            CPPUNIT_ASSERT_EQUAL(
                std::string("default-src 'none'; script-src 'self'; style-src 'self'; "
                            "connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
                            "base-uri 'none'; form-action 'none'"),
                headerOf(response, "Content-Security-Policy"));
            CPPUNIT_ASSERT_EQUAL(
                std::string("nosniff"), headerOf(response, "X-Content-Type-Options"));
            CPPUNIT_ASSERT_EQUAL(std::string("same-origin"), headerOf(response, "Referrer-Policy"));
            CPPUNIT_ASSERT_EQUAL(std::string("no-store"), headerOf(response, "Cache-Control"));
            CPPUNIT_ASSERT_EQUAL(
                std::string("application/json; charset=utf-8"), headerOf(response, "Content-Type"));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RouterTest);

} // namespace bankfeed::testing
