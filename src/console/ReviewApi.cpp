// The review: what is proposed, and what a person decides.
#include "accounts/Feedability.h"
#include "accounts/Review.h"
#include "accounts/StartDate.h"
#include "accounts/Unlinking.h"
#include "base/JsonText.h"
#include "console/AccountAnswers.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"

#include <algorithm>

namespace bankfeed::console
{

namespace
{

void writeTexts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts)
{
    json.key(name).beginArray();
    for (const std::string& text : texts)
        json.value(text);
    json.endArray();
}

void writeConflicts(JsonWriter& json, const std::vector<accounts::Conflict>& conflicts)
{
    json.key("conflicts").beginArray();
    for (const accounts::Conflict& conflict : conflicts)
    {
        json.beginObject().member("bank_account_id", conflict.bankAccountId);
        json.member("code", conflict.code).key("params").beginObject();
        for (const auto& [name, value] : conflict.params)
            json.member(name, value);
        json.endObject();
        writeTexts(json, "choices", conflict.choices);
        json.endObject();
    }
    json.endArray();
}

void writeProposal(JsonWriter& json, const std::optional<accounts::Proposal>& proposal)
{
    if (!proposal)
    {
        json.nullMember("proposal");
        return;
    }
    json.key("proposal").beginObject();
    if (proposal->choice == accounts::Choice::Existing)
        json.member("choice", "existing").member("ledger_account_id", proposal->ledgerAccountId);
    else
        json.member("choice", "new").member("name", proposal->name);
    writeTexts(json, "evidence", proposal->evidence);
    // A proposal is never applied without a person.
    json.member("automatic", false).endObject();
}

void writeFailure(JsonWriter& json, const std::vector<store::FailedWish>& failed,
    const std::string& bankAccountId)
{
    for (const store::FailedWish& wish : failed)
    {
        if (wish.bankAccountId != bankAccountId) continue;
        json.key("failure").beginObject().member("code", failureCode(wish));
        json.member("name", wish.name);
        json.member("text", wish.errorText).endObject();
        return;
    }
    json.nullMember("failure");
}

/// Who the other row of a relation is, also of another connection.
void writeOtherRow(
    JsonWriter& json, const store::BankAccount& other, const accounts::Identity& identity)
{
    const store::Connection* connection = identity.connectionOf(other);
    json.member("bank_account_id", other.id).member("connection_id", other.connectionId);
    json.member("name", other.name);
    writeTextOrNull(json, "mask", other.mask);
    json.member("institution", connection == nullptr ? std::string() : connection->institutionName);
}

void writeRelation(
    JsonWriter& json, const accounts::ReviewRow& row, const accounts::Identity& identity)
{
    const store::BankAccount* other =
        row.relation ? identity.find(row.relation->bankAccountId) : nullptr;
    if (other == nullptr)
        json.nullMember("relation");
    else
    {
        json.key("relation").beginObject().member("kind", row.relation->kind);
        writeOtherRow(json, *other, identity);
        writeTexts(json, "evidence", row.relation->evidence);
        json.endObject();
    }
    if (!row.successor)
    {
        json.nullMember("successor");
        return;
    }
    json.key("successor").beginObject();
    writeOtherRow(json, row.successor->account, identity);
    json.member("feeds", row.successor->feeds);
    writeTime(json, "since", row.successor->since);
    json.endObject();
}

void writeRow(JsonWriter& json, const accounts::ReviewRow& row, const BankAccountView& account,
    const accounts::Identity& identity, const std::vector<store::FailedWish>& failed)
{
    json.beginObject().key("account");
    writeBankAccount(json, account);
    json.member("is_new", row.isNew).member("version", accounts::versionOf(row.account));
    writeTextOrNull(json, "decided_by", row.account.decidedBy);
    writeTime(json, "decided_at", row.account.decidedAt);
    writeProposal(json, row.proposal);
    writeRelation(json, row, identity);
    if (row.startDateDefault)
        json.member("start_date_default", row.startDateDefault->text());
    else
        json.nullMember("start_date_default");
    if (row.before)
    {
        json.key("feed_before").beginObject();
        json.member("bank_account_id", row.before->bankAccountId);
        json.member("ledger_account_id", row.before->ledgerAccountId);
        json.member("from", row.before->from.text());
        json.member("until", row.before->until.text()).endObject();
    }
    else
        json.nullMember("feed_before");
    json.member("name_default", row.nameDefault);
    writeFailure(json, failed, row.account.id);
    writeConflicts(json, row.conflicts);
    json.endObject();
}

void writeLedgerAccount(JsonWriter& json, const accounts::ReviewLedgerAccount& one)
{
    const LedgerAccount& account = one.account;
    json.beginObject().member("id", account.id).member("name", account.name);
    json.member("type", accounts::nameOf(account.type)).member("currency", account.currency);
    json.member("exponent", account.exponent);
    writeMoney(json, "balance", account.balanceUnits, account.exponent, account.currency);
    if (account.lastEntryOn)
        json.member("last_entry_on", account.lastEntryOn->text());
    else
        json.nullMember("last_entry_on");
    json.member("open", account.open);
    if (one.fedBy != nullptr)
    {
        json.key("fed_by").beginObject().member("bank_account_id", one.fedBy->bankAccountId);
        json.member("name", one.fedBy->name);
        writeTextOrNull(json, "mask", one.fedBy->mask);
        json.member("institution", one.fedBy->institution).endObject();
    }
    else
        json.nullMember("fed_by");
    json.endObject();
}

} // namespace

