#include "Plaid.h"

#include <algorithm>
#include <cctype>

namespace bankfeed::simulation
{

namespace
{

std::string lowered(std::string text)
{
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// Those of the simulator's faults that a client without sockets can meet, and that end.
const std::vector<const char*>& callFaults()
{
    static const std::vector<const char*> kinds{"rate_limit", "http_500", "maintenance_503",
        "html_502", "empty_504", "hang", "refuse", "mutation", "lost", "reset", "truncated",
        "wrong_length", "slow_drip", "late", "bom", "extra_fields", "same_cursor", "endless_more",
        "late_change", "repeated_row", "unknown_removal"};
    return kinds;
}

} // namespace

Plaid::Plaid(
    std::uint64_t seed, Times& usedTimes, Fate& fate, Mortality& mortality, Journal& journal)
    : times(usedTimes),
      signer(usedTimes.now().ns, "0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60"),
      world(usedTimes.bank, signer, outlet, seed),
      api(world, log),
      fate_(fate),
      mortality_(mortality),
      journal_(journal)
{
    world.linkBase = "http://127.0.0.1:8080";
    times.runDue = [this] { world.runDue(); };
    times.nextDue = [this] { return world.agenda.nextDue().value_or(INT64_MAX); };
}

void Plaid::orderFault()
{
    static const std::vector<const char*> ofPages{
        "mutation", "late_change", "same_cursor", "endless_more", "http_500", "repeated_row"};
    const std::string kind = fate_.pick(fate_.oneIn(2) ? ofPages : callFaults());
    plaidsim::Json spec{{"kind", kind}, {"after", fate_.below(4)}, {"seed", fate_.below(1000)}};
    if (kind == "rate_limit" && fate_.oneIn(2)) spec["retry_after"] = fate_.between(1, 90);
    if (kind == "mutation" || kind == "late_change") spec["page"] = fate_.between(1, 3);
    const bool ofSync = kind == "mutation" || kind == "same_cursor" || kind == "endless_more" ||
                        kind == "late_change" || kind == "repeated_row" ||
                        kind == "unknown_removal";
    static const std::vector<const char*> endpoints{"/transactions/sync", "/accounts/get",
        "/item/get", "/link/token/create", "/link/token/get", "/item/public_token/exchange",
        "/item/remove", "/webhook_verification_key/get"};
    if (!ofSync && fate_.oneIn(2)) spec["endpoint"] = fate_.pick(endpoints);
    // The log of an endless loop grows for two thousand pages: that is another test's business.
    spec["count"] = kind == "endless_more" || kind == "same_cursor" ? 1 : fate_.between(1, 6);
    world.faults.add(spec, world.clock.now());
    journal_.tell(times.now(), "fault ordered: " + plaidsim::compactText(spec));
}

Result<HttpResponse> Plaid::post(const HttpRequest& request)
{
    if (store::Database::insideUnit())
        journal_.broken("a unit is open while the provider is called: " + request.path);
    if (mortality_.dead) return Error::stopping();
    if (fate_.strikes(Trouble::DeathAtCall))
    {
        mortality_.die();
        return Error::stopping();
    }
    ++calls;
    times.pass(fate_.between(5, 300));
    plaidsim::HttpRequest sent;
    sent.method = "POST";
    sent.path = request.path;
    sent.headers = {{"content-type", "application/json"}};
    for (const auto& [name, value] : request.headers)
        sent.headers[lowered(name)] = std::string(value.reveal());
    sent.body = std::string(request.body.reveal());
    auto answer = api.answer(sent);
    journal_.tell(times.now(), "call " + request.path + " " + std::to_string(answer.status));
    if (fate_.strikes(Trouble::DeathAtCall))
    {
        mortality_.die();
        return Error::stopping();
    }
    if (answer.status == 200)
    {
        if (request.path == "/transactions/sync") noteStream(*plaidsim::parseExact(sent.body));
        if (fate_.strikes(Trouble::OddAnswers)) spoil(request.path, answer);
    }
    return deliver(answer, request);
}

void Plaid::noteStream(const plaidsim::Json& request)
{
    const std::string token = request.at("access_token");
    const bool first = !request.contains("cursor") || request.at("cursor") == "";
    if (first && streams_.contains(token)) readAnew.insert(token);
    if (!first) streams_.insert(token);
}

void Plaid::spoil(const std::string& path, plaidsim::HttpAnswer& answer)
{
    auto body = plaidsim::parseExact(answer.body);
    if (!body) return;
    std::vector<plaidsim::Json*> objects;
    for (const char* list : {"added", "modified", "accounts"})
        if (body->contains(list))
            for (auto& one : (*body)[list])
                objects.push_back(&one);
    if (objects.empty()) return;
    auto& object = *fate_.pick(objects);
    // What a client can do without, and what it cannot.
    static const std::vector<const char*> spare{"merchant_name", "original_description",
        "authorized_date", "personal_finance_category", "official_name", "mask", "location"};
    static const std::vector<const char*> needed{"amount", "date", "transaction_id", "account_id"};
    std::string told;
    switch (fate_.below(6))
    {
    case 0:
        told = fate_.pick(spare);
        object.erase(told);
        break;
    case 1:
        told = fate_.pick(spare);
        object[told] = nullptr;
        break;
    case 2:
        told = "name";
        object[told] = std::string(20'000, 'n') + "\u0001\n\U0001F4B8";
        break;
    case 3:
        told = fate_.pick(needed);
        object[told] = nullptr;
        break;
    case 4:
        told = fate_.pick(needed);
        object.erase(told);
        break;
    default:
        told = object.contains("amount") ? "amount" : "balances";
        object[told] = fate_.oneIn(2) ? plaidsim::Json("12,5") : plaidsim::Json(true);
        break;
    }
    answer.body = plaidsim::compactText(*body);
    journal_.tell(times.now(), "odd answer: " + path + " " + told);
}

Result<HttpResponse> Plaid::deliver(plaidsim::HttpAnswer answer, const HttpRequest& request)
{
    using plaidsim::Delivery;
    const auto wait = [&](std::int64_t ms) { times.pass(std::min(ms, request.deadlineMs)); };
    const auto slowMs = static_cast<std::int64_t>(answer.seconds * 1000);
    switch (answer.delivery)
    {
    case Delivery::hang:
    case Delivery::slowDrip:
        wait(slowMs);
        return Error::unknown("http.timeout", "The provider did not answer in time.");
    case Delivery::late:
        wait(slowMs);
        if (slowMs >= request.deadlineMs)
            return Error::unknown("http.timeout", "The provider did not answer in time.");
        break;
    case Delivery::refuse:
        return Error::unknown("http.closed", "The provider closed the connection.");
    case Delivery::reset:
    case Delivery::wrongLength:
        return Error::unknown("http.short", "The provider's answer ended before it was complete.");
    case Delivery::truncated: answer.body.resize(answer.body.size() / 2); break;
    case Delivery::byteOrderMark: answer.body.insert(0, "\xEF\xBB\xBF"); break;
    case Delivery::whole:
    case Delivery::chunked:
    case Delivery::gzip: break;
    }
    HttpResponse response;
    response.status = answer.status;
    response.body = std::move(answer.body);
    for (const auto& [name, value] : answer.headers)
    {
        if (lowered(name) == "retry-after") response.retryAfterMs = std::stoll(value) * 1000;
    }
    if (response.body.size() > request.answerBytesMax)
        return Error::unknown("http.too_large", "The provider's answer is larger than allowed.");
    return response;
}

std::vector<std::string> Plaid::secrets() const
{
    std::vector<std::string> all{world.credentials.secret};
    for (const auto& [id, item] : world.items())
        all.push_back(item->accessToken);
    for (const auto& [text, token] : world.links.tokens())
    {
        all.push_back(text);
        for (const auto& session : token->sessions)
            if (!session.publicToken.empty()) all.push_back(session.publicToken);
    }
    return all;
}

} // namespace bankfeed::simulation
