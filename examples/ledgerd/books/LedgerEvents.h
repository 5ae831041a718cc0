// What plugins are told of the books: written in the transaction of the change, told later.
#pragma once

#include "books/Database.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ledgerd
{

struct LedgerEvent
{
    std::int64_t seq = 0;  // order; never leaves the books
    std::string id;        // random, so that books restored from a backup never use it again
    std::int64_t kind = 0; // BF_EVENT_...
    std::string subject;
    std::string into;
    std::int64_t state = 0;
    std::int64_t revision = 0;
    std::string through;
};

namespace events
{

// Adds one to the unit's change; `event.id` and `event.seq` are made here.
void add(Unit& unit, const std::string& tenant, LedgerEvent event);

// The number of the last event of a tenant; 0 for none.
std::int64_t last(Unit& unit, const std::string& tenant);

// The number of an event by its id; 0 when these books do not have it.
std::int64_t seqOf(Unit& unit, const std::string& tenant, const std::string& id);

// Events behind `seq`, in their order, at most `count`.
std::vector<LedgerEvent> after(
    Unit& unit, const std::string& tenant, std::int64_t seq, std::size_t count);

} // namespace events

} // namespace ledgerd
