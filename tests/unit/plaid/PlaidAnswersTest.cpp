// Answers of the small endpoints: link sessions, connections, accounts.
#include "plaid/PlaidAnswers.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

using namespace bankfeed;
using namespace bankfeed::plaid;
using namespace std::string_literals;

namespace
{

std::string session(const std::string& members)
{
    return R"({"link_token":"link-sandbox-1","created_at":"2026-11-22T21:10:00Z","link_sessions":[)" +
           members + R"(],"metadata":{"language":"en"},"request_id":"r"})";
}

const std::string added = R"({"link_session_id":"s1","started_at":"2026-11-22T21:11:05.100214Z",
  "finished_at":"2026-11-22T21:12:40.412906Z",
  "events":[{"event_id":"e","event_metadata":{},"event_name":"HANDOFF","timestamp":"t"}],
  "results":{"bank_income_results":[],"document_income_results":null,"item_add_results":[
    {"public_token":"public-sandbox-1",
     "institution":{"institution_id":"ins_109508","name":"First Platypus Bank"},
     "accounts":[{"id":"Acc1","name":"Operating","mask":"4471","type":"depository",
                  "subtype":"checking","verification_status":null,"class_type":null},
                 {"id":"Acc2","name":"Card","mask":null,"type":"credit","subtype":null}]}]}})";
const std::string left = R"({"link_session_id":"s2","finished_at":"2026-11-22T21:12:40Z",
  "events":null,"results":null,"exit":{"error":null,"metadata":{"status":"requires_code"}}})";
const std::string open = R"({"link_session_id":"s3","finished_at":null,"events":[]})";
const std::string updated = R"({"link_session_id":"s4","finished_at":"2026-11-22T21:12:40Z",
  "events":[{"event_name":"HANDOFF"}],"results":{"item_add_results":[]}})";

LinkOutcome outcome(const std::string& members, LinkPurpose purpose)
{
    auto read = readLinkOutcome(session(members), purpose);
    CPPUNIT_ASSERT(read.ok());
    return std::move(read).value();
}

std::string account(const std::string& balances, const std::string& more)
{
    return R"({"accounts":[{"account_id":"Acc1","balances":{)" + balances +
           R"(},"name":"Operating")" + more + R"(}],"item":{"item_id":"I"},"request_id":"r"})";
}

const std::string usd = R"("iso_currency_code":"USD","unofficial_currency_code":null)";

} // namespace

class PlaidAnswersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PlaidAnswersTest);
    CPPUNIT_TEST(demandsAHostedPage);
    CPPUNIT_TEST(readsTheResultOfANewConnection);
    CPPUNIT_TEST(tellsOpenFromLeftSessions);
    CPPUNIT_TEST(takesAnEndedUpdateForSuccessWithoutAToken);
    CPPUNIT_TEST(readsAConnectionsFacts);
    CPPUNIT_TEST(readsThatThereWereNewAccounts);
    CPPUNIT_TEST(readsAConnectionsTrouble);
    CPPUNIT_TEST(demandsTheConnectionsId);
    CPPUNIT_TEST(readsAnAccountExactly);
    CPPUNIT_TEST(turnsDebtsNegativeButNotWhatCanStillBeSpent);
    CPPUNIT_TEST(namesACurrencyOnlyWhenExactlyOneIsNamed);
    CPPUNIT_TEST(demandsWhatAnAccountMustHave);
    CPPUNIT_TEST(repairsTextsOfAccounts);
    CPPUNIT_TEST(cutsNamesAt256Characters);
    CPPUNIT_TEST(limitsTheNumberOfAccounts);
    CPPUNIT_TEST(toleratesUnknownFieldsAndKinds);
    CPPUNIT_TEST_SUITE_END();

