// The manifest's rules: what the loader refuses, the schema refuses, and the other way round.
#include "JsonSchema.h"
#include "Refusal.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>

using namespace bankfeed::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace
{

const json& schema()
{
    static const json read = json::parse(readFile(PLUGIN_SCHEMA));
    return read;
}

struct Case
{
    const char* pointer; ///< the member
    json value;          ///< what it becomes; discarded: it is removed
};

const json removed(json::value_t::discarded);

/// Sets the member, shows the manifest to the schema and to the loader.
void check(const Case& one, bool good)
{
    PluginFolder plugin;
    const json::json_pointer at(one.pointer);
    if (one.value.is_discarded())
        plugin.manifest()[at.parent_pointer()].erase(at.back());
    else
        plugin.manifest()[at] = one.value;
    plugin.save();
    const std::string fault = faultOf(plugin.manifest(), schema(), schema());
    const Answer answer = plugin.verify();
    const std::string what =
        std::string(one.pointer) + " = " + one.value.dump() + ": " + answer.text + " " + fault;
    CPPUNIT_ASSERT_EQUAL_MESSAGE("schema: " + what, good, fault.empty());
    // A good manifest may still be of another folder, or for another host.
    const bool refused = answer.code == BF_LOAD_BAD_MANIFEST;
    CPPUNIT_ASSERT_EQUAL_MESSAGE("loader: " + what, good, !refused);
}

json words(std::size_t count, const std::string& prefix, const std::string& suffix)
{
    json list = json::array();
    for (std::size_t i = 0; i < count; ++i)
        list.push_back(prefix + std::to_string(i) + suffix);
    return list;
}

json members(std::size_t count, const std::string& value)
{
    json object = json::object();
    for (std::size_t i = 0; i < count; ++i)
        object["k" + std::to_string(i)] = value;
    return object;
}

const std::string hash(64, 'a');

} // namespace

class ManifestTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ManifestTest);
    CPPUNIT_TEST(goodWordsPassBoth);
    CPPUNIT_TEST(badWordsFailBoth);
    CPPUNIT_TEST(goodStructuresPassBoth);
    CPPUNIT_TEST(badStructuresFailBoth);
    CPPUNIT_TEST(everyMemberIsRequiredAndNoneIsUnknown);
    CPPUNIT_TEST(whatASchemaCannotSayIsRefusedToo);
    CPPUNIT_TEST(textThatIsNotJsonIsRefused);
    CPPUNIT_TEST(aMemberThatComesTwiceIsRefused);
    CPPUNIT_TEST(aHugeManifestIsRefused);
    CPPUNIT_TEST(anotherAbiIsRefusedByItsOwnNumber);
    CPPUNIT_TEST(aLaterFormOfTheManifestAsksForAnotherHost);
    CPPUNIT_TEST(anotherPluginsManifestIsRefused);
    CPPUNIT_TEST(theTextNamesTheMemberAndTheFile);
    CPPUNIT_TEST(theManifestsOfThisRepositoryAreRight);
    CPPUNIT_TEST_SUITE_END();

