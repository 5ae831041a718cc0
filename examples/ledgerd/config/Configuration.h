// What the operator wrote: one .properties file.
#pragma once

#include "base/Log.h"
#include "books/Books.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ledgerd
{

enum class UserRole
{
    viewer,     // sees everything of the tenant
    bookkeeper, // and writes entries, makes accounts, connects banks
    admin,      // and operates the plugins
};

struct UserSettings
{
    std::string name;
    std::string title;
    std::string passwordHash;
    UserRole role = UserRole::viewer;
    std::string tenant;
};

struct PluginSettings
{
    std::string id;
    std::map<std::string, std::string> settings;
    std::string secretsFile; // absolute; "" without
};

struct Configuration
{
    std::string file; // absolute
    std::string listenAddress = "127.0.0.1";
    std::uint16_t listenPort = 8080; // 0: a free one
    std::string publicUrl;  // without a slash at the end; "": made of the listen address; "none":
                            // there is none
    std::string dataDir;    // absolute
    std::string secretsDir; // absolute; what plugins asked to keep
    std::string pluginsDir; // absolute; "" without plugins
    LogLevel logLevel = LogLevel::info;
    std::uint32_t maxConnections = 128;
    std::uint32_t maxConnectionsPerAddress = 32;
    std::vector<std::string> trustedProxies; // addresses in canonical form
    bool allowDebugging = false;
    std::vector<TenantSettings> tenants;
    std::vector<UserSettings> users;
    std::vector<PluginSettings> plugins;
};

// Something wrong, and what to do about it.
struct Problem
{
    std::string what;
    std::string advice;
};

struct ConfigurationReading
{
    Configuration configuration;
    std::vector<Problem> problems; // empty: the configuration can be used
};

constexpr std::size_t configurationBytesMax = std::size_t{256} * 1024;

// Reads the file and notes every problem, not only the first one. Relative paths are taken from the
// file's folder.
ConfigurationReading readConfiguration(const std::string& path);

const char* roleName(UserRole role);

} // namespace ledgerd
