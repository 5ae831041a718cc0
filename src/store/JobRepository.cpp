#include "store/JobRepository.h"

#include "base/Ids.h"
#include "store/TransactionRows.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bankfeed::store
{

namespace
{

// What the column `again` says of a run. What was asked in this step draws the next one forward;
// either makes the job run once more from the beginning when this run is done.
constexpr std::int64_t notAsked = 0;
constexpr std::int64_t askedInThisStep = 1;
constexpr std::int64_t askedInAnEarlierStep = 2;

/// So often a job that fails may be tried because somebody asks for it.
constexpr std::int64_t triesApartMs = 60'000;

/// How urgent a job of a kind is when nobody says more. What is about a decision, a login or a
/// wish of somebody's has that person waiting. Webhooks are read before the jobs that they ring
/// for go on, so that many of them ask for one more run and not for several.
Urgency urgencyOf(std::string_view kind)
{
    if (kind == job::linkSession || kind == job::release || kind == job::opening ||
        kind == job::disconnect || kind == job::import || kind == job::handover ||
        kind == job::takeBack || kind == job::inbox)
        return Urgency::Person;
    return kind == job::schedule ? Urgency::News : Urgency::Polling;
}

constexpr std::array quickKinds{job::inbox, job::schedule, job::release, job::freed, job::import,
    job::takeBack, job::linkSession, job::reseal};

/// A statement under construction, and what stands for its parameters, in their order.
struct Filled
{
    std::string text;
    std::vector<Value> values;

    std::string value(Value value)
    {
        values.push_back(std::move(value));
        return "$" + std::to_string(values.size());
    }

    template <class List>
    std::string listed(const List& list)
    {
        std::string names;
        for (const auto& one : list)
            names += (names.empty() ? "" : ", ") + value(Value(one));
        return "(" + names + ")";
    }

    std::string within(const ClaimLimits& limits)
    {
        std::string clauses;
        if (!limits.slow) clauses += " AND kind IN " + listed(quickKinds);
        if (limits.slow && !limits.nothingSlowOf.empty())
        {
            clauses += " AND (tenant_id NOT IN " + listed(limits.nothingSlowOf);
            clauses += " OR kind IN " + listed(quickKinds) + ")";
        }
        if (!limits.nothingOf.empty())
            clauses += " AND tenant_id NOT IN " + listed(limits.nothingOf);
        return clauses;
    }
};

} // namespace

void JobRepository::ask(Random& random, const std::string& tenant, std::string_view kind,
    const std::string& subject, UtcTime now, UtcTime dueAt)
{
    ask(random, tenant, kind, subject, now, dueAt, urgencyOf(kind));
}

void JobRepository::ask(Random& random, const std::string& tenant, std::string_view kind,
    const std::string& subject, UtcTime now, UtcTime dueAt, Urgency urgency)
{
    // A failing job keeps its backoff, but see askAtOnce: only one that has not failed is drawn
    // forward. Between two steps a run has already looked at the world, so what is asked for now
    // needs another run.
    unit_.execute(
        R"(INSERT INTO job (job_id, tenant_id, kind, subject, state, again, urgency, due_at, attempts,
            lease_until, fence, error_code, error_text, created_at)
        VALUES ($1, $2, $3, $4, 'ready', 0, $5, $6, 0, 0, 0, '', '', $7)
        ON CONFLICT (kind, subject) DO UPDATE SET
            again = CASE job.state WHEN 'running' THEN 1 WHEN 'midway' THEN 2 ELSE job.again END,
            urgency = CASE WHEN excluded.urgency > job.urgency THEN excluded.urgency
                           ELSE job.urgency END,
            due_at = CASE WHEN job.attempts = 0 AND excluded.due_at < job.due_at
                          THEN excluded.due_at ELSE job.due_at END)",
        {newId(random, "job"), tenant, kind, subject, static_cast<std::int64_t>(urgency), dueAt.ns,
            now.ns});
}

void JobRepository::askAtOnce(Random& random, const std::string& tenant, std::string_view kind,
    const std::string& subject, UtcTime now, Urgency urgency)
{
    ask(random, tenant, kind, subject, now, now, std::max(urgency, urgencyOf(kind)));
    // Of one that failed, lease_until is when its last try ended.
    const std::int64_t apart = plusMs(UtcTime{}, triesApartMs).ns;
    unit_.execute(R"(UPDATE job SET due_at = CASE WHEN lease_until + $1 > $2 THEN lease_until + $3
            ELSE $4 END
        WHERE tenant_id = $5 AND kind = $6 AND subject = $7 AND state <> 'running' AND attempts > 0
            AND due_at > $8 AND due_at > lease_until + $9)",
        {apart, now.ns, apart, now.ns, tenant, kind, subject, now.ns, apart});
}

