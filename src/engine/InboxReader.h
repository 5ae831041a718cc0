// Reads stored webhooks and asks for the jobs that they ring the bell for.
#pragma once

#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "store/Database.h"
#include "store/InboxRepository.h"
#include "store/JobRepository.h"

#include <atomic>
#include <cstdint>
#include <string>

namespace bankfeed::engine
{

class InboxReader
{
public:
    /// `provider` and `environment` are those that this plugin serves. All references must outlive
    /// this object.
    InboxReader(store::Database& database, Clock& clock, Random& random, Log& log,
        std::string provider, std::string environment);

    /// Routes up to 100 waiting webhooks. Repeating it changes nothing.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

    /// Webhooks of connections that nobody has here, since the start. Any thread.
    [[nodiscard]] std::uint64_t unknownConnections() const { return unknownConnections_; }

private:
    enum class Route : std::uint8_t
    {
        Rung,
        SetAside,
        UnknownConnection,
    };
    Route route(store::Unit& unit, const store::WaitingWebhook& webhook, UtcTime now);
    void ring(store::Unit& unit, const store::WebhookTarget& target,
        const store::WaitingWebhook& webhook, UtcTime now);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    std::string provider_;
    std::string environment_;
    std::atomic<std::uint64_t> unknownConnections_ = 0;
};

} // namespace bankfeed::engine
