// Goal: webhooks and the console's requests come through the C table whole, and are answered as the
// specification says.
#include "PluginFixture.h"
#include "SeededFeeds.h"

#include "../adapters/LoopbackServer.h"
#include "../plaid/WebhookForge.h"

#include <chrono>
#include <mutex>

namespace bankfeed::testing
{

namespace
{

constexpr const char* knownKey = "5f0c2b1e-7a54-4d0c-9b38-5e2f1c7d9a61";
constexpr const char* otherKey = "5f0c2b1e-7a54-4d0c-9b38-5e2f1c7d9a62";

} // namespace

class RequestTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(RequestTest);
    CPPUNIT_TEST(aForgedWebhookIsRefusedWithoutAWord);
    CPPUNIT_TEST(onlyPostIsAWebhook);
    CPPUNIT_TEST(aWebhookThatIsTooLargeIsRefused);
    CPPUNIT_TEST(aWebhookThatCannotBeVerifiedNowIsPostponed);
    CPPUNIT_TEST(aGenuineWebhookIsStoredOnceThroughHeadersOfANewerHost);
    CPPUNIT_TEST(aHostThatDoesNotTakeTheAnswerGetsItsStatusBack);
    CPPUNIT_TEST(theConsoleNeedsSomebodyWhoIsLoggedIn);
    CPPUNIT_TEST(theConsoleAnswersWhoIsLoggedIn);
    CPPUNIT_TEST(aTenantSeesNothingOfAnother);
    CPPUNIT_TEST(whatTheConsoleChangesNeedsItsToken);
    CPPUNIT_TEST(healthCountsWebhooks);
    CPPUNIT_TEST(aChangedSecretIsTakenOverWithTheNextTick);
    CPPUNIT_TEST(aChangedConfigurationThatIsWrongChangesNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void aForgedWebhookIsRefusedWithoutAWord()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const SigningKey key;
        const std::string body = "{}";
        const std::string good = token(key, headerJson(knownKey), claimsJson(now(), body));
        for (const std::string& bad : {std::string(), std::string("a.b.c"), good + "x",
                 good.substr(0, good.size() / 2), std::string(5'000, 'a'),
                 token(key, headerJson(knownKey), claimsJson(now() - 3'600, body))})
        {
            const auto replied =
                plugin.handle({.headers = {{"Plaid-Verification", bad}}, .body = body});
            CPPUNIT_ASSERT_EQUAL(BF_OK, static_cast<int>(replied.status));
            CPPUNIT_ASSERT_EQUAL(std::uint32_t{401}, replied.httpStatus);
            CPPUNIT_ASSERT(replied.body.empty());
            CPPUNIT_ASSERT(replied.headers.empty());
        }
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{401}, plugin.handle({.body = body}).httpStatus);
    }

    void onlyPostIsAWebhook()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        for (const char* method : {"GET", "PUT", "DELETE", "post", ""})
            CPPUNIT_ASSERT_EQUAL(
                std::uint32_t{405}, plugin.handle({.method = method, .body = "{}"}).httpStatus);
    }

    void aWebhookThatIsTooLargeIsRefused()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const std::size_t most = 256 * 1024;
        CPPUNIT_ASSERT_EQUAL(
            std::uint32_t{413}, plugin.handle({.body = std::string(most + 1, ' ')}).httpStatus);
        CPPUNIT_ASSERT_EQUAL(
            std::uint32_t{401}, plugin.handle({.body = std::string(most, ' ')}).httpStatus);
    }

    void aWebhookThatCannotBeVerifiedNowIsPostponed()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const auto replied = plugin.handle(webhook(otherKey));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{503}, replied.httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, replied.headers.count("Retry-After"));
        CPPUNIT_ASSERT(replied.body.empty());
    }

