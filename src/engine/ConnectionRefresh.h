// A connection's state and accounts, as the provider has them now.
#pragma once

#include "accounts/Discovery.h"
#include "base/AccessTokenSource.h"
#include "base/BankProvider.h"
#include "base/Random.h"
#include "engine/ConnectionHealth.h"
#include "engine/WebhookHealth.h"

namespace bankfeed::engine
{

class ConnectionRefresh
{
public:
    /// `webhooks` may be null, when nobody minds webhooks. What is given must outlive this object.
    ConnectionRefresh(store::Database& database, BankProvider& provider, AccessTokenSource& tokens,
        accounts::Discovery& discovery, ConnectionHealth& health, Clock& clock, Random& random,
        WebhookHealth* webhooks = nullptr);

    /// Reads the connection and its accounts, and stores both. A connection in trouble is an error
    /// with the provider's remedy.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    /// An answer that names another connection is not taken over, whatever it holds.
    [[nodiscard]] Result<void> isAboutIt(
        const store::JobLease& lease, const ConnectionFacts& facts);

    store::Database& database_;
    BankProvider& provider_;
    AccessTokenSource& tokens_;
    accounts::Discovery& discovery_;
    ConnectionHealth& health_;
    Clock& clock_;
    Random& random_;
    WebhookHealth* webhooks_;
};

} // namespace bankfeed::engine
