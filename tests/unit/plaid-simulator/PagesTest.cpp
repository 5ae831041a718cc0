#include "BankPage.h"
#include "HostedLinkPages.h"
#include "TestWorld.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using namespace plaidsim;

class PagesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PagesTest);
    CPPUNIT_TEST(aPersonLinksTwoAccounts);
    CPPUNIT_TEST(updateModeTicksWhatIsSharedAndMarksWhatIsNew);
    CPPUNIT_TEST(fromTheLastPageThereIsAWayBackToTheTicks);
    CPPUNIT_TEST(inUpdateModeTheWayBackForgetsNothing);
    CPPUNIT_TEST(leavingAlsoGoesToTheCompletionAddress);
    CPPUNIT_TEST(wrongCredentialsAreExplainedOnThePage);
    CPPUNIT_TEST(anExpiredLinkSaysSo);
    CPPUNIT_TEST(textsFromBanksAreEscaped);
    CPPUNIT_TEST(thePageAllowsNoScriptAndNoFrames);
    CPPUNIT_TEST(aSubAccountOpenedAtTheCounterIsAnnounced);
    CPPUNIT_TEST(aTransactionPostedAtTheCounterReachesTheItem);
    CPPUNIT_TEST(aWrongAmountAtTheCounterIsRefused);
    CPPUNIT_TEST(aNameOfSpacesAtTheCounterIsRefused);
    CPPUNIT_TEST(onlyThisMachineMayAsk);
    CPPUNIT_TEST_SUITE_END();

    TestWorld test_;
    HostedLinkPages pages_{test_.world};
    BankPage bank_{test_.world};

    static HttpRequest get(const std::string& path)
    {
        HttpRequest request;
        request.method = "GET";
        request.path = path.substr(0, path.find('?'));
        if (path.find('?') != std::string::npos) request.query = path.substr(path.find('?') + 1);
        return request;
    }

    static HttpRequest post(const std::string& path, const std::string& form)
    {
        HttpRequest request = get(path);
        request.method = "POST";
        request.body = form;
        return request;
    }

    static std::string location(const HttpAnswer& answer)
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 303, answer.status);
        return answer.headers.at(0).second;
    }

    static bool has(const HttpAnswer& answer, const std::string& text)
    {
        return answer.body.find(text) != std::string::npos;
    }

    // The path of a hosted page for a new token.
    std::string hosted(const Json& more)
    {
        Json body = {{"client_name", "Ledger & Sons"}, {"language", "en"},
            {"country_codes", Json::array({"US"})}, {"user", {{"client_user_id", "u"}}},
            {"hosted_link", {{"completion_redirect_uri", "https://ledger.example/done?x=1"}}}};
        body.update(more);
        const Json answer = test_.call("/link/token/create", body);
        const std::string url = answer.at("hosted_link_url");
        return url.substr(url.find("/hl/"));
    }

    const Json newItem_ = {{"products", Json::array({"transactions"})}};

