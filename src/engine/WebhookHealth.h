// Whether webhooks come: the provider knows our address, and what it sent has arrived.
#pragma once

#include "base/AccessTokenSource.h"
#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "store/Database.h"
#include "store/JobRepository.h"

#include <string>

namespace bankfeed::engine
{

/// Any thread.
class WebhookHealth
{
public:
    /// `address` is where webhooks are to be sent; "" when there is none and polling does it all.
    /// All references must outlive this object.
    WebhookHealth(store::Database& database, BankProvider& provider, Clock& clock, Random& random,
        Log& log, std::string address);

    /// Tells the provider our address when it has another one for this connection: once for each
    /// change, and again at the next look when the call may pass then. Its failure is nobody's but
    /// the log's: polling reads everything. Outside of any unit.
    void mendAddress(
        const store::JobLease& lease, const Secret& accessToken, const ConnectionFacts& facts);

    /// Opens the notice when the provider says that it sent a webhook about this connection, and
    /// nothing has come since to any of the tenant's. Inside a unit.
    void judge(store::Unit& unit, const std::string& tenant, const std::string& connectionId,
        const ConnectionFacts& facts, UtcTime now);

    /// A webhook came: the address works. Inside a unit.
    static void arrived(store::Unit& unit, const std::string& tenant, UtcTime now);

private:
    store::Database& database_;
    BankProvider& provider_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    std::string address_;
};

} // namespace bankfeed::engine
