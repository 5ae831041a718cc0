#include "engine/InboxReader.h"

#include "engine/AnnouncedEnd.h"
#include "engine/NewAccounts.h"
#include "engine/WebhookHealth.h"
#include "store/ConnectionRepository.h"

#include <utility>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t webhooksPerStep = 100;

} // namespace

InboxReader::InboxReader(store::Database& database, Clock& clock, Random& random, Log& log,
    std::string provider, std::string environment)
    : database_(database),
      clock_(clock),
      random_(random),
      log_(log),
      provider_(std::move(provider)),
      environment_(std::move(environment))
{
}

Result<store::JobEnd> InboxReader::run(const store::JobLease& lease)
{
    std::uint64_t unknown = 0;
    auto end = database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            unknown = 0; // The unit may run again.
            const UtcTime now = clock_.now();
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            store::InboxRepository inbox(unit);
            const auto waiting = inbox.waiting(webhooksPerStep);
            for (const auto& webhook : waiting)
                if (route(unit, webhook, now) == Route::UnknownConnection) ++unknown;
            if (std::ssize(waiting) < webhooksPerStep) return store::JobEnd{};
            return store::JobEnd{store::JobEnd::Kind::Again, now, {}, {}};
        });
    if (end.ok()) unknownConnections_ += unknown;
    return end;
}

InboxReader::Route InboxReader::route(
    store::Unit& unit, const store::WaitingWebhook& webhook, UtcTime now)
{
    store::InboxRepository inbox(unit);
    if (webhook.event.environment != environment_)
    {
        log_.write(LogLevel::Warning, "engine",
            "A webhook came from another environment than the configured one and was set aside.");
        inbox.done(webhook.id, "other_environment", "");
        return Route::SetAside;
    }
    const bool ofLink = webhook.event.kind == BankEventKind::LinkFinished ||
                        webhook.event.kind == BankEventKind::LinkResult;
    const auto target = ofLink ? inbox.linkSession(webhook.event.linkTokenHash)
                               : inbox.connection(provider_, webhook.event.providerConnectionId);
    if (!target)
    {
        inbox.done(webhook.id, ofLink ? "unknown_session" : "unknown_connection", "");
        return ofLink ? Route::SetAside : Route::UnknownConnection;
    }
    ring(unit, *target, webhook, now);
    inbox.done(webhook.id, "routed", target->tenant);
    return Route::Rung;
}

void InboxReader::ring(store::Unit& unit, const store::WebhookTarget& target,
    const store::WaitingWebhook& webhook, UtcTime now)
{
    store::JobRepository jobs(unit);
    const auto ask = [&](std::string_view kind)
    { jobs.askAtOnce(random_, target.tenant, kind, target.subject, now, store::Urgency::News); };
    WebhookHealth::arrived(unit, target.tenant, now);
    switch (webhook.event.kind)
    {
    case BankEventKind::LinkFinished:
    case BankEventKind::LinkResult: ask(store::job::linkSession); return;
    case BankEventKind::NewAccountsAvailable:
        tellOfNewAccounts(unit, random_, target.tenant, target.subject, now, now);
        break;
    case BankEventKind::TransactionsChanged: // And with them the balances.
    case BankEventKind::ConnectionRepaired:
        ask(store::job::sync);
        ask(store::job::refresh);
        break;
    case BankEventKind::ConsentEnding:
        tellOfAnnouncedEnd(unit, random_, target.tenant, target.subject, webhook.receivedAt,
            webhook.event.endsAt, clock_.now());
        ask(store::job::refresh);
        break;
    case BankEventKind::ConnectionTrouble:
    case BankEventKind::AccessRevoked:
    case BankEventKind::AccountRevoked: ask(store::job::refresh); break;
    case BankEventKind::WebhookUrlChanged:
    case BankEventKind::Ignored:
    case BankEventKind::UnknownKind: break;
    }
    store::ConnectionRepository(unit, target.tenant)
        .setLastWebhookAt(target.subject, webhook.receivedAt);
}

} // namespace bankfeed::engine
