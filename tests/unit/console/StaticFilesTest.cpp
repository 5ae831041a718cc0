#include "base/Sha256.h"
#include "support/TestDatabase.h"
#include "unit/console/ConsoleWorld.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <vector>

namespace bankfeed::testing
{

using console::ConsoleRequest;
using console::ConsoleResponse;
using console::StaticFiles;

class StaticFilesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StaticFilesTest);
    CPPUNIT_TEST(filesAreServedWithTheirTypes);
    CPPUNIT_TEST(nothingOutsideTheFolderIsServed);
    CPPUNIT_TEST(whatComesLaterOrTheBuildDidNotMakeIsNotServed);
    CPPUNIT_TEST(aFileThatIsNotAsTheBuildMadeItIsRefused);
    CPPUNIT_TEST(aLinkAPipeAndAGapAreRefusedAtOnce);
    CPPUNIT_TEST(anUnchangedFileIsToldSo);
    CPPUNIT_TEST(onlyReadingIsPossible);
    CPPUNIT_TEST(tooMuchIsRefusedAtStart);
    CPPUNIT_TEST(aFolderThatIsNotThereServesNothing);
    CPPUNIT_TEST(theConsoleServesThemToWhoeverIsLoggedIn);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder folder_;
    std::map<std::string, std::string> hashes_;

    [[nodiscard]] std::string root() const { return folder_.path() + "/console"; }

    void put(const std::string& name, const std::string& content) const
    {
        const std::filesystem::path path(root() + "/" + name);
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
    }

    /// Writes a file, and notes it as one that the build made.
    void make(const std::string& name, const std::string& content)
    {
        put(name, content);
        hashes_[name] = sha256Hex(content);
    }

    [[nodiscard]] Result<StaticFiles> readFrom(const std::string& folder) const
    {
        std::vector<StaticFiles::Expected> expected;
        for (const auto& [path, hash] : hashes_)
            expected.push_back({path, hash});
        return StaticFiles::read(folder, expected);
    }

    [[nodiscard]] Result<StaticFiles> read() const { return readFrom(root()); }

    static ConsoleResponse ask(
        const StaticFiles& files, const std::string& path, const std::string& method = "GET")
    {
        ConsoleRequest request;
        request.method = method;
        request.path = path;
        return files.serve(request);
    }

