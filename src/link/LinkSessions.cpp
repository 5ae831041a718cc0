#include "link/LinkSessions.h"

#include "base/Ids.h"
#include "base/JsonText.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"

namespace bankfeed::link
{

namespace
{

/// A session with less left than this is not worth going back to.
constexpr std::int64_t reuseLeastMs = 60'000;
constexpr std::int64_t minuteMs = 60'000;

bool waitsForPerson(const store::LinkSession& session)
{
    return session.state == store::sessionState::creating ||
           session.state == store::sessionState::open;
}

/// Two connections that take the place of one would both go on with its feeds.
Result<void> placeIsFree(
    store::Unit& unit, const std::string& tenant, const std::string& connectionId)
{
    const auto other = store::ConnectionRepository(unit, tenant).successorOf(connectionId);
    if (other && !other->ended())
        return Error::conflict(
            "link.replaced", "Another connection takes the place of this one already.");
    return success();
}

} // namespace

LinkSessions::LinkSessions(store::Database& database, Clock& clock, Random& random,
    BankProvider& bank, AccessTokenSource& tokens, store::TokenVault& vault, Wake& wake, Log& log,
    std::string providerName, LinkSettings settings)
    : database_(database),
      clock_(clock),
      random_(random),
      bank_(bank),
      tokens_(tokens),
      vault_(vault),
      wake_(wake),
      log_(log),
      providerName_(std::move(providerName)),
      settings_(std::move(settings))
{
}

Result<LinkSessions::Started> LinkSessions::start(const std::string& tenant, const Person& person,
    LinkPurpose purpose, const std::string& connectionId, const std::string& returnBase)
{
    if ((purpose == LinkPurpose::Connect) != connectionId.empty())
        return Error::invalid(
            "link.purpose", "A new connection has no id yet, and the others need one.");
    const UtcTime now = clock_.now();
    Session wanted;
    wanted.userId = person.userId;
    wanted.userName = person.userName;
    wanted.loginHash = loginHash(tenant, person);
    wanted.purpose = std::string(nameOf(purpose));
    if (!connectionId.empty()) wanted.connectionId = connectionId;
    if (purpose == LinkPurpose::Relink) wanted.replaces = connectionId;
    wanted.createdAt = now;
    wanted.expiresAt = plusMs(now, settings_.creatingMaxMs);
    wanted.id = newId(random_, "lks");
    if (!returnBase.empty()) wanted.returnUrl = returnBase + "?link=" + wanted.id;

    BF_LET(started, database_.write(
                        [&](store::Unit& unit) -> Result<Started>
                        {
                            BF_LET(other, makeRoom(unit, tenant, wanted, now));
                            if (other) return *other;
                            // The index lets one open session per connection in: a faster one
                            // shows in the next run of this unit.
                            if (!store::LinkSessionRepository(unit, tenant).insert(wanted))
                                return Error::retry(
                                    "link.raced", "Another session began at the same moment.");
                            store::JobRepository(unit).ask(
                                random_, tenant, store::job::linkSession, wanted.id, now);
                            tellAudit(unit, tenant, wanted, "link_session.started", now);
                            return Started{wanted.id, std::nullopt};
                        }));
    wake_.wake(WakeReason::Jobs);
    return started;
}

Result<std::optional<LinkSessions::Started>> LinkSessions::makeRoom(
    store::Unit& unit, const std::string& tenant, const Session& wanted, UtcTime now)
{
    store::LinkSessionRepository sessions(unit, tenant);
    if (wanted.connectionId)
    {
        const auto connection =
            store::ConnectionRepository(unit, tenant).lock(*wanted.connectionId);
        if (!connection)
            return Error::notFound("connection.unknown", "There is no such connection.");
        if (connection->state == store::connectionState::removed)
            return Error::conflict("connection.removed", "The connection has been ended.");
    }
    BF_TRY(placeIsFree(unit, tenant, wanted.replaces));
    auto other = inTheWay(unit, tenant, wanted);
    if (other)
    {
        const bool over = plusMs(other->expiresAt, settings_.graceMs) < now &&
                          other->state != store::sessionState::finishing;
        const bool mine = other->userId == wanted.userId;
        const bool lasts = plusMs(now, reuseLeastMs) < other->expiresAt;
        if (mine && !over && lasts && waitsForPerson(*other) &&
            other->loginHash == wanted.loginHash && other->purpose == wanted.purpose)
            return std::optional(Started{other->id, std::nullopt});
        if (!over && !(mine && (waitsForPerson(*other) || waitsForWord(*other))))
            return std::optional(
                Started{"", Busy{other->id, other->userName, mine, other->expiresAt}});
        finish(*other, store::sessionState::expired, now,
            Error::conflict("link.superseded", "A later session took its place."));
        sessions.update(*other);
        // Nothing is left to look at; a word of the provider's about it asks anew.
        store::JobRepository(unit).drop(tenant, store::job::linkSession, other->id);
        tellAudit(unit, tenant, *other, "link_session.finished", now);
    }
    // Each one that takes the place of another leaves its rows behind.
    if (sessions.countBegun(wanted.userId, wanted.connectionId, plusMs(now, -minuteMs)) >=
        settings_.begunPerMinute)
        return Error::exhausted("link.too_many", "Too many link sessions were begun in a minute.");
    if (sessions.countUnfinished() >= settings_.unfinishedMax)
        return Error::exhausted("link.too_many", "Too many link sessions are open.");
    const auto purpose = purposeNamed(wanted.purpose);
    if (purpose && makesConnection(*purpose)) BF_TRY(roomForConnection(unit, tenant));
    return std::optional<Started>();
}

Result<void> LinkSessions::roomForConnection(store::Unit& unit, const std::string& tenant)
{
    // Each open session may become one: none is begun whose result could not be kept.
    store::LinkSessionRepository sessions(unit, tenant);
    if (store::ConnectionRepository(unit, tenant).count() + sessions.countUnfinished() >=
        settings_.connectionsMax)
        return Error::exhausted("connection.too_many", "No more connections can be kept.");
    if (store::BankAccountRepository(unit, tenant).count() >= settings_.bankAccountsMax)
        return Error::exhausted("connection.too_many", "No more bank accounts can be kept.");
    return success();
}

std::optional<store::LinkSession> LinkSessions::inTheWay(
    store::Unit& unit, const std::string& tenant, const Session& wanted)
{
    store::LinkSessionRepository sessions(unit, tenant);
    if (wanted.connectionId)
    {
        const auto other = sessions.unfinishedOf(*wanted.connectionId);
        return other ? sessions.lock(other->id) : std::nullopt;
    }
    // Several people, and several logins of one person, may each connect a bank; one login that
    // asks twice wants the same session.
    for (const Session& other : sessions.unfinishedConnects(wanted.userId))
    {
        if (other.loginHash != wanted.loginHash || !waitsForPerson(other)) continue;
        auto locked = sessions.lock(other.id);
        if (locked && !locked->finishedAt && waitsForPerson(*locked)) return locked;
    }
    return std::nullopt;
}

Result<LinkSessions::Shown> LinkSessions::show(
    const std::string& tenant, const Person& person, const std::string& sessionId)
{
    BF_LET(shown,
        database_.read(
            [&](store::Unit& unit) -> Result<Shown>
            {
                auto session = store::LinkSessionRepository(unit, tenant).find(sessionId);
                if (!session)
                    return Error::notFound("link.unknown", "There is no such link session.");
                Shown found;
                found.session = std::move(*session);
                if (found.session.duplicateOf.empty()) return found;
                if (const auto other =
                        store::ConnectionRepository(unit, tenant).find(found.session.duplicateOf))
                    found.duplicateInstitution = other->institutionName;
                return found;
            }));
    Session& session = shown.session;
    const bool own =
        session.userId == person.userId && session.loginHash == loginHash(tenant, person);
    if (own && session.state == store::sessionState::open && !session.hostedUrlSealed.empty())
    {
        BF_LET(url, vault_.open(tenant, session.id, "hosted_url_sealed", session.hostedUrlSealed));
        shown.hostedUrl = std::move(url);
    }
    session.linkTokenSealed.clear();
    session.hostedUrlSealed.clear();
    session.publicTokenSealed.clear();
    return shown;
}

Result<store::LinkSession> LinkSessions::waiting(store::Unit& unit, const std::string& tenant,
    const Person& person, const std::string& sessionId)
{
    auto session = store::LinkSessionRepository(unit, tenant).lock(sessionId);
    if (!session) return Error::notFound("link.unknown", "There is no such link session.");
    if (session->userId != person.userId || session->loginHash != loginHash(tenant, person))
        return Error::denied("link.not_yours", "Another login began this session.");
    if (!waitsForWord(*session) || session->finishedAt || session->expiresAt <= clock_.now())
        return Error::conflict("link.not_waiting", "The session does not wait for this.");
    return std::move(*session);
}

Result<void> LinkSessions::connectAnyway(
    const std::string& tenant, const Person& person, const std::string& sessionId, As as)
{
    const UtcTime now = clock_.now();
    BF_TRY(database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            BF_LET(session, waiting(unit, tenant, person, sessionId));
            if (as == As::Own)
                session.replaces.clear();
            else if (!session.duplicateOf.empty())
                session.replaces = session.duplicateOf;
            const auto free = placeIsFree(unit, tenant, session.replaces);
            if (!free.ok()) return free.error();
            const std::string_view action = session.state == store::sessionState::duplicate
                                                ? "link_session.duplicate_accepted"
                                                : "link_session.other_login_accepted";
            session.state = std::string(store::sessionState::finishing);
            store::LinkSessionRepository(unit, tenant).update(session);
            store::JobRepository(unit).ask(
                random_, tenant, store::job::linkSession, sessionId, now);
            tellAudit(unit, tenant, session, action, now);
            return success();
        }));
    wake_.wake(WakeReason::Jobs);
    return success();
}