void JobRepository::drop(
    const std::string& tenant, std::string_view kind, const std::string& subject)
{
    unit_.execute("DELETE FROM job WHERE tenant_id = $1 AND kind = $2 AND subject = $3",
        {tenant, kind, subject});
}

bool job::maybeSlow(std::string_view kind)
{
    return std::find(quickKinds.begin(), quickKinds.end(), kind) == quickKinds.end();
}

std::optional<JobLease> JobRepository::claim(
    UtcTime now, std::int64_t leaseMs, const ClaimLimits& limits)
{
    auto lease = claimDue(now, leaseMs, limits);
    if (!lease && drawNear(now)) lease = claimDue(now, leaseMs, limits);
    return lease;
}

/// False when nothing is further off than a step puts it.
bool JobRepository::drawNear(UtcTime now)
{
    const std::int64_t far = plusMs(now, jobAheadMs).ns;
    const std::int64_t scheduleFar = plusMs(now, scheduleAheadMs).ns;
    return unit_.execute(R"(UPDATE job SET
            lease_until = CASE WHEN lease_until > $1 THEN $2 ELSE lease_until END,
            due_at = CASE WHEN due_at > $3 OR (kind = 'schedule' AND due_at > $4) THEN $5
                          ELSE due_at END
        WHERE lease_until > $6 OR due_at > $7 OR (kind = 'schedule' AND due_at > $8))",
               {far, now.ns, far, scheduleFar, now.ns, far, far, scheduleFar}) > 0;
}

std::optional<JobLease> JobRepository::claimDue(
    UtcTime now, std::int64_t leaseMs, const ClaimLimits& limits)
{
    // "=" and not "IN": PostgreSQL may run the inner query of an IN more than once, and then locks
    // and claims more than one.
    const std::string skip = unit_.engine() == Engine::Postgresql ? " FOR UPDATE SKIP LOCKED" : "";
    Filled sql;
    const auto free = [&]
    {
        std::string clauses = "due_at <= " + sql.value(now.ns);
        clauses += " AND (state <> 'running' OR lease_until < " + sql.value(now.ns) + ")";
        clauses += sql.within(limits);
        return clauses;
    };
    sql.text = "UPDATE job SET state = 'running', fence = fence + 1, lease_until = " +
               sql.value(plusMs(now, leaseMs).ns);
    sql.text += " WHERE job_id = (SELECT job_id FROM job WHERE ";
    if (limits.lately.empty())
        sql.text += free() + " ORDER BY urgency DESC, due_at, job_id LIMIT 1";
    else
    {
        sql.text += "job_id IN (SELECT job_id FROM job WHERE " + free() +
                    " ORDER BY urgency DESC, due_at, job_id LIMIT 64)";
        // A peer may have claimed one since.
        sql.text += " AND " + free();
        sql.text += " ORDER BY urgency DESC, CASE tenant_id";
        for (std::size_t i = 0; i < limits.lately.size(); ++i)
            sql.text += " WHEN " + sql.value(limits.lately[i]) + " THEN " + std::to_string(i + 1);
        sql.text += " ELSE 0 END, due_at, job_id LIMIT 1";
    }
    sql.text += skip + ") RETURNING job_id, tenant_id, kind, subject, attempts, fence, urgency";
    const Rows rows = unit_.query(sql.text, sql.values);
    if (rows.empty()) return std::nullopt;
    return JobLease{rows.text(0, 0), rows.text(0, 1), rows.text(0, 2), rows.text(0, 3),
        rows.number(0, 4), rows.number(0, 5), static_cast<Urgency>(rows.number(0, 6))};
}

bool JobRepository::holds(const JobLease& lease)
{
    std::string sql = "SELECT fence FROM job WHERE job_id = $1 AND state = 'running'";
    sql += unit_.forUpdate();
    const Rows rows = unit_.query(sql, {lease.jobId});
    return !rows.empty() && rows.number(0, 0) == lease.fence;
}

