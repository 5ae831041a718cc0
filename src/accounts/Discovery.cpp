#include "accounts/Discovery.h"

#include "accounts/Attention.h"
#include "accounts/Feedability.h"
#include "accounts/Identity.h"
#include "base/FeedIdentity.h"
#include "base/Ids.h"
#include "base/JsonText.h"
#include "base/JsonWriter.h"
#include "base/Limits.h"
#include "base/Utf8.h"
#include "money/Decimal.h"
#include "store/AccountLinkRepository.h"
#include "store/AuditRepository.h"
#include "store/LinkSessionRepository.h"
#include "store/NoticeRepository.h"

#include <algorithm>
#include <map>
#include <set>

namespace bankfeed::accounts
{

/// One application of an answer: what was there, what was found.
struct Discovery::Pass
{
    store::Unit& unit;
    std::string tenant;
    store::Connection connection;
    UtcTime now;
    std::string origin;
    std::map<std::string, store::BankAccount> known; ///< By the provider's id.
    std::set<std::string> linked;                    ///< Bank accounts that feed a ledger account.
    std::vector<store::BankAccount> added;
    std::vector<store::BankAccount> present;
    Outcome outcome;
};

namespace
{

std::string text(const std::string& shown)
{
    return safeText(shown, limits::textBytes);
}

/// The exact text of a balance that is a number in the account's own currency.
std::optional<std::string> balance(
    const std::optional<ProviderAmount>& amount, const std::string& currency)
{
    if (!amount || amount->currency != currency) return std::nullopt;
    const auto exact = money::Decimal::parse(amount->exact);
    if (!exact.ok()) return std::nullopt;
    return exact->text();
}

Result<void> checkAnswer(const std::vector<ProviderAccount>& shown)
{
    if (shown.size() > static_cast<std::size_t>(limits::accountsPerConnection))
        return Error::exhausted("accounts.too_many", "The bank shows more accounts than we take.");
    std::set<std::string> ids;
    for (const ProviderAccount& account : shown)
    {
        const std::string& id = account.providerAccountId;
        if (id.empty() || id.size() > limits::idBytes || !ids.insert(id).second)
            return Error::corrupt("accounts.answer", "An account's id is empty, long or twice.");
    }
    return success();
}

/// What brought new accounts, when the caller does not know.
std::string foundOrigin(store::Unit& unit, const std::string& tenant,
    const store::Connection& connection, bool first, UtcTime now)
{
    if (first) return "connect";
    const UtcTime since = connection.lastSuccessAt.value_or(connection.createdAt);
    const UtcTime recently = plusMs(now, -10 * 60 * 1000);
    const bool chosen = store::LinkSessionRepository(unit, tenant)
                            .accountsChosenSince(connection.id, std::min(since, recently));
    return chosen ? "add_accounts" : "refresh";
}

} // namespace

Result<Discovery::Outcome> Discovery::apply(store::Unit& unit, const std::string& tenant,
    const std::string& connectionId, const std::vector<ProviderAccount>& shown, UtcTime now,
    std::string_view origin)
{
    BF_TRY(checkAnswer(shown));
    auto connection = store::ConnectionRepository(unit, tenant).lock(connectionId);
    if (!connection) return Error::notFound("connection.unknown", "There is no such connection.");
    if (connection->state == store::connectionState::removed)
        return Error::conflict("connection.removed", "The connection has been ended.");

    Pass pass{unit, tenant, *connection, now, std::string(origin), {}, {}, {}, {}, {}};
    for (auto& account : store::BankAccountRepository(unit, tenant).ofConnection(connectionId))
        pass.known.emplace(account.providerAccountId, account);
    for (const auto& link :
        store::AccountLinkRepository(unit, tenant).currentOfConnection(connectionId))
        pass.linked.insert(link.bankAccountId);
    if (pass.origin.empty())
        pass.origin = foundOrigin(unit, tenant, *connection, pass.known.empty(), now);

    for (const ProviderAccount& account : shown)
        BF_TRY(meet(pass, account));
    for (const auto& [id, account] : pass.known)
        miss(pass, account);
    adopt(pass);
    tellAudit(pass);
    pass.outcome.toDecide =
        Attention(unit, random_, tenant, now).refresh(pass.connection, /*justRead=*/true);
    return pass.outcome;
}

Result<Discovery::Outcome> Discovery::apply(store::Database& database, const std::string& tenant,
    const std::string& connectionId, const std::vector<ProviderAccount>& shown, UtcTime now,
    std::string_view origin)
{
    Outcome total;
    // A connection has at most a million transactions in one loop; 500 move per unit.
    for (int i = 0; i <= limits::pagesPerLoop; ++i)
    {
        BF_LET(outcome, database.write([&](store::Unit& unit)
                            { return apply(unit, tenant, connectionId, shown, now, origin); }));
        total.added += outcome.added;
        total.returned += outcome.returned;
        total.missing += outcome.missing;
        total.notShared += outcome.notShared;
        total.adopted += outcome.adopted;
        total.toDecide = outcome.toDecide;
        total.lookAgain = outcome.lookAgain;
        total.more = outcome.more;
        if (!outcome.more) return total;
    }
    return Error::exhausted("accounts.orphans", "Too many transactions without their account.");
}

Result<void> Discovery::meet(Pass& pass, const ProviderAccount& shown)
{
    store::BankAccountRepository accounts(pass.unit, pass.tenant);
    const auto found = pass.known.find(shown.providerAccountId);
    if (found == pass.known.end())
    {
        store::BankAccount account = made(pass, shown);
        if (!accounts.insert(account))
            return Error::conflict("accounts.feed_exists",
                "The bank gave an account id that another connection already has.");
        pass.added.push_back(account);
        pass.present.push_back(std::move(account));
        ++pass.outcome.added;
        return success();
    }
    store::BankAccount account = found->second;
    pass.known.erase(found);
    if (account.state == store::accountState::notShared)
    {
        ++pass.outcome.returned;
        store::NoticeRepository(pass.unit, pass.tenant)
            .clear(store::notice::accountNotShared, account.id, pass.now);
    }
    account.state = store::accountState::shared;
    account.missingSince = std::nullopt;
    bringUpToDate(pass, shown, account);
    accounts.updateShown(account);
    pass.present.push_back(std::move(account));
    return success();
}

store::BankAccount Discovery::made(const Pass& pass, const ProviderAccount& shown) const
{
    store::BankAccount account;
    account.id = newId(random_, "acc");
    account.connectionId = pass.connection.id;
    account.providerAccountId = shown.providerAccountId;
    account.feedId = feedIdFor(pass.tenant, pass.connection.provider, shown.providerAccountId);
    account.origin = pass.origin;
    account.firstSeenAt = pass.now;
    bringUpToDate(pass, shown, account);
    return account;
}

void Discovery::bringUpToDate(
    const Pass& pass, const ProviderAccount& shown, store::BankAccount& account) const
{
    account.persistentId = safeText(shown.persistentId, limits::idBytes);
    account.name = text(shown.name);
    account.officialName = text(shown.officialName);
    account.mask = safeText(shown.mask, 16);
    account.type = safeText(shown.type, 64);
    account.subtype = safeText(shown.subtype, 64);
    const ShownCurrency currency = shownCurrency(shown.currency, shown.currencyOfficial);
    const bool differs = currency.code != account.currency;
    if (differs && pass.linked.count(account.id) > 0)
    {
        // What is booked is booked in the old currency; the account goes on under it, and rows in
        // another currency are held one by one.
        log_.write(LogLevel::Warning, "accounts",
            "a linked account is shown with another currency; it keeps its own");
    }
    else
    {
        account.currency = currency.code;
        account.exponent = currency.exponent;
        account.currencyOfficial = currency.official;
    }
    account.feedable = !account.currency.empty() && feedableType(account.type, account.subtype);
    // The bank itself has said what it has since the provider was last there.
    const auto& seenAt = pass.connection.lastBankUpdateAt;
    const auto& live = pass.connection.balancesLiveAt;
    if (!differs && live && account.balanceAsOf && seenAt && *seenAt < *live) return;
    // An amount under another currency's name would be a wrong one.
    const bool ownCurrency = account.currency == currency.code;
    account.balanceExact = ownCurrency ? balance(shown.current, shown.currency) : std::nullopt;
    account.availableExact = ownCurrency ? balance(shown.available, shown.currency) : std::nullopt;
    account.balanceAsOf = std::nullopt;
    if (account.balanceExact || account.availableExact)
        account.balanceAsOf = pass.connection.lastBankUpdateAt.value_or(pass.now);
}

void Discovery::miss(Pass& pass, store::BankAccount account) const
{
    if (account.state == store::accountState::notShared) return;
    if (account.state == store::accountState::shared)
    {
        account.state = store::accountState::missing;
        account.missingSince = pass.now;
        ++pass.outcome.missing;
    }
    else if (plusMs(account.missingSince.value_or(pass.now), settings_.secondLookMs) <= pass.now &&
             account.missingSince < pass.now)
    {
        account.state = store::accountState::notShared;
        ++pass.outcome.notShared;
        if (pass.linked.count(account.id) > 0) tellNotShared(pass, account);
    }
    pass.outcome.lookAgain =
        pass.outcome.lookAgain || account.state == store::accountState::missing;
    store::BankAccountRepository(pass.unit, pass.tenant).updateShown(account);
}

/// A feed that stops without a word looks like an account on which nothing happens.
void Discovery::tellNotShared(const Pass& pass, const store::BankAccount& account) const
{
    store::NoticeRepository(pass.unit, pass.tenant)
        .open(random_, store::notice::accountNotShared, account.id, "warning",
            JsonObject()
                .text("institution", pass.connection.institutionName)
                .text("connection_id", pass.connection.id)
                .text("bank_account", account.name)
                .text("bank_account_id", account.id)
                .json(),
            pass.now);
}

void Discovery::adopt(Pass& pass) const
{
    store::BankAccountRepository accounts(pass.unit, pass.tenant);
    auto left = static_cast<std::int64_t>(limits::rowsPerUnit);
    for (const store::BankAccount& account : pass.present)
    {
        if (left == 0)
        {
            pass.outcome.more = true;
            return;
        }
        const std::int64_t moved = accounts.adoptOrphans(account, left);
        pass.outcome.adopted += moved;
        left -= moved;
    }
    pass.outcome.more = left == 0;
}

void Discovery::tellAudit(const Pass& pass) const
{
    if (pass.added.empty()) return;
    const Identity identity = Identity::load(pass.unit, pass.tenant);
    JsonWriter detail;
    detail.beginObject()
        .member("institution", pass.connection.institutionName)
        .member("origin", pass.origin)
        .member("count", static_cast<std::int64_t>(pass.added.size()));
    detail.key("accounts").beginArray();
    for (const store::BankAccount& account : pass.added)
    {
        detail.beginObject()
            .member("id", account.id)
            .member("name", account.name)
            .member("mask", account.mask);
        if (const auto relation = identity.relationOf(account))
            detail.member(relation->kind, relation->bankAccountId);
        detail.endObject();
    }
    detail.endArray().endObject();
    store::AuditRepository(pass.unit, pass.tenant)
        .append(
            pass.now, store::Actor::system(), "accounts.found", pass.connection.id, detail.text());
}

} // namespace bankfeed::accounts
