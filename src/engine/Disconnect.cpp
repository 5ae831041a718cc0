#include "engine/Disconnect.h"

#include "base/Limits.h"
#include "engine/AnnouncedEnd.h"
#include "engine/MissingOpenings.h"
#include "store/BalanceProofRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/NoticeRepository.h"
#include "store/SyncLoopRepository.h"

#include <array>

namespace bankfeed::engine
{

Result<store::JobEnd> Disconnect::run(const store::JobLease& lease)
{
    BF_LET(ended, database_.read(
                      [&](store::Unit& unit) -> Result<bool>
                      {
                          const auto connection =
                              store::ConnectionRepository(unit, lease.tenant).find(lease.subject);
                          return !connection || connection->removedAt.has_value();
                      }));
    if (ended) return dropStage(lease);
    BF_TRY(endAtProvider(lease));
    return endHere(lease);
}

Result<void> Disconnect::endAtProvider(const store::JobLease& lease)
{
    BF_LET(token, tokens_.accessToken(lease.tenant, lease.subject));
    return provider_.removeConnection(token);
}

Result<store::JobEnd> Disconnect::endHere(const store::JobLease& lease)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            const UtcTime now = clock_.now();
            store::ConnectionRepository connections(unit, lease.tenant);
            const auto connection = connections.find(lease.subject);
            const bool replaced = connections.successorOf(lease.subject).has_value();
            connections.markRemoved(lease.subject, replaced ? "replaced" : "disconnected", now);
            store::NoticeRepository notices(unit, lease.tenant);
            forgetAnnouncedEnd(unit, lease.tenant, lease.subject, now);
            const std::array<std::string_view, 12> kinds{store::notice::newAccounts,
                store::notice::accountsToDecide, store::notice::needsLogin,
                store::notice::consentEnding, store::notice::accessRevoked,
                store::notice::syncFailing, store::notice::brokenInvariant,
                store::notice::accessLostRows, store::notice::removalsHeld,
                store::notice::rowsMoved, store::notice::oldLoginStays,
                store::notice::loginDoubled};
            for (const auto kind : kinds)
                notices.clear(kind, lease.subject, now);
            if (connection && !connection->doubles.empty() &&
                !connections.isDoubled(connection->doubles))
                notices.clear(store::notice::loginDoubled, connection->doubles, now);
            if (connection) tellOfMissingOpenings(unit, random_, lease.tenant, *connection, now);
            // Nothing of it is compared any more.
            store::BalanceProofRepository proofs(unit, lease.tenant);
            for (const auto& [account, proof] : proofs.ofConnection(lease.subject))
            {
                proofs.remove(account);
                notices.clear(store::notice::balanceDiffers, account, now);
            }
            for (const auto& account :
                store::BankAccountRepository(unit, lease.tenant).ofConnection(lease.subject))
                for (const auto kind : {store::notice::accountNotShared, store::notice::mergedAway})
                    notices.clear(kind, account.id, now);
            // A sync that is under way finds another loop than it began with, and writes nothing.
            store::SyncLoopRepository(unit, lease.tenant).remove(lease.subject);
            return store::JobEnd{store::JobEnd::Kind::Again, now, {}, {}};
        });
}

Result<store::JobEnd> Disconnect::dropStage(const store::JobLease& lease)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<store::JobEnd>
        {
            if (!store::JobRepository(unit).holds(lease)) return store::JobEnd{};
            const std::int64_t dropped = store::SyncLoopRepository(unit, lease.tenant)
                                             .discardOthers(lease.subject, "", limits::rowsPerUnit);
            if (dropped == 0) return store::JobEnd{};
            return store::JobEnd{store::JobEnd::Kind::Again, clock_.now(), {}, {}};
        });
}

} // namespace bankfeed::engine
