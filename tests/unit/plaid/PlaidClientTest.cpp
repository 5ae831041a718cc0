// What the client sends, and what it makes of every kind of outcome.
#include "plaid/PlaidClient.h"

#include "ScriptedTransport.h"
#include "base/Limits.h"
#include "plaid/PlaidAnswers.h"
#include "plaid/SentSecrets.h"
#include "support/ManualClock.h"
#include "support/MemoryLog.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::testing;
using namespace std::string_literals;

namespace
{

const std::string linkAnswer = R"({"expiration":"2026-11-22T21:40:00Z",
  "hosted_link_url":"https://secure.plaid.com/hl/canary","link_token":"link-sandbox-canary",
  "request_id":"b1XwQz7Kp3LmNcd"})";
const std::string emptyPage = R"({"accounts":[],"added":[],"modified":[],"removed":[],
  "has_more":false,"next_cursor":"","request_id":"r","transactions_update_status":"NOT_READY"})";

std::string plaidError(const std::string& type, const std::string& code)
{
    return R"({"display_message":null,"error_code":")" + code +
           R"(","error_message":"text canary",)"
           R"("error_type":")" +
           type + R"(","request_id":"s8Kq2LmVx0TbWcd"})";
}

} // namespace

class PlaidClientTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PlaidClientTest);
    CPPUNIT_TEST(sendsCredentialsAsHeadersAndNeverInTheBody);
    CPPUNIT_TEST(asksForANewConnectionWithTransactionsAndHistory);
    CPPUNIT_TEST(sendsNobodyToAPageThatIsNotPlaids);
    CPPUNIT_TEST(asksForRepairWithoutProductsOrWebhook);
    CPPUNIT_TEST(asksForAccountSelectionOnlyWhenAddingAccounts);
    CPPUNIT_TEST(asksForAccountSelectionWhenAccountsAreWhatIsMissing);
    CPPUNIT_TEST(refusesALinkRequestThatContradictsItself);
    CPPUNIT_TEST(escapesWhatItSends);
    CPPUNIT_TEST(asksForPagesOfFiveHundredWithTheCursor);
    CPPUNIT_TEST(asksEachEndpointAsDocumented);
    CPPUNIT_TEST(takesARemovedConnectionForSuccess);
    CPPUNIT_TEST(saysWhenABankCannotBeLookedAtOnDemand);
    CPPUNIT_TEST(passesOnTheTransportsErrorWithARemedy);
    CPPUNIT_TEST(statesPlaidsErrorWithItsRequestId);
    CPPUNIT_TEST(takesAProxysPageForATransportFailure);
    CPPUNIT_TEST(honoursRetryAfter);
    CPPUNIT_TEST(takesAnUnreadableAnswerForRetryableButAnUnreadableExchangeForUnknown);
    CPPUNIT_TEST(keepsPlaidsRateLimits);
    CPPUNIT_TEST(logsNoSecret);
    CPPUNIT_TEST(passesOnNothingThatSaysASecretAgain);
    CPPUNIT_TEST(saysOnceThatTheClocksDiffer);
    CPPUNIT_TEST(usesNewCredentialsFromTheNextCallOn);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        transport_ = std::make_unique<ScriptedTransport>();
        clock_ = std::make_unique<ManualClock>();
        log_ = std::make_unique<MemoryLog>();
        plaid::PlaidSettings settings;
        settings.clientId = Secret{"client-1"};
        settings.secret = Secret{"secret-canary"};
        settings.clientName = "Ledger Host";
        settings.countryCodes = {"US", "CA"};
        client_ = std::make_unique<plaid::PlaidClient>(*transport_, *clock_, *log_, settings);
    }

    void sendsCredentialsAsHeadersAndNeverInTheBody()
    {
        transport_->answer(200, emptyPage);
        CPPUNIT_ASSERT(client_->transactions(token_, "").ok());
        const auto asked = last();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, asked.headers.size());
        CPPUNIT_ASSERT(asked.headers[0] == std::make_pair("PLAID-CLIENT-ID"s, "client-1"s));
        CPPUNIT_ASSERT(asked.headers[1] == std::make_pair("PLAID-SECRET"s, "secret-canary"s));
        CPPUNIT_ASSERT(asked.headers[2] == std::make_pair("Plaid-Version"s, "2020-09-14"s));
        CPPUNIT_ASSERT(asked.body.find("secret-canary") == std::string::npos);
    }

    void asksForANewConnectionWithTransactionsAndHistory()
    {
        transport_->answer(200, linkAnswer);
        LinkRequest request;
        request.userReference = "org-7f31";
        request.completionUrl = "https://ledger.example/done";
        request.webhookUrl = "https://ledger.example/webhook";
        request.language = "fr";
        const auto start = client_->startLink(request);
        CPPUNIT_ASSERT(start.ok());
        CPPUNIT_ASSERT_EQUAL("link-sandbox-canary"s, std::string(start->linkToken.reveal()));
        CPPUNIT_ASSERT_EQUAL(
            "https://secure.plaid.com/hl/canary"s, std::string(start->hostedUrl.reveal()));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'795'383'600}, seconds(start->expiresAt));
        CPPUNIT_ASSERT_EQUAL("/link/token/create"s, last().path);
        CPPUNIT_ASSERT_EQUAL(
            R"({"client_name":"Ledger Host","language":"fr","country_codes":["US","CA"],)"
            R"("user":{"client_user_id":"org-7f31"},"products":["transactions"],)"
            R"("transactions":{"days_requested":730},"webhook":"https://ledger.example/webhook",)"
            R"("hosted_link":{"url_lifetime_seconds":1800,)"
            R"("completion_redirect_uri":"https://ledger.example/done"}})"s,
            last().body);
    }

    void sendsNobodyToAPageThatIsNotPlaids()
    {
        for (const std::string& url :
            {"javascript:alert(1)"s, "data:text/html,x"s, "//evil"s, "file:///etc/passwd"s,
                "https://evil.example/phish"s, "http://secure.plaid.com/hl"s,
                "https://secure.plaid.com.evil.example/"s, "https://plaid.com@evil.example/"s,
                "https://evil.example/.plaid.com"s, "https://evilplaid.com/"s,
                "https://evil.example?.plaid.com"s, "https://evil.example#.plaid.com"s,
                "https://evil.example%2f.plaid.com/"s, "https://secure.plaid.com:8443/"s,
                "https://secure.plaid.com/ x"s, "HTTPS://secure.plaid.com/"s, "https://"s,
                "https://.evil\\\\.plaid.com/"s, "http://127.0.0.1:8080/hl/x"s})
        {
            transport_->answer(200, R"({"expiration":"2026-11-22T21:40:00Z","link_token":"l",)"
                                    R"("hosted_link_url":")" +
                                        url + R"("})");
            const auto start = client_->startLink(LinkRequest{});
            CPPUNIT_ASSERT_MESSAGE(url, !start.ok());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(url, "plaid.hosted_link_address"s, start.error().code);
            CPPUNIT_ASSERT(start.error().remedy == Remedy::Stop);
        }
        using plaid::isHostedPage;
        for (const bool onLoopback : {false, true})
        {
            CPPUNIT_ASSERT(isHostedPage("https://secure.plaid.com/hl/k2v9x7q1m4", onLoopback));
            CPPUNIT_ASSERT(!isHostedPage("http://127.0.0.1.evil.example/", onLoopback));
            CPPUNIT_ASSERT(
                !isHostedPage("https://secure.plaid.com/" + std::string(2048, 'x'), onLoopback));
            CPPUNIT_ASSERT(!isHostedPage("http://127.0.0.1:80@evil.example/", onLoopback));
            CPPUNIT_ASSERT(!isHostedPage("http://localhost:/", onLoopback));
            CPPUNIT_ASSERT(!isHostedPage("javascript://localhost/", onLoopback));
            for (const char* const url : {"http://127.0.0.1:8080/hl/x", "http://localhost/hl/x",
                     "https://[::1]:1/hl/x", "http://localhost"})
                CPPUNIT_ASSERT_EQUAL(onLoopback, isHostedPage(url, onLoopback));
        }
    }

    void asksForRepairWithoutProductsOrWebhook()
    {
        transport_->answer(200, linkAnswer);
        LinkRequest request;
        request.purpose = LinkPurpose::Repair;
        request.userReference = "org-7f31";
        request.accessToken = token_;
        request.webhookUrl = "https://ledger.example/webhook";
        CPPUNIT_ASSERT(client_->startLink(request).ok());
        CPPUNIT_ASSERT_EQUAL(
            R"({"client_name":"Ledger Host","language":"en","country_codes":["US","CA"],)"
            R"("user":{"client_user_id":"org-7f31"},"access_token":"access-sandbox-canary",)"
            R"("hosted_link":{"url_lifetime_seconds":1800}})"s,
            last().body);
    }

    void asksForAccountSelectionOnlyWhenAddingAccounts()
    {
        transport_->answer(200, linkAnswer);
        LinkRequest request;
        request.purpose = LinkPurpose::AddAccounts;
        request.accessToken = token_;
        CPPUNIT_ASSERT(client_->startLink(request).ok());
        CPPUNIT_ASSERT(last().body.find(R"("update":{"account_selection_enabled":true})") !=
                       std::string::npos);
        CPPUNIT_ASSERT(last().body.find("products") == std::string::npos);
    }

    void asksForAccountSelectionWhenAccountsAreWhatIsMissing()
    {
        for (const char* code : {"NO_ACCOUNTS", "NO_AUTH_ACCOUNTS", "NO_INVESTMENT_ACCOUNTS",
                 "NO_INVESTMENT_AUTH_ACCOUNTS", "NO_LIABILITY_ACCOUNTS"})
        {
            transport_->answer(200, linkAnswer);
            LinkRequest request;
            request.purpose = LinkPurpose::Repair;
            request.accessToken = token_;
            request.trouble = code;
            CPPUNIT_ASSERT(client_->startLink(request).ok());
            CPPUNIT_ASSERT_MESSAGE(
                code, last().body.find(R"("update":{"account_selection_enabled":true})") !=
                          std::string::npos);
        }
        transport_->answer(200, linkAnswer);
        LinkRequest request;
        request.purpose = LinkPurpose::Repair;
        request.accessToken = token_;
        request.trouble = "ITEM_LOGIN_REQUIRED";
        CPPUNIT_ASSERT(client_->startLink(request).ok());
        CPPUNIT_ASSERT(last().body.find("update") == std::string::npos);
    }

    void refusesALinkRequestThatContradictsItself()
    {
        LinkRequest connect;
        connect.accessToken = token_;
        CPPUNIT_ASSERT(client_->startLink(connect).error().kind == ErrorKind::Invalid);
        LinkRequest repair;
        repair.purpose = LinkPurpose::Repair;
        CPPUNIT_ASSERT(client_->startLink(repair).error().kind == ErrorKind::Invalid);
        CPPUNIT_ASSERT(transport_->asked().empty());
    }

    void escapesWhatItSends()
    {
        transport_->answer(200, emptyPage);
        CPPUNIT_ASSERT(client_->transactions(token_, "a\"\\\n\x01\xC3\xA9").ok());
        CPPUNIT_ASSERT(last().body.find("\"cursor\":\"a\\u0022\\u005c\\u000a\\u0001\xC3\xA9\"") !=
                       std::string::npos);
    }

    void asksForPagesOfFiveHundredWithTheCursor()
    {
        transport_->answer(200, emptyPage);
        transport_->answer(200, emptyPage);
        CPPUNIT_ASSERT(client_->transactions(token_, "").ok());
        CPPUNIT_ASSERT_EQUAL(R"({"access_token":"access-sandbox-canary","count":500,"options":)"
                             R"({"include_original_description":true,"days_requested":730}})"s,
            last().body);
        CPPUNIT_ASSERT(client_->transactions(token_, "Q2w=").ok());
        CPPUNIT_ASSERT(last().body.find(R"("cursor":"Q2w=")") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL("/transactions/sync"s, last().path);
        CPPUNIT_ASSERT_EQUAL(limits::slowCallDeadlineMs, last().deadlineMs);
        CPPUNIT_ASSERT_EQUAL(limits::providerAnswerBytes, last().answerBytesMax);
    }

    void asksEachEndpointAsDocumented()
    {
        const std::string withToken = R"({"access_token":"access-sandbox-canary"})";
        transport_->answer(200, R"({"item":{"item_id":"I"},"request_id":"r"})");
        CPPUNIT_ASSERT(client_->connection(token_).ok());
        CPPUNIT_ASSERT_EQUAL("/item/get"s, last().path);
        CPPUNIT_ASSERT_EQUAL(withToken, last().body);

        transport_->answer(200, R"({"accounts":[],"request_id":"r"})");
        CPPUNIT_ASSERT(client_->accounts(token_).ok());
        CPPUNIT_ASSERT_EQUAL("/accounts/get"s, last().path);
        CPPUNIT_ASSERT_EQUAL(withToken, last().body);

        transport_->answer(200, R"({"item":{"item_id":"I","webhook":"https://a.example/w"}})");
        CPPUNIT_ASSERT_EQUAL("https://a.example/w"s, *client_->connection(token_)->webhookUrl);
        transport_->answer(200, R"({"item":{"item_id":"I","webhook":null}})");
        CPPUNIT_ASSERT_EQUAL(""s, *client_->connection(token_)->webhookUrl);
        transport_->answer(200, R"({"item":{"item_id":"I"}})");
        CPPUNIT_ASSERT(!client_->connection(token_)->webhookUrl);

        transport_->answer(200, R"({"item":{"item_id":"I"},"request_id":"r"})");
        CPPUNIT_ASSERT(client_->setWebhookUrl(token_, "https://b.example/w").ok());
        CPPUNIT_ASSERT_EQUAL("/item/webhook/update"s, last().path);
        CPPUNIT_ASSERT_EQUAL(
            R"({"access_token":"access-sandbox-canary","webhook":"https://b.example/w"})"s,
            last().body);
        transport_->answer(200, R"({"item":{"item_id":"I"},"request_id":"r"})");
        CPPUNIT_ASSERT(client_->setWebhookUrl(token_, "").ok());
        CPPUNIT_ASSERT_EQUAL(
            R"({"access_token":"access-sandbox-canary","webhook":null})"s, last().body);

        transport_->answer(200, R"({"request_id":"r"})");
        CPPUNIT_ASSERT(client_->removeConnection(token_).ok());
        CPPUNIT_ASSERT_EQUAL("/item/remove"s, last().path);
        CPPUNIT_ASSERT_EQUAL(withToken, last().body);

        transport_->answer(200, R"({"request_id":"r"})");
        CPPUNIT_ASSERT(client_->lookAtBank(token_).ok());
        CPPUNIT_ASSERT_EQUAL("/transactions/refresh"s, last().path);
        CPPUNIT_ASSERT_EQUAL(withToken, last().body);

        transport_->answer(200, R"({"accounts":[],"request_id":"r"})");
        CPPUNIT_ASSERT(client_->balancesNow(token_).ok());
        CPPUNIT_ASSERT_EQUAL("/accounts/balance/get"s, last().path);
        CPPUNIT_ASSERT_EQUAL(withToken, last().body);
        transport_->answer(400, plaidError("ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED"));
        CPPUNIT_ASSERT_EQUAL("provider.not_offered"s, client_->balancesNow(token_).error().code);

        transport_->answer(200,
            R"({"institution":{"institution_id":"ins_1","name":"First Platypus Bank",)"
            R"("products":["transactions"],"country_codes":["US","GB"],"routing_numbers":[],)"
            R"("oauth":true,"url":null},"request_id":"r"})");
        const auto bank = client_->institution("ins_1");
        CPPUNIT_ASSERT(bank.ok());
        CPPUNIT_ASSERT_EQUAL("First Platypus Bank"s, bank->name);
        CPPUNIT_ASSERT((bank->countries == std::vector<std::string>{"US", "GB"}));
        CPPUNIT_ASSERT(bank->oauth);
        CPPUNIT_ASSERT_EQUAL("/institutions/get_by_id"s, last().path);
        CPPUNIT_ASSERT_EQUAL(
            R"({"institution_id":"ins_1","country_codes":["US","CA"]})"s, last().body);
        transport_->answer(
            200, R"({"institution":{"institution_id":"ins_1","name":"A","country_codes":["US"]}})");
        CPPUNIT_ASSERT_EQUAL("plaid.answer_malformed"s, client_->institution("ins_1").error().code);

        transport_->answer(200, R"({"access_token":"access-1","item_id":"I","request_id":"r"})");
        const auto made = client_->exchange(Secret{"public-1"});
        CPPUNIT_ASSERT_EQUAL("access-1"s, std::string(made->accessToken.reveal()));
        CPPUNIT_ASSERT_EQUAL("I"s, made->providerConnectionId);
        CPPUNIT_ASSERT_EQUAL("/item/public_token/exchange"s, last().path);
        CPPUNIT_ASSERT_EQUAL(R"({"public_token":"public-1"})"s, last().body);

        transport_->answer(200, R"({"link_token":"l","request_id":"r"})");
        CPPUNIT_ASSERT(
            client_->linkOutcome(Secret{"l"}, LinkPurpose::Connect)->state == LinkState::Open);
        CPPUNIT_ASSERT_EQUAL("/link/token/get"s, last().path);
        CPPUNIT_ASSERT_EQUAL(R"({"link_token":"l"})"s, last().body);
    }

    void takesARemovedConnectionForSuccess()
    {
        transport_->answer(400, plaidError("ITEM_ERROR", "ITEM_NOT_FOUND"));
        CPPUNIT_ASSERT(client_->removeConnection(token_).ok());
        transport_->answer(400, plaidError("INVALID_INPUT", "INVALID_ACCESS_TOKEN"));
        CPPUNIT_ASSERT(client_->removeConnection(token_).ok());
        transport_->answer(400, plaidError("INVALID_INPUT", "INVALID_API_KEYS"));
        CPPUNIT_ASSERT(!client_->removeConnection(token_).ok());
    }

    void saysWhenABankCannotBeLookedAtOnDemand()
    {
        for (const char* code : {"PRODUCTS_NOT_SUPPORTED", "PRODUCT_NOT_ENABLED", "INVALID_PRODUCT",
                 "UNAUTHORIZED_ROUTE_ACCESS", "ADDITIONAL_CONSENT_REQUIRED"})
        {
            transport_->answer(400, plaidError("ITEM_ERROR", code));
            const Error error = client_->lookAtBank(token_).error();
            CPPUNIT_ASSERT_EQUAL("provider.not_offered"s, error.code);
            CPPUNIT_ASSERT_EQUAL(std::string(code), error.providerCode);
            clock_->advanceMs(61'000); // Two a minute are Plaid's limit.
        }
        transport_->answer(400, plaidError("ITEM_ERROR", "ITEM_LOGIN_REQUIRED"));
        CPPUNIT_ASSERT(client_->lookAtBank(token_).error().code != "provider.not_offered");
        transport_->answer(400, plaidError("INVALID_INPUT", "INVALID_API_KEYS"));
        CPPUNIT_ASSERT(client_->lookAtBank(token_).error().code != "provider.not_offered");
    }

    void passesOnTheTransportsErrorWithARemedy()
    {
        transport_->answer(Result<HttpResponse>{Error::unknown("http.timeout", "No answer.")});
        const auto page = client_->transactions(token_, "");
        CPPUNIT_ASSERT(page.error().kind == ErrorKind::Unknown);
        CPPUNIT_ASSERT_EQUAL("http.timeout"s, page.error().code);
        CPPUNIT_ASSERT(page.error().remedy == Remedy::Retry);
        transport_->answer(Result<HttpResponse>{Error::stopping()});
        CPPUNIT_ASSERT(client_->accounts(token_).error().kind == ErrorKind::Stopping);
    }

    void statesPlaidsErrorWithItsRequestId()
    {
        transport_->answer(400, plaidError("ITEM_ERROR", "ITEM_LOGIN_REQUIRED"));
        const Error error = client_->accounts(token_).error();
        CPPUNIT_ASSERT(error.kind == ErrorKind::Provider);
        CPPUNIT_ASSERT(error.remedy == Remedy::Repair);
        CPPUNIT_ASSERT_EQUAL("ITEM_LOGIN_REQUIRED"s, error.providerCode);
        CPPUNIT_ASSERT_EQUAL("s8Kq2LmVx0TbWcd"s, error.providerRequestId);
    }

    void takesAProxysPageForATransportFailure()
    {
        for (const std::string& body : {"<html>bad gateway</html>"s, ""s, "{}"s,
                 "{\"error_code\":"s, R"({"error_code":"X","error_code":"Y","error_type":"Z"})"s})
        {
            for (const int status : {502, 504, 400, 404, 302})
            {
                transport_->answer(status, body);
                const Error error = client_->accounts(token_).error();
                CPPUNIT_ASSERT(error.kind == ErrorKind::Unknown);
                CPPUNIT_ASSERT_EQUAL("plaid.http_status"s, error.code);
                CPPUNIT_ASSERT(error.remedy == Remedy::Retry);
                clock_->advanceMs(61'000);
            }
        }
    }

    void honoursRetryAfter()
    {
        HttpResponse response;
        response.status = 429;
        response.body = plaidError("RATE_LIMIT_EXCEEDED", "ACCOUNTS_LIMIT");
        response.retryAfterMs = 90'000;
        transport_->answer(Result<HttpResponse>{response});
        CPPUNIT_ASSERT(client_->accounts(token_).error().retryAfter == std::chrono::seconds{90});
        // Whoever asks meanwhile is told to wait for the rest, and Plaid is not asked.
        clock_->advanceMs(60'000);
        const Error early = client_->accounts(token_).error();
        CPPUNIT_ASSERT_EQUAL("provider.budget"s, early.code);
        CPPUNIT_ASSERT(early.retryAfter == std::chrono::milliseconds{30'001});
        clock_->advanceMs(30'000);
        response.retryAfterMs = 0;
        transport_->answer(Result<HttpResponse>{response});
        CPPUNIT_ASSERT(client_->accounts(token_).error().retryAfter == std::chrono::seconds{30});
    }

    void takesAnUnreadableAnswerForRetryableButAnUnreadableExchangeForUnknown()
    {
        for (const std::string& body :
            {""s, "{"s, "{}"s, "\xEF\xBB\xBF{}"s, R"({"item_id":"I"})"s, "[]"s})
        {
            transport_->answer(200, body);
            const Error read = client_->accounts(token_).error();
            CPPUNIT_ASSERT(read.kind == ErrorKind::Corrupt);
            CPPUNIT_ASSERT_EQUAL("plaid.answer_malformed"s, read.code);
            CPPUNIT_ASSERT(read.remedy == Remedy::Retry);
            transport_->answer(200, body);
            const Error exchanged = client_->exchange(Secret{"p"}).error();
            CPPUNIT_ASSERT(exchanged.kind == ErrorKind::Unknown);
            CPPUNIT_ASSERT(exchanged.remedy == Remedy::Retry);
        }
    }

    void keepsPlaidsRateLimits()
    {
        transport_->answerBy(
            [](const HttpRequest&) -> Result<HttpResponse>
            {
                HttpResponse response;
                response.status = 200;
                response.body = emptyPage;
                return response;
            });
        for (int i = 0; i < 50; ++i)
            CPPUNIT_ASSERT(client_->transactions(token_, "").ok());
        const Error error = client_->transactions(token_, "").error();
        CPPUNIT_ASSERT(error.kind == ErrorKind::Retry);
        CPPUNIT_ASSERT_EQUAL("provider.budget"s, error.code);
        CPPUNIT_ASSERT(error.retryAfter > std::chrono::seconds{55});
        CPPUNIT_ASSERT(client_->transactions(Secret{"access-other"}, "").ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{51}, transport_->asked().size());
        clock_->advanceMs(61'000);
        CPPUNIT_ASSERT(client_->transactions(token_, "").ok());
    }

    void logsNoSecret()
    {
        transport_->answer(400, plaidError("ITEM_ERROR", "ITEM_LOGIN_REQUIRED"));
        CPPUNIT_ASSERT(!client_->accounts(token_).ok());
        CPPUNIT_ASSERT(log_->holds("ITEM_LOGIN_REQUIRED"));
        CPPUNIT_ASSERT(!log_->holds("canary"));
    }

    void passesOnNothingThatSaysASecretAgain()
    {
        // Of the forms that Plaid's own codes and request ids have, so that only the value tells.
        const std::string key = "5ecre7c0ffee9876543210abcdef01";
        const std::string token = "access-sandbox-0badcafe-1234-5678-9abc-def012345678";
        client_->setCredentials(Secret{"client-1"}, Secret{key});
        const auto upper = [](std::string text)
        {
            for (char& c : text)
                c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            return text;
        };
        const auto forms = [&](const std::string& secret)
        {
            return std::vector<std::pair<std::string, std::string>>{{"X_" + upper(secret), "r1"},
                {"NEW_CODE", secret}, {"NEW_CODE", secret.substr(secret.size() - 12)},
                {"NEW_CODE", "x" + secret.substr(secret.size() - 9, 8)}};
        };
        for (const std::string& secret : {key, token})
            for (const auto& [code, id] : forms(secret))
            {
                const std::string told = R"({"error_type":"ITEM_ERROR","error_code":")" + code +
                                         R"(","error_message":"m","request_id":")" + id + R"("})";
                transport_->answer(400, told);
                assertSilent(client_->accounts(Secret{token}).error(), secret);
                transport_->answer(400, told);
                LinkRequest repair;
                repair.purpose = LinkPurpose::Repair;
                repair.accessToken = Secret{token};
                assertSilent(client_->startLink(repair).error(), secret);
                transport_->answer(200, R"({"item":{"item_id":"I","institution_id":null,"error":)" +
                                            told + R"(},"request_id":"r"})");
                assertSilent(*client_->connection(Secret{token})->trouble, secret);
                transport_->answer(200, R"({"link_token":"l","link_sessions":[{"exit":{"error":)" +
                                            told + R"(}}],"request_id":"r"})");
                assertSilent(
                    *client_->linkOutcome(Secret{token}, LinkPurpose::Connect)->trouble, secret);
            }
        transport_->answer(400, plaidError("ITEM_ERROR", "ITEM_LOGIN_REQUIRED"));
        CPPUNIT_ASSERT_EQUAL(
            "s8Kq2LmVx0TbWcd"s, client_->accounts(Secret{token}).error().providerRequestId);
    }

    void saysOnceThatTheClocksDiffer()
    {
        const auto ask = [this](const std::string& date)
        {
            HttpResponse response;
            response.status = 200;
            response.body = emptyPage;
            response.date = date;
            transport_->answer(Result<HttpResponse>{response});
            CPPUNIT_ASSERT(client_->transactions(token_, "").ok());
            return log_->lines().size();
        };
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ask("Thu, 01 Jan 2026 00:00:00 GMT"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ask("Wed, 31 Dec 2025 23:59:50 GMT"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ask("not a date"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, ask("Wed, 31 Dec 2025 23:50:00 GMT"));
        CPPUNIT_ASSERT(log_->holds("by 600 s"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, ask("Wed, 31 Dec 2025 23:50:00 GMT"));
        // Mended, and wrong again: in the other direction.
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, ask("Thu, 01 Jan 2026 00:00:00 GMT"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, ask("Thu, 01 Jan 2026 00:01:00 GMT"));
        CPPUNIT_ASSERT(log_->holds("by -60 s"));
    }

    void usesNewCredentialsFromTheNextCallOn()
    {
        transport_->answer(200, emptyPage);
        transport_->answer(200, emptyPage);
        CPPUNIT_ASSERT(client_->transactions(token_, "").ok());
        CPPUNIT_ASSERT_EQUAL("secret-canary"s, last().headers[1].second);
        client_->setCredentials(Secret{"client-2"}, Secret{"secret-2"});
        CPPUNIT_ASSERT(client_->transactions(token_, "").ok());
        CPPUNIT_ASSERT_EQUAL("client-2"s, last().headers[0].second);
        CPPUNIT_ASSERT_EQUAL("secret-2"s, last().headers[1].second);
    }

private:
    /// Neither the error nor the log shows eight characters of the secret.
    void assertSilent(const Error& error, const std::string& secret)
    {
        CPPUNIT_ASSERT(error.kind == ErrorKind::Provider);
        const plaid::SentSecrets sent({Secret{secret}});
        for (const std::string& text :
            {error.code, error.text, error.providerCode, error.providerRequestId})
            CPPUNIT_ASSERT_MESSAGE(text, !sent.showIn(text));
        for (const auto& line : log_->lines())
            CPPUNIT_ASSERT(!sent.showIn(line));
    }

    [[nodiscard]] ScriptedTransport::Asked last() const { return transport_->asked().back(); }

    const Secret token_{"access-sandbox-canary"};
    std::unique_ptr<ScriptedTransport> transport_;
    std::unique_ptr<ManualClock> clock_;
    std::unique_ptr<MemoryLog> log_;
    std::unique_ptr<plaid::PlaidClient> client_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlaidClientTest);
