// Goal: a host that breaks the specification is told so, and nothing crashes. Method: each function
// of each table with one thing wrong.
#include "PluginFixture.h"

#include <array>
#include <cstring>
#include <functional>
#include <vector>

namespace bankfeed::testing
{

namespace
{

bf_status takeStatus(void*, std::uint32_t)
{
    return BF_OK;
}
bf_status takeHeader(void*, const char*, const char*)
{
    return BF_OK;
}
bf_status takeBytes(void*, const void*, std::uint64_t)
{
    return BF_OK;
}

} // namespace

class MalformedCallTest : public RunningPluginFixture
{
    CPPUNIT_TEST_SUITE(MalformedCallTest);
    CPPUNIT_TEST(lifeCycleWithoutAPlugin);
    CPPUNIT_TEST(aPluginThatIsNotOursIsRefused);
    CPPUNIT_TEST(pumpWithWrongArguments);
    CPPUNIT_TEST(tickAndFeedsWithWrongArguments);
    CPPUNIT_TEST(idsThatAreTooLongAreRefused);
    CPPUNIT_TEST(migrationsWithWrongArguments);
    CPPUNIT_TEST(healthWithWrongArguments);
    CPPUNIT_TEST(requestsThatBreakTheSpecification);
    CPPUNIT_TEST(principalsThatBreakTheSpecification);
    CPPUNIT_TEST(errorsThatAreTooShortAreLeftAlone);
    CPPUNIT_TEST(whatAHostDoesWrongIsSaidOnceForEachFunction);
    CPPUNIT_TEST_SUITE_END();

public:
    void whatAHostDoesWrongIsSaidOnceForEachFunction()
    {
        for (int i = 0; i < 3; ++i)
        {
            invalid(delivery()->pump(plugin_->abi(), 0, 0, nullptr, nullptr));
            invalid(sync()->tick(plugin_->abi(), 0, nullptr, nullptr));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host->linesWith("boundary: pump() needs"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host->linesWith("boundary: tick() needs"));
    }

    void lifeCycleWithoutAPlugin()
    {
        const bf_plugin& functions = *plugin_->abi();
        invalid(functions.start(nullptr, nullptr));
        invalid(functions.stop(nullptr, 0, nullptr));
        functions.destroy(nullptr);
        CPPUNIT_ASSERT(functions.get_extension(nullptr, BF_EXT_PLUGIN_HTTP) == nullptr);
    }

    void aPluginThatIsNotOursIsRefused()
    {
        bf_plugin empty = *plugin_->abi();
        empty.ctx = nullptr;
        bf_plugin copy = *plugin_->abi(); // Its context is ours, its address is not.
        for (bf_plugin* wrong : {&empty, &copy})
        {
            invalid(wrong->start(wrong, nullptr));
            invalid(wrong->stop(wrong, 0, nullptr));
            CPPUNIT_ASSERT(wrong->get_extension(wrong, BF_EXT_PLUGIN_HTTP) == nullptr);
            bf_pump_result pumped{sizeof pumped, 0, 0, 0};
            invalid(delivery()->pump(wrong, 1, 0, &pumped, nullptr));
            bf_http_request request = goodRequest();
            const bf_http_response response = goodResponse();
            invalid(http()->handle(wrong, &request, &response, nullptr));
        }
    }

    void pumpWithWrongArguments()
    {
        bf_pump_result out{sizeof out, 0, 0, 0};
        bf_error error = emptyError();
        invalid(delivery()->pump(nullptr, 1, 0, &out, &error));
        invalid(delivery()->pump(plugin_->abi(), 1, 0, nullptr, &error));
        invalid(delivery()->pump(plugin_->abi(), 0, 0, &out, &error));
        invalid(delivery()->pump(plugin_->abi(), 1001, 0, &out, &error));
        out.struct_size = sizeof out - 1;
        invalid(delivery()->pump(plugin_->abi(), 1, 0, &out, &error));
        out.struct_size = 0;
        invalid(delivery()->pump(plugin_->abi(), 1, 0, &out, &error));
    }

    void tickAndFeedsWithWrongArguments()
    {
        bf_tick_result ticked{sizeof ticked, 0};
        bf_feed_status status{};
        status.struct_size = sizeof status;
        bf_error error = emptyError();
        bf_plugin* plugin = plugin_->abi();
        invalid(sync()->tick(nullptr, 0, &ticked, &error));
        invalid(sync()->tick(plugin, 0, nullptr, &error));
        ticked.struct_size = 4;
        invalid(sync()->tick(plugin, 0, &ticked, &error));
        invalid(sync()->feed_status(nullptr, "main", "a", &status, &error));
        invalid(sync()->feed_status(plugin, nullptr, "a", &status, &error));
        invalid(sync()->feed_status(plugin, "main", nullptr, &status, &error));
        invalid(sync()->feed_status(plugin, "", "a", &status, &error));
        invalid(sync()->feed_status(plugin, "main", "", &status, &error));
        invalid(sync()->feed_status(plugin, "main", "a", nullptr, &error));
        status.struct_size = sizeof status - 8;
        invalid(sync()->feed_status(plugin, "main", "a", &status, &error));
        invalid(sync()->sync_now(nullptr, "main", "a", &error));
        invalid(sync()->sync_now(plugin, nullptr, "a", &error));
        invalid(sync()->sync_now(plugin, "main", nullptr, &error));
        CPPUNIT_ASSERT_EQUAL(
            BF_E_NOT_FOUND, static_cast<int>(sync()->sync_now(plugin, "main", "a", &error)));
    }

    void idsThatAreTooLongAreRefused()
    {
        bf_feed_status status{};
        status.struct_size = sizeof status;
        const std::string longest(BF_ID_MAX, 'x');
        const std::string tooLong(BF_ID_MAX + 1, 'x');
        bf_plugin* plugin = plugin_->abi();
        CPPUNIT_ASSERT_EQUAL(BF_OK, static_cast<int>(sync()->feed_status(plugin, longest.c_str(),
                                        longest.c_str(), &status, nullptr)));
        CPPUNIT_ASSERT_EQUAL(BF_FEED_NONE, status.state);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::uint32_t>(sizeof status), status.struct_size);
        invalid(sync()->feed_status(plugin, tooLong.c_str(), "a", &status, nullptr));
        invalid(sync()->feed_status(plugin, "main", tooLong.c_str(), &status, nullptr));
        invalid(sync()->sync_now(plugin, "main", tooLong.c_str(), nullptr));
    }

