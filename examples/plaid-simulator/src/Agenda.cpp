#include "Agenda.h"

#include <stdexcept>

namespace plaidsim
{

void Agenda::at(Nanos due, Action action)
{
    if (actions_.size() >= 100'000) throw std::length_error("the agenda is full");
    actions_.emplace(due, std::move(action));
}

std::optional<Nanos> Agenda::nextDue() const
{
    if (actions_.empty()) return std::nullopt;
    return actions_.begin()->first;
}

Agenda::Action Agenda::takeDue(Nanos now)
{
    if (actions_.empty() || actions_.begin()->first > now) return {};
    Action action = std::move(actions_.begin()->second);
    actions_.erase(actions_.begin());
    return action;
}

} // namespace plaidsim
