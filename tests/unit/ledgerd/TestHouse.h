// All of ledgerd but the process: books, a plugin made for tests, people, and the server on a free
// port.
#pragma once

#include "TestBooks.h"
#include "TestClient.h"

#include "people/PasswordHash.h"
#include "web/Application.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <sys/stat.h>
#include <thread>

namespace ledgerd
{

// Looks again and again until `look` is true, for at most ten seconds. What a test waits for here
// lies behind the plugin's ABI, HTTP or a file: nothing there could wake the test.
inline bool eventually(const std::function<bool()>& look)
{
    const auto by = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < by)
    {
        if (look()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

using Settings = std::map<std::string, std::string>;

class House
{
public:
    enum class Tenants
    {
        two,
        one,
    };
    explicit House(Settings settings = {}, const std::string& pluginId = "test-plugin",
        Tenants tenants = Tenants::two)
        : books(tenants == Tenants::two
                    ? openBooks(folder.path(), clock)
                    : must(Books::open(folder.path(), {{"main", "Main books", "USD"}}, clock))),
          sessions(clock),
          doorkeeper(people(), clock)
    {
        const std::string secrets = folder / "operator.properties";
        std::ofstream(secrets) << "test.operator = canary-7391\n";
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(secrets.c_str(), 0600));
        HttpLimits limits;
        limits.maxConnections = 32;
        server = std::make_unique<HttpServer>("127.0.0.1", 0, limits, clock, log);
        plugin = {pluginId, std::move(settings), secrets};
        surroundings.reset(new Surroundings{*books, clock, log, folder.path(), folder / "secrets",
            TEST_PLUGINS_DIR, "http://127.0.0.1:" + std::to_string(server->port()), {pluginId}, {},
            {}});
        plugins = std::make_unique<Plugins>(*surroundings);
        plugins->start({plugin});
        application = std::make_unique<Application>(
            *books, *plugins, doorkeeper, sessions, log, surroundings->publicUrl);
        server->start(*application);
    }

    ~House()
    {
        plugins->stop(std::chrono::seconds(10));
        server.reset();
    }

    TestAnswer send(const std::string& method, const std::string& target,
        const std::string& headers = "", const std::string& body = "")
    {
        TestClient client(server->port());
        std::string bytes = method + " " + target +
                            " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server->port()) +
                            "\r\nConnection: close\r\n" + headers;
        if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        return client.exchange(bytes + "\r\n" + body);
    }

    // The header line with the cookie of a fresh login.
    std::string login(const std::string& name)
    {
        const TestAnswer answer =
            send("POST", "/login", "", "name=" + name + "&password=correct+horse&next=/journal");
        CPPUNIT_ASSERT_EQUAL(303u, answer.status);
        const std::string cookie = answer.header("Set-Cookie");
        return "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
    }

    std::string csrf(const std::string& cookie)
    {
        const std::string body = send("GET", "/api/me", cookie).body;
        const std::size_t at = body.find("\"csrf\":\"");
        CPPUNIT_ASSERT(at != std::string::npos);
        return body.substr(at + 8, 32);
    }

    static std::vector<UserSettings> people()
    {
        static const std::string hash = hashPassword("correct horse");
        return {{"ada", "Ada <Admin>", hash, UserRole::admin, "main"},
            {"ben", "Ben", hash, UserRole::bookkeeper, "main"},
            {"vic", "Vic", hash, UserRole::viewer, "main"},
            {"olga", "Olga", hash, UserRole::admin, "other"}};
    }

    Folder folder;
    Clock clock; // the real one: threads wait by it
    Log log{clock, LogLevel::error, -1};
    std::unique_ptr<Books> books;
    Sessions sessions;
    Doorkeeper doorkeeper;
    PluginSettings plugin;
    std::unique_ptr<HttpServer> server;
    std::unique_ptr<Surroundings> surroundings;
    std::unique_ptr<Plugins> plugins;
    std::unique_ptr<Application> application;
};

} // namespace ledgerd
