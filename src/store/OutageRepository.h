// Banks that do not answer, and our own set-up that the provider refuses: what is known of them,
// and who may try next.
#pragma once

#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bankfeed::store
{

struct Outage
{
    std::string jobKind; ///< The kind of job that found it. Only one of that kind ends it.
    UtcTime since;
    UtcTime nextTryAt;
    std::int64_t tries = 0; ///< That failed since it began.
    std::string probeJob;   ///< Who tries, or tried last; "" before the first.
    UtcTime probeUntil;     ///< How long nobody else may.
    UtcTime probedAt;       ///< When the last try began.
};

/// Of one tenant. Tenant "" and institution "" is our own set-up.
class OutageRepository
{
public:
    OutageRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant)) {}

    // --- signs: single connections whose bank did not answer ---

    void addSign(const std::string& connectionId, const std::string& institutionId,
        std::string_view jobKind, UtcTime at);
    /// Of so many connections since `since`.
    [[nodiscard]] std::int64_t countSigns(const std::string& institutionId, UtcTime since);
    /// Forgets the signs that jobs of this kind gave. False when there were none.
    bool forgetSigns(const std::string& institutionId, std::string_view jobKind);

    // --- outages ---

    [[nodiscard]] std::optional<Outage> find(const std::string& institutionId);

    /// Those of some banks, at most 500, by bank.
    [[nodiscard]] std::map<std::string, Outage> ofInstitutions(
        const std::vector<std::string>& institutionIds);

    /// Writes it, or over what is there.
    void save(const std::string& institutionId, const Outage& outage);

    /// Makes the job the one that tries. False when another one tries until later than `now`.
    bool takeProbe(
        const std::string& institutionId, const std::string& jobId, UtcTime now, UtcTime until);
    /// The job that tries is done, and it showed nothing. Does nothing for any other job.
    void releaseProbe(const std::string& institutionId, const std::string& jobId, UtcTime now);

    /// False when there was none.
    bool remove(const std::string& institutionId);

    /// What its connections with a sign wait for by themselves, waits for the outage instead.
    void holdBack(const std::string& institutionId, std::string_view errorCode, UtcTime until);
    /// The jobs of its connections that wait with this code are due now: at most 500, the others at
    /// their own time.
    void drawForward(const std::string& institutionId, std::string_view errorCode, UtcTime now);
    /// As drawForward, of all tenants and banks. Crosses tenants.
    static void drawAllForward(Unit& unit, std::string_view errorCode, UtcTime now);

    struct Stale
    {
        std::string tenant;
        std::string institutionId;
    };
    /// Outages that nobody has tried since `before`, at most 100. Crosses tenants.
    [[nodiscard]] static std::vector<Stale> stale(Unit& unit, UtcTime before);

    /// Deletes up to 500 signs from before `before`. Crosses tenants.
    static void pruneSigns(Unit& unit, UtcTime before);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