public:
    void aPersonLinksTwoAccounts()
    {
        const std::string path = hosted(newItem_);
        const HttpAnswer banks = pages_.answer(get(path));
        CPPUNIT_ASSERT(has(banks, "Test Bank") && has(banks, "Ledger &amp; Sons"));
        CPPUNIT_ASSERT_EQUAL(path, location(pages_.answer(post(path, "institution_id=ins_1"))));
        CPPUNIT_ASSERT(has(pages_.answer(get(path)), "name=\"password\""));
        pages_.answer(post(path, "step=login&username=user_good&password=pass_good"));
        CPPUNIT_ASSERT(has(pages_.answer(get(path)), "value=\"savings\" checked"));
        pages_.answer(post(path, "step=accounts&account=checking&account=savings"));
        CPPUNIT_ASSERT(has(pages_.answer(get(path)), "value=\"finish\""));
        CPPUNIT_ASSERT_EQUAL(std::string("https://ledger.example/done?x=1"),
            location(pages_.answer(post(path, "step=finish"))));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test_.world.items().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, test_.world.items().begin()->second->shared.size());
    }

    void updateModeTicksWhatIsSharedAndMarksWhatIsNew()
    {
        test_.linkEverything();
        Item& item = *test_.world.item(test_.itemId);
        test_.world.select(item, {"checking"});
        const std::string path = hosted(
            {{"access_token", test_.token}, {"update", {{"account_selection_enabled", true}}}});
        CPPUNIT_ASSERT(has(pages_.answer(get(path)), "value=\"user_good\""));
        pages_.answer(post(path, "step=login&username=user_good&password=pass_good"));
        const HttpAnswer accounts = pages_.answer(get(path));
        CPPUNIT_ASSERT(has(accounts, "value=\"checking\" checked"));
        CPPUNIT_ASSERT(has(accounts, "value=\"savings\">"));
        CPPUNIT_ASSERT(has(accounts, ">new</span>"));
        pages_.answer(post(path, "step=accounts&account=savings"));
        const HttpAnswer confirm = pages_.answer(get(path));
        CPPUNIT_ASSERT(has(confirm, "Added") && has(confirm, "No longer shared"));
        CPPUNIT_ASSERT(!has(confirm, "Kept"));
        pages_.answer(post(path, "step=finish"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, item.shared.count("savings"));
    }

    void fromTheLastPageThereIsAWayBackToTheTicks()
    {
        const std::string path = hosted(newItem_);
        pages_.answer(post(path, "institution_id=ins_1"));
        pages_.answer(post(path, "step=login&username=user_good&password=pass_good"));
        CPPUNIT_ASSERT_EQUAL(422, pages_.answer(post(path, "step=back")).status);
        pages_.answer(post(path, "step=accounts&account=checking"));
        CPPUNIT_ASSERT(has(pages_.answer(get(path)), "value=\"back\""));
        CPPUNIT_ASSERT_EQUAL(path, location(pages_.answer(post(path, "step=back"))));
        const HttpAnswer again = pages_.answer(get(path));
        CPPUNIT_ASSERT(has(again, "value=\"checking\" checked"));
        CPPUNIT_ASSERT(has(again, "value=\"savings\">"));
        pages_.answer(post(path, "step=accounts&account=savings"));
        pages_.answer(post(path, "step=finish"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test_.world.items().size());
        const Item& item = *test_.world.items().begin()->second;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, item.shared.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, item.shared.count("savings"));
    }

    void inUpdateModeTheWayBackForgetsNothing()
    {
        test_.linkEverything();
        Item& item = *test_.world.item(test_.itemId);
        test_.world.select(item, {"checking"});
        const std::string accountId = item.shared.at("checking").accountId;
        const std::string path = hosted(
            {{"access_token", test_.token}, {"update", {{"account_selection_enabled", true}}}});
        pages_.answer(post(path, "step=login&username=user_good&password=pass_good"));
        pages_.answer(post(path, "step=accounts&account=savings"));
        pages_.answer(post(path, "step=back"));
        const HttpAnswer again = pages_.answer(get(path));
        CPPUNIT_ASSERT(has(again, "value=\"savings\" checked"));
        CPPUNIT_ASSERT(has(again, "value=\"checking\">"));
        const std::string kept = "shared now</span></label>";
        CPPUNIT_ASSERT(again.body.find(kept) > again.body.find("value=\"checking\""));
        CPPUNIT_ASSERT(again.body.find(kept) == again.body.rfind(kept));
        pages_.answer(post(path, "step=accounts&account=checking&account=savings"));
        const HttpAnswer confirm = pages_.answer(get(path));
        CPPUNIT_ASSERT(has(confirm, "Kept") && has(confirm, "Added"));
        CPPUNIT_ASSERT(!has(confirm, "No longer shared"));
        pages_.answer(post(path, "step=finish"));
        // Unticked by mistake and ticked again, it is still the same account for the client.
        CPPUNIT_ASSERT_EQUAL(accountId, item.shared.at("checking").accountId);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, item.shared.size());
    }

    void leavingAlsoGoesToTheCompletionAddress()
    {
        const std::string path = hosted(newItem_);
        pages_.answer(get(path));
        CPPUNIT_ASSERT_EQUAL(std::string("https://ledger.example/done?x=1"),
            location(pages_.answer(post(path, "step=exit"))));
    }

    void wrongCredentialsAreExplainedOnThePage()
    {
        const std::string path = hosted(newItem_);
        pages_.answer(post(path, "institution_id=ins_1"));
        const HttpAnswer answer =
            pages_.answer(post(path, "step=login&username=user_good&password=nope"));
        CPPUNIT_ASSERT(has(answer, "role=\"alert\"") && has(answer, "not correct"));
    }

    void anExpiredLinkSaysSo()
    {
        const std::string path = hosted(newItem_);
        test_.step(minutes(31));
        CPPUNIT_ASSERT_EQUAL(410, pages_.answer(get(path)).status);
        CPPUNIT_ASSERT_EQUAL(404, pages_.answer(get("/hl/nothing")).status);
    }

    void textsFromBanksAreEscaped()
    {
        test_.world.truth.account("checking")->name = "<script>\"x\"&'";
        const std::string path = hosted(newItem_);
        pages_.answer(post(path, "institution_id=ins_1"));
        pages_.answer(post(path, "step=login&username=user_good&password=pass_good"));
        for (const HttpAnswer& answer : {pages_.answer(get(path)), bank_.answer(get("/bank"))})
        {
            CPPUNIT_ASSERT(!has(answer, "<script>"));
            CPPUNIT_ASSERT(has(answer, "&lt;script&gt;&quot;x&quot;&amp;&#39;"));
        }
    }

    void thePageAllowsNoScriptAndNoFrames()
    {
        const HttpAnswer answer = pages_.answer(get(hosted(newItem_)));
        std::string policy;
        for (const auto& [name, value] : answer.headers)
        {
            if (name == "Content-Security-Policy") policy = value;
        }
        CPPUNIT_ASSERT_EQUAL(
            std::string("default-src 'none'; style-src 'unsafe-inline'; form-action 'self' "
                        "https://ledger.example; frame-ancestors 'none'; base-uri 'none'"),
            policy);
    }

    void aSubAccountOpenedAtTheCounterIsAnnounced()
    {
        test_.linkEverything();
        const HttpAnswer answer = bank_.answer(post("/bank/accounts",
            "login_id=login&name=Tax+reserve&subtype=savings&opening_balance=2500.00&history=yes"));
        CPPUNIT_ASSERT_EQUAL(std::string("/bank?done=account"), location(answer));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, test_.outlet.count("NEW_ACCOUNTS_AVAILABLE"));
        const HttpAnswer page = bank_.answer(get("/bank?done=account"));
        CPPUNIT_ASSERT(has(page, "Tax reserve") && has(page, "console"));
    }

    void aTransactionPostedAtTheCounterReachesTheItem()
    {
        test_.linkEverything();
        const Json before = test_.sync();
        location(bank_.answer(post(
            "/bank/transactions", "account_id=checking&name=Lunch&amount=12.50&direction=in")));
        const Json after = test_.sync(before.at("next_cursor"));
        CPPUNIT_ASSERT_EQUAL(std::string("-12.50"), compactText(after.at("added")[0].at("amount")));
    }

    void aWrongAmountAtTheCounterIsRefused()
    {
        for (const char* amount : {"", "12,50", "-1", "abc", "1.2.3"})
        {
            const HttpAnswer answer = bank_.answer(post("/bank/transactions",
                "account_id=checking&name=Lunch&direction=out&amount=" + std::string(amount)));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(amount, 422, answer.status);
            CPPUNIT_ASSERT(has(answer, "role=\"alert\">A transaction needs a text and an amount"));
            CPPUNIT_ASSERT(has(answer, "Post a transaction")); // the page itself
        }
        const HttpAnswer account = bank_.answer(
            post("/bank/accounts", "login_id=login&name=Tax&subtype=savings&opening_balance=much"));
        CPPUNIT_ASSERT_EQUAL(422, account.status);
        CPPUNIT_ASSERT(has(account, "such as 2500.00") && has(account, "Open a sub-account"));
        CPPUNIT_ASSERT(test_.world.truth.account("checking")->rows.empty());
    }

    void aNameOfSpacesAtTheCounterIsRefused()
    {
        const std::size_t before = test_.world.truth.logins().begin()->second.accountIds.size();
        for (const char* name : {"", "+++", "%09+%0a"})
        {
            const std::string form = "subtype=savings&login_id=login&account_id=checking&"
                                     "direction=out&amount=1.00&name=" +
                                     std::string(name);
            const HttpAnswer answer = bank_.answer(post("/bank/accounts", form));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 422, answer.status);
            CPPUNIT_ASSERT(has(answer, "An account needs a name"));
            CPPUNIT_ASSERT_EQUAL(422, bank_.answer(post("/bank/transactions", form)).status);
        }
        CPPUNIT_ASSERT_EQUAL(before, test_.world.truth.logins().begin()->second.accountIds.size());
        location(bank_.answer(
            post("/bank/accounts", "login_id=login&subtype=savings&name=+Tax+reserve+")));
        CPPUNIT_ASSERT(has(bank_.answer(get("/bank")), "<h2>Tax reserve "));
    }

    void onlyThisMachineMayAsk()
    {
        HttpRequest request;
        const auto allowed = [&](const std::string& host, const std::string& origin)
        {
            request.headers = {{"host", host}};
            if (!origin.empty()) request.headers["origin"] = origin;
            return fromThisMachine(request);
        };
        CPPUNIT_ASSERT(allowed("127.0.0.1:80", ""));
        CPPUNIT_ASSERT(allowed("localhost:80", "http://localhost:80"));
        CPPUNIT_ASSERT(!allowed("evil.example", ""));
        CPPUNIT_ASSERT(!allowed("127.0.0.1.evil.example:80", ""));
        CPPUNIT_ASSERT(!allowed("127.0.0.1:80", "http://evil.example"));
        CPPUNIT_ASSERT(!allowed("127.0.0.1:80", "http://127.0.0.1:81"));
        CPPUNIT_ASSERT(!allowed("127.0.0.1:80", "null"));
        CPPUNIT_ASSERT(!allowed("", ""));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PagesTest);
