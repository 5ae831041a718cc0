// A connection that somebody has told to rest, and the jobs that leave the bank alone meanwhile.
#pragma once

#include "base/Random.h"
#include "base/Result.h"
#include "base/Time.h"
#include "store/AuditRepository.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <string>

namespace bankfeed::engine
{

/// Whether a job is to do nothing: its tenant is being erased; or it would ask the bank (refresh,
/// sync, opening, ask-bank), and a person has paused the connection, or has ended it and the
/// provider has yet to hear of it. Such a job ends; who resumes asks for it again. Opens a unit of
/// its own.
[[nodiscard]] Result<bool> isLeftAlone(store::Database& database, const store::JobLease& lease);

/// Inside the caller's unit. Nothing changes when it is paused already: who paused it first stays.
/// What is under way at the bank is not applied; what was read before, and what the books are to be
/// told, stays. Errors: NotFound "connection.unknown", Conflict "connection.removed".
[[nodiscard]] Result<void> pauseConnection(store::Unit& unit, const std::string& tenant,
    const std::string& connectionId, const store::Actor& who, UtcTime now);

/// Inside the caller's unit. Asks for what was missed, at once. Nothing changes when it is not
/// paused. Errors as above.
[[nodiscard]] Result<void> resumeConnection(store::Unit& unit, Random& random,
    const std::string& tenant, const std::string& connectionId, const store::Actor& who,
    UtcTime now);

} // namespace bankfeed::engine
