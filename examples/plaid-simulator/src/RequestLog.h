// What clients asked and what they were told, for assertions and for schema checks.
#pragma once

#include "ExactJson.h"
#include "VirtualClock.h"

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

namespace plaidsim
{

struct LoggedCall
{
    std::uint64_t index = 0;
    Nanos at = 0;
    std::string method;
    std::string path;
    std::string plaidVersion;
    bool credentialsInHeaders = false;
    std::string rawRequest;
    std::string rawResponse;
    bool responseForgotten = false;
    int status = 0;
    std::string fault; // its kind, when one struck
};

// Keeps the last 10000 calls. Beyond 64 MiB of bodies the oldest answers are forgotten first, and
// only then whole calls. Safe from any thread.
class RequestLog
{
public:
    void add(LoggedCall call);
    void clear();

    // Calls from index `since` on. Tokens and secrets in bodies are replaced by texts of the same
    // form, unless `raw`; responses are left out unless asked for.
    Json toJson(std::uint64_t since, bool raw, bool responses) const;

private:
    void shrink();

    mutable std::mutex mutex_;
    std::deque<LoggedCall> calls_;
    std::uint64_t nextIndex_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace plaidsim
