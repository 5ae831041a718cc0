// What the client makes of the simulator's faults.
#include "Simulator.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::testing;
using namespace std::string_literals;

namespace
{

struct Expected
{
    const char* fault; ///< The members of the control request.
    ErrorKind kind;
    Remedy remedy;
    const char* code;
};

} // namespace

class FaultsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FaultsTest);
    CPPUNIT_TEST(namesEveryFaultAndRecovers);
    CPPUNIT_TEST(readsUnusualButWholeAnswers);
    CPPUNIT_TEST(startsAgainAfterAMutation);
    CPPUNIT_TEST(saysUnknownWhenAnExchangesAnswerIsLost);
    CPPUNIT_TEST(honoursTheRetryAfterOfARateLimit);
    CPPUNIT_TEST(aCursorOfAnotherConnectionAsksForAResync);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { setup_ = std::make_unique<Setup>(); }
    void tearDown() override { setup_.reset(); }

    void namesEveryFaultAndRecovers()
    {
        NewConnection made = setup_->connect();
        setup_->history(made.accessToken);
        const std::vector<Expected> faults{
            {R"("kind":"http_500")", ErrorKind::Provider, Remedy::Retry,
                "plaid.internal_server_error"},
            {R"("kind":"maintenance_503")", ErrorKind::Provider, Remedy::Later,
                "plaid.planned_maintenance"},
            {R"("kind":"html_502")", ErrorKind::Unknown, Remedy::Retry, "plaid.http_status"},
            {R"("kind":"empty_504")", ErrorKind::Unknown, Remedy::Retry, "plaid.http_status"},
            {R"("kind":"rate_limit")", ErrorKind::Provider, Remedy::Retry,
                "plaid.transactions_sync_limit"},
            {R"("kind":"rate_limit","code":"CREDITS_EXHAUSTED")", ErrorKind::Provider, Remedy::Stop,
                "plaid.credits_exhausted"},
            // Twice: a kept connection that is dead is tried anew once.
            {R"("kind":"refuse","count":2)", ErrorKind::Unknown, Remedy::Retry, "http.connection"},
            {R"("kind":"reset")", ErrorKind::Unknown, Remedy::Retry, ""},
            {R"("kind":"truncated")", ErrorKind::Corrupt, Remedy::Retry, ""},
            {R"("kind":"wrong_length")", ErrorKind::Unknown, Remedy::Retry, ""},
            {R"("kind":"bom")", ErrorKind::Corrupt, Remedy::Retry, "plaid.answer_malformed"},
            {R"("kind":"missing_field","field":"has_more")", ErrorKind::Corrupt, Remedy::Retry,
                "plaid.answer_malformed"},
            {R"("kind":"wrong_type","field":"next_cursor")", ErrorKind::Corrupt, Remedy::Retry,
                "plaid.answer_malformed"},
            {R"("kind":"error","status":400,"body":{"error_type":"INSTITUTION_ERROR",)"
             R"("error_code":"INSTITUTION_DOWN"})",
                ErrorKind::Provider, Remedy::Later, "plaid.institution_down"},
        };
        for (const Expected& expected : faults)
        {
            order(expected.fault);
            const auto page = setup_->client->transactions(made.accessToken, "");
            CPPUNIT_ASSERT_MESSAGE(expected.fault, !page.ok());
            const std::string seen = expected.fault + " gave "s + page.error().code;
            CPPUNIT_ASSERT_MESSAGE(seen, page.error().kind == expected.kind);
            CPPUNIT_ASSERT_MESSAGE(seen, page.error().remedy == expected.remedy);
            if (*expected.code != '\0')
                CPPUNIT_ASSERT_EQUAL(std::string(expected.code), page.error().code);
            const auto next = setup_->client->transactions(made.accessToken, "");
            if (std::string(expected.fault).find("rate_limit") == std::string::npos)
            {
                CPPUNIT_ASSERT_MESSAGE(seen, next.ok());
                continue;
            }
            CPPUNIT_ASSERT_MESSAGE(seen, next.error().retryAfter > std::chrono::seconds{20});
            made = setup_->connect(); // Of which nobody has said that it must wait.
        }
    }

    void readsUnusualButWholeAnswers()
    {
        const NewConnection made = setup_->connect();
        const TransactionPage plain = setup_->history(made.accessToken);
        for (const char* const fault : {R"("kind":"gzip")", R"("kind":"chunked")",
                 R"("kind":"extra_fields")", R"("kind":"unknown_enum")"})
        {
            order(fault);
            const auto page = setup_->client->transactions(made.accessToken, "");
            CPPUNIT_ASSERT_MESSAGE(fault, page.ok());
            CPPUNIT_ASSERT_EQUAL(plain.added.size(), page->added.size());
        }
    }

    void startsAgainAfterAMutation()
    {
        const NewConnection made = setup_->connect();
        setup_->history(made.accessToken);
        setup_->simulator.control("/_sim/settings", R"({"page_size_cap":20})");
        const auto first = setup_->client->transactions(made.accessToken, "");
        CPPUNIT_ASSERT(first.ok() && first->hasMore);
        order(R"("kind":"mutation","page":2)");
        const auto second = setup_->client->transactions(made.accessToken, first->nextCursor);
        CPPUNIT_ASSERT(!second.ok());
        CPPUNIT_ASSERT(second.error().remedy == Remedy::Restart);
        setup_->loop(made.accessToken, "");
    }

    void saysUnknownWhenAnExchangesAnswerIsLost()
    {
        LinkRequest request;
        request.userReference = "org-7f31";
        const auto start = setup_->client->startLink(request);
        CPPUNIT_ASSERT(start.ok());
        setup_->simulator.control("/_sim/link/complete",
            R"({"link_token":")" + std::string(start->linkToken.reveal()) + R"("})");
        const auto outcome = setup_->client->linkOutcome(start->linkToken, LinkPurpose::Connect);
        setup_->simulator.control(
            "/_sim/faults", R"({"kind":"lost","endpoint":"/item/public_token/exchange"})");
        CPPUNIT_ASSERT(
            setup_->client->exchange(outcome->publicToken).error().kind == ErrorKind::Unknown);
        const auto again = setup_->client->exchange(outcome->publicToken);
        CPPUNIT_ASSERT_EQUAL("INVALID_PUBLIC_TOKEN"s, again.error().providerCode);
    }

    void honoursTheRetryAfterOfARateLimit()
    {
        const NewConnection made = setup_->connect();
        order(R"("kind":"rate_limit","retry_after":77)");
        const auto page = setup_->client->transactions(made.accessToken, "");
        CPPUNIT_ASSERT(page.error().retryAfter == std::chrono::seconds{77});
    }

    void aCursorOfAnotherConnectionAsksForAResync()
    {
        const NewConnection one = setup_->connect();
        const NewConnection other = setup_->connect();
        const TransactionPage rows = setup_->loop(one.accessToken, "");
        setup_->receiver.next("HISTORICAL_UPDATE");
        const TransactionPage later = setup_->loop(one.accessToken, rows.nextCursor);
        CPPUNIT_ASSERT(!later.nextCursor.empty());
        const auto page = setup_->client->transactions(other.accessToken, later.nextCursor);
        CPPUNIT_ASSERT(!page.ok());
        CPPUNIT_ASSERT(page.error().remedy == Remedy::Resync);
    }

private:
    void order(const std::string& fault) const
    {
        setup_->simulator.control(
            "/_sim/faults", R"({"endpoint":"/transactions/sync",)" + fault + "}");
    }

    std::unique_ptr<Setup> setup_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(FaultsTest);
