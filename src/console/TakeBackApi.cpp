// What it means to take back that an account goes on with the feed of another, and that it is done.
#include "base/JsonText.h"
#include "console/Answers.h"
#include "console/Console.h"
#include "console/RequestReader.h"
#include "engine/TakingBack.h"

#include <string>
#include <string_view>

namespace bankfeed::console
{

namespace
{

std::string_view textOf(std::string_view conflict)
{
    if (conflict == "link.not_active") return "The link does not feed anything now.";
    if (conflict == "link.continues_nothing")
        return "The link goes on with nobody's feed: end it, or undo its imports.";
    if (conflict == "import.busy") return "An import of its connection is being undone or redone.";
    return "The ledger account is being looked at in the books; wait for them.";
}

void writeOldAccount(JsonWriter& json, const engine::TakeBackView& view)
{
    if (!view.oldAccount)
    {
        json.nullMember("old_account");
        return;
    }
    json.key("old_account").beginObject().member("bank_account_id", view.oldAccount->id);
    json.member("connection_id", view.oldAccount->connectionId);
    json.member("name", view.oldAccount->name);
    writeTextOrNull(json, "mask", view.oldAccount->mask);
    json.member("institution", view.oldConnectionName).endObject();
}

std::string previewJson(const engine::TakeBackView& view)
{
    const store::AccountLink& link = view.link;
    JsonWriter json;
    json.beginObject().member("id", link.id).member("bank_account_id", link.bankAccountId);
    writeTextOrNull(json, "conflict", view.conflict);
    json.member("under_way", link.state == store::linkState::takingBack);
    json.member("ledger_account_name", view.ledgerAccountName);
    writeOldAccount(json, view);
    json.member("feeds_again", view.oldAccount.has_value() && view.whyNotAgain.empty());
    writeTextOrNull(json, "why_not", view.whyNotAgain);
    json.member("gives_back", view.counts.givesBack).member("takes_out", view.counts.takesOut);
    json.member("waiting", view.counts.waiting).key("stay").beginArray();
    for (const auto& [reason, count] : view.counts.stay)
        json.beginObject().member("reason", reason).member("count", count).endObject();
    json.endArray();
    if (link.openingRevision > 0 && link.openingUnits != 0)
        writeMoney(json, "opening_balance", link.openingUnits, view.account.exponent,
            view.account.currency);
    else
        json.nullMember("opening_balance");
    json.endObject();
    return std::move(json).text();
}

} // namespace

void Console::addTakeBackRoutes()
{
    route("GET", "api/links/{id}/take-back", Capability::View, Within::AccountLink,
        &Console::takeBackPreview);
    route("POST", "api/links/{id}/take-back", Capability::Link, Within::AccountLink,
        &Console::takeBack);
}

Result<Answer> Console::takeBackPreview(const Call& call)
{
    return ports_.database.read(
        [&](store::Unit& unit) -> Result<Answer>
        {
            BF_LET(view, engine::TakeBackView::load(
                             unit, call.principal.tenant, call.path.at("id"), ports_.clock.now()));
            return Answer{200, previewJson(view)};
        });
}

Result<Answer> Console::takeBack(const Call& call)
{
    BF_TRY(readNothing(call.request.body));
    BF_LET(view, ports_.database.write(
                     [&](store::Unit& unit) -> Result<engine::TakeBackView>
                     {
                         return engine::askTakeBack(unit, call.principal.tenant,
                             {call.principal.userId, call.principal.userName}, call.path.at("id"),
                             ports_.random, ports_.clock.now());
                     }));
    if (!view.conflict.empty())
        return Answer{409, errorJson(view.conflict, "{}", std::string(textOf(view.conflict)))};
    ports_.wake.wake(WakeReason::Jobs);
    return Answer{202, JsonObject()
                           .text("id", view.link.id)
                           .text("bank_account_id", view.account.id)
                           .text("state", store::linkState::takingBack)
                           .json()};
}

} // namespace bankfeed::console
