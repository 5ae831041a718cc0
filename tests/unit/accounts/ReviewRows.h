// The review of a connection and its rows, for tests to look at.
#pragma once

#include "unit/accounts/World.h"

#include <string>
#include <vector>

namespace bankfeed::testing
{

inline accounts::Review reviewOf(World& world, const std::string& connectionId)
{
    return valueOf(world.database->read([&](store::Unit& unit)
        { return accounts::Review::build(unit, World::tenant, connectionId); }));
}

inline const accounts::ReviewRow& rowOf(const accounts::Review& review, const std::string& name)
{
    for (const accounts::ReviewRow& row : review.rows)
        if (row.account.name == name) return row;
    CPPUNIT_FAIL("no row " + name);
    return review.rows.front();
}

inline std::string evidenceOf(const std::vector<std::string>& evidence)
{
    std::string text;
    for (const auto& one : evidence)
        text += (text.empty() ? "" : ",") + one;
    return text;
}

inline LedgerAccount withHistory(LedgerAccount account, const char* lastEntry)
{
    account.lastEntryOn = Date::parse(lastEntry);
    return account;
}

} // namespace bankfeed::testing
