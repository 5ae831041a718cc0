#include "delivery/OpenQuestions.h"

#include "store/BookFacts.h"
#include "store/JobRepository.h"
#include "store/RefusedRows.h"
#include "store/RestoredBooks.h"

#include <algorithm>

namespace bankfeed::delivery
{

namespace
{

using store::Unit;

/// How often it is looked which rows the books would take again; events ask at once.
constexpr std::int64_t freedEveryNs = 60LL * nsPerSecond;
constexpr std::size_t connectionsAsked = 500;

} // namespace

OpenQuestions::OpenQuestions(
    store::Database& database, Ledger& ledger, Clock& clock, Random& random, Log& log)
    : database_(database),
      clock_(clock),
      random_(random),
      log_(log),
      unknownRemovals_(database, ledger, clock, random),
      forgottenRemovals_(database, ledger, clock, random)
{
}

void OpenQuestions::keepOnly(const std::vector<std::string>& tenants)
{
    std::erase_if(asked_, [&](const auto& one)
        { return !std::binary_search(tenants.begin(), tenants.end(), one.first); });
}

Result<void> OpenQuestions::ask(
    Turn& turn, const std::string& tenant, bool roundBegins, bool rebuilt)
{
    if (roundBegins || rebuilt) BF_TRY(askForUnknown(turn, tenant));
    if (roundBegins) BF_TRY(noteForgottenMerges(tenant));
    BF_TRY(askForForgotten(turn, tenant));
    return askForFreed(turn, tenant);
}

/// What the books refused may be free again without a word of theirs: an account that the mirror
/// shows open, a refusal that was long ago.
Result<void> OpenQuestions::askForFreed(Turn& turn, const std::string& tenant)
{
    const std::int64_t now = clock_.monoNs();
    auto& soughtAtNs = asked_[tenant].freedAtNs;
    if (soughtAtNs && clampedDifference(now, *soughtAtNs) < freedEveryNs) return success();
    soughtAtNs = now;
    BF_LET(freed, database_.read(
                      [&](Unit& unit) -> Result<std::vector<std::string>> {
                          return store::RefusedRows(unit, tenant)
                              .connectionsWithFreed(clock_.now(), connectionsAsked);
                      }));
    if (freed.empty()) return success();
    turn.report.jobsAsked = true;
    return database_.write(
        [&](Unit& unit) -> Result<void>
        {
            store::BookFacts(unit, tenant).forgetGuesses(clock_.now());
            for (const auto& id : freed)
                store::JobRepository(unit).ask(
                    random_, tenant, store::job::freed, id, clock_.now());
            return success();
        });
}

/// What is left over is asked for in the next round over all feeds.
Result<void> OpenQuestions::askForUnknown(Turn& turn, const std::string& tenant)
{
    while (!turn.over())
    {
        auto none = unknownRemovals_.step(tenant);
        if (!none.ok())
        {
            log_.write(LogLevel::Warning, "delivery",
                "What the bank took back waits: " + none.error().text);
            return success();
        }
        if (*none) break;
        turn.spendBatch();
    }
    return success();
}

/// The host's list of accounts, which shows what restored books have again, may come later than its
/// events: so it is looked at in every round over all feeds as well.
Result<void> OpenQuestions::noteForgottenMerges(const std::string& tenant)
{
    BF_LET(any, database_.read([&](Unit& unit) -> Result<bool>
                    { return store::BookFacts(unit, tenant).anyMerged(); }));
    if (!any) return success();
    return database_.write(
        [&](Unit& unit) -> Result<void>
        {
            const auto position = store::BookFacts(unit, tenant).position();
            if (!position.retelling)
                store::RestoredBooks(unit, tenant)
                    .noteForgottenMerges(position.generation, random_, clock_.now());
            return success();
        });
}

/// Once for every time that the books told everything anew, and before a feed is visited: what they
/// lack of it is judged by what is known of their entries.
Result<void> OpenQuestions::askForForgotten(Turn& turn, const std::string& tenant)
{
    BF_LET(position, database_.read([&](Unit& unit) -> Result<store::EventPosition>
                         { return store::BookFacts(unit, tenant).position(); }));
    std::int64_t& asked = asked_[tenant].generation;
    if (position.retelling || position.generation == asked) return success();
    while (!turn.over())
    {
        auto step = forgottenRemovals_.step(tenant);
        if (!step.ok())
        {
            log_.write(LogLevel::Warning, "delivery",
                "What people removed before the books were restored waits: " + step.error().text);
            return success();
        }
        turn.report.jobsAsked = turn.report.jobsAsked || step->jobsAsked;
        if (step->none)
        {
            asked = position.generation;
            return noteForgottenMerges(tenant);
        }
        turn.spendBatch();
    }
    turn.report.remaining = true;
    return success();
}

} // namespace bankfeed::delivery