bool JobRepository::end(const JobLease& lease, UtcTime now, const JobEnd& end)
{
    if (!holds(lease)) return false;
    const Rows row = unit_.query("SELECT again FROM job WHERE job_id = $1", {lease.jobId});
    const auto again = row.number(0, 0);
    const bool done = end.kind == JobEnd::Kind::Done;
    if (done && again == notAsked)
    {
        unit_.execute("DELETE FROM job WHERE job_id = $1", {lease.jobId});
        return true;
    }
    const bool failed = end.kind == JobEnd::Kind::Failed;
    const bool waits = end.kind == JobEnd::Kind::Waits;
    const bool atOnce = done || (again == askedInThisStep && !failed && !waits);
    const std::int64_t due = atOnce ? now.ns : end.dueAt.ns;
    const std::int64_t kept = done || again == notAsked ? notAsked : askedInAnEarlierStep;
    const bool inARow = waits || (end.kind == JobEnd::Kind::Again && end.keepsFailures);
    const std::int64_t attempts = failed   ? lease.attempts + 1
                                  : inARow ? lease.attempts
                                           : std::int64_t{0};
    // Who asked for a job that fails has seen it fail; its further tries are nobody's hurry.
    const Urgency urgency = failed || !end.keepsUrgency ? urgencyOf(lease.kind) : lease.urgency;
    unit_.execute(
        R"(UPDATE job SET state = $1, again = $2, attempts = $3, due_at = $4, lease_until = $5,
            error_code = $6, error_text = $7,
            urgency = CASE WHEN urgency > $8 THEN urgency ELSE $9 END WHERE job_id = $10)",
        {done ? "ready" : "midway", kept, attempts, due, failed ? now.ns : std::int64_t{0},
            end.errorCode, end.errorText, static_cast<std::int64_t>(lease.urgency),
            static_cast<std::int64_t>(urgency), lease.jobId});
    return true;
}

void JobRepository::abandonLeases()
{
    unit_.execute("UPDATE job SET lease_until = 0 WHERE state = 'running'");
}

std::optional<UtcTime> JobRepository::nextDue(const ClaimLimits& limits)
{
    Filled sql;
    sql.text = "SELECT MIN(CASE WHEN state = 'running' THEN lease_until ELSE due_at END) FROM job "
               "WHERE 1 = 1";
    sql.text += sql.within(limits);
    const Rows rows = unit_.query(sql.text, sql.values);
    if (rows.empty() || rows.isNull(0, 0)) return std::nullopt;
    return UtcTime{rows.number(0, 0)};
}

JobRepository::Status JobRepository::status(
    const std::string& tenant, std::string_view kind, const std::string& subject)
{
    const Rows rows = unit_.query(R"(SELECT state, attempts, due_at, error_code, error_text FROM job
        WHERE tenant_id = $1 AND kind = $2 AND subject = $3)",
        {tenant, kind, subject});
    if (rows.empty()) return {};
    return {true, rows.text(0, 0) == "running", rows.number(0, 1), UtcTime{rows.number(0, 2)},
        rows.text(0, 3), rows.text(0, 4)};
}

std::map<std::string, JobRepository::Status> JobRepository::statuses(
    const std::string& tenant, std::string_view kind, const std::vector<std::string>& subjects)
{
    std::map<std::string, Status> found;
    if (subjects.empty()) return found;
    const Rows rows = unit_.query(
        R"(SELECT subject, state, attempts, due_at, error_code, error_text FROM job
        WHERE tenant_id = $1 AND kind = $2 AND subject IN )" +
            elementsOf(unit_, "$3"),
        {tenant, kind, jsonListOf(subjects)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(
            rows.text(i, 0), Status{true, rows.text(i, 1) == "running", rows.number(i, 2),
                                 UtcTime{rows.number(i, 3)}, rows.text(i, 4), rows.text(i, 5)});
    return found;
}

bool JobRepository::anyEndedWith(
    const std::string& tenant, const std::string& connectionId, std::string_view errorCode)
{
    return !unit_
                .query(R"(SELECT 1 FROM job WHERE tenant_id = $1 AND error_code = $2
        AND (subject = $3 OR subject IN (SELECT l.link_id FROM account_link l
            JOIN bank_account b ON b.bank_account_id = l.bank_account_id
            WHERE l.tenant_id = $4 AND b.tenant_id = $5 AND b.connection_id = $6)) LIMIT 1)",
                    {tenant, errorCode, connectionId, tenant, tenant, connectionId})
                .empty();
}

} // namespace bankfeed::store
