#include "engine/Disconnect.h"

#include "store/AccountLinkRepository.h"
#include "store/ConnectionRepository.h"
#include "store/NoticeRepository.h"

#include <array>

namespace bankfeed::engine
{

Result<store::JobEnd> Disconnect::run(const store::JobLease& lease)
{
    {
        const auto token = tokens_.accessToken(lease.tenant, lease.subject);
        if (!token.ok() && token.error().kind == ErrorKind::NotFound) return store::JobEnd{};
        if (!token.ok()) return token.error();
        BF_TRY(provider_.removeConnection(*token));
    }
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            const UtcTime now = clock_.now();
            store::ConnectionRepository(unit, lease.tenant)
                .markRemoved(lease.subject, "disconnected", now);
            store::NoticeRepository notices(unit, lease.tenant);
            const std::array<std::string_view, 10> kinds{store::notice::newAccounts,
                store::notice::accountsToDecide, store::notice::needsLogin,
                store::notice::consentEnding, store::notice::accessRevoked,
                store::notice::syncFailing, store::notice::brokenInvariant,
                store::notice::accessLostRows, store::notice::removalsHeld,
                store::notice::rowsMoved};
            for (const auto kind : kinds)
                notices.clear(kind, lease.subject, now);
            for (const auto& link :
                store::AccountLinkRepository(unit, lease.tenant).currentOfConnection(lease.subject))
                notices.clear(store::notice::openingOutstanding, link.id, now);
            return store::JobEnd{};
        });
}

} // namespace bankfeed::engine
