#include "pages/Api.h"

#include "base/CivilDate.h"
#include "base/Text.h"
#include "books/Journal.h"
#include "pages/Pages.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <charconv>
#include <sstream>

namespace ledgerd::api
{

namespace
{

using Poco::JSON::Array;
using Poco::JSON::Object;

HttpResponse json(const Object& object, unsigned status = 200)
{
    std::ostringstream out;
    object.stringify(out);
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = out.str() + "\n";
    return response;
}

HttpResponse problem(const Failure& failure)
{
    return api::problem(statusOf(failure.kind), failure.text);
}

Object accountObject(const Account& account)
{
    Object object(Poco::JSON_PRESERVE_KEY_ORDER);
    object.set("id", accountText(account.id));
    object.set("name", account.name);
    object.set("type", std::string(typeName(account.type)));
    object.set("currency", account.currency.code);
    object.set("exponent", account.currency.exponent);
    object.set("balance", formatUnits(account.balance, account.currency.exponent));
    object.set("last_entry_on", account.lastEntryOn);
    object.set("open", account.open);
    object.set("feedable", account.feedable);
    return object;
}

const char* feedStateText(std::uint32_t state)
{
    switch (state)
    {
    case BF_FEED_UP_TO_DATE: return "up_to_date";
    case BF_FEED_WORKING: return "working";
    case BF_FEED_NEEDS_PERSON: return "needs_person";
    default: return "unknown";
    }
}

Object feedObject(const FeedStatus& feed)
{
    Object object(Poco::JSON_PRESERVE_KEY_ORDER);
    object.set("plugin", feed.pluginId);
    object.set("state", std::string(feedStateText(feed.state)));
    object.set("institution", feed.institution);
    object.set("bank_account", feed.bankAccount);
    if (feed.balanceKnown)
    {
        object.set("bank_balance", formatUnits(feed.balanceUnits, feed.currency.exponent));
        object.set("currency", feed.currency.code);
        object.set("bank_balance_as_of", timestampOf(feed.balanceAsOf));
    }
    return object;
}

Object entryObject(const Entry& entry)
{
    Object object(Poco::JSON_PRESERVE_KEY_ORDER);
    object.set("id", entry.id);
    object.set("booked_on", entry.bookedOn);
    object.set("description", entry.description);
    object.set("latest_description", entry.latestDescription);
    object.set("source", entry.source);
    object.set("kind", entry.kind);
    object.set("root_key", entry.rootKey);
    object.set("state", entry.state);
    object.set("revision", entry.revision);
    object.set("authorized_on", entry.authorizedOn);
    object.set("merchant", entry.merchant);
    object.set("original_description", entry.originalDescription);
    object.set("category", entry.category);
    object.set("made_by", entry.madeBy);
    Array postings;
    for (const Posting& posting : entry.postings)
    {
        Object line(Poco::JSON_PRESERVE_KEY_ORDER);
        line.set("account", accountText(posting.account));
        line.set("account_name", posting.accountName);
        line.set("amount", formatUnits(posting.units, posting.currency.exponent));
        line.set("currency", posting.currency.code);
        postings.add(line);
    }
    object.set("postings", postings);
    return object;
}

// Poco's parser cuts keys at NUL, so a body that holds one is refused before; numbers are never
// read from it, amounts are text.
Result<Object::Ptr> bodyObject(const PageRequest& request)
{
    if (!isUtf8(request.http.body) || request.http.body.find("\\u0000") != std::string::npos)
        return invalid("The body is not JSON in UTF-8.");
    try
    {
        Poco::JSON::Parser parser;
        parser.setDepth(8);
        return parser.parse(request.http.body).extract<Object::Ptr>();
    }
    catch (const Poco::Exception&)
    {
        return invalid("The body is not a JSON object.");
    }
}

// A member that is text; "" when it is missing or something else.
std::string member(const Object& object, const std::string& name)
{
    const Poco::Dynamic::Var value = object.get(name);
    return value.isString() ? value.extract<std::string>() : std::string();
}

std::size_t limitOf(const Fields& query)
{
    const std::string text = field(query, "limit");
    std::size_t limit = 100;
    std::from_chars(text.data(), text.data() + text.size(), limit);
    return limit == 0 || limit > pageMax ? pageMax : limit;
}

Position positionOf(const Fields& query)
{
    const std::string text = field(query, "before");
    const std::size_t comma = text.find(',');
    Position position;
    if (comma == std::string::npos || !isCivilDate(text.substr(0, comma))) return position;
    position.bookedOn = text.substr(0, comma);
    std::from_chars(text.data() + comma + 1, text.data() + text.size(), position.id);
    return position;
}

Result<NewEntry> entryOf(Unit& unit, const PageRequest& request, const Object& body)
{
    NewEntry entry;
    entry.bookedOn = member(body, "date");
    entry.description = member(body, "description");
    entry.madeBy = request.session.user.name;
    const Array::Ptr lines = body.getArray("postings");
    if (lines.isNull()) return invalid("\"postings\" is missing.");
    for (std::size_t i = 0; i < lines->size(); ++i)
    {
        const Object::Ptr line = lines->getObject(static_cast<unsigned>(i));
        if (line.isNull()) return invalid("A posting is not an object.");
        const auto account = ledgerd::accounts::find(
            unit, request.tenant(), parseAccountText(member(*line, "account")));
        if (!account) return account.failure();
        const auto units = parseUnits(member(*line, "amount"), account->currency.exponent);
        if (!units) return units.failure();
        entry.legs.push_back({account->id, *units});
    }
    return entry;
}

} // namespace

HttpResponse problem(unsigned status, const std::string& text)
{
    Object object;
    object.set("error", text);
    return json(object, status);
}

HttpResponse accounts(const PageRequest& request)
{
    const auto all = request.books.database().read(
        [&](Unit& unit) { return ledgerd::accounts::list(unit, request.tenant()); });
    Array list;
    for (const Account& account : all)
    {
        Object object = accountObject(account);
        if (account.feedable)
            if (const auto feed = request.plugins.feedStatus(request.tenant(), account.id))
                object.set("feed", feedObject(*feed));
        list.add(object);
    }
    Object out;
    out.set("accounts", list);
    return json(out);
}

HttpResponse journal(const PageRequest& request)
{
    const std::string wanted = field(request.query, "account");
    std::vector<Entry> entries;
    const Done read = request.books.database().read(
        [&](Unit& unit) -> Done
        {
            const std::size_t limit = limitOf(request.query);
            const Position before = positionOf(request.query);
            if (wanted.empty())
            {
                entries = ledgerd::journal::page(unit, request.tenant(), before, limit);
                return done();
            }
            const auto account =
                ledgerd::accounts::find(unit, request.tenant(), parseAccountText(wanted));
            if (!account) return account.failure();
            for (RegisterLine& line :
                ledgerd::journal::accountPage(unit, request.tenant(), *account, before, limit))
                entries.push_back(std::move(line.entry));
            return done();
        });
    if (!read) return problem(read.failure());
    Array list;
    for (const Entry& entry : entries)
        list.add(entryObject(entry));
    Object out;
    out.set("entries", list);
    if (entries.size() == limitOf(request.query))
        out.set("next", entries.back().bookedOn + "," + std::to_string(entries.back().id));
    return json(out);
}

HttpResponse trialBalance(const PageRequest& request)
{
    const auto lines = request.books.database().read(
        [&](Unit& unit) { return ledgerd::journal::trialBalance(unit, request.tenant()); });
    Array list;
    for (const TrialBalanceLine& line : lines)
    {
        Object object(Poco::JSON_PRESERVE_KEY_ORDER);
        object.set("account", accountText(line.account.id));
        object.set("account_name", line.account.name);
        object.set("amount", formatUnits(line.sum, line.account.currency.exponent));
        object.set("currency", line.account.currency.code);
        list.add(object);
    }
    Object out;
    out.set("lines", list);
    return json(out);
}

HttpResponse me(const PageRequest& request)
{
    Object out(Poco::JSON_PRESERVE_KEY_ORDER);
    out.set("name", request.session.user.name);
    out.set("title", request.session.user.title);
    out.set("role", std::string(roleName(request.session.user.role)));
    out.set("tenant", request.session.user.tenant);
    out.set("csrf", request.session.csrf);
    return json(out);
}

HttpResponse plugins(const PageRequest& request)
{
    constexpr const char* states[] = {"starting", "running", "refused", "stopping", "stopped"};
    Array list;
    for (const PluginView& plugin : request.plugins.views())
    {
        Object object(Poco::JSON_PRESERVE_KEY_ORDER);
        object.set("id", plugin.id);
        object.set("title", plugin.title);
        object.set("version", plugin.version);
        object.set("state", std::string(states[static_cast<std::size_t>(plugin.state)]));
        object.set("console", plugin.consolePath);
        if (request.mayOperateAll())
        {
            object.set("refusal_code", plugin.refusalCode);
            object.set("refusal", plugin.refusal);
            object.set("feeds_held", plugin.feedsHeld);
            object.set("delivered", plugin.delivered);
        }
        list.add(object);
    }
    Object out;
    out.set("plugins", list);
    return json(out);
}

HttpResponse addEntry(const PageRequest& request)
{
    const auto body = bodyObject(request);
    if (!body) return problem(body.failure());
    const auto made = request.books.database().write(
        [&](Unit& unit) -> Result<std::int64_t>
        {
            const auto entry = entryOf(unit, request, **body);
            if (!entry) return entry.failure();
            return ledgerd::journal::addByHand(
                unit, request.tenant(), *entry, request.books.clock().utcNs());
        });
    if (!made) return problem(made.failure());
    Object out;
    out.set("id", *made);
    return json(out, 201);
}

HttpResponse addAccount(const PageRequest& request)
{
    const auto body = bodyObject(request);
    if (!body) return problem(body.failure());
    NewAccount wanted;
    const std::string code = member(**body, "currency");
    const int exponent = isoExponent(code);
    if (!parseAccountType(member(**body, "type"), wanted.type) || exponent < 0)
        return api::problem(422, "An account needs a type and a currency.");
    const auto name = fullAccountName(wanted.type, member(**body, "name"));
    if (!name) return problem(name.failure());
    wanted.name = *name;
    wanted.currency = {code, static_cast<std::uint32_t>(exponent)};
    wanted.feedable = (*body)->optValue<bool>("feedable", false);
    const auto made = request.books.database().write(
        [&](Unit& unit)
        {
            return ledgerd::accounts::create(
                unit, request.tenant(), wanted, request.books.clock().utcNs());
        });
    if (!made) return problem(made.failure());
    Object out;
    out.set("id", accountText(made->id));
    return json(out, 201);
}

namespace
{

HttpResponse changed(const Done& what)
{
    if (!what) return problem(what.failure());
    Object out;
    out.set("done", true);
    return json(out);
}

} // namespace

HttpResponse setPeriod(const PageRequest& request)
{
    const auto body = bodyObject(request);
    if (!body) return problem(body.failure());
    return changed(pages::closePeriod(request, member(**body, "through")));
}

HttpResponse correctTransaction(const PageRequest& request, std::string_view action)
{
    const auto body = bodyObject(request);
    if (!body) return problem(body.failure());
    return changed(pages::correct(request, action, member(**body, "root_key")));
}

HttpResponse changeAccount(
    const PageRequest& request, std::int64_t account, std::string_view action)
{
    const auto body = bodyObject(request);
    if (!body) return problem(body.failure());
    if (action == "merge")
        return changed(pages::merge(request, account, parseAccountText(member(**body, "into"))));
    if (request.session.user.role != UserRole::admin)
        return problem(denied("Only an administrator opens and closes accounts."));
    const Done done = request.books.database().write([&](Unit& unit)
        { return ledgerd::accounts::setOpen(unit, request.tenant(), account, action == "open"); });
    if (done) request.plugins.booksChanged();
    return changed(done);
}

HttpResponse syncNow(const PageRequest& request, std::int64_t account)
{
    const bf_status status = request.plugins.syncNow(request.tenant(), account);
    if (status == BF_E_NOT_FOUND) return api::problem(404, "Nothing feeds this account.");
    if (status < 0) return api::problem(503, "The bank feed is busy. Try again in a moment.");
    Object out;
    out.set("state", std::string(status == BF_ALREADY ? "under_way" : "begun"));
    return json(out, 202);
}

HttpResponse health(Books& books, const Plugins& plugins)
{
    books.database().read([](Unit& unit) { unit.select("SELECT 1", "i"); });
    Object states;
    for (const auto& [id, state] : plugins.health())
        states.set(id, std::string(state == BF_HEALTH_OK         ? "ok"
                                   : state == BF_HEALTH_DEGRADED ? "degraded"
                                                                 : "failed"));
    Object out;
    out.set("books", std::string("ok"));
    out.set("plugins", states);
    return json(out);
}

} // namespace ledgerd::api
