// A session with PostgreSQL. Internal to the store.
#pragma once

#include "base/Secret.h"
#include "store/Session.h"

#include <cstdint>
#include <memory>

namespace bankfeed::store
{

/// Opens a session and asserts its settings. `connection` is in libpq's form "key='value' ...",
/// with no blanks inside of values. Errors: Retry "store.unreachable", Invalid "store.encoding".
[[nodiscard]] Result<std::unique_ptr<Session>> openPostgresqlSession(
    const Secret& connection, std::int64_t busyTimeoutMs);

} // namespace bankfeed::store
