// The bank's word that it will end a connection soon, which it says once and in a webhook only.
#pragma once

#include "base/BankProvider.h"
#include "base/Random.h"
#include "base/Time.h"
#include "store/ConnectionRepository.h"
#include "store/Unit.h"

#include <optional>
#include <string>
#include <string_view>

namespace bankfeed::engine
{

/// How loudly an end is told: as an error from seven days before it.
[[nodiscard]] std::string_view severityOfEnd(UtcTime endsAt, UtcTime now);

/// Keeps what the bank said and opens the notice, for a connection that works. An end that the
/// connection's own answer dates as early is told there. Inside a unit.
void tellOfAnnouncedEnd(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime saidAt, std::optional<UtcTime> endsAt, UtcTime now);

/// The connection is well, as `facts` say; `before` is what was stored of it. Forgets the end when
/// the consent has been renewed or dated, when somebody has logged in since, or when it did not
/// come; else tells it as loudly as it is near. Inside a unit.
void settleAnnouncedEnd(store::Unit& unit, Random& random, const std::string& tenant,
    const store::Connection& before, const ConnectionFacts& facts, bool expiring, UtcTime now);

/// It came, or something else is to be said now. Inside a unit.
void forgetAnnouncedEnd(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now);

} // namespace bankfeed::engine
