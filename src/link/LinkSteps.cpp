// The steps of the job link-session: begin, look, exchange, end.
#include "base/Date.h"
#include "base/Ids.h"
#include "base/JsonText.h"
#include "base/Limits.h"
#include "base/Sha256.h"
#include "base/Utf8.h"
#include "link/DuplicateLogin.h"
#include "link/LinkSessions.h"
#include "store/AuditRepository.h"
#include "store/ConnectionRepository.h"
#include "store/InboxRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>

namespace bankfeed::link
{

namespace
{

constexpr std::int64_t beginTriesMax = 6;
constexpr std::int64_t storeTriesMax = 5;

constexpr std::string_view linkTokenColumn = "link_token_sealed";
constexpr std::string_view hostedUrlColumn = "hosted_url_sealed";
constexpr std::string_view publicTokenColumn = "public_token_sealed";
constexpr std::string_view accessTokenColumn = "access_token_sealed";

store::JobEnd again(UtcTime at)
{
    return {store::JobEnd::Kind::Again, at, "", ""};
}

/// The connection whose place a new one takes; "" when it was ended, or replaced, meanwhile.
std::string placeFor(store::ConnectionRepository& connections, const std::string& oldId)
{
    if (oldId.empty()) return "";
    const auto old = connections.lock(oldId);
    if (!old || old->removedAt) return "";
    const auto other = connections.successorOf(oldId);
    return other && !other->ended() ? std::string() : oldId;
}

/// 1, 2, 4 ... 32 seconds: somebody sits before the screen and waits. Longer when the provider says
/// so.
store::JobEnd tryAgain(const store::JobLease& lease, UtcTime now, const Error& error)
{
    if (error.code == callBudgetCode)
        return {store::JobEnd::Kind::Waits,
            plusMs(now, static_cast<std::int64_t>(error.retryAfter.count()) + 1), {}, {}};
    const std::int64_t doublings = std::min<std::int64_t>(lease.attempts, 5);
    const std::int64_t wait = std::max<std::int64_t>(
        std::int64_t{1000} << doublings, static_cast<std::int64_t>(error.retryAfter.count()));
    return {store::JobEnd::Kind::Failed, plusMs(now, wait), error.code, error.text};
}

} // namespace

Result<store::JobEnd> LinkSessions::step(const store::JobLease& lease)
{
    BF_LET(session,
        database_.read([&](store::Unit& unit) -> Result<std::optional<Session>>
            { return store::LinkSessionRepository(unit, lease.tenant).find(lease.subject); }));
    if (!session) return store::JobEnd{};
    if (session->finishedAt) return rungAfterEnd(lease, *session);
    if (session->state == store::sessionState::creating) return begin(lease, std::move(*session));
    if (session->state == store::sessionState::open) return look(lease, std::move(*session));
    if (session->state == store::sessionState::finishing)
        return exchange(lease, std::move(*session));
    // What waits for a person's word waits until its result is of no use any more.
    BF_ASSERT(waitsForWord(*session));
    if (clock_.now() < session->expiresAt) return again(session->expiresAt);
    if (session->state == store::sessionState::duplicate)
        return endAs(lease, *session, session->state,
            Error::conflict("link.duplicate", "The login seemed to be connected already."));
    return endAs(lease, *session, session->state,
        Error::conflict("link.other_login", "It seemed to be another login than the one before."));
}

Result<bool> LinkSessions::change(
    const store::JobLease& lease, const std::string& expectedState, const Change& body)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<bool>
        {
            if (!store::JobRepository(unit).holds(lease)) return false;
            store::LinkSessionRepository sessions(unit, lease.tenant);
            auto session = sessions.lock(lease.subject);
            if (!session || session->finishedAt || session->state != expectedState) return false;
            BF_TRY(body(unit, *session));
            sessions.update(*session);
            if (session->finishedAt)
                tellAudit(
                    unit, lease.tenant, *session, "link_session.finished", *session->finishedAt);
            return true;
        });
}

