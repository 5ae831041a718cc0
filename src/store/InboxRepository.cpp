#include "store/InboxRepository.h"

#include "base/Limits.h"

namespace bankfeed::store
{

bool InboxRepository::add(const VerifiedWebhook& webhook, UtcTime receivedAt)
{
    const BankEvent& event = webhook.event;
    return unit_.execute(
               R"(INSERT INTO inbox (webhook_id, received_at, signed_at, kind, provider_type, provider_code,
            environment, provider_connection_id, provider_account_id, link_token_hash, link_succeeded, state, ends_at,
            rung_again, outcome, tenant_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '', NULL)
        ON CONFLICT (webhook_id) DO NOTHING)",
               {webhook.id, receivedAt.ns, webhook.signedAt.ns,
                   static_cast<std::int64_t>(event.kind), event.providerType, event.providerCode,
                   event.environment, event.providerConnectionId, event.providerAccountId,
                   event.linkTokenHash, event.linkSucceeded,
                   webhook.understood ? "waiting" : "done", Value(event.endsAt)}) > 0;
}

bool InboxRepository::ringAgain(const std::string& id, UtcTime receivedAt)
{
    return unit_.execute(R"(UPDATE inbox SET state = 'waiting', rung_again = rung_again + 1,
            outcome = '', received_at = $1
        WHERE webhook_id = $2 AND state = 'done' AND rung_again < $3)",
               {receivedAt.ns, id, ringsAgainMost}) > 0;
}

std::int64_t InboxRepository::waitingCount()
{
    return unit_
        .query("SELECT COUNT(*) FROM (SELECT 1 FROM inbox WHERE state = 'waiting' LIMIT $1) AS "
               "counted",
            {static_cast<std::int64_t>(limits::inboxWaiting)})
        .number(0, 0);
}

bool InboxRepository::full()
{
    // The index walks the waiting rows only, of which there are few unless something is very wrong.
    return !unit_
                .query("SELECT 1 FROM inbox WHERE state = 'waiting' LIMIT 1 OFFSET $1",
                    {static_cast<std::int64_t>(limits::inboxWaiting) - 1})
                .empty();
}

std::vector<WaitingWebhook> InboxRepository::waiting(std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 500);
    const Rows rows = unit_.query(
        R"(SELECT webhook_id, received_at, kind, provider_type, provider_code, environment,
            provider_connection_id, provider_account_id, link_token_hash, link_succeeded,
            ends_at
        FROM inbox WHERE state = 'waiting' ORDER BY received_at, webhook_id LIMIT $1)",
        {count});
    std::vector<WaitingWebhook> webhooks;
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        WaitingWebhook one;
        one.id = rows.text(i, 0);
        one.receivedAt = UtcTime{rows.number(i, 1)};
        one.event.kind = static_cast<BankEventKind>(rows.number(i, 2));
        one.event.providerType = rows.text(i, 3);
        one.event.providerCode = rows.text(i, 4);
        one.event.environment = rows.text(i, 5);
        one.event.providerConnectionId = rows.text(i, 6);
        one.event.providerAccountId = rows.text(i, 7);
        one.event.linkTokenHash = rows.text(i, 8);
        one.event.linkSucceeded = rows.number(i, 9) != 0;
        one.event.endsAt = rows.maybeTime(i, 10);
        webhooks.push_back(std::move(one));
    }
    return webhooks;
}

void InboxRepository::done(
    const std::string& id, std::string_view outcome, const std::string& tenant)
{
    unit_.execute(
        "UPDATE inbox SET state = 'done', outcome = $1, tenant_id = $2 WHERE webhook_id = $3",
        {outcome, tenant.empty() ? Value() : Value(tenant), id});
}

std::optional<WebhookTarget> InboxRepository::connection(
    const std::string& provider, const std::string& providerConnectionId)
{
    const Rows rows = unit_.query(R"(SELECT tenant_id, connection_id FROM connection
        WHERE provider = $1 AND provider_connection_id = $2 AND removed_at IS NULL)",
        {provider, providerConnectionId});
    if (rows.empty()) return std::nullopt;
    return WebhookTarget{rows.text(0, 0), rows.text(0, 1)};
}

std::optional<WebhookTarget> InboxRepository::linkSession(const std::string& linkTokenHash)
{
    if (linkTokenHash.empty()) return std::nullopt;
    const Rows rows =
        unit_.query("SELECT tenant_id, session_id FROM link_session WHERE link_token_hash = $1",
            {linkTokenHash});
    if (rows.empty()) return std::nullopt;
    return WebhookTarget{rows.text(0, 0), rows.text(0, 1)};
}

std::int64_t InboxRepository::prune(UtcTime before)
{
    return unit_.execute(R"(DELETE FROM inbox WHERE webhook_id IN
        (SELECT webhook_id FROM inbox WHERE state = 'done' AND received_at < $1 LIMIT 500))",
        {before.ns});
}

} // namespace bankfeed::store
