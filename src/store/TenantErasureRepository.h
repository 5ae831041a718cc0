// The erasure of a tenant that is under way.
#pragma once

#include "base/Time.h"
#include "store/TenantTables.h"
#include "store/Unit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::store
{

struct TenantErasure
{
    UtcTime askedAt;
    std::string askedById;
    std::string askedByName;
    bool giveUp = false; ///< A connection that the provider does not end is said to be lost.
    UtcTime roundAt;     ///< Connections that were tried before it are tried again.
    std::int64_t rounds = 0;
    std::int64_t tokensEnded = 0;
    std::int64_t tokensLost = 0;
    std::string lost; ///< The provider's ids of the first hundred, separated by blanks.
    ErasedRows erased;
};

class TenantErasureRepository
{
public:
    TenantErasureRepository(Unit& unit, std::string tenant)
        : unit_(unit), tenant_(std::move(tenant))
    {
    }

    [[nodiscard]] std::optional<TenantErasure> find();

    /// False when one is under way; nothing is written then.
    bool begin(const TenantErasure& erasure);
    void save(const TenantErasure& erasure);
    void end();

    /// True when an erasure is under way, or has ended at `moment` or later: who began to do
    /// something before that must not leave rows behind it.
    [[nodiscard]] bool erasedSince(UtcTime moment);

    struct Holding
    {
        std::string connectionId;
        std::string providerConnectionId;
        std::string institutionName;
        std::string errorCode;
        std::string errorText;
        std::string errorRequestId;
    };
    /// Connections whose token is kept, the one that was tried longest ago first; at most `count`.
    [[nodiscard]] std::vector<Holding> holding(std::int64_t count);

    /// How many of them were not tried since `moment`.
    [[nodiscard]] std::int64_t untried(UtcTime moment);

    /// Ends what people have begun at the bank's pages: nothing new is connected from now on.
    void endLinkSessions(UtcTime now);

    /// The tenants that are being erased, at most 10,000. Crosses tenants: nobody delivers to them.
    [[nodiscard]] static std::vector<std::string> tenants(Unit& unit);

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
