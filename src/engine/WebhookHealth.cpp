#include "engine/WebhookHealth.h"

#include "base/Date.h"
#include "base/JsonText.h"
#include "store/ConnectionRepository.h"
#include "store/NoticeRepository.h"

#include <optional>
#include <utility>

namespace bankfeed::engine
{

namespace
{

/// By so much the provider's clock may be ahead of ours.
constexpr std::int64_t clocksApartMs = 60'000;
/// The first repeats of a webhook that was not taken come within this time.
constexpr std::int64_t onItsWayMs = 900'000;
/// What is sent while a connection is being made, or its address told, may miss us.
constexpr std::int64_t newMs = 300'000;

bool mayPass(const Error& error)
{
    return error.remedy != Remedy::Stop && error.kind != ErrorKind::Denied;
}

/// Whether a webhook sent at `sentAt` could have come, and should be here by now.
bool expected(const store::Connection& connection, UtcTime sentAt, UtcTime now)
{
    return plusMs(sentAt, onItsWayMs) <= now && sentAt > plusMs(connection.createdAt, newMs) &&
           !(connection.webhookToldAt && sentAt <= plusMs(*connection.webhookToldAt, newMs));
}

bool cameSince(const std::optional<UtcTime>& last, UtcTime sentAt)
{
    return last && plusMs(*last, clocksApartMs) >= sentAt;
}

} // namespace

WebhookHealth::WebhookHealth(store::Database& database, BankProvider& provider, Clock& clock,
    Random& random, Log& log, std::string address)
    : database_(database),
      provider_(provider),
      clock_(clock),
      random_(random),
      log_(log),
      address_(std::move(address))
{
}

void WebhookHealth::mendAddress(
    const store::JobLease& lease, const Secret& accessToken, const ConnectionFacts& facts)
{
    if (!facts.webhookUrl || *facts.webhookUrl == address_) return;
    const auto told = database_.read(
        [&](store::Unit& unit) -> Result<bool>
        {
            const auto found = store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
            return !found || (found->webhookTold && *found->webhookTold == address_);
        });
    if (!told.ok() || *told) return;
    const auto changed = provider_.setWebhookUrl(accessToken, address_);
    if (!changed.ok())
    {
        log_.write(LogLevel::Warning, "engine",
            "The address for webhooks of " + lease.subject +
                " could not be told to the provider: " + changed.error().text);
        if (mayPass(changed.error())) return;
    }
    const auto noted = database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            if (store::JobRepository(unit).holds(lease))
                store::ConnectionRepository(unit, lease.tenant)
                    .setWebhookTold(lease.subject, address_, clock_.now());
            return success();
        });
    if (!noted.ok()) log_.write(LogLevel::Error, "engine", noted.error().text);
}

void WebhookHealth::judge(store::Unit& unit, const std::string& tenant,
    const std::string& connectionId, const ConnectionFacts& facts, UtcTime now)
{
    store::NoticeRepository notices(unit, tenant);
    if (address_.empty())
    {
        notices.clear(store::notice::webhooksMissing, "", now);
        return;
    }
    if (!facts.lastWebhookAt || (facts.webhookUrl && *facts.webhookUrl != address_)) return;
    store::ConnectionRepository connections(unit, tenant);
    const auto connection = connections.find(connectionId);
    const UtcTime sentAt = *facts.lastWebhookAt;
    if (!connection || !expected(*connection, sentAt, now) ||
        cameSince(connection->lastWebhookAt, sentAt) ||
        cameSince(connections.newestWebhookAt(), sentAt))
        return;
    notices.open(random_, store::notice::webhooksMissing, "", "warning",
        JsonObject()
            .text("institution", connection->institutionName)
            .text("last_sent_at", rfc3339(sentAt))
            .text("address", address_)
            .json(),
        now);
}

void WebhookHealth::arrived(store::Unit& unit, const std::string& tenant, UtcTime now)
{
    store::NoticeRepository(unit, tenant).clear(store::notice::webhooksMissing, "", now);
}

} // namespace bankfeed::engine
