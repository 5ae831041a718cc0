// Activity: the audit log, whether it is whole, and what banks changed.
#include "base/JsonText.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/BankChangeRepository.h"
#include "store/ConnectionRepository.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace bankfeed::console
{

namespace
{

constexpr std::int64_t activityPageSize = 50;
constexpr std::size_t changesPageSize = 50;
constexpr std::int64_t checkedAtOnce = 1'000;
constexpr std::size_t peopleMost = 100;
constexpr std::size_t connectionsMost = 500; ///< Of a choice; the newest.
constexpr std::size_t hashBytes = 64;

std::string valueOf(const std::map<std::string, std::string>& query, const char* name)
{
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
}

/// A whole number from 1 on; 0 for "".
Result<std::int64_t> numberOf(std::string_view text)
{
    std::int64_t number = 0;
    if (text.empty()) return number;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < 1)
        return Error::invalid("console.query", "The number is malformed.");
    return number;
}

/// "12.{hash}": the entry up to which the log was found whole, as this API gave it.
Result<store::AuditPosition> positionOf(const std::string& text)
{
    store::AuditPosition position;
    if (text.empty()) return position;
    const auto dot = text.find('.');
    const std::string hash = dot == std::string::npos ? "" : text.substr(dot + 1);
    const bool shaped =
        hash.size() == hashBytes && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (dot == 0 || !shaped) return Error::invalid("console.query", "The position is malformed.");
    BF_LET(seq, numberOf(text.substr(0, dot)));
    position.seq = seq;
    position.hash = hash;
    return position;
}

/// "{nanoseconds}.{id}": behind this change.
Result<std::optional<store::BankChangeRepository::Key>> changeKeyOf(const std::string& text)
{
    if (text.empty()) return std::optional<store::BankChangeRepository::Key>();
    const auto dot = text.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == text.size())
        return Error::invalid("console.query", "The key is malformed.");
    BF_LET(at, numberOf(text.substr(0, dot)));
    return std::optional(store::BankChangeRepository::Key{{at}, text.substr(dot + 1)});
}

void writeEntry(JsonWriter& json, const store::AuditEntry& entry)
{
    json.beginObject().member("seq", entry.seq);
    writeTime(json, "at", entry.at);
    json.member("actor", entry.actor.name).member("actor_id", entry.actor.id);
    json.member("action", entry.action).member("subject", entry.subject);
    json.key("detail").raw(entry.detail.empty() ? "{}" : entry.detail).endObject();
}

void writeWord(JsonWriter& json, std::string_view name, const store::BankChange::Word& word)
{
    json.key(name).beginObject().member("date", word.bookedOn).member("exact", word.amountExact);
    json.member("currency", word.currency).member("exponent", word.exponent);
    json.member("name", word.name).member("merchant", word.merchant);
    json.member("category", word.category).member("pending", word.pending).endObject();
}

/// The account's names are read once for each account of a page.
class ChangeWriter
{
public:
    ChangeWriter(JsonWriter& json, store::Unit& unit, const std::string& tenant)
        : json_(json), accounts_(unit, tenant)
    {
    }

    void write(const store::BankChange& change)
    {
        if (!known_.contains(change.bankAccountId))
            known_[change.bankAccountId] = accounts_.find(change.bankAccountId);
        const auto& account = known_[change.bankAccountId];
        json_.beginObject();
        writeTime(json_, "at", change.at);
        json_.member("kind", change.kind).member("outcome", change.outcome);
        json_.member("id", change.transactionId).member("connection_id", change.connectionId);
        json_.member("bank_account_id", change.bankAccountId);
        json_.member("account", account ? account->name : std::string());
        writeTextOrNull(json_, "mask", account ? account->mask : std::string());
        writeWord(json_, "before", change.before);
        if (change.kind == store::bankChange::takenBack)
            json_.nullMember("after");
        else
            writeWord(json_, "after", change.after);
        json_.endObject();
    }

private:
    JsonWriter& json_;
    store::BankAccountRepository accounts_;
    std::map<std::string, std::optional<store::BankAccount>> known_;
};

} // namespace