    void migrationsWithWrongArguments()
    {
        const auto* migrations = plugin_->table<bf_plugin_migrations>(BF_EXT_PLUGIN_MIGRATIONS);
        bf_migration_status status{};
        status.struct_size = sizeof status;
        invalid(migrations->status(nullptr, &status, nullptr));
        invalid(migrations->status(plugin_->abi(), nullptr, nullptr));
        status.struct_size = sizeof status - 1;
        invalid(migrations->status(plugin_->abi(), &status, nullptr));
        invalid(migrations->apply(nullptr, nullptr));
    }

    void healthWithWrongArguments()
    {
        const auto* health = plugin_->table<bf_plugin_health>(BF_EXT_PLUGIN_HEALTH);
        std::uint32_t state = 0;
        const bf_sink sink{nullptr, nullptr};
        invalid(health->live(nullptr, &state, nullptr));
        invalid(health->live(plugin_->abi(), nullptr, nullptr));
        invalid(health->report(nullptr, &sink, nullptr));
        invalid(health->report(plugin_->abi(), nullptr, nullptr));
        invalid(health->report(plugin_->abi(), &sink, nullptr));
    }

    void requestsThatBreakTheSpecification()
    {
        const bf_http_response response = goodResponse();
        bf_error error = emptyError();
        const auto refused = [&](const std::function<void(bf_http_request&)>& spoil)
        {
            bf_http_request request = goodRequest();
            spoil(request);
            invalid(http()->handle(plugin_->abi(), &request, &response, &error));
            CPPUNIT_ASSERT(std::strlen(error.text) > 0);
        };
        invalid(http()->handle(nullptr, nullptr, &response, &error));
        invalid(http()->handle(plugin_->abi(), nullptr, &response, &error));
        refused([](auto& request) { request.struct_size = 0; });
        refused([](auto& request) { request.struct_size = sizeof request - 1; });
        refused([](auto& request) { request.method = nullptr; });
        refused([](auto& request) { request.path = nullptr; });
        refused([](auto& request) { request.query = nullptr; });
        refused([](auto& request) { request.header_count = BF_HEADERS_MAX + 1; });
        refused([](auto& request) { request.header_size = sizeof(bf_header) - 8; });
        refused([](auto& request) { request.header_size = 0; });
        refused([](auto& request) { request.headers = nullptr; });
        refused([](auto& request) { request.body = {nullptr, 5}; });
        refused([](auto& request) { request.body = {"x", BF_BODY_MAX + 1}; });
        static const bf_header nameless{nullptr, "x"};
        static const bf_header empty{"x", nullptr};
        refused([](auto& request) { request.headers = &nameless; });
        refused([](auto& request) { request.headers = &empty; });

        const auto unanswerable = [&](const std::function<void(bf_http_response&)>& spoil)
        {
            const bf_http_request request = goodRequest();
            bf_http_response wrong = goodResponse();
            spoil(wrong);
            invalid(http()->handle(plugin_->abi(), &request, &wrong, &error));
        };
        const bf_http_request request = goodRequest();
        invalid(http()->handle(plugin_->abi(), &request, nullptr, &error));
        unanswerable([](auto& wrong) { wrong.struct_size = sizeof wrong - 1; });
        unanswerable([](auto& wrong) { wrong.set_status = nullptr; });
        unanswerable([](auto& wrong) { wrong.add_header = nullptr; });
        unanswerable([](auto& wrong) { wrong.write = nullptr; });
        CPPUNIT_ASSERT_EQUAL(BF_E_NOT_FOUND,
            static_cast<int>(plugin_->handle({.routeId = 9, .loggedIn = true}).status));
    }

