#include "engine/AuditWatch.h"

#include "base/JsonText.h"
#include "store/NoticeRepository.h"
#include "store/TenantErasureRepository.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

constexpr int tenantsPerStep = 8;
constexpr std::int64_t entriesPerTenant = 1'000;
constexpr std::int64_t tellEveryMs = 3'600'000;
/// Of more the log is looked at from its beginning now and then.
constexpr std::size_t tenantsMost = 10'000;

} // namespace

void AuditWatch::step(const store::JobLease& lease)
{
    const std::lock_guard lock(mutex_);
    const UtcTime now = clock_.now();
    const auto found = look(now);
    if (!found.ok())
    {
        if (found.error().kind != ErrorKind::Stopping)
            log_.write(LogLevel::Warning, "engine",
                "The audit log could not be looked at: " + found.error().text);
        return;
    }
    for (const auto& [tenant, looked] : *found)
    {
        if (seen_.size() >= tenantsMost && !seen_.contains(tenant)) seen_.clear();
        Seen& seen = seen_[tenant];
        if (!looked) seen = {};
        seen.lookedAt = now;
        if (!looked) continue;
        const store::AuditCheck& check = *looked;
        seen.upTo = check.upTo;
        if (check.broken != 0 && seen.broken == 0)
        {
            seen.broken = check.broken;
            seen.said = false;
            seen.told = 0;
        }
        if (!seen.said && (seen.broken != 0 || check.atHead))
        {
            const auto noticed = notice(lease, tenant, seen.broken);
            seen.said = noticed.ok();
        }
        if (seen.broken != 0 || check.atHead) tell(tenant, seen, now);
    }
}

Result<AuditWatch::Found> AuditWatch::look(UtcTime now)
{
    std::string tenant;
    auto looked = database_.read(
        [&](store::Unit& unit) -> Result<Found>
        {
            Found found;
            tenant = at_;
            for (int i = 0; i < tenantsPerStep; ++i)
            {
                tenant = store::AuditRepository::tenantAfter(unit, tenant);
                if (tenant.empty()) break; // And from the beginning with the next step.
                const auto before = seen_.find(tenant);
                const bool known = before != seen_.end();
                // An erased tenant's log begins again, with the entry of that.
                if (store::TenantErasureRepository(unit, tenant)
                        .erasedSince(known ? before->second.lookedAt : now))
                    found[tenant] = std::nullopt;
                else if (known && before->second.broken != 0)
                    found[tenant] = store::AuditCheck{before->second.upTo, 0, false};
                else
                    found[tenant] = store::AuditRepository(unit, tenant)
                                        .check(known ? before->second.upTo : store::AuditPosition{},
                                            entriesPerTenant);
            }
            return found;
        });
    if (looked.ok()) at_ = tenant;
    return looked;
}

void AuditWatch::tell(const std::string& tenant, Seen& seen, UtcTime now)
{
    if (seen.told != 0 && now < plusMs(seen.toldAt, tellEveryMs)) return;
    if (seen.broken != 0)
        log_.write(LogLevel::Error, "audit",
            "The audit log of the tenant " + tenant + " does not fit from entry " +
                std::to_string(seen.broken) +
                " on: somebody has changed the database. Compare it with a backup.");
    else if (seen.told != seen.upTo.seq)
        log_.write(LogLevel::Info, "audit",
            "The audit log of the tenant " + tenant + " is whole up to entry " +
                std::to_string(seen.upTo.seq) + ", with the hash " + seen.upTo.hash + ".");
    else
        return;
    seen.told = std::max<std::int64_t>(seen.upTo.seq, 1);
    seen.toldAt = now;
}

Result<void> AuditWatch::notice(
    const store::JobLease& lease, const std::string& tenant, std::int64_t broken)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            if (!store::JobRepository(unit).holds(lease))
                return Error::retry("job.lease_lost", "Another run looks at the audit log.");
            store::NoticeRepository notices(unit, tenant);
            if (broken != 0)
                notices.open(random_, store::notice::auditBroken, "", "error",
                    JsonObject().number("seq", broken).json(), clock_.now());
            else
                notices.clear(store::notice::auditBroken, "", clock_.now());
            return success();
        });
}

} // namespace bankfeed::engine
