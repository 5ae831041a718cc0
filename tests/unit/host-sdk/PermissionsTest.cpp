// Owner, mode and type of everything on the way to a plugin's files.
#include "Refusal.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <iostream>
#include <sys/stat.h>
#include <unistd.h>

using namespace bankfeed::test;
namespace fs = std::filesystem;

namespace
{

constexpr uid_t somebodyElse = 12345;

void setMode(const fs::path& path, mode_t mode)
{
    CPPUNIT_ASSERT_EQUAL(0, ::chmod(path.c_str(), mode));
}

/// The process as another user, until the end of the scope. False when it may not be one.
class AsUser
{
public:
    explicit AsUser(uid_t user) : able_(::geteuid() == 0 && ::seteuid(user) == 0)
    {
        if (!able_) std::cerr << " (not root: the host cannot be another user) ";
    }
    ~AsUser()
    {
        if (able_ && ::seteuid(0) != 0) std::abort();
    }
    AsUser(const AsUser&) = delete;
    AsUser& operator=(const AsUser&) = delete;
    explicit operator bool() const { return able_; }

private:
    bool able_;
};

/// Gives a plugin's files, and the folders above them that the test made, to a user.
void give(const PluginFolder& plugin, uid_t user)
{
    setMode(plugin.root(), 0711); // May be passed through, and not listed.
    std::vector<fs::path> all{plugin.root()};
    for (const auto& entry : fs::recursive_directory_iterator(plugin.root()))
        all.push_back(entry.path());
    for (const auto& path : all)
        CPPUNIT_ASSERT_EQUAL(0, ::chown(path.c_str(), user, user));
}

} // namespace

class PermissionsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PermissionsTest);
    CPPUNIT_TEST(aFolderBelowAStickyRootOwnedParentPasses);
    CPPUNIT_TEST(whatTheGroupCanWriteIsRefused);
    CPPUNIT_TEST(whatOthersCanWriteIsRefused);
    CPPUNIT_TEST(aStickyBitDoesNotExcuseThePluginsDirectoryItself);
    CPPUNIT_TEST(aStickyParentOfAnotherOwnerIsRefused);
    CPPUNIT_TEST(aStickyParentOfTheHostsOwnUserIsRefusedUnlessThatIsRoot);
    CPPUNIT_TEST(whatBelongsToAnotherUserIsRefused);
    CPPUNIT_TEST(aHostThatIsNotRootTrustsRootAndItselfAndNobodyElse);
    CPPUNIT_TEST(aLinkedFileIsRefused);
    CPPUNIT_TEST(aLinkOnThePathIsRefused);
    CPPUNIT_TEST(aLinkedPluginFolderIsRefusedAndStillListed);
    CPPUNIT_TEST(aPipeIsRefusedWithoutWaitingForItsWriter);
    CPPUNIT_TEST(aRelativeOrClimbingPathIsRefused);
    CPPUNIT_TEST(aPathWithDoubledSlashesIsTheSamePath);
    CPPUNIT_TEST(aMissingDirectoryIsNamed);
    CPPUNIT_TEST(neitherARefusalNorAnApprovalLeavesADescriptorOpen);
    CPPUNIT_TEST_SUITE_END();