    void principalsThatBreakTheSpecification()
    {
        const bf_http_response response = goodResponse();
        const std::string tooLong(BF_ID_MAX + 1, 'x');
        const auto refused = [&](const std::function<void(bf_principal&)>& spoil)
        {
            bf_principal principal{};
            principal.struct_size = sizeof principal;
            principal.capabilities = BF_CAN_VIEW;
            principal.tenant_id = "main";
            principal.user_id = "u";
            principal.user_name = "Ada";
            principal.session_id = "s";
            spoil(principal);
            bf_http_request request = goodRequest();
            request.route_id = 2;
            request.principal = &principal;
            bf_error error = emptyError();
            invalid(http()->handle(plugin_->abi(), &request, &response, &error));
            CPPUNIT_ASSERT(std::strstr(error.text, "who") != nullptr);
        };
        refused([](auto& principal) { principal.struct_size = sizeof principal - 1; });
        refused([](auto& principal) { principal.tenant_id = nullptr; });
        refused([](auto& principal) { principal.user_id = nullptr; });
        refused([](auto& principal) { principal.user_name = nullptr; });
        refused([](auto& principal) { principal.session_id = nullptr; });
        refused([](auto& principal) { principal.tenant_id = ""; });
        refused([](auto& principal) { principal.user_id = ""; });
        refused([](auto& principal) { principal.session_id = ""; });
        refused([&](auto& principal) { principal.tenant_id = tooLong.c_str(); });
        refused([&](auto& principal) { principal.user_id = tooLong.c_str(); });
        refused([](auto& principal) { principal.tenant_id = "caf\xC3"; });
    }

    void errorsThatAreTooShortAreLeftAlone()
    {
        bf_error error{};
        std::memset(&error, 0x5a, sizeof error);
        for (const std::uint32_t size : {0U, 4U, static_cast<std::uint32_t>(sizeof error - 1)})
        {
            error.struct_size = size;
            invalid(delivery()->pump(plugin_->abi(), 0, 0, nullptr, &error));
            CPPUNIT_ASSERT_EQUAL('\x5a', error.text[0]);
            CPPUNIT_ASSERT_EQUAL(size, error.struct_size);
        }
        error.struct_size = sizeof error;
        invalid(delivery()->pump(plugin_->abi(), 0, 0, nullptr, &error));
        CPPUNIT_ASSERT_EQUAL('\0', error.text[BF_ERROR_TEXT_SIZE - 1]);
    }

private:
    static void invalid(bf_status status)
    {
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, static_cast<int>(status));
    }
    const bf_plugin_delivery* delivery()
    {
        return plugin_->table<bf_plugin_delivery>(BF_EXT_PLUGIN_DELIVERY);
    }
    const bf_plugin_account_sync* sync()
    {
        return plugin_->table<bf_plugin_account_sync>(BF_EXT_PLUGIN_ACCOUNT_SYNC);
    }
    const bf_plugin_http* http() { return plugin_->table<bf_plugin_http>(BF_EXT_PLUGIN_HTTP); }

    static bf_http_request goodRequest()
    {
        static const bf_header header{"Content-Type", "application/json"};
        bf_http_request request{};
        request.struct_size = sizeof request;
        request.route_id = 1;
        request.method = "POST";
        request.path = "";
        request.query = "";
        request.headers = &header;
        request.header_size = sizeof header;
        request.header_count = 1;
        request.body = {"{}", 2};
        request.remote_address = "127.0.0.1";
        return request;
    }
    static bf_http_response goodResponse()
    {
        return {sizeof(bf_http_response), 0, nullptr, takeStatus, takeHeader, takeBytes};
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MalformedCallTest);

} // namespace bankfeed::testing
