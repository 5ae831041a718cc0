// ledgerd: a small ledger application that gets its bank feeds from plugins.
#include "Serve.h"

#include "base/Text.h"
#include "books/Books.h"
#include "books/HledgerExport.h"
#include "config/ConfigurationCheck.h"
#include "people/PasswordHash.h"

#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <vector>

namespace
{

using namespace ledgerd;

constexpr const char* help =
    "ledgerd keeps double-entry books and gets bank feeds from plugins.\n"
    "\n"
    "  ledgerd serve --config FILE                  serve the books until SIGTERM\n"
    "  ledgerd check-config --config FILE           print every problem of the configuration\n"
    "  ledgerd export --hledger --config FILE [--tenant ID]\n"
    "                                               write the books as a journal of hledger\n"
    "  ledgerd hash-password                        read a password from standard input, print its "
    "hash\n"
    "  ledgerd --help | --version\n"
    "\n"
    "Ends with 0 when all went well, 1 when something failed or check-config found a problem, 2 "
    "for a wrong\n"
    "command or configuration, 3 when the port is in use, 4 when the books are in use.\n";

struct Arguments
{
    std::string command;
    std::string config;
    std::string tenant;
    bool hledger = false;
    std::string fault; // "" when they are right
};

Arguments parse(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    Arguments out;
    for (std::size_t i = 0; i < words.size(); ++i)
    {
        const bool takesValue = words[i] == "--config" || words[i] == "--tenant";
        if (takesValue && i + 1 == words.size())
            out.fault = words[i] + " needs a value.";
        else if (takesValue)
        {
            (words[i] == "--config" ? out.config : out.tenant) = words[i + 1];
            ++i;
        }
        else if (words[i] == "--hledger")
            out.hledger = true;
        else if (out.command.empty())
            out.command = words[i];
        else
            out.fault = "\"" + oneLine(words[i]) + "\" is not known here.";
    }
    const bool wantsConfig =
        out.command == "serve" || out.command == "check-config" || out.command == "export";
    if (out.fault.empty() && wantsConfig && out.config.empty())
        out.fault = "--config FILE is missing.";
    if (out.fault.empty() && out.command == "export" && !out.hledger)
        out.fault = "Say --hledger: it is the one format there is.";
    return out;
}

int complain(const std::string& sentence, int code)
{
    std::cerr << "ledgerd: " << sentence << std::endl;
    return code;
}

void print(const std::vector<Problem>& problems)
{
    for (const Problem& problem : problems)
        std::cerr << "ledgerd: " << problem.what << "\n         " << problem.advice << std::endl;
}

int hashFromInput()
{
    std::string password;
    std::getline(std::cin, password);
    if (!password.empty() && password.back() == '\r') password.pop_back();
    if (password.size() < passwordMin || password.size() > passwordMax)
        return complain("A password has 8 to 256 bytes.", exitUsage);
    std::cout << hashPassword(password) << std::endl;
    return exitOk;
}

int checkConfig(const ConfigurationReading& reading)
{
    const std::vector<Problem> problems = checkConfiguration(reading);
    print(problems);
    if (!problems.empty()) return exitFailed;
    std::cout << "ledgerd: the configuration is good" << std::endl;
    if (!reading.configuration.plugins.empty())
        std::cout << "         (the values of plugins' own settings and secrets are checked by "
                     "them, when they start)"
                  << std::endl;
    return exitOk;
}

int exportBooks(const Configuration& configuration, const std::string& wanted)
{
    const Clock clock;
    auto books = Books::openToRead(configuration.dataDir, clock);
    if (!books) return complain(books.failure().text, exitFailed);
    const std::string tenant = wanted.empty() ? configuration.tenants.front().id : wanted;
    bool exists = false;
    for (const std::string& id : (*books)->tenants())
        exists = exists || id == tenant;
    if (!exists) return complain("There is no tenant \"" + oneLine(tenant) + "\".", exitUsage);
    writeHledger(**books, tenant, [](std::string_view part) { std::cout << part; });
    if (!std::cout.flush()) return complain("The journal could not be written.", exitFailed);
    return exitOk;
}

int run(const Arguments& arguments)
{
    if (arguments.command == "hash-password") return hashFromInput();
    if (arguments.command == "--version")
    {
        std::cout << "ledgerd " << LEDGERD_VERSION << std::endl;
        return exitOk;
    }
    if (arguments.command == "--help" || arguments.command == "help")
    {
        std::cout << help << std::flush;
        return exitOk;
    }
    const bool known = arguments.command == "serve" || arguments.command == "check-config" ||
                       arguments.command == "export";
    if (!known)
    {
        std::cerr << (arguments.command.empty() ? "ledgerd: Say what to do.\n"
                                                : "ledgerd: There is no command \"" +
                                                      oneLine(arguments.command) + "\".\n")
                  << "\n"
                  << help << std::flush;
        return exitUsage;
    }
    const ConfigurationReading reading = readConfiguration(arguments.config);
    if (arguments.command == "check-config") return checkConfig(reading);
    if (!reading.problems.empty())
    {
        print(reading.problems);
        return exitUsage;
    }
    if (const auto problem = writableByOthers(reading.configuration.file))
    {
        print({*problem});
        return exitUsage;
    }
    return arguments.command == "serve" ? serve(reading.configuration)
                                        : exportBooks(reading.configuration, arguments.tenant);
}

} // namespace

int main(int argc, char** argv)
{
    // No core dump and no debugger sees passwords, whatever the command; serve may permit it.
    static_cast<void>(::prctl(PR_SET_DUMPABLE, 0));
    try
    {
        const Arguments arguments = parse(argc, argv);
        if (!arguments.fault.empty())
            return complain(arguments.fault + " \"ledgerd --help\" says more.", exitUsage);
        return run(arguments);
    }
    catch (const std::exception& e)
    {
        return complain(e.what(), exitFailed);
    }
}
