// Goal: a wrong setting is refused at start, in a text that names its key. Method: one wrong value
// at a time.
#include "PluginFixture.h"

#include <utility>
#include <vector>

namespace bankfeed::testing
{

class SettingsTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(SettingsTest);
    CPPUNIT_TEST(eachBadValueNamesItsKey);
    CPPUNIT_TEST(goodValuesAtTheLimitsAreTaken);
    CPPUNIT_TEST(aNameHasThirtyCharactersInAnyScript);
    CPPUNIT_TEST(aProviderOutsideTheListIsRefused);
    CPPUNIT_TEST(settingsThatTheHostCannotGiveAreNamed);
    CPPUNIT_TEST(missingSecretsAreNamed);
    CPPUNIT_TEST(secretsThatTheHostDoesNotGiveAreNamed);
    CPPUNIT_TEST(secretsThatAnEditorHasSpoiltAreNamed);
    CPPUNIT_TEST(aHostsLongNameIsCutForPeople);
    CPPUNIT_TEST(aWrongDataFolderIsNotCalledASetting);
    CPPUNIT_TEST(aDataFolderThatCannotBeMadeIsAnError);
    CPPUNIT_TEST(aDatabaseUrlIsNotShownInErrors);
    CPPUNIT_TEST_SUITE_END();

public:
    void eachBadValueNamesItsKey()
    {
        const std::string bytes = "caf\xC3";
        const std::vector<std::pair<std::string, std::string>> wrong{
            {"environment", ""},
            {"environment", "development"},
            {"environment", "Sandbox"},
            {"base_url", "nonsense"},
            {"base_url", "http://127.0.0.1:99999"},
            {"base_url", "https://127.0.0.1.example.org"},
            {"base_url", "http://10.0.0.1:8080"},
            {"allow_development_endpoint", "yes"},
            {"allow_development_endpoint", ""},
            {"database_url", "mysql://localhost/x"},
            {"database_url", "sqlite:relative.db"},
            {"client_name", ""},
            {"client_name", std::string(31, 'x')},
            {"client_name", bytes},
            {"language", "english"},
            {"language", ""},
            {"country_codes", "us"},
            {"country_codes", ""},
            {"country_codes", "US,"},
            {"country_codes", "US;CA"},
            {"days_requested", "0"},
            {"days_requested", "731"},
            {"days_requested", "90 days"},
            {"days_requested", "-1"},
            {"days_requested", "99999999999999999999"},
            {"poll_interval_seconds", "0"},
            {"poll_interval_seconds", "604801"},
            {"poll_interval_seconds", "1e3"},
            {"worker_threads", "0"},
            {"worker_threads", "17"},
            {"worker_threads", "two"},
            {"webhooks", "maybe"},
            {"refresh_on_sync_now", "yes"},
            {"live_balances", "now"},
            {"over_precise_amounts", "round"},
            {"over_precise_amounts", ""},
            {"webhooks", std::string("on\0", 3)},
            {"client_name", std::string(5'000, 'x')},
        };
        migrate();
        const auto good = host->settings;
        for (const auto& [key, value] : wrong)
        {
            host->settings = good;
            host->settings[key] = value;
            HostedPlugin plugin(*host);
            const Answer answer = plugin.start();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                key + "=" + value + ": " + answer.text, BF_E_INVALID, int(answer.status));
            CPPUNIT_ASSERT_MESSAGE(
                key + ": " + answer.text, answer.text.find(key) != std::string::npos);
        }
    }

    void goodValuesAtTheLimitsAreTaken()
    {
        migrate();
        const auto good = host->settings;
        for (const auto& [key, value] :
            std::vector<std::pair<std::string, std::string>>{{"days_requested", "1"},
                {"days_requested", "730"}, {"poll_interval_seconds", "604800"},
                {"worker_threads", "16"}, {"country_codes", "US, CA,GB"}, {"webhooks", "off"},
                {"webhooks", "true"}, {"refresh_on_sync_now", "on"}, {"live_balances", "on"},
                {"over_precise_amounts", "hold"}, {"over_precise_amounts", "book"},
                {"client_name", std::string(30, 'x')}})
        {
            host->settings = good;
            host->settings[key] = value;
            HostedPlugin plugin(*host);
            assertOk(plugin.start());
        }
        // The production address, with production's limit of polling. Nothing is sent: there is no
        // connection to poll.
        host->settings = {{"environment", "sandbox"}, {"poll_interval_seconds", "900"}};
        assertOk(HostedPlugin(*host).start());
        host->settings["poll_interval_seconds"] = "899";
        assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, "poll_interval_seconds");
    }

