#include "engine/BankOutages.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "base/Limits.h"
#include "engine/BankJobs.h"
#include "store/NoticeRepository.h"
#include "store/SyncLoopRepository.h"

#include <algorithm>
#include <vector>

namespace bankfeed::engine
{

namespace
{

/// So many connections of a bank within the window, and none of it read since, make an outage.
constexpr std::int64_t connectionsFailing = 2;
/// A connection that fails alone is tried again after an hour: two of its failures are near.
constexpr std::int64_t windowMs = 7'200'000;
constexpr std::int64_t bankFirstMs = 900'000;
constexpr std::int64_t bankMostMs = 3'600'000;
constexpr std::int64_t setUpFirstMs = 60'000;
constexpr std::int64_t setUpMostMs = 900'000;
/// So often somebody who asks, or a bank that rings, gets another try.
constexpr std::int64_t triesApartMs = 60'000;
/// How long others wait before they ask whether who tries has come to an end.
constexpr std::int64_t lookAgainMs = 30'000;
constexpr std::int64_t staleAfterMs = 43'200'000;

constexpr std::string_view bankCode = "bank.not_answering";
constexpr std::string_view setUpCode = "provider.set_up";

bool asksTheBank(const store::JobLease& lease)
{
    return lease.kind == store::job::refresh || lease.kind == store::job::sync;
}

bool asksTheProvider(const store::JobLease& lease)
{
    return asksTheProviderByItself(lease.kind) || lease.kind == store::job::disconnect;
}

/// What was read to its end is applied, whoever does not answer.
bool needsNobody(store::Unit& unit, const store::JobLease& lease)
{
    if (lease.kind != store::job::sync) return false;
    const auto loop = store::SyncLoopRepository(unit, lease.tenant).find(lease.subject);
    return loop && loop->state == store::loopState::sealed;
}

std::string_view textOf(std::string_view code)
{
    return code == bankCode ? "The bank is not answering; bankfeed tries again."
                            : "The provider refuses bankfeed's own access; the operator must act.";
}

} // namespace

UtcTime BankOutages::after(UtcTime now, std::int64_t ms)
{
    const auto tenth = static_cast<std::uint64_t>(std::max<std::int64_t>(ms / 10, 1));
    return plusMs(now, ms + static_cast<std::int64_t>(random_.u64() % tenth));
}

Result<std::optional<store::JobEnd>> BankOutages::gate(const store::JobLease& lease)
{
    if (!asksTheProvider(lease)) return std::optional<store::JobEnd>{};
    BF_LET(scopes,
        database_.read(
            [&](store::Unit& unit) -> Result<std::vector<Scope>>
            {
                std::vector<Scope> found;
                if (needsNobody(unit, lease)) return found;
                if (store::OutageRepository(unit, "").find(""))
                    found.push_back({"", "", setUpCode});
                if (!asksTheBank(lease)) return found;
                const auto connection =
                    store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
                if (connection &&
                    store::OutageRepository(unit, lease.tenant).find(connection->institutionId))
                    found.push_back({lease.tenant, connection->institutionId, bankCode});
                return found;
            }));
    if (scopes.empty()) return std::optional<store::JobEnd>{};
    return database_.write(
        [&](store::Unit& unit) -> Result<std::optional<store::JobEnd>>
        {
            if (!store::JobRepository(unit).holds(lease))
                return std::optional<store::JobEnd>{store::JobEnd{}};
            for (const Scope& scope : scopes)
                if (auto end = admit(unit, lease, scope, clock_.now())) return end;
            return std::optional<store::JobEnd>{};
        });
}

std::optional<store::JobEnd> BankOutages::admit(
    store::Unit& unit, const store::JobLease& lease, const Scope& scope, UtcTime now)
{
    store::OutageRepository outages(unit, scope.tenant);
    const auto outage = outages.find(scope.institutionId);
    if (!outage) return std::nullopt;
    const UtcTime until = plusMs(now, limits::jobLeaseMs);
    const bool tries = outage->probeJob == lease.jobId && outage->probeUntil > now;
    const bool asked = lease.urgency != store::Urgency::Polling;
    const UtcTime earliest =
        asked ? std::min(outage->nextTryAt, plusMs(outage->probedAt, triesApartMs))
              : outage->nextTryAt;
    if (!tries && now < earliest)
    {
        auto end = untilNextTry(*outage, scope);
        if (asked) end.dueAt = earliest;
        return end;
    }
    if (outages.takeProbe(scope.institutionId, lease.jobId, now, until)) return std::nullopt;
    auto end = untilNextTry(*outage, scope);
    end.dueAt = after(std::max(outage->nextTryAt, now), lookAgainMs);
    return end;
}

store::JobEnd BankOutages::untilNextTry(const store::Outage& outage, const Scope& scope)
{
    return {store::JobEnd::Kind::Waits, after(outage.nextTryAt, lookAgainMs),
        std::string(scope.code), std::string(textOf(scope.code))};
}

std::optional<store::JobEnd> BankOutages::met(store::Unit& unit, const store::JobLease& lease,
    const store::Connection& connection, const Error& error, UtcTime now)
{
    const Scope ours{"", "", setUpCode};
    const Scope bank{lease.tenant, connection.institutionId, bankCode};
    store::OutageRepository setUp(unit, "");
    store::OutageRepository banks(unit, lease.tenant);
    if (error.concern == Concern::SetUp)
    {
        store::Outage outage =
            setUp.find("").value_or(store::Outage{lease.kind, now, {}, -1, lease.jobId, {}, now});
        const bool found = outage.tries < 0;
        const auto end = failedAgain(unit, lease, ours, outage, now);
        if (found) tellOfSetUp(unit, lease.tenant, error, end.dueAt, now);
        return end;
    }
    setUp.releaseProbe("", lease.jobId, now);
    if (error.concern != Concern::Institution || !asksTheBank(lease) ||
        connection.institutionId.empty())
    {
        banks.releaseProbe(connection.institutionId, lease.jobId, now);
        return std::nullopt;
    }
    banks.addSign(connection.id, connection.institutionId, lease.kind, now);
    auto outage = banks.find(connection.institutionId);
    if (!outage)
    {
        if (banks.countSigns(connection.institutionId, plusMs(now, -windowMs)) < connectionsFailing)
            return std::nullopt;
        outage = store::Outage{lease.kind, now, {}, -1, lease.jobId, {}, now};
    }
    const bool found = outage->tries < 0;
    const auto end = failedAgain(unit, lease, bank, *outage, now);
    if (found) banks.holdBack(connection.institutionId, bankCode, end.dueAt);
    tellOfBank(unit, connection, lease.tenant, error,
        banks.find(connection.institutionId).value_or(*outage), now);
    return end;
}

/// Who had begun before the others were told to wait says nothing new.
store::JobEnd BankOutages::failedAgain(store::Unit& unit, const store::JobLease& lease,
    const Scope& scope, store::Outage outage, UtcTime now)
{
    if (outage.probeJob == lease.jobId)
    {
        const bool bank = !scope.institutionId.empty();
        const std::int64_t first = bank ? bankFirstMs : setUpFirstMs;
        const std::int64_t most = bank ? bankMostMs : setUpMostMs;
        outage.tries = std::min<std::int64_t>(outage.tries + 1, 16);
        outage.nextTryAt = after(now, std::min(most, first << outage.tries));
        outage.probeUntil = now;
        store::OutageRepository(unit, scope.tenant).save(scope.institutionId, outage);
    }
    auto end = untilNextTry(outage, scope);
    // The one that tries is there in time; and who asked has had the try that was asked for.
    if (outage.probeJob == lease.jobId) end.dueAt = outage.nextTryAt;
    end.keepsUrgency = false;
    return end;
}

void BankOutages::tellOfBank(store::Unit& unit, const store::Connection& connection,
    const std::string& tenant, const Error& error, const store::Outage& outage, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    const std::int64_t failing =
        store::OutageRepository(unit, tenant)
            .countSigns(connection.institutionId, plusMs(outage.since, -windowMs));
    notices.open(random_, store::notice::bankNotAnswering, connection.institutionId, "warning",
        JsonObject()
            .text("institution", connection.institutionName)
            .number("count", failing)
            .text("code", error.providerCode.empty() ? error.code : error.providerCode)
            .text("text", error.text)
            .text("request_id", error.providerRequestId)
            .text("since", rfc3339(outage.since))
            .text("next_try_at", rfc3339(outage.nextTryAt))
            .json(),
        now);
    // One notice says it for all of them.
    notices.clear(store::notice::syncFailing, connection.id, now);
}

/// Whoever looks must see it: every tenant fails alike. The request is of the one that met it.
void BankOutages::tellOfSetUp(
    store::Unit& unit, const std::string& metBy, const Error& error, UtcTime nextTryAt, UtcTime now)
{
    for (const auto& tenant : store::ConnectionRepository::tenants(unit))
        store::NoticeRepository(unit, tenant)
            .open(random_, store::notice::setupWrong, "", "error",
                JsonObject()
                    .text("code", error.providerCode.empty() ? error.code : error.providerCode)
                    .text("text", error.text)
                    .text("request_id", tenant == metBy ? error.providerRequestId : "")
                    .text("next_try_at", rfc3339(nextTryAt))
                    .json(),
                now);
}

void BankOutages::answered(store::Unit& unit, const std::string& tenant,
    const std::string& institutionId, std::string_view jobKind, UtcTime now)
{
    setUpAnswered(unit, now);
    if (institutionId.empty()) return;
    store::OutageRepository outages(unit, tenant);
    outages.forgetSigns(institutionId, jobKind);
    const auto outage = outages.find(institutionId);
    if (!outage || outage->jobKind != jobKind) return;
    outages.remove(institutionId);
    store::NoticeRepository(unit, tenant)
        .clear(store::notice::bankNotAnswering, institutionId, now);
    outages.drawForward(institutionId, bankCode, now);
}

void BankOutages::setUpAnswered(store::Unit& unit, UtcTime now)
{
    if (!store::OutageRepository(unit, "").remove("")) return;
    store::NoticeRepository::clearEverywhere(unit, store::notice::setupWrong, "", now);
    store::OutageRepository::drawAllForward(unit, setUpCode, now);
}

bool BankOutages::wentWell(
    store::Unit& unit, const store::JobLease& lease, UtcTime startedAt, UtcTime now)
{
    if (!asksTheProvider(lease)) return false;
    store::OutageRepository(unit, "").releaseProbe("", lease.jobId, now);
    if (!asksTheBank(lease)) return false;
    const auto connection = store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
    if (!connection) return false;
    // A step may go well without a word of the bank's: the connection is on hold, or has ended.
    const bool read = lease.kind == store::job::sync && connection->lastSuccessAt &&
                      *connection->lastSuccessAt >= startedAt;
    if (read) answered(unit, lease.tenant, connection->institutionId, store::job::sync, now);
    store::OutageRepository(unit, lease.tenant)
        .releaseProbe(connection->institutionId, lease.jobId, now);
    return read;
}

void BankOutages::trySetUpNow(store::Unit& unit, UtcTime now)
{
    store::OutageRepository outages(unit, "");
    auto outage = outages.find("");
    if (!outage) return;
    outage->nextTryAt = now;
    outage->probeUntil = {};
    outage->tries = 0;
    outages.save("", *outage);
    store::OutageRepository::drawAllForward(unit, setUpCode, now);
}

void BankOutages::forgetStale(store::Unit& unit, UtcTime now)
{
    for (const auto& one : store::OutageRepository::stale(unit, plusMs(now, -staleAfterMs)))
    {
        store::OutageRepository(unit, one.tenant).remove(one.institutionId);
        if (one.institutionId.empty())
            store::NoticeRepository::clearEverywhere(unit, store::notice::setupWrong, "", now);
        else
            store::NoticeRepository(unit, one.tenant)
                .clear(store::notice::bankNotAnswering, one.institutionId, now);
    }
    store::OutageRepository::pruneSigns(unit, plusMs(now, -windowMs));
}

} // namespace bankfeed::engine