Result<store::JobEnd> LinkSessions::endAs(
    const store::JobLease& lease, const Session& session, std::string_view state, const Error& why)
{
    const UtcTime now = clock_.now();
    BF_TRY(change(lease, session.state,
        [&](store::Unit&, Session& stored) -> Result<void>
        {
            finish(stored, state, now, why);
            return success();
        }));
    return store::JobEnd{};
}

// --- creating ------------------------------------------------------------------------------------

Result<std::string> LinkSessions::troubleOf(
    const std::string& tenant, const std::string& connectionId)
{
    return database_.read(
        [&](store::Unit& unit) -> Result<std::string>
        {
            const auto found = store::ConnectionRepository(unit, tenant).find(connectionId);
            return found ? found->stateReason : std::string();
        });
}

Result<store::JobEnd> LinkSessions::begin(const store::JobLease& lease, Session session)
{
    LinkRequest request;
    request.purpose = purposeNamed(session.purpose).value_or(LinkPurpose::Connect);
    request.userReference = userReference(lease.tenant, session.userId);
    request.completionUrl = session.returnUrl;
    request.webhookUrl = settings_.webhookUrl;
    request.language = settings_.language;
    if (!makesConnection(request.purpose))
    {
        auto token = tokens_.accessToken(lease.tenant, session.connectionId.value_or(""));
        if (!token.ok() && token.error().kind == ErrorKind::NotFound)
            return endAs(lease, session, store::sessionState::failed, token.error());
        // Its token is of no use: as if the provider did not know it.
        if (!token.ok() && token.error().remedy == Remedy::Relink)
            return beginAnew(lease, session, token.error());
        if (!token.ok()) return token.error();
        request.accessToken = std::move(token).value();
        if (request.purpose == LinkPurpose::Repair)
        {
            BF_LET(trouble, troubleOf(lease.tenant, session.connectionId.value_or("")));
            request.trouble = trouble;
        }
    }
    const auto started = bank_.startLink(request);
    const UtcTime now = clock_.now();
    if (!started.ok())
    {
        const Error& error = started.error();
        if (error.kind == ErrorKind::Stopping) return again(now);
        const bool over = lease.attempts + 1 >= beginTriesMax || session.expiresAt < now;
        if (mayPass(error) && !over) return tryAgain(lease, now, error);
        if (!makesConnection(request.purpose) && error.remedy == Remedy::Relink)
            return beginAnew(lease, session, error);
        return endAs(lease, session, store::sessionState::failed, error);
    }
    BF_TRY(change(lease, session.state,
        [&](store::Unit&, Session& stored) -> Result<void>
        {
            stored.state = std::string(store::sessionState::open);
            stored.linkTokenSealed =
                vault_.seal(lease.tenant, stored.id, linkTokenColumn, started->linkToken);
            stored.linkTokenHash = sha256Hex(started->linkToken.reveal());
            stored.hostedUrlSealed =
                vault_.seal(lease.tenant, stored.id, hostedUrlColumn, started->hostedUrl);
            stored.expiresAt = started->expiresAt;
            return success();
        }));
    return again(nextLook(session, now, settings_));
}

/// The provider does not know the connection any more: a new one has to take its place, and the
/// person need not click for that.
Result<store::JobEnd> LinkSessions::beginAnew(
    const store::JobLease& lease, const Session& session, const Error& why)
{
    const UtcTime now = clock_.now();
    bool taken = false;
    BF_LET(changed, change(lease, session.state,
                        [&](store::Unit& unit, Session& stored) -> Result<void>
                        {
                            const std::string& old = stored.connectionId.value_or("");
                            const auto other =
                                store::ConnectionRepository(unit, lease.tenant).successorOf(old);
                            taken = other && !other->ended();
                            if (taken) return success();
                            BF_TRY(roomForConnection(unit, lease.tenant));
                            stored.purpose = std::string(nameOf(LinkPurpose::Relink));
                            stored.replaces = old;
                            // Its state follows: the provider says there what has become of it.
                            store::JobRepository(unit).askAtOnce(
                                random_, lease.tenant, store::job::refresh, old, now);
                            return success();
                        }));
    if (taken) return endAs(lease, session, store::sessionState::failed, why);
    return changed ? again(now) : store::JobEnd{};
}

