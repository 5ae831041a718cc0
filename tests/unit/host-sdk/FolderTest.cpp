// The plugin's folder against its manifest, and the list of plugins.
#include "Refusal.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <unistd.h>

using namespace bankfeed::test;
namespace fs = std::filesystem;

namespace
{

Answer scan(const fs::path& path, std::vector<std::string>& found)
{
    bf_error error{};
    error.struct_size = sizeof error;
    const bf_status status = bf_loader_scan(
        path.c_str(),
        [](void* ctx, const char* id)
        { static_cast<std::vector<std::string>*>(ctx)->emplace_back(id); },
        &found, &error);
    return {status, error.code, error.text};
}

} // namespace

class FolderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FolderTest);
    CPPUNIT_TEST(anIdThatIsNotEnabledIsNotLookedAt);
    CPPUNIT_TEST(anEnabledIdThatCannotBeAFolderIsRefused);
    CPPUNIT_TEST(aFolderThatMatchesItsManifestPasses);
    CPPUNIT_TEST(aChangedFileIsRefusedWhateverByteChanged);
    CPPUNIT_TEST(anUnlistedFileIsRefused);
    CPPUNIT_TEST(anUnlistedFileDeepBelowIsRefused);
    CPPUNIT_TEST(aMissingFileIsRefused);
    CPPUNIT_TEST(aFolderInPlaceOfAFileIsAMissingFile);
    CPPUNIT_TEST(anEmptyFolderDoesNoHarm);
    CPPUNIT_TEST(aFileWithAnUnreadableNameIsRefusedInPlainText);
    CPPUNIT_TEST(aLibraryThatIsTooLargeIsRefusedWithoutReadingIt);
    CPPUNIT_TEST(aFolderWithTooManyFilesIsRefused);
    CPPUNIT_TEST(theFirstRefusalDoesNotDependOnTheOrderOnDisk);
    CPPUNIT_TEST(aLongPathKeepsItsEndInTheText);
    CPPUNIT_TEST(aCallerWithAnOlderErrorStructIsServed);
    CPPUNIT_TEST(theScanListsFoldersWithAManifestByName);
    CPPUNIT_TEST(theScanRefusesMoreThan64);
    CPPUNIT_TEST_SUITE_END();

