#include "config/Configuration.h"

#include "base/Address.h"
#include "base/Files.h"
#include "base/Money.h"
#include "base/Text.h"
#include "people/PasswordHash.h"

#include <Poco/AutoPtr.h>
#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <Poco/Util/PropertyFileConfiguration.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

namespace ledgerd
{

namespace
{

constexpr std::array<const char*, 3> roleNames{"viewer", "bookkeeper", "admin"};
constexpr std::size_t tenantsMax = 100;
constexpr std::size_t usersMax = 1000;
constexpr std::size_t pluginsMax = 16;
constexpr std::size_t proxiesMax = 32;

bool isPlainId(std::string_view id)
{
    return !id.empty() && id.size() <= 63 &&
           std::all_of(id.begin(), id.end(),
               [](char c)
               {
                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
               });
}

void collectKeys(const Poco::Util::AbstractConfiguration& from, const std::string& range,
    std::map<std::string, std::string>& into)
{
    Poco::Util::AbstractConfiguration::Keys keys;
    from.keys(range, keys);
    for (const std::string& key : keys)
    {
        std::string full = range;
        if (!full.empty()) full += '.';
        full += key;
        if (from.hasProperty(full)) into[full] = from.getRawString(full);
        collectKeys(from, full, into);
    }
}

// The file as a flat list, each key taken once; what is left at the end is unknown.
class Reader
{
public:
    explicit Reader(ConfigurationReading& reading) : reading_(reading) {}

    bool load(const std::string& path)
    {
        const auto content = readFile(path, configurationBytesMax, false);
        if (!content)
        {
            problem(content.failure().text, "Give the path of a configuration file with --config.");
            return false;
        }
        try
        {
            std::istringstream stream(*content);
            const Poco::AutoPtr<Poco::Util::PropertyFileConfiguration> file(
                new Poco::Util::PropertyFileConfiguration(stream));
            collectKeys(*file, "", values_);
            return true;
        }
        catch (const Poco::Exception& e)
        {
            problem("The configuration file cannot be read: " + e.displayText(),
                "Write it as lines of key = value.");
            return false;
        }
    }

    void problem(std::string what, std::string advice)
    {
        reading_.problems.push_back({std::move(what), std::move(advice)});
    }

    std::optional<std::string> take(const std::string& key)
    {
        const auto found = values_.find(key);
        if (found == values_.end()) return std::nullopt;
        std::string value = trimmed(found->second);
        values_.erase(found);
        return value;
    }

    std::string takeOr(const std::string& key, const std::string& otherwise)
    {
        return take(key).value_or(otherwise);
    }

    // Takes every key below "prefix.", as what follows it.
    std::map<std::string, std::string> takeBelow(const std::string& prefix)
    {
        std::map<std::string, std::string> below;
        for (auto it = values_.lower_bound(prefix);
             it != values_.end() && it->first.starts_with(prefix);)
        {
            below[it->first.substr(prefix.size())] = trimmed(it->second);
            it = values_.erase(it);
        }
        return below;
    }

    // The ids in "prefix.<id>.<member>", for ids without a dot.
    std::set<std::string> idsBelow(const std::string& prefix) const
    {
        std::set<std::string> ids;
        for (const auto& [key, value] : values_)
            if (key.starts_with(prefix))
            {
                const std::string rest = key.substr(prefix.size());
                if (const std::size_t dot = rest.find('.'); dot != std::string::npos)
                    ids.insert(rest.substr(0, dot));
            }
        return ids;
    }

    std::string path(const std::string& written) const
    {
        if (written.empty()) return written;
        const auto base = std::filesystem::path(reading_.configuration.file).parent_path();
        std::string whole = (base / written).lexically_normal().string();
        while (whole.size() > 1 && whole.back() == '/')
            whole.pop_back();
        return whole;
    }

    void reportUnknown()
    {
        for (const auto& [key, value] : values_)
            problem("The key \"" + oneLine(key) + "\" is unknown.",
                "Correct its spelling or remove it; the keys are listed in README.md of ledgerd.");
    }

private:
    ConfigurationReading& reading_;
    std::map<std::string, std::string> values_;
};

bool parseNumber(
    const std::string& text, std::uint32_t smallest, std::uint32_t largest, std::uint32_t& out)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < smallest ||
        number > largest)
        return false;
    out = number;
    return true;
}

