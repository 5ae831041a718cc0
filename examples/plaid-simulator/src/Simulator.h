// The whole program: the world, its threads and its servers.
#pragma once

#include "VirtualClock.h"

#include <cstdint>
#include <memory>
#include <string>

namespace plaidsim
{

struct SimulatorOptions
{
    std::uint16_t port = 0;
    std::uint16_t controlPort = 0;
    VirtualClock::Mode clock = VirtualClock::Mode::real;
    std::uint64_t seed = 1;
    std::string clientId = "simulator-client";
    std::string secret = "simulator-secret-0000";
    std::string scenario;     // its text; empty: the default one
    std::string scenarioFile; // where it was read, for what is said of it; may be empty
};

class Simulator
{
public:
    // Loads the scenario and serves. Throws std::exception with a sentence for a person: a port in
    // use, a scenario that does not fit.
    explicit Simulator(const SimulatorOptions& options);
    ~Simulator();

    std::uint16_t port() const;
    std::uint16_t controlPort() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace plaidsim