public:
    void anIdThatIsNotEnabledIsNotLookedAt()
    {
        const PluginFolder plugin;
        fs::remove_all(plugin.folder());
        assertRefused(BF_LOAD_NOT_ENABLED, "\"negative\"", plugin.verify({}));
        assertRefused(BF_LOAD_NOT_ENABLED, "\"negative\"", plugin.verify({"another", "negativ"}));
        CPPUNIT_ASSERT_EQUAL(BF_LOAD_NO_DIRECTORY, plugin.verify({"another", "negative"}).code);
    }

    void anEnabledIdThatCannotBeAFolderIsRefused()
    {
        const PluginFolder plugin;
        for (const char* id : {"", ".", "..", "../plugins/negative", "negative/", "Negative"})
        {
            bf_error error{};
            error.struct_size = sizeof error;
            CPPUNIT_ASSERT_EQUAL(
                BF_E_INVALID, bf_loader_verify(plugin.plugins().c_str(), id, &id, 1, &error));
            CPPUNIT_ASSERT_EQUAL(BF_LOAD_WRONG_ID, error.code);
        }
    }

    void aFolderThatMatchesItsManifestPasses()
    {
        PluginFolder plugin;
        plugin.addFile("console/index.html", "<p>");
        plugin.addFile("console/a/b/c/d/e/deep.txt", "");
        plugin.save();
        assertAccepted(plugin.verify());
    }

    void aChangedFileIsRefusedWhateverByteChanged()
    {
        PluginFolder plugin;
        plugin.addFile("console/index.html", "<p>");
        plugin.useLibrary("well-behaved");
        const std::string good = readFile(plugin.library());
        // Header, program headers, code, the last byte, one byte less, one more.
        for (const std::size_t at :
            {std::size_t{0}, std::size_t{7}, std::size_t{64}, std::size_t{4096}, good.size() - 1})
        {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ 1);
            plugin.writeFile("library.so", bad);
            assertRefused(BF_LOAD_CHANGED_FILE, "library.so", plugin.open());
        }
        plugin.writeFile("library.so", good.substr(0, good.size() - 1));
        assertRefused(BF_LOAD_CHANGED_FILE, "library.so", plugin.open());
        plugin.writeFile("library.so", good + '\0');
        assertRefused(BF_LOAD_CHANGED_FILE, "library.so", plugin.open());
        plugin.writeFile("library.so", good);
        plugin.writeFile("console/index.html", "<q>");
        assertRefused(BF_LOAD_CHANGED_FILE, "console/index.html", plugin.open());
        plugin.writeFile("console/index.html", "<p>");
        assertAccepted(plugin.open());
    }

    void anUnlistedFileIsRefused()
    {
        const PluginFolder plugin;
        for (const char* name : {"readme.txt", ".hidden", "plugin.json.sig", "another.so"})
        {
            plugin.writeFile(name, "");
            assertRefused(BF_LOAD_UNLISTED_FILE, name, plugin.verify());
            fs::remove(plugin.folder() / name);
        }
    }

    void anUnlistedFileDeepBelowIsRefused()
    {
        const PluginFolder plugin;
        plugin.writeFile("a/b/plugin.json", "{}");
        assertRefused(BF_LOAD_UNLISTED_FILE, "a/b/plugin.json", plugin.verify());
        fs::remove_all(plugin.folder() / "a");
        plugin.writeFile("1/2/3/4/5/6/7/8/9/10/file", "");
        assertRefused(BF_LOAD_UNLISTED_FILE, "1/2/3/4/5/6/7/8", plugin.verify());
    }

    void aMissingFileIsRefused()
    {
        PluginFolder plugin;
        plugin.addFile("console/index.html", "<p>");
        plugin.save();
        fs::remove(plugin.folder() / "console/index.html");
        assertRefused(BF_LOAD_MISSING_FILE, "console/index.html", plugin.verify());
        fs::remove(plugin.folder() / "plugin.json");
        assertRefused(BF_LOAD_NO_MANIFEST, "plugin.json", plugin.verify());
    }

    void aFolderInPlaceOfAFileIsAMissingFile()
    {
        const PluginFolder plugin;
        fs::remove(plugin.library());
        fs::create_directory(plugin.library());
        assertRefused(BF_LOAD_MISSING_FILE, "library.so", plugin.verify());
    }

    void anEmptyFolderDoesNoHarm()
    {
        const PluginFolder plugin;
        fs::create_directory(plugin.folder() / "empty");
        assertAccepted(plugin.verify());
    }

    void aFileWithAnUnreadableNameIsRefusedInPlainText()
    {
        const PluginFolder plugin;
        plugin.writeFile("a\n\x1b[31m\xff\xc3", "");
        assertRefused(BF_LOAD_UNLISTED_FILE, "a??[31m??", plugin.verify());
    }

    void aLibraryThatIsTooLargeIsRefusedWithoutReadingIt()
    {
        const PluginFolder plugin;
        CPPUNIT_ASSERT_EQUAL(
            0, ::truncate(plugin.library().c_str(), off_t{BF_LOADER_FILE_MAX} + 1));
        assertRefused(BF_LOAD_TOO_LARGE, "library.so", plugin.verify());
    }

    void aFolderWithTooManyFilesIsRefused()
    {
        const PluginFolder plugin;
        for (unsigned i = 0; i < 2 * BF_LOADER_FILES_MAX; ++i)
        {
            plugin.writeFile("many/" + std::to_string(i), "");
        }
        assertRefused(BF_LOAD_TOO_LARGE, "many", plugin.verify());
    }

    void theFirstRefusalDoesNotDependOnTheOrderOnDisk()
    {
        const PluginFolder plugin;
        for (const char* name : {"zz", "bb", "aa", "cc"})
            plugin.writeFile(name, "");
        assertRefused(BF_LOAD_UNLISTED_FILE, "negative/aa", plugin.verify());
    }

    void aLongPathKeepsItsEndInTheText()
    {
        const PluginFolder plugin;
        const std::string name = std::string(150, 'd') + "\xc3\xa9nd";
        plugin.writeFile(name, "");
        const Answer answer = plugin.verify();
        assertRefused(BF_LOAD_UNLISTED_FILE, "dd\xc3\xa9nd is not listed", answer);
        CPPUNIT_ASSERT(answer.text.starts_with("..."));
        CPPUNIT_ASSERT(answer.text.ends_with("."));
    }

    void aCallerWithAnOlderErrorStructIsServed()
    {
        const PluginFolder plugin;
        bf_error error{};
        error.struct_size = 8; // struct_size and code
        error.retryable = 77;
        error.text[0] = 'x';
        CPPUNIT_ASSERT_EQUAL(BF_E_DENIED,
            bf_loader_verify(plugin.plugins().c_str(), "negative", nullptr, 0, &error));
        CPPUNIT_ASSERT_EQUAL(BF_LOAD_NOT_ENABLED, error.code);
        CPPUNIT_ASSERT_EQUAL(77u, error.retryable);
        CPPUNIT_ASSERT_EQUAL('x', error.text[0]);
        CPPUNIT_ASSERT_EQUAL(BF_E_DENIED,
            bf_loader_verify(plugin.plugins().c_str(), "negative", nullptr, 0, nullptr));
    }

    void theScanListsFoldersWithAManifestByName()
    {
        const PluginFolder plugin;
        for (const char* id : {"zebra", "apple", ".hidden"})
        {
            fs::create_directory(plugin.plugins() / id);
            std::ofstream(plugin.plugins() / id / "plugin.json") << "not even JSON";
        }
        fs::create_directory(plugin.plugins() / "no-manifest");
        std::ofstream(plugin.plugins() / "plain-file") << "";
        std::vector<std::string> found;
        assertAccepted(scan(plugin.plugins(), found));
        CPPUNIT_ASSERT(found == (std::vector<std::string>{"apple", "negative", "zebra"}));
        found.clear();
        assertRefused(BF_LOAD_NO_DIRECTORY, "nowhere", scan(plugin.root() / "nowhere", found));
        CPPUNIT_ASSERT(found.empty());
    }

    void theScanRefusesMoreThan64()
    {
        const PluginFolder plugin;
        std::vector<std::string> found;
        for (unsigned i = 1; i < BF_LOADER_PLUGINS_MAX; ++i)
        {
            fs::copy(plugin.folder(), plugin.plugins() / ("p" + std::to_string(i)));
        }
        assertAccepted(scan(plugin.plugins(), found));
        CPPUNIT_ASSERT_EQUAL(std::size_t{BF_LOADER_PLUGINS_MAX}, found.size());
        found.clear();
        fs::copy(plugin.folder(), plugin.plugins() / "one-more");
        const Answer answer = scan(plugin.plugins(), found);
        assertRefused(BF_LOAD_TOO_LARGE, "64", answer);
        CPPUNIT_ASSERT_EQUAL(BF_E_EXHAUSTED, answer.status);
        CPPUNIT_ASSERT(found.empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FolderTest);