public:
    void goodWordsPassBoth()
    {
        const std::string label(63, 'a');
        const std::vector<Case> cases = {
            {"/title", "T"},
            {"/title", std::string(80, 't')},
            {"/title", "银行流水 • Größe"},
            {"/version", "0.0.0"},
            {"/version", "999999999.0.1"},
            {"/version", "1.2.3-rc.1"},
            {"/version", "1.2.3--"},
            {"/version", "1.2.3-" + std::string(30, 'a')},
            {"/requires", json::array({"a.b/1"})},
            {"/requires", json::array()},
            {"/requires", json::array({"com.example-bank.host.x/9999"})},
            {"/requires", json::array({"a." + std::string(59, '-') + "/1"})},
            {"/provides", json::array({"bankfeed.plugin.http/1", "bankfeed.plugin.http/2"})},
            {"/permissions/route_prefix", ""},
            {"/permissions/route_prefix", "/a"},
            {"/permissions/route_prefix", "/a.b_c-d/9"},
            {"/permissions/route_prefix", "/" + std::string(31, 'r')},
            {"/permissions/outbound", json::array({"a.b"})},
            {"/permissions/outbound", json::array({label + "." + label + "." + label + ".com"})},
            {"/permissions/outbound", json::array({"xn--bank-9.0-0.example"})},
            {"/permissions/secrets", json::array({"a", "a.b_c-9"})},
            {"/permissions/secrets", json::array({std::string(63, 's')})},
            {"/settings/a9._-", "About."},
            {"/settings/colour", std::string(200, 'x')},
            {"/id", "0.a_b-c"},
            {"/id", std::string(63, 'i')},
        };
        for (const Case& one : cases)
            check(one, true);
    }

    void badWordsFailBoth()
    {
        const std::string label(64, 'a');
        const std::vector<Case> cases = {
            {"/id", ""},
            {"/id", "Negative"},
            {"/id", "-negative"},
            {"/id", "nega/tive"},
            {"/id", "nega tive"},
            {"/id", std::string(64, 'i')},
            {"/id", "n\u00e9gative"},
            {"/title", ""},
            {"/title", "two\nlines"},
            {"/title", "\x7f"},
            {"/title", std::string(81, 't')},
            {"/version", ""},
            {"/version", "1"},
            {"/version", "1.2"},
            {"/version", "1.2.3.4"},
            {"/version", "v1.2.3"},
            {"/version", "1.2.3-"},
            {"/version", "1.2.3+4"},
            {"/version", "1..3"},
            {"/version", "1234567890.0.0"},
            {"/version", "0.0.1234567890"},
            {"/version", "1.2.3-" + std::string(31, 'a')},
            {"/version", "1.2.3\n"},
            {"/library", "library"},
            {"/library", ".so"},
            {"/library", "../library.so"},
            {"/library", "sub/library.so"},
            {"/library", "-library.so"},
            {"/library", std::string(124, 'l') + ".so"},
            {"/requires", json::array({""})},
            {"/requires", json::array({"bankfeed.host.log"})},
            {"/requires", json::array({"bankfeed.host.log/0"})},
            {"/requires", json::array({"bankfeed.host.log/01"})},
            {"/requires", json::array({"bankfeed.host.log/10000"})},
            {"/requires", json::array({"log/1"})},
            {"/requires", json::array({"a..b/1"})},
            {"/requires", json::array({"9a.b/1"})},
            {"/requires", json::array({"a.b/1 "})},
            {"/requires", json::array({"a.B/1"})},
            {"/requires", json::array({"a." + std::string(60, 'b') + "/1"})},
            {"/provides", json::array({"bankfeed.plugin.http/"})},
            {"/permissions/route_prefix", "/"},
            {"/permissions/route_prefix", "plaid"},
            {"/permissions/route_prefix", "/a/"},
            {"/permissions/route_prefix", "/a/b/c"},
            {"/permissions/route_prefix", "/.."},
            {"/permissions/route_prefix", "/A"},
            {"/permissions/route_prefix", "//a"},
            {"/permissions/route_prefix", "/a?b"},
            {"/permissions/route_prefix", "/" + std::string(32, 'r')},
            {"/permissions/outbound", json::array({"localhost"})},
            {"/permissions/outbound", json::array({"*.plaid.com"})},
            {"/permissions/outbound", json::array({"plaid.com."})},
            {"/permissions/outbound", json::array({".plaid.com"})},
            {"/permissions/outbound", json::array({"-a.plaid.com"})},
            {"/permissions/outbound", json::array({"a-.plaid.com"})},
            {"/permissions/outbound", json::array({"plaid.com:443"})},
            {"/permissions/outbound", json::array({"https://plaid.com"})},
            {"/permissions/outbound", json::array({label + ".com"})},
            {"/permissions/secrets", json::array({"Key"})},
            {"/permissions/secrets", json::array({"9key"})},
            {"/permissions/secrets", json::array({std::string(64, 's')})},
            {"/settings/Colour", "About."},
            {"/settings/colour", ""},
            {"/settings/colour", "two\nlines"},
            {"/settings/colour", std::string(201, 'x')},
            {"/unload", "sometimes"},
            {"/unload", ""},
        };
        for (const Case& one : cases)
            check(one, false);
    }

    void goodStructuresPassBoth()
    {
        const std::vector<Case> cases = {
            {"/abi/major", 1},
            {"/abi/major", 2},
            {"/abi/minor_min", 65535},
            {"/limits/body_max", 1},
            {"/limits/body_max", 1048576},
            {"/limits/request_concurrency", 1024},
            {"/requires", words(32, "a.b", "/1")},
            {"/permissions/outbound", words(32, "h", ".example")},
            {"/permissions/secrets", words(32, "s", "")},
            {"/settings", json::object()},
            {"/settings", members(64, "About.")},
        };
        for (const Case& one : cases)
            check(one, true);
        check({"/files/a~1b~1c~1d~1e~1f~1g~1h", hash}, true);
        check({"/files/@scope+x~1_y-z.js", hash}, true);
        check({"/files/sub~1plugin.json", hash}, true);
    }

    void badStructuresFailBoth()
    {
        const std::vector<Case> cases = {
            {"/schema", 2},
            {"/schema", 0},
            {"/schema", "1"},
            {"/abi", 1},
            {"/abi/major", 0},
            {"/abi/major", 65536},
            {"/abi/major", -1},
            {"/abi/major", "1"},
            {"/abi/minor_min", -1},
            {"/abi/minor_min", 65536},
            {"/abi/minor_min", nullptr},
            {"/abi/minor", 0},
            {"/limits/body_max", 0},
            {"/limits/body_max", 1048577},
            {"/limits/body_max", 1e300},
            {"/limits/body_max", 18446744073709551615U},
            {"/limits/body_max", 1.5},
            {"/limits/request_concurrency", 0},
            {"/limits/request_concurrency", 1025},
            {"/limits/threads", 1},
            {"/permissions/ledger", true},
            {"/permissions", json::array()},
            {"/requires", "bankfeed.host.log/1"},
            {"/requires", words(33, "a.b", "/1")},
            {"/requires", json::array({"a.b/1", "a.b/1"})},
            {"/requires", json::array({1})},
            {"/permissions/outbound", words(33, "h", ".example")},
            {"/permissions/secrets", json::array({"a", "b", "a"})},
            {"/settings", members(65, "About.")},
            {"/settings", json::array({"colour"})},
            {"/settings/colour", 1},
            {"/files", json::object()},
            {"/files", json::array()},
            {"/title", nullptr},
            {"/library", 1},
            {"/unload", true},
            {"/extra", 1},
        };
        for (const Case& one : cases)
            check(one, false);
        for (const char* path : {"/files/plugin.json", "/files/..", "/files/..~1x", "/files/~1etc",
                 "/files/a~1~1b", "/files/a~1", "/files/", "/files/.hidden", "/files/a b",
                 "/files/a~1.b", "/files/a\\b", "/files/1~12~13~14~15~16~17~18~19"})
        {
            check({path, hash}, false);
        }
        check({"/files/ok.txt", std::string(64, 'A')}, false);
        check({"/files/ok.txt", std::string(63, 'a')}, false);
        check({"/files/ok.txt", std::string(65, 'a')}, false);
        check({"/files/ok.txt", nullptr}, false);
        json many = members(513, hash);
        check({"/files", many}, false);
    }

    void everyMemberIsRequiredAndNoneIsUnknown()
    {
        const PluginFolder plugin;
        for (const char* pointer :
            {"/schema", "/id", "/title", "/version", "/abi", "/library", "/requires", "/provides",
                "/permissions", "/settings", "/limits", "/unload", "/files", "/abi/major",
                "/abi/minor_min", "/permissions/route_prefix", "/permissions/outbound",
                "/permissions/secrets", "/limits/request_concurrency", "/limits/body_max"})
        {
            check({pointer, removed}, false);
        }
    }

    void whatASchemaCannotSayIsRefusedToo()
    {
        PluginFolder plugin;
        plugin.manifest()["library"] = "other.so";
        plugin.save();
        CPPUNIT_ASSERT_EQUAL(std::string(), faultOf(plugin.manifest(), schema(), schema()));
        assertRefused(BF_LOAD_BAD_MANIFEST, "must list the library", plugin.verify());
        plugin.manifest()["library"] = "library.so";
        std::string text = plugin.manifest().dump();
        text.replace(text.find("\"body_max\":1024"), 15, "\"body_max\":1024.0");
        plugin.writeFile("plugin.json", text);
        assertRefused(BF_LOAD_BAD_MANIFEST, "limits.body_max", plugin.verify());
    }

    void textThatIsNotJsonIsRefused()
    {
        const PluginFolder plugin;
        const std::string good = plugin.manifest().dump();
        for (const std::string& text :
            {std::string(), std::string("{"), std::string("[]"), std::string("1"), good + "x",
                good + good, good.substr(0, good.size() - 1), std::string("\xef\xbb\xbf") + good,
                good + std::string(1, '\0'), std::string(60'000, '['),
                std::string("{\"id\":\"\xff\"}"), std::string("{\"id\":\"a\\u0000b\"}")})
        {
            plugin.writeFile("plugin.json", text);
            assertRefused(BF_LOAD_BAD_MANIFEST, "plugin.json", plugin.verify());
        }
        plugin.writeFile("plugin.json", good + " \n");
        assertAccepted(plugin.verify());
    }

    void aMemberThatComesTwiceIsRefused()
    {
        const PluginFolder plugin;
        std::string text = plugin.manifest().dump();
        text.insert(1, "\"id\":\"another\",");
        plugin.writeFile("plugin.json", text);
        assertRefused(BF_LOAD_BAD_MANIFEST, "has a duplicate key (line 1: ", plugin.verify());
        CPPUNIT_ASSERT(plugin.verify().text.find("JSON object") == std::string::npos);
    }

    void aHugeManifestIsRefused()
    {
        const PluginFolder plugin;
        const std::string good = plugin.manifest().dump();
        plugin.writeFile(
            "plugin.json", good + std::string(BF_LOADER_MANIFEST_MAX - good.size(), ' '));
        assertAccepted(plugin.verify());
        plugin.writeFile(
            "plugin.json", good + std::string(BF_LOADER_MANIFEST_MAX - good.size() + 1, ' '));
        assertRefused(BF_LOAD_TOO_LARGE, "plugin.json", plugin.verify());
    }

    void anotherAbiIsRefusedByItsOwnNumber()
    {
        PluginFolder plugin;
        plugin.manifest()["abi"]["major"] = BF_ABI_MAJOR + 1;
        plugin.save();
        assertRefused(BF_LOAD_ABI_MAJOR, "ABI 2", plugin.verify());
        plugin.manifest()["abi"] = {{"major", BF_ABI_MAJOR}, {"minor_min", BF_ABI_MINOR + 1}};
        plugin.save();
        assertRefused(BF_LOAD_ABI_MINOR, "ABI 1.1", plugin.verify());
        // What a later form of the manifest holds besides is not for this host to judge.
        plugin.manifest()["later"] = "unknown";
        plugin.save();
        assertRefused(BF_LOAD_ABI_MINOR, "Update the host", plugin.verify());
        plugin.manifest()["abi"] = {{"major", BF_ABI_MAJOR + 1}, {"minor_min", 0}};
        plugin.save();
        assertRefused(BF_LOAD_ABI_MAJOR, "Update the host", plugin.verify());
    }

    void aLaterFormOfTheManifestAsksForAnotherHost()
    {
        PluginFolder plugin;
        plugin.manifest()["schema"] = 2;
        plugin.manifest()["later"] = "unknown";
        plugin.save();
        const Answer answer = plugin.verify();
        assertRefused(BF_LOAD_BAD_MANIFEST, "\"schema\" is 2", answer);
        assertRefused(BF_LOAD_BAD_MANIFEST, "Update the host", answer);
        CPPUNIT_ASSERT(answer.text.find("again") == std::string::npos);
    }

    void anotherPluginsManifestIsRefused()
    {
        PluginFolder plugin;
        plugin.manifest()["id"] = "another";
        plugin.save();
        assertRefused(BF_LOAD_WRONG_ID, "\"another\"", plugin.verify());
    }

    void theTextNamesTheMemberAndTheFile()
    {
        PluginFolder plugin;
        plugin.manifest()["limits"]["body_max"] = 0;
        plugin.save();
        const Answer answer = plugin.verify();
        assertRefused(BF_LOAD_BAD_MANIFEST, "negative/plugin.json", answer);
        assertRefused(BF_LOAD_BAD_MANIFEST,
            "\"limits.body_max\" must be a whole number from 1 to 1048576", answer);
    }

    void theManifestsOfThisRepositoryAreRight()
    {
        int found = 0;
        for (const char* path :
            {"manifest/plugin.json.in", "examples/minimal-plugin/plugin.json.in"})
        {
            std::string text = readFile(fs::path(PLUGIN_TEMPLATES) / path);
            const auto put = [&text](const std::string& mark, const std::string& value)
            { text.replace(text.find(mark), mark.size(), value); };
            put("@BANKFEED_VERSION@", "1.2.3");
            put("@BANKFEED_LIBRARY@", "lib.so");
            put("@BANKFEED_FILES@", "\"lib.so\": \"" + hash + "\"");
            const std::string fault = faultOf(json::parse(text), schema(), schema());
            CPPUNIT_ASSERT_MESSAGE(path + (": " + fault), fault.empty());
            ++found;
        }
        CPPUNIT_ASSERT_EQUAL(2, found);
        const fs::path built = fs::path(BUILT_PLUGINS) / "minimal-plugin/plugin.json";
        if (!fs::exists(built)) return;
        CPPUNIT_ASSERT_EQUAL(
            std::string(), faultOf(json::parse(readFile(built)), schema(), schema()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ManifestTest);
