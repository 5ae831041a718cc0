#include "plaid/PlaidAnswers.h"

#include "base/Limits.h"
#include "plaid/AnswerFields.h"
#include "plaid/ErrorCatalogue.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bankfeed::plaid
{

namespace
{

constexpr std::size_t wordBytes = 64; ///< Types, subtypes, masks.

/// What one opening of a Link session came to.
struct LinkVisit
{
    bool finished = false;
    bool exited = false;
    std::optional<Error> trouble; ///< Of the exit.
    bool handedOff = false;       ///< The event HANDOFF: Link was walked through to its end.
    LinkOutcome result;           ///< publicToken, institution and accounts.
};

void readLinkInstitution(JsonReader& reader, LinkOutcome& out)
{
    if (reader.null()) return;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "institution_id")
            readNullableId(reader, out.institutionId);
        else if (key == "name")
            readName(reader, out.institutionName);
        else
            reader.skip();
    }
}

LinkAccount readLinkAccount(JsonReader& reader)
{
    LinkAccount account;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "id")
            readNullableId(reader, account.providerAccountId);
        else if (key == "name")
            readName(reader, account.name);
        else if (key == "mask")
            readText(reader, account.mask, wordBytes);
        else if (key == "type")
            readText(reader, account.type, wordBytes);
        else if (key == "subtype")
            readText(reader, account.subtype, wordBytes);
        else
            reader.skip();
    }
    return account;
}

void readLinkAccounts(JsonReader& reader, std::vector<LinkAccount>& out)
{
    if (reader.null()) return;
    reader.beginArray();
    while (reader.nextElement())
    {
        if (out.size() == static_cast<std::size_t>(limits::accountsPerConnection))
            return reader.fail("a Link session names too many accounts");
        out.push_back(readLinkAccount(reader));
    }
}

/// One element of results.item_add_results.
void readAddResult(JsonReader& reader, LinkOutcome& out)
{
    LinkOutcome result;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "public_token")
            readSecret(reader, result.publicToken);
        else if (key == "institution")
            readLinkInstitution(reader, result);
        else if (key == "accounts")
            readLinkAccounts(reader, result.accounts);
        else
            reader.skip();
    }
    if (out.publicToken.empty()) out = std::move(result);
}

void readLinkResults(JsonReader& reader, LinkOutcome& out)
{
    if (reader.null()) return;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key != "item_add_results" || reader.peek() == JsonKind::Null)
        {
            reader.skip();
            continue;
        }
        reader.beginArray();
        while (reader.nextElement())
            readAddResult(reader, out);
    }
}

bool readLinkEvents(JsonReader& reader)
{
    bool handedOff = false;
    if (reader.null()) return false;
    reader.beginArray();
    while (reader.nextElement())
    {
        std::string_view key;
        reader.beginObject();
        while (reader.nextField(key))
        {
            if (key != "event_name")
            {
                reader.skip();
                continue;
            }
            std::string name;
            readText(reader, name, wordBytes);
            handedOff = handedOff || name == "HANDOFF";
        }
    }
    return handedOff;
}

/// An exit, with what the person met there.
void readLinkExit(JsonReader& reader, LinkVisit& visit)
{
    if (reader.null()) return;
    visit.exited = true;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key != "error" || reader.peek() == JsonKind::Null)
        {
            reader.skip();
            continue;
        }
        PlaidError error;
        readPlaidError(reader, error);
        visit.trouble = errorOf(error);
    }
}

LinkVisit readLinkVisit(JsonReader& reader)
{
    LinkVisit visit;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "finished_at")
        {
            visit.finished = reader.peek() != JsonKind::Null;
            reader.skip();
        }
        else if (key == "exit" || key == "on_exit")
            readLinkExit(reader, visit);
        else if (key == "results")
            readLinkResults(reader, visit.result);
        else if (key == "events")
            visit.handedOff = readLinkEvents(reader);
        else
            reader.skip();
    }
    return visit;
}

/// Whether one visit is the success that its purpose asks for. An update hands out no token that
/// we would want, so its success is an end without an exit (protocol 2.4).
bool succeeded(const LinkVisit& visit, LinkPurpose purpose)
{
    if (makesConnection(purpose)) return !visit.result.publicToken.empty();
    return !visit.exited && (visit.finished || visit.handedOff);
}

LinkOutcome outcomeOf(std::vector<LinkVisit>& visits, LinkPurpose purpose)
{
    bool left = !visits.empty();
    for (LinkVisit& visit : visits)
    {
        if (succeeded(visit, purpose))
        {
            visit.result.state = LinkState::Succeeded;
            if (!makesConnection(purpose)) visit.result.publicToken = Secret{};
            return std::move(visit.result);
        }
        left = left && visit.exited;
    }
    LinkOutcome outcome;
    for (LinkVisit& visit : visits)
        if (visit.trouble) outcome.trouble = std::move(visit.trouble);
    outcome.state = left ? LinkState::Exited : LinkState::Open;
    return outcome;
}

struct ItemState
{
    bool hasId = false;
    ConnectionFacts facts;
};

void readItem(JsonReader& reader, ItemState& out)
{
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "item_id")
        {
            readId(reader, out.facts.providerConnectionId);
            out.hasId = true;
        }
        else if (key == "institution_id")
            readNullableId(reader, out.facts.institutionId);
        else if (key == "institution_name")
            readName(reader, out.facts.institutionName);
        else if (key == "webhook")
        {
            std::string url;
            if (!reader.null()) readText(reader, url, limits::textBytes);
            out.facts.webhookUrl = std::move(url);
        }
        else if (key == "consent_expiration_time")
            readTime(reader, out.facts.consentEndsAt);
        else if (key == "error" && reader.peek() != JsonKind::Null)
        {
            PlaidError error;
            readPlaidError(reader, error);
            out.facts.trouble = errorOf(error);
        }
        else
            reader.skip();
    }
}

