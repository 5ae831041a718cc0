// What the simulator will do later, by its own clock.
#pragma once

#include "VirtualClock.h"

#include <functional>
#include <map>
#include <optional>

namespace plaidsim
{

// Not safe from several threads: whoever holds the world holds its agenda.
class Agenda
{
public:
    using Action = std::function<void()>;

    // Equal moments run in the order they were added. Throws std::length_error beyond 100000.
    void at(Nanos due, Action action);

    std::optional<Nanos> nextDue() const;

    // Takes one action that is due at `now`; empty when there is none.
    Action takeDue(Nanos now);

private:
    std::multimap<Nanos, Action> actions_;
};

} // namespace plaidsim
