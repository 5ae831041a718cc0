// What is kept: notices, proofs.
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

namespace bankfeed::console
{

void Console::addRecordsRoutes()
{
    route("POST", "api/notices/{id}/dismiss", Capability::Link, Within::Notice,
        &Console::dismissNotice);
    route("GET", "api/bank-accounts/{id}/proofs", Capability::View, Within::BankAccount,
        &Console::proofs);
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