void Console::addReviewRoutes()
{
    route("GET", "api/connections/{id}/review", Capability::View, Within::Connection,
        &Console::review);
    route("POST", "api/connections/{id}/review", Capability::Link, Within::Connection,
        &Console::applyReview);
    route("POST", "api/links/{id}/start-date", Capability::Link, Within::AccountLink,
        &Console::changeStart);
    route("POST", "api/links/{id}/end", Capability::Link, Within::AccountLink, &Console::endLink);
}

Result<Answer> Console::review(const Call& call)
{
    const std::string& tenant = call.principal.tenant;
    const UtcTime now = ports_.clock.now();
    ports_.booksLookedAt(tenant);
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            BF_LET(review, accounts::Review::build(unit, tenant, call.path.at("id")));
            const auto view = ConnectionView::load(unit, tenant, review.connection, now);
            JsonWriter json;
            json.beginObject().key("connection");
            writeConnection(json, view, false, settings_);
            json.key("accounts").beginArray();
            for (const accounts::ReviewRow& row : review.rows)
                if (const BankAccountView* account = view.find(row.account.id))
                    writeRow(json, row, *account, review.identity, view.failed);
            json.endArray().key("ledger_accounts").beginArray();
            for (const accounts::ReviewLedgerAccount& account : review.ledgerAccounts)
                writeLedgerAccount(json, account);
            json.endArray().endObject();
            return Answer{200, std::move(json).text()};
        });
}

Result<Answer> Console::applyReview(const Call& call)
{
    BF_LET(decisions, readDecisions(call.request.body));
    const store::Actor actor{call.principal.userId, call.principal.userName};
    BF_LET(applied,
        linking_.apply(call.principal.tenant, actor, call.path.at("id"), std::move(decisions)));
    JsonWriter json;
    if (!applied.conflicts.empty())
    {
        json.beginObject();
        writeConflicts(json, applied.conflicts);
        json.endObject();
        // Then there is nothing to choose: the review that was answered is not the latest.
        const bool meanwhile = std::all_of(applied.conflicts.begin(), applied.conflicts.end(),
            [](const accounts::Conflict& conflict) { return conflict.decidedMeanwhile; });
        if (meanwhile)
            return Answer{409, errorJson("review.decided_meanwhile", json.text(),
                                   "Nothing was applied: these accounts were decided meanwhile.")};
        return Answer{
            409, errorJson("review.conflict", json.text(),
                     "Nothing was applied: some decisions stand against what is in the books.")};
    }
    json.beginObject().member("linked", applied.linked).member("aside", applied.aside);
    json.member("later", applied.later).endObject();
    return Answer{202, std::move(json).text()};
}

Result<Answer> Console::changeStart(const Call& call)
{
    BF_LET(wish, readStartDate(call.request.body));
    wish.linkId = call.path.at("id");
    const std::string& tenant = call.principal.tenant;
    BF_LET(change, ports_.database.write(
                       [&](store::Unit& unit) -> Result<accounts::StartDateChange>
                       {
                           return accounts::changeStartDate(unit, tenant,
                               {call.principal.userId, call.principal.userName}, wish,
                               ports_.random, ports_.clock.now());
                       }));
    if (change.conflict == "link.not_active")
        return Answer{
            409, errorJson(change.conflict, "{}", "The link does not feed anything now.")};
    if (change.conflict == "link.start_in_future")
        return Answer{
            409, errorJson(change.conflict, JsonObject().text("latest", change.day).json(),
                     "No bank has reached that day.")};
    if (!change.conflict.empty())
        return Answer{
            409, errorJson(change.conflict, JsonObject().text("last_entry_on", change.day).json(),
                     "The books have entries of their own up to that day.")};
    if (change.earlier) ports_.wake.wake(WakeReason::Jobs);
    JsonWriter json;
    json.beginObject().member("id", wish.linkId).member("releasing", change.earlier);
    json.member("stay", change.stay).endObject();
    return Answer{202, std::move(json).text()};
}

Result<Answer> Console::endLink(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    const std::string& link = call.path.at("id");
    BF_LET(ended, ports_.database.write(
                      [&](store::Unit& unit) -> Result<accounts::Unlinked>
                      {
                          return accounts::stopFeeding(unit, call.principal.tenant,
                              {call.principal.userId, call.principal.userName}, link, ports_.random,
                              ports_.clock.now());
                      }));
    if (ended.conflict == "link.not_active")
        return Answer{409, errorJson(ended.conflict, "{}", "The link does not feed anything now.")};
    if (!ended.conflict.empty())
        return Answer{409, errorJson(ended.conflict, "{}",
                               "The books are being asked for the ledger account; wait for them.")};
    ports_.wake.wake(WakeReason::Jobs);
    return Answer{
        202, JsonObject().text("id", link).text("bank_account_id", ended.bankAccountId).json()};
}

} // namespace bankfeed::console
