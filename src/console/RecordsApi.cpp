// What is kept: held transactions, notices, proofs.
#include "base/Date.h"
#include "base/JsonText.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "store/AuditRepository.h"
#include "store/BalanceProofRepository.h"
#include "store/BankAccountRepository.h"
#include "store/NoticeRepository.h"
#include "store/OutboxRepository.h"
#include "store/RestoredBooks.h"
#include "store/TransactionRepository.h"
#include "sync/FreedRows.h"
#include "sync/HeldDecision.h"

#include <map>

namespace bankfeed::console
{

namespace
{

constexpr std::size_t heldPageSize = 100;
constexpr std::size_t dateBytes = 10;

std::string valueOf(const std::map<std::string, std::string>& query, const char* name)
{
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
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

void writeHeld(JsonWriter& json, const store::BankTransaction& row)
{
    json.beginObject().member("id", row.providerTransactionId).member("date", row.bookedOn);
    writeMoney(json, "amount", row.units, row.exponent, row.currency);
    json.member("exact", row.amountExact).member("rounded", row.rounded);
    json.member("name", row.name).member("merchant", row.merchant);
    json.member("pending", row.pending).member("reason", row.laneReason);
    json.member(
        "in_books", row.lane == store::lane::booked && row.entryMark != store::entryMark::removed);
    json.endObject();
}

/// As the books have it, by the name that the books know it by.
void writeEntry(JsonWriter& json, const store::BankTransaction& row)
{
    json.beginObject().member("id", row.rootKey).member("date", row.sentBookedOn);
    writeMoney(json, "amount", row.sentUnits, row.sentExponent, row.sentCurrency);
    json.member("name", row.name).member("merchant", row.merchant).endObject();
}

} // namespace

void Console::addRecordsRoutes()
{
    route("GET", "api/held", Capability::View, Within::BankAccount, &Console::held);
    route("GET", "api/held/entries", Capability::View, Within::BankAccount, &Console::heldEntries);
    route("POST", "api/held/decide", Capability::Link, Within::BankAccount, &Console::decideHeld);
    route("POST", "api/notices/{id}/dismiss", Capability::Link, Within::Notice,
        &Console::dismissNotice);
    route("GET", "api/bank-accounts/{id}/proofs", Capability::View, Within::BankAccount,
        &Console::proofs);
}

Result<Answer> Console::held(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const std::string account = valueOf(call.query, "bank_account");
    BF_LET(after, HeldKey::parse(valueOf(call.query, "after")));
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            if (!store::BankAccountRepository(unit, tenant).find(account))
                return Error::notFound("account.unknown", "There is no such account.");
            const auto rows = store::TransactionRepository(unit, tenant)
                                  .heldPage(account, after.bookedOn, after.id, heldPageSize);
            JsonWriter json;
            json.beginObject().key("transactions").beginArray();
            for (const store::BankTransaction& row : rows)
                writeHeld(json, row);
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

Result<Answer> Console::dismissNotice(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& tenant = call.principal.tenant;
    const std::string& id = call.path.at("id");
    const UtcTime now = ports_.clock.now();
    BF_TRY(ports_.database.write(
        [&](store::Unit& unit) -> Result<void>
        {
            store::NoticeRepository notices(unit, tenant);
            const auto found = notices.findOpen(id);
            if (!found) return Error::notFound("notice.unknown", "There is no such notice.");
            const bool fed = found->kind == store::notice::feedHeld &&
                             store::OutboxRepository(unit, tenant).hasSource(found->subject);
            if (!isDismissible(*found, fed))
                return Error::conflict(
                    "notice.not_dismissible", "The notice clears itself with its cause.");
            notices.clear(found->kind, found->subject, now);
            if (found->kind == store::notice::removalsBack)
                store::RestoredBooks(unit, tenant).forgetBack(found->subject);
            store::AuditRepository(unit, tenant)
                .append(now, {call.principal.userId, call.principal.userName}, "notice.dismissed",
                    found->subject,
                    JsonObject().text("kind", found->kind).raw("params", found->params).json());
            return success();
        }));
    return Answer{202, JsonObject().text("id", id).json()};
}

Result<Answer> Console::proofs(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            const auto account =
                store::BankAccountRepository(unit, tenant).find(call.path.at("id"));
            if (!account) return Error::notFound("account.unknown", "There is no such account.");
            JsonWriter json;
            json.beginObject().member("currency", account->currency).key("proofs").beginArray();
            for (const auto& past : store::BalanceProofRepository(unit, tenant).past(account->id))
            {
                json.beginObject();
                writeTime(json, "at", past.at);
                json.member("state", past.state).member("reason", past.reason);
                writeTextOrNull(json, "bank", past.bank);
                writeTextOrNull(json, "ledger", past.ledger);
                writeTextOrNull(json, "difference", past.difference);
                writeTextOrNull(json, "unexplained", past.unexplained);
                json.endObject();
            }
            json.endArray().endObject();
            return Answer{200, std::move(json).text()};
        });
}

} // namespace bankfeed::console
