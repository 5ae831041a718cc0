// A session with PostgreSQL. Internal to the store.
#pragma once

#include "base/Secret.h"
#include "store/Session.h"

#include <cstdint>
#include <memory>

namespace bankfeed::store
{

/// How to reach a server.
struct PostgresqlAddress
{
    Secret connection; ///< libpq's form "key='value' ...", with no blanks inside of values.
    Secret password;   ///< The one in there, to keep it out of messages; empty when there is none.
};

/// Opens a session and asserts its settings. Errors: Retry "store.unreachable" with the client's
/// reason, Invalid "store.encoding".
[[nodiscard]] Result<std::unique_ptr<Session>> openPostgresqlSession(
    const PostgresqlAddress& address, std::int64_t busyTimeoutMs);

} // namespace bankfeed::store
