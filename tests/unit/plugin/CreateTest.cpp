// Goal: a host that lacks something is refused in words, before anything runs. Method: a host that
// offers everything, minus one thing at a time.
#include "PluginFixture.h"

#include <cstddef>
#include <array>
#include <sys/wait.h>
#include <unistd.h>

namespace bankfeed::testing
{

class CreateTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(CreateTest);
    CPPUNIT_TEST(aHostThatOffersEverythingGetsAPluginWithEveryTable);
    CPPUNIT_TEST(createMakesNoFileAndNoThread);
    CPPUNIT_TEST(eachMissingTableIsNamed);
    CPPUNIT_TEST(eachTableThatIsTooShortIsNamed);
    CPPUNIT_TEST(eachMissingFunctionIsNoticed);
    CPPUNIT_TEST(aHostThatDoesNotSayWhoItIsIsRefused);
    CPPUNIT_TEST(aHostIdOutsideTheSpecificationIsRefused);
    CPPUNIT_TEST(aNameThatIsNoTextAndAFolderThatIsNotAbsoluteAreRefused);
    CPPUNIT_TEST(aHostOfAnyNewerMinorGetsTheEntry);
    CPPUNIT_TEST(nothingToCreateIntoIsRefused);
    CPPUNIT_TEST(anUnknownTableIsNoTable);
    CPPUNIT_TEST(aForkedChildIsRefused);
    CPPUNIT_TEST(aChildOfARunningPluginIsRefusedAndTheParentGoesOn);
    CPPUNIT_TEST(everyCallInAChildOfARunningPluginIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void aHostThatOffersEverythingGetsAPluginWithEveryTable()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.created());
        for (const char* id : {BF_EXT_PLUGIN_HTTP, BF_EXT_PLUGIN_DELIVERY,
                 BF_EXT_PLUGIN_ACCOUNT_SYNC, BF_EXT_PLUGIN_MIGRATIONS, BF_EXT_PLUGIN_HEALTH})
        {
            const void* table = plugin.table<void>(id);
            CPPUNIT_ASSERT_MESSAGE(id, table != nullptr);
            CPPUNIT_ASSERT_EQUAL(table, plugin.table<void>(id));
        }
    }

    void createMakesNoFileAndNoThread()
    {
        const std::size_t threads = countOf("/proc/self/task");
        const std::size_t files = countOf("/proc/self/fd");
        HostedPlugin plugin(*host);
        CPPUNIT_ASSERT_EQUAL(threads, countOf("/proc/self/task"));
        CPPUNIT_ASSERT_EQUAL(files, countOf("/proc/self/fd"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf(host->dataFolder()));
    }

    void eachMissingTableIsNamed()
    {
        for (const char* id : required)
        {
            host->withheld = {id};
            HostedPlugin plugin(*host);
            assertRefused(plugin.created(), BF_E_UNSUPPORTED, id);
        }
    }

    void eachTableThatIsTooShortIsNamed()
    {
        const auto tooShort = [&](std::uint32_t& size, const char* id)
        {
            const std::uint32_t whole = size;
            for (const std::uint32_t wrong : {0U, 4U, 8U, whole - 1U})
            {
                size = wrong;
                HostedPlugin plugin(*host);
                assertRefused(plugin.created(), BF_E_UNSUPPORTED, id);
            }
            size = whole;
        };
        auto& tables = host->tables;
        tooShort(tables.log.struct_size, BF_EXT_HOST_LOG);
        tooShort(tables.clock.struct_size, BF_EXT_HOST_CLOCK);
        tooShort(tables.wake.struct_size, BF_EXT_HOST_WAKE);
        tooShort(tables.config.struct_size, BF_EXT_HOST_CONFIG);
        tooShort(tables.secrets.struct_size, BF_EXT_HOST_SECRETS);
        tooShort(tables.dataDir.struct_size, BF_EXT_HOST_DATA_DIR);
        tooShort(tables.accounts.struct_size, BF_EXT_HOST_LEDGER_ACCOUNTS);
        tables.post.struct_size = offsetof(bf_host_ledger_post, visit_entries); // It is optional.
        tooShort(tables.post.struct_size, BF_EXT_HOST_LEDGER_POST);
        tooShort(tables.routes.struct_size, BF_EXT_HOST_HTTP_ROUTES);
    }

    void eachMissingFunctionIsNoticed()
    {
        const auto without = [&](auto& function, const char* id)
        {
            const auto kept = function;
            function = nullptr;
            HostedPlugin plugin(*host);
            assertRefused(plugin.created(), BF_E_UNSUPPORTED, id);
            function = kept;
        };
        auto& tables = host->tables;
        without(tables.log.write, BF_EXT_HOST_LOG);
        without(tables.clock.utc_ns, BF_EXT_HOST_CLOCK);
        without(tables.clock.mono_ns, BF_EXT_HOST_CLOCK);
        without(tables.wake.wake, BF_EXT_HOST_WAKE);
        without(tables.config.get, BF_EXT_HOST_CONFIG);
        without(tables.config.revision, BF_EXT_HOST_CONFIG);
        without(tables.secrets.get, BF_EXT_HOST_SECRETS);
        without(tables.secrets.put, BF_EXT_HOST_SECRETS);
        without(tables.dataDir.path, BF_EXT_HOST_DATA_DIR);
        without(tables.accounts.visit_tenants, BF_EXT_HOST_LEDGER_ACCOUNTS);
        without(tables.accounts.list, BF_EXT_HOST_LEDGER_ACCOUNTS);
        without(tables.accounts.create, BF_EXT_HOST_LEDGER_ACCOUNTS);
        without(tables.post.get_watermark, BF_EXT_HOST_LEDGER_POST);
        without(tables.post.post_batch, BF_EXT_HOST_LEDGER_POST);
        without(tables.post.find_heads, BF_EXT_HOST_LEDGER_POST);
        without(tables.routes.register_route, BF_EXT_HOST_HTTP_ROUTES);
        without(tables.routes.public_url, BF_EXT_HOST_HTTP_ROUTES);
    }

    void aHostThatDoesNotSayWhoItIsIsRefused()
    {
        const bf_host whole = host->description();
        const auto refuses = [&]
        {
            HostedPlugin plugin(*host);
            assertRefused(plugin.created(), BF_E_UNSUPPORTED, "bf_host");
            host->description() = whole;
        };
        host->description().struct_size = sizeof(bf_host) - 1;
        refuses();
        host->description().host_id = nullptr;
        refuses();
        host->description().plugin_dir = nullptr;
        refuses();
        host->description().get_extension = nullptr;
        refuses();
        bf_plugin* out = nullptr;
        bf_error error = emptyError();
        CPPUNIT_ASSERT_EQUAL(
            BF_E_UNSUPPORTED, static_cast<int>(entry().create(nullptr, &out, &error)));
        CPPUNIT_ASSERT(out == nullptr);
    }

    void aHostIdOutsideTheSpecificationIsRefused()
    {
        const std::string tooLong(64, 'a');
        for (const char* id : {"", "a b", "books/1",
                 "b\xC3\xBC"
                 "cher",
                 tooLong.c_str()})
        {
            host->description().host_id = id;
            HostedPlugin plugin(*host);
            assertRefused(plugin.created(), BF_E_UNSUPPORTED, "host_id");
        }
        const std::string longest(63, 'Z');
        for (const char* id : {"a", "Books-1_2.3", longest.c_str()})
        {
            host->description().host_id = id;
            assertOk(HostedPlugin(*host).created());
        }
    }

    void aNameThatIsNoTextAndAFolderThatIsNotAbsoluteAreRefused()
    {
        const bf_host whole = host->description();
        for (const char* name : {"Caf\xE9", "two\nlines"})
        {
            host->description().name = name;
            assertRefused(HostedPlugin(*host).created(), BF_E_UNSUPPORTED, "bf_host.name");
        }
        host->description() = whole;
        for (const char* folder : {"", "plugins/bankfeed-plaid"})
        {
            host->description().plugin_dir = folder;
            assertRefused(HostedPlugin(*host).created(), BF_E_UNSUPPORTED, "plugin_dir");
        }
        host->description() = whole;
    }

    void aHostOfAnyNewerMinorGetsTheEntry()
    {
        CPPUNIT_ASSERT(bankfeed_entry_v1(UINT32_MAX) != nullptr);
        CPPUNIT_ASSERT(bankfeed_entry_v1(0) != nullptr);
    }

    void nothingToCreateIntoIsRefused()
    {
        bf_error error = emptyError();
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, static_cast<int>(entry().create(host->abi(), nullptr, &error)));
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, static_cast<int>(entry().create(host->abi(), nullptr, nullptr)));
    }

    void anUnknownTableIsNoTable()
    {
        HostedPlugin plugin(*host);
        CPPUNIT_ASSERT(plugin.table<void>("bankfeed.plugin.http/2") == nullptr);
        CPPUNIT_ASSERT(plugin.table<void>("") == nullptr);
        CPPUNIT_ASSERT(plugin.table<void>(nullptr) == nullptr);
        CPPUNIT_ASSERT(plugin.abi()->get_extension(nullptr, BF_EXT_PLUGIN_HTTP) == nullptr);
    }

    void aForkedChildIsRefused()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        CPPUNIT_ASSERT_EQUAL(BF_E_UNSUPPORTED, startInChild(plugin));
        assertOk(plugin.start());
    }

    void aChildOfARunningPluginIsRefusedAndTheParentGoesOn()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        CPPUNIT_ASSERT_EQUAL(BF_E_UNSUPPORTED, startInChild(plugin));
        bf_tick_result ticked{};
        assertOk(plugin.tick(ticked));
    }

    void everyCallInAChildOfARunningPluginIsRefused()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const pid_t child = ::fork();
        CPPUNIT_ASSERT(child >= 0);
        if (child == 0) ::_exit(callsNotRefused(plugin));
        int status = 0;
        CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
        CPPUNIT_ASSERT(WIFEXITED(status));
        CPPUNIT_ASSERT_EQUAL(0, WEXITSTATUS(status));
        bf_pump_result pumped{};
        assertOk(plugin.pump(pumped));
    }