    void aNameHasThirtyCharactersInAnyScript()
    {
        migrate();
        std::string name;
        for (int i = 0; i < 30; ++i)
            name += "\xE8\xB4\xA6"; // One character of three bytes.
        host->settings["client_name"] = name;
        assertOk(HostedPlugin(*host).start());
        host->settings["client_name"] = name + "x";
        assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, "client_name");
    }

    void aProviderOutsideTheListIsRefused()
    {
        migrate();
        host->settings.erase("allow_development_endpoint");
        assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, "base_url");
    }

    void settingsThatTheHostCannotGiveAreNamed()
    {
        migrate();
        for (const bf_status status : {BF_E_INTERNAL, BF_E_DENIED, BF_E_RETRY, 99, BF_ALREADY})
        {
            host->faults.config = status;
            assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, "environment");
        }
        host->faults.config = BF_OK;
    }

    void missingSecretsAreNamed()
    {
        migrate();
        for (const std::string name : {"plaid.client_id", "plaid.secret"})
        {
            const auto kept = host->secrets;
            host->secrets.erase(name);
            assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, name);
            host->secrets[name] = "";
            assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, name);
            host->secrets = kept;
        }
    }

    void secretsThatTheHostDoesNotGiveAreNamed()
    {
        migrate();
        for (const bf_status status : {BF_E_DENIED, BF_E_INTERNAL, 5})
        {
            host->faults.secretGet = status;
            assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, "plaid.client_id");
        }
        host->faults.secretGet = BF_OK;
    }

    void secretsThatAnEditorHasSpoiltAreNamed()
    {
        migrate();
        const std::vector<std::pair<std::string, std::string>> ends{{"\n", "line break"},
            {"\r\n", "line break"}, {" ", "space"}, {std::string(1, '\0'), "control byte"},
            {"\xC3\xA9", "ASCII"}};
        for (const std::string name : {"plaid.client_id", "plaid.secret"})
        {
            const auto kept = host->secrets;
            for (const auto& [end, word] : ends)
            {
                host->secrets[name] = kept.at(name) + end;
                const Answer answer = HostedPlugin(*host).start();
                assertRefused(answer, BF_E_INVALID, name);
                assertRefused(answer, BF_E_INVALID, word);
            }
            host->secrets = kept;
        }
    }

    void aHostsLongNameIsCutForPeople()
    {
        migrate();
        std::string name;
        for (int i = 0; i < 40; ++i)
            name += "\xE8\xB4\xA6"; // One character of three bytes.
        host->description().name = name.c_str();
        assertOk(HostedPlugin(*host).start());
        host->description().name = "";
        assertOk(HostedPlugin(*host).start());
    }

    void aWrongDataFolderIsNotCalledASetting()
    {
        migrate();
        for (const std::string& path : {std::string("data"), std::string("/data\0x", 7),
                 std::string("/caf\xE9"), std::string("/no/such/folder")})
        {
            host->faults.dataPath = path;
            HostedPlugin plugin(*host);
            for (const Answer& answer : {plugin.start(), plugin.apply()})
            {
                CPPUNIT_ASSERT(answer.status < 0);
                CPPUNIT_ASSERT_MESSAGE(
                    answer.text, answer.text.find("database_url") == std::string::npos);
            }
        }
        host->faults.dataPath = "data";
        assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, "data-dir");
    }

    void aDataFolderThatCannotBeMadeIsAnError()
    {
        migrate();
        host->faults.dataDir = BF_E_INTERNAL;
        assertRefused(HostedPlugin(*host).start(), BF_E_INVALID, "data folder");
        host->faults.dataDir = BF_OK;
    }

    void aDatabaseUrlIsNotShownInErrors()
    {
        host->settings["database_url"] =
            "postgresql://bankfeed:canary-password-71@127.0.0.1:1/books?sslmode=maybe";
        HostedPlugin plugin(*host);
        for (const Answer& answer : {plugin.start(), plugin.apply()})
        {
            CPPUNIT_ASSERT(answer.status < 0);
            CPPUNIT_ASSERT_MESSAGE(
                answer.text, answer.text.find("canary-password") == std::string::npos);
        }
        CPPUNIT_ASSERT(!host->logHolds("canary-password"));
    }

private:
    void migrate()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SettingsTest);

} // namespace bankfeed::testing
