// "ledgerd serve": puts the parts together and runs until a signal.
#pragma once

#include "config/Configuration.h"

namespace ledgerd
{

// What ledgerd ends with.
constexpr int exitOk = 0;
constexpr int exitFailed = 1; // something failed, or check-config found a problem
constexpr int exitUsage = 2;  // wrong command line or configuration
constexpr int exitPortInUse = 3;
constexpr int exitBooksInUse = 4;

int serve(const Configuration& configuration);

} // namespace ledgerd
