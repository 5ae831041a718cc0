// Goal: stop() may come at any moment, with requests in flight and the host's thread at work; every
// call ends, in an answer or in BF_E_STOPPING, and the next life begins clean. Method: fifty
// rounds with eight threads of requests; meant for ThreadSanitizer too.
#include "PluginFixture.h"
#include "SeededFeeds.h"
#include "support/Moment.h"

#include "../adapters/LoopbackServer.h"
#include "../plaid/WebhookForge.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

namespace bankfeed::testing
{

namespace
{

constexpr const char* knownKey = "5f0c2b1e-7a54-4d0c-9b38-5e2f1c7d9a61";

} // namespace

class StopUnderLoadTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(StopUnderLoadTest);
    CPPUNIT_TEST(fiftyStopsInTheMiddleOfEverything);
    CPPUNIT_TEST(webhooksOfManyThreadsAreStoredEachOnce);
    CPPUNIT_TEST(aStopEndsARequestThatWaitsForTheProvider);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        PluginFixture::setUp();
        keys_ = std::make_unique<LoopbackServer>(
            [this](Connection& connection)
            {
                while (!connection.request().empty())
                {
                    if (!connection.send(httpAnswer(key_.answer(knownKey)))) return;
                }
            });
        host->settings["base_url"] = keys_->url();
        seedFeeds(*host, 3);
    }
    void tearDown() override
    {
        keys_.reset();
        PluginFixture::tearDown();
    }

    void fiftyStopsInTheMiddleOfEverything()
    {
        HostedPlugin plugin(*host);
        std::size_t answered = 0;
        for (int round = 0; round < 50; ++round)
        {
            assertOk(plugin.start());
            answered += oneRound(plugin, round);
        }
        std::cout << "requests answered before the stops: " << answered << std::endl;
        CPPUNIT_ASSERT(answered > 0);
    }

    void webhooksOfManyThreadsAreStoredEachOnce()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        std::vector<Asked> webhooks;
        for (int i = 0; i < 40; ++i)
            webhooks.push_back(webhook(i));
        std::atomic<int> stored{0};
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 8; ++thread)
        {
            threads.emplace_back(
                [&, thread]
                {
                    for (int i = 0; i < 10; ++i)
                    {
                        // Each is sent by two threads.
                        const auto replied = plugin.handle(webhooks[index(thread, i)]);
                        stored += replied.httpStatus == 200 ? 1 : 0;
                    }
                });
        }
        for (auto& thread : threads)
            thread.join();
        CPPUNIT_ASSERT_EQUAL(80, stored.load());
        std::string json;
        assertOk(plugin.health(json));
        CPPUNIT_ASSERT_MESSAGE(json, json.find("\"webhooks_stored\":40,") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(json, json.find("\"webhooks_repeated\":40,") != std::string::npos);
    }

    void aStopEndsARequestThatWaitsForTheProvider()
    {
        Moment asked;
        const LoopbackServer silent(
            [&](Connection& connection)
            {
                connection.waitForBytes();
                asked.happen();
                connection.waitForEnd();
            });
        host->settings["base_url"] = silent.url();
        HostedPlugin plugin(*host);
        plugin.run();
        Replied replied;
        std::thread waiting([&] { replied = plugin.handle(webhook(1)); });
        asked.await();
        const Answer stopped = plugin.stop(60'000);
        waiting.join();
        assertOk(stopped);
        // Either way the provider sends it again.
        CPPUNIT_ASSERT(replied.status == BF_E_STOPPING || replied.httpStatus == 503);
    }

private:
    static std::size_t index(int thread, int i)
    {
        return static_cast<std::size_t>(thread / 2 * 10 + i);
    }

    struct Round
    {
        std::atomic<bool> over{false};
        std::atomic<std::size_t> answered{0};
        std::atomic<int> wrong{0};
        std::mutex mutex;
        std::condition_variable begun;
    };

    /// Runs all threads until some requests were answered, stops the plugin in the middle, and
    /// joins. How many requests were answered.
    std::size_t oneRound(HostedPlugin& plugin, int number)
    {
        Round round;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] { request(plugin, round, number * 1'000 + i, i % 3); });
        // The host's own thread pumps and ticks, and then stops: [host] calls are serialised.
        std::thread hostThread(
            [&]
            {
                bf_pump_result pumped{};
                bf_tick_result ticked{};
                do
                {
                    if (plugin.pump(pumped).status != BF_OK) ++round.wrong;
                    if (plugin.tick(ticked).status != BF_OK) ++round.wrong;
                } while (!enoughBegun(round, static_cast<std::size_t>(number % 10)));
                stopWithLittlePatience(plugin, number);
                round.over = true;
            });
        hostThread.join();
        for (auto& thread : threads)
            thread.join();
        CPPUNIT_ASSERT_EQUAL(0, round.wrong.load());
        return round.answered;
    }

    /// Waits a moment for so many answers. Requests may be slower than the host's thread.
    static bool enoughBegun(Round& round, std::size_t answers)
    {
        std::unique_lock lock(round.mutex);
        return round.begun.wait_for(
            lock, std::chrono::milliseconds(20), [&] { return round.answered >= answers; });
    }

    static void stopWithLittlePatience(HostedPlugin& plugin, int number)
    {
        Answer stopped = plugin.stop(number % 2 == 0 ? 0 : 5);
        while (stopped.status == BF_E_RETRY)
            stopped = plugin.stop(10'000);
        assertOk(stopped);
    }

    void request(HostedPlugin& plugin, Round& round, int number, int kind)
    {
        for (int i = 0; !round.over; ++i)
        {
            bf_status status = BF_OK;
            if (kind == 0)
            {
                const auto replied = plugin.handle(webhook(number * 100 + i % 100));
                status = replied.status;
                const bool good = replied.httpStatus == 200 || replied.httpStatus == 503;
                if (status == BF_OK && !good) ++round.wrong;
            }
            else if (kind == 1)
            {
                const auto replied = plugin.handle(
                    {.routeId = 2, .method = "GET", .path = "api/overview", .loggedIn = true});
                status = replied.status;
                if (status == BF_OK && replied.httpStatus != 200) ++round.wrong;
            }
            else
            {
                bf_feed_status out{};
                status = plugin.feedStatus(out, "Assets:checking").status;
            }
            if (status == BF_E_STOPPING) continue;
            if (status != BF_OK) ++round.wrong;
            const std::lock_guard lock(round.mutex);
            ++round.answered;
            round.begun.notify_all();
        }
    }

    [[nodiscard]] Asked webhook(int number) const
    {
        using namespace std::chrono;
        const auto now =
            duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch()).count();
        const std::string body =
            R"({"webhook_type":"TRANSACTIONS","webhook_code":"SYNC_UPDATES_AVAILABLE",)"
            R"("item_id":"i)" +
            std::to_string(number) +
            R"(","environment":"sandbox",)"
            R"("initial_update_complete":true,)"
            R"("historical_update_complete":true})";
        return {.headers = {{"Plaid-Verification",
                    token(key_, headerJson(knownKey), claimsJson(now, body))}},
            .body = body};
    }

    SigningKey key_;
    std::unique_ptr<LoopbackServer> keys_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(StopUnderLoadTest);

} // namespace bankfeed::testing
