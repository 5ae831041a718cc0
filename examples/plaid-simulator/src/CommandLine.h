// The program's arguments.
#pragma once

#include "Simulator.h"

#include <string>
#include <vector>

namespace plaidsim
{

struct CommandLine
{
    SimulatorOptions options;
    bool help = false;
    bool version = false;
    std::string problem; // a sentence; empty when all is well
};

// Reads arguments (without the program's name), and the scenario file they name.
CommandLine readCommandLine(const std::vector<std::string>& arguments);

// What --help prints.
const char* usage();

} // namespace plaidsim
