#include "CommandLine.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>

namespace plaidsim
{

namespace
{

template <typename Number>
bool read(const std::string& text, Number& number)
{
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return result.ec == std::errc() && result.ptr == end;
}

std::string readScenario(const std::string& path, std::string& text)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) return "The scenario file " + path + " cannot be read.";
    text.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (text.empty() || text.size() > 64 * 1024 * 1024)
        return "The scenario file " + path + " is empty, or larger than 64 MiB.";
    return {};
}

// Takes one option with its value; answers the problem, if any.
std::string take(SimulatorOptions& options, const std::string& name, const std::string& value)
{
    if (name == "--port" && read(value, options.port)) return {};
    if (name == "--control-port" && read(value, options.controlPort)) return {};
    if (name == "--seed" && read(value, options.seed)) return {};
    if (name == "--scenario")
    {
        options.scenarioFile = value;
        return readScenario(value, options.scenario);
    }
    if (name == "--clock" && (value == "real" || value == "stepped"))
    {
        options.clock = value == "real" ? VirtualClock::Mode::real : VirtualClock::Mode::stepped;
        return {};
    }
    if (name == "--client-id" && !value.empty())
    {
        options.clientId = value;
        return {};
    }
    if (name == "--secret" && !value.empty())
    {
        options.secret = value;
        return {};
    }
    const char* can = name == "--clock"        ? "real or stepped"
                      : name == "--seed"       ? "a whole number from 0 to 18446744073709551615"
                      : name.ends_with("port") ? "a whole number from 0 to 65535"
                                               : "any text that is not empty";
    return name + " cannot be \"" + value + "\"; it can be " + can + ". Try --help.";
}

bool takesValue(const std::string& name)
{
    for (const char* known :
        {"--port", "--control-port", "--seed", "--scenario", "--clock", "--client-id", "--secret"})
    {
        if (name == known) return true;
    }
    return false;
}

} // namespace

CommandLine readCommandLine(const std::vector<std::string>& arguments)
{
    CommandLine line;
    for (std::size_t i = 0; i < arguments.size() && line.problem.empty(); ++i)
    {
        std::string name = arguments[i];
        if (name == "--help" || name == "-h")
            line.help = true;
        else if (name == "--version")
            line.version = true;
        else
        {
            const std::size_t equals = name.find('=');
            const bool joined = equals != std::string::npos;
            std::string value = joined ? name.substr(equals + 1) : std::string();
            name = name.substr(0, equals);
            if (!takesValue(name))
                line.problem = "There is no option " + name + ". Try --help.";
            else if (!joined && i + 1 == arguments.size())
                line.problem = name + " needs a value. Try --help.";
            else
                line.problem = take(line.options, name, joined ? value : arguments[++i]);
        }
    }
    return line;
}

const char* usage()
{
    return R"(plaid-simulator: an offline Plaid, for testing what talks to Plaid.

usage: plaid-simulator [options]

  --port N            port of the API and the Link pages (default 0: a free one)
  --control-port N    port of the control API and the bank page (default 0: a free one)
  --scenario FILE     JSON file with banks, logins and accounts (default: First Platypus Bank)
  --clock real|stepped
                      real: wall time, can be stepped forward; stepped: stands still until stepped
  --seed N            makes ids and histories repeat (default 1)
  --client-id TEXT    what clients must send (default simulator-client)
  --secret TEXT       what clients must send (default simulator-secret-0000)
  --help, --version

Everything listens on 127.0.0.1 only, without TLS. At the start it prints the addresses. Point any
Plaid client at the API's address; make things happen at the bank on the bank page, or with
requests under /_sim/ on the control port:

  curl -d '{"login_id":"login-good","days":30}' http://127.0.0.1:CONTROL/_sim/bank-days
  curl -d '{"seconds":86400}' http://127.0.0.1:CONTROL/_sim/clock/step

The README.md beside the source lists them all; scenarios to start from are installed in
share/plaid-simulator/scenarios.
)";
}

} // namespace plaidsim