// --- open ----------------------------------------------------------------------------------------

Result<store::JobEnd> LinkSessions::look(const store::JobLease& lease, Session session)
{
    BF_LET(token, vault_.open(lease.tenant, session.id, linkTokenColumn, session.linkTokenSealed));
    const LinkPurpose purpose = purposeNamed(session.purpose).value_or(LinkPurpose::Connect);
    const auto outcome = bank_.linkOutcome(token, purpose);
    if (!outcome.ok()) return lookFailed(lease, session, outcome.error());
    const UtcTime now = clock_.now();
    switch (outcome->state)
    {
    case LinkState::Open:
        if (plusMs(session.expiresAt, settings_.graceMs) < now)
            return endAs(lease, session, store::sessionState::expired,
                Error::conflict("link.expired", "Nobody finished the session in time."));
        return again(nextLook(session, now, settings_));
    case LinkState::Exited:
        return endAs(lease, session, store::sessionState::exited,
            outcome->trouble.value_or(
                Error::conflict("link.exited", "The person left the bank's page.")));
    case LinkState::Succeeded: break;
    }
    return makesConnection(purpose) ? connected(lease, session, *outcome) : updated(lease, session);
}

Result<store::JobEnd> LinkSessions::lookFailed(
    const store::JobLease& lease, const Session& session, const Error& error)
{
    const UtcTime now = clock_.now();
    if (error.kind == ErrorKind::Stopping) return again(now);
    if (plusMs(session.expiresAt, settings_.graceMs) < now)
        return endAs(lease, session, store::sessionState::expired, error);
    // Looking goes on at its own pace, so that a webhook is not held up by a backoff.
    if (mayPass(error)) return again(nextLook(session, now, settings_));
    return endAs(lease, session, store::sessionState::failed, error);
}

Result<store::JobEnd> LinkSessions::updated(const store::JobLease& lease, const Session& session)
{
    const UtcTime now = clock_.now();
    BF_TRY(change(lease, session.state,
        [&](store::Unit& unit, Session& stored) -> Result<void>
        {
            finish(stored, store::sessionState::done, now);
            if (stored.connectionId) askForData(unit, lease.tenant, *stored.connectionId, now);
            return success();
        }));
    wake_.wake(WakeReason::Jobs);
    return store::JobEnd{};
}

Result<store::JobEnd> LinkSessions::connected(
    const store::JobLease& lease, const Session& session, const LinkOutcome& outcome)
{
    if (outcome.publicToken.empty())
        return endAs(lease, session, store::sessionState::failed,
            Error::internal("link.no_result", "The session succeeded without a result."));
    const UtcTime now = clock_.now();
    std::string state;
    // The intent is stored before the exchange: after a crash the job knows what to go on with.
    BF_LET(changed, change(lease, session.state,
                        [&](store::Unit& unit, Session& stored) -> Result<void>
                        {
                            judge(unit, lease.tenant, outcome, stored);
                            stored.publicTokenSealed = vault_.seal(
                                lease.tenant, stored.id, publicTokenColumn, outcome.publicToken);
                            stored.hostedUrlSealed.clear();
                            stored.institutionId = safeText(outcome.institutionId, limits::idBytes);
                            stored.institutionName =
                                safeText(outcome.institutionName, limits::textBytes);
                            stored.expiresAt = plusMs(now, settings_.resultMaxMs);
                            state = stored.state;
                            return success();
                        }));
    if (!changed) return store::JobEnd{};
    if (state == store::sessionState::finishing) return again(now);
    return again(plusMs(now, settings_.resultMaxMs));
}

