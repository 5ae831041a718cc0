// A session with PostgreSQL. Internal to the store.
#pragma once

#include "base/Secret.h"
#include "store/Session.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace bankfeed::store
{

/// How to reach a server: the parts of the URL by libpq's names for them.
using PostgresqlAddress = std::map<std::string, Secret>;

/// Opens a session and asserts its settings. Errors: Retry "store.unreachable" with the client's
/// reason, Invalid "store.encoding".
[[nodiscard]] Result<std::unique_ptr<Session>> openPostgresqlSession(
    const PostgresqlAddress& address, std::int64_t busyTimeoutMs);

} // namespace bankfeed::store
