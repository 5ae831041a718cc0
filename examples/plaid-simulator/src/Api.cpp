#include "Api.h"

#include "RequestLog.h"
#include "World.h"

#include <algorithm>

namespace plaidsim
{

namespace
{

constexpr std::size_t largestBody = 1024 * 1024;

std::string mediaType(const HttpRequest& request)
{
    std::string type = request.header("content-type");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ')
        type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(),
        [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return type;
}

Json parseBody(const HttpRequest& request)
{
    if (mediaType(request) != "application/json")
        throw PlaidError::invalidRequest(
            "INVALID_HEADERS", "the Content-Type header must be application/json");
    if (request.bodyTooLarge || request.body.size() > largestBody)
        throw PlaidError::invalidRequest("INVALID_BODY", "the body is too large");
    auto body = parseExact(request.body);
    if (!body || !body->is_object())
        throw PlaidError::invalidRequest(
            "INVALID_BODY", "body could not be parsed as JSON, or is not an object");
    return std::move(*body);
}

// A credential from its header, else from the body, where it is taken out.
std::string credential(
    const HttpRequest& request, Json& body, const char* headerName, const char* field)
{
    std::string value = request.header(headerName);
    if (body.contains(field))
    {
        if (value.empty() && body.at(field).is_string()) value = body.at(field).get<std::string>();
        body.erase(field);
    }
    return value;
}

Delivery deliveryOf(FaultKind kind)
{
    switch (kind)
    {
    case FaultKind::hang: return Delivery::hang;
    case FaultKind::refuse:
    case FaultKind::lost: return Delivery::refuse;
    case FaultKind::resetBody: return Delivery::reset;
    case FaultKind::truncated: return Delivery::truncated;
    case FaultKind::wrongLength: return Delivery::wrongLength;
    case FaultKind::slowDrip: return Delivery::slowDrip;
    case FaultKind::late: return Delivery::late;
    case FaultKind::chunked: return Delivery::chunked;
    case FaultKind::gzip: return Delivery::gzip;
    case FaultKind::byteOrderMark: return Delivery::byteOrderMark;
    default: return Delivery::whole;
    }
}

HttpAnswer plainAnswer(const Fault& fault)
{
    HttpAnswer answer;
    answer.status = fault.kind == FaultKind::html502 ? 502 : 504;
    answer.contentType = "text/html";
    if (fault.kind == FaultKind::html502)
        answer.body = "<html><body><h1>502 Bad Gateway</h1></body></html>\n";
    return answer;
}

} // namespace

const EndpointTable& endpointTable()
{
    static const EndpointTable all = []
    {
        EndpointTable table;
        addLinkEndpoints(table);
        addItemEndpoints(table);
        addAccountEndpoints(table);
        addTransactionEndpoints(table);
        addSandboxEndpoints(table);
        addInstitutionEndpoints(table);
        return table;
    }();
    return all;
}

Api::Api(World& world, RequestLog& log) : world_(world), log_(log), endpoints_(endpointTable()) {}

void Api::checkCaller(const HttpRequest& request, Json& body) const
{
    const std::string clientId = credential(request, body, "plaid-client-id", "client_id");
    const std::string secret = credential(request, body, "plaid-secret", "secret");
    if (clientId.empty() || secret.empty())
        throw PlaidError::invalidRequest(
            "MISSING_FIELDS", "the following required fields are missing: " +
                                  std::string(clientId.empty() ? "client_id" : "secret"));
    if (clientId != world_.credentials.clientId || secret != world_.credentials.secret)
        throw PlaidError::invalidInput("INVALID_API_KEYS", "invalid client_id or secret provided");
    const std::string version = request.header("plaid-version");
    if (!version.empty() && version != "2020-09-14")
        throw PlaidError::invalidRequest(
            "INCOMPATIBLE_API_VERSION", "the only supported Plaid-Version is 2020-09-14");
}

// What a call is about, for the faults that are ordered for one Item, login or bank.
FaultCall Api::subjectOf(const std::string& path, const Json& body) const
{
    const auto textIn = [&](const char* name)
    {
        return body.contains(name) && body.at(name).is_string() ? body.at(name).get<std::string>()
                                                                : std::string();
    };
    FaultCall call;
    call.endpoint = path;
    if (path == "/transactions/sync")
    {
        const auto cursor = Cursor::decode(textIn("cursor"));
        call.page = cursor && cursor->inLoop() ? cursor->page + 1 : 1;
    }
    const Item* item = world_.itemOfToken(textIn("access_token"));
    if (item == nullptr) item = world_.itemOfToken(textIn("public_token"));
    if (const LinkToken* token = world_.links.find(textIn("link_token"));
        item == nullptr && token != nullptr)
        item = world_.item(token->itemId);
    call.institutionId = item == nullptr ? textIn("institution_id") : item->institutionId;
    if (item == nullptr) return call;
    call.itemId = item->id;
    call.loginId = item->loginId;
    return call;
}

Api::Outcome Api::call(
    const std::string& path, const Endpoint& endpoint, const Json& body, HttpAnswer& delivery)
{
    const FaultCall subject = subjectOf(path, body);
    const LimitedCall limited{path, subject.itemId, body.value("cursor", Json("")) == ""};
    if (const auto code = world_.limits.exceeded(
            world_.settings.rateLimits, world_.settings.credits, limited, world_.clock.now()))
        return {429, rateLimitBody("", *code), {}, "limit"};
    const auto fault = world_.faults.strike(subject, world_.clock.now());
    if (!fault) return {200, endpoint.handle(world_, body), {}, ""};
    Item* item = world_.item(subject.itemId);
    if (item != nullptr && fault->kind == FaultKind::itemRemoved) world_.remove(*item);
    if (item != nullptr && fault->kind == FaultKind::lateChange) world_.touch(*item);
    delivery.delivery = deliveryOf(fault->kind);
    delivery.seconds = fault->seconds;
    if (fault->retryAfter) delivery.headers.emplace_back("Retry-After", *fault->retryAfter);
    if (fault->kind == FaultKind::html502 || fault->kind == FaultKind::empty504)
        return {0, {}, plainAnswer(*fault), fault->kindName};
    if (fault->answersInstead())
        return {fault->status, fault->body.is_null() ? Json::object() : fault->body, {},
            fault->kindName};
    Outcome outcome{200, endpoint.handle(world_, body), {}, fault->kindName};
    outcome.body["request_id"] = world_.requestRandom.alphanumeric(15);
    if (item != nullptr) addOddRows(world_, *item, *fault, body, outcome.body);
    spoilAnswer(*fault, body.value("cursor", ""), outcome.body);
    if (fault->kind == FaultKind::missingField && fault->field == "request_id")
        outcome.ready = HttpAnswer{200, "application/json", compactText(outcome.body), {}, {}, 0};
    return outcome;
}

Api::Outcome Api::perform(const HttpRequest& request, HttpAnswer& delivery)
{
    try
    {
        const auto endpoint = endpoints_.find(request.path);
        if (request.method != "POST" || endpoint == endpoints_.end())
            throw PlaidError(404, "INVALID_REQUEST", "NOT_FOUND", "the endpoint does not exist");
        Json body = parseBody(request);
        checkCaller(request, body);
        checkShape(body, endpoint->second.fields, !world_.settings.acceptUnknownFields);
        return call(endpoint->first, endpoint->second, body, delivery);
    }
    catch (const PlaidError& error)
    {
        return {error.status, error.answerBody(), {}, ""};
    }
    catch (const std::exception& problem)
    {
        // A limit of the simulator, or a mistake in it; the client sees what Plaid would show.
        return {500,
            PlaidError(500, "API_ERROR", "INTERNAL_SERVER_ERROR", problem.what()).answerBody(), {},
            ""};
    }
}

HttpAnswer Api::answer(const HttpRequest& request)
{
    HttpAnswer answer;
    LoggedCall logged;
    {
        const std::lock_guard lock(world_.mutex);
        Outcome outcome = perform(request, answer);
        if (outcome.ready)
        {
            outcome.ready->headers = std::move(answer.headers);
            answer = std::move(*outcome.ready);
        }
        else
        {
            if (!outcome.body.contains("request_id"))
                outcome.body["request_id"] = world_.requestRandom.alphanumeric(15);
            if (world_.settings.extraFields)
                outcome.body["field_of_tomorrow"] = {{"deep", Json::array({1, "two", nullptr})}};
            answer.status = outcome.status;
            answer.body = compactText(outcome.body);
        }
        logged.at = world_.clock.now();
        logged.fault = std::move(outcome.fault);
    }
    logged.method = request.method;
    logged.path = request.path;
    logged.status = answer.status;
    logged.plaidVersion = request.header("plaid-version");
    logged.credentialsInHeaders = !request.header("plaid-client-id").empty();
    logged.rawRequest = request.body;
    logged.rawResponse = answer.body;
    log_.add(std::move(logged));
    return answer;
}

} // namespace plaidsim
