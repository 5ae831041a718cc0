// The example that people copy keeps the contract also where a host does not.
#include "bankfeed/bankfeed.h"

#include "PluginFolder.h"
#include "Refusal.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

using namespace bankfeed::test;

namespace
{

/// A host that offers what the example requires, and notes what it does.
struct Host
{
    bf_host_log log{sizeof(bf_host_log), 0, write};
    bf_host_clock clock{sizeof(bf_host_clock), 0, now, now};
    bf_host_config config{sizeof(bf_host_config), 0, get, nullptr};
    bf_host_http_routes routes{sizeof(bf_host_http_routes), 0, registerRoute, nullptr};
    bf_host host{};
    std::vector<std::string> lines;
    int registered = 0;

    Host()
    {
        host.struct_size = sizeof host;
        host.ctx = this;
        host.name = "test";
        host.version = "1";
        host.host_id = "test";
        host.plugin_dir = "/";
        host.get_extension = find;
    }

    static Host& of(const bf_host* host) { return *static_cast<Host*>(host->ctx); }

    static const void* find(const bf_host* host, const char* id)
    {
        const Host& self = of(host);
        const std::map<std::string, const void*> offered{{BF_EXT_HOST_LOG, &self.log},
            {BF_EXT_HOST_CLOCK, &self.clock}, {BF_EXT_HOST_CONFIG, &self.config},
            {BF_EXT_HOST_HTTP_ROUTES, &self.routes}};
        const auto found = offered.find(id);
        return found == offered.end() ? nullptr : found->second;
    }

    static void write(const bf_host* host, std::uint32_t, const char*, const char* message)
    {
        of(host).lines.emplace_back(message);
    }
    static std::int64_t now(const bf_host*) { return 1; }
    static bf_status get(const bf_host*, const char*, const bf_sink*) { return BF_E_NOT_FOUND; }
    static bf_status registerRoute(const bf_host* host, const bf_route*, bf_error*)
    {
        ++of(host).registered;
        return BF_OK;
    }
};

/// The built example, opened as a host opens it.
Loaded openExample()
{
    const char* const enabled = "minimal-plugin";
    bf_loaded* loaded = nullptr;
    bf_error error{};
    error.struct_size = sizeof error;
    const bf_status status =
        bf_loader_open(BUILT_PLUGINS, "minimal-plugin", &enabled, 1, &loaded, &error);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(error.text, BF_OK, status);
    return {loaded, &bf_loader_close};
}

bf_status accept(void*, std::uint32_t)
{
    return BF_OK;
}

} // namespace

class MinimalPluginTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MinimalPluginTest);
    CPPUNIT_TEST(aServiceWithoutItsFunctionIsAMissingService);
    CPPUNIT_TEST(aSecondStartIsRefusedAndRegistersNothing);
    CPPUNIT_TEST(aStopBeforeTheStartOrAfterAStopIsSilent);
    CPPUNIT_TEST(nullIsAnsweredAndNotFollowed);
    CPPUNIT_TEST_SUITE_END();

    Loaded loaded_ = nothingLoaded();
    Host host_;
    bf_plugin* plugin_ = nullptr;

    bf_status create()
    {
        return bf_loader_entry(loaded_.get())->create(&host_.host, &plugin_, nullptr);
    }

    template <class Table>
    const Table* table(const char* id) const
    {
        return static_cast<const Table*>(plugin_->get_extension(plugin_, id));
    }

public:
    void setUp() override { loaded_ = openExample(); }

    void tearDown() override
    {
        if (plugin_ == nullptr) return;
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->stop(plugin_, 0, nullptr));
        plugin_->destroy(plugin_);
        plugin_ = nullptr;
    }

    void aServiceWithoutItsFunctionIsAMissingService()
    {
        host_.log.write = nullptr;
        CPPUNIT_ASSERT_EQUAL(BF_E_UNSUPPORTED, create());
        host_ = Host();
        host_.host.ctx = &host_;
        host_.clock.mono_ns = nullptr;
        CPPUNIT_ASSERT_EQUAL(BF_E_UNSUPPORTED, create());
        host_.clock.mono_ns = Host::now;
        host_.config.get = nullptr;
        CPPUNIT_ASSERT_EQUAL(BF_E_UNSUPPORTED, create());
        host_.config.get = Host::get;
        host_.routes.register_route = nullptr;
        CPPUNIT_ASSERT_EQUAL(BF_E_UNSUPPORTED, create());
        host_.routes.register_route = Host::registerRoute;
        host_.host.get_extension = nullptr;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, create());
        CPPUNIT_ASSERT(plugin_ == nullptr);
    }

    void aSecondStartIsRefusedAndRegistersNothing()
    {
        CPPUNIT_ASSERT_EQUAL(BF_OK, create());
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->start(plugin_, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, plugin_->start(plugin_, nullptr));
        CPPUNIT_ASSERT_EQUAL(1, host_.registered);
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->stop(plugin_, 0, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->start(plugin_, nullptr));
        CPPUNIT_ASSERT_EQUAL(2, host_.registered);
    }

    void aStopBeforeTheStartOrAfterAStopIsSilent()
    {
        CPPUNIT_ASSERT_EQUAL(BF_OK, create());
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->stop(plugin_, 0, nullptr));
        CPPUNIT_ASSERT(host_.lines.empty());
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->start(plugin_, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->stop(plugin_, 0, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->stop(plugin_, 0, nullptr));
        const std::vector<std::string> expected{"started", "stopped"};
        CPPUNIT_ASSERT(expected == host_.lines);
    }

    void nullIsAnsweredAndNotFollowed()
    {
        const bf_entry* entry = bf_loader_entry(loaded_.get());
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, entry->create(nullptr, &plugin_, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, entry->create(&host_.host, nullptr, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_OK, create());
        CPPUNIT_ASSERT_EQUAL(BF_OK, plugin_->start(plugin_, nullptr));
        const auto* http = table<bf_plugin_http>(BF_EXT_PLUGIN_HTTP);
        const auto* health = table<bf_plugin_health>(BF_EXT_PLUGIN_HEALTH);
        const auto* delivery = table<bf_plugin_delivery>(BF_EXT_PLUGIN_DELIVERY);
        bf_http_request request{};
        request.struct_size = sizeof request;
        request.route_id = 1;
        bf_http_response response{};
        response.struct_size = sizeof response;
        response.set_status = accept;
        bf_sink sink{};
        bf_pump_result pumped{};
        pumped.struct_size = sizeof pumped;
        std::uint32_t state = 0;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, plugin_->start(nullptr, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, plugin_->stop(nullptr, 0, nullptr));
        plugin_->destroy(nullptr);
        CPPUNIT_ASSERT(plugin_->get_extension(plugin_, nullptr) == nullptr);
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, http->handle(plugin_, &request, &response, nullptr));
        request.method = "GET";
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, http->handle(plugin_, &request, &response, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, http->handle(nullptr, nullptr, nullptr, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, health->live(plugin_, nullptr, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, health->live(nullptr, &state, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, health->report(plugin_, nullptr, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, health->report(plugin_, &sink, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, delivery->pump(nullptr, 1, 1, &pumped, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, delivery->pump(plugin_, 1, 1, nullptr, nullptr));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MinimalPluginTest);
