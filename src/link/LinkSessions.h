// Link sessions: begun by a person, carried out by a job.
#pragma once

#include "base/AccessTokenSource.h"
#include "base/BankProvider.h"
#include "base/Clock.h"
#include "base/Log.h"
#include "base/Random.h"
#include "base/Result.h"
#include "base/Secret.h"
#include "base/Wake.h"
#include "link/SessionRules.h"
#include "store/Database.h"
#include "store/JobRepository.h"
#include "store/LinkSessionRepository.h"
#include "store/TokenVault.h"

#include <functional>
#include <optional>
#include <string>

namespace bankfeed::link
{

/// Any thread. All references outlive the object.
class LinkSessions
{
public:
    /// Calls go to `bank`; new connections are stored under `providerName`.
    LinkSessions(store::Database& database, Clock& clock, Random& random, BankProvider& bank,
        AccessTokenSource& tokens, store::TokenVault& vault, Wake& wake, Log& log,
        std::string providerName, LinkSettings settings);

    /// Another session that is in the way.
    struct Busy
    {
        std::string sessionId;
        std::string by; ///< The person's name.
        bool mine = false;
        UtcTime expiresAt;
    };
    struct Started
    {
        std::string sessionId;    ///< "" when `busy`.
        std::optional<Busy> busy; ///< Nothing was begun.
    };

    /// Begins a session and asks for its job. The same login that asks again for the same gets the
    /// session that it has; the same person in another login, or for another purpose, ends the old
    /// one. `returnBase` is where the browser comes back to, "?link={id}" is added; "" when the
    /// host has no address. An update whose connection the provider does not know any more goes on
    /// as a relink.
    ///
    /// Errors: NotFound "connection.unknown"; Conflict "connection.removed", or "link.replaced" for
    /// a relink when another connection takes its place already; Invalid "link.purpose"
    /// when purpose and connection do not belong together; Exhausted "link.too_many" (see
    /// LinkSettings), "connection.too_many".
    [[nodiscard]] Result<Started> start(const std::string& tenant, const Person& person,
        LinkPurpose purpose, const std::string& connectionId, const std::string& returnBase);

    struct Shown
    {
        store::LinkSession session; ///< Sealed columns are empty.
        Secret hostedUrl; ///< Only while open, and only to the login that began it; else empty.
        std::string duplicateInstitution; ///< Of session.duplicateOf.
    };
    /// Error NotFound "link.unknown".
    [[nodiscard]] Result<Shown> show(
        const std::string& tenant, const Person& person, const std::string& sessionId);

    /// What becomes of a result that waits for a person's word.
    enum class As : std::uint8_t
    {
        Own,       ///< A connection of its own, beside the others.
        Successor, ///< It takes the place: of the suspected duplicate, or of the one that the
                   ///< relink was begun for.
    };

    /// A person says that a suspected duplicate is none, or what a relink with another login is
    /// meant to be: it is exchanged after all. Once, by the login that began it, while the result
    /// lasts. Errors: NotFound "link.unknown"; Denied "link.not_yours"; Conflict
    /// "link.not_waiting", or "link.replaced" when that place is taken already.
    [[nodiscard]] Result<void> connectAnyway(const std::string& tenant, const Person& person,
        const std::string& sessionId, As as = As::Own);

    /// Instead of connecting a suspected duplicate, begins a session that adds accounts to the
    /// connection that is there, and drops the result. Errors: those of connectAnyway and of start.
    [[nodiscard]] Result<Started> addToExisting(const std::string& tenant, const Person& person,
        const std::string& sessionId, const std::string& returnBase);

    /// Drops a result that waits for a person's word: nothing was connected, and nothing is. Errors
    /// as connectAnyway.
    [[nodiscard]] Result<void> drop(
        const std::string& tenant, const Person& person, const std::string& sessionId);

    /// One step of the job link-session; `lease.subject` is the session. Errors are those of the
    /// store and the vault; what the provider says ends up in the session.
    [[nodiscard]] Result<store::JobEnd> step(const store::JobLease& lease);

private:
    using Session = store::LinkSession;
    using Change = std::function<Result<void>(store::Unit&, Session&)>;

    // LinkSessions.cpp
    [[nodiscard]] Result<std::optional<Started>> makeRoom(
        store::Unit& unit, const std::string& tenant, const Session& wanted, UtcTime now);
    [[nodiscard]] Result<void> roomForConnection(store::Unit& unit, const std::string& tenant);
    /// The session, locked, that waits for this person's word.
    [[nodiscard]] Result<Session> waiting(store::Unit& unit, const std::string& tenant,
        const Person& person, const std::string& sessionId);
    [[nodiscard]] std::optional<Session> inTheWay(
        store::Unit& unit, const std::string& tenant, const Session& wanted);
    void tellAudit(store::Unit& unit, const std::string& tenant, const Session& session,
        std::string_view action, UtcTime at);

    // LinkSteps.cpp
    /// The provider's code of what is wrong with a connection; "" for nothing.
    [[nodiscard]] Result<std::string> troubleOf(
        const std::string& tenant, const std::string& connectionId);
    [[nodiscard]] Result<store::JobEnd> begin(const store::JobLease& lease, Session session);
    [[nodiscard]] Result<store::JobEnd> beginAnew(
        const store::JobLease& lease, const Session& session, const Error& why);
    [[nodiscard]] Result<store::JobEnd> look(const store::JobLease& lease, Session session);
    [[nodiscard]] Result<store::JobEnd> lookFailed(
        const store::JobLease& lease, const Session& session, const Error& error);
    [[nodiscard]] Result<store::JobEnd> connected(
        const store::JobLease& lease, const Session& session, const LinkOutcome& outcome);
    [[nodiscard]] Result<store::JobEnd> updated(
        const store::JobLease& lease, const Session& session);
    [[nodiscard]] Result<store::JobEnd> exchange(const store::JobLease& lease, Session session);
    [[nodiscard]] Result<store::JobEnd> exchangeFailed(
        const store::JobLease& lease, const Session& session, const Error& error, bool repeated);
    [[nodiscard]] Result<store::JobEnd> keep(
        const store::JobLease& lease, const Session& session, const NewConnection& made);
    void endIfNobodys(const NewConnection& made, bool mayBeStored);
    /// What becomes of a result: its next state, and what it seems to be.
    static void judge(
        store::Unit& unit, const std::string& tenant, const LinkOutcome& outcome, Session& stored);
    [[nodiscard]] Result<void> addConnection(store::Unit& unit, const store::JobLease& lease,
        Session& session, const NewConnection& made, const std::string& freshId, UtcTime now);
    void tellOfDouble(store::Unit& unit, const std::string& tenant, const Session& session,
        const std::string& freshId, UtcTime now);
    [[nodiscard]] Result<store::JobEnd> endAs(const store::JobLease& lease, const Session& session,
        std::string_view state, const Error& why);
    [[nodiscard]] Result<store::JobEnd> rungAfterEnd(
        const store::JobLease& lease, const Session& session);
    /// Changes the stored session if the lease holds and nobody changed its state meanwhile; else
    /// false.
    [[nodiscard]] Result<bool> change(
        const store::JobLease& lease, const std::string& expectedState, const Change& body);
    void askForData(
        store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    BankProvider& bank_;
    AccessTokenSource& tokens_;
    store::TokenVault& vault_;
    Wake& wake_;
    Log& log_;
    std::string providerName_;
    LinkSettings settings_;
};

} // namespace bankfeed::link
