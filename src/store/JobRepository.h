// Durable jobs: what is to be done, once per kind and subject.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The kinds of jobs. The names are stored; do not rename.
namespace job
{
inline constexpr std::string_view inbox = "inbox";       ///< Subject "": reads waiting webhooks.
inline constexpr std::string_view schedule = "schedule"; ///< Subject "": polls what is due.
inline constexpr std::string_view refresh =
    "refresh"; ///< Subject connection: its state and its accounts.
inline constexpr std::string_view sync = "sync"; ///< Subject connection: one step of the sync loop.
inline constexpr std::string_view release =
    "release"; ///< Subject account link: held rows into the outbox.
inline constexpr std::string_view freed =
    "freed"; ///< Subject connection: what the books refused, and would take now.
inline constexpr std::string_view opening =
    "opening"; ///< Subject account link: its opening balance.
inline constexpr std::string_view proof =
    "proof"; ///< Subject connection: the bank's balances against those of the books.
inline constexpr std::string_view import = "import"; ///< Subject import: to be undone or redone.
inline constexpr std::string_view takeBack =
    "take-back"; ///< Subject account link: that it goes on with the feed of another is undone.
inline constexpr std::string_view linkSession =
    "link-session"; ///< Subject link session: start, poll, finish.
inline constexpr std::string_view disconnect =
    "disconnect"; ///< Subject connection: end it at the provider.
inline constexpr std::string_view eraseTenant =
    "erase-tenant"; ///< Subject tenant: delete all that is kept of it.
inline constexpr std::string_view askBank =
    "ask-bank"; ///< Subject connection: the provider looks at the bank now.
inline constexpr std::string_view askBalances =
    "ask-balances"; ///< Subject connection: the bank's own balances, now.
inline constexpr std::string_view reseal =
    "reseal"; ///< Subject "": what an older token key has sealed.
inline constexpr std::string_view institution =
    "institution"; ///< Subject institution: what the provider says of the bank itself.
inline constexpr std::string_view handover =
    "handover"; ///< Subject connection: it takes the place of another, which then ends.

/// Whether a job of this kind may wait long for the provider. Not a link session: its calls are
/// quick, and a person looks on.
[[nodiscard]] bool maybeSlow(std::string_view kind);
} // namespace job

/// Who waits for a job: of those that are due, the more urgent ones go first.
enum class Urgency : std::uint8_t
{
    Polling = 0, ///< Nobody does.
    News = 1,    ///< The bank says that there is something.
    Person = 2,
};

/// A job that somebody is working on. Every write of that work checks `fence` first.
struct JobLease
{
    std::string jobId;
    std::string tenant;
    std::string kind;
    std::string subject;
    std::int64_t attempts = 0; ///< Failures in a row before this run.
    std::int64_t fence = 0;
    Urgency urgency = Urgency::Polling;
};

/// What must not be claimed now, because others are at it, and whose turn it is.
struct ClaimLimits
{
    bool slow = true;                       ///< Whether anything that may be slow may be claimed.
    std::vector<std::string> nothingSlowOf; ///< Tenants.
    std::vector<std::string> nothingOf;     ///< Tenants.
    /// Tenants whose jobs were claimed before, the last one last. Of equally urgent jobs those of
    /// other tenants go first, and then those of the ones whose turn is the longest ago.
    std::vector<std::string> lately;
};

/// How a step of a run ended. A run goes on from step to step until one is done.
struct JobEnd
{
    enum class Kind : std::uint8_t
    {
        Done,
        Again,  ///< There is more to do, at `dueAt`.
        Failed, ///< It failed; try again at `dueAt`.
        Waits,  ///< It could not be done now, which is nobody's failure; it is due at `dueAt`.
    };
    Kind kind = Kind::Done;
    UtcTime dueAt;
    std::string errorCode;
    std::string errorText;
    bool keepsFailures = false; ///< Of Again: the step came nowhere yet, so that failures before it
                                ///< still count as in a row.
    bool keepsUrgency = true;   ///< Of Waits: who asked for it still waits for its first try.
};

