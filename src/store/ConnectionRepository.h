// Connections: one bank login shared with us.
#pragma once

#include "base/Error.h"
#include "base/Time.h"
#include "store/SyncCounts.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The states of a connection. The names are stored and shown; do not rename.
namespace connectionState
{
inline constexpr std::string_view linking = "linking"; ///< Made, and not looked at well yet.
inline constexpr std::string_view healthy = "healthy";
inline constexpr std::string_view expiring = "expiring";    ///< Works; consent ends soon.
inline constexpr std::string_view needsUser = "needs_user"; ///< Somebody must log in at the bank.
inline constexpr std::string_view revoked = "revoked"; ///< The person took access away at the bank.
inline constexpr std::string_view removed = "removed"; ///< Ended here.
inline constexpr std::string_view gone = "gone";       ///< The provider does not know it any more.
} // namespace connectionState

struct Connection
{
    std::string id; ///< "con_..."
    std::string provider;
    std::string providerConnectionId;
    std::string institutionId;     ///< "" when the provider names none.
    std::string institutionName;   ///< "" when the provider names none.
    std::string accessTokenSealed; ///< TokenVault, row id and column "access_token_sealed"; "" once
                                   ///< removed.
    std::string state = std::string(connectionState::healthy);
    std::string stateReason; ///< A code: why it is in this state; "" when healthy.
    std::optional<UtcTime> consentEndsAt;
    std::optional<UtcTime> pausedAt;         ///< Since when nothing of it is asked for.
    std::string pausedBy;                    ///< The person's name; "" when it is not paused.
    std::string cursor;                      ///< Where the next sync begins; "" is the beginning.
    std::string history = "not_ready";       ///< not_ready, recent, complete, unknown.
    std::int64_t generation = 0;             ///< Grows with each loop that is applied.
    std::optional<UtcTime> newAccountsSince; ///< Latest word that there are accounts not shared.
    UtcTime createdAt;
    std::string createdBy; ///< The person's name.
    std::string replaces; ///< The connection whose place it takes; "" for none. Stays when that one
                          ///< has been ended.
    std::optional<UtcTime> lastAttemptAt;
    std::optional<UtcTime> lastSuccessAt;
    std::optional<UtcTime> lastBankUpdateAt; ///< When the provider last reached the bank.
    std::optional<UtcTime> lastWebhookAt;
    std::string errorCode; ///< Of the last attempt; "" when it succeeded.
    std::string errorText;
    std::string errorRequestId;
    std::optional<UtcTime> removedAt;
    std::optional<UtcTime> announcedAt;     ///< When the bank said that it will end it.
    std::optional<UtcTime> announcedEndAt;  ///< And when that will be, if it named a date.
    std::optional<std::string> webhookTold; ///< The address for webhooks that we last told.
    std::optional<UtcTime> webhookToldAt;
    /// A reading found the state, and only a reading ends it: the login itself is well.
    bool stateByReading = false;
    std::string errorOf;     ///< The kind of job that met with the error.
    bool syncFailed = false; ///< The last sync failed in a way that somebody was told of.
    std::string doubles; ///< The connection that a person was told this one repeats, and connected
                         ///< it all the same; "" for none.
    std::optional<UtcTime> balancesLiveAt; ///< When the bank itself last said its balances.
    std::optional<UtcTime> lastSyncAt;     ///< When the last complete sync ended.
    SyncCounts lastSync;                   ///< What that one came to.

    /// Nothing comes from it any more: only connecting the bank anew helps.
    [[nodiscard]] bool ended() const
    {
        return state == connectionState::removed || state == connectionState::revoked ||
               state == connectionState::gone;
    }
};

/// Repositories live as long as their unit, on its thread. Ids of another tenant are not found.
class ConnectionRepository
{
public:
    ConnectionRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// False when a connection with this provider id exists, whoever's it is; nothing is written.
    bool insert(const Connection& connection);

    [[nodiscard]] std::optional<Connection> find(const std::string& id);

    /// As find, and on PostgreSQL other units that lock it wait until this one ends.
    [[nodiscard]] std::optional<Connection> lock(const std::string& id);

    /// On PostgreSQL all connections of the tenant, in one order for everybody.
    void lockAll();

    [[nodiscard]] std::optional<Connection> findByProviderId(
        const std::string& provider, const std::string& providerConnectionId);

    /// Oldest first, removed ones too. There are at most limits::connectionsPerTenant, which is
    /// seen to where one is begun: more are a broken invariant, and none is left out silently.
    [[nodiscard]] std::vector<Connection> all();

    [[nodiscard]] std::int64_t count();

    /// Where a page of connections begins: behind this one.
    struct Place
    {
        bool ended = false;
        UtcTime createdAt;
        std::string id;
    };
    /// Connections whose institution, or the name, official name or mask of one of whose accounts
    /// holds `search`, whatever the case of ASCII letters ("": all). Those that have not been ended
    /// here come first, oldest first, then the ended ones. At most `count` (1..100).
    [[nodiscard]] std::vector<Connection> page(
        const std::string& search, const std::optional<Place>& after, std::int64_t count);

