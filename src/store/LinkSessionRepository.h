// Link sessions: one run of the provider's Link each, bound to who began it.
#pragma once

#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The names are stored and shown; do not rename.
namespace sessionState
{
inline constexpr std::string_view creating = "creating";
inline constexpr std::string_view open = "open";
inline constexpr std::string_view finishing = "finishing"; ///< The result is being exchanged.
inline constexpr std::string_view done = "done";
inline constexpr std::string_view exited = "exited";
inline constexpr std::string_view expired = "expired";
inline constexpr std::string_view failed = "failed";
inline constexpr std::string_view duplicate = "duplicate"; ///< Waits for a person, not exchanged.
inline constexpr std::string_view otherLogin =
    "other_login"; ///< Of a relink: waits for a person, not exchanged.
} // namespace sessionState

struct LinkSession
{
    std::string id; ///< "lks_..."
    std::string userId;
    std::string userName;
    std::string loginHash;                   ///< Hash of tenant, user and login.
    std::string purpose;                     ///< connect, repair, add_accounts, relink
    std::optional<std::string> connectionId; ///< What it is about: given for all but connect; once
                                             ///< done, the result of connect and relink.
    std::string state = std::string(sessionState::creating);
    std::string linkTokenSealed;   ///< TokenVault, row id and column "link_token_sealed"
    std::string linkTokenHash;     ///< What a webhook names it by; "" before it is known.
    std::string hostedUrlSealed;   ///< Column "hosted_url_sealed"
    std::string publicTokenSealed; ///< Column "public_token_sealed"; "" unless it waits.
    std::string returnUrl;
    std::string institutionId;
    std::string institutionName;
    std::string duplicateOf; ///< A connection's id.
    std::string replaces;    ///< The connection whose place the result takes; "" for none.
    std::string errorCode;
    std::string errorText;
    std::string errorRequestId;
    UtcTime createdAt;
    UtcTime expiresAt;
    bool exchangeTried = false; ///< An exchange was begun; its answer may have been lost.
    std::optional<UtcTime> finishedAt;
};

class LinkSessionRepository
{
public:
    LinkSessionRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// False when the connection has a session that has not finished; nothing is written then.
    bool insert(const LinkSession& session);

    [[nodiscard]] std::optional<LinkSession> find(const std::string& id);
    /// As find; on PostgreSQL others that lock it wait until this unit ends.
    [[nodiscard]] std::optional<LinkSession> lock(const std::string& id);

    /// The session of a connection that has not finished.
    [[nodiscard]] std::optional<LinkSession> unfinishedOf(const std::string& connectionId);
    /// Unfinished ones that make a new connection, of one person, newest first.
    [[nodiscard]] std::vector<LinkSession> unfinishedConnects(const std::string& userId);
    [[nodiscard]] std::int64_t countUnfinished();
    /// How many this person has begun since `after` and not brought to a good end: those of one
    /// connection, or without one those for a new connection.
    [[nodiscard]] std::int64_t countBegun(
        const std::string& userId, const std::optional<std::string>& connectionId, UtcTime after);

    /// Writes everything but id, person and creation.
    void update(const LinkSession& session);

    /// True when an add_accounts session of the connection succeeded at `since` or later.
    [[nodiscard]] bool accountsChosenSince(const std::string& connectionId, UtcTime since);

    /// True when somebody finished a session of the connection, of any purpose, since then.
    [[nodiscard]] bool loggedInSince(const std::string& connectionId, UtcTime since);

    /// Deletes up to 500 that ended before `before`. Crosses tenants.
    static void prune(Unit& unit, UtcTime before);

private:
    [[nodiscard]] std::vector<LinkSession> where(
        const std::string& condition, const std::string& parameter);

    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
