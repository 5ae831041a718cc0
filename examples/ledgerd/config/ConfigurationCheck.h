// "ledgerd check-config": everything that can be known to be wrong before serving.
#pragma once

#include "config/Configuration.h"

#include <optional>
#include <string>
#include <vector>

namespace ledgerd
{

// What the reading found, and then files, permissions, secrets and plugins. Runs no code of any
// plugin.
std::vector<Problem> checkConfiguration(const ConfigurationReading& reading);

// What is wrong when others than its owner can write to the configuration file: who writes there
// says who may log in, and where secrets are sent. Nothing is served from such a file.
std::optional<Problem> writableByOthers(const std::string& file);

} // namespace ledgerd
