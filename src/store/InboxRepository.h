// The inbox: verified webhooks, stored before they are answered. The one place that looks across
// tenants by provider ids.
#pragma once

#include "base/Time.h"
#include "base/WebhookVerifier.h"
#include "store/Unit.h"

#include <optional>
#include <string>
#include <vector>

namespace bankfeed::store
{

struct WaitingWebhook
{
    std::string id;
    UtcTime receivedAt;
    BankEvent event;
};

/// Whom a webhook is for.
struct WebhookTarget
{
    std::string tenant;
    std::string subject; ///< connection_id or session_id
};

class InboxRepository
{
public:
    explicit InboxRepository(Unit& unit) : unit_(unit) {}

    /// Stores a webhook. False when the same one is there already. Crosses tenants: whose it is, is
    /// not known yet.
    bool add(const VerifiedWebhook& webhook, UtcTime receivedAt);

    /// How often one webhook may ring again: more changes of one bank within a second, each heard
    /// and read before the next, than any bank tells.
    static constexpr std::int64_t ringsAgainMost = 8;

    /// Lets one that is done wait once more, at most ringsAgainMost times. False when it waits
    /// already, has rung that often, or is not there.
    bool ringAgain(const std::string& id, UtcTime receivedAt);

    /// How many wait, counted up to limits::inboxWaiting.
    [[nodiscard]] std::int64_t waitingCount();

    /// True when limits::inboxWaiting wait: no more are taken, and the provider sends again later.
    [[nodiscard]] bool full();

    /// The oldest that wait, at most `count` (1..500).
    [[nodiscard]] std::vector<WaitingWebhook> waiting(std::int64_t count);

    /// Ends one: "routed", "unknown_connection", "ignored", ... `tenant` is empty when it is
    /// nobody's.
    void done(const std::string& id, std::string_view outcome, const std::string& tenant);

    /// The live connection of a provider's id. Crosses tenants.
    [[nodiscard]] std::optional<WebhookTarget> connection(
        const std::string& provider, const std::string& providerConnectionId);

    /// The link session of a Link token. Crosses tenants.
    [[nodiscard]] std::optional<WebhookTarget> linkSession(const std::string& linkTokenHash);

    /// Deletes what was done before `before`, at most 500 rows. The number of rows.
    std::int64_t prune(UtcTime before);

private:
    Unit& unit_;
};

} // namespace bankfeed::store