Result<LinkSessions::Started> LinkSessions::addToExisting(const std::string& tenant,
    const Person& person, const std::string& sessionId, const std::string& returnBase)
{
    BF_LET(existing, database_.write(
                         [&](store::Unit& unit) -> Result<std::string>
                         {
                             BF_LET(session, waiting(unit, tenant, person, sessionId));
                             if (session.state != store::sessionState::duplicate)
                                 return Error::conflict(
                                     "link.not_waiting", "The session is of no connection.");
                             return session.duplicateOf;
                         }));
    BF_LET(started, start(tenant, person, LinkPurpose::AddAccounts, existing, returnBase));
    if (started.busy) return started;
    // Decided elsewhere meanwhile: what was begun stands all the same.
    const auto dropped = drop(tenant, person, sessionId);
    if (!dropped.ok() && dropped.error().kind != ErrorKind::Conflict) return dropped.error();
    return started;
}

Result<void> LinkSessions::drop(
    const std::string& tenant, const Person& person, const std::string& sessionId)
{
    return database_.write(
        [&](store::Unit& unit) -> Result<void>
        {
            BF_LET(session, waiting(unit, tenant, person, sessionId));
            finish(session, std::string(session.state), clock_.now(),
                Error::conflict("link.dropped", "A person chose not to connect it."));
            store::LinkSessionRepository(unit, tenant).update(session);
            tellAudit(unit, tenant, session, "link_session.finished", *session.finishedAt);
            return success();
        });
}

void LinkSessions::tellAudit(store::Unit& unit, const std::string& tenant, const Session& session,
    std::string_view action, UtcTime at)
{
    JsonObject detail;
    detail.text("purpose", session.purpose).text("state", session.state);
    if (session.connectionId) detail.text("connection_id", *session.connectionId);
    if (!session.institutionName.empty()) detail.text("institution", session.institutionName);
    if (!session.duplicateOf.empty()) detail.text("duplicate_of", session.duplicateOf);
    if (!session.replaces.empty()) detail.text("replaces", session.replaces);
    if (!session.errorCode.empty()) detail.text("code", session.errorCode);
    store::AuditRepository(unit, tenant)
        .append(
            at, store::Actor{session.userId, session.userName}, action, session.id, detail.json());
}

} // namespace bankfeed::link
