// Who may do what over HTTP: logins, roles, tenants, tokens, and pages that nothing can break out
// of.
#include "TestHouse.h"

#include "base/Text.h"

#include <algorithm>
#include <fcntl.h>
#include <iterator>

using namespace ledgerd;

class ApplicationTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ApplicationTest);
    CPPUNIT_TEST(nobodySeesAnythingWithoutALogin);
    CPPUNIT_TEST(aLoginGivesASafeCookieAndLeadsOnlyToOurPages);
    CPPUNIT_TEST(everyPageAnswersWithItsSafetyHeaders);
    CPPUNIT_TEST(changesNeedTheTokenOfTheSession);
    CPPUNIT_TEST(changesFromOtherSitesAreRefused);
    CPPUNIT_TEST(aViewerChangesNothing);
    CPPUNIT_TEST(onlyAnAdministratorClosesAccounts);
    CPPUNIT_TEST(tenantsDoNotSeeEachOther);
    CPPUNIT_TEST(aPluginsNumbersAreForTheOnlyTenantsAdministrator);
    CPPUNIT_TEST(aPluginGetsThePrincipalAndNeverTheCookie);
    CPPUNIT_TEST(aPluginsPageSendsOthersToTheLogin);
    CPPUNIT_TEST(logoutEndsTheSession);
    CPPUNIT_TEST(hostileTextStaysTextOnEveryPage);
    CPPUNIT_TEST(entriesByHandGoThroughFormAndJson);
    CPPUNIT_TEST(accountsShowWhatFeedsThemAndSyncOnDemand);
    CPPUNIT_TEST(wrongJsonIsRefused);
    CPPUNIT_TEST(programsLogInWithEachRequest);
    CPPUNIT_TEST(strangersCannotFillTheLog);
    CPPUNIT_TEST(overHttpsTheCookieIsBoundToTheHost);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { house_ = std::make_unique<House>(); }
    void tearDown() override { house_.reset(); }

    void nobodySeesAnythingWithoutALogin()
    {
        for (const char* path : {"/", "/journal", "/trial-balance", "/feeds", "/accounts/acc-1",
                 "/entries/new", "/export.journal", "/api/accounts", "/api/journal", "/api/me",
                 "/api/plugins", "/plugins/test/console/", "/nothing"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401u, house_->send("GET", path).status);
            const TestAnswer browser = house_->send("GET", path, "Accept: text/html\r\n");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 303u, browser.status);
            CPPUNIT_ASSERT(browser.header("Location").starts_with("/login?next=%2F"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401u,
                house_->send(
                          "GET", path, "Cookie: ledgerd_session=" + std::string(32, 'a') + "\r\n")
                    .status);
        }
        for (const char* path : {"/entries", "/accounts", "/api/entries", "/accounts/acc-1/close"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401u, house_->send("POST", path, "", "a=b").status);
        CPPUNIT_ASSERT_EQUAL(200u, house_->send("GET", "/api/health").status);
    }

    void aLoginGivesASafeCookieAndLeadsOnlyToOurPages()
    {
        const TestAnswer good =
            house_->send("POST", "/login", "", "name=ada&password=correct+horse&next=/journal");
        const std::string cookie = good.header("Set-Cookie");
        for (const char* part : {"HttpOnly", "SameSite=Lax", "Path=/"})
            CPPUNIT_ASSERT(cookie.find(part) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("/journal"), good.header("Location"));
        for (const char* next :
            {"//evil.example", "https://evil.example", "/%5Cevil.example", "", "/a%0d%0aX:1"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(next, std::string("/"),
                house_
                    ->send("POST", "/login", "",
                        std::string("name=ada&password=correct+horse&next=") + next)
                    .header("Location"));
        CPPUNIT_ASSERT_EQUAL(
            403u, house_->send("POST", "/login", "", "name=ada&password=wrong").status);
        CPPUNIT_ASSERT_EQUAL(403u, house_
                                       ->send("POST", "/login", "Origin: https://evil.example\r\n",
                                           "name=ada&password=correct+horse")
                                       .status);
    }

    void everyPageAnswersWithItsSafetyHeaders()
    {
        const std::string cookie = house_->login("ada");
        for (const char* path : {"/", "/journal", "/trial-balance", "/feeds", "/accounts/acc-1",
                 "/entries/new", "/accounts/new", "/login"})
        {
            const TestAnswer answer = house_->send("GET", path, cookie);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 200u, answer.status);
            CPPUNIT_ASSERT(
                answer.header("Content-Security-Policy").starts_with("default-src 'none'"));
            CPPUNIT_ASSERT_EQUAL(std::string("no-store"), answer.header("Cache-Control"));
            CPPUNIT_ASSERT(answer.body.find("<script") == std::string::npos &&
                           answer.body.find("style=") == std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(path, answer.body.find("<header>") != std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(404u, house_->send("GET", "/nothing", cookie).status);
        CPPUNIT_ASSERT_EQUAL(404u, house_->send("GET", "/accounts/acc-9999", cookie).status);
        CPPUNIT_ASSERT_EQUAL(405u, house_->send("DELETE", "/accounts/acc-1", cookie).status);
    }

    void changesNeedTheTokenOfTheSession()
    {
        const std::string ada = house_->login("ada");
        const std::string ben = house_->login("ben");
        const std::string form = "date=2026-01-05&description=x&from=acc-1&to=acc-2&amount=1.00";
        for (const std::string& token : {std::string(), std::string("&token="),
                 "&token=" + std::string(32, '0'), "&token=" + house_->csrf(ben)})
            for (const char* path : {"/entries", "/accounts", "/accounts/acc-1/close",
                     "/accounts/acc-1/sync", "/logout"})
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    path, 403u, house_->send("POST", path, ada, form + token).status);
        const std::string json = R"({"date":"2026-01-05","description":"x","postings":[]})";
        CPPUNIT_ASSERT_EQUAL(403u,
            house_->send("POST", "/api/entries", ada + "Content-Type: application/json\r\n", json)
                .status);
        CPPUNIT_ASSERT(entriesOf(*house_->books).empty());
        CPPUNIT_ASSERT_EQUAL(303u,
            house_->send("POST", "/entries", ada, form + "&token=" + house_->csrf(ada)).status);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, entriesOf(*house_->books).size());
    }

    void changesFromOtherSitesAreRefused()
    {
        const std::string ada = house_->login("ada");
        const std::string form =
            "date=2026-01-05&description=x&from=acc-1&to=acc-2&amount=1.00&token=" +
            house_->csrf(ada);
        for (const char* header : {"Origin: https://evil.example\r\n", "Origin: null\r\n",
                 "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                header, 403u, house_->send("POST", "/entries", ada + header, form).status);
        const std::string own =
            "Origin: " + house_->surroundings->publicUrl + "\r\nSec-Fetch-Site: same-origin\r\n";
        CPPUNIT_ASSERT_EQUAL(303u, house_->send("POST", "/entries", ada + own, form).status);
    }

    void aViewerChangesNothing()
    {
        const std::string vic = house_->login("vic");
        const std::string form =
            "date=2026-01-05&description=x&from=acc-1&to=acc-2&amount=1.00&token=" +
            house_->csrf(vic);
        for (const char* path :
            {"/entries", "/accounts", "/accounts/acc-1/close", "/accounts/acc-1/sync"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 403u, house_->send("POST", path, vic, form).status);
        CPPUNIT_ASSERT_EQUAL(404u, house_->send("GET", "/entries/new", vic).status);
        CPPUNIT_ASSERT_EQUAL(
            403u, house_
                      ->send("POST", "/api/entries",
                          basic("vic") + "Content-Type: application/json\r\n", "{}")
                      .status);
        CPPUNIT_ASSERT_EQUAL(200u, house_->send("GET", "/", vic).status);
    }

    void onlyAnAdministratorClosesAccounts()
    {
        const std::string ben = house_->login("ben");
        CPPUNIT_ASSERT_EQUAL(
            403u, house_->send("POST", "/accounts/acc-1/close", ben, "token=" + house_->csrf(ben))
                      .status);
        const std::string ada = house_->login("ada");
        CPPUNIT_ASSERT_EQUAL(
            303u, house_->send("POST", "/accounts/acc-1/close", ada, "token=" + house_->csrf(ada))
                      .status);
        CPPUNIT_ASSERT(!account(*house_->books, "Assets:Bank:Checking").open);
        const std::string suspense = accountText(account(*house_->books, "Equity:Suspense:USD").id);
        CPPUNIT_ASSERT_EQUAL(422u, house_
                                       ->send("POST", "/accounts/" + suspense + "/close", ada,
                                           "token=" + house_->csrf(ada))
                                       .status);
    }

    void tenantsDoNotSeeEachOther()
    {
        const std::int64_t entry =
            bookByHand(*house_->books, "Assets:Cash", "Expenses:Food", 4711, "Secret lunch");
        CPPUNIT_ASSERT(entry > 0);
        const std::string olga = house_->login("olga");
        const std::string cash = accountText(account(*house_->books, "Assets:Cash").id);
        CPPUNIT_ASSERT_EQUAL(404u, house_->send("GET", "/accounts/" + cash, olga).status);
        CPPUNIT_ASSERT_EQUAL(
            404u, house_->send("GET", "/api/journal?account=" + cash, olga).status);
        for (const char* path :
            {"/", "/journal", "/trial-balance", "/export.journal", "/api/journal", "/api/accounts"})
        {
            const std::string body = house_->send("GET", path, olga).body;
            CPPUNIT_ASSERT_MESSAGE(path, body.find("Secret") == std::string::npos &&
                                             body.find("47.11") == std::string::npos);
        }
        const std::string token = "&token=" + house_->csrf(olga);
        CPPUNIT_ASSERT_EQUAL(422u,
            house_
                ->send("POST", "/entries", olga,
                    "date=2026-01-05&description=x&from=" + cash + "&to=acc-2&amount=1" + token)
                .status);
        CPPUNIT_ASSERT_EQUAL(
            404u, house_->send("POST", "/accounts/" + cash + "/close", olga, "x=y" + token).status);
        CPPUNIT_ASSERT(
            house_->send("GET", "/plugins/test/console/x", olga).body.find("tenant=other\n") !=
            std::string::npos);
    }

    void aPluginsNumbersAreForTheOnlyTenantsAdministrator()
    {
        // The House has two tenants: nobody of one may count the other's.
        for (const char* name : {"ada", "vic", "olga"})
        {
            const std::string body = house_->send("GET", "/api/plugins", basic(name)).body;
            CPPUNIT_ASSERT(body.find(R"("state":"running")") != std::string::npos);
            for (const char* word : {"delivered", "feeds_held", "refusal"})
                CPPUNIT_ASSERT_MESSAGE(word, body.find(word) == std::string::npos);
        }
        house_ = std::make_unique<House>(Settings{{"refuse_start", "yes"}});
        const std::string page = house_->send("GET", "/feeds", house_->login("ada")).body;
        CPPUNIT_ASSERT(page.find("does not run") != std::string::npos);
        CPPUNIT_ASSERT(page.find("on &lt;purpose&gt;") == std::string::npos);

        house_ = std::make_unique<House>(
            Settings{{"refuse_start", "yes"}}, "test-plugin", House::Tenants::one);
        for (const char* name : {"ada", "ben"})
        {
            const std::string body = house_->send("GET", "/api/plugins", basic(name)).body;
            for (const char* word : {"delivered", "feeds_held", "refused on"})
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    word, name == std::string("ada"), body.find(word) != std::string::npos);
        }
    }

    void aPluginGetsThePrincipalAndNeverTheCookie()
    {
        const std::string ben = house_->login("ben");
        const TestAnswer answer =
            house_->send("GET", "/plugins/test/console/a%2fb/c?d=e", ben + "X-Other: 1\r\n");
        for (const char* line : {"path=a%2fb/c\n", "query=d=e\n", "tenant=main\n", "user=ben\n",
                 "capabilities=3\n", "principal=1\n", "header X-Other=1\n"})
            CPPUNIT_ASSERT_MESSAGE(line, answer.body.find(line) != std::string::npos);
        const std::string cookie = ben.substr(ben.find('=') + 1, 32);
        CPPUNIT_ASSERT(answer.body.find(cookie) == std::string::npos);
        CPPUNIT_ASSERT(house_->send("GET", "/plugins/test/console/", house_->login("vic"))
                           .body.find("capabilities=1\n") != std::string::npos);
        CPPUNIT_ASSERT(house_->send("GET", "/plugins/test/console/", house_->login("ada"))
                           .body.find("capabilities=7\n") != std::string::npos);
        const std::string open =
            house_->send("GET", "/plugins/test/hook", ben + basic("ben") + "X-Other: 1\r\n").body;
        CPPUNIT_ASSERT(open.find("principal=0\n") != std::string::npos &&
                       open.find("header X-Other=1\n") != std::string::npos);
        for (const char* name : {"header Cookie", "header Authorization"})
            CPPUNIT_ASSERT_MESSAGE(name, open.find(name) == std::string::npos);
    }

    void aPluginsPageSendsOthersToTheLogin()
    {
        const TestAnswer answer =
            house_->send("GET", "/plugins/test/console/x?y=z", "Accept: text/html\r\n");
        CPPUNIT_ASSERT_EQUAL(std::string("/login?next=%2Fplugins%2Ftest%2Fconsole%2Fx%3Fy%3Dz"),
            answer.header("Location"));
        const TestAnswer slash =
            house_->send("GET", "/plugins/test/console?y=z", house_->login("ada"));
        CPPUNIT_ASSERT_EQUAL(308u, slash.status);
        CPPUNIT_ASSERT_EQUAL(std::string("/plugins/test/console/?y=z"), slash.header("Location"));
        for (const char* path : {"/plugins/test/other", "/plugins/testing/hook", "/plugins/",
                 "/plugins/test/hook/more", "/plugins/test/HOOK"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 404u, house_->send("GET", path).status);
    }

    void logoutEndsTheSession()
    {
        const std::string ada = house_->login("ada");
        CPPUNIT_ASSERT_EQUAL(
            303u, house_->send("POST", "/logout", ada, "token=" + house_->csrf(ada)).status);
        CPPUNIT_ASSERT_EQUAL(401u, house_->send("GET", "/", ada).status);
        CPPUNIT_ASSERT_EQUAL(401u, house_->send("GET", "/plugins/test/console/", ada).status);
    }

    void hostileTextStaysTextOnEveryPage()
    {
        house_->send("POST", "/plugins/test/hook", "", "post");
        CPPUNIT_ASSERT(eventually([&] { return entriesOf(*house_->books).size() == 1; }));
        const std::string ada = house_->login("ada");
        const std::string suspense = accountText(account(*house_->books, "Equity:Suspense:USD").id);
        for (const std::string& path :
            {std::string("/journal"), std::string("/accounts/acc-1"), "/accounts/" + suspense,
                std::string("/entries/new?description=%22%3E%3Cb%3ECoffee"),
                std::string("/login?next=/%22%3E%3Cb%3ECoffee")})
        {
            const std::string body = house_->send("GET", path, ada).body;
            CPPUNIT_ASSERT_MESSAGE(path,
                body.find("Coffee") != std::string::npos || body.find("next") != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(path, body.find("<b>") == std::string::npos);
        }
        CPPUNIT_ASSERT(house_->send("GET", "/", ada).body.find("First &lt;Test&gt; Bank") !=
                       std::string::npos);
    }

    void entriesByHandGoThroughFormAndJson()
    {
        const std::string ben = house_->login("ben");
        const std::string token = "&token=" + house_->csrf(ben);
        const std::string form = "date=2026-01-05&description=Lunch&from=acc-1&to=acc-2&amount=";
        CPPUNIT_ASSERT_EQUAL(
            303u, house_->send("POST", "/entries", ben, form + "12.34" + token).status);
        for (const char* amount : {"", "0", "-1", "1.234", "x", "99999999999999999999"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                amount, 422u, house_->send("POST", "/entries", ben, form + amount + token).status);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{-1234}, account(*house_->books, "Assets:Bank:Checking").balance);

        const std::string json =
            R"({"date":"2026-01-06","description":"Split","postings":[{"account":"acc-1","amount":"-3.00"},)"
            R"({"account":"acc-2","amount":"1.00"},{"account":"acc-7","amount":"2.00"}]})";
        const std::string headers = basic("ben") + "Content-Type: application/json\r\n";
        CPPUNIT_ASSERT_EQUAL(201u, house_->send("POST", "/api/entries", headers, json).status);
        const std::string journal =
            house_->send("GET", "/api/journal?account=acc-7", basic("vic")).body;
        CPPUNIT_ASSERT(journal.find(R"("amount":"2.00")") != std::string::npos);
        const std::string trial = house_->send("GET", "/api/trial-balance", basic("vic")).body;
        CPPUNIT_ASSERT(
            trial.find(
                R"({"account":"acc-1","account_name":"Assets:Bank:Checking","amount":"-15.34","currency":"USD"})") !=
            std::string::npos);

        const std::string made = "type=asset&name=Bank:Savings&currency=EUR&feedable=yes" + token;
        CPPUNIT_ASSERT_EQUAL(303u, house_->send("POST", "/accounts", ben, made).status);
        CPPUNIT_ASSERT_EQUAL(422u, house_->send("POST", "/accounts", ben, made).status);
        CPPUNIT_ASSERT(account(*house_->books, "Assets:Bank:Savings").feedable);
    }

    void accountsShowWhatFeedsThemAndSyncOnDemand()
    {
        const std::string ben = house_->login("ben");
        CPPUNIT_ASSERT(eventually(
            [&]
            {
                return house_->send("GET", "/api/accounts", ben)
                           .body.find(R"("state":"needs_person")") != std::string::npos;
            }));
        const std::string page = house_->send("GET", "/", ben).body;
        CPPUNIT_ASSERT(page.find("needs you") != std::string::npos &&
                       page.find("Sync now") != std::string::npos);
        CPPUNIT_ASSERT(
            page.find("bank says 16,356.86 USD, 2026-11-22 23:00 UTC") != std::string::npos);
        CPPUNIT_ASSERT(page.find("href=\"/plugins/test/console/\"") != std::string::npos);
        const std::string token = "token=" + house_->csrf(ben);
        CPPUNIT_ASSERT_EQUAL(std::string("/?said=sync"),
            house_->send("POST", "/accounts/acc-1/sync", ben, token).header("Location"));
        CPPUNIT_ASSERT_EQUAL(std::string("/?said=unfed"),
            house_->send("POST", "/accounts/acc-2/sync", ben, token).header("Location"));
        CPPUNIT_ASSERT(house_->send("GET", "/", house_->login("vic")).body.find("Sync now") ==
                       std::string::npos);
    }

    void wrongJsonIsRefused()
    {
        const std::string headers = basic("ben") + "Content-Type: application/json\r\n";
        for (const char* body :
            {"", "x", "[]", "{}", R"({"date":"2026-01-05","description":"x","postings":[1]})",
                R"({"a\u0000b":1})",
                R"({"date":"2026-01-05","description":"x","postings":[{"account":"acc-1","amount":-1.0},{"account":"acc-2","amount":"1.0"}]})",
                R"({"date":"2026-01-05","description":"x","postings":"y"})",
                "[[[[[[[[[[[[[[[[[[[["})
        {
            const unsigned status = house_->send("POST", "/api/entries", headers, body).status;
            CPPUNIT_ASSERT_MESSAGE(body, status == 422 || status == 404);
        }
        CPPUNIT_ASSERT_EQUAL(415u, house_->send("POST", "/api/entries", basic("ben"), "{}").status);
        CPPUNIT_ASSERT(entriesOf(*house_->books).empty());
    }

    void programsLogInWithEachRequest()
    {
        CPPUNIT_ASSERT_EQUAL(200u, house_->send("GET", "/api/accounts", basic("vic")).status);
        CPPUNIT_ASSERT_EQUAL(
            401u, house_->send("GET", "/api/accounts", basic("vic", "wrong")).status);
        CPPUNIT_ASSERT_EQUAL(
            401u, house_->send("GET", "/api/accounts", "Authorization: Basic ???\r\n").status);
        CPPUNIT_ASSERT_EQUAL(401u, house_->send("GET", "/journal", basic("vic")).status);
        for (int i = 0; i < triesBeforeWait; ++i)
            house_->send("GET", "/api/accounts", basic("ben", "wrong"));
        CPPUNIT_ASSERT_EQUAL(429u, house_->send("GET", "/api/accounts", basic("ben")).status);
    }

    void strangersCannotFillTheLog()
    {
        const std::string file = house_->folder / "log";
        const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        const Log log(house_->clock, LogLevel::debug, fd);
        Application application(*house_->books, *house_->plugins, house_->doorkeeper,
            house_->sessions, log, "http://127.0.0.1");
        HttpRequest request;
        request.method = "POST";
        request.path = "/login";
        request.remoteAddress = "192.0.2.1";
        request.body = "password=x&name=" + std::string(64, 'n');
        for (int i = 0; i < 50; ++i)
            CPPUNIT_ASSERT_EQUAL(403u, application.handle(request).status);
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{0}, std::filesystem::file_size(file));
        request.body = "password=wrong+one&name=ada";
        for (int i = 0; i < 20; ++i)
            application.handle(request);
        request.path = "/api/me";
        request.headers = {{"Authorization", "Basic " + toBase64("ada:wrong one")}};
        for (int i = 0; i < 20; ++i)
            application.handle(request);
        ::close(fd);
        std::ifstream in(file);
        const std::string lines((std::istreambuf_iterator<char>(in)), {});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            lines, std::ptrdiff_t{1}, std::count(lines.begin(), lines.end(), '\n'));
        CPPUNIT_ASSERT(lines.find("login: refused for ada from 192.0.2.1") != std::string::npos);
    }

    void overHttpsTheCookieIsBoundToTheHost()
    {
        Application application(*house_->books, *house_->plugins, house_->doorkeeper,
            house_->sessions, house_->log, "https://books.example.org");
        HttpRequest request;
        request.method = "POST";
        request.path = "/login";
        request.remoteAddress = "192.0.2.1";
        request.body = "name=ada&password=correct+horse";
        const HttpResponse answer = application.handle(request);
        const std::string cookie = answer.headers.back().second;
        CPPUNIT_ASSERT_MESSAGE(cookie, cookie.starts_with("__Host-ledgerd_session="));
        CPPUNIT_ASSERT(cookie.find("; Path=/;") != std::string::npos &&
                       cookie.find("; Secure") != std::string::npos);
        request.method = "GET";
        request.path = "/";
        request.headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}};
        CPPUNIT_ASSERT_EQUAL(200u, application.handle(request).status);
        // One that another name of the domain planted is not even looked at.
        request.headers[0].second.erase(0, std::string("__Host-").size());
        CPPUNIT_ASSERT_EQUAL(401u, application.handle(request).status);
    }

private:
    static std::string basic(const std::string& name, const std::string& password = "correct horse")
    {
        return "Authorization: Basic " + toBase64(name + ":" + password) + "\r\n";
    }

    std::unique_ptr<House> house_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ApplicationTest);