    void aGenuineWebhookIsStoredOnceThroughHeadersOfANewerHost()
    {
        const LoopbackServer keys([this](Connection& connection) { serveKey(connection); });
        host->settings["base_url"] = keys.url();
        HostedPlugin plugin(*host);
        plugin.run();
        Asked asked = webhook(knownKey);
        asked.headers.insert(asked.headers.begin(), {"Content-Type", "application/json"});
        for (const std::size_t extra : {0U, 16U, 64U})
        {
            asked.extraStride = extra;
            CPPUNIT_ASSERT_EQUAL(std::uint32_t{200}, plugin.handle(asked).httpStatus);
        }
        std::string json;
        assertOk(plugin.health(json));
        CPPUNIT_ASSERT_MESSAGE(json, json.find("\"webhooks_stored\":1,") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(json, json.find("\"webhooks_repeated\":2,") != std::string::npos);
    }

    void aHostThatDoesNotTakeTheAnswerGetsItsStatusBack()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const Asked page{.routeId = 2, .method = "GET", .loggedIn = true};
        for (const bf_status status : {BF_E_INTERNAL, BF_E_STOPPING, BF_E_EXHAUSTED})
        {
            const auto early = plugin.handle(page, {.setStatus = status});
            CPPUNIT_ASSERT_EQUAL(status, early.status);
            CPPUNIT_ASSERT(early.headers.empty() && early.body.empty());
            const auto later = plugin.handle(page, {.addHeader = status});
            CPPUNIT_ASSERT_EQUAL(status, later.status);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, later.headers.size());
            CPPUNIT_ASSERT(later.body.empty());
            CPPUNIT_ASSERT_EQUAL(status, plugin.handle(page, {.write = status}).status);
            CPPUNIT_ASSERT_EQUAL(
                status, plugin.handle({.body = "{}"}, {.setStatus = status}).status);
            CPPUNIT_ASSERT_EQUAL(
                status, plugin.handle(webhook(otherKey), {.addHeader = status}).status);
            const auto* health = plugin.table<bf_plugin_health>(BF_EXT_PLUGIN_HEALTH);
            bf_status answer = status;
            const bf_sink sink{&answer, [](void* ctx, const void*, std::uint64_t) -> bf_status {
                                   return *static_cast<bf_status*>(ctx);
                               }};
            CPPUNIT_ASSERT_EQUAL(status, health->report(plugin.abi(), &sink, nullptr));
        }
    }

    void theConsoleNeedsSomebodyWhoIsLoggedIn()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        for (const char* path : {"", "api/connections", "index.html"})
        {
            const auto replied =
                plugin.handle({.routeId = 2, .method = "GET", .path = path, .loggedIn = false});
            CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, static_cast<int>(replied.status));
            CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, replied.httpStatus);
            CPPUNIT_ASSERT(replied.text.find("who") != std::string::npos);
        }
    }

    void theConsoleAnswersWhoIsLoggedIn()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const auto overview = get(plugin, "api/overview");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(overview.body, std::uint32_t{200}, overview.httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{404}, get(plugin, "api/nothing").httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{404}, get(plugin, "../plugin.json").httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{403}, plugin
                                                     .handle({.routeId = 2,
                                                         .method = "GET",
                                                         .path = "api/overview",
                                                         .loggedIn = true,
                                                         .capabilities = 0})
                                                     .httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, overview.headers.count("Content-Security-Policy"));
    }

    void aTenantSeesNothingOfAnother()
    {
        seedFeeds(*host, 3);
        HostedPlugin plugin(*host);
        plugin.run();
        const auto own = get(plugin, "api/overview");
        CPPUNIT_ASSERT_MESSAGE(own.body, own.body.find("First Platypus Bank") != std::string::npos);
        const auto other = plugin.handle({.routeId = 2,
            .method = "GET",
            .path = "api/overview",
            .loggedIn = true,
            .tenant = "other"});
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{200}, other.httpStatus);
        CPPUNIT_ASSERT(other.body.find("Platypus") == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(
            std::uint32_t{200}, get(plugin, "api/connections/con_main").httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{404}, plugin
                                                     .handle({.routeId = 2,
                                                         .method = "GET",
                                                         .path = "api/connections/con_main",
                                                         .loggedIn = true,
                                                         .tenant = "other"})
                                                     .httpStatus);
    }

    void whatTheConsoleChangesNeedsItsToken()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const auto replied = plugin.handle({.routeId = 2,
            .method = "POST",
            .path = "api/link-sessions",
            .headers = {{"Content-Type", "application/json"}},
            .body = "{}",
            .loggedIn = true});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(replied.body, std::uint32_t{403}, replied.httpStatus);
        CPPUNIT_ASSERT(replied.body.find("csrf") != std::string::npos);
    }

    void healthCountsWebhooks()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        (void)plugin.handle({.body = "{}"});
        (void)plugin.handle(webhook(otherKey));
        std::string json;
        assertOk(plugin.health(json));
        CPPUNIT_ASSERT_MESSAGE(json, json.find("\"webhooks_refused\":1,") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(json, json.find("\"webhooks_postponed\":1,") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(json, json.find("\"webhooks_forged\":0,") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(
            json, json.find("\"webhooks_unknown_connection\":0,") != std::string::npos);
    }

    void aChangedSecretIsTakenOverWithTheNextTick()
    {
        const LoopbackServer keys([this](Connection& connection) { serveKey(connection); });
        host->settings["base_url"] = keys.url();
        HostedPlugin plugin(*host);
        plugin.run();
        bf_tick_result ticked{};
        host->secrets["plaid.secret"] = "canary-secret-of-tomorrow";
        assertOk(plugin.tick(ticked)); // The revision is as before: nothing is read.
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{200}, plugin.handle(webhook(knownKey)).httpStatus);
        CPPUNIT_ASSERT(lastAsked().find("canary-secret-93ac7701") != std::string::npos);
        ++host->revision;
        assertOk(plugin.tick(ticked));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{200}, plugin.handle(webhook(otherKey)).httpStatus);
        CPPUNIT_ASSERT(lastAsked().find("canary-secret-of-tomorrow") != std::string::npos);
    }

    void aChangedConfigurationThatIsWrongChangesNothing()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        bf_tick_result ticked{};
        host->settings["country_codes"] = "nonsense";
        ++host->revision;
        assertOk(plugin.tick(ticked));
        CPPUNIT_ASSERT(host->logHolds("country_codes"));
        host->settings["country_codes"] = "US";
        host->secrets.erase("plaid.secret");
        ++host->revision;
        assertOk(plugin.tick(ticked));
        CPPUNIT_ASSERT(host->logHolds("plaid.secret"));
        std::string json;
        assertOk(plugin.health(json));
    }

