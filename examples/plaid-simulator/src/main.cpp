#include "CommandLine.h"
#include "Simulator.h"

#include <csignal>
#include <exception>
#include <iostream>
#include <pthread.h>

namespace
{

// Must run before any thread starts, so that the signals reach sigwait() only.
sigset_t blockStopSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

int run(const plaidsim::SimulatorOptions& options)
{
    const sigset_t signals = blockStopSignals();
    const plaidsim::Simulator simulator(options);
    const std::string api = "http://127.0.0.1:" + std::to_string(simulator.port());
    const std::string control = "http://127.0.0.1:" + std::to_string(simulator.controlPort());
    std::cout << "plaid-simulator: api " << api << "\n"
              << "plaid-simulator: control " << control << "\n"
              << "plaid-simulator: bank page " << control << "/bank\n"
              << "plaid-simulator: seed " << options.seed << std::endl;
    int signal = 0;
    sigwait(&signals, &signal);
    return 0;
}

} // namespace

int main(int count, char** values)
{
    const plaidsim::CommandLine line =
        plaidsim::readCommandLine(std::vector<std::string>(values + 1, values + count));
    if (!line.problem.empty())
    {
        std::cerr << "plaid-simulator: " << line.problem << std::endl;
        return 1;
    }
    if (line.help || line.version)
    {
        std::cout << (line.help ? plaidsim::usage()
                                : "plaid-simulator " PLAID_SIMULATOR_VERSION "\n");
        return 0;
    }
    try
    {
        return run(line.options);
    }
    catch (const std::exception& problem)
    {
        std::cerr << "plaid-simulator: " << problem.what() << std::endl;
        return 1;
    }
}
