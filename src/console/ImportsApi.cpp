// Imports: what each run booked, and how it is taken back.
#include "base/JsonText.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "store/BookFacts.h"
#include "store/ConnectionRepository.h"
#include "store/ImportRepository.h"
#include "store/LedgerAccountRepository.h"
#include "store/LinkedAccountRepository.h"
#include "sync/Booking.h"
#include "sync/Imports.h"

#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace bankfeed::console
{

namespace
{

constexpr std::size_t importsPageSize = 50;
constexpr std::size_t protectedPageSize = 100;

std::string valueOf(const std::map<std::string, std::string>& query, const char* name)
{
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
}

/// A page begins behind "{nanoseconds}.{id}".
struct ImportKey
{
    std::int64_t beganAt = 0;
    std::string id;

    [[nodiscard]] static Result<ImportKey> parse(const std::string& text)
    {
        ImportKey key;
        if (text.empty()) return key;
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, key.beganAt);
        if (read.ec != std::errc() || read.ptr == end || *read.ptr != '.' || read.ptr + 1 == end)
            return Error::invalid("console.query", "The key is malformed.");
        key.id.assign(read.ptr + 1, end);
        return key;
    }
};

/// Where the rows of an import stand, of one bank account or of all.
struct Standing
{
    std::int64_t rows = 0;
    std::int64_t booked = 0;
    std::int64_t undone = 0;
    std::int64_t undoable = 0;
    std::map<std::string, std::int64_t, std::less<>> protectedRows; ///< By reason.
    std::string first;
    std::string last;

    void add(const store::ImportRepository::Count& count)
    {
        store::BankTransaction row; // As much of one as the judgement asks for.
        row.lane = count.lane;
        row.laneReason = count.laneReason;
        row.entryMark = count.entryMark;
        row.revision = count.lane == store::lane::booked ? 1 : 0;
        row.sentFingerprint = count.lane == store::lane::booked ? "told." : ".";
        store::ClosedPeriods closed;
        if (count.periodClosed)
        {
            row.sentBookedOn = count.last;
            closed.close("", count.last);
        }
        std::set<std::string> closedAccounts;
        if (count.accountClosed) closedAccounts.insert(row.sentLedgerAccountId);
        const auto reason = sync::protectedBy(row, closed, closedAccounts);
        rows += count.rows;
        if (sync::inTheBooks(row)) booked += count.rows;
        if (!reason.empty())
            protectedRows[std::string(reason)] += count.rows;
        else
            (sync::isUndone(row) ? undone : undoable) += count.rows;
        if (first.empty() || count.first < first) first = count.first;
        if (count.last > last) last = count.last;
    }
};

void writeStanding(JsonWriter& json, const Standing& standing)
{
    json.member("rows", standing.rows).member("booked", standing.booked);
    json.member("undone", standing.undone).member("can_undo", standing.undoable);
    json.key("protected").beginArray();
    for (const auto& [reason, count] : standing.protectedRows)
        json.beginObject().member("reason", reason).member("count", count).endObject();
    json.endArray();
    writeTextOrNull(json, "first_date", standing.first);
    writeTextOrNull(json, "last_date", standing.last);
}

void writeHead(
    JsonWriter& json, store::Unit& unit, const std::string& tenant, const store::Import& import)
{
    const auto connection = store::ConnectionRepository(unit, tenant).find(import.connectionId);
    json.member("id", import.id).member("connection_id", import.connectionId);
    json.member("institution", connection ? connection->institutionName : std::string());
    json.member("cause", import.cause);
    writeTextOrNull(json, "by", import.by);
    writeTime(json, "began_at", import.beganAt);
    writeTime(json, "ended_at", import.endedAt);
    json.member("rows_booked", import.rows).member("state", import.state);
    writeTextOrNull(json, "asked_by", import.askedBy);
    writeTime(json, "undone_at", import.undoneAt);
}

void writeAccounts(JsonWriter& json, store::Unit& unit, const std::string& tenant,
    const std::map<std::string, Standing>& byAccount)
{
    store::BankAccountRepository accounts(unit, tenant);
    store::AccountLinkRepository links(unit, tenant);
    store::LedgerAccountRepository ledger(unit, tenant);
    json.key("accounts").beginArray();
    for (const auto& [id, standing] : byAccount)
    {
        const auto account = accounts.find(id);
        if (!account) continue;
        auto link = links.ofBankAccount(id);
        if (!link) link = links.lastEnded(id);
        const auto fed =
            link && link->ledgerAccountId ? ledger.find(*link->ledgerAccountId) : std::nullopt;
        json.beginObject().member("bank_account_id", id).member("name", account->name);
        writeTextOrNull(json, "mask", account->mask);
        writeTextOrNull(json, "ledger_account_name", fed ? fed->name : std::string());
        // It stays as it is: rows that are undone are missing in the books, and it says so.
        if (link && link->openingRevision > 0)
            writeMoney(
                json, "opening_balance", link->openingUnits, account->exponent, account->currency);
        else
            json.nullMember("opening_balance");
        writeStanding(json, standing);
        json.endObject();
    }
    json.endArray();
}

void writeProtected(JsonWriter& json, const store::BankTransaction& row, std::string_view reason)
{
    json.beginObject().member("id", row.providerTransactionId);
    json.member("bank_account_id", row.bankAccountId).member("date", row.bookedOn);
    writeMoney(json, "amount", row.units, row.exponent, row.currency);
    json.member("name", row.name).member("merchant", row.merchant);
    json.member("reason", reason).endObject();
}

} // namespace

