// Held transactions: how many of which account wait for what, the list of an account, and what a
// person decides about them.
#include "base/Date.h"
#include "base/JsonText.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"
#include "store/HeldRows.h"
#include "store/LeftOutRows.h"
#include "sync/FreedRows.h"
#include "sync/HeldDecision.h"

#include <map>

namespace bankfeed::console
{

namespace
{

using store::HeldRows;
using HeldAccount = store::BankAccountRepository::HeldAccount;

constexpr std::size_t heldPageSize = 100;
constexpr std::int64_t heldAccountsPerPage = 50;
constexpr std::size_t dateBytes = 10;

std::string valueOf(const std::map<std::string, std::string>& query, const char* name)
{
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
}

/// "": all that wait.
Result<std::string> reasonOf(const Call& call)
{
    std::string reason = valueOf(call.query, "reason");
    if (!reason.empty() && !HeldRows::isListed(reason))
        return Error::invalid("console.query", "There is no such reason.");
    return reason;
}

/// A page begins behind "2026-11-20.{id}".
struct HeldKey
{
    std::string bookedOn;
    std::string id;

    [[nodiscard]] static Result<HeldKey> parse(const std::string& text)
    {
        if (text.empty()) return HeldKey{};
        const bool shaped = text.size() > dateBytes + 1 && text[dateBytes] == '.' &&
                            Date::parse(text.substr(0, dateBytes)).has_value();
        if (!shaped) return Error::invalid("console.query", "The key is malformed.");
        return HeldKey{text.substr(0, dateBytes), text.substr(dateBytes + 1)};
    }
};

/// The members of how many wait for what.
void writeCounts(JsonWriter& json, const HeldRows::Counts& counts)
{
    json.member("held", counts.held()).member("pending", counts.pending);
    json.member("before_start", counts.beforeStart).member("left_out", counts.leftOut);
    json.key("reasons").beginArray();
    for (const auto& [reason, count] : counts.reasons)
        json.beginObject().member("reason", reason).member("count", count).endObject();
    json.endArray();
}

void writeAccount(JsonWriter& json, const HeldAccount& one, const HeldRows::Counts& counts)
{
    json.beginObject().member("id", one.account.id).member("name", one.account.name);
    writeTextOrNull(json, "mask", one.account.mask);
    json.member("currency", one.account.currency);
    json.member("connection_id", one.account.connectionId);
    json.member("connection_state", one.connectionState);
    json.member("institution", one.institution);
    writeCounts(json, counts);
    json.endObject();
}

HeldRows::Counts countsOf(
    const std::map<std::string, HeldRows::Counts>& counts, const std::string& id)
{
    const auto found = counts.find(id);
    return found == counts.end() ? HeldRows::Counts{} : found->second;
}

/// A row of a lane waits for nothing that it names itself: what the lane is called says why.
std::string_view whyListed(const store::BankTransaction& row)
{
    const bool named = row.lane == store::lane::held || row.lane == store::lane::booked;
    return named ? std::string_view(row.laneReason) : std::string_view(row.lane);
}

/// Who left it out, and what of it; null for every other row.
void writeLeftOut(JsonWriter& json, const store::BankTransaction& row,
    const std::map<std::string, store::LeftOutRows::Said>& said)
{
    if (row.lane != store::lane::leftOut)
    {
        json.nullMember("left_out");
        return;
    }
    const auto found = said.find(row.rootKey);
    const bool known = found != said.end();
    json.key("left_out").beginObject();
    json.member("by", known ? found->second.by : std::string());
    writeTime(json, "at", known ? found->second.at : row.changedAt);
    json.member("reason", row.laneReason).endObject();
}

void writeHeld(JsonWriter& json, const store::BankTransaction& row,
    const std::map<std::string, store::LeftOutRows::Said>& said)
{
    json.beginObject().member("id", row.providerTransactionId).member("date", row.bookedOn);
    writeMoney(json, "amount", row.units, row.exponent, row.currency);
    json.member("exact", row.amountExact).member("rounded", row.rounded);
    json.member("name", row.name).member("merchant", row.merchant);
    json.member("pending", row.pending).member("reason", whyListed(row));
    json.member(
        "in_books", row.lane == store::lane::booked && row.entryMark != store::entryMark::removed);
    writeLeftOut(json, row, said);
    json.endObject();
}

/// As the books have it, by the name that the books know it by.
void writeEntry(JsonWriter& json, const store::BankTransaction& row)
{
    json.beginObject().member("id", row.rootKey).member("date", row.sentBookedOn);
    writeMoney(json, "amount", row.sentUnits, row.sentExponent, row.sentCurrency);
    json.member("name", row.name).member("merchant", row.merchant).endObject();
}

/// The account with its counts, as the overview has it.
void writeHead(
    JsonWriter& json, store::Unit& unit, const std::string& tenant, store::BankAccount account)
{
    const auto connection = store::ConnectionRepository(unit, tenant).find(account.connectionId);
    const auto counts = HeldRows(unit, tenant).ofAccounts({account.id});
    HeldAccount one{std::move(account), connection ? connection->institutionName : std::string(),
        connection ? connection->state : std::string()};
    json.key("account");
    writeAccount(json, one, countsOf(counts, one.account.id));
}

} // namespace

void Console::addHeldRoutes()
{
    route("GET", "api/held/accounts", Capability::View, Within::Tenant, &Console::heldAccounts);
    route("GET", "api/held", Capability::View, Within::BankAccount, &Console::held);
    route("GET", "api/held/entries", Capability::View, Within::BankAccount, &Console::heldEntries);
    route("POST", "api/held/decide", Capability::Link, Within::BankAccount, &Console::decideHeld);
}

Result<Answer> Console::heldAccounts(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    BF_LET(search, readSearch(valueOf(call.query, "search")));
    BF_LET(reason, reasonOf(call));
    const std::string after = valueOf(call.query, "after");
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            store::BankAccountRepository repository(unit, tenant);
            std::optional<store::BankAccountRepository::HeldPlace> place;
            if (!after.empty())
            {
                const auto last = repository.find(after);
                if (!last) return Error::notFound("account.unknown", "There is no such account.");
                const auto of = store::ConnectionRepository(unit, tenant).find(last->connectionId);
                place = {of ? of->institutionName : std::string(), last->name, last->id};
            }
            const auto accounts = repository.withHeld(reason, search, place, heldAccountsPerPage);
            std::vector<std::string> ids;
            for (const auto& one : accounts)
                ids.push_back(one.account.id);
            HeldRows rows(unit, tenant);
            JsonWriter json;
            json.beginObject();
            if (after.empty())
            {
                json.key("totals").beginObject();
                writeCounts(json, rows.totals());
                json.endObject();
            }
            else
                json.nullMember("totals");
            const auto counts = rows.ofAccounts(ids);
            json.key("accounts").beginArray();
            for (const auto& one : accounts)
                writeAccount(json, one, countsOf(counts, one.account.id));
            json.endArray();
            const bool full = accounts.size() == static_cast<std::size_t>(heldAccountsPerPage);
            writeTextOrNull(json, "next", full ? accounts.back().account.id : std::string());
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::held(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const std::string id = valueOf(call.query, "bank_account");
    BF_LET(reason, reasonOf(call));
    BF_LET(after, HeldKey::parse(valueOf(call.query, "after")));
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            auto account = store::BankAccountRepository(unit, tenant).find(id);
            if (!account) return Error::notFound("account.unknown", "There is no such account.");
            const auto rows =
                HeldRows(unit, tenant).page(id, reason, after.bookedOn, after.id, heldPageSize);
            std::vector<std::string> leftOut;
            for (const store::BankTransaction& row : rows)
                if (row.lane == store::lane::leftOut) leftOut.push_back(row.rootKey);
            const auto said = store::LeftOutRows(unit, tenant).of(leftOut);
            JsonWriter json;
            json.beginObject();
            if (after.bookedOn.empty())
                writeHead(json, unit, tenant, std::move(*account));
            else
                json.nullMember("account");
            json.key("transactions").beginArray();
            for (const store::BankTransaction& row : rows)
                writeHeld(json, row, said);
            json.endArray();
            if (rows.size() == heldPageSize)
                json.member("next", rows.back().bookedOn + "." + rows.back().providerTransactionId);
            else
                json.nullMember("next");
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::heldEntries(const Call& call)
{
    const std::string account = valueOf(call.query, "bank_account");
    const std::string transaction = valueOf(call.query, "transaction");
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            BF_LET(entries, sync::entriesLike(unit, call.principal.tenant, account, transaction));
            JsonWriter json;
            json.beginObject().key("entries").beginArray();
            for (const store::BankTransaction& entry : entries)
                writeEntry(json, entry);
            json.endArray().endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::decideHeld(const Call& call)
{
    BF_LET(decision, readOverlapDecision(call.request.body));
    const std::string& tenant = call.principal.tenant;
    BF_LET(written,
        ports_.database.write(
            [&](store::Unit& unit) -> Result<std::int64_t>
            {
                const store::Actor actor{call.principal.userId, call.principal.userName};
                const UtcTime now = ports_.clock.now();
                if (decision.choice == sync::OverlapChoice::ImportAgain)
                    return sync::importAgain(unit, tenant, actor,
                        {decision.bankAccountId, decision.transactions}, ports_.random, now);
                return sync::decideHeld(unit, tenant, actor, decision, ports_.random, now);
            }));
    if (written > 0) ports_.wake.wake(WakeReason::Pump);
    ports_.wake.wake(WakeReason::Jobs);
    const auto count = static_cast<std::int64_t>(decision.transactions.size());
    return Answer{202, JsonObject().number("decided", count).json()};
}

} // namespace bankfeed::console
