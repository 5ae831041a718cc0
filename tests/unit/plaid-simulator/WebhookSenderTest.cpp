#include "WebhookSender.h"
#include "HttpListener.h"
#include "WebhookSigner.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <memory>

using namespace plaidsim;

class WebhookSenderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WebhookSenderTest);
    CPPUNIT_TEST(aGoodEndpointGetsTheExactBytesOnce);
    CPPUNIT_TEST(anyOtherStatusThan200IsRetriedOnTheClock);
    CPPUNIT_TEST(aRetryIsSignedAnewUnlessReplayIsWanted);
    CPPUNIT_TEST(suppressedWebhooksAreLoggedButNotSent);
    CPPUNIT_TEST(anEndpointThatNeverAnswers200LosesItsRetries);
    CPPUNIT_TEST(nobodyListeningIsAFailureWithoutAStatus);
    CPPUNIT_TEST_SUITE_END();

    VirtualClock clock_{VirtualClock::Mode::stepped, seconds(1'774'958'400)};
    WebhookSigner signer_{clock_.now(), "kid"};
    std::atomic<int> status_{200};
    std::atomic<int> received_{0};
    std::string lastBody_;
    std::string lastJwt_;
    std::unique_ptr<HttpListener> endpoint_;
    std::unique_ptr<WebhookSender> sender_;

    Webhook webhook() const
    {
        return {"http://127.0.0.1:" + std::to_string(endpoint_->port()) + "/w", "{\n  \"a\": 1\n}",
            "ITEM", "ERROR", "item"};
    }

    void drain() { CPPUNIT_ASSERT(sender_->drain(seconds(20))); }

    void step(Nanos by)
    {
        clock_.advance(by);
        sender_->clockMoved();
        drain();
    }

public:
    void setUp() override
    {
        endpoint_ = std::make_unique<HttpListener>(0,
            [this](const HttpRequest& request)
            {
                lastBody_ = request.body;
                lastJwt_ = request.header("plaid-verification");
                ++received_;
                HttpAnswer answer;
                answer.status = status_;
                return answer;
            });
        sender_ = std::make_unique<WebhookSender>(clock_, signer_);
    }

    void tearDown() override
    {
        sender_.reset();
        endpoint_.reset();
    }

    void aGoodEndpointGetsTheExactBytesOnce()
    {
        sender_->send(webhook());
        drain();
        CPPUNIT_ASSERT_EQUAL(1, received_.load());
        CPPUNIT_ASSERT_EQUAL(webhook().body, lastBody_);
        CPPUNIT_ASSERT_EQUAL(sender_->attempts().at(0).jwt, lastJwt_);
        step(hours(25));
        CPPUNIT_ASSERT_EQUAL(1, received_.load());
    }

    void anyOtherStatusThan200IsRetriedOnTheClock()
    {
        status_ = 204;
        sender_->send(webhook());
        drain();
        step(seconds(30) - 1);
        CPPUNIT_ASSERT_EQUAL(1, received_.load());
        step(1);
        CPPUNIT_ASSERT_EQUAL(2, received_.load());
        CPPUNIT_ASSERT_EQUAL(clock_.now() + minutes(2), *sender_->nextDue());
        status_ = 200;
        step(minutes(2));
        CPPUNIT_ASSERT_EQUAL(3, received_.load());
        CPPUNIT_ASSERT(!sender_->nextDue().has_value());
        const auto log = sender_->attempts();
        CPPUNIT_ASSERT_EQUAL(3U, log.back().attempt);
        CPPUNIT_ASSERT_EQUAL(log.front().webhook, log.back().webhook);
    }

    void aRetryIsSignedAnewUnlessReplayIsWanted()
    {
        status_ = 500;
        sender_->send(webhook());
        drain();
        step(seconds(30));
        auto log = sender_->attempts();
        CPPUNIT_ASSERT(log.at(0).jwt != log.at(1).jwt);
        SenderSettings replay;
        replay.resignRetries = false;
        sender_->configure(replay);
        step(minutes(2));
        log = sender_->attempts();
        CPPUNIT_ASSERT_EQUAL(log.at(1).jwt, log.at(2).jwt);
    }

    void suppressedWebhooksAreLoggedButNotSent()
    {
        SenderSettings silent;
        silent.enabled = false;
        sender_->configure(silent);
        sender_->send(webhook());
        drain();
        CPPUNIT_ASSERT_EQUAL(0, received_.load());
        CPPUNIT_ASSERT_EQUAL(std::string("suppressed"), sender_->attempts().at(0).problem);
    }

    void anEndpointThatNeverAnswers200LosesItsRetries()
    {
        status_ = 401;
        for (int i = 0; i < 10; ++i)
            sender_->send(webhook());
        drain();
        CPPUNIT_ASSERT_EQUAL(10, received_.load());
        step(hours(24));
        // Nine of the ten were still judged on too few attempts and had a retry coming; after that
        // nobody has.
        CPPUNIT_ASSERT_EQUAL(19, received_.load());
        CPPUNIT_ASSERT(!sender_->nextDue().has_value());
    }

    void nobodyListeningIsAFailureWithoutAStatus()
    {
        Webhook lost = webhook();
        endpoint_.reset();
        sender_->send(lost);
        drain();
        const auto log = sender_->attempts();
        CPPUNIT_ASSERT_EQUAL(0, log.at(0).status);
        CPPUNIT_ASSERT(!log.at(0).problem.empty());
        CPPUNIT_ASSERT(sender_->nextDue().has_value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WebhookSenderTest);