public:
    void setUp() override
    {
        make("index.html", "<!doctype html>");
        make("app.js", "void 0;");
        make("app.css", "body{}");
        make("assets/logo.svg", "<svg/>");
        make("notes.md", "not for browsers");
        std::ofstream(folder_.path() + "/secret.txt") << "secret";
    }

    void filesAreServedWithTheirTypes()
    {
        const auto files = valueOf(read());
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, files.count());
        const auto index = ask(files, "");
        CPPUNIT_ASSERT_EQUAL(200, index.status);
        CPPUNIT_ASSERT_EQUAL(std::string("<!doctype html>"), index.body);
        CPPUNIT_ASSERT_EQUAL(
            std::string("text/html; charset=utf-8"), headerOf(index, "Content-Type"));
        CPPUNIT_ASSERT(
            headerOf(index, "Content-Security-Policy").starts_with("default-src 'none'"));
        CPPUNIT_ASSERT_EQUAL(std::string("nosniff"), headerOf(index, "X-Content-Type-Options"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/javascript; charset=utf-8"),
            headerOf(ask(files, "app.js"), "Content-Type"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("image/svg+xml"), headerOf(ask(files, "assets/logo.svg"), "Content-Type"));
        CPPUNIT_ASSERT_EQUAL(404, ask(files, "notes.md").status);
    }

    void nothingOutsideTheFolderIsServed()
    {
        const auto files = valueOf(read());
        for (const char* path : {"../secret.txt", "assets/../../secret.txt", "assets/../index.html",
                 "./index.html", "//index.html", "/index.html", "..%2fsecret.txt",
                 "%2e%2e/secret.txt", "..\\secret.txt", "assets", "assets/", ".", "..",
                 "index.html/", "index.html%00.js", "index.html\0.js", "INDEX.HTML", "/etc/passwd",
                 "file:///etc/passwd", "assets//logo.svg", "\xff"})
        {
            const auto response = ask(files, path);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                path, std::string(path) == "index.html" ? 200 : 404, response.status);
            CPPUNIT_ASSERT(response.body.find("secret") == std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(404, ask(files, std::string("index.html\0.js", 14)).status);
    }

    void whatComesLaterOrTheBuildDidNotMakeIsNotServed()
    {
        put("stranger.js", "stranger");
        std::filesystem::create_symlink(folder_.path() + "/secret.txt", root() + "/link.txt");
        std::filesystem::create_directory_symlink(folder_.path(), root() + "/up");
        const auto files = valueOf(read());
        put("later.js", "later");
        put("index.html", "changed");
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, files.count());
        for (const char* path : {"stranger.js", "link.txt", "up/secret.txt", "later.js"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 404, ask(files, path).status);
        CPPUNIT_ASSERT_EQUAL(std::string("<!doctype html>"), ask(files, "index.html").body);
    }

    void assertRefused(const std::string& name) const
    {
        const auto files = read();
        CPPUNIT_ASSERT_MESSAGE(name, !files.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("console.changed"), files.error().code);
        CPPUNIT_ASSERT(files.error().text.find(name) != std::string::npos);
    }

    /// Somebody swaps it after the host has checked the folder, and before the plugin reads it.
    void aFileThatIsNotAsTheBuildMadeItIsRefused()
    {
        for (const char* other : {"void 1;", "", "void 0;\n", "fetch('//evil.example')"})
        {
            put("app.js", other);
            assertRefused("app.js");
        }
        put("app.js", "void 0;");
        CPPUNIT_ASSERT(read().ok());
    }

    void aLinkAPipeAndAGapAreRefusedAtOnce()
    {
        const std::string path = root() + "/app.js";
        put("same.txt", "void 0;");
        std::filesystem::remove(path);
        assertRefused("app.js");
        std::filesystem::create_symlink(root() + "/same.txt", path);
        assertRefused("app.js");
        std::filesystem::remove(path);
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(path.c_str(), 0600));
        assertRefused("app.js");
        std::filesystem::remove(path);
        std::filesystem::create_directory(path);
        assertRefused("app.js");
    }

    void anUnchangedFileIsToldSo()
    {
        const auto files = valueOf(read());
        const auto first = ask(files, "app.js");
        ConsoleRequest request;
        request.method = "GET";
        request.path = "app.js";
        request.headers.emplace_back("If-None-Match", headerOf(first, "ETag"));
        const auto second = files.serve(request);
        CPPUNIT_ASSERT_EQUAL(304, second.status);
        CPPUNIT_ASSERT(second.body.empty());
        request.path = "app.css";
        CPPUNIT_ASSERT_EQUAL(200, files.serve(request).status);
    }

    void onlyReadingIsPossible()
    {
        const auto files = valueOf(read());
        const auto head = ask(files, "app.js", "HEAD");
        CPPUNIT_ASSERT_EQUAL(200, head.status);
        CPPUNIT_ASSERT(head.body.empty());
        for (const char* method : {"POST", "PUT", "DELETE"})
            CPPUNIT_ASSERT_EQUAL(405, ask(files, "app.js", method).status);
    }

    void tooMuchIsRefusedAtStart()
    {
        make("big.js", std::string(StaticFiles::fileBytesMax + 1, ' '));
        CPPUNIT_ASSERT(!read().ok());
        std::filesystem::remove(root() + "/big.js");
        hashes_.erase("big.js");
        for (std::size_t i = 0; i < StaticFiles::filesMax; ++i)
            make("many/" + std::to_string(i) + ".js", "");
        CPPUNIT_ASSERT(!read().ok());
    }

    void aFolderThatIsNotThereServesNothing()
    {
        const auto files = valueOf(readFrom(folder_.path() + "/nothing"));
        CPPUNIT_ASSERT_EQUAL(404, ask(files, "").status);
    }

    void theConsoleServesThemToWhoeverIsLoggedIn()
    {
        World world(store::Engine::Sqlite);
        LinkWorld links(world);
        console::Console console({*world.database, world.clock, world.random, world.wake,
                                     world.database.log(), links.sessions},
            consoleSettings(), valueOf(read()));
        auto request = ConsoleWorld::made("GET", "/", "", adaPrincipal(0));
        CPPUNIT_ASSERT_EQUAL(200, console.handle(request).status);
        request.path = "app.js";
        CPPUNIT_ASSERT_EQUAL(200, console.handle(request).status);
        request.path = "api";
        CPPUNIT_ASSERT_EQUAL(404, console.handle(request).status);
        request.path = "app.js";
        request.principal.reset();
        CPPUNIT_ASSERT_EQUAL(401, console.handle(request).status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StaticFilesTest);

} // namespace bankfeed::testing
