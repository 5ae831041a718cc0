// The schema, as numbered steps forward.
#pragma once

#include "store/Database.h"

namespace bankfeed::store
{

struct MigrationStatus
{
    std::uint32_t current = 0; ///< 0: an empty database.
    std::uint32_t target = 0;
};

/// What the database is at, and what this code needs. Error Corrupt "store.newer" when it is newer
/// than the code.
[[nodiscard]] Result<MigrationStatus> migrationStatus(Database& database);

/// Refuses a database that is bound to another host, as bindHost does, without writing: before
/// migrate(), which could not be undone for that host. An empty database is nobody's.
[[nodiscard]] Result<void> checkHost(Database& database, const std::string& hostId);

/// Runs the missing steps, each in a unit of its own. Interrupted, it goes on at the next call.
[[nodiscard]] Result<void> migrate(Database& database);

/// Binds the database to a host, or checks that it is bound to this one. Error Corrupt
/// "store.other_host".
[[nodiscard]] Result<void> bindHost(
    Database& database, const std::string& hostId, const std::string& environment);

} // namespace bankfeed::store
