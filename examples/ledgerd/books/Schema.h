// The tables of the books. All SQL that makes them is in Schema.cpp.
#pragma once

#include "books/Database.h"

namespace ledgerd
{

constexpr std::int64_t schemaVersion = 1;

// Brings an empty or older file to schemaVersion, inside the caller's unit. Throws DatabaseError
// when the file is newer or not ours.
void migrateSchema(Unit& unit);

// Throws DatabaseError unless the file has exactly this version.
void checkSchema(Unit& unit);

} // namespace ledgerd