void readListen(Reader& reader, Configuration& out)
{
    const std::string listen = reader.takeOr("listen", "127.0.0.1:8080");
    const std::size_t colon = listen.rfind(':');
    std::uint32_t port = 0;
    if (colon == std::string::npos || colon == 0 ||
        !parseNumber(listen.substr(colon + 1), 0, 65535, port))
        reader.problem("\"listen\" is not an address and a port.", "Write it like 127.0.0.1:8080.");
    else
    {
        out.listenAddress = listen.substr(0, colon);
        out.listenPort = static_cast<std::uint16_t>(port);
    }
    out.publicUrl = reader.takeOr("public_url", "");
    while (out.publicUrl.ends_with('/'))
        out.publicUrl.pop_back();
    if (out.publicUrl.empty() || out.publicUrl == "none") return;
    try
    {
        const Poco::URI uri(out.publicUrl);
        const bool web = uri.getScheme() == "https" || uri.getScheme() == "http";
        if (!web || uri.getHost().empty() || !uri.getUserInfo().empty() ||
            !uri.getQuery().empty() || !uri.getPath().empty())
            throw Poco::SyntaxException("not a plain address");
    }
    catch (const Poco::Exception&)
    {
        reader.problem("\"public_url\" is not the address of a server.",
            "Write it like https://books.example.org, without a path; or \"none\".");
    }
}

void readConnections(Reader& reader, Configuration& out)
{
    if (!parseNumber(reader.takeOr("max_connections", "128"), 8, 1024, out.maxConnections))
        reader.problem(
            "\"max_connections\" is not a number from 8 to 1024.", "Leave it out for 128.");
    // A browser opens six.
    const std::uint32_t share = std::max(6u, out.maxConnections / 4);
    if (!parseNumber(reader.takeOr("max_connections_per_address", std::to_string(share)), 1, 1024,
            out.maxConnectionsPerAddress))
        reader.problem("\"max_connections_per_address\" is not a number from 1 to 1024.",
            "Leave it out for a quarter of max_connections.");
    const std::vector<std::string> proxies = splitList(reader.takeOr("trusted_proxy", ""), ',');
    for (const std::string& proxy : proxies)
        if (const auto address = canonicalAddress(proxy))
            out.trustedProxies.push_back(*address);
        else
            reader.problem(
                "\"trusted_proxy\" holds \"" + oneLine(proxy) + "\", which is no address.",
                "Write addresses like 127.0.0.1, ::1, not names or networks.");
    if (proxies.size() > proxiesMax)
        reader.problem("\"trusted_proxy\" lists more than 32 addresses.", "Remove some.");
}

// Beside data_dir, and not inside it: a copy of data_dir must not open what is sealed in it. Books
// that were begun with the secrets inside keep them there until somebody moves them.
std::string secretsDirOf(const std::string& written, const std::string& dataDir)
{
    if (!written.empty() || dataDir.empty()) return written;
    const std::string inside = dataDir + "/secrets";
    const std::string beside = dataDir + "-secrets";
    std::error_code ignored;
    const bool old =
        std::filesystem::exists(inside, ignored) && !std::filesystem::exists(beside, ignored);
    return old ? inside : beside;
}

void readGeneral(Reader& reader, Configuration& out)
{
    readListen(reader, out);
    readConnections(reader, out);
    out.dataDir = reader.path(reader.takeOr("data_dir", ""));
    if (out.dataDir.empty())
        reader.problem("\"data_dir\" is missing.", "Name the folder that holds the books.");
    out.secretsDir = secretsDirOf(reader.path(reader.takeOr("secrets_dir", "")), out.dataDir);
    out.pluginsDir = reader.path(reader.takeOr("plugins_dir", ""));
    if (!parseLogLevel(reader.takeOr("log_level", "info"), out.logLevel))
        reader.problem("\"log_level\" is unknown.", "Write debug, info, warning or error.");
    const std::string debugging = reader.takeOr("allow_debugging", "off");
    out.allowDebugging = debugging == "on";
    if (debugging != "on" && debugging != "off")
        reader.problem("\"allow_debugging\" is neither on nor off.", "Leave it out for off.");
}

