// "ledgerd check-config": everything that can be known to be wrong before serving.
#pragma once

#include "config/Configuration.h"

#include <vector>

namespace ledgerd
{

// What the reading found, and then files, permissions, secrets and plugins. Runs no code of any
// plugin.
std::vector<Problem> checkConfiguration(const ConfigurationReading& reading);

} // namespace ledgerd
