#include "accounts/Attention.h"

#include "base/JsonWriter.h"
#include "store/AuditRepository.h"
#include "store/BankAccountRepository.h"
#include "store/JobRepository.h"
#include "store/LinkSessionRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>

namespace bankfeed::accounts
{

std::int64_t Attention::refresh(const store::Connection& connection, bool justRead)
{
    if (connection.newAccountsSince && actedOn(connection, justRead))
    {
        store::ConnectionRepository(unit_, tenant_)
            .setNewAccountsSince(connection.id, std::nullopt);
        clear(store::notice::newAccounts, connection.id);
    }
    store::BankAccountRepository accounts(unit_, tenant_);
    const std::int64_t waiting = connection.state == store::connectionState::removed
                                     ? 0
                                     : accounts.countToDecide(connection.id);
    if (waiting > 0)
    {
        JsonWriter params;
        params.beginObject()
            .member("institution", connection.institutionName)
            .member("count", waiting)
            .endObject();
        open(store::notice::accountsToDecide, connection.id, "info", params.text());
        return waiting;
    }
    clear(store::notice::accountsToDecide, connection.id);
    return 0;
}

bool Attention::actedOn(const store::Connection& connection, bool justRead)
{
    const UtcTime since = *connection.newAccountsSince;
    const auto accounts = store::BankAccountRepository(unit_, tenant_).ofConnection(connection.id);
    const bool appeared = std::any_of(accounts.begin(), accounts.end(),
        [&](const store::BankAccount& account) { return account.firstSeenAt >= since; });
    if (appeared) return true;
    if (!store::LinkSessionRepository(unit_, tenant_).accountsChosenSince(connection.id, since))
        return false;
    // The session has ended, but what it brought may still be on its way.
    return justRead ||
           !store::JobRepository(unit_).status(tenant_, store::job::refresh, connection.id).exists;
}

void Attention::open(std::string_view kind, const std::string& subject, std::string_view severity,
    const std::string& params)
{
    store::NoticeRepository(unit_, tenant_).open(random_, kind, subject, severity, params, now_);
}

void Attention::clear(std::string_view kind, const std::string& subject)
{
    if (!store::NoticeRepository(unit_, tenant_).clear(kind, subject, now_)) return;
    JsonWriter detail;
    detail.beginObject().member("kind", kind).endObject();
    store::AuditRepository(unit_, tenant_)
        .append(now_, store::Actor::system(), "notice.cleared", subject, detail.text());
}

} // namespace bankfeed::accounts