private:
    /// How many functions do not say that the process was forked. Ends the instance, as a child
    /// would.
    static int callsNotRefused(HostedPlugin& plugin)
    {
        bf_pump_result pumped{};
        bf_tick_result ticked{};
        bf_feed_status fed{};
        bf_migration_status migrated{};
        std::string json;
        std::uint32_t state = BF_HEALTH_OK;
        int others = 0;
        for (const bf_status status : {plugin.pump(pumped).status, plugin.tick(ticked).status,
                 plugin.feedStatus(fed, "a1").status, plugin.migrationStatus(migrated).status,
                 plugin.apply().status, plugin.health(json).status, plugin.live(state).status,
                 plugin.handle({.routeId = 1}).status, plugin.stop().status})
            others += status == BF_E_UNSUPPORTED ? 0 : 1;
        others += state == BF_HEALTH_FAILED ? 0 : 1;
        plugin.abi()->destroy(plugin.abi());
        return others;
    }

    static constexpr std::array<const char*, 9> required{BF_EXT_HOST_LOG, BF_EXT_HOST_CLOCK,
        BF_EXT_HOST_WAKE, BF_EXT_HOST_CONFIG, BF_EXT_HOST_SECRETS, BF_EXT_HOST_DATA_DIR,
        BF_EXT_HOST_LEDGER_ACCOUNTS, BF_EXT_HOST_LEDGER_POST, BF_EXT_HOST_HTTP_ROUTES};

    static const bf_entry& entry() { return *bankfeed_entry_v1(BF_ABI_MINOR); }

    /// What start() says in a child of this process, which ends without any destructor.
    static int startInChild(HostedPlugin& plugin)
    {
        const pid_t child = ::fork();
        CPPUNIT_ASSERT(child >= 0);
        if (child == 0)
        {
            bf_error error = emptyError();
            ::_exit(-plugin.abi()->start(plugin.abi(), &error));
        }
        int status = 0;
        CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
        CPPUNIT_ASSERT(WIFEXITED(status));
        return -WEXITSTATUS(status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CreateTest);

} // namespace bankfeed::testing
