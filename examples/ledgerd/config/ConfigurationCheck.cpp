#include "config/ConfigurationCheck.h"

#include "base/Files.h"
#include "base/Text.h"
#include "plugins/HostSide.h"
#include "plugins/SecretStore.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <bankfeed/loader.h>
#include <sys/stat.h>

#include <utility>

namespace ledgerd
{

namespace
{

// A folder that ledgerd makes when it is missing.
void checkOwnFolder(
    const char* key, const std::string& folder, const char* why, std::vector<Problem>& problems)
{
    struct stat info = {};
    if (folder.empty() || ::stat(folder.c_str(), &info) != 0)
    {
        const std::string parent = folder.substr(0, folder.rfind('/'));
        if (!folder.empty() && !parent.empty() && ::stat(parent.c_str(), &info) != 0)
            problems.push_back(
                {std::string("The folder above ") + key + " does not exist: " + parent,
                    std::string("Make it; ledgerd makes ") + key + " itself."});
        return;
    }
    if (const Done fit = ensurePrivateFolder(folder); !fit)
        problems.push_back({fit.failure().text, why});
}

void checkFolders(const Configuration& configuration, std::vector<Problem>& problems)
{
    checkOwnFolder("data_dir", configuration.dataDir,
        "data_dir holds books and data of plugins; keep it to one user.", problems);
    if (configuration.secretsDir.starts_with(configuration.dataDir + "/")) return; // as private
    checkOwnFolder("secrets_dir", configuration.secretsDir,
        "secrets_dir holds the keys of plugins; keep it to one user.", problems);
}

// The manifest has passed the loader's own check; it is read again only for the names of its
// settings.
void checkSettings(const Configuration& configuration, const PluginSettings& plugin,
    std::vector<Problem>& problems)
{
    const auto manifest = readFile(
        configuration.pluginsDir + "/" + plugin.id + "/plugin.json", BF_LOADER_MANIFEST_MAX, false);
    if (!manifest) return;
    try
    {
        const auto known =
            Poco::JSON::Parser().parse(*manifest).extract<Poco::JSON::Object::Ptr>()->getObject(
                "settings");
        for (const auto& [key, value] : plugin.settings)
            if (known.isNull() || !known->has(key))
                problems.push_back(
                    {"The plugin " + plugin.id + " knows no setting \"" + oneLine(key) + "\".",
                        "Correct or remove plugin." + plugin.id + ".settings." + oneLine(key) +
                            "; plugin.json lists the settings."});
    }
    catch (const Poco::Exception& e)
    {
        problems.push_back({"The manifest of " + plugin.id + " cannot be read: " + e.displayText(),
            "Install the plugin's folder again."});
    }
}

void checkPlugin(const Configuration& configuration, const PluginSettings& plugin,
    std::vector<Problem>& problems)
{
    std::vector<const char*> enabled;
    for (const PluginSettings& other : configuration.plugins)
        enabled.push_back(other.id.c_str());
    bf_error err{};
    err.struct_size = sizeof err;
    const bf_status status = bf_loader_verify(configuration.pluginsDir.c_str(), plugin.id.c_str(),
        enabled.data(), static_cast<std::uint32_t>(enabled.size()), &err);
    if (status != BF_OK)
        problems.push_back({"The plugin " + plugin.id + " would be refused, code " +
                                std::to_string(err.code) + ".",
            textOf(err)});
    else
        checkSettings(configuration, plugin, problems);
    SecretStore secrets(
        plugin.secretsFile, configuration.secretsDir + "/" + plugin.id + ".secrets");
    if (const Done readable = secrets.check(); !readable)
        problems.push_back(
            {"The secrets of " + plugin.id + " cannot be used: " + readable.failure().text,
                "Correct the file, or plugin." + plugin.id + ".secrets_file."});
}

} // namespace

std::optional<Problem> writableByOthers(const std::string& file)
{
    struct stat info = {};
    if (::stat(file.c_str(), &info) != 0 || (info.st_mode & 022u) == 0) return std::nullopt;
    return Problem{"Other users can write to " + file + ".", "Run: chmod go-w " + file};
}

std::vector<Problem> checkConfiguration(const ConfigurationReading& reading)
{
    std::vector<Problem> problems = reading.problems;
    const Configuration& configuration = reading.configuration;
    if (auto problem = writableByOthers(configuration.file))
        problems.push_back(*std::move(problem));
    checkFolders(configuration, problems);
    if (!configuration.pluginsDir.empty())
        for (const PluginSettings& plugin : configuration.plugins)
            checkPlugin(configuration, plugin, problems);
    return problems;
}

} // namespace ledgerd
