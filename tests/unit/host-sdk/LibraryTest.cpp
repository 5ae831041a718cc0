// From checked bytes to a living plugin: what is loaded, what it says of itself, and what it needs.
#include "Refusal.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <random>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace bankfeed::test;
namespace fs = std::filesystem;

namespace
{

const void* offerOnlyLog(const bf_host*, const char* id)
{
    static const std::uint32_t table = 8;
    return std::strcmp(id, "bankfeed.host.log/1") == 0 ? &table : nullptr;
}

bf_host someHost()
{
    bf_host host{};
    host.struct_size = sizeof host;
    host.name = "test";
    host.version = "1";
    host.host_id = "test";
    host.plugin_dir = "/";
    host.get_extension = offerOnlyLog;
    return host;
}

Answer create(const bf_loaded* loaded, const bf_host& host, bf_plugin** out)
{
    bf_error error{};
    error.struct_size = sizeof error;
    std::strcpy(error.text, "left over from an earlier call");
    const bf_status status = bf_loader_create(loaded, &host, out, &error);
    return {status, error.code, error.text};
}

/// Opens a plugin whose library is that negative plugin.
Answer openNegative(const std::string& name)
{
    PluginFolder plugin;
    plugin.useLibrary(name);
    return plugin.open();
}

/// Opens it, then makes an instance.
Answer createNegative(const std::string& name)
{
    PluginFolder plugin;
    plugin.useLibrary(name);
    auto loaded = nothingLoaded();
    assertAccepted(plugin.open(loaded));
    bf_plugin* instance = nullptr;
    const Answer answer = create(loaded.get(), someHost(), &instance);
    CPPUNIT_ASSERT(instance == nullptr);
    return answer;
}

std::string loadedFrom(const bf_entry* entry)
{
    Dl_info about{};
    CPPUNIT_ASSERT(::dladdr(entry, &about) != 0);
    return about.dli_fname;
}

/// Makes memfd_create answer EPERM in this process, for ever.
bool forbidMemoryFiles()
{
    sock_filter filter[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_memfd_create},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog program = {4, filter};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// A thread that keeps exchanging a plugin's library for another one, by renaming and in place.
class Swapper
{
public:
    Swapper(const PluginFolder& plugin, std::string good, std::string bad)
        : path_(plugin.library()),
          spare_(plugin.root() / "spare"),
          good_(std::move(good)),
          bad_(std::move(bad)),
          thread_([this] { run(); })
    {
    }
    ~Swapper()
    {
        stop_ = true;
        thread_.join();
    }
    Swapper(const Swapper&) = delete;
    Swapper& operator=(const Swapper&) = delete;

private:
    void run()
    {
        for (unsigned round = 0; !stop_; ++round)
        {
            const std::string& bytes = round % 2 == 0 ? bad_ : good_;
            const bool inPlace = round % 4 < 2;
            std::fstream out(inPlace ? path_ : spare_,
                inPlace ? std::ios::binary | std::ios::in | std::ios::out
                        : std::ios::binary | std::ios::out | std::ios::trunc);
            out << bytes;
            out.close();
            if (!inPlace) fs::rename(spare_, path_);
        }
    }

    fs::path path_;
    fs::path spare_;
    std::string good_;
    std::string bad_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace

class LibraryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LibraryTest);
    CPPUNIT_TEST(aWellBehavedPluginOpensAndShowsItsManifest);
    CPPUNIT_TEST(whatIsLoadedIsASealedCopy);
    CPPUNIT_TEST(whatIsLoadedDoesNotFollowTheFile);
    CPPUNIT_TEST(whereMemoryFilesAreForbiddenTheFileItselfIsLoaded);
    CPPUNIT_TEST(theSameBytesAreLoadedOnce);
    CPPUNIT_TEST(differentBytesAreNeverTakenForOneAnother);
    CPPUNIT_TEST(aLibraryExchangedWhileItIsCheckedNeverRuns);
    CPPUNIT_TEST(aFileThatIsNoLibraryIsRefusedInTheSystemsWords);
    CPPUNIT_TEST(aLibraryThatIsCutShortIsRefused);
    CPPUNIT_TEST(aLibraryWithAnUnresolvedSymbolIsRefused);
    CPPUNIT_TEST(aLibraryWithoutTheEntryIsRefused);
    CPPUNIT_TEST(anEntryOfADependencyDoesNotCount);
    CPPUNIT_TEST(aLibraryThatWantsANewerHostIsRefused);
    CPPUNIT_TEST(aLibraryWithAnotherIdOrVersionIsRefused);
    CPPUNIT_TEST(anEntryThatIsTooShortIsRefused);
    CPPUNIT_TEST(aHostWithoutARequiredServiceIsToldWhich);
    CPPUNIT_TEST(aHostThatOffersEverythingGetsAnInstance);
    CPPUNIT_TEST(anInstanceThatIsNotCompleteIsRefused);
    CPPUNIT_TEST(aSilentFailureOfCreateGetsWords);
    CPPUNIT_TEST(verifyRunsNoCode);
    CPPUNIT_TEST(aHostThatPassesNullIsToldSo);
    CPPUNIT_TEST_SUITE_END();

public:
    void aWellBehavedPluginOpensAndShowsItsManifest()
    {
        PluginFolder plugin;
        plugin.useLibrary("well-behaved");
        auto loaded = nothingLoaded();
        assertAccepted(plugin.open(loaded));
        const bf_manifest& manifest = *bf_loader_manifest(loaded.get());
        CPPUNIT_ASSERT(BF_HAS(&manifest, bf_manifest, body_max));
        CPPUNIT_ASSERT_EQUAL(std::string("negative"), std::string(manifest.id));
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), std::string(manifest.version));
        CPPUNIT_ASSERT_EQUAL(std::string("A plugin for tests"), std::string(manifest.title));
        CPPUNIT_ASSERT_EQUAL(std::string("library.so"), std::string(manifest.library));
        CPPUNIT_ASSERT_EQUAL(std::string("/negative"), std::string(manifest.route_prefix));
        CPPUNIT_ASSERT_EQUAL(1u, manifest.outbound_count);
        CPPUNIT_ASSERT_EQUAL(std::string("bank.example"), std::string(manifest.outbound[0]));
        CPPUNIT_ASSERT_EQUAL(1u, manifest.secret_count);
        CPPUNIT_ASSERT_EQUAL(std::string("negative.key"), std::string(manifest.secrets[0]));
        CPPUNIT_ASSERT_EQUAL(1u, manifest.setting_count);
        CPPUNIT_ASSERT_EQUAL(std::string("colour"), std::string(manifest.settings[0]));
        CPPUNIT_ASSERT_EQUAL(1u, manifest.required_count);
        CPPUNIT_ASSERT_EQUAL(4u, manifest.request_concurrency);
        CPPUNIT_ASSERT_EQUAL(1024u, manifest.body_max);
        CPPUNIT_ASSERT_EQUAL(
            std::string("negative"), std::string(bf_loader_entry(loaded.get())->plugin_id));
        CPPUNIT_ASSERT_EQUAL(
            plugin.folder().string(), std::string(bf_loader_directory(loaded.get())));
    }

    void whatIsLoadedIsASealedCopy()
    {
        PluginFolder plugin;
        plugin.useLibrary("well-behaved");
        auto loaded = nothingLoaded();
        assertAccepted(plugin.open(loaded));
        const std::string from = loadedFrom(bf_loader_entry(loaded.get()));
        // A debugger follows this name, so it must lead to the bytes.
        CPPUNIT_ASSERT_EQUAL(sha256Hex(readFile(plugin.library())), sha256Hex(readFile(from)));
        CPPUNIT_ASSERT_EQUAL(
            std::string("/memfd:library.so (deleted)"), fs::read_symlink(from).string());
        const int file = std::stoi(from.substr(from.rfind('/') + 1));
        const int seals = ::fcntl(file, F_GET_SEALS);
        CPPUNIT_ASSERT_EQUAL(F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL,
            seals & (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
        CPPUNIT_ASSERT(::fcntl(file, F_GETFD) & FD_CLOEXEC);
    }

    void whatIsLoadedDoesNotFollowTheFile()
    {
        PluginFolder plugin;
        plugin.useLibrary("well-behaved", "cut");
        auto loaded = nothingLoaded();
        assertAccepted(plugin.open(loaded));
        // A library mapped from this file would now end the process with SIGBUS.
        fs::resize_file(plugin.library(), 0);
        CPPUNIT_ASSERT_EQUAL(
            std::string("1.0.0"), std::string(bf_loader_entry(loaded.get())->plugin_version));
        bf_plugin* instance = nullptr;
        assertAccepted(create(loaded.get(), someHost(), &instance));
        instance->destroy(instance);
    }

    void whereMemoryFilesAreForbiddenTheFileItselfIsLoaded()
    {
        PluginFolder plugin;
        plugin.useLibrary("well-behaved", "without a memory file");
        const pid_t child = ::fork();
        CPPUNIT_ASSERT(child >= 0);
        if (child == 0)
        {
            if (!forbidMemoryFiles()) ::_exit(7);
            auto loaded = nothingLoaded();
            if (plugin.open(loaded).status != BF_OK) ::_exit(1);
            const std::string from = loadedFrom(bf_loader_entry(loaded.get()));
            ::_exit(fs::read_symlink(from) == plugin.library() ? 0 : 2);
        }
        int status = 0;
        CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
        CPPUNIT_ASSERT(WIFEXITED(status));
        if (WEXITSTATUS(status) == 7)
        {
            std::cerr << " (seccomp filters are forbidden here) ";
            return;
        }
        CPPUNIT_ASSERT_EQUAL(0, WEXITSTATUS(status));
    }

    void theSameBytesAreLoadedOnce()
    {
        PluginFolder plugin;
        plugin.useLibrary("well-behaved");
        auto first = nothingLoaded();
        auto second = nothingLoaded();
        assertAccepted(plugin.open(first));
        const bf_entry* entry = bf_loader_entry(first.get());
        assertAccepted(plugin.open(second));
        CPPUNIT_ASSERT(entry == bf_loader_entry(second.get()));
        first.reset();
        assertAccepted(plugin.open(first));
        CPPUNIT_ASSERT(entry == bf_loader_entry(first.get()));
    }

    void differentBytesAreNeverTakenForOneAnother()
    {
        PluginFolder plugin;
        std::vector<const bf_entry*> entries;
        for (int i = 0; i < 4; ++i)
        {
            // The loader's own names for libraries must not come back when one is closed.
            plugin.useLibrary("well-behaved", "variant " + std::to_string(i));
            auto loaded = nothingLoaded();
            assertAccepted(plugin.open(loaded));
            for (const bf_entry* other : entries)
            {
                CPPUNIT_ASSERT(other != bf_loader_entry(loaded.get()));
            }
            entries.push_back(bf_loader_entry(loaded.get()));
        }
        // One that fails after it was mapped must not be found again under the next one's name.
        CPPUNIT_ASSERT_EQUAL(BF_LOAD_ENTRY_MISMATCH, openNegative("lying-version").code);
        plugin.manifest()["version"] = "0.9.0";
        plugin.useLibrary("lying-version", "not so");
        assertAccepted(plugin.open());
    }

    void aLibraryExchangedWhileItIsCheckedNeverRuns()
    {
        const unsigned seed = std::random_device{}();
        std::mt19937 random(seed);
        const std::string bad =
            readFile(fs::path(NEGATIVE_PLUGINS) / "intruder.so") + std::string(4096, 'x');
        int opened = 0;
        int refused = 0;
        for (int plugins = 0; plugins < 12; ++plugins)
        {
            PluginFolder plugin;
            plugin.useLibrary("well-behaved",
                std::to_string(seed) + std::string(random() % 200'000, static_cast<char>(plugins)));
            const Swapper swapper(plugin, readFile(plugin.library()), bad);
            bool seen[2] = {false, false};
            const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
            while (!(seen[0] && seen[1]))
            {
                const Answer answer = plugin.open();
                const bool right = answer.status == BF_OK || answer.code == BF_LOAD_CHANGED_FILE;
                CPPUNIT_ASSERT_MESSAGE(answer.text + " seed " + std::to_string(seed), right);
                CPPUNIT_ASSERT_MESSAGE("the intruder has run; seed " + std::to_string(seed),
                    std::getenv("BANKFEED_TEST_INTRUDER") == nullptr);
                seen[answer.status == BF_OK] = true;
                ++(answer.status == BF_OK ? opened : refused);
                CPPUNIT_ASSERT_MESSAGE("only one outcome in 20 s; seed " + std::to_string(seed),
                    std::chrono::steady_clock::now() < deadline);
            }
        }
        std::cerr << " (seed " << seed << ": " << opened << " opened, " << refused << " refused) ";
    }

    void aFileThatIsNoLibraryIsRefusedInTheSystemsWords()
    {
        const PluginFolder plugin;
        assertRefused(BF_LOAD_DLOPEN, "library.so cannot be loaded", plugin.open());
        CPPUNIT_ASSERT(plugin.open().text.find("/proc/") == std::string::npos);
    }

    /// The manifest was made of what is left, so that its hash is right.
    void aLibraryThatIsCutShortIsRefused()
    {
        PluginFolder plugin;
        const std::string whole = readFile(fs::path(NEGATIVE_PLUGINS) / "well-behaved.so");
        for (const std::size_t size : {whole.size() / 2, std::size_t{4096}, std::size_t{100}})
        {
            plugin.addFile("library.so", whole.substr(0, size));
            plugin.save();
            const Answer answer = plugin.open();
            assertRefused(BF_LOAD_DLOPEN, "is cut short", answer);
            assertRefused(BF_LOAD_DLOPEN, "Install the plugin again", answer);
        }
        for (const std::size_t size : {std::size_t{60}, std::size_t{0}})
        {
            plugin.addFile("library.so", whole.substr(0, size));
            plugin.save();
            assertRefused(BF_LOAD_DLOPEN, "file too short", plugin.open());
        }
        // The program headers themselves point out of the file.
        std::string wild = whole;
        for (std::size_t at = 32; at < 40; ++at)
            wild[at] = '\xff';
        plugin.addFile("library.so", wild);
        plugin.save();
        assertRefused(BF_LOAD_DLOPEN, "is cut short", plugin.open());
    }

    void aLibraryWithAnUnresolvedSymbolIsRefused()
    {
        assertRefused(
            BF_LOAD_DLOPEN, "bankfeed_test_function_that_nobody_has", openNegative("unresolved"));
    }

    void aLibraryWithoutTheEntryIsRefused()
    {
        assertRefused(BF_LOAD_NO_ENTRY, "bankfeed_entry_v1", openNegative("wrong-symbol"));
        // The second time the library is already in the process.
        assertRefused(BF_LOAD_NO_ENTRY, "bankfeed_entry_v1", openNegative("wrong-symbol"));
    }

    void anEntryOfADependencyDoesNotCount()
    {
        assertRefused(BF_LOAD_NO_ENTRY, "bankfeed_entry_v1", openNegative("borrowed-entry"));
    }

    void aLibraryThatWantsANewerHostIsRefused()
    {
        assertRefused(BF_LOAD_ENTRY_REFUSED, "ABI 1.0", openNegative("too-new-minor"));
    }

    void aLibraryWithAnotherIdOrVersionIsRefused()
    {
        assertRefused(BF_LOAD_ENTRY_MISMATCH, "somebody-else", openNegative("lying-id"));
        assertRefused(BF_LOAD_ENTRY_MISMATCH, "0.9.0", openNegative("lying-version"));
    }

    void anEntryThatIsTooShortIsRefused()
    {
        assertRefused(BF_LOAD_ENTRY_MISMATCH, "not complete", openNegative("short-entry"));
    }

    void aHostWithoutARequiredServiceIsToldWhich()
    {
        PluginFolder plugin;
        plugin.manifest()["requires"] = {"bankfeed.host.log/1", "bankfeed.host.ledger-post/1"};
        plugin.useLibrary("well-behaved");
        auto loaded = nothingLoaded();
        assertAccepted(plugin.open(loaded));
        bf_plugin* instance = nullptr;
        assertRefused(BF_LOAD_MISSING_SERVICE, "bankfeed.host.ledger-post/1",
            create(loaded.get(), someHost(), &instance));
        CPPUNIT_ASSERT(instance == nullptr);
    }

    void aHostThatOffersEverythingGetsAnInstance()
    {
        PluginFolder plugin;
        plugin.useLibrary("well-behaved");
        auto loaded = nothingLoaded();
        assertAccepted(plugin.open(loaded));
        bf_plugin* instance = nullptr;
        assertAccepted(create(loaded.get(), someHost(), &instance));
        CPPUNIT_ASSERT_EQUAL(BF_OK, instance->start(instance, nullptr));
        CPPUNIT_ASSERT_EQUAL(BF_OK, instance->stop(instance, 0, nullptr));
        instance->destroy(instance);
        bf_host lame = someHost();
        lame.struct_size = 8;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, create(loaded.get(), lame, &instance).status);
    }

    void anInstanceThatIsNotCompleteIsRefused()
    {
        assertRefused(
            BF_LOAD_ENTRY_MISMATCH, "not complete", createNegative("incomplete-instance"));
        assertRefused(BF_LOAD_ENTRY_MISMATCH, "not complete", createNegative("no-instance"));
    }

    void aSilentFailureOfCreateGetsWords()
    {
        const Answer answer = createNegative("silent-create");
        CPPUNIT_ASSERT_EQUAL(BF_E_EXHAUSTED, answer.status);
        CPPUNIT_ASSERT_MESSAGE(answer.text, answer.text.find("status -8") != std::string::npos);
    }

    void aHostThatPassesNullIsToldSo()
    {
        PluginFolder plugin;
        plugin.useLibrary("well-behaved");
        const std::string plugins = plugin.plugins();
        const char* const enabled[] = {nullptr, "negative"};
        bf_loaded* loaded = nullptr;
        bf_error error{};
        error.struct_size = sizeof error;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID,
            bf_loader_open(plugins.c_str(), "negative", enabled + 1, 1, nullptr, &error));
        CPPUNIT_ASSERT(std::string(error.text).find("out is NULL") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, bf_loader_open(plugins.c_str(), "negative", enabled, 2, &loaded, &error));
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, bf_loader_open(plugins.c_str(), "negative", nullptr, 5, &loaded, &error));
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, bf_loader_verify(plugins.c_str(), "negative", enabled, 2, nullptr));
        CPPUNIT_ASSERT(loaded == nullptr);
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, bf_loader_scan(plugins.c_str(), nullptr, nullptr, &error));
        auto whole = nothingLoaded();
        assertAccepted(plugin.open(whole));
        const bf_host host = someHost();
        bf_plugin* instance = nullptr;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_loader_create(whole.get(), &host, nullptr, &error));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_loader_create(nullptr, &host, &instance, &error));
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, bf_loader_create(whole.get(), nullptr, &instance, &error));
    }

    void verifyRunsNoCode()
    {
        PluginFolder plugin;
        plugin.useLibrary("intruder");
        assertAccepted(plugin.verify());
        CPPUNIT_ASSERT(std::getenv("BANKFEED_TEST_INTRUDER") == nullptr);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LibraryTest);