void readTenants(Reader& reader, Configuration& out)
{
    for (const std::string& id : splitList(reader.takeOr("tenants", "main"), ','))
    {
        TenantSettings tenant;
        tenant.id = id;
        tenant.title = reader.takeOr("tenant." + id + ".title", id == "main" ? "Main books" : id);
        tenant.currency = reader.takeOr("tenant." + id + ".currency", "USD");
        if (!isPlainId(id))
            reader.problem("The tenant \"" + oneLine(id) + "\" is not an id.",
                "Use up to 63 letters, digits, dots and hyphens.");
        if (isoExponent(tenant.currency) < 0)
            reader.problem(
                "The currency of the tenant \"" + oneLine(id) + "\" is not an ISO 4217 code.",
                "Write it like EUR.");
        const bool twice = std::any_of(out.tenants.begin(), out.tenants.end(),
            [&](const TenantSettings& other) { return other.id == id; });
        if (twice)
            reader.problem("The tenant \"" + oneLine(id) + "\" is listed twice.", "Remove one.");
        out.tenants.push_back(std::move(tenant));
    }
    if (out.tenants.empty() || out.tenants.size() > tenantsMax)
        reader.problem("\"tenants\" lists none or more than 100.",
            "Leave it out for the one tenant \"main\".");
}

void readUsers(Reader& reader, Configuration& out)
{
    for (const std::string& name : reader.idsBelow("user."))
    {
        const std::string prefix = "user." + name + ".";
        UserSettings user;
        user.name = name;
        user.title = reader.takeOr(prefix + "title", name);
        user.passwordHash = reader.takeOr(prefix + "password", "");
        user.tenant =
            reader.takeOr(prefix + "tenant", out.tenants.empty() ? "" : out.tenants.front().id);
        const std::string role = reader.takeOr(prefix + "role", "viewer");
        const auto known = std::find(roleNames.begin(), roleNames.end(), role);
        const std::string who = "The user \"" + oneLine(name) + "\"";
        if (!isPlainId(name))
            reader.problem(who + " has no usable name.", "Use letters, digits and hyphens.");
        if (known == roleNames.end())
            reader.problem(who + " has an unknown role.", "Write admin, bookkeeper or viewer.");
        else
            user.role = static_cast<UserRole>(known - roleNames.begin());
        if (!isPasswordHash(user.passwordHash))
            reader.problem(who + " has no usable password hash.",
                "Run: ledgerd hash-password, and paste the line as " + prefix + "password.");
        if (std::none_of(out.tenants.begin(), out.tenants.end(),
                [&](const TenantSettings& tenant) { return tenant.id == user.tenant; }))
            reader.problem(
                who + " belongs to a tenant that is not listed.", "Correct " + prefix + "tenant.");
        out.users.push_back(std::move(user));
    }
    if (out.users.empty())
        reader.problem("There is no user, so nobody can log in.",
            "Add user.<name>.password, made by: ledgerd hash-password, and user.<name>.role = "
            "admin.");
    if (out.users.size() > usersMax)
        reader.problem("There are more than 1000 users.", "Remove some.");
}

void readPlugins(Reader& reader, Configuration& out)
{
    for (const std::string& id : splitList(reader.takeOr("plugins.enabled", ""), ','))
    {
        if (!isPlainId(id))
            reader.problem(
                "The plugin \"" + oneLine(id) + "\" is not an id.", "Use the name of its folder.");
        PluginSettings plugin;
        plugin.id = id;
        plugin.secretsFile = reader.path(reader.takeOr("plugin." + id + ".secrets_file", ""));
        plugin.settings = reader.takeBelow("plugin." + id + ".settings.");
        out.plugins.push_back(std::move(plugin));
    }
    if (!out.plugins.empty() && out.pluginsDir.empty())
        reader.problem(
            "\"plugins_dir\" is missing.", "Name the folder that holds one folder per plugin.");
    if (out.plugins.size() > pluginsMax)
        reader.problem("More than 16 plugins are enabled.", "Enable fewer.");
}

} // namespace

const char* roleName(UserRole role)
{
    return roleNames.at(static_cast<std::size_t>(role));
}

ConfigurationReading readConfiguration(const std::string& path)
{
    ConfigurationReading reading;
    std::error_code ignored;
    reading.configuration.file =
        std::filesystem::absolute(path, ignored).lexically_normal().string();
    Reader reader(reading);
    if (!reader.load(reading.configuration.file)) return reading;
    readGeneral(reader, reading.configuration);
    readTenants(reader, reading.configuration);
    readUsers(reader, reading.configuration);
    readPlugins(reader, reading.configuration);
    reader.reportUnknown();
    return reading;
}

} // namespace ledgerd