void Console::addImportsRoutes()
{
    route("GET", "api/imports", Capability::View, Within::Tenant, &Console::imports);
    route("GET", "api/imports/{id}", Capability::View, Within::Import, &Console::import);
    route("GET", "api/imports/{id}/protected", Capability::View, Within::Import,
        &Console::protectedRows);
    route("POST", "api/imports/{id}/undo", Capability::Link, Within::Import, &Console::undoImport);
    route("POST", "api/imports/{id}/redo", Capability::Link, Within::Import, &Console::redoImport);
}

Result<Answer> Console::imports(const Call& call)
{
    BF_LET(before, ImportKey::parse(valueOf(call.query, "before")));
    const std::string& tenant = call.principal.tenant;
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            const auto page = store::ImportRepository(unit, tenant)
                                  .page(before.beganAt, before.id, importsPageSize);
            JsonWriter json;
            json.beginObject().key("imports").beginArray();
            for (const store::Import& import : page)
            {
                json.beginObject();
                writeHead(json, unit, tenant, import);
                json.endObject();
            }
            json.endArray();
            if (page.size() == importsPageSize)
                json.member("next", std::to_string(page.back().beganAt.ns) + "." + page.back().id);
            else
                json.nullMember("next");
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::import(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            store::ImportRepository imports(unit, tenant);
            const auto import = imports.find(call.path.at("id"));
            if (!import) return Error::notFound("import.unknown", "There is no such import.");
            Standing all;
            std::map<std::string, Standing> byAccount;
            for (const auto& count : imports.counts(*import, ports_.clock.now()))
            {
                all.add(count);
                byAccount[count.bankAccountId].add(count);
            }
            JsonWriter json;
            json.beginObject();
            writeHead(json, unit, tenant, *import);
            writeStanding(json, all);
            writeAccounts(json, unit, tenant, byAccount);
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::protectedRows(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            store::ImportRepository imports(unit, tenant);
            const auto import = imports.find(call.path.at("id"));
            if (!import) return Error::notFound("import.unknown", "There is no such import.");
            const UtcTime now = ports_.clock.now();
            const auto rows =
                imports.elsewhere(*import, valueOf(call.query, "after"), protectedPageSize, now);
            store::BookFacts facts(unit, tenant);
            const auto closed = facts.periods(now);
            const auto closedAccounts = facts.closedAccounts(sync::ledgerAccountsOf(rows), now);
            JsonWriter json;
            json.beginObject().key("transactions").beginArray();
            for (const auto& row : rows)
                writeProtected(json, row, sync::protectedBy(row, closed, closedAccounts));
            json.endArray();
            if (rows.size() == protectedPageSize)
                json.member("next", rows.back().providerTransactionId);
            else
                json.nullMember("next");
            json.endObject();
            return Answer{200, std::move(json).text()};
        });
}

namespace
{

/// What both changes of an import have in common.
using AskImport = Result<store::Import> (*)(
    store::Unit&, const std::string&, const store::Actor&, const std::string&, Random&, UtcTime);

Result<Answer> askImport(const ConsolePorts& ports, const Call& call, AskImport ask)
{
    BF_TRY(readNothing(call.request.body));
    BF_LET(import, ports.database.write(
                       [&](store::Unit& unit) -> Result<store::Import>
                       {
                           return ask(unit, call.principal.tenant,
                               {call.principal.userId, call.principal.userName}, call.path.at("id"),
                               ports.random, ports.clock.now());
                       }));
    ports.wake.wake(WakeReason::Jobs);
    return Answer{202, JsonObject().text("id", import.id).text("state", import.state).json()};
}

} // namespace

Result<Answer> Console::undoImport(const Call& call)
{
    return askImport(ports_, call, &sync::askUndo);
}

Result<Answer> Console::redoImport(const Call& call)
{
    return askImport(ports_, call, &sync::askRedo);
}

} // namespace bankfeed::console
