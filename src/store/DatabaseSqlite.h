// A session with SQLite. Internal to the store.
#pragma once

#include "store/Session.h"

#include <cstdint>
#include <memory>
#include <string>

namespace bankfeed::store
{

enum class SqliteRole : std::uint8_t
{
    Writer, ///< The only one that writes and checkpoints.
    Reader,
};

/// Opens a session on an existing file and asserts its settings. Errors: Retry "store.unreachable",
/// Corrupt "store.corrupt" when the file is not a database.
[[nodiscard]] Result<std::unique_ptr<Session>> openSqliteSession(
    const std::string& path, SqliteRole role, std::int64_t busyTimeoutMs);

} // namespace bankfeed::store
