// What keeps an order from becoming a fault that can never strike: a test that waits for it would
// pass for no reason.
#pragma once

#include "Faults.h"

#include <cstdint>
#include <set>
#include <string>

namespace plaidsim
{

class World;

// The fields of an order of this kind, and the names of endpoints and webhooks in them. Throws
// std::invalid_argument, with a sentence that says what is allowed.
void checkFaultFields(const Json& spec, FaultKind kind, const std::string& kindName);

// What does not exist yet, but will: a scenario's script creates it.
struct ExpectedNames
{
    std::set<std::string> logins;
    std::set<std::string> institutions;
};

// Orders a fault for Items, logins and banks of this world; answers its id. Must be called with the
// world locked. Throws std::invalid_argument as above, and when what it is ordered for is unknown.
std::uint64_t orderFault(World& world, const Json& spec, const ExpectedNames& expected = {});

} // namespace plaidsim
