#include "engine/Institutions.h"

#include "store/ConnectionRepository.h"
#include "store/InstitutionRepository.h"

#include <algorithm>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t readForMs = 30LL * 86'400'000;
constexpr std::int64_t askedApartMs = 86'400'000;
constexpr std::int64_t triesMax = 3;
constexpr std::int64_t repeatAfterMs = 120'000;

} // namespace

void askForInstitution(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& institutionId, UtcTime now)
{
    if (institutionId.empty()) return;
    const auto known = store::InstitutionRepository(unit, tenant).find(institutionId);
    if (known && now < plusMs(known->askedAt, askedApartMs)) return;
    if (known && known->readAt && now < plusMs(*known->readAt, readForMs)) return;
    store::JobRepository(unit).ask(random, tenant, store::job::institution, institutionId, now);
}

Result<store::JobEnd> Institutions::run(const store::JobLease& lease)
{
    const auto facts = provider_.institution(lease.subject);
    if (!facts.ok()) return failed(lease, facts.error());
    if (facts->institutionId != lease.subject)
        return failed(lease,
            Error::corrupt("institution.other_answer",
                "The provider's answer is about another bank; nothing of it was taken over."));
    const UtcTime now = clock_.now();
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            store::InstitutionRepository(unit, lease.tenant)
                .save({lease.subject, facts->name, facts->countries, facts->oauth, now, now});
            if (!facts->name.empty())
                store::ConnectionRepository(unit, lease.tenant)
                    .setInstitutionName(lease.subject, facts->name);
            return store::JobEnd{};
        });
}

Result<store::JobEnd> Institutions::failed(const store::JobLease& lease, const Error& error)
{
    const UtcTime now = clock_.now();
    if (error.kind == ErrorKind::Stopping)
        return store::JobEnd{store::JobEnd::Kind::Again, now, {}, {}};
    const auto advice = static_cast<std::int64_t>(error.retryAfter.count());
    if (error.code == callBudgetCode)
        return store::JobEnd{store::JobEnd::Kind::Waits, plusMs(now, advice + 1), {}, {}};
    const std::string code = error.providerCode.empty() ? error.code : error.providerCode;
    if (error.remedy == Remedy::Retry && lease.attempts + 1 < triesMax)
        return store::JobEnd{store::JobEnd::Kind::Failed,
            plusMs(now, std::max(repeatAfterMs, advice)), code, error.text};
    log_.write(LogLevel::Info, "engine",
        "The provider said nothing of the bank " + lease.subject + " (" + code +
            "); what is known of it stays." +
            (error.providerRequestId.empty() ? "" : " Request " + error.providerRequestId + "."));
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            store::InstitutionRepository institutions(unit, lease.tenant);
            store::Institution known =
                institutions.find(lease.subject).value_or(store::Institution{});
            known.id = lease.subject;
            known.askedAt = now;
            institutions.save(known);
            return store::JobEnd{};
        });
}

} // namespace bankfeed::engine