void LinkSessions::judge(
    store::Unit& unit, const std::string& tenant, const LinkOutcome& outcome, Session& stored)
{
    // The one whose place it takes is no duplicate; that it is that one at all is another question.
    const auto same = stored.replaces.empty() ? SameLogin::Unknown
                                              : sameLogin(unit, tenant, outcome, stored.replaces);
    stored.state = std::string(store::sessionState::finishing);
    if (same == SameLogin::Yes) return;
    if (const auto other = connectedAlready(unit, tenant, outcome, stored.replaces))
    {
        stored.duplicateOf = *other;
        stored.state = std::string(store::sessionState::duplicate);
    }
    else if (same == SameLogin::No)
        stored.state = std::string(store::sessionState::otherLogin);
}

// --- finishing -----------------------------------------------------------------------------------

Result<store::JobEnd> LinkSessions::exchange(const store::JobLease& lease, Session session)
{
    BF_LET(
        token, vault_.open(lease.tenant, session.id, publicTokenColumn, session.publicTokenSealed));
    // A run may be lost behind its exchange, with the answer: its mark says so to the next one.
    bool repeated = session.exchangeTried;
    BF_LET(marked, change(lease, session.state,
                       [](store::Unit&, Session& stored) -> Result<void>
                       {
                           stored.exchangeTried = true;
                           return success();
                       }));
    if (!marked) return store::JobEnd{};
    auto made = bank_.exchange(token);
    if (!made.ok() && made.error().kind == ErrorKind::Unknown)
    {
        repeated = true;
        made = bank_.exchange(token);
    }
    if (!made.ok()) return exchangeFailed(lease, session, made.error(), repeated);
    return keep(lease, session, *made);
}

Result<store::JobEnd> LinkSessions::exchangeFailed(
    const store::JobLease& lease, const Session& session, const Error& error, bool repeated)
{
    const UtcTime now = clock_.now();
    if (error.kind == ErrorKind::Stopping) return again(now);
    if (mayPass(error) && now < session.expiresAt) return tryAgain(lease, now, error);
    if (!repeated) return endAs(lease, session, store::sessionState::failed, error);
    Error lost = error;
    lost.providerCode.clear();
    lost.code = "link.exchange_lost";
    lost.text = "The provider's answer was lost and cannot be had again; connect once more.";
    return endAs(lease, session, store::sessionState::failed, lost);
}

Result<store::JobEnd> LinkSessions::keep(
    const store::JobLease& lease, const Session& session, const NewConnection& made)
{
    const std::string freshId = newId(random_, "con");
    const UtcTime now = clock_.now();
    Result<bool> kept = Error::internal("link.not_tried", "");
    // The access token exists only here: storing it is tried hard, and safe to repeat.
    for (std::int64_t i = 0; i < storeTriesMax; ++i)
    {
        kept = change(lease, session.state,
            [&](store::Unit& unit, Session& stored)
            { return addConnection(unit, lease, stored, made, freshId, now); });
        if (kept.ok() || !mayPass(kept.error())) break;
    }
    if (kept.ok() && *kept) wake_.wake(WakeReason::Jobs);
    // An unknown commit may yet show. Anything else is looked at: a run that lost its lease, or
    // whose connection is known as ended, stored nothing.
    const bool told = kept.ok() && *kept;
    if (kept.ok() || kept.error().kind != ErrorKind::Unknown) endIfNobodys(made, told);
    if (!kept.ok()) return kept.error();
    return store::JobEnd{};
}

/// Without its token nobody could ever end a connection that is not stored, and the provider would
/// keep it for ever.
void LinkSessions::endIfNobodys(const NewConnection& made, bool mayBeStored)
{
    const auto owned = database_.read(
        [&](store::Unit& unit) -> Result<bool>
        {
            return store::InboxRepository(unit)
                .connection(providerName_, made.providerConnectionId)
                .has_value();
        });
    if (owned.ok() ? *owned : mayBeStored) return;
    log_.write(LogLevel::Error, "link", "a new connection could not be stored; ending it");
    const auto ended = bank_.removeConnection(made.accessToken);
    if (!ended.ok())
        log_.write(LogLevel::Error, "link",
            "the connection could not be ended either: " + ended.error().text);
}

