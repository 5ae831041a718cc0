#include "link/DuplicateLogin.h"

#include "base/Limits.h"
#include "base/Utf8.h"
#include "store/BankAccountRepository.h"
#include "store/ConnectionRepository.h"

#include <algorithm>
#include <vector>

namespace bankfeed::link
{

namespace
{

/// An account of the outcome, in the form in which texts are stored.
struct Shown
{
    std::string name;
    std::string mask;
    std::string type;
    std::string subtype;
};

std::vector<Shown> shownBy(const LinkOutcome& outcome)
{
    std::vector<Shown> all;
    for (const LinkAccount& account : outcome.accounts)
        all.push_back({safeText(account.name, limits::textBytes), safeText(account.mask, 16),
            safeText(account.type, 64), safeText(account.subtype, 64)});
    return all;
}

/// What is missing on one side says nothing.
bool agrees(const std::string& a, const std::string& b)
{
    return a.empty() || b.empty() || a == b;
}

bool sameAccount(const Shown& shown, const store::BankAccount& known)
{
    return agrees(shown.name, known.name) && agrees(shown.mask, known.mask) &&
           agrees(shown.subtype, known.subtype);
}

bool isCertain(const Shown& shown)
{
    return !shown.name.empty() && !shown.mask.empty();
}

/// As sameAccount, but an account may have been renamed meanwhile.
bool mayBeSameAccount(const Shown& shown, const store::BankAccount& known)
{
    const bool sameMask = !shown.mask.empty() && shown.mask == known.mask &&
                          agrees(shown.type, known.type) && agrees(shown.subtype, known.subtype);
    return sameMask || sameAccount(shown, known);
}

bool sharesAnAccount(const std::vector<Shown>& shown,
    const std::vector<store::BankAccount>& accounts, bool onlyCertain)
{
    return std::any_of(shown.begin(), shown.end(),
        [&](const Shown& one)
        {
            return (!onlyCertain || isCertain(one)) &&
                   std::any_of(accounts.begin(), accounts.end(),
                       [&](const store::BankAccount& known) { return sameAccount(one, known); });
        });
}

} // namespace

std::optional<std::string> connectedAlready(store::Unit& unit, const std::string& tenant,
    const LinkOutcome& outcome, const std::string& except)
{
    const auto shown = shownBy(outcome);
    const std::string& institution = outcome.institutionId;
    store::BankAccountRepository accounts(unit, tenant);
    for (const store::Connection& connection : store::ConnectionRepository(unit, tenant).all())
    {
        if (connection.id == except || connection.ended()) continue;
        if (!institution.empty() && connection.institutionId != institution) continue;
        if (!institution.empty() && shown.empty()) return connection.id;
        if (sharesAnAccount(shown, accounts.ofConnection(connection.id), institution.empty()))
            return connection.id;
    }
    return std::nullopt;
}

SameLogin sameLogin(store::Unit& unit, const std::string& tenant, const LinkOutcome& outcome,
    const std::string& connectionId)
{
    const auto connection = store::ConnectionRepository(unit, tenant).find(connectionId);
    if (!connection) return SameLogin::Unknown;
    if (!outcome.institutionId.empty() && !connection->institutionId.empty() &&
        outcome.institutionId != connection->institutionId)
        return SameLogin::No;
    const auto shown = shownBy(outcome);
    const auto known = store::BankAccountRepository(unit, tenant).ofConnection(connectionId);
    if (shown.empty() || known.empty()) return SameLogin::Unknown;
    const bool any = std::any_of(shown.begin(), shown.end(),
        [&](const Shown& one)
        {
            return std::any_of(known.begin(), known.end(),
                [&](const store::BankAccount& account) { return mayBeSameAccount(one, account); });
        });
    return any ? SameLogin::Yes : SameLogin::No;
}

} // namespace bankfeed::link
