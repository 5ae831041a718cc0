// The story of a connection as the client and the verifier live it.
#include "Simulator.h"
#include "base/Sha256.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

using namespace bankfeed;
using namespace bankfeed::testing;
using namespace std::string_literals;

class StoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StoryTest);
    CPPUNIT_TEST(connectsABankAndReadsIt);
    CPPUNIT_TEST(tellsAnOpenSessionFromALeftOne);
    CPPUNIT_TEST(sharesANewAccountThroughUpdateMode);
    CPPUNIT_TEST(repairsABrokenLogin);
    CPPUNIT_TEST(keepsAmountsExactly);
    CPPUNIT_TEST(followsAPendingRowToItsPosting);
    CPPUNIT_TEST(acceptsEveryGenuineWebhookAndNoForgedOne);
    CPPUNIT_TEST(followsARotationOfKeys);
    CPPUNIT_TEST(removesAConnectionTwice);
    CPPUNIT_TEST(tellsAnotherAddressForWebhooksAndNone);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { setup_ = std::make_unique<Setup>(); }
    void tearDown() override { setup_.reset(); }

    void connectsABankAndReadsIt()
    {
        const NewConnection made = setup_->connect();
        const auto facts = setup_->client->connection(made.accessToken);
        CPPUNIT_ASSERT(facts.ok());
        CPPUNIT_ASSERT_EQUAL(made.providerConnectionId, facts->providerConnectionId);
        CPPUNIT_ASSERT_EQUAL("ins_109508"s, facts->institutionId);
        CPPUNIT_ASSERT_EQUAL("First Platypus Bank"s, facts->institutionName);
        CPPUNIT_ASSERT(!facts->trouble);

        const auto accounts = setup_->client->accounts(made.accessToken);
        CPPUNIT_ASSERT(accounts.ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, accounts->size());
        CPPUNIT_ASSERT_EQUAL("Checking"s, accounts->at(0).name);
        CPPUNIT_ASSERT_EQUAL("0000"s, accounts->at(0).mask);
        CPPUNIT_ASSERT_EQUAL("USD"s, accounts->at(0).currency);
        CPPUNIT_ASSERT(accounts->at(0).current.has_value());

        const TransactionPage rows = setup_->history(made.accessToken);
        CPPUNIT_ASSERT(rows.added.size() > 50);
        std::set<std::string> ids;
        for (const ProviderTransaction& row : rows.added)
        {
            CPPUNIT_ASSERT(ids.insert(row.providerTransactionId).second);
            CPPUNIT_ASSERT_EQUAL("USD"s, row.amount.currency);
            CPPUNIT_ASSERT(!row.name.empty());
            if (row.name == "Acme Corp Payroll") CPPUNIT_ASSERT_EQUAL("3120.45"s, row.amount.exact);
        }
        const TransactionPage nothing = setup_->loop(made.accessToken, rows.nextCursor);
        CPPUNIT_ASSERT(nothing.added.empty() && nothing.modified.empty());
    }

    void tellsAnOpenSessionFromALeftOne()
    {
        LinkRequest request;
        request.userReference = "org-7f31";
        request.completionUrl = "https://ledger.example/done";
        const auto start = setup_->client->startLink(request);
        CPPUNIT_ASSERT(start.ok());
        CPPUNIT_ASSERT(start->expiresAt > setup_->clock.now());
        const auto stateNow = [&]
        { return setup_->client->linkOutcome(start->linkToken, LinkPurpose::Connect)->state; };
        CPPUNIT_ASSERT(stateNow() == LinkState::Open);
        complete(start->linkToken, R"("exit":true)");
        CPPUNIT_ASSERT(stateNow() == LinkState::Exited);
    }

    void sharesANewAccountThroughUpdateMode()
    {
        const NewConnection made = setup_->connect();
        const TransactionPage before = setup_->history(made.accessToken);
        const auto first = setup_->client->accounts(made.accessToken);
        setup_->simulator.control("/_sim/accounts",
            R"({"login_id":"login-good","name":"Tax reserve","subtype":"savings","mask":"2222",)"
            R"("opening_balance":"1000.00","generate":{"days":60,"per_day":1,"seed":5}})");
        const auto notice = setup_->verify(setup_->receiver.next("NEW_ACCOUNTS_AVAILABLE"));
        CPPUNIT_ASSERT(notice.ok());
        CPPUNIT_ASSERT(notice->event.kind == BankEventKind::NewAccountsAvailable);
        CPPUNIT_ASSERT_EQUAL(made.providerConnectionId, notice->event.providerConnectionId);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, setup_->client->accounts(made.accessToken)->size());

        LinkRequest request;
        request.purpose = LinkPurpose::AddAccounts;
        request.userReference = "org-7f31";
        request.accessToken = made.accessToken;
        const auto start = setup_->client->startLink(request);
        CPPUNIT_ASSERT(start.ok());
        complete(start->linkToken, R"("selected":["Checking","Savings","Tax reserve"])");
        const auto outcome =
            setup_->client->linkOutcome(start->linkToken, LinkPurpose::AddAccounts);
        CPPUNIT_ASSERT(outcome->state == LinkState::Succeeded);
        CPPUNIT_ASSERT(outcome->publicToken.empty());

        const auto accounts = setup_->client->accounts(made.accessToken);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, accounts->size());
        CPPUNIT_ASSERT_EQUAL(first->at(0).providerAccountId, accounts->at(0).providerAccountId);
        setup_->receiver.next("HISTORICAL_UPDATE", 2);
        const TransactionPage fresh = setup_->loop(made.accessToken, before.nextCursor);
        CPPUNIT_ASSERT(fresh.added.size() >= 30);
        for (const ProviderTransaction& row : fresh.added)
            CPPUNIT_ASSERT_EQUAL(accounts->at(2).providerAccountId, row.providerAccountId);
    }

    void repairsABrokenLogin()
    {
        const NewConnection made = setup_->connect();
        setup_->simulator.control(
            "/_sim/items/state", R"({"item_id":")" + made.providerConnectionId +
                                     R"(","error_code":"ITEM_LOGIN_REQUIRED"})");
        const auto event = setup_->verify(setup_->receiver.next("ERROR"));
        CPPUNIT_ASSERT(event.ok() && event->event.kind == BankEventKind::ConnectionTrouble);
        const auto facts = setup_->client->connection(made.accessToken);
        CPPUNIT_ASSERT(facts.ok() && facts->trouble.has_value());
        CPPUNIT_ASSERT(facts->trouble->remedy == Remedy::Repair);
        const auto refused = setup_->client->transactions(made.accessToken, "");
        CPPUNIT_ASSERT(refused.error().remedy == Remedy::Repair);
        CPPUNIT_ASSERT_EQUAL(std::size_t{15}, refused.error().providerRequestId.size());

        LinkRequest request;
        request.purpose = LinkPurpose::Repair;
        request.userReference = "org-7f31";
        request.accessToken = made.accessToken;
        const auto start = setup_->client->startLink(request);
        CPPUNIT_ASSERT(start.ok());
        complete(start->linkToken, "");
        CPPUNIT_ASSERT(setup_->client->linkOutcome(start->linkToken, LinkPurpose::Repair)->state ==
                       LinkState::Succeeded);
        CPPUNIT_ASSERT(!setup_->client->connection(made.accessToken)->trouble);
    }

    void keepsAmountsExactly()
    {
        const NewConnection made = setup_->connect();
        const TransactionPage before = setup_->history(made.accessToken);
        setup_->simulator.control("/_sim/transactions",
            R"({"account_id":"checking-0000","transactions":[)"
            R"({"amount":"12.3456789","name":"a"},{"amount":"1e3","name":"b"},)"
            R"({"amount":"-0.05","name":"c"},{"amount":"123456789.987654","name":"d"},)"
            R"({"amount":"7","name":"e"}]})");
        const TransactionPage fresh = setup_->loop(made.accessToken, before.nextCursor);
        std::set<std::string> amounts;
        for (const ProviderTransaction& row : fresh.added)
            amounts.insert(row.name + row.amount.exact);
        CPPUNIT_ASSERT(amounts == (std::set<std::string>{"a-12.3456789", "b-1000", "c0.05",
                                      "d-123456789.987654", "e-7"}));
    }

    void followsAPendingRowToItsPosting()
    {
        const NewConnection made = setup_->connect();
        const TransactionPage before = setup_->history(made.accessToken);
        setup_->simulator.control("/_sim/transactions",
            R"({"account_id":"checking-0000","transactions":[)"
            R"({"id":"row-a","amount":30,"name":"Bistro","pending":true}]})");
        const TransactionPage pending = setup_->loop(made.accessToken, before.nextCursor);
        CPPUNIT_ASSERT(pending.added.at(0).pending);
        setup_->simulator.control("/_sim/transactions",
            R"({"account_id":"checking-0000","transactions":[)"
            R"({"op":"post","id":"row-a","amount":36.5}]})");
        const TransactionPage posted = setup_->loop(made.accessToken, pending.nextCursor);
        const std::string old = pending.added.at(0).providerTransactionId;
        CPPUNIT_ASSERT_EQUAL(old, posted.removed.at(0).providerTransactionId);
        CPPUNIT_ASSERT_EQUAL(old, posted.added.at(0).pendingTransactionId);
        CPPUNIT_ASSERT_EQUAL("-36.5"s, posted.added.at(0).amount.exact);
        CPPUNIT_ASSERT(!posted.added.at(0).pending);
    }

    void acceptsEveryGenuineWebhookAndNoForgedOne()
    {
        const NewConnection made = setup_->connect();
        setup_->history(made.accessToken);
        setup_->receiver.next("SESSION_FINISHED");
        for (const ReceivedWebhook& webhook : setup_->receiver.all())
        {
            const auto verified = setup_->verify(webhook);
            CPPUNIT_ASSERT_MESSAGE(
                webhook.code() + (verified.ok() ? "" : ": " + verified.error().text),
                verified.ok() && verified->understood);
            CPPUNIT_ASSERT(verified->event.kind != BankEventKind::UnknownKind);
            if (webhook.code() == "SESSION_FINISHED")
            {
                CPPUNIT_ASSERT(verified->event.linkSucceeded);
                CPPUNIT_ASSERT_EQUAL(std::size_t{64}, verified->event.linkTokenHash.size());
            }
        }
        for (const char* const kind : {"bad_signature", "swapped_halves", "der_signature",
                 "wrong_body_hash", "reindented", "unknown_kid", "no_header", "garbage_token",
                 "alg_none", "alg_hs256", "stale", "future", "huge"})
        {
            const auto verified = forged(made, kind);
            CPPUNIT_ASSERT_MESSAGE(kind, !verified.ok());
            CPPUNIT_ASSERT_MESSAGE(kind, verified.error().kind == ErrorKind::Denied);
        }
        CPPUNIT_ASSERT(forged(made, "good")->understood);
        CPPUNIT_ASSERT(forged(made, "unknown_item")->understood);
        const auto foreign = forged(made, "other_environment");
        CPPUNIT_ASSERT(foreign.ok() && !foreign->understood);
        CPPUNIT_ASSERT(foreign->event.kind == BankEventKind::Ignored);
    }

    void followsARotationOfKeys()
    {
        const NewConnection made = setup_->connect();
        CPPUNIT_ASSERT(forged(made, "good").ok());
        const ReceivedWebhook old = setup_->receiver.all().back();
        CPPUNIT_ASSERT(setup_->verify(old).ok());
        setup_->simulator.control("/_sim/clock/step", R"({"seconds":5})");
        setup_->simulator.control("/_sim/keys/rotate", "{}");
        CPPUNIT_ASSERT(forged(made, "good").ok());
        // Signed before the rotation, by the key that has expired since: still genuine.
        CPPUNIT_ASSERT(setup_->verify(old).ok());
    }

    void removesAConnectionTwice()
    {
        const NewConnection made = setup_->connect();
        CPPUNIT_ASSERT(setup_->client->removeConnection(made.accessToken).ok());
        CPPUNIT_ASSERT(setup_->client->removeConnection(made.accessToken).ok());
        const auto facts = setup_->client->connection(made.accessToken);
        CPPUNIT_ASSERT_EQUAL("ITEM_NOT_FOUND"s, facts.error().providerCode);
        CPPUNIT_ASSERT(facts.error().remedy == Remedy::Relink);
    }

    void tellsAnotherAddressForWebhooksAndNone()
    {
        const NewConnection made = setup_->connect();
        const auto address = [&]
        { return setup_->client->connection(made.accessToken)->webhookUrl.value(); };
        CPPUNIT_ASSERT_EQUAL(setup_->receiver.url(), address());
        CPPUNIT_ASSERT(setup_->client->setWebhookUrl(made.accessToken, "").ok());
        CPPUNIT_ASSERT_EQUAL(""s, address());
        const std::string another = setup_->receiver.url() + "/another";
        CPPUNIT_ASSERT(setup_->client->setWebhookUrl(made.accessToken, another).ok());
        CPPUNIT_ASSERT_EQUAL(another, address());
        const auto told = setup_->verify(setup_->receiver.next("WEBHOOK_UPDATE_ACKNOWLEDGED"));
        CPPUNIT_ASSERT(told.ok() && told->event.kind == BankEventKind::WebhookUrlChanged);
        CPPUNIT_ASSERT(setup_->client->connection(made.accessToken)->lastWebhookAt.has_value());
    }

private:
    void complete(const Secret& linkToken, const std::string& more) const
    {
        setup_->simulator.control(
            "/_sim/link/complete", R"({"link_token":")" + std::string(linkToken.reveal()) + "\"" +
                                       (more.empty() ? "" : "," + more) + "}");
    }

    /// Sends a forged webhook and verifies what arrived.
    Result<VerifiedWebhook> forged(const NewConnection& made, const std::string& kind) const
    {
        const std::size_t before = setup_->receiver.all().size();
        setup_->simulator.control("/_sim/webhooks/forge",
            R"({"item_id":")" + made.providerConnectionId + R"(","kind":")" + kind + R"("})");
        const auto all = setup_->receiver.all();
        CPPUNIT_ASSERT_MESSAGE(kind, all.size() > before);
        return setup_->verify(all.back());
    }

    std::unique_ptr<Setup> setup_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(StoryTest);
