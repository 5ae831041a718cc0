#include "engine/AnnouncedEnd.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "store/LinkSessionRepository.h"
#include "store/NoticeRepository.h"

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t dayMs = 86'400'000;
constexpr std::int64_t nearMs = 7 * dayMs;
/// It is announced about seven days ahead. One without a date that still works a week after that
/// works on, and so does one that outlived its day.
constexpr std::int64_t comesWithinMs = 14 * dayMs;
constexpr std::int64_t outlivedMs = dayMs;

std::string paramsOf(
    const std::string& institution, UtcTime saidAt, const std::optional<UtcTime>& endsAt)
{
    return JsonObject()
        .text("institution", institution)
        .text("said_at", rfc3339(saidAt))
        .text("ends_at", endsAt ? rfc3339(*endsAt) : std::string())
        .json();
}

/// The consent's own date has moved on since it was announced: somebody has renewed it.
bool renewed(const store::Connection& before, const ConnectionFacts& facts)
{
    return before.consentEndsAt && facts.consentEndsAt &&
           *facts.consentEndsAt >= plusMs(*before.consentEndsAt, dayMs);
}

} // namespace

std::string_view severityOfEnd(UtcTime endsAt, UtcTime now)
{
    return endsAt <= plusMs(now, nearMs) ? "error" : "warning";
}

void tellOfAnnouncedEnd(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime saidAt, std::optional<UtcTime> endsAt, UtcTime now)
{
    store::ConnectionRepository connections(unit, tenant);
    const auto connection = connections.find(connectionId);
    // One that needs a login, or has ended, says so.
    if (!connection || connection->ended() ||
        connection->state == store::connectionState::needsUser)
        return;
    // A webhook that comes late announces what has been.
    if (endsAt && plusMs(*endsAt, outlivedMs) <= now) return;
    const bool dated = connection->state == store::connectionState::expiring;
    if (dated && !(endsAt && connection->consentEndsAt && *endsAt < *connection->consentEndsAt))
        return;
    connections.setAnnouncedEnd(connectionId, saidAt, endsAt);
    store::NoticeRepository(unit, tenant)
        .open(random, store::notice::endAnnounced, connectionId,
            endsAt ? severityOfEnd(*endsAt, now) : "warning",
            paramsOf(connection->institutionName, saidAt, endsAt), now);
}

void settleAnnouncedEnd(store::Unit& unit, Random& random, const std::string& tenant,
    const store::Connection& before, const ConnectionFacts& facts, bool expiring, UtcTime now)
{
    if (!before.announcedAt) return;
    const auto& endsAt = before.announcedEndAt;
    const bool dated = expiring && !(endsAt && *endsAt < *facts.consentEndsAt);
    const bool outlived = endsAt ? now >= plusMs(*endsAt, outlivedMs)
                                 : now >= plusMs(*before.announcedAt, comesWithinMs);
    if (dated || outlived || renewed(before, facts) ||
        store::LinkSessionRepository(unit, tenant).loggedInSince(before.id, *before.announcedAt))
    {
        forgetAnnouncedEnd(unit, tenant, before.id, now);
        return;
    }
    store::NoticeRepository notices(unit, tenant);
    // A person may have done away with it.
    if (!endsAt || !notices.isOpen(store::notice::endAnnounced, before.id)) return;
    notices.open(random, store::notice::endAnnounced, before.id, severityOfEnd(*endsAt, now),
        paramsOf(before.institutionName, *before.announcedAt, endsAt), now);
}

void forgetAnnouncedEnd(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now)
{
    store::NoticeRepository(unit, tenant).clear(store::notice::endAnnounced, connectionId, now);
    store::ConnectionRepository(unit, tenant).setAnnouncedEnd(connectionId, {}, {});
}

} // namespace bankfeed::engine