void Console::addActivityRoutes()
{
    route("GET", "api/activity", Capability::View, Within::Tenant, &Console::activity);
    route("GET", "api/activity/check", Capability::View, Within::Tenant, &Console::checkActivity);
    route(
        "GET", "api/activity/choices", Capability::View, Within::Tenant, &Console::activityChoices);
    route("GET", "api/changes", Capability::View, Within::Tenant, &Console::bankChanges);
}

Result<Answer> Console::activity(const Call& call)
{
    BF_LET(before, numberOf(valueOf(call.query, "before")));
    const bool malformed = call.query.contains("before") && before == 0;
    if (malformed) return Error::invalid("console.query", "The number is malformed.");
    const store::AuditFilter filter{valueOf(call.query, "person"),
        valueOf(call.query, "connection"), valueOf(call.query, "bank_account")};
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            const auto entries = store::AuditRepository(unit, call.principal.tenant)
                                     .entries(before, activityPageSize, filter);
            JsonWriter json;
            json.beginObject().key("entries").beginArray();
            for (const store::AuditEntry& entry : entries)
                writeEntry(json, entry);
            json.endArray();
            const bool more = std::ssize(entries) == activityPageSize && entries.back().seq > 1;
            if (more)
                json.member("next", entries.back().seq);
            else
                json.nullMember("next");
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::checkActivity(const Call& call)
{
    BF_LET(from, positionOf(valueOf(call.query, "after")));
    const UtcTime now = ports_.clock.now();
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            const auto check =
                store::AuditRepository(unit, call.principal.tenant).check(from, checkedAtOnce);
            JsonWriter json;
            json.beginObject();
            writeTime(json, "at", now);
            if (check.upTo.seq == 0)
                json.nullMember("up_to");
            else
                json.key("up_to")
                    .beginObject()
                    .member("seq", check.upTo.seq)
                    .member("hash", check.upTo.hash)
                    .endObject();
            json.member("at_head", check.broken == 0 && check.atHead);
            if (check.broken == 0)
                json.nullMember("broken");
            else
                json.member("broken", check.broken);
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::activityChoices(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const std::string chosen = valueOf(call.query, "connection");
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            JsonWriter json;
            json.beginObject().key("people").beginArray();
            for (const auto& one : store::AuditRepository(unit, tenant).actors(peopleMost))
                json.beginObject().member("id", one.id).member("name", one.name).endObject();
            json.endArray().key("connections").beginArray();
            auto connections = store::ConnectionRepository(unit, tenant).all();
            if (connections.size() > connectionsMost)
                connections.erase(connections.begin(), connections.end() - connectionsMost);
            for (const auto& one : connections)
                json.beginObject()
                    .member("id", one.id)
                    .member("institution", one.institutionName)
                    .endObject();
            json.endArray().key("accounts").beginArray();
            if (!chosen.empty())
                for (const auto& one :
                    store::BankAccountRepository(unit, tenant).ofConnection(chosen))
                {
                    json.beginObject().member("id", one.id).member("name", one.name);
                    writeTextOrNull(json, "mask", one.mask);
                    json.endObject();
                }
            json.endArray().endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::bankChanges(const Call& call)
{
    BF_LET(before, changeKeyOf(valueOf(call.query, "before")));
    const std::string& tenant = call.principal.tenant;
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            const auto changes =
                store::BankChangeRepository(unit, tenant)
                    .page(valueOf(call.query, "connection"), valueOf(call.query, "bank_account"),
                        before, changesPageSize);
            JsonWriter json;
            json.beginObject().key("changes").beginArray();
            ChangeWriter writer(json, unit, tenant);
            for (const auto& change : changes)
                writer.write(change);
            json.endArray();
            if (changes.size() == changesPageSize)
                json.member("next",
                    std::to_string(changes.back().at.ns) + "." + changes.back().transactionId);
            else
                json.nullMember("next");
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

} // namespace bankfeed::console