    struct Totals
    {
        std::int64_t live = 0;
        std::int64_t ended = 0;
    };
    /// How many `page` would give in all.
    [[nodiscard]] Totals totals(const std::string& search);

    /// Those of the ids that there are, by id; at most 500 ids, as in all such lists.
    [[nodiscard]] std::map<std::string, Connection> ofIds(const std::vector<std::string>& ids);

    /// As successorOf, by the id of the one that is replaced.
    [[nodiscard]] std::map<std::string, Connection> successorsOf(
        const std::vector<std::string>& ids);

    /// The setters do nothing for an id that is not the tenant's.
    void setState(const std::string& id, std::string_view state, std::string_view reason,
        bool byReading = false);
    void pause(const std::string& id, UtcTime at, const std::string& by);
    void resume(const std::string& id);
    void setConsentEndsAt(const std::string& id, std::optional<UtcTime> endsAt);
    void setAccessToken(const std::string& id, const std::string& sealed);
    void setReplaces(const std::string& id, const std::string& oldId); ///< "" for none.

    /// The connection that takes the place of this one and has not been ended here; the latest.
    [[nodiscard]] std::optional<Connection> successorOf(const std::string& id);

    /// What the provider last said. Empty texts and missing times leave what is stored.
    void setFacts(const std::string& id, const std::string& institutionId,
        const std::string& institutionName, std::optional<UtcTime> lastBankUpdateAt);

    /// As the bank calls itself, for all its connections.
    void setInstitutionName(const std::string& institutionId, const std::string& name);

    /// What the bank said of the end of the connection, or that nothing is said any more.
    void setAnnouncedEnd(
        const std::string& id, std::optional<UtcTime> saidAt, std::optional<UtcTime> endsAt);

    void setWebhookTold(const std::string& id, const std::string& url, UtcTime at);
    /// When the last webhook about any connection of the tenant came.
    [[nodiscard]] std::optional<UtcTime> newestWebhookAt();

    void setLastWebhookAt(const std::string& id, UtcTime at);

    /// An attempt begins; its outcome is recordSuccess or recordError.
    void recordAttempt(const std::string& id, UtcTime at);
    void recordSuccess(const std::string& id, UtcTime at); ///< Of a sync; clears the error.
    /// A sync was read to its end and applied.
    void recordSync(const std::string& id, UtcTime at, const SyncCounts& counts);
    /// The error that a job of this kind met with.
    void recordError(const std::string& id, const Error& error, std::string_view jobKind);
    void setSyncFailed(const std::string& id);
    /// Clears the error if a job of this kind met with it: another's stands.
    void clearErrorOf(const std::string& id, std::string_view jobKind);

    void setDoubles(const std::string& id, const std::string& otherId);
    /// Whether another one that has not been ended says that it repeats this one.
    [[nodiscard]] bool isDoubled(const std::string& id);

    /// Remembers the latest word of new accounts, or forgets it.
    void setNewAccountsSince(const std::string& id, std::optional<UtcTime> since);

    void setSyncPosition(const std::string& id, const std::string& cursor, std::string_view history,
        std::int64_t generation);

    /// When the provider was last asked to look at the bank, and why it does not, if it does not.
    struct BankAsked
    {
        std::optional<UtcTime> at;
        std::string refused; ///< The provider's code; "" when it does.
    };
    [[nodiscard]] BankAsked bankAsked(const std::string& id);
    void setBankAsked(const std::string& id, const BankAsked& asked);

    /// How the last wish for the bank's own balances went.
    struct BalancesAsked
    {
        std::optional<UtcTime> at;
        bool refused = false;  ///< They cannot be had for this connection.
        std::string errorCode; ///< "" when it went well, or is under way.
        std::string errorText; ///< As for Connection.
        std::string errorRequestId;
    };
    [[nodiscard]] BalancesAsked balancesAsked(const std::string& id);
    /// By connection; those that nobody ever asked for are not among them.
    [[nodiscard]] std::map<std::string, BalancesAsked> balancesAsked(
        const std::vector<std::string>& ids);
    void setBalancesAsked(const std::string& id, const BalancesAsked& asked);
    void setBalancesLiveAt(const std::string& id, UtcTime at);

    /// State removed; the sealed token is overwritten. Accounts, links and history stay.
    void markRemoved(const std::string& id, std::string_view reason, UtcTime at);

    struct Due
    {
        std::string tenant;
        std::string connectionId;
        bool needsUser = false; ///< Its state can be asked for, and nothing else.
    };
    /// Connections that nobody has ended, whose bank answers and whose last attempt is before
    /// `before` or never was, the longest waiting first, at most `count` (1..1000). An attempt
    /// after `notAfter` was noted by a clock that was ahead, and counts as none. Crosses tenants:
    /// it is part of finding which jobs there are, like the claim.
    [[nodiscard]] static std::vector<Due> dueForPoll(Unit& unit, UtcTime before, std::int64_t count,
        std::optional<UtcTime> notAfter = std::nullopt);

    /// The tenants that have a connection, at most 1000: for a notice that is for all. Crosses
    /// tenants.
    [[nodiscard]] static std::vector<std::string> tenants(Unit& unit);

private:
    [[nodiscard]] std::optional<Connection> findWith(const std::string& id, std::string_view tail);

    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