public:
    void demandsAHostedPage()
    {
        const auto start =
            readLinkStart(R"({"link_token":"l","expiration":"2026-11-22T21:40:00Z"})");
        CPPUNIT_ASSERT_EQUAL("plaid.no_hosted_link"s, start.error().code);
        CPPUNIT_ASSERT(start.error().remedy == Remedy::Stop);
        CPPUNIT_ASSERT(!readLinkStart(R"({"link_token":"l","hosted_link_url":"u"})").ok());
        CPPUNIT_ASSERT(
            !readLinkStart(R"({"link_token":"l","hosted_link_url":"u","expiration":"soon"})").ok());
    }

    void readsTheResultOfANewConnection()
    {
        const LinkOutcome result = outcome(left + "," + added, LinkPurpose::Connect);
        CPPUNIT_ASSERT(result.state == LinkState::Succeeded);
        CPPUNIT_ASSERT_EQUAL("public-sandbox-1"s, std::string(result.publicToken.reveal()));
        CPPUNIT_ASSERT_EQUAL("ins_109508"s, result.institutionId);
        CPPUNIT_ASSERT_EQUAL("First Platypus Bank"s, result.institutionName);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, result.accounts.size());
        CPPUNIT_ASSERT_EQUAL("Acc1"s, result.accounts[0].providerAccountId);
        CPPUNIT_ASSERT_EQUAL("4471"s, result.accounts[0].mask);
        CPPUNIT_ASSERT_EQUAL(""s, result.accounts[1].mask);
    }

    void tellsOpenFromLeftSessions()
    {
        CPPUNIT_ASSERT(outcome("", LinkPurpose::Connect).state == LinkState::Open);
        CPPUNIT_ASSERT(outcome(open, LinkPurpose::Connect).state == LinkState::Open);
        CPPUNIT_ASSERT(outcome(left, LinkPurpose::Connect).state == LinkState::Exited);
        CPPUNIT_ASSERT(outcome(left + "," + open, LinkPurpose::Connect).state == LinkState::Open);
        CPPUNIT_ASSERT(outcome(updated, LinkPurpose::Connect).state == LinkState::Open);
        CPPUNIT_ASSERT(outcome(left, LinkPurpose::AddAccounts).state == LinkState::Exited);
        CPPUNIT_ASSERT(outcome(open, LinkPurpose::Repair).state == LinkState::Open);
        CPPUNIT_ASSERT(
            readLinkOutcome(R"({"link_token":"l","link_sessions":null})", LinkPurpose::Connect)
                ->state == LinkState::Open);
        CPPUNIT_ASSERT(!readLinkOutcome("{}", LinkPurpose::Connect).ok());
    }

    void takesAnEndedUpdateForSuccessWithoutAToken()
    {
        for (const LinkPurpose purpose : {LinkPurpose::Repair, LinkPurpose::AddAccounts})
        {
            CPPUNIT_ASSERT(outcome(updated, purpose).state == LinkState::Succeeded);
            CPPUNIT_ASSERT(outcome(left + "," + updated, purpose).state == LinkState::Succeeded);
            const LinkOutcome withToken = outcome(added, purpose);
            CPPUNIT_ASSERT(withToken.state == LinkState::Succeeded);
            CPPUNIT_ASSERT(withToken.publicToken.empty());
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, withToken.accounts.size());
        }
    }

    void readsAConnectionsFacts()
    {
        const auto facts = readConnectionFacts(R"({"item":{"available_products":["balance"],
          "consent_expiration_time":"2027-11-20T00:00:00Z","error":null,
          "institution_id":"ins_109508","institution_name":"First Platypus Bank","item_id":"Item1",
          "update_type":"background","webhook":"https://ledger.example/w"},
          "status":{"transactions":{"last_successful_update":"2026-11-22T18:02:11Z",
          "last_failed_update":null},"investments":null,
          "last_webhook":{"sent_at":"2026-11-22T18:02:14Z","code_sent":"X"}},"request_id":"r"})");
        CPPUNIT_ASSERT(facts.ok());
        CPPUNIT_ASSERT_EQUAL("Item1"s, facts->providerConnectionId);
        CPPUNIT_ASSERT_EQUAL("ins_109508"s, facts->institutionId);
        CPPUNIT_ASSERT(!facts->trouble);
        CPPUNIT_ASSERT_EQUAL("2027-11-20T00:00:00Z"s, rfc3339(*facts->consentEndsAt));
        CPPUNIT_ASSERT_EQUAL("2026-11-22T18:02:11Z"s, rfc3339(*facts->lastGoodUpdateAt));
        CPPUNIT_ASSERT_EQUAL("2026-11-22T18:02:14Z"s, rfc3339(*facts->lastWebhookAt));
        CPPUNIT_ASSERT(!facts->newAccountsSaidAt);
    }

    void readsThatThereWereNewAccounts()
    {
        const auto facts = readConnectionFacts(R"({"item":{"item_id":"Item1","webhook":null,
          "error":null,"institution_id":null,"consent_expiration_time":null},
          "status":{"last_webhook":{"code_sent":"NEW_ACCOUNTS_AVAILABLE",
          "sent_at":"2026-11-22T18:02:14Z"}},"request_id":"r"})");
        CPPUNIT_ASSERT(facts.ok());
        CPPUNIT_ASSERT_EQUAL("2026-11-22T18:02:14Z"s, rfc3339(*facts->newAccountsSaidAt));
    }

    void readsAConnectionsTrouble()
    {
        const auto facts = readConnectionFacts(R"({"item":{"item_id":"I","webhook":null,
          "institution_id":null,"consent_expiration_time":null,
          "error":{"error_type":"ITEM_ERROR","error_code":"ITEM_LOGIN_REQUIRED",
          "error_message":"","display_message":null}},"status":null,"request_id":"r"})");
        CPPUNIT_ASSERT(facts.ok());
        CPPUNIT_ASSERT(facts->trouble.has_value());
        CPPUNIT_ASSERT(facts->trouble->remedy == Remedy::Repair);
        CPPUNIT_ASSERT_EQUAL(""s, facts->institutionId);
        CPPUNIT_ASSERT(!facts->lastGoodUpdateAt);
    }

    void demandsTheConnectionsId()
    {
        for (const char* const body :
            {R"({"item":{}})", R"({"item":{"item_id":""}})", R"({"item":{"item_id":null}})",
                R"({"item":{"item_id":1}})", "{}", R"({"item":null})", R"({"item":[]})"})
            CPPUNIT_ASSERT_MESSAGE(body, !readConnectionFacts(body).ok());
    }

    void readsAnAccountExactly()
    {
        const auto accounts =
            readAccounts(account(R"("available":8120.55,"current":23631.9805,"limit":null,)" + usd,
                R"(,"mask":"4471","official_name":"Business Advantage","persistent_account_id":"P1",
                   "subtype":"checking","type":"depository","holder_category":"business")"));
        CPPUNIT_ASSERT(accounts.ok());
        const ProviderAccount& read = accounts->at(0);
        CPPUNIT_ASSERT_EQUAL("Acc1"s, read.providerAccountId);
        CPPUNIT_ASSERT_EQUAL("P1"s, read.persistentId);
        CPPUNIT_ASSERT_EQUAL("23631.9805"s, read.current->exact);
        CPPUNIT_ASSERT_EQUAL("8120.55"s, read.available->exact);
        CPPUNIT_ASSERT_EQUAL("USD"s, read.currency);
        CPPUNIT_ASSERT_EQUAL("USD"s, read.current->currency);
        CPPUNIT_ASSERT(read.currencyOfficial && read.current->official);
    }

    void turnsDebtsNegativeButNotWhatCanStillBeSpent()
    {
        for (const char* const type : {"credit", "loan"})
        {
            const auto accounts = readAccounts(account(
                R"("available":800,"current":200.5,)" + usd, ",\"type\":\""s + type + "\""));
            CPPUNIT_ASSERT_EQUAL("-200.5"s, accounts->at(0).current->exact);
            CPPUNIT_ASSERT_EQUAL("800"s, accounts->at(0).available->exact);
        }
        const auto overpaid =
            readAccounts(account(R"("available":null,"current":-5,)" + usd, R"(,"type":"credit")"));
        CPPUNIT_ASSERT_EQUAL("5"s, overpaid->at(0).current->exact);
        CPPUNIT_ASSERT(!overpaid->at(0).available);
        // What cannot be kept exactly is no balance, and no reason to refuse the accounts.
        const auto odd =
            readAccounts(account(R"("available":5.684341886080802e-14,"current":1e40,)" + usd,
                R"(,"type":"depository")"));
        CPPUNIT_ASSERT(odd.ok() && !odd->at(0).available && !odd->at(0).current);
        const auto cash = readAccounts(
            account(R"("available":null,"current":-5,)" + usd, R"(,"type":"depository")"));
        CPPUNIT_ASSERT_EQUAL("-5"s, cash->at(0).current->exact);
    }

    void namesACurrencyOnlyWhenExactlyOneIsNamed()
    {
        const auto currencyOf = [](const std::string& codes)
        {
            return readAccounts(
                account(R"("available":null,"current":1,)" + codes, R"(,"type":"depository")"))
                ->at(0);
        };
        const auto bitcoin =
            currencyOf(R"("iso_currency_code":null,"unofficial_currency_code":"BTC")");
        CPPUNIT_ASSERT_EQUAL("BTC"s, bitcoin.currency);
        CPPUNIT_ASSERT(!bitcoin.currencyOfficial && !bitcoin.current->official);
        CPPUNIT_ASSERT_EQUAL(""s,
            currencyOf(R"("iso_currency_code":null,"unofficial_currency_code":null)").currency);
        CPPUNIT_ASSERT_EQUAL(""s,
            currencyOf(R"("iso_currency_code":"USD","unofficial_currency_code":"BTC")").currency);
    }

    void demandsWhatAnAccountMustHave()
    {
        const std::string balances = R"("available":null,"current":1,)" + usd;
        CPPUNIT_ASSERT(readAccounts(account(balances, R"(,"type":"depository")")).ok());
        CPPUNIT_ASSERT(!readAccounts(account(balances, "")).ok());
        CPPUNIT_ASSERT(!readAccounts(account(balances, R"(,"type":null)")).ok());
        CPPUNIT_ASSERT(!readAccounts(account(balances, R"(,"type":"other","mask":4471)")).ok());
        CPPUNIT_ASSERT(
            !readAccounts(account(R"("current":"1","available":null,)" + usd, R"(,"type":"other")"))
                 .ok());
        CPPUNIT_ASSERT(!readAccounts(R"({"accounts":[{"account_id":"A","type":"other"}]})").ok());
        CPPUNIT_ASSERT(!readAccounts(R"({"accounts":[{"type":"other","balances":{}}]})").ok());
        CPPUNIT_ASSERT(!readAccounts(R"({"accounts":null})").ok());
        CPPUNIT_ASSERT(!readAccounts(R"({"request_id":"r"})").ok());
    }

    void repairsTextsOfAccounts()
    {
        const auto accounts = readAccounts(account(R"("available":null,"current":null,)" + usd,
            R"(,"type":"depository","official_name":"a\u0000b\u001b[31m\u202ec")"));
        CPPUNIT_ASSERT_EQUAL("a\xEF\xBF\xBD"
                             "b\xEF\xBF\xBD[31mc"s,
            accounts->at(0).officialName);
        CPPUNIT_ASSERT(!accounts->at(0).current);
    }

    void cutsNamesAt256Characters()
    {
        const auto named = [](const std::string& name)
        {
            return readAccounts(account(R"("available":null,"current":null,)" + usd,
                                    R"(,"type":"depository","official_name":")" + name + "\""))
                ->at(0)
                .officialName;
        };
        const std::string umlaut = "\xC3\xA9";
        std::string longest;
        for (int i = 0; i < 256; ++i)
            longest += umlaut;
        CPPUNIT_ASSERT_EQUAL(longest, named(longest));
        CPPUNIT_ASSERT_EQUAL(longest, named(longest + umlaut));
        CPPUNIT_ASSERT_EQUAL(std::string(256, 'n'), named(std::string(3000, 'n')));
    }

    void limitsTheNumberOfAccounts()
    {
        const auto many = [](int count)
        {
            std::string body = R"({"accounts":[)";
            for (int i = 0; i < count; ++i)
                body += (i > 0 ? "," : "") + R"({"account_id":"A)"s + std::to_string(i) +
                        R"(","name":"n","type":"other","balances":{}})";
            return body + "]}";
        };
        CPPUNIT_ASSERT_EQUAL(std::size_t{500}, readAccounts(many(500))->size());
        CPPUNIT_ASSERT(!readAccounts(many(501)).ok());
    }

    void toleratesUnknownFieldsAndKinds()
    {
        const auto accounts = readAccounts(
            account(R"("available":null,"current":1,"new":{"a":[1,2,{"b":null}]},)" + usd,
                R"(,"type":"quantum","subtype":"wave","more":[[]])"));
        CPPUNIT_ASSERT(accounts.ok());
        CPPUNIT_ASSERT_EQUAL("quantum"s, accounts->at(0).type);
        CPPUNIT_ASSERT_EQUAL(
            "investment"s, readAccounts(account(usd, R"(,"type":"brokerage")"))->at(0).type);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlaidAnswersTest);
