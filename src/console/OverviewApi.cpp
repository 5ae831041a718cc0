// The first screen, page by page: connections with their first accounts, and open notices.
#include "base/Sha256.h"
#include "console/AccountAnswers.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "store/AccountOwners.h"
#include "store/OutboxRepository.h"

#include <charconv>
#include <map>
#include <set>

namespace bankfeed::console
{

namespace
{

/// A page is drawn as a whole: this many cards, each with so many accounts, are looked through at
/// once and scroll without a thought. The rest of a connection's accounts is on its own page.
constexpr std::int64_t connectionsPerPage = 20;
constexpr std::int64_t accountsPerCard = 15;

using Place = store::ConnectionRepository::Place;

std::string keyOf(const store::Connection& connection)
{
    return std::string(connection.removedAt ? "1." : "0.") +
           std::to_string(connection.createdAt.ns) + "." + connection.id;
}

/// A page begins behind "0.1763900000000000000.con_1".
Result<std::optional<Place>> placeOf(const std::string& key)
{
    if (key.empty()) return std::optional<Place>();
    const Error malformed = Error::invalid("console.query", "The key is malformed.");
    const std::size_t dot = key.find('.', 2);
    if (dot == std::string::npos || key[1] != '.' || (key[0] != '0' && key[0] != '1'))
        return malformed;
    Place place;
    place.ended = key[0] == '1';
    const auto [end, error] = std::from_chars(key.data() + 2, key.data() + dot, place.createdAt.ns);
    if (error != std::errc() || end != key.data() + dot) return malformed;
    place.id = key.substr(dot + 1);
    return std::optional(std::move(place));
}

std::string valueOf(const Call& call, const char* name)
{
    const auto found = call.query.find(name);
    return found == call.query.end() ? std::string() : found->second;
}

/// An id among the parameters, which we wrote: "..." with its quotes bare can only be a name.
std::string idIn(const store::Notice& notice, std::string_view name)
{
    const std::string before = "\"" + std::string(name) + "\":\"";
    const std::size_t found = notice.params.find(before);
    if (found == std::string::npos) return "";
    const std::size_t begin = found + before.size();
    return notice.params.substr(begin, notice.params.find('"', begin) - begin);
}

std::string accountOf(const store::Notice& notice)
{
    return notice.subject.starts_with("acc_") ? notice.subject : idIn(notice, "bank_account_id");
}

std::string connectionOf(
    const store::Notice& notice, const std::map<std::string, std::string>& owners)
{
    if (notice.subject.starts_with("con_")) return notice.subject;
    if (auto named = idIn(notice, "connection_id"); !named.empty()) return named;
    const auto owner = owners.find(accountOf(notice));
    return owner == owners.end() ? std::string() : owner->second;
}

void writeNotices(JsonWriter& json, store::Unit& unit, const std::string& tenant)
{
    const auto notices = store::NoticeRepository(unit, tenant).openOnes();
    std::vector<std::string> feeds;
    std::vector<std::string> accounts;
    for (const store::Notice& notice : notices)
    {
        if (notice.kind == store::notice::feedHeld) feeds.push_back(notice.subject);
        if (auto account = accountOf(notice); !account.empty())
            accounts.push_back(std::move(account));
    }
    const auto owners = store::connectionsOfAccounts(unit, tenant, accounts);
    const auto fed = store::OutboxRepository(unit, tenant).withSource(feeds);
    json.key("notices").beginArray();
    for (const store::Notice& notice : notices)
        writeNotice(json, notice, connectionOf(notice, owners),
            isDismissible(notice, fed.contains(notice.subject)));
    json.endArray();
}

} // namespace

void Console::addOverviewRoutes()
{
    route("GET", "api/overview", Capability::View, Within::Tenant, &Console::overview);
}

Result<Answer> Console::overview(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const UtcTime now = ports_.clock.now();
    BF_LET(search, readSearch(valueOf(call, "search")));
    BF_LET(after, placeOf(valueOf(call, "after")));
    BF_LET(shown, ports_.database.read(
                      [&](store::Unit& unit) -> Result<std::string>
                      {
                          store::ConnectionRepository repository(unit, tenant);
                          auto connections = repository.page(search, after, connectionsPerPage);
                          const bool full =
                              connections.size() == static_cast<std::size_t>(connectionsPerPage);
                          const std::string next = full ? keyOf(connections.back()) : std::string();
                          const auto totals = repository.totals(search);
                          JsonWriter json;
                          json.beginObject().key("connections").beginArray();
                          for (const auto& view : ConnectionView::loadAll(
                                   unit, tenant, std::move(connections), now, accountsPerCard))
                              writeConnection(json, view, true, settings_);
                          json.endArray();
                          writeTextOrNull(json, "next", next);
                          json.member("live", totals.live).member("ended", totals.ended);
                          writeNotices(json, unit, tenant);
                          json.endObject();
                          return std::move(json).text();
                      }));
    // Who looks on asks every few seconds, and mostly nothing has moved.
    const std::string tag = sha256Hex(shown).substr(0, 32);
    if (tag == valueOf(call, "seen"))
        return Answer{200, R"({"tag":")" + tag + R"(","unchanged":true})"};
    return Answer{200, R"({"tag":")" + tag + R"(","unchanged":false,)" + shown.substr(1)};
}

} // namespace bankfeed::console