/// Reads one time out of a nested object that may be null: status.transactions.
void readNestedTime(JsonReader& reader, std::string_view wanted, std::optional<UtcTime>& out)
{
    if (reader.null()) return;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == wanted)
            readTime(reader, out);
        else
            reader.skip();
    }
}

void readLastWebhook(JsonReader& reader, ConnectionFacts& out)
{
    if (reader.null()) return;
    std::string code;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "sent_at")
            readTime(reader, out.lastWebhookAt);
        else if (key == "code_sent")
            readText(reader, code, limits::idBytes);
        else
            reader.skip();
    }
    if (code == "NEW_ACCOUNTS_AVAILABLE") out.newAccountsSaidAt = out.lastWebhookAt;
}

void readItemStatus(JsonReader& reader, ConnectionFacts& out)
{
    if (reader.null()) return;
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "transactions")
            readNestedTime(reader, "last_successful_update", out.lastGoodUpdateAt);
        else if (key == "last_webhook")
            readLastWebhook(reader, out);
        else
            reader.skip();
    }
}

} // namespace

Result<LinkStart> readLinkStart(std::string body)
{
    LinkStart start;
    std::optional<UtcTime> expires;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "link_token")
            readSecret(reader, start.linkToken);
        else if (key == "hosted_link_url")
            readSecret(reader, start.hostedUrl);
        else if (key == "expiration")
            readTime(reader, expires);
        else
            reader.skip();
    }
    BF_TRY(finishAnswer(reader, !start.linkToken.empty() && expires.has_value()));
    if (start.hostedUrl.empty())
    {
        Error error = Error::corrupt("plaid.no_hosted_link",
            "Plaid opened a Link session without a hosted page; Hosted Link is not enabled for "
            "this Plaid account.");
        error.remedy = Remedy::Stop;
        return error;
    }
    start.expiresAt = *expires;
    return start;
}

bool isHostedPage(std::string_view url, bool onLoopback)
{
    constexpr std::size_t most = 2048;
    constexpr std::string_view https = "https://";
    constexpr std::string_view http = "http://";
    constexpr std::array<std::string_view, 3> loopback{"127.0.0.1", "[::1]", "localhost"};
    const auto visible = [](char c) { return c > ' ' && c < 0x7F && c != '\\' && c != '"'; };
    if (url.size() > most || !std::all_of(url.begin(), url.end(), visible)) return false;
    const bool tls = url.starts_with(https);
    if (!tls && !url.starts_with(http)) return false;
    url.remove_prefix(tls ? https.size() : http.size());
    const std::string_view place = url.substr(0, url.find_first_of("/?#"));
    if (tls && (place == "plaid.com" || place.ends_with(".plaid.com")))
        return std::all_of(place.begin(), place.end(),
            [](char c)
            { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
    if (!onLoopback) return false;
    return std::any_of(loopback.begin(), loopback.end(),
        [place](std::string_view host)
        {
            if (place == host) return true;
            if (!place.starts_with(host) || place[host.size()] != ':') return false;
            const std::string_view port = place.substr(host.size() + 1);
            return !port.empty() && std::all_of(port.begin(), port.end(),
                                        [](char c) { return c >= '0' && c <= '9'; });
        });
}

Result<LinkOutcome> readLinkOutcome(std::string body, LinkPurpose purpose)
{
    std::vector<LinkVisit> visits;
    bool tokenSeen = false;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "link_sessions" && reader.peek() != JsonKind::Null)
        {
            reader.beginArray();
            while (reader.nextElement())
                visits.push_back(readLinkVisit(reader));
        }
        else
        {
            tokenSeen = tokenSeen || key == "link_token";
            reader.skip();
        }
    }
    BF_TRY(finishAnswer(reader, tokenSeen));
    return outcomeOf(visits, purpose);
}

Result<NewConnection> readNewConnection(std::string body)
{
    NewConnection connection;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "access_token")
            readSecret(reader, connection.accessToken);
        else if (key == "item_id")
            readId(reader, connection.providerConnectionId);
        else
            reader.skip();
    }
    BF_TRY(finishAnswer(
        reader, !connection.accessToken.empty() && !connection.providerConnectionId.empty()));
    return connection;
}

Result<ConnectionFacts> readConnectionFacts(std::string body)
{
    ItemState state;
    JsonReader reader{std::move(body)};
    std::string_view key;
    reader.beginObject();
    while (reader.nextField(key))
    {
        if (key == "item")
            readItem(reader, state);
        else if (key == "status")
            readItemStatus(reader, state.facts);
        else
            reader.skip();
    }
    BF_TRY(finishAnswer(reader, state.hasId));
    return std::move(state.facts);
}

Result<void> readAcknowledgement(std::string body)
{
    JsonReader reader{std::move(body)};
    if (reader.peek() != JsonKind::Object) reader.fail("an object was expected");
    reader.skip();
    return finishAnswer(reader, true);
}

std::optional<PlaidError> readErrorEnvelope(std::string body, int status)
{
    PlaidError error;
    JsonReader reader{std::move(body)};
    readPlaidError(reader, error);
    if (!reader.finish().ok() || error.code.empty() || error.type.empty()) return std::nullopt;
    error.status = status;
    return error;
}

} // namespace bankfeed::plaid
