// Jobs of a connection that fail or go well, and what is told of it.
#pragma once

#include "EngineFixture.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bankfeed::engine
{

inline Error providerError(const char* code, Remedy remedy)
{
    Error error;
    error.kind = ErrorKind::Provider;
    error.code = "plaid.error";
    error.text = "A sentence for the administrator.";
    error.providerCode = code;
    error.providerRequestId = "req123";
    error.remedy = remedy;
    if (error.providerCode == "INSTITUTION_DOWN") error.concern = Concern::Institution;
    if (error.providerCode == "INVALID_API_KEYS") error.concern = Concern::SetUp;
    return error;
}

/// A job fails for the (attempts + 1)th time, and is taken away.
inline store::JobEnd fail(EngineFixture& f, const Error& error, std::int64_t attempts = 0,
    std::string_view kind = store::job::refresh, const std::string& subject = "con_1")
{
    f.ask("a", kind, subject);
    f.write(
        [&](store::Unit& unit) {
            unit.execute(
                "UPDATE job SET due_at = 0, attempts = $1 WHERE kind = $2", {attempts, kind});
        });
    const auto lease = f.claim();
    const auto end = f.health.afterFailure(lease, error);
    f.write([&](store::Unit& unit)
        { unit.execute("DELETE FROM job WHERE job_id = $1", {lease.jobId}); });
    return end;
}

inline void goodAnswer(EngineFixture& f, std::optional<UtcTime> consentEndsAt = std::nullopt)
{
    ConnectionFacts facts;
    facts.consentEndsAt = consentEndsAt;
    f.write(
        [&](store::Unit& unit) { f.health.wentWell(unit, "a", "con_1", facts, f.clock.now()); });
}

/// The kinds of the open notices, sorted, with commas.
inline std::string kindsOf(EngineFixture& f)
{
    auto kinds = f.notices("a");
    std::sort(kinds.begin(), kinds.end());
    std::string all;
    for (const auto& kind : kinds)
        all += (all.empty() ? "" : ",") + kind;
    return all;
}

} // namespace bankfeed::engine