/// No step puts a job off for longer: the longest is a day. What is further off, a clock that was
/// ahead wrote; and the schedule, on which all else hangs, looks each minute.
inline constexpr std::int64_t jobAheadMs = 2LL * 86'400'000;
inline constexpr std::int64_t scheduleAheadMs = 3'600'000;

class JobRepository
{
public:
    explicit JobRepository(Unit& unit) : unit_(unit) {}

    /// Asks for a job. If it waits, it is due at the earlier of both times; if its run has begun,
    /// it will run once more when that is done, because what is asked for may have come after the
    /// run looked: a page that was fetched holds nothing of the webhook that follows it.
    void ask(Random& random, const std::string& tenant, std::string_view kind,
        const std::string& subject, UtcTime now, UtcTime dueAt);
    void ask(Random& random, const std::string& tenant, std::string_view kind,
        const std::string& subject, UtcTime now)
    {
        ask(random, tenant, kind, subject, now, now);
    }

    /// As ask, on the word of somebody who knows better than a backoff: a person, or the bank that
    /// says that there is news. A job that failed and waits is drawn forward, to a minute after its
    /// last try at the earliest; and it goes before what nobody waits for.
    void askAtOnce(Random& random, const std::string& tenant, std::string_view kind,
        const std::string& subject, UtcTime now, Urgency urgency = Urgency::Person);

    /// Deletes a job for which nothing is left to do. Whoever is at it has lost the lease.
    void drop(const std::string& tenant, std::string_view kind, const std::string& subject);

    /// Claims one job that is due, or whose lease ran out: of these the most urgent one, and of
    /// equally urgent ones that which is due the longest, but see ClaimLimits: the turn goes round
    /// among the 64 that come first. When none is to be had, what a clock that was ahead put off
    /// for longer than any step does (jobAheadMs) is due now. Crosses tenants.
    [[nodiscard]] std::optional<JobLease> claim(
        UtcTime now, std::int64_t leaseMs, const ClaimLimits& limits = {});

    /// True while the lease is the latest one. A unit of a job that finds false writes nothing.
    [[nodiscard]] bool holds(const JobLease& lease);

    /// Ends the step. A job that was asked for during the step becomes due at once, unless it
    /// failed; one that was asked for during the run runs once more. False when the lease was lost.
    bool end(const JobLease& lease, UtcTime now, const JobEnd& end);

    /// Takes the leases from whoever held them, so that their jobs are due again. For a process
    /// that knows that it is alone and has just begun: after a crash nobody is at work. Crosses
    /// tenants.
    void abandonLeases();

    /// When the next job is due that may be claimed. Crosses tenants.
    [[nodiscard]] std::optional<UtcTime> nextDue(const ClaimLimits& limits = {});

    struct Status
    {
        bool exists = false;
        bool running = false;
        std::int64_t attempts = 0;
        UtcTime dueAt;
        std::string errorCode;
        std::string errorText;
    };
    [[nodiscard]] Status status(
        const std::string& tenant, std::string_view kind, const std::string& subject);

    /// Of jobs of one kind with some subjects, at most 500; those that there are, by subject.
    [[nodiscard]] std::map<std::string, Status> statuses(
        const std::string& tenant, std::string_view kind, const std::vector<std::string>& subjects);

    /// True when a job of this connection, or of one of its account links, ended its last step with
    /// this code.
    [[nodiscard]] bool anyEndedWith(
        const std::string& tenant, const std::string& connectionId, std::string_view errorCode);

private:
    [[nodiscard]] std::optional<JobLease> claimDue(
        UtcTime now, std::int64_t leaseMs, const ClaimLimits& limits);
    [[nodiscard]] bool drawNear(UtcTime now);
    void ask(Random& random, const std::string& tenant, std::string_view kind,
        const std::string& subject, UtcTime now, UtcTime dueAt, Urgency urgency);

    Unit& unit_;
};

} // namespace bankfeed::store
