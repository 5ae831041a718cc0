// Link sessions: begin one, see how far it is.
#include "base/JsonText.h"
#include "console/AccountAnswers.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"

namespace bankfeed::console
{

namespace
{

link::Person personOf(const Principal& principal)
{
    return {principal.userId, principal.userName, principal.sessionId};
}

std::string busyJson(const link::LinkSessions::Busy& busy)
{
    JsonWriter params;
    params.beginObject().member("id", busy.sessionId).member("by", busy.by);
    params.member("mine", busy.mine);
    writeTime(params, "expires_at", busy.expiresAt);
    params.endObject();
    return errorJson(
        "link.session_open", params.text(), "Another session for this connection is open.");
}

/// `mayGoOn`: a person who may begin no session any more is not sent on in one either.
std::string shownJson(const link::LinkSessions::Shown& shown, bool mayGoOn)
{
    const store::LinkSession& session = shown.session;
    JsonWriter json;
    json.beginObject().member("id", session.id).member("purpose", session.purpose);
    json.member("state", session.state);
    if (shown.hostedUrl.empty() || !mayGoOn)
        json.nullMember("hosted_url");
    else
        json.member("hosted_url", shown.hostedUrl.reveal());
    writeTime(json, "expires_at", session.expiresAt);
    json.member("connection_id", session.connectionId);
    if (session.duplicateOf.empty())
        json.nullMember("duplicate_of");
    else
    {
        json.key("duplicate_of").beginObject().member("connection_id", session.duplicateOf);
        json.member("institution", shown.duplicateInstitution).endObject();
    }
    writeTextOrNull(json, "replaces", session.replaces);
    writeProblem(json, "error", session.errorCode, session.errorText, session.errorRequestId);
    json.endObject();
    return std::move(json).text();
}

} // namespace

void Console::addLinkRoutes()
{
    route("POST", "api/link-sessions", Capability::Link, Within::Connection, &Console::beginLink);
    route("GET", "api/link-sessions/{id}", Capability::View, Within::LinkSession,
        &Console::linkSession);
    route("POST", "api/link-sessions/{id}/connect-anyway", Capability::Link, Within::LinkSession,
        &Console::connectAnyway);
    route("POST", "api/link-sessions/{id}/add-to-existing", Capability::Link, Within::LinkSession,
        &Console::addToExisting);
    route("POST", "api/link-sessions/{id}/drop", Capability::Link, Within::LinkSession,
        &Console::dropLink);
}

/// Where accounts cannot be added to a login, the bank's page would show nothing to choose. Whether
/// the connection is there is for others to say.
Result<void> Console::refuseToAddInVain(const std::string& tenant, const std::string& connectionId)
{
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<void>
        {
            const auto connection = store::ConnectionRepository(unit, tenant).find(connectionId);
            if (!connection) return success();
            const auto bank =
                store::InstitutionRepository(unit, tenant).find(connection->institutionId);
            if (chooseBy(bank, settings_.chooseInUpdate) == "add_accounts") return success();
            return Error::conflict("link.choose_anew", "At this bank a new login, which takes the "
                                                       "place of the old one, adds accounts.");
        });
}

Result<Answer> Console::beginLink(const Call& call)
{
    BF_LET(wish, readLinkWish(call.request.body));
    const auto purpose = link::purposeNamed(wish.purpose);
    if (!purpose) return Error::invalid("link.purpose", "There is no such purpose.");
    if (*purpose == LinkPurpose::AddAccounts)
        BF_TRY(refuseToAddInVain(call.principal.tenant, wish.connectionId));
    BF_LET(started, ports_.linkSessions.start(call.principal.tenant, personOf(call.principal),
                        *purpose, wish.connectionId, settings_.publicUrl));
    if (started.busy) return Answer{409, busyJson(*started.busy)};
    return Answer{202, JsonObject().text("id", started.sessionId).json()};
}

Result<Answer> Console::linkSession(const Call& call)
{
    BF_LET(shown, ports_.linkSessions.show(
                      call.principal.tenant, personOf(call.principal), call.path.at("id")));
    return Answer{200, shownJson(shown, call.principal.can(Capability::Link))};
}

Result<Answer> Console::connectAnyway(const Call& call)
{
    BF_LET(successor, readAsSuccessor(call.request.body));
    const std::string& id = call.path.at("id");
    BF_TRY(ports_.linkSessions.connectAnyway(call.principal.tenant, personOf(call.principal), id,
        successor ? link::LinkSessions::As::Successor : link::LinkSessions::As::Own));
    return Answer{202, JsonObject().text("id", id).json()};
}

Result<Answer> Console::addToExisting(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    BF_LET(shown, ports_.linkSessions.show(
                      call.principal.tenant, personOf(call.principal), call.path.at("id")));
    BF_TRY(refuseToAddInVain(call.principal.tenant, shown.session.duplicateOf));
    BF_LET(started, ports_.linkSessions.addToExisting(call.principal.tenant,
                        personOf(call.principal), call.path.at("id"), settings_.publicUrl));
    if (started.busy) return Answer{409, busyJson(*started.busy)};
    return Answer{202, JsonObject().text("id", started.sessionId).json()};
}

Result<Answer> Console::dropLink(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& id = call.path.at("id");
    BF_TRY(ports_.linkSessions.drop(call.principal.tenant, personOf(call.principal), id));
    return Answer{202, JsonObject().text("id", id).json()};
}

} // namespace bankfeed::console
