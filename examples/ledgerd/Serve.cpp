#include "Serve.h"

#include "config/ConfigurationCheck.h"
#include "web/Application.h"

#include <csignal>
#include <iostream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ledgerd
{

namespace
{

constexpr std::chrono::seconds pluginStopPatience{30};

void say(const std::string& line)
{
    std::cout << line << std::endl;
}

void complain(const std::string& sentence)
{
    std::cerr << "ledgerd: " << sentence << std::endl;
}

std::string ownUrl(const Configuration& configuration, std::uint16_t port)
{
    const bool isV6 = configuration.listenAddress.find(':') != std::string::npos;
    const std::string host =
        isV6 ? "[" + configuration.listenAddress + "]" : configuration.listenAddress;
    return "http://" + host + ":" + std::to_string(port);
}

sigset_t handledSignals()
{
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&set, number);
    return set;
}

// SIGHUP: settings and secrets of plugins are read again; everything else needs a restart.
void reload(const Configuration& configuration, Plugins& plugins, const Log& log)
{
    const ConfigurationReading again = readConfiguration(configuration.file);
    if (!again.problems.empty())
    {
        log.error("config", "not reloaded: " + again.problems.front().what);
        return;
    }
    if (const auto problem = writableByOthers(configuration.file))
    {
        log.error("config", "not reloaded: " + problem->what);
        return;
    }
    plugins.reconfigure(again.configuration.plugins);
    log.info("config", "the settings of plugins are read again");
}

void waitForEnd(const Configuration& configuration, Plugins& plugins, const Log& log)
{
    const sigset_t set = handledSignals();
    while (true)
    {
        int number = 0;
        if (::sigwait(&set, &number) != 0) continue;
        if (number != SIGHUP) return;
        reload(configuration, plugins, log);
    }
}

std::string publicUrlOf(const Configuration& configuration, std::uint16_t port)
{
    if (configuration.publicUrl == "none") return "";
    return configuration.publicUrl.empty() ? ownUrl(configuration, port) : configuration.publicUrl;
}

int run(const Configuration& configuration, Books& books, HttpServer& server, const Clock& clock,
    const Log& log)
{
    const std::string publicUrl = publicUrlOf(configuration, server.port());
    Surroundings surroundings{books, clock, log, configuration.dataDir, configuration.secretsDir,
        configuration.pluginsDir, publicUrl, {}, {}, {}};
    for (const PluginSettings& plugin : configuration.plugins)
        surroundings.enabledPlugins.push_back(plugin.id);
    if (!configuration.plugins.empty() &&
        configuration.secretsDir.starts_with(configuration.dataDir + "/"))
        log.warning("config", "the keys of plugins are inside data_dir: a copy of it opens what is "
                              "sealed in it; move " +
                                  configuration.secretsDir + " elsewhere and set secrets_dir");
    Plugins plugins(surroundings);
    plugins.start(configuration.plugins);

    Doorkeeper doorkeeper(configuration.users, clock);
    Sessions sessions(clock);
    Application application(books, plugins, doorkeeper, sessions, log, publicUrl);
    server.start(application);
    say("ledgerd: ready at " + ownUrl(configuration, server.port()));
    waitForEnd(configuration, plugins, log);

    log.info("serve", "stopping");
    const bool stopped = plugins.stop(pluginStopPatience);
    server.stop();
    if (stopped) return exitOk;
    // Threads of a plugin still run: the usual clean-up would pull the ground from under them. The
    // books are safe: what was committed is on disk.
    complain("A plugin did not stop in time; ending without it.");
    ::_exit(exitFailed);
}

} // namespace

int serve(const Configuration& configuration)
{
    const Clock clock;
    const Log log(clock, configuration.logLevel);
    // Before any thread, so that all inherit it and only waitForEnd receives them.
    const sigset_t set = handledSignals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    ::umask(077);
    if (configuration.allowDebugging) static_cast<void>(::prctl(PR_SET_DUMPABLE, 1));

    try
    {
        HttpLimits limits;
        limits.maxConnections = configuration.maxConnections;
        limits.connectionsPerAddress = configuration.maxConnectionsPerAddress;
        limits.trustedProxies = configuration.trustedProxies;
        HttpServer server(
            configuration.listenAddress, configuration.listenPort, limits, clock, log);
        auto books = Books::open(configuration.dataDir, configuration.tenants, clock);
        if (!books)
        {
            complain(books.failure().text);
            return books.failure().kind == Failure::Kind::busy ? exitBooksInUse : exitFailed;
        }
        return run(configuration, **books, server, clock, log);
    }
    catch (const HttpServer::BindError& e)
    {
        complain(e.what());
        return e.portInUse ? exitPortInUse : exitFailed;
    }
}

} // namespace ledgerd
