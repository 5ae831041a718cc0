#include "engine/AnnouncedEnd.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "store/LinkSessionRepository.h"
#include "store/NoticeRepository.h"

namespace bankfeed::engine
{

namespace
{

/// It is announced about seven days ahead. One that still works a week after that works on.
constexpr std::int64_t comesWithinMs = std::int64_t{14} * 86'400'000;

} // namespace

void tellOfAnnouncedEnd(store::Unit& unit, Random& random, const std::string& tenant,
    const std::string& connectionId, UtcTime saidAt, UtcTime now)
{
    const auto connection = store::ConnectionRepository(unit, tenant).find(connectionId);
    // One that needs a login, or has ended, says so; one whose consent has a date says that.
    if (!connection || connection->state != store::connectionState::healthy) return;
    store::NoticeRepository(unit, tenant)
        .open(random, store::notice::endAnnounced, connectionId, "warning",
            JsonObject()
                .text("institution", connection->institutionName)
                .text("said_at", rfc3339(saidAt))
                .json(),
            now);
}

void settleAnnouncedEnd(store::Unit& unit, const std::string& tenant,
    const std::string& connectionId, bool dated, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    const auto since = notices.openedAt(store::notice::endAnnounced, connectionId);
    if (!since) return;
    if (dated || now >= plusMs(*since, comesWithinMs) ||
        store::LinkSessionRepository(unit, tenant).loggedInSince(connectionId, *since))
        notices.clear(store::notice::endAnnounced, connectionId, now);
}

} // namespace bankfeed::engine
