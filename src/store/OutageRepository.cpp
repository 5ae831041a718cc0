#include "store/OutageRepository.h"

#include "store/TransactionRows.h"

namespace bankfeed::store
{

void OutageRepository::addSign(const std::string& connectionId, const std::string& institutionId,
    std::string_view jobKind, UtcTime at)
{
    unit_.execute(
        R"(INSERT INTO outage_sign (connection_id, tenant_id, institution_id, job_kind, seen_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (connection_id) DO UPDATE SET institution_id = excluded.institution_id,
            job_kind = excluded.job_kind, seen_at = excluded.seen_at)",
        {connectionId, tenant_, institutionId, jobKind, at.ns});
}

std::int64_t OutageRepository::countSigns(const std::string& institutionId, UtcTime since)
{
    return unit_
        .query(R"(SELECT COUNT(*) FROM outage_sign
        WHERE tenant_id = $1 AND institution_id = $2 AND seen_at >= $3)",
            {tenant_, institutionId, since.ns})
        .number(0, 0);
}

bool OutageRepository::forgetSigns(const std::string& institutionId, std::string_view jobKind)
{
    return unit_.execute(R"(DELETE FROM outage_sign
        WHERE tenant_id = $1 AND institution_id = $2 AND job_kind = $3)",
               {tenant_, institutionId, jobKind}) > 0;
}

std::optional<Outage> OutageRepository::find(const std::string& institutionId)
{
    const Rows rows = unit_.query(
        R"(SELECT job_kind, since, next_try_at, tries, probe_job, probe_until, probed_at
        FROM outage WHERE tenant_id = $1 AND institution_id = $2)",
        {tenant_, institutionId});
    if (rows.empty()) return std::nullopt;
    return Outage{rows.text(0, 0), UtcTime{rows.number(0, 1)}, UtcTime{rows.number(0, 2)},
        rows.number(0, 3), rows.text(0, 4), UtcTime{rows.number(0, 5)}, UtcTime{rows.number(0, 6)}};
}

std::map<std::string, Outage> OutageRepository::ofInstitutions(
    const std::vector<std::string>& institutionIds)
{
    std::map<std::string, Outage> found;
    if (institutionIds.empty()) return found;
    const Rows rows = unit_.query(R"(SELECT institution_id, job_kind, since, next_try_at, tries,
            probe_job, probe_until, probed_at
        FROM outage WHERE tenant_id = $1 AND institution_id IN )" +
                                      elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(institutionIds)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(
            rows.text(i, 0), Outage{rows.text(i, 1), UtcTime{rows.number(i, 2)},
                                 UtcTime{rows.number(i, 3)}, rows.number(i, 4), rows.text(i, 5),
                                 UtcTime{rows.number(i, 6)}, UtcTime{rows.number(i, 7)}});
    return found;
}

void OutageRepository::save(const std::string& institutionId, const Outage& outage)
{
    unit_.execute(R"(INSERT INTO outage (tenant_id, institution_id, job_kind, since, next_try_at,
            tries, probe_job, probe_until, probed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (tenant_id, institution_id) DO UPDATE SET job_kind = excluded.job_kind,
            since = excluded.since, next_try_at = excluded.next_try_at, tries = excluded.tries,
            probe_job = excluded.probe_job, probe_until = excluded.probe_until,
            probed_at = excluded.probed_at)",
        {tenant_, institutionId, outage.jobKind, outage.since.ns, outage.nextTryAt.ns, outage.tries,
            outage.probeJob, outage.probeUntil.ns, outage.probedAt.ns});
}

bool OutageRepository::takeProbe(
    const std::string& institutionId, const std::string& jobId, UtcTime now, UtcTime until)
{
    return unit_.execute(R"(UPDATE outage SET probe_job = $1, probe_until = $2,
            probed_at = CASE WHEN probe_job = $3 AND probe_until > $4 THEN probed_at ELSE $5 END
        WHERE tenant_id = $6 AND institution_id = $7 AND (probe_until <= $8 OR probe_job = $9))",
               {jobId, until.ns, jobId, now.ns, now.ns, tenant_, institutionId, now.ns, jobId}) > 0;
}

void OutageRepository::releaseProbe(
    const std::string& institutionId, const std::string& jobId, UtcTime now)
{
    unit_.execute(R"(UPDATE outage SET probe_until = $1
        WHERE tenant_id = $2 AND institution_id = $3 AND probe_job = $4 AND probe_until > $5)",
        {now.ns, tenant_, institutionId, jobId, now.ns});
}

bool OutageRepository::remove(const std::string& institutionId)
{
    return unit_.execute("DELETE FROM outage WHERE tenant_id = $1 AND institution_id = $2",
               {tenant_, institutionId}) > 0;
}

void OutageRepository::drawForward(
    const std::string& institutionId, std::string_view errorCode, UtcTime now)
{
    unit_.execute(R"(UPDATE job SET due_at = $1 WHERE job_id IN (
            SELECT j.job_id FROM job j JOIN connection c ON c.connection_id = j.subject
            WHERE j.tenant_id = $2 AND c.tenant_id = $3 AND c.institution_id = $4
                AND j.error_code = $5 AND j.state <> 'running' AND j.due_at > $6 LIMIT 500))",
        {now.ns, tenant_, tenant_, institutionId, errorCode, now.ns});
}

void OutageRepository::drawAllForward(Unit& unit, std::string_view errorCode, UtcTime now)
{
    unit.execute(R"(UPDATE job SET due_at = $1 WHERE job_id IN (SELECT job_id FROM job
            WHERE error_code = $2 AND state <> 'running' AND due_at > $3 LIMIT 500))",
        {now.ns, errorCode, now.ns});
}

void OutageRepository::holdBack(
    const std::string& institutionId, std::string_view errorCode, UtcTime until)
{
    unit_.execute(R"(UPDATE job SET due_at = $1, error_code = $2
        WHERE tenant_id = $3 AND kind IN ('refresh', 'sync') AND state <> 'running' AND attempts > 0
            AND subject IN (SELECT connection_id FROM outage_sign
                WHERE tenant_id = $4 AND institution_id = $5))",
        {until.ns, errorCode, tenant_, tenant_, institutionId});
}

std::vector<OutageRepository::Stale> OutageRepository::stale(Unit& unit, UtcTime before)
{
    const Rows rows = unit.query(R"(SELECT tenant_id, institution_id FROM outage
        WHERE next_try_at < $1 AND probe_until < $2 ORDER BY tenant_id, institution_id LIMIT 100)",
        {before.ns, before.ns});
    std::vector<Stale> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({rows.text(i, 0), rows.text(i, 1)});
    return found;
}

void OutageRepository::pruneSigns(Unit& unit, UtcTime before)
{
    unit.execute(R"(DELETE FROM outage_sign WHERE connection_id IN
        (SELECT connection_id FROM outage_sign WHERE seen_at < $1 LIMIT 500))",
        {before.ns});
}

} // namespace bankfeed::store