public:
    void aFolderBelowAStickyRootOwnedParentPasses()
    {
        const PluginFolder plugin; // lies in /tmp
        assertAccepted(plugin.verify());
    }

    void whatTheGroupCanWriteIsRefused()
    {
        PluginFolder plugin;
        plugin.addFile("console/page.html", "page");
        plugin.save();
        assertAccepted(plugin.verify());
        for (const auto& path : {plugin.root(), plugin.plugins(), plugin.folder(),
                 plugin.folder() / "console", plugin.folder() / "console/page.html",
                 plugin.library(), plugin.folder() / "plugin.json"})
        {
            struct stat about = {};
            CPPUNIT_ASSERT_EQUAL(0, ::stat(path.c_str(), &about));
            setMode(path, about.st_mode | S_IWGRP);
            assertRefused(BF_LOAD_WRITABLE, path.filename().string(), plugin.verify());
            setMode(path, about.st_mode);
        }
        assertAccepted(plugin.verify());
    }

    void whatOthersCanWriteIsRefused()
    {
        const PluginFolder plugin;
        setMode(plugin.library(), 0602);
        const Answer answer = plugin.verify();
        assertRefused(BF_LOAD_WRITABLE, "library.so", answer);
        CPPUNIT_ASSERT_MESSAGE(answer.text, answer.text.find("chmod go-w") != std::string::npos);
    }

    void aStickyBitDoesNotExcuseThePluginsDirectoryItself()
    {
        const PluginFolder plugin;
        setMode(plugin.plugins(), 01777);
        assertRefused(BF_LOAD_WRITABLE, "plugins", plugin.verify());
    }

    void aStickyParentOfAnotherOwnerIsRefused()
    {
        const PluginFolder plugin;
        setMode(plugin.root(), 01777);
        if (::geteuid() == 0)
        {
            assertAccepted(plugin.verify());
            CPPUNIT_ASSERT_EQUAL(0, ::chown(plugin.root().c_str(), somebodyElse, 0));
            assertRefused(BF_LOAD_BAD_OWNER, plugin.root().filename(), plugin.verify());
            CPPUNIT_ASSERT_EQUAL(0, ::chown(plugin.root().c_str(), 0, 0));
        }
        else
        {
            assertRefused(BF_LOAD_WRITABLE, plugin.root().filename(), plugin.verify());
        }
    }

    void aStickyParentOfTheHostsOwnUserIsRefusedUnlessThatIsRoot()
    {
        if (::geteuid() != 0) return; // As in the test above.
        const PluginFolder plugin;
        give(plugin, somebodyElse);
        const AsUser host(somebodyElse);
        if (!host) return;
        assertAccepted(plugin.verify());
        setMode(plugin.root(), 01777);
        assertRefused(BF_LOAD_WRITABLE, plugin.root().filename(), plugin.verify());
    }

    void aHostThatIsNotRootTrustsRootAndItselfAndNobodyElse()
    {
        if (::geteuid() != 0)
        {
            std::cerr << " (not root: files of another owner cannot be made) ";
            return;
        }
        for (const auto& [owner, refused] :
            {std::pair<uid_t, bool>{0, false}, {somebodyElse, false}, {somebodyElse + 1, true}})
        {
            const PluginFolder plugin;
            for (const auto& path : {plugin.library(), plugin.folder() / "plugin.json"})
                setMode(path, 0644);
            for (const auto& path : {plugin.plugins(), plugin.folder()})
                setMode(path, 0755);
            give(plugin, owner);
            const AsUser host(somebodyElse);
            if (!host) return;
            const Answer answer = plugin.verify();
            if (refused)
                assertRefused(BF_LOAD_BAD_OWNER, plugin.root().filename(), answer);
            else
                assertAccepted(answer);
        }
    }

    void whatBelongsToAnotherUserIsRefused()
    {
        if (::geteuid() != 0)
        {
            std::cerr << " (not root: files of another owner cannot be made) ";
            return;
        }
        const PluginFolder plugin;
        for (const auto& path :
            {plugin.plugins(), plugin.folder(), plugin.library(), plugin.folder() / "plugin.json"})
        {
            CPPUNIT_ASSERT_EQUAL(0, ::chown(path.c_str(), somebodyElse, 0));
            const Answer answer = plugin.verify();
            assertRefused(BF_LOAD_BAD_OWNER, path.filename().string(), answer);
            CPPUNIT_ASSERT_MESSAGE(answer.text, answer.text.find("12345") != std::string::npos);
            CPPUNIT_ASSERT_EQUAL(0, ::chown(path.c_str(), 0, 0));
        }
        assertAccepted(plugin.verify());
    }

    void aLinkedFileIsRefused()
    {
        PluginFolder plugin;
        fs::rename(plugin.library(), plugin.root() / "elsewhere.so");
        fs::create_symlink(plugin.root() / "elsewhere.so", plugin.library());
        assertRefused(BF_LOAD_NOT_A_FILE, "library.so", plugin.verify());

        PluginFolder other;
        fs::rename(other.folder() / "plugin.json", other.root() / "plugin.json");
        fs::create_symlink(other.root() / "plugin.json", other.folder() / "plugin.json");
        assertRefused(BF_LOAD_NOT_A_FILE, "plugin.json", other.verify());
    }

    void aLinkOnThePathIsRefused()
    {
        const PluginFolder plugin;
        fs::rename(plugin.plugins(), plugin.root() / "real");
        fs::create_directory_symlink(plugin.root() / "real", plugin.plugins());
        assertRefused(BF_LOAD_NOT_A_FILE, "plugins", plugin.verify());
    }

    void aLinkedPluginFolderIsRefusedAndStillListed()
    {
        const PluginFolder plugin;
        fs::rename(plugin.folder(), plugin.root() / "real");
        fs::create_directory_symlink(plugin.root() / "real", plugin.folder());
        assertRefused(BF_LOAD_NOT_A_FILE, "negative", plugin.verify());
        std::vector<std::string> found;
        CPPUNIT_ASSERT_EQUAL(
            BF_OK, bf_loader_scan(
                       plugin.plugins().c_str(),
                       [](void* ctx, const char* id)
                       { static_cast<std::vector<std::string>*>(ctx)->emplace_back(id); },
                       &found, nullptr));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, found.size());
    }

    void aPipeIsRefusedWithoutWaitingForItsWriter()
    {
        const PluginFolder plugin;
        fs::remove(plugin.library());
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(plugin.library().c_str(), 0600));
        assertRefused(BF_LOAD_NOT_A_FILE, "library.so", plugin.verify());
        fs::remove(plugin.folder() / "plugin.json");
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((plugin.folder() / "plugin.json").c_str(), 0600));
        assertRefused(BF_LOAD_NOT_A_FILE, "plugin.json", plugin.verify());
    }

    void aRelativeOrClimbingPathIsRefused()
    {
        const PluginFolder plugin;
        const char* const enabled = "negative";
        bf_error error{};
        error.struct_size = sizeof error;
        for (const std::string& path :
            {std::string("plugins"), std::string(), plugin.plugins().string().substr(1),
                plugin.plugins().string() + "/../plugins", "/" + std::string(5000, 'x')})
        {
            CPPUNIT_ASSERT_EQUAL(
                BF_E_NOT_FOUND, bf_loader_verify(path.c_str(), "negative", &enabled, 1, &error));
            CPPUNIT_ASSERT_EQUAL(BF_LOAD_NO_DIRECTORY, error.code);
        }
        CPPUNIT_ASSERT_EQUAL(
            BF_E_NOT_FOUND, bf_loader_verify(nullptr, "negative", &enabled, 1, &error));
    }

    void aPathWithDoubledSlashesIsTheSamePath()
    {
        PluginFolder plugin;
        plugin.useLibrary("well-behaved");
        const char* const enabled = "negative";
        bf_loaded* loaded = nullptr;
        const std::string path = "/" + plugin.root().string() + "//./plugins/";
        CPPUNIT_ASSERT_EQUAL(
            BF_OK, bf_loader_open(path.c_str(), "negative", &enabled, 1, &loaded, nullptr));
        CPPUNIT_ASSERT_EQUAL(plugin.folder().string(), std::string(bf_loader_directory(loaded)));
        bf_loader_close(loaded);
    }

    void aMissingDirectoryIsNamed()
    {
        const PluginFolder plugin;
        fs::remove_all(plugin.folder());
        assertRefused(BF_LOAD_NO_DIRECTORY, "plugins/negative", plugin.verify());
        fs::remove_all(plugin.plugins());
        assertRefused(BF_LOAD_NO_DIRECTORY, "plugins does not exist", plugin.verify());
    }

    void neitherARefusalNorAnApprovalLeavesADescriptorOpen()
    {
        const auto open = []
        {
            std::ptrdiff_t count = 0;
            for (const auto& entry : fs::directory_iterator("/proc/self/fd"))
                count += entry.path().empty() ? 0 : 1;
            return count;
        };
        const PluginFolder plugin;
        assertAccepted(plugin.verify());
        const auto before = open();
        assertAccepted(plugin.verify());
        CPPUNIT_ASSERT_EQUAL(before, open());
        for (const auto& path : {plugin.plugins(), plugin.folder(), plugin.library()})
        {
            setMode(path, 0777);
            assertRefused(BF_LOAD_WRITABLE, path.filename().string(), plugin.verify());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path.string(), before, open());
            setMode(path, 0755);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PermissionsTest);
