// The two engines, as Database::open chooses between them. Internal to the store.
#pragma once

#include "store/Database.h"

#include <memory>

namespace bankfeed::store
{

[[nodiscard]] Result<std::unique_ptr<Database>> openSqlite(
    const DatabaseOptions& options, Log& log);
[[nodiscard]] Result<std::unique_ptr<Database>> openPostgresql(
    const DatabaseOptions& options, Log& log);

} // namespace bankfeed::store
