#include "link/DuplicateLogin.h"

#include "base/Limits.h"
#include "base/Utf8.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"

#include <algorithm>

namespace bankfeed::link
{

namespace
{

bool sameAccount(const LinkAccount& shown, const store::BankAccount& known)
{
    // Stored texts went through safeText.
    return safeText(shown.name, limits::textBytes) == known.name &&
           safeText(shown.mask, 16) == known.mask && safeText(shown.subtype, 64) == known.subtype;
}

} // namespace

std::optional<std::string> connectedAlready(
    store::Unit& unit, const std::string& tenant, const LinkOutcome& outcome)
{
    if (outcome.institutionId.empty()) return std::nullopt;
    store::BankAccountRepository accounts(unit, tenant);
    for (const store::Connection& connection : store::ConnectionRepository(unit, tenant).all())
    {
        if (connection.institutionId != outcome.institutionId || connection.ended()) continue;
        for (const store::BankAccount& known : accounts.ofConnection(connection.id))
            if (std::any_of(outcome.accounts.begin(), outcome.accounts.end(),
                    [&](const LinkAccount& shown) { return sameAccount(shown, known); }))
                return connection.id;
    }
    return std::nullopt;
}

} // namespace bankfeed::link