private:
    static std::int64_t now()
    {
        using namespace std::chrono;
        return duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch()).count();
    }
    static Replied get(HostedPlugin& plugin, const std::string& path)
    {
        return plugin.handle({.routeId = 2, .method = "GET", .path = path, .loggedIn = true});
    }
    [[nodiscard]] Asked webhook(const std::string& keyId) const
    {
        const std::string body = R"({"webhook_type":"TRANSACTIONS",)"
                                 R"("webhook_code":"SYNC_UPDATES_AVAILABLE","item_id":"i1",)"
                                 R"("environment":"sandbox","initial_update_complete":true,)"
                                 R"("historical_update_complete":true})";
        return {.headers = {{"plaid-verification",
                    token(key_, headerJson(keyId), claimsJson(now(), body))}},
            .body = body};
    }
    /// Answers with whichever key is asked for.
    void serveKey(Connection& connection)
    {
        for (std::string request = connection.request(); !request.empty();
             request = connection.request())
        {
            {
                const std::lock_guard lock(mutex_);
                asked_ = request;
            }
            const bool known = request.find(knownKey) != std::string::npos;
            const std::string answer = key_.answer(known ? knownKey : otherKey);
            if (!connection.send(httpAnswer(answer))) return;
        }
    }
    [[nodiscard]] std::string lastAsked()
    {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

    SigningKey key_;
    std::mutex mutex_;
    std::string asked_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestTest);

} // namespace bankfeed::testing