/// Some banks let a login be shared once, and end the older connection when it is shared again:
/// whoever looks at that one must find out why.
void LinkSessions::tellOfDouble(store::Unit& unit, const std::string& tenant,
    const Session& session, const std::string& freshId, UtcTime now)
{
    // What takes the place of the other one ends it anyway.
    if (session.duplicateOf.empty() || session.replaces == session.duplicateOf) return;
    store::ConnectionRepository connections(unit, tenant);
    const auto old = connections.lock(session.duplicateOf);
    if (!old || old->removedAt) return;
    connections.setDoubles(freshId, old->id);
    store::NoticeRepository(unit, tenant)
        .open(random_, store::notice::loginDoubled, old->id, "warning",
            JsonObject()
                .text("institution", old->institutionName)
                .text("connection_id", freshId)
                .text("by", session.userName)
                .text("at", rfc3339(now))
                .json(),
            now);
}

Result<void> LinkSessions::addConnection(store::Unit& unit, const store::JobLease& lease,
    Session& session, const NewConnection& made, const std::string& freshId, UtcTime now)
{
    store::ConnectionRepository connections(unit, lease.tenant);
    store::Connection connection;
    connection.id = freshId;
    connection.provider = providerName_;
    connection.providerConnectionId = made.providerConnectionId;
    connection.institutionId = session.institutionId;
    connection.institutionName = session.institutionName;
    connection.accessTokenSealed =
        vault_.seal(lease.tenant, freshId, accessTokenColumn, made.accessToken);
    connection.state = store::connectionState::linking;
    connection.createdAt = now;
    connection.createdBy = session.userName;
    connection.replaces = placeFor(connections, session.replaces);
    if (!connections.insert(connection))
    {
        const auto known = connections.findByProviderId(providerName_, made.providerConnectionId);
        if (!known || known->state == store::connectionState::removed)
        {
            finish(session, store::sessionState::failed, now,
                Error::conflict("link.connection_known", "The connection is known elsewhere."));
            return success();
        }
        // The provider gave the connection that we have: its token is the newer one.
        connection.id = known->id;
        connections.setAccessToken(
            known->id, vault_.seal(lease.tenant, known->id, accessTokenColumn, made.accessToken));
    }
    else
    {
        tellOfDouble(unit, lease.tenant, session, freshId, now);
        JsonObject detail;
        detail.text("institution", session.institutionName).text("link_session_id", session.id);
        if (!connection.replaces.empty())
        {
            detail.text("replaces", connection.replaces);
            store::JobRepository(unit).ask(
                random_, lease.tenant, store::job::handover, freshId, now);
        }
        store::AuditRepository(unit, lease.tenant)
            .append(now, store::Actor{session.userId, session.userName}, "connection.added",
                connection.id, detail.json());
    }
    session.connectionId = connection.id;
    finish(session, store::sessionState::done, now);
    askForData(unit, lease.tenant, connection.id, now);
    return success();
}

// --- done ----------------------------------------------------------------------------------------

Result<store::JobEnd> LinkSessions::rungAfterEnd(
    const store::JobLease& lease, const Session& session)
{
    // Somebody went on in a window that we had given up: what they shared is there all the same.
    const bool givenUp = session.state == store::sessionState::exited ||
                         session.state == store::sessionState::expired;
    const auto purpose = purposeNamed(session.purpose);
    if (!purpose || makesConnection(*purpose) || !givenUp || !session.connectionId)
        return store::JobEnd{};
    const UtcTime now = clock_.now();
    BF_TRY(database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            if (!store::JobRepository(unit).holds(lease)) return success();
            askForData(unit, lease.tenant, *session.connectionId, now);
            return success();
        }));
    return store::JobEnd{};
}

void LinkSessions::askForData(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId, UtcTime now)
{
    // A person has just been at the bank: what failed before that need not wait out its backoff.
    store::JobRepository jobs(unit);
    jobs.askAtOnce(random_, tenant, store::job::refresh, connectionId, now);
    jobs.askAtOnce(random_, tenant, store::job::sync, connectionId, now);
}

} // namespace bankfeed::link
