// The program itself: what its commands print and end with, and that signals stop it cleanly.
#include "TestHouse.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

using namespace ledgerd;

namespace
{

// A running ledgerd, whose output is read as it comes. Killed when the object ends before the
// process does.
class Process
{
public:
    explicit Process(const std::vector<std::string>& words, const std::string& input = "")
    {
        int in[2], out[2];
        CPPUNIT_ASSERT(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0);
        std::vector<char*> arguments{const_cast<char*>(LEDGERD_PROGRAM)};
        for (const std::string& word : words)
            arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        pid_ = ::fork();
        CPPUNIT_ASSERT(pid_ >= 0);
        if (pid_ == 0)
        {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            ::dup2(out[1], 2);
            ::execv(LEDGERD_PROGRAM, arguments.data());
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        CPPUNIT_ASSERT(
            ::write(in[1], input.data(), input.size()) == static_cast<ssize_t>(input.size()));
        ::close(in[1]);
        out_ = out[0];
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process()
    {
        if (pid_ > 0)
        {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(out_);
    }

    // Everything up to the end of the line with `words`, or up to the end. Waits at most 20 seconds
    // for each part.
    std::string readUntil(const std::string& words)
    {
        while (words.empty() || text_.find('\n', text_.find(words)) == std::string::npos)
        {
            pollfd waiting{out_, POLLIN, 0};
            if (::poll(&waiting, 1, 20'000) != 1) break;
            char bytes[1024];
            const ssize_t got = ::read(out_, bytes, sizeof bytes);
            if (got <= 0) break;
            text_.append(bytes, static_cast<std::size_t>(got));
        }
        return text_;
    }

    void signal(int number) const { CPPUNIT_ASSERT_EQUAL(0, ::kill(pid_, number)); }

    // All that it can write to: heap, stacks, data.
    std::string memory() const
    {
        const std::string own = "/proc/" + std::to_string(pid_);
        std::ifstream maps(own + "/maps");
        const int fd = ::open((own + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
        CPPUNIT_ASSERT(fd >= 0);
        std::string all, line;
        while (std::getline(maps, line))
        {
            unsigned long long from = 0, to = 0;
            char readable = 0, writable = 0;
            if (std::sscanf(line.c_str(), "%llx-%llx %c%c", &from, &to, &readable, &writable) !=
                    4 ||
                readable != 'r' || writable != 'w')
                continue;
            std::string part(static_cast<std::size_t>(to - from), '\0');
            const ssize_t got = ::pread(fd, part.data(), part.size(), static_cast<off_t>(from));
            if (got > 0) all.append(part, 0, static_cast<std::size_t>(got));
        }
        ::close(fd);
        return all;
    }

    // The exit code; -1 when a signal ended it.
    int end()
    {
        readUntil("");
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t pid_ = -1;
    int out_ = -1;
    std::string text_;
};

} // namespace

class CommandTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CommandTest);
    CPPUNIT_TEST(helpAndVersionAreThere);
    CPPUNIT_TEST(wrongCommandsEndWithTwo);
    CPPUNIT_TEST(anUnknownCommandIsNamed);
    CPPUNIT_TEST(whatRequestsCarriedDoesNotStayInMemory);
    CPPUNIT_TEST(hashPasswordPrintsWhatTheConfigurationTakes);
    CPPUNIT_TEST(checkConfigSaysGoodOrEveryProblem);
    CPPUNIT_TEST(nothingIsServedFromAFileThatOthersCanWrite);
    CPPUNIT_TEST(itServesUntilASignalAndEndsWithZero);
    CPPUNIT_TEST(aTakenPortAndTakenBooksHaveCodesOfTheirOwn);
    CPPUNIT_TEST(whatWasAnsweredSurvivesKill);
    CPPUNIT_TEST(aHangupReadsTheSettingsAgain);
    CPPUNIT_TEST_SUITE_END();

public:
    void helpAndVersionAreThere()
    {
        Process help({"--help"});
        CPPUNIT_ASSERT(help.readUntil("").find("check-config") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0, help.end());
        Process version({"--version"});
        CPPUNIT_ASSERT(version.readUntil("").starts_with("ledgerd "));
        CPPUNIT_ASSERT_EQUAL(0, version.end());
    }

    void wrongCommandsEndWithTwo()
    {
        for (const std::vector<std::string>& words :
            std::vector<std::vector<std::string>>{{}, {"frob"}, {"serve"}, {"serve", "--config"},
                {"serve", "--config", folder_ / "nothing"}, {"export", "--config", "x"},
                {"serve", "more", "--config", "x"}})
            CPPUNIT_ASSERT_EQUAL(2, Process(words).end());
    }

    void anUnknownCommandIsNamed()
    {
        Process bogus({"bogus"});
        CPPUNIT_ASSERT(bogus.readUntil("").starts_with("ledgerd: There is no command \"bogus\"."));
        CPPUNIT_ASSERT_EQUAL(2, bogus.end());
        Process nothing({});
        CPPUNIT_ASSERT(nothing.readUntil("").starts_with("ledgerd: Say what to do."));
    }

    void whatRequestsCarriedDoesNotStayInMemory()
    {
#ifdef BANKFEED_SANITIZED // has memory operators of its own
        return;
#else
        Process server({"serve", "--config", configuration("0", "data", "allow_debugging = on\n")});
        const std::uint16_t port = portOf(server);
        // Put together here, so that nothing but the requests holds them.
        const auto canary = [](const char* what)
        { return std::string("canary") + "-" + what + "-7391-of-no-use-to-anybody"; };
        const std::string form = "name=ada&password=" + canary("password");
        const std::string token = R"({"public_token":")" + canary("token") + R"("})";
        TestClient kept(port); // its buffer lives on while we look
        for (const std::string& request : {"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                                               std::to_string(form.size()) + "\r\n\r\n" + form,
                 "GET /api/me HTTP/1.1\r\nHost: h\r\nCookie: ledgerd_session=" + canary("cookie") +
                     "\r\nAuthorization: Bearer " + canary("bearer") + "\r\n\r\n",
                 "POST /plugins/test/hook HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                     std::to_string(token.size()) + "\r\n\r\n" + token,
                 std::string("GET /api/health HTTP/1.1\r\nHost: h\r\n\r\n")})
            CPPUNIT_ASSERT(kept.exchange(request).status != 0);
        const std::string memory = server.memory();
        CPPUNIT_ASSERT(memory.find("ledgerd_session") != std::string::npos);
        for (const char* what : {"password", "cookie", "bearer", "token"})
            CPPUNIT_ASSERT_MESSAGE(what, memory.find(canary(what)) == std::string::npos);
#endif
    }

    void hashPasswordPrintsWhatTheConfigurationTakes()
    {
        Process hash({"hash-password"}, "correct horse\nmore\n");
        std::string line = hash.readUntil("");
        line.pop_back();
        CPPUNIT_ASSERT(passwordMatches("correct horse", line));
        CPPUNIT_ASSERT_EQUAL(2, Process({"hash-password"}, "short\n").end());
    }

    void checkConfigSaysGoodOrEveryProblem()
    {
        Process good({"check-config", "--config", configuration("0", "data")});
        CPPUNIT_ASSERT_EQUAL(
            std::string("ledgerd: the configuration is good\n"
                        "         (the values of plugins' own settings and secrets are checked by "
                        "them, when they start)\n"),
            good.readUntil(""));
        CPPUNIT_ASSERT_EQUAL(0, good.end());
        Process bad({"check-config", "--config",
            configuration("0", "data", "wrong = key\nlog_level = loud\n")});
        const std::string said = bad.readUntil("");
        CPPUNIT_ASSERT(said.find("\"wrong\" is unknown") != std::string::npos &&
                       said.find("log_level") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(1, bad.end());
    }

    void nothingIsServedFromAFileThatOthersCanWrite()
    {
        const std::string config = configuration("0", "data");
        for (const unsigned mode : {0620u, 0602u})
        {
            CPPUNIT_ASSERT_EQUAL(0, ::chmod(config.c_str(), mode));
            Process server({"serve", "--config", config});
            CPPUNIT_ASSERT_EQUAL(2, server.end());
            const std::string said = server.readUntil("");
            CPPUNIT_ASSERT(said.find("Other users can write to " + config) != std::string::npos);
            CPPUNIT_ASSERT(said.find("chmod go-w " + config) != std::string::npos);
        }
    }

    void itServesUntilASignalAndEndsWithZero()
    {
        for (const int number : {SIGTERM, SIGINT})
        {
            Process server({"serve", "--config", configuration("0", "data")});
            const std::uint16_t port = portOf(server);
            TestClient client(port);
            CPPUNIT_ASSERT_EQUAL(
                200u, client.exchange("GET /api/health HTTP/1.1\r\nHost: h\r\n\r\n").status);
            server.signal(number);
            CPPUNIT_ASSERT_EQUAL(0, server.end());
            CPPUNIT_ASSERT(server.readUntil("").find("test-plugin: the plugin has stopped") !=
                           std::string::npos);
        }
    }

    void aTakenPortAndTakenBooksHaveCodesOfTheirOwn()
    {
        Process server({"serve", "--config", configuration("0", "data")});
        const std::uint16_t port = portOf(server);
        Process samePort({"serve", "--config", configuration(std::to_string(port), "data2")});
        CPPUNIT_ASSERT_EQUAL(3, samePort.end());
        CPPUNIT_ASSERT(samePort.readUntil("").find("Another process listens at 127.0.0.1:") !=
                       std::string::npos);
        const std::string config = configuration("0", "data");
        Process sameBooks({"serve", "--config", config});
        CPPUNIT_ASSERT_EQUAL(4, sameBooks.end());
        CPPUNIT_ASSERT(
            sameBooks.readUntil("").find("Another process has the books in ") != std::string::npos);
        Process journal({"export", "--hledger", "--config", config});
        CPPUNIT_ASSERT(
            journal.readUntil("").find("account Assets:Bank:Checking") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0, journal.end());
    }

    void whatWasAnsweredSurvivesKill()
    {
        const std::string config = configuration("0", "data");
        {
            Process server({"serve", "--config", config});
            TestClient client(portOf(server));
            const std::string body =
                R"({"date":"2026-01-05","description":"Kept","postings":[{"account":"acc-1","amount":"-1.00"},{"account":"acc-2","amount":"1.00"}]})";
            CPPUNIT_ASSERT_EQUAL(
                201u, client
                          .exchange("POST /api/entries HTTP/1.1\r\nHost: h\r\nAuthorization: Basic "
                                    "YWRhOmNvcnJlY3QgaG9yc2U=\r\n"
                                    "Content-Type: application/json\r\nContent-Length: " +
                                    std::to_string(body.size()) + "\r\n\r\n" + body)
                          .status);
            server.signal(SIGKILL);
            CPPUNIT_ASSERT_EQUAL(-1, server.end());
        }
        for (int i = 0; i < 2; ++i) // before and after the books were opened again
        {
            Process journal({"export", "--hledger", "--config", config});
            CPPUNIT_ASSERT(
                journal.readUntil("").find("2026-01-05 * (1) Kept") != std::string::npos);
            CPPUNIT_ASSERT_EQUAL(0, journal.end());
            Process server({"serve", "--config", config});
            portOf(server);
            server.signal(SIGTERM);
            CPPUNIT_ASSERT_EQUAL(0, server.end());
        }
    }

    void aHangupReadsTheSettingsAgain()
    {
        Process server({"serve", "--config",
            configuration("0", "data", "plugin.test-plugin.settings.greeting = hello\n")});
        const std::uint16_t port = portOf(server);
        const auto greeting = [&]
        {
            TestClient client(port);
            return client
                .exchange("GET /plugins/test/hook HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                .body;
        };
        CPPUNIT_ASSERT(greeting().find("greeting=hello\n") != std::string::npos);
        configuration("0", "data", "plugin.test-plugin.settings.greeting = good day\n");
        server.signal(SIGHUP);
        CPPUNIT_ASSERT(eventually(
            [&] { return greeting().find("greeting=good day\n") != std::string::npos; }));
        configuration("0", "data", "wrong = key\n");
        server.signal(SIGHUP);
        CPPUNIT_ASSERT(
            server.readUntil("not reloaded").find("not reloaded: The key \"wrong\" is unknown.") !=
            std::string::npos);
        CPPUNIT_ASSERT(greeting().find("greeting=good day\n") != std::string::npos);
    }

private:
    std::string configuration(
        const std::string& port, const std::string& data, const std::string& more = "")
    {
        static const std::string hash = hashPassword("correct horse");
        const std::string path = folder_ / ("ledgerd-" + data + ".properties");
        std::ofstream(path)
            << "listen = 127.0.0.1:" << port << "\ndata_dir = " << data
            << "\nplugins_dir = " << TEST_PLUGINS_DIR
            << "\nplugins.enabled = test-plugin\nuser.ada.role = admin\nuser.ada.password = "
            << hash << "\n"
            << more;
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path.c_str(), 0600));
        return path;
    }

    static std::uint16_t portOf(Process& server)
    {
        const std::string ready = "ledgerd: ready at http://127.0.0.1:";
        const std::string said = server.readUntil(ready);
        const std::size_t at = said.find(ready);
        CPPUNIT_ASSERT_MESSAGE(said, at != std::string::npos);
        return static_cast<std::uint16_t>(std::stoi(said.substr(at + ready.size())));
    }

    Folder folder_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandTest);
