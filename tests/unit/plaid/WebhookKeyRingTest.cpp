#include "plaid/WebhookKeyRing.h"
#include "ScriptedTransport.h"
#include "WebhookForge.h"
#include "base/Limits.h"
#include "support/ManualClock.h"
#include "support/MemoryLog.h"
#include "support/SeededRandom.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::testing;
using namespace std::string_literals;
using bankfeed::plaid::WebhookKeyRing;

namespace
{

std::string uuid(std::uint64_t number)
{
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%08x-0000-4000-8000-%012llx",
        static_cast<unsigned>(number >> 48U),
        static_cast<unsigned long long>(number & 0xFFFFFFFFFFFFULL));
    return text.data();
}

Result<HttpResponse> answer(int status, std::string body)
{
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

Result<HttpResponse> unknownName()
{
    return answer(400, R"({"error_type":"INVALID_INPUT","request_id":"r1",)"
                       R"("error_code":"INVALID_WEBHOOK_VERIFICATION_KEY_ID"})");
}

} // namespace

class WebhookKeyRingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WebhookKeyRingTest);
    CPPUNIT_TEST(fetchesAKeyOnceAndSaysTheEnvironmentsCredentials);
    CPPUNIT_TEST(aFloodOfRandomNamesCostsNineFetchesAMinute);
    CPPUNIT_TEST(aFloodThatRepeatsItsNamesCostsNoMore);
    CPPUNIT_TEST(aFloodNeverPushesOutAGoodKey);
    CPPUNIT_TEST(aGoodKeyIsThereAtOnceWhileTheKeyServiceHangs);
    CPPUNIT_TEST(aRefusedNameIsNotAskedForAgainForFiveMinutes);
    CPPUNIT_TEST(aFailedFetchIsTriedAgainAfterTenSeconds);
    CPPUNIT_TEST(aKeyIsFetchedAgainAfterADay);
    CPPUNIT_TEST(aKeyOutlivesAFailingKeyServiceUntilTheDayIsOver);
    CPPUNIT_TEST(aNewKeyMakesOldOnesBeLookedAtAgain);
    CPPUNIT_TEST(aKeyThatPlaidWithdrewIsForgotten);
    CPPUNIT_TEST(keepsSixteenKeysAndDropsTheOneLongestUnused);
    CPPUNIT_TEST(manyThreadsShareOneFetch);
    CPPUNIT_TEST(eightWaitForAFetchTheOthersAreToldAtOnceAndAGoodKeyPasses);
    CPPUNIT_TEST(waitersOfAFailedFetchAllLearnOfIt);
    CPPUNIT_TEST(refusedNamesAreBounded);
    CPPUNIT_TEST(stoppingIsPassedOn);
    CPPUNIT_TEST(newCredentialsAskAgainForWhatTheOldOnesDidNotGet);
    CPPUNIT_TEST(aKeptKeyIsThereAtOnceAfterARestartUnderAFlood);
    CPPUNIT_TEST(aKeptKeyThatExpiredIsLearntOfAtItsFirstUse);
    CPPUNIT_TEST(aStoreThatFailsHoldsNothingUp);
    CPPUNIT_TEST(aSenderThatComesBackIsServedUnderAFloodOfNewNames);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        transport_ = std::make_unique<ScriptedTransport>();
        transport_->answerBy([this](const HttpRequest& request) { return reply(request); });
        clock_ = std::make_unique<ManualClock>();
        plaid::PlaidSettings settings;
        settings.clientId = Secret{"client"};
        settings.secret = Secret{"canary-secret"};
        ring_ = std::make_unique<WebhookKeyRing>(*transport_, *clock_, log_, settings);
        genuine_.clear();
        down_ = false;
    }

    /// Keeps keys as the database does, or fails.
    class Store final : public WebhookKeyStore
    {
    public:
        Result<std::vector<StoredWebhookKey>> load(UtcTime) override
        {
            if (fails) return Error::retry("store.busy", "Not now.");
            std::vector<StoredWebhookKey> all;
            for (const auto& [id, key] : keys)
                all.push_back({id, key});
            return all;
        }
        Result<void> keep(const StoredWebhookKey& key, UtcTime) override
        {
            if (fails) return Error::retry("store.busy", "Not now.");
            keys[key.keyId] = key.answer;
            return success();
        }
        std::map<std::string, std::string> keys;
        bool fails = false;
    };

    void restart()
    {
        plaid::PlaidSettings settings;
        settings.clientId = Secret{"client"};
        settings.secret = Secret{"canary-secret"};
        ring_ = std::make_unique<WebhookKeyRing>(*transport_, *clock_, log_, settings, &store_);
    }

    /// `count` requests, each with a name of its own.
    void flood(int count)
    {
        for (int i = 0; i < count; ++i)
            CPPUNIT_ASSERT(!ring_->find(uuid(++flooded_ + 5'000'000)).ok());
    }

    void aKeptKeyIsThereAtOnceAfterARestartUnderAFlood()
    {
        store_ = {};
        restart();
        const std::string name = addKey();
        CPPUNIT_ASSERT(ring_->find(name).ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_.keys.size());
        clock_->advanceMs(86'400'000 * 2);
        restart();
        flood(100);
        down_ = true;
        CPPUNIT_ASSERT(ring_->find(name).ok());
        clock_->advanceMs(60'000);
        flood(100);
        CPPUNIT_ASSERT(ring_->find(name).ok());
    }

    void aKeptKeyThatExpiredIsLearntOfAtItsFirstUse()
    {
        store_ = {};
        restart();
        const std::string name = addKey();
        CPPUNIT_ASSERT(ring_->find(name).ok());
        restart();
        genuine_.clear(); // Plaid has withdrawn it.
        CPPUNIT_ASSERT(!ring_->find(name).ok());
    }

    void aStoreThatFailsHoldsNothingUp()
    {
        store_ = {};
        store_.fails = true;
        restart();
        CPPUNIT_ASSERT(ring_->find(addKey()).ok());
    }

    void aSenderThatComesBackIsServedUnderAFloodOfNewNames()
    {
        const std::string name = addKey();
        flood(10);
        CPPUNIT_ASSERT(!ring_->find(name).ok());
        for (int second = 0; second < 30; ++second)
        {
            clock_->advanceMs(1'000);
            flood(20);
        }
        CPPUNIT_ASSERT(ring_->find(name).ok());
    }

    void fetchesAKeyOnceAndSaysTheEnvironmentsCredentials()
    {
        const std::string name = addKey();
        for (int i = 0; i < 100; ++i)
            CPPUNIT_ASSERT(ring_->find(name).ok());
        const auto asked = transport_->asked();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, asked.size());
        CPPUNIT_ASSERT_EQUAL("/webhook_verification_key/get"s, asked[0].path);
        CPPUNIT_ASSERT_EQUAL("{\"key_id\":\"" + name + "\"}", asked[0].body);
        CPPUNIT_ASSERT_EQUAL(limits::keyFetchWaitMs, asked[0].deadlineMs);
        CPPUNIT_ASSERT_EQUAL("PLAID-SECRET"s, asked[0].headers[1].first);
        CPPUNIT_ASSERT_EQUAL("canary-secret"s, asked[0].headers[1].second);
        CPPUNIT_ASSERT(!log_.holds("canary"));
    }

    void aFloodOfRandomNamesCostsNineFetchesAMinute()
    {
        const std::string good = addKey();
        CPPUNIT_ASSERT(ring_->find(good).ok());
        clock_->advanceMs(60'000);
        const std::size_t before = transport_->asked().size();
        SeededRandom random{4711};
        constexpr int requests = 100'000;
        for (int i = 0; i < requests; ++i)
        {
            const auto found = ring_->find(uuid(random.u64()));
            CPPUNIT_ASSERT(!found.ok());
            CPPUNIT_ASSERT(
                found.error().kind == ErrorKind::Denied || found.error().kind == ErrorKind::Retry);
            if (i % 1000 == 0) CPPUNIT_ASSERT(ring_->find(good).ok());
            if (i % 5 == 4) clock_->advanceMs(3);
        }
        const std::size_t fetches = transport_->asked().size() - before;
        CPPUNIT_ASSERT_MESSAGE(std::to_string(fetches) + " fetches", fetches <= 9);
        CPPUNIT_ASSERT(fetches >= 3);
    }

    /// Whoever repeats names looks like a sender that comes back, and must not get more for it.
    void aFloodThatRepeatsItsNamesCostsNoMore()
    {
        const std::string good = addKey();
        CPPUNIT_ASSERT(ring_->find(good).ok());
        for (const std::uint64_t names : {20U, 500U, 4'000U})
        {
            clock_->advanceMs(600'000);
            const std::size_t before = transport_->asked().size();
            SeededRandom random{names};
            for (int i = 0; i < 100'000; ++i)
            {
                CPPUNIT_ASSERT(!ring_->find(uuid(names * 1'000'000 + random.below(names))).ok());
                if (i % 1000 == 0) CPPUNIT_ASSERT(ring_->find(good).ok());
                if (i % 5 == 4) clock_->advanceMs(3);
            }
            const std::size_t fetches = transport_->asked().size() - before;
            CPPUNIT_ASSERT_MESSAGE(
                std::to_string(fetches) + " fetches for " + std::to_string(names) + " names",
                fetches <= 9);
        }
    }

    void aFloodNeverPushesOutAGoodKey()
    {
        const std::string good = addKey();
        CPPUNIT_ASSERT(ring_->find(good).ok());
        for (std::uint64_t i = 0; i < 2'000; ++i)
        {
            static_cast<void>(ring_->find(uuid(i + 1'000'000)));
            clock_->advanceMs(10'000);
        }
        const std::size_t before = transport_->asked().size();
        CPPUNIT_ASSERT(ring_->find(good).ok());
        CPPUNIT_ASSERT_EQUAL(before, transport_->asked().size());
    }

    void aGoodKeyIsThereAtOnceWhileTheKeyServiceHangs()
    {
        const std::string good = addKey();
        CPPUNIT_ASSERT(ring_->find(good).ok());
        Gate gate;
        transport_->answerBy(
            [&](const HttpRequest&)
            {
                gate.waitOpen();
                return unknownName();
            });
        std::atomic<bool> answered = false;
        std::thread stranger(
            [&]
            {
                static_cast<void>(ring_->find(uuid(9)));
                answered = true;
            });
        gate.waitArrived();
        const bool found = ring_->find(good).ok();
        const bool stillHanging = !answered;
        gate.open();
        stranger.join();
        CPPUNIT_ASSERT(found);
        CPPUNIT_ASSERT(stillHanging);
    }

    void aRefusedNameIsNotAskedForAgainForFiveMinutes()
    {
        const std::string bad = uuid(1);
        CPPUNIT_ASSERT(ring_->find(bad).error().kind == ErrorKind::Denied);
        for (int i = 0; i < 29; ++i)
        {
            clock_->advanceMs(10'000);
            CPPUNIT_ASSERT(ring_->find(bad).error().kind == ErrorKind::Denied);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, transport_->asked().size());
        clock_->advanceMs(10'000);
        CPPUNIT_ASSERT(ring_->find(bad).error().kind == ErrorKind::Denied);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, transport_->asked().size());
    }

    void aFailedFetchIsTriedAgainAfterTenSeconds()
    {
        const std::string name = addKey();
        down_ = true;
        CPPUNIT_ASSERT(ring_->find(name).error().kind == ErrorKind::Retry);
        CPPUNIT_ASSERT(ring_->find(name).error().kind == ErrorKind::Retry);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, transport_->asked().size());
        down_ = false;
        clock_->advanceMs(10'000);
        CPPUNIT_ASSERT(ring_->find(name).ok());
    }

    void aKeyIsFetchedAgainAfterADay()
    {
        const std::string name = addKey();
        CPPUNIT_ASSERT(ring_->find(name).ok());
        clock_->advanceMs(22 * hourMs);
        CPPUNIT_ASSERT(!ring_->find(name)->expiredAt.has_value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, transport_->asked().size());
        expiry_ = "1767225000";
        clock_->advanceMs(2 * hourMs);
        CPPUNIT_ASSERT(ring_->find(name)->expiredAt == std::int64_t{1'767'225'000});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, transport_->asked().size());
    }

    void aKeyOutlivesAFailingKeyServiceUntilTheDayIsOver()
    {
        const std::string name = addKey();
        CPPUNIT_ASSERT(ring_->find(name).ok());
        down_ = true;
        clock_->advanceMs(24 * hourMs - 1);
        for (int i = 0; i < 1000; ++i)
            CPPUNIT_ASSERT(ring_->find(name).ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, transport_->asked().size());
        clock_->advanceMs(60'000);
        for (int i = 0; i < 1000; ++i)
            CPPUNIT_ASSERT(ring_->find(name).error().kind == ErrorKind::Retry);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, transport_->asked().size());
        down_ = false;
        clock_->advanceMs(60'000);
        CPPUNIT_ASSERT(ring_->find(name).ok());
    }

    void aNewKeyMakesOldOnesBeLookedAtAgain()
    {
        const std::string old = addKey();
        CPPUNIT_ASSERT(ring_->find(old).ok());
        clock_->advanceMs(1000);
        const std::string fresh = addKey();
        CPPUNIT_ASSERT(ring_->find(fresh).ok());
        expiry_ = "1767225000";
        CPPUNIT_ASSERT(ring_->find(old)->expiredAt.has_value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, transport_->asked().size());
    }

    void aKeyThatPlaidWithdrewIsForgotten()
    {
        const std::string name = addKey();
        CPPUNIT_ASSERT(ring_->find(name).ok());
        genuine_.clear();
        clock_->advanceMs(23 * hourMs);
        CPPUNIT_ASSERT(ring_->find(name).error().kind == ErrorKind::Denied);
        CPPUNIT_ASSERT(ring_->find(name).error().kind == ErrorKind::Denied);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, transport_->asked().size());
    }

    void keepsSixteenKeysAndDropsTheOneLongestUnused()
    {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < WebhookKeyRing::keysMax + 1; ++i)
        {
            names.push_back(addKey());
            CPPUNIT_ASSERT(ring_->find(names.back()).ok());
            clock_->advanceMs(60'000);
            CPPUNIT_ASSERT(ring_->find(names.front()).ok());
            clock_->advanceMs(60'000);
        }
        down_ = true;
        CPPUNIT_ASSERT(ring_->find(names.front()).ok());
        CPPUNIT_ASSERT(ring_->find(names.back()).ok());
        CPPUNIT_ASSERT(!ring_->find(names[1]).ok());
        CPPUNIT_ASSERT(ring_->find(names[2]).ok());
    }

    void manyThreadsShareOneFetch()
    {
        const std::string name = addKey();
        Gate gate;
        transport_->answerBy(
            [&](const HttpRequest& request)
            {
                gate.waitOpen();
                return reply(request);
            });
        std::atomic<int> found = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] { found += ring_->find(name).ok() ? 1 : 0; });
        gate.waitArrived();
        gate.open();
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT_EQUAL(8, found.load());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, transport_->asked().size());
    }

    void eightWaitForAFetchTheOthersAreToldAtOnceAndAGoodKeyPasses()
    {
        const std::string good = addKey();
        CPPUNIT_ASSERT(ring_->find(good).ok());
        const std::string late = addKey();
        Gate gate;
        transport_->answerBy(
            [&](const HttpRequest& request)
            {
                gate.waitOpen();
                return reply(request);
            });
        constexpr int crowd = 40;
        std::atomic<int> found = 0;
        std::atomic<int> postponed = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < crowd; ++i)
            threads.emplace_back(
                [&]
                {
                    const auto key = ring_->find(late);
                    if (key.ok())
                        ++found;
                    else if (key.error().kind == ErrorKind::Retry)
                        ++postponed;
                });
        gate.waitArrived();
        // While the key service hangs: one fetches, eight wait, and nobody else stands there.
        constexpr int standing = 1 + WebhookKeyRing::waitersMax;
        // Who stands there anyway is told after two seconds: it must be before.
        const auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds{1'500};
        while (postponed < crowd - standing && std::chrono::steady_clock::now() < patience)
            std::this_thread::yield();
        const int told = postponed;
        const bool goodPasses = ring_->find(good).ok();
        gate.open();
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT(goodPasses);
        CPPUNIT_ASSERT_EQUAL(crowd - standing, told);
        CPPUNIT_ASSERT_EQUAL(crowd, found + postponed);
        CPPUNIT_ASSERT(found >= 1);
    }

    void waitersOfAFailedFetchAllLearnOfIt()
    {
        Gate gate;
        transport_->answerBy(
            [&](const HttpRequest&)
            {
                gate.waitOpen();
                return unknownName();
            });
        std::atomic<int> denied = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back(
                [&] { denied += ring_->find(uuid(9)).error().kind == ErrorKind::Denied ? 1 : 0; });
        gate.waitArrived();
        gate.open();
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT_EQUAL(4, denied.load());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, transport_->asked().size());
    }

    void refusedNamesAreBounded()
    {
        for (std::uint64_t i = 0; i < WebhookKeyRing::refusedMax * 2; ++i)
        {
            CPPUNIT_ASSERT(ring_->find(uuid(i)).error().kind == ErrorKind::Denied);
            clock_->advanceMs(12'000);
        }
        CPPUNIT_ASSERT_EQUAL(WebhookKeyRing::refusedMax * 2, transport_->asked().size());
    }

    void stoppingIsPassedOn()
    {
        transport_->answerBy(
            [](const HttpRequest&) -> Result<HttpResponse> { return Error::stopping(); });
        CPPUNIT_ASSERT(ring_->find(uuid(1)).error().kind == ErrorKind::Stopping);
    }

    void newCredentialsAskAgainForWhatTheOldOnesDidNotGet()
    {
        const std::string name = addKey();
        const std::string bad = uuid(77);
        CPPUNIT_ASSERT(ring_->find(bad).error().kind == ErrorKind::Denied);
        transport_->answerBy(
            [](const HttpRequest&) {
                return answer(
                    400, R"({"error_type":"INVALID_INPUT","error_code":"INVALID_API_KEYS"})");
            });
        CPPUNIT_ASSERT(ring_->find(name).error().kind == ErrorKind::Retry);
        transport_->answerBy([this](const HttpRequest& request) { return reply(request); });
        ring_->setCredentials(Secret{"client-2"}, Secret{"secret-2"});
        CPPUNIT_ASSERT(ring_->find(name).ok());
        CPPUNIT_ASSERT_EQUAL("secret-2"s, transport_->asked().back().headers[1].second);
        CPPUNIT_ASSERT(ring_->find(bad).error().kind == ErrorKind::Denied);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, transport_->asked().size());
    }

private:
    static constexpr std::int64_t hourMs = 3'600'000;

    /// Holds a request until the test lets it go.
    class Gate
    {
    public:
        void waitOpen()
        {
            std::unique_lock lock(mutex_);
            arrived_ = true;
            changed_.notify_all();
            changed_.wait_for(lock, std::chrono::seconds{10}, [this] { return open_; });
        }
        void waitArrived()
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, std::chrono::seconds{10}, [this] { return arrived_; });
        }
        void open()
        {
            const std::lock_guard lock(mutex_);
            open_ = true;
            changed_.notify_all();
        }

    private:
        std::mutex mutex_;
        std::condition_variable changed_;
        bool arrived_ = false;
        bool open_ = false;
    };

    std::string addKey()
    {
        const std::string name = uuid(0xABCD000000000000ULL + genuine_.size());
        genuine_.push_back(name);
        return name;
    }

    Result<HttpResponse> reply(const HttpRequest& request)
    {
        if (down_) return answer(503, "<html>down</html>");
        for (const std::string& name : genuine_)
        {
            if (request.body.reveal().find(name) != std::string_view::npos)
                return answer(200, key_.answer(name, expiry_));
        }
        return unknownName();
    }

    std::unique_ptr<ScriptedTransport> transport_;
    std::unique_ptr<ManualClock> clock_;
    MemoryLog log_;
    std::unique_ptr<WebhookKeyRing> ring_;
    SigningKey key_;
    std::vector<std::string> genuine_;
    std::string expiry_ = "null";
    Store store_;
    std::uint64_t flooded_ = 0;
    bool down_ = false;
};

CPPUNIT_TEST_SUITE_REGISTRATION(WebhookKeyRingTest);
