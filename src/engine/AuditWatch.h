// Looks whether the audit logs are whole, and tells the host's log where each of them stands.
#pragma once

#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "store/AuditRepository.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::engine
{

/// A chain of hashes shows a change only to who recomputes it, and one that was cut or written anew
/// as a whole only to who noted its head elsewhere. So every log is recomputed after a start, and
/// followed from there on; and its head is written to the host's log, which is not in this
/// database, once an hour while it grows. Any thread.
class AuditWatch
{
public:
    AuditWatch(store::Database& database, Clock& clock, Random& random, Log& log)
        : database_(database), clock_(clock), random_(random), log_(log)
    {
    }

    /// One step, about once a minute: at most 8 tenants and 1000 entries of each. What does not fit
    /// opens the notice audit_broken of its tenant; a log that was found whole after a start clears
    /// it. An error of the store is logged, and the next step goes on.
    void step(const store::JobLease& lease);

private:
    struct Seen
    {
        store::AuditPosition upTo;
        std::int64_t broken = 0;
        std::int64_t told = 0; ///< The entry that was told of last.
        UtcTime toldAt;
        UtcTime lookedAt;
        bool said = false; ///< Whether it was found whole, or broken, is in the notices.
    };
    using Found = std::map<std::string, std::optional<store::AuditCheck>>; ///< Nothing: begun anew.

    [[nodiscard]] Result<Found> look(UtcTime now);
    void tell(const std::string& tenant, Seen& seen, UtcTime now);
    [[nodiscard]] Result<void> notice(
        const store::JobLease& lease, const std::string& tenant, std::int64_t broken);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    std::mutex mutex_;
    std::map<std::string, Seen, std::less<>> seen_; ///< At most tenantsMost.
    std::string at_;                                ///< The tenant that was looked at last.
};

} // namespace bankfeed::engine
