// What an operator can write, and every way to write it wrong.
#include "TestBooks.h"

#include "config/Configuration.h"
#include "config/ConfigurationCheck.h"
#include "people/PasswordHash.h"

#include <fstream>
#include <sys/stat.h>

using namespace ledgerd;

class ConfigurationTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConfigurationTest);
    CPPUNIT_TEST(aWholeConfigurationIsRead);
    CPPUNIT_TEST(whatIsLeftOutHasItsDefault);
    CPPUNIT_TEST(secretsAreKeptOutsideTheBooksUnlessTheyWereInside);
    CPPUNIT_TEST(everyMistakeIsNamed);
    CPPUNIT_TEST(allMistakesAreFoundAtOnce);
    CPPUNIT_TEST(aMissingFileIsOneProblem);
    CPPUNIT_TEST(theCheckLooksAtPluginsSecretsAndPermissions);
    CPPUNIT_TEST(theSampleConfigurationIsUnderstood);
    CPPUNIT_TEST_SUITE_END();

public:
    void aWholeConfigurationIsRead()
    {
        const auto reading = read(
            "listen = 0.0.0.0:81\npublic_url = https://books.example.org/\ndata_dir = data\n"
            "plugins_dir = /srv/plugins\nlog_level = debug\nmax_connections = 64\n"
            "max_connections_per_address = 9\ntrusted_proxy = 127.0.0.1, ::FFFF:10.0.0.7\n"
            "secrets_dir = keys\nallow_debugging = on\n"
            "tenants = a, b\ntenant.b.title = Bee\ntenant.b.currency = EUR\n"
            "plugins.enabled = one, two\nplugin.one.secrets_file = s.properties\n"
            "plugin.one.settings.environment = sandbox\nplugin.one.settings.deep.key = ${x}\n" +
            user());
        assertNoProblem(reading);
        const Configuration& got = reading.configuration;
        CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0"), got.listenAddress);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{81}, got.listenPort);
        CPPUNIT_ASSERT_EQUAL(std::string("https://books.example.org"), got.publicUrl);
        CPPUNIT_ASSERT_EQUAL(folder_ / "data", got.dataDir);
        CPPUNIT_ASSERT_EQUAL(std::string("/srv/plugins"), got.pluginsDir);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{64}, got.maxConnections);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{9}, got.maxConnectionsPerAddress);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, got.trustedProxies.size());
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.7"), got.trustedProxies[1]);
        CPPUNIT_ASSERT_EQUAL(folder_ / "keys", got.secretsDir);
        CPPUNIT_ASSERT(got.allowDebugging);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, got.tenants.size());
        CPPUNIT_ASSERT_EQUAL(std::string("Bee"), got.tenants[1].title);
        CPPUNIT_ASSERT_EQUAL(std::string("EUR"), got.tenants[1].currency);
        CPPUNIT_ASSERT_EQUAL(std::string("a"), got.users.at(0).tenant);
        CPPUNIT_ASSERT(got.users[0].role == UserRole::bookkeeper);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, got.plugins.size());
        CPPUNIT_ASSERT_EQUAL(folder_ / "s.properties", got.plugins[0].secretsFile);
        CPPUNIT_ASSERT_EQUAL(std::string("sandbox"), got.plugins[0].settings.at("environment"));
        CPPUNIT_ASSERT_EQUAL(std::string("${x}"), got.plugins[0].settings.at("deep.key"));
    }

    void whatIsLeftOutHasItsDefault()
    {
        const auto reading = read("data_dir = data\n" + user());
        assertNoProblem(reading);
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), reading.configuration.listenAddress);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{8080}, reading.configuration.listenPort);
        CPPUNIT_ASSERT_EQUAL(std::string("main"), reading.configuration.tenants.at(0).id);
        CPPUNIT_ASSERT(reading.configuration.plugins.empty());
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{32}, reading.configuration.maxConnectionsPerAddress);
        CPPUNIT_ASSERT(reading.configuration.trustedProxies.empty());
        CPPUNIT_ASSERT(!reading.configuration.allowDebugging);
    }

    void secretsAreKeptOutsideTheBooksUnlessTheyWereInside()
    {
        const std::string text = "data_dir = data\n" + user();
        CPPUNIT_ASSERT_EQUAL(folder_ / "data-secrets", read(text).configuration.secretsDir);
        std::filesystem::create_directories(folder_ / "data/secrets");
        CPPUNIT_ASSERT_EQUAL(folder_ / "data/secrets", read(text).configuration.secretsDir);
        std::filesystem::rename(folder_ / "data/secrets", folder_ / "data-secrets");
        CPPUNIT_ASSERT_EQUAL(folder_ / "data-secrets", read(text).configuration.secretsDir);
    }

    void everyMistakeIsNamed()
    {
        const std::string good = "data_dir = data\n" + user();
        assertProblem("", "data_dir");
        assertProblem(good + "lsten = 1\n", "\"lsten\" is unknown");
        assertProblem(good + "listen = here\n", "\"listen\"");
        assertProblem(good + "listen = 127.0.0.1:99999\n", "\"listen\"");
        assertProblem(good + "public_url = ftp://x\n", "\"public_url\"");
        assertProblem(good + "public_url = https://x/path\n", "\"public_url\"");
        assertProblem(good + "log_level = loud\n", "\"log_level\"");
        assertProblem(good + "max_connections = 1\n", "\"max_connections\"");
        assertProblem(good + "max_connections_per_address = 0\n", "max_connections_per_address");
        assertProblem(good + "trusted_proxy = 127.0.0.1, proxy.local\n", "\"proxy.local\"");
        assertProblem(good + "allow_debugging = maybe\n", "\"allow_debugging\"");
        assertProblem(good + "tenants = a, a\n", "listed twice");
        assertProblem(good + "tenant.main.currency = Dollars\n", "currency of the tenant");
        assertProblem(good + "tenant.ghost.title = x\n", "tenant.ghost.title");
        assertProblem(good + "user.ann.role = boss\n", "unknown role");
        assertProblem(good + "user.ann.tenant = ghost\n", "tenant that is not listed");
        assertProblem(good + "user.bob.role = viewer\n", "no usable password hash");
        assertProblem("data_dir = data\n", "no user");
        assertProblem(good + "plugins.enabled = x\n", "\"plugins_dir\" is missing");
        assertProblem(good + "plugin.off.settings.a = b\n", "plugin.off.settings.a");
    }

    void allMistakesAreFoundAtOnce()
    {
        const auto reading = read("listen = x\nlog_level = y\nunknown = z\n");
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, reading.problems.size());
        for (const Problem& problem : reading.problems)
            CPPUNIT_ASSERT(!problem.advice.empty());
    }

    void aMissingFileIsOneProblem()
    {
        const auto reading = readConfiguration(folder_ / "nothing");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, reading.problems.size());
    }

    void theCheckLooksAtPluginsSecretsAndPermissions()
    {
        std::ofstream(folder_ / "s.properties") << "a = b\n";
        ::chmod((folder_ / "s.properties").c_str(), 0644);
        const auto reading =
            read("data_dir = data\nplugins_dir = " TEST_PLUGINS_DIR "\n"
                 "plugins.enabled = test-plugin, ghost\nplugin.test-plugin.settings.greting = x\n"
                 "plugin.test-plugin.secrets_file = s.properties\n" +
                 user());
        assertNoProblem(reading);
        ::chmod(reading.configuration.file.c_str(), 0666);
        const auto problems = checkConfiguration(reading);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, problems.size());
        assertNamed(problems, "Other users can write to");
        assertNamed(problems, "ghost would be refused, code 101");
        assertNamed(problems, "knows no setting \"greting\"");
        assertNamed(problems, "secrets of test-plugin cannot be used");
    }

    void theSampleConfigurationIsUnderstood()
    {
        const auto reading = readConfiguration(SAMPLE_CONFIGURATION);
        for (const Problem& problem : reading.problems)
            CPPUNIT_ASSERT_MESSAGE(
                problem.what, problem.what.find("no usable password hash") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("bankfeed-plaid"), reading.configuration.plugins.at(0).id);
    }

private:
    static std::string user()
    {
        static const std::string hash = hashPassword("correct horse");
        return "user.ann.password = " + hash + "\nuser.ann.role = bookkeeper\n";
    }

    ConfigurationReading read(const std::string& text)
    {
        const std::string path = folder_ / "ledgerd.properties";
        std::ofstream(path) << text;
        ::chmod(path.c_str(), 0600);
        return readConfiguration(path);
    }

    static void assertNoProblem(const ConfigurationReading& reading)
    {
        for (const Problem& problem : reading.problems)
            CPPUNIT_FAIL(problem.what);
    }

    static void assertNamed(const std::vector<Problem>& problems, const std::string& words)
    {
        std::string all;
        for (const Problem& problem : problems)
            all += problem.what + "\n";
        CPPUNIT_ASSERT_MESSAGE(
            words + " is not among: " + all, all.find(words) != std::string::npos);
    }

    void assertProblem(const std::string& text, const std::string& words)
    {
        assertNamed(read(text).problems, words);
    }

    Folder folder_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigurationTest);
